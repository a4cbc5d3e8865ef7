//! Voicemail boxes: a PIN that is not guessed at once.

use super::{Broken, Candidate, is_something};
use crate::records::RecordError;
use opbx_platform::Value;
use opbx_routing::conference::PIN_DIGITS_MAX;

const PIN_DIGITS_MIN: u8 = 4;

pub(super) fn check(candidate: &Candidate<'_>) -> Result<(), RecordError> {
    let Some(Value::Bytes(pin)) = candidate.given.get("pin").filter(|pin| is_something(pin)) else {
        return Ok(());
    };
    let lengths = usize::from(PIN_DIGITS_MIN)..=usize::from(PIN_DIGITS_MAX);
    if lengths.contains(&pin.len()) && pin.iter().all(u8::is_ascii_digit) {
        return Ok(());
    }
    Err(candidate.refuse("pin", Broken::NotPin { min: PIN_DIGITS_MIN, max: PIN_DIGITS_MAX }))
}
