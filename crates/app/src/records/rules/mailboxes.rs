//! The box that takes an extension's messages: whoever may only change the own extension names no box of others.

use super::{Broken, Candidate};
use crate::models::PbxVoicemail;
use crate::records::{Deed, RecordError};
use opbx_kernel::{Actor, RecordId};
use opbx_platform::{Value, access};
use opbx_store::Tx;

/// From an extension's own phone its box opens without a PIN, so that naming a box is hearing it.
pub(super) async fn check(tx: &mut Tx, candidate: &Candidate<'_>) -> Result<(), RecordError> {
    let Some(Value::Record(id)) = candidate.given.get("voicemail") else { return Ok(()) };
    let Actor::User { id: asker, .. } = tx.scope().actor() else { return Ok(()) };
    if access::may(tx.scope(), candidate.model, Deed::Create) {
        return Ok(());
    }
    let (asker, id) = (RecordId::new(asker.get()).ok(), *id);
    let held = tx.as_system("see whose box it is").get::<PbxVoicemail>(id).await?;
    if held.is_some_and(|held| held.user.is_some() && held.user == asker) {
        return Ok(());
    }
    Err(candidate.refuse("voicemail", Broken::NotYours))
}
