//! The one door to records: rights first, then the rules that are Rust, then the store.
//!
//! Every function takes the transaction in its scope first. Record rules, field groups and companies are kept by the
//! store itself, in the statements; what a group may do with a model at all is asked here. A function that fails
//! after it wrote leaves a transaction that cannot be committed any more.

mod checks;
mod commands;
mod copy;
mod rules;
mod shape;

pub use checks::require;
pub(crate) use checks::{Rules, listed_numbers};
pub(crate) use copy::fitting;
pub use copy::{COPY_NAMES_MAX, copy};
pub use opbx_platform::access::Deed;
pub(crate) use rules::never_rung;
pub use rules::{Broken, RuleError, check_whole, may_delete_user, may_manage};
pub use shape::{Reading, SHAPE_DEPTH_MAX, SHAPE_FIELDS_MAX, Shape, ShapeError, read, search_read};

use crate::carrier::changes;
use crate::crons::ScheduleError;
use crate::models::ResUsers;
use crate::references;
use opbx_kernel::{Code, Kind, RecordId};
use opbx_platform::record::{Record as _, Row};
use opbx_platform::{Domain, Model, Value, Values};
use opbx_store::{GroupRow, Grouping, Named, ReadError, SaveError, Search, Tx};
use std::collections::BTreeMap;

