//! Conference rooms: what opens them, for whoever invites to one.

use crate::App;
use crate::models::PbxConference;
use crate::records::RecordError;
use crate::secrets::{self, RevealError};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::Record as _;
use zeroize::Zeroizing;

/// Shows the PINs of a room, that of participants first; that they were shown is written down with the reason.
pub async fn pins(
    app: &App,
    scope: &Scope,
    id: RecordId,
    reason: &str,
) -> Result<[Option<Zeroizing<String>>; 2], RevealError> {
    let mut tx = app.store().begin(scope).await.map_err(RecordError::from)?;
    let models = tx.models();
    let model = models.model(PbxConference::MODEL).expect("every struct is written from its model");
    let mut pins = [None, None];
    for (pin, field) in pins.iter_mut().zip(["pin", "host_pin"]) {
        let clear = secrets::reveal(&mut tx, model, id, field, reason).await?;
        *pin = clear.map(|clear| Zeroizing::new(String::from_utf8_lossy(&clear).into_owned()));
    }
    tx.commit().await?;
    Ok(pins)
}
