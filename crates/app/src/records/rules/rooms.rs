//! Conference rooms: PINs of digits, one for guests and another for hosts.

use super::{Broken, Candidate, is_something};
use crate::records::RecordError;
use opbx_kernel::seal::same_secret;
use opbx_platform::Value;
use opbx_routing::conference::PIN_DIGITS_MAX;
use opbx_store::Tx;

pub(super) async fn check(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    candidate.learn(tx, &["pin_required", "talk_detection", "talk_detection_webhook_url"]).await?;
    if candidate.flag("talk_detection") && !candidate.is_set("talk_detection_webhook_url") {
        let needed = Broken::Needed { by: "talk_detection", word: "true".to_owned() };
        return Err(candidate.refuse("talk_detection_webhook_url", needed));
    }
    let speaks_of_pins =
        ["pin", "host_pin", "pin_required"].iter().any(|field| candidate.given.contains_key(*field));
    if !speaks_of_pins {
        return Ok(());
    }
    let pin = pin(tx, candidate, "pin").await?;
    let host_pin = self::pin(tx, candidate, "host_pin").await?;
    if let (Some(pin), Some(host_pin)) = (&pin, &host_pin)
        && same_secret(pin, host_pin)
    {
        return Err(candidate.refuse("host_pin", Broken::SamePins));
    }
    if candidate.flag("pin_required") && pin.is_none() {
        return Err(candidate.refuse("pin", Broken::NoPin));
    }
    Ok(())
}

/// The PIN that the room would have.
async fn pin(tx: &mut Tx, candidate: &Candidate<'_>, field: &str) -> Result<Option<Vec<u8>>, RecordError> {
    match (candidate.given.get(field), candidate.id) {
        (Some(given), _) if !is_something(given) => Ok(None),
        (Some(Value::Bytes(pin)), _) => {
            let fits = pin.len() <= usize::from(PIN_DIGITS_MAX) && pin.iter().all(u8::is_ascii_digit);
            let broken = Broken::NotDigits { max: PIN_DIGITS_MAX };
            if fits { Ok(Some(pin.clone())) } else { Err(candidate.refuse(field, broken)) }
        }
        // Of a wrong type, which the field's own check says.
        (Some(_), _) | (None, None) => Ok(None),
        (None, Some(id)) => {
            let held = tx.reveal("pbx.conference", id, field).await?;
            Ok(held.filter(|pin| !pin.is_empty()))
        }
    }
}
