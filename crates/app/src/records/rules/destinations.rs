//! Destinations: of a kind that exists, dialable, and not the record itself.

use super::{Broken, Candidate};
use crate::records::RecordError;
use opbx_platform::field::Format;
use opbx_platform::{DestinationRef, FieldKind, Value};
use opbx_store::Tx;

/// Digits of the shortest extension, and of the longest number with what is dialled before it.
const DIALLED_DIGITS_MIN: usize = 3;
const DIALLED_DIGITS_MAX: usize = 20;

pub(super) async fn check(tx: &mut Tx, candidate: &Candidate<'_>) -> Result<(), RecordError> {
    let model = candidate.model;
    let is_destination =
        |name: &str| model.field(name).is_some_and(|field| matches!(field.kind, FieldKind::Destination));
    let given = candidate.given.iter().filter(|(name, _)| is_destination(name));
    let named: Vec<(&String, &DestinationRef)> = given
        .filter_map(|(name, value)| match value {
            Value::Destination(destination) => Some((name, destination)),
            _ => None,
        })
        .collect();
    for (field, destination) in named {
        match destination {
            DestinationRef::Hangup => {}
            DestinationRef::Record { kind, id } => {
                let to = format!("pbx.{kind}");
                if tx.registry().model(&to).is_none() {
                    return Err(candidate.refuse(field, Broken::NoSuchKind(kind.replace('_', " "))));
                }
                if to == model.name.as_str() && candidate.id == Some(*id) {
                    return Err(candidate.refuse(field, Broken::PointsAtItself));
                }
            }
            DestinationRef::Forward(target) if !is_dialable(target) => {
                return Err(candidate.refuse(field, Broken::NotDialable));
            }
            DestinationRef::Forward(target) => {
                if is_own_number(tx, candidate, target).await? {
                    return Err(candidate.refuse(field, Broken::PointsAtItself));
                }
            }
        }
    }
    Ok(())
}

fn is_dialable(target: &str) -> bool {
    let target = target.trim();
    let is_mark = |c: char| matches!(c, '+' | '-' | ' ' | '.' | '(' | ')' | '/');
    let digits = target.chars().filter(char::is_ascii_digit).count();
    let is_number = (DIALLED_DIGITS_MIN..=DIALLED_DIGITS_MAX).contains(&digits)
        && target.chars().all(|c| c.is_ascii_digit() || is_mark(c));
    is_number || Format::SipAddress.check(target).is_ok()
}

/// Whether an extension would be forwarded to its own number.
async fn is_own_number(tx: &mut Tx, candidate: &Candidate<'_>, target: &str) -> Result<bool, RecordError> {
    if candidate.model.name.as_str() != "pbx.extension" {
        return Ok(false);
    }
    let given = candidate.given.get("number").cloned();
    let number = match (given, candidate.id) {
        (Some(number), _) => Some(number),
        (None, Some(id)) => {
            let rows = tx.read("pbx.extension", &[id], &["number"]).await?;
            rows.into_iter().next().and_then(|row| row.values.into_iter().next())
        }
        (None, None) => None,
    };
    Ok(matches!(number, Some(Value::Text(number)) if number == target.trim()))
}