#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("the groups of this user may not {} records of {model}", .deed.as_str())]
    NotAllowed { model: String, deed: Deed },
    #[error("{model}.{field} is written by OPBX itself")]
    ReadOnlyField { model: String, field: String },
    #[error("the groups of this user may not change {model}.{field}")]
    FieldNotAllowed { model: String, field: String },
    #[error("{number} is an emergency number of the company's country and cannot be an extension")]
    EmergencyNumber { number: String },
    #[error("the record {id} is not in the list {model}.{field}")]
    NotInList { model: String, field: String, id: RecordId },
    #[error("the list {model}.{field} holds at most {max} records")]
    ListTooLong { model: String, field: String, max: usize },
    #[error("records are created inside records at most {max} deep")]
    TooDeep { max: usize },
    #[error("{model} has too many records named like the one to be copied")]
    NoFreeName { model: String },
    #[error("nobody gives themselves another role")]
    OwnRole,
    #[error("nobody deletes or deactivates themselves")]
    OwnAccount,
    #[error("users of this role are for owners to manage")]
    RoleNotYours,
    #[error("an organisation has at least one active owner, and this is the last")]
    LastOwner,
    #[error(transparent)]
    Rule(#[from] RuleError),
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    #[error("the records of {model} are not deleted by age")]
    NoRetention { model: String },
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl RecordError {
    pub fn code(&self) -> Code {
        match self {
            Self::NotAllowed { .. } => Code::new(Kind::Forbidden, "not_allowed"),
            Self::FieldNotAllowed { .. } => Code::new(Kind::Forbidden, "field_not_allowed"),
            Self::ReadOnlyField { .. } => Code::new(Kind::Forbidden, "readonly_field"),
            Self::EmergencyNumber { .. } => Code::new(Kind::Invalid, "emergency_number"),
            Self::NotInList { .. } => Code::new(Kind::Invalid, "not_in_list"),
            Self::ListTooLong { .. } => Code::new(Kind::TooLarge, "list_too_long"),
            Self::TooDeep { .. } => Code::new(Kind::Invalid, "too_deep"),
            Self::NoFreeName { .. } => Code::new(Kind::Conflict, "no_free_name"),
            Self::OwnRole => Code::new(Kind::Forbidden, "own_role"),
            Self::OwnAccount => Code::new(Kind::Forbidden, "own_account"),
            Self::RoleNotYours => Code::new(Kind::Forbidden, "role_not_yours"),
            Self::LastOwner => Code::new(Kind::Conflict, "last_owner"),
            Self::Rule(error) => error.code(),
            Self::Schedule(_) => Code::new(Kind::Invalid, "schedule_unusable"),
            Self::NoRetention { .. } => Code::new(Kind::Invalid, "no_retention"),
            Self::Save(error) => error.code(),
            Self::Read(error) => error.code(),
        }
    }
}

/// Finds the records for which a domain holds; what record rules hide is not among them.
pub async fn search(
    tx: &mut Tx,
    model: &Model,
    domain: &Domain,
    search: Search<'_>,
) -> Result<Vec<Row>, RecordError> {
    require(tx.scope(), model, Deed::Read)?;
    Ok(tx.search(model.name.as_str(), domain, search).await?)
}

/// Creates many records of one model in a few statements, in the order given.
pub async fn create_many(
    tx: &mut Tx,
    model: &Model,
    mut rows: Vec<Values>,
) -> Result<Vec<RecordId>, RecordError> {
    require(tx.scope(), model, Deed::Create)?;
    checks::check(tx, model, &rows).await?;
    for values in &mut rows {
        checks::require_writable(tx.scope(), model, values)?;
        rules::check(tx, model, None, values).await?;
    }
    changes::prepare_new(tx, model, &mut rows).await?;
    let pending = changes::pending(model, &rows);
    let ids = tx.insert_many(model.name.as_str(), rows).await?;
    changes::created(tx, model, &ids, &pending).await?;
    Ok(ids)
}

/// Judges values of a new record without writing any: each field at fault, with what is wrong with it.
///
/// What only the database says is not among it: what is taken already, and what names no record.
pub(crate) async fn faults(
    tx: &mut Tx,
    model: &Model,
    values: &mut Values,
) -> Result<BTreeMap<String, String>, RecordError> {
    let unfit = |(name, value): (&String, &Value)| {
        let field = model.field(name)?;
        let fault = field.check(&field.normal(value.clone())).err()?;
        Some((name.clone(), fault.to_string()))
    };
    let mut faults: BTreeMap<String, String> = values.iter().filter_map(unfit).collect();
    match rules::check(tx, model, None, values).await {
        Ok(()) => {}
        Err(RecordError::Rule(rule)) => {
            faults.entry(rule.field).or_insert_with(|| rule.broken.to_string());
        }
        Err(error) => return Err(error),
    }
    Ok(faults)
}

/// Counts the records that a search without a limit would find.
pub async fn count(tx: &mut Tx, model: &Model, domain: &Domain) -> Result<u64, RecordError> {
    require(tx.scope(), model, Deed::Read)?;
    Ok(tx.count(model.name.as_str(), domain).await?)
}

/// Groups the records that a search would find.
pub async fn group(
    tx: &mut Tx,
    model: &Model,
    domain: &Domain,
    grouping: Grouping<'_>,
) -> Result<Vec<GroupRow>, RecordError> {
    require(tx.scope(), model, Deed::Read)?;
    Ok(tx.group(model.name.as_str(), domain, grouping).await?)
}

/// Finds records by part of a name, those whose name begins with it first.
pub async fn name_search(
    tx: &mut Tx,
    model: &Model,
    text: &str,
    domain: &Domain,
    limit: usize,
) -> Result<Vec<Named>, RecordError> {
    require(tx.scope(), model, Deed::Read)?;
    Ok(tx.name_search(model.name.as_str(), text, domain, limit).await?)
}

/// Creates a record, and what commands in its lists say.
pub async fn create(tx: &mut Tx, model: &Model, values: Values) -> Result<RecordId, RecordError> {
    commands::create(tx, model, values, 0).await
}

/// Changes a record, and what commands in its lists say; `expected_version` refuses if somebody else's change came
/// between. A list that changes makes its record one version younger.
pub async fn update(
    tx: &mut Tx,
    model: &Model,
    id: RecordId,
    values: Values,
    expected_version: Option<i64>,
) -> Result<(), RecordError> {
    commands::update(tx, model, id, values, expected_version, 0).await
}

/// Deletes a record and those that belong to it; refuses while others name it, and says which.
pub async fn delete(tx: &mut Tx, model: &Model, id: RecordId) -> Result<(), RecordError> {
    require(tx.scope(), model, Deed::Delete)?;
    if model.name.as_str() == ResUsers::MODEL
        && let Some(user) = tx.get::<ResUsers>(id).await?
    {
        may_delete_user(tx, &user).await?;
    }
    changes::deleting(tx, model, &[id]).await?;
    match tx.delete(model.name.as_str(), id).await {
        Err(SaveError::Referenced { model, mut by, unseen }) => {
            // Refused before anything was written, so that there is still something to be read.
            references::tell_wholes(tx, &mut by).await?;
            Err(SaveError::Referenced { model, by, unseen }.into())
        }
        deleted => Ok(deleted?),
    }
}

/// Deletes records of several models as if at once: that they name each other stands in nobody's way.
///
/// A model whose records others of these name comes before them.
pub async fn delete_together(tx: &mut Tx, records: &[(&Model, Vec<RecordId>)]) -> Result<(), RecordError> {
    for (model, ids) in records {
        require(tx.scope(), model, Deed::Delete)?;
        changes::deleting(tx, model, ids).await?;
    }
    let groups: Vec<(&str, Vec<RecordId>)> =
        records.iter().map(|(model, ids)| (model.name.as_str(), ids.clone())).collect();
    Ok(tx.delete_together(&groups).await?)
}
