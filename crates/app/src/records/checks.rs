//! What is asked before the store is: the rights of groups, and the rules of built-in models that are Rust.

use super::{Deed, RecordError};
use crate::models::{ResCompany, ResCountry};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::{Domain, Model, Value, Values, access};
use opbx_store::{ReadError, SaveError, Tx};
use std::collections::HashSet;

/// Refuses what none of the actor's groups may do. OPBX itself may do everything inside its tenant.
pub fn require(scope: &Scope, model: &Model, deed: Deed) -> Result<(), RecordError> {
    if access::may(scope, model, deed) {
        Ok(())
    } else {
        Err(RecordError::NotAllowed { model: model.name.to_string(), deed })
    }
}

/// Refuses fields that none of the actor's groups may change; those that they do not see are unknown.
pub(super) fn require_fields(tx: &Tx, model: &Model, values: &Values) -> Result<(), RecordError> {
    let models = tx.models();
    let seen = models.model(model.name.as_str());
    for field in values.keys() {
        let (model_name, field_name) = (model.name.to_string(), field.clone());
        if seen.is_none_or(|seen| seen.field(field).is_none()) {
            return Err(SaveError::UnknownField { model: model_name, field: field_name }.into());
        }
        if !access::may_change(tx.scope(), model, field) {
            return Err(RecordError::FieldNotAllowed { model: model_name, field: field_name });
        }
    }
    Ok(())
}

/// Refuses what a user writes to a field that is only read. OPBX itself may write it.
pub(super) fn require_writable(scope: &Scope, model: &Model, values: &Values) -> Result<(), RecordError> {
    let is_readonly = |name: &&String| model.field(name).is_some_and(|field| field.readonly);
    match values.keys().find(is_readonly).filter(|_| !scope.is_system()) {
        Some(field) => {
            Err(RecordError::ReadOnlyField { model: model.name.to_string(), field: field.clone() })
        }
        None => Ok(()),
    }
}

/// Judges what is written to records of one model by what other records say.
pub(super) async fn check(tx: &mut Tx, model: &Model, rows: &[Values]) -> Result<(), RecordError> {
    if !rows.iter().any(|values| Rules::concern(model, values)) {
        return Ok(());
    }
    // In whichever company: an emergency call is the same everywhere in a tenant.
    let rules =
        Rules::load(&mut tx.as_system("the emergency numbers of every company's country"), &[]).await?;
    rows.iter().try_for_each(|values| rules.judge(model, values))
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
async fn emergency_numbers(tx: &mut Tx, country: RecordId) -> Result<Vec<String>, ReadError> {
    let country = tx.get::<ResCountry>(country).await?;
    let listed = country.and_then(|country| country.emergency_numbers).unwrap_or_default();
    Ok(listed_numbers(&listed).map(str::to_owned).collect())
}

/// The numbers of a list with commas between.
pub(crate) fn listed_numbers(listed: &str) -> impl Iterator<Item = &str> {
    listed.split(',').map(str::trim).filter(|number| !number.is_empty())
}
