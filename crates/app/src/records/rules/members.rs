//! Members of ring groups: extensions of people, which a call can ring.

use super::{Broken, Candidate};
use crate::models::PbxExtension;
use crate::records::RecordError;
use opbx_platform::Value;
use opbx_store::Tx;

/// Judges an extension that is new to its group. OPBX itself may add one that is switched off: a configuration file
/// says what there is, and one that was exported with such a member goes in again.
pub(super) async fn check(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    let Some(Value::Record(id)) = candidate.given.get("extension") else { return Ok(()) };
    let id = *id;
    candidate.learn(tx, &["extension"]).await?;
    if candidate.held.get("extension") == Some(&Value::Record(id)) {
        return Ok(());
    }
    // What is not there, the store refuses.
    let Some(extension) = tx.get::<PbxExtension>(id).await? else { return Ok(()) };
    if extension.destination.is_some() {
        return Err(candidate.refuse("extension", Broken::NotAPerson));
    }
    if !extension.active && !tx.scope().is_system() {
        return Err(candidate.refuse("extension", Broken::NotInService));
    }
    Ok(())
}
