//! Conference rooms. Their PINs go to the secrets; the plan knows only whether there are any.

use super::at::At;
use super::{CompileError, everything, typed};
use crate::models::PbxConference;
use crate::plans::secrets::PlanSecrets;
use opbx_kernel::RecordId;
use opbx_platform::Record as _;
use opbx_routing::Conference;
use opbx_routing::conference::PIN_DIGITS_MAX;
use opbx_store::Tx;
use std::collections::HashMap;

pub(super) async fn compile(tx: &mut Tx, secrets: &mut PlanSecrets) -> Result<Vec<Conference>, CompileError> {
    let rooms = tx.all::<PbxConference>(&everything()).await?;
    let ids: Vec<RecordId> = rooms.iter().map(|room| room.id).collect();
    let mut pins = tx.reveal_many(PbxConference::MODEL, &ids, "pin").await?;
    let mut host_pins = tx.reveal_many(PbxConference::MODEL, &ids, "host_pin").await?;
    rooms.into_iter().map(|record| room(record, &mut pins, &mut host_pins, secrets)).collect()
}

fn room(
    record: PbxConference,
    pins: &mut HashMap<RecordId, Vec<u8>>,
    host_pins: &mut HashMap<RecordId, Vec<u8>>,
    secrets: &mut PlanSecrets,
) -> Result<Conference, CompileError> {
    let at = At::of::<PbxConference>(record.id);
    let pin = digits(at, "pin", pins.remove(&record.id))?;
    let host_pin = digits(at, "host_pin", host_pins.remove(&record.id))?;
    if record.pin_required && pin.is_none() {
        return Err(at.refuse("pin", "is unset, and the room asks for one"));
    }
    let room = Conference {
        id: typed(record.id),
        name: record.name.into(),
        active: record.active,
        asks_pin: record.pin_required,
        has_host_pin: host_pin.is_some(),
        waits_for_host: record.wait_for_host,
        mutes_on_entry: record.mute_on_entry,
        announces: record.announce_join_leave,
        participants_max: at.small("participants_max", record.participants_max)?,
        music_on_hold: record.music_on_hold,
        records: record.recording,
    };
    secrets.keep_pins(room.id, pin.as_deref(), host_pin.as_deref());
    Ok(room)
}

/// The digits of a PIN; an empty one is none. What is wrong with it is said without repeating it.
fn digits(at: At, field: &'static str, pin: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, CompileError> {
    let Some(pin) = pin.filter(|pin| !pin.is_empty()) else { return Ok(None) };
    let fits = pin.len() <= usize::from(PIN_DIGITS_MAX) && pin.iter().all(u8::is_ascii_digit);
    if fits {
        Ok(Some(pin))
    } else {
        Err(at.refuse(field, format!("holds something else than 1 to {PIN_DIGITS_MAX} digits")))
    }
}
