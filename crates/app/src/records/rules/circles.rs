//! Records that stand above one another, and may not stand above themselves.

use super::{Broken, RuleError};
use crate::records::RecordError;
use opbx_kernel::RecordId;
use opbx_platform::{Model, Value, Values};
use opbx_store::{ReadError, Tx};
use std::collections::HashSet;

/// How many records may stand above one another, and how many may be reached from one.
pub(super) const DEPTH_MAX: usize = 64;
const REACHED_MAX: usize = 10_000;

/// Refuses a change by which a record would be reached from itself. Nothing can name a new record yet.
pub(super) async fn refuse(
    tx: &mut Tx,
    model: &Model,
    id: Option<RecordId>,
    field: &'static str,
    values: &Values,
) -> Result<(), RecordError> {
    let Some(id) = id else { return Ok(()) };
    let mut frontier: Vec<RecordId> = values.get(field).map(named).unwrap_or_default();
    let mut reached = HashSet::new();
    for _ in 0..DEPTH_MAX {
        if frontier.contains(&id) {
            return Err(RuleError::of(model, field, Broken::Circle).into());
        }
        reached.extend(frontier.iter().copied());
        if frontier.is_empty() {
            return Ok(());
        }
        if reached.len() > REACHED_MAX {
            return Err(ReadError::TooMany { max: REACHED_MAX }.into());
        }
        let rows = tx.read(model.name.as_str(), &frontier, &[field]).await?;
        frontier = rows.iter().flat_map(|row| row.values.iter().flat_map(named)).collect();
        frontier.sort_unstable();
        frontier.dedup();
        frontier.retain(|next| !reached.contains(next));
    }
    Err(RuleError::of(model, field, Broken::TooDeep).into())
}

fn named(value: &Value) -> Vec<RecordId> {
    match value {
        Value::Record(id) => vec![*id],
        Value::Records(ids) => ids.clone(),
        _ => Vec::new(),
    }
}
