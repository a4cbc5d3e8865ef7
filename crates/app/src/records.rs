//! The one door to records: rights first, then the rules that are Rust, then the store.

use crate::crons::{self, ScheduleError};
use crate::models::{IrCron, ResCompany};
use opbx_kernel::{Actor, Code, Kind, RecordId, Scope};
use opbx_platform::model::Rights;
use opbx_platform::record::Row;
use opbx_platform::{Domain, Model, Value, Values};
use opbx_store::{ReadError, SaveError, Search, Tx};

/// What somebody wants to do with a model's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Create,
    Read,
    Update,
    Delete,
}

#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("the groups of this user may not {deed:?} records of {model}")]
    NotAllowed { model: String, deed: Deed },
    #[error("{number} is an emergency number of the company's country and cannot be an extension")]
    EmergencyNumber { number: String },
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
            Self::EmergencyNumber { .. } => Code::new(Kind::Invalid, "emergency_number"),
            Self::Schedule(_) => Code::new(Kind::Invalid, "schedule_unusable"),
            Self::NoRetention { .. } => Code::new(Kind::Invalid, "no_retention"),
            Self::Save(error) => error.code(),
            Self::Read(error) => error.code(),
        }
    }
}

pub async fn search(
    tx: &mut Tx,
    model: &Model,
    domain: &Domain,
    search: Search<'_>,
) -> Result<Vec<Row>, RecordError> {
    require(tx.scope(), model, Deed::Read)?;
    Ok(tx.search(model.name.as_str(), domain, search).await?)
}

pub async fn create(tx: &mut Tx, model: &Model, values: Values) -> Result<RecordId, RecordError> {
    require(tx.scope(), model, Deed::Create)?;
    check(tx, model, None, &values).await?;
    Ok(tx.create(model.name.as_str(), values).await?)
}

/// Changes a record; `expected_version` refuses if somebody else's change came between.
pub async fn update(
    tx: &mut Tx,
    model: &Model,
    id: RecordId,
    values: Values,
    expected_version: Option<i64>,
) -> Result<(), RecordError> {
    require(tx.scope(), model, Deed::Update)?;
    check(tx, model, Some(id), &values).await?;
    Ok(tx.update(model.name.as_str(), id, values, expected_version).await?)
}

pub async fn delete(tx: &mut Tx, model: &Model, id: RecordId) -> Result<(), RecordError> {
    require(tx.scope(), model, Deed::Delete)?;
    Ok(tx.delete(model.name.as_str(), id).await?)
}

/// Refuses what none of the actor's groups may do. OPBX itself may do everything inside its tenant.
pub fn require(scope: &Scope, model: &Model, deed: Deed) -> Result<(), RecordError> {
    let may = |rights: &Rights| match deed {
        Deed::Create => rights.create,
        Deed::Read => rights.read,
        Deed::Update => rights.update,
        Deed::Delete => rights.delete,
    };
    let allowed = match scope.actor() {
        Actor::System { .. } => true,
        Actor::User { groups, .. } => {
            model.rights.iter().any(|(group, rights)| groups.contains(group) && may(rights))
        }
    };
    if allowed { Ok(()) } else { Err(RecordError::NotAllowed { model: model.name.to_string(), deed }) }
}

/// The rules of built-in models that a field's own limits cannot say.
async fn check(tx: &mut Tx, model: &Model, id: Option<RecordId>, values: &Values) -> Result<(), RecordError> {
    match model.name.as_str() {
        "pbx.extension" => check_extension(tx, values).await,
        "ir.cron" => {
            let current = match id {
                Some(id) => tx.get::<IrCron>(id).await?,
                None => None,
            };
            Ok(crons::check(current.as_ref(), values)?)
        }
        "ir.retention" => {
            let Some(Value::Text(named)) = values.get("model") else { return Ok(()) };
            let known = tx.registry().model(named).is_some_and(|model| model.retention.is_some());
            if known { Ok(()) } else { Err(RecordError::NoRetention { model: named.clone() }) }
        }
        _ => Ok(()),
    }
}

async fn check_extension(tx: &mut Tx, values: &Values) -> Result<(), RecordError> {
    let Some(Value::Text(number)) = values.get("number") else { return Ok(()) };
    // An emergency call must never ring a colleague instead.
    for company in tx.all::<ResCompany>(&Domain::All).await? {
        if emergency_numbers(tx, company.country).await?.iter().any(|emergency| emergency == number) {
            return Err(RecordError::EmergencyNumber { number: number.clone() });
        }
    }
    Ok(())
}

/// The emergency numbers of a country, as they are dialled.
pub(crate) async fn emergency_numbers(tx: &mut Tx, country: RecordId) -> Result<Vec<String>, ReadError> {
    let country = tx.get::<crate::models::ResCountry>(country).await?;
    let listed = country.and_then(|country| country.emergency_numbers).unwrap_or_default();
    Ok(listed.split(',').map(str::trim).filter(|number| !number.is_empty()).map(str::to_owned).collect())
}
