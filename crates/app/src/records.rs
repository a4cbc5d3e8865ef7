//! The one door to records: rights first, then the rules that are Rust, then the store.

mod rules;

pub use rules::{Broken, RuleError, check_whole};

use crate::models::ResCompany;
use opbx_kernel::{Actor, Code, Kind, RecordId, Scope};
use opbx_platform::model::Rights;
use opbx_platform::record::Row;
use opbx_platform::{Domain, Model, Value, Values};
use opbx_store::{ReadError, SaveError, Search, Tx};
use std::collections::HashSet;

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
    #[error("{model}.{field} is written by OPBX itself")]
    ReadOnlyField { model: String, field: String },
    #[error("{number} is an emergency number of the company's country and cannot be an extension")]
    EmergencyNumber { number: String },
    #[error(transparent)]
    Rule(#[from] RuleError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl RecordError {
    pub fn code(&self) -> Code {
        match self {
            Self::NotAllowed { .. } => Code::new(Kind::Forbidden, "not_allowed"),
            Self::ReadOnlyField { .. } => Code::new(Kind::Forbidden, "readonly_field"),
            Self::EmergencyNumber { .. } => Code::new(Kind::Invalid, "emergency_number"),
            Self::Rule(error) => error.code(),
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

/// Creates many records of one model in a few statements, in the order given.
pub async fn create_many(
    tx: &mut Tx,
    model: &Model,
    mut rows: Vec<Values>,
) -> Result<Vec<RecordId>, RecordError> {
    require(tx.scope(), model, Deed::Create)?;
    if rows.iter().any(|values| Rules::concern(model, values)) {
        let rules = Rules::load(tx, &[]).await?;
        for values in &rows {
            rules.judge(model, values)?;
        }
    }
    for values in &mut rows {
        rules::check(tx, model, None, values).await?;
    }
    Ok(tx.insert_many(model.name.as_str(), rows).await?)
}

pub async fn create(tx: &mut Tx, model: &Model, mut values: Values) -> Result<RecordId, RecordError> {
    require(tx.scope(), model, Deed::Create)?;
    require_writable(tx.scope(), model, &values)?;
    check(tx, model, &values).await?;
    rules::check(tx, model, None, &mut values).await?;
    Ok(tx.create(model.name.as_str(), values).await?)
}

/// Changes a record; `expected_version` refuses if somebody else's change came between.
pub async fn update(
    tx: &mut Tx,
    model: &Model,
    id: RecordId,
    mut values: Values,
    expected_version: Option<i64>,
) -> Result<(), RecordError> {
    require(tx.scope(), model, Deed::Update)?;
    require_writable(tx.scope(), model, &values)?;
    check(tx, model, &values).await?;
    rules::check(tx, model, Some(id), &mut values).await?;
    Ok(tx.update(model.name.as_str(), id, values, expected_version).await?)
}

pub async fn delete(tx: &mut Tx, model: &Model, id: RecordId) -> Result<(), RecordError> {
    require(tx.scope(), model, Deed::Delete)?;
    Ok(tx.delete(model.name.as_str(), id).await?)
}

/// Deletes records of several models as if at once: that they name each other stands in nobody's way.
///
/// A model whose records others of these name comes before them.
pub async fn delete_together(tx: &mut Tx, records: &[(&Model, Vec<RecordId>)]) -> Result<(), RecordError> {
    for (model, _) in records {
        require(tx.scope(), model, Deed::Delete)?;
    }
    let groups: Vec<(&str, Vec<RecordId>)> =
        records.iter().map(|(model, ids)| (model.name.as_str(), ids.clone())).collect();
    Ok(tx.delete_together(&groups).await?)
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

/// Refuses what a user writes to a field that is only read. OPBX itself may write it.
fn require_writable(scope: &Scope, model: &Model, values: &Values) -> Result<(), RecordError> {
    let is_readonly = |name: &&String| model.field(name).is_some_and(|field| field.readonly);
    match (scope.actor(), values.keys().find(is_readonly)) {
        (Actor::User { .. }, Some(field)) => {
            Err(RecordError::ReadOnlyField { model: model.name.to_string(), field: field.clone() })
        }
        _ => Ok(()),
    }
}

/// The rules of built-in models that a field's own limits cannot say.
async fn check(tx: &mut Tx, model: &Model, values: &Values) -> Result<(), RecordError> {
    if !Rules::concern(model, values) {
        return Ok(());
    }
    Rules::load(tx, &[]).await?.judge(model, values)
}

/// The rules of built-in models as a tenant's records make them, for judging many values at once.
pub(crate) struct Rules {
    emergency_numbers: HashSet<String>,
}

impl Rules {
    /// Reads what the rules depend on; `countries` are those of companies that are yet to come.
    pub(crate) async fn load(tx: &mut Tx, countries: &[RecordId]) -> Result<Self, ReadError> {
        let companies = tx.all::<ResCompany>(&Domain::All).await?;
        let countries: HashSet<RecordId> =
            companies.iter().map(|company| company.country).chain(countries.iter().copied()).collect();
        let mut numbers = HashSet::new();
        for country in countries {
            numbers.extend(emergency_numbers(tx, country).await?);
        }
        Ok(Self { emergency_numbers: numbers })
    }

    fn concern(model: &Model, values: &Values) -> bool {
        model.name.as_str() == "pbx.extension" && values.contains_key("number")
    }

    pub(crate) fn judge(&self, model: &Model, values: &Values) -> Result<(), RecordError> {
        // An emergency call must never ring a colleague instead.
        match values.get("number") {
            Some(Value::Text(number))
                if Self::concern(model, values) && self.emergency_numbers.contains(number) =>
            {
                Err(RecordError::EmergencyNumber { number: number.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// The emergency numbers of a country, as they are dialled.
pub(crate) async fn emergency_numbers(tx: &mut Tx, country: RecordId) -> Result<Vec<String>, ReadError> {
    let country = tx.get::<crate::models::ResCountry>(country).await?;
    let listed = country.and_then(|country| country.emergency_numbers).unwrap_or_default();
    Ok(listed_numbers(&listed).map(str::to_owned).collect())
}

/// The numbers of a list with commas between.
pub(crate) fn listed_numbers(listed: &str) -> impl Iterator<Item = &str> {
    listed.split(',').map(str::trim).filter(|number| !number.is_empty())
}
