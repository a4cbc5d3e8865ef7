//! Members of ring groups: extensions of people, which a call can ring.

use super::{Broken, Candidate};
use crate::models::{PbxExtension, PbxRingGroupMember};
use crate::records::RecordError;
use opbx_platform::{Domain, Value};
use opbx_store::{ReadError, Tx};

/// Judges an extension that is new to its group.
///
/// Does not bind OPBX itself: a configuration file says what there is, members that are switched off among it, and is
/// judged once all of it stands, by `never_rung`.
pub(super) async fn check(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    let Some(Value::Record(id)) = candidate.given.get("extension") else { return Ok(()) };
    let id = *id;
    if tx.scope().is_system() {
        return Ok(());
    }
    candidate.learn(tx, &["extension"]).await?;
    if candidate.held.get("extension") == Some(&Value::Record(id)) {
        return Ok(());
    }
    // What is not there, the store refuses.
    let Some(extension) = tx.get::<PbxExtension>(id).await? else { return Ok(()) };
    if extension.destination.is_some() {
        return Err(candidate.refuse("extension", Broken::NotAPerson));
    }
    if !extension.active {
        return Err(candidate.refuse("extension", Broken::NotInService));
    }
    Ok(())
}

/// Members that no call will ever ring: their extensions are no people's.
pub(crate) async fn never_rung(tx: &mut Tx) -> Result<Vec<PbxRingGroupMember>, ReadError> {
    tx.all::<PbxRingGroupMember>(&Domain::any("extension", !Domain::is_unset("destination"))).await
}
