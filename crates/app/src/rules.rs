//! What built-in models ask of their records that a field's own limits cannot say.

use crate::records::RecordError;
use crate::{partners, sequences};
use opbx_kernel::{Code, Kind, RecordId};
use opbx_platform::{Model, Value, Values};
use opbx_store::{ReadError, Tx};
use std::collections::HashSet;

/// How many records may stand above one another, and how many may be reached from one.
const DEPTH_MAX: usize = 64;
const REACHED_MAX: usize = 10_000;

/// Which rule of a built-in model a record breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    #[error("leads back to the record itself")]
    Circle,
    #[error("goes through more than {DEPTH_MAX} levels")]
    TooDeep,
    #[error("holds {{{0}}}, which stands for nothing; known are {known}", known = sequences::KNOWN)]
    UnknownPlaceholder(String),
    #[error("is that of another sequence of the same company")]
    SequenceTaken,
}

impl RuleFault {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Circle => Code::new(Kind::Invalid, "circle"),
            Self::TooDeep => Code::new(Kind::Invalid, "too_deep"),
            Self::UnknownPlaceholder(_) => Code::new(Kind::Invalid, "unknown_placeholder"),
            Self::SequenceTaken => Code::new(Kind::Conflict, "taken"),
        }
    }
}

/// Brings the values of a new or changed record into their form, and refuses what breaks a rule.
pub(crate) async fn prepare(
    tx: &mut Tx,
    model: &Model,
    id: Option<RecordId>,
    values: &mut Values,
) -> Result<(), RecordError> {
    match model.name.as_str() {
        "res.partner" => {
            partners::normalise(tx, id, values).await?;
            refuse_circle(tx, model, id, "parent", values).await
        }
        "res.groups" => refuse_circle(tx, model, id, "implied", values).await,
        "ir.sequence" => sequences::check(tx, id, values).await,
        _ => Ok(()),
    }
}

/// Refuses a change by which a record would be reached from itself. Nothing can name a new record yet.
async fn refuse_circle(
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
            return Err(RecordError::Rule { field, fault: RuleFault::Circle });
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
    Err(RecordError::Rule { field, fault: RuleFault::TooDeep })
}

fn named(value: &Value) -> Vec<RecordId> {
    match value {
        Value::Record(id) => vec![*id],
        Value::Records(ids) => ids.clone(),
        _ => Vec::new(),
    }
}
