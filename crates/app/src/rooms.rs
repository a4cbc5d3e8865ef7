//! Conference rooms: whether PINs open them, and which, for whoever invites to one.

use crate::App;
use crate::models::PbxConference;
use crate::records::RecordError;
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use crate::secrets::{self, RevealError};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::Record as _;
use opbx_store::{ReadError, Tx};
use zeroize::Zeroizing;

/// A room, and whether it has PINs; what they are, `pins` alone tells.
#[derive(Debug, Clone)]
pub struct Room {
    pub conference: PbxConference,
    pub has_pin: bool,
    pub has_host_pin: bool,
}

pub async fn list(app: &App, scope: &Scope, listing: &Listing) -> Result<Listed<Room>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listed = resources::list_in::<PbxConference>(&mut tx, listing).await?;
    Ok(Listed { rows: with_pins(&mut tx, listed.rows).await?, total: listed.total })
}

pub async fn get(app: &App, scope: &Scope, id: RecordId) -> Result<Stored<Room>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let conference = resources::get_in::<PbxConference>(&mut tx, id).await?;
    let mut rooms = with_pins(&mut tx, vec![conference]).await?;
    rooms.pop().ok_or(ResourceError::Absent { model: PbxConference::MODEL })
}

async fn with_pins(tx: &mut Tx, rooms: Vec<Stored<PbxConference>>) -> Result<Vec<Stored<Room>>, ReadError> {
    let ids: Vec<RecordId> = rooms.iter().map(|stored| stored.record.id).collect();
    let with_pin = tx.secrets_set(PbxConference::MODEL, "pin", &ids).await?;
    let with_host_pin = tx.secrets_set(PbxConference::MODEL, "host_pin", &ids).await?;
    let with = |Stored { record: conference, created_at, updated_at }: Stored<PbxConference>| {
        let (has_pin, has_host_pin) =
            (with_pin.contains(&conference.id), with_host_pin.contains(&conference.id));
        Stored { record: Room { conference, has_pin, has_host_pin }, created_at, updated_at }
    };
    Ok(rooms.into_iter().map(with).collect())
}

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
