//! What is asked before the store is: the rights of groups, and the rules of built-in models that are Rust.

use super::{Deed, RecordError};
use crate::models::{ResCompany, ResCountry};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::{Domain, Model, Value, Values, access};
use opbx_store::{ReadError, SaveError, Tx};

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

/// The rules of built-in models that a field's own limits cannot say.
pub(super) async fn check(tx: &mut Tx, model: &Model, values: &Values) -> Result<(), RecordError> {
    if model.name.as_str() != "pbx.extension" {
        return Ok(());
    }
    let Some(Value::Text(number)) = values.get("number") else { return Ok(()) };
    // An emergency call must never ring a colleague instead, in whichever company.
    let mut tx = tx.as_system("the emergency numbers of every company's country");
    for company in tx.all::<ResCompany>(&Domain::All).await? {
        if emergency_numbers(&mut tx, company.country).await?.iter().any(|emergency| emergency == number) {
            return Err(RecordError::EmergencyNumber { number: number.clone() });
        }
    }
    Ok(())
}

/// The emergency numbers of a country, as they are dialled.
pub(crate) async fn emergency_numbers(tx: &mut Tx, country: RecordId) -> Result<Vec<String>, ReadError> {
    let country = tx.get::<ResCountry>(country).await?;
    let listed = country.and_then(|country| country.emergency_numbers).unwrap_or_default();
    Ok(listed.split(',').map(str::trim).filter(|number| !number.is_empty()).map(str::to_owned).collect())
}
