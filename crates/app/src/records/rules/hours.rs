//! Opening times: of some length, and only on days that are not closed.

use super::{Broken, Candidate, RuleError};
use crate::models::{PbxHoursException, PbxHoursExceptionKind};
use crate::records::RecordError;
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Model, Value};
use opbx_store::Tx;

pub(super) async fn range(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    candidate.learn(tx, &["start", "end"]).await?;
    has_length(candidate)
}

pub(super) async fn special_range(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    candidate.learn(tx, &["start", "end", "exception"]).await?;
    has_length(candidate)?;
    let Value::Record(exception) = candidate.value("exception") else { return Ok(()) };
    match tx.get::<PbxHoursException>(*exception).await? {
        Some(day) if day.kind == PbxHoursExceptionKind::Closed => {
            Err(candidate.refuse("exception", Broken::OfClosedDay))
        }
        _ => Ok(()),
    }
}

fn has_length(candidate: &Candidate<'_>) -> Result<(), RecordError> {
    if candidate.is_set("start") && candidate.text("start") == candidate.text("end") {
        return Err(candidate.refuse("end", Broken::NoLength));
    }
    Ok(())
}

/// A day is closed, or has its own opening times.
pub(super) async fn exception(tx: &mut Tx, model: &Model, id: RecordId) -> Result<(), RecordError> {
    let Some(day) = tx.get::<PbxHoursException>(id).await? else { return Ok(()) };
    let ranges = tx.count("pbx.hours.exception.range", &Domain::eq("exception", id)).await?;
    let (field, broken) = match (day.kind, ranges) {
        (PbxHoursExceptionKind::Closed, 1..) => ("kind", Broken::ClosedWithHours),
        (PbxHoursExceptionKind::SpecialHours, 0) => ("ranges", Broken::NoHours),
        _ => return Ok(()),
    };
    Err(RuleError { model: model.name.to_string(), field: field.to_owned(), broken }.into())
}
