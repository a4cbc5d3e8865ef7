//! Webhooks: what they hear of exists and may be heard of, and each signs with a secret from its first moment.

use super::{Broken, Candidate};
use crate::entropy;
use crate::records::{Deed, RecordError, require};
use crate::webhooks::{self, Unfit};
use opbx_platform::{Domain, Value};
use opbx_store::Tx;
use serde_json::Value as Json;

pub(super) async fn check(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    candidate.learn(tx, &["events", "models", "active"]).await?;
    let events = texts(candidate, "events")?;
    if events.is_empty() {
        return Err(unfit(candidate, "events", Unfit::NoEvents));
    }
    if let Some(unknown) = events.iter().find(|event| !webhooks::EVENTS.contains(&event.as_str())) {
        return Err(unfit(candidate, "events", Unfit::NoSuchEvent(unknown.clone())));
    }
    let models = texts(candidate, "models")?;
    if events.iter().any(|event| event == webhooks::RECORD_CHANGED) && models.is_empty() {
        return Err(unfit(candidate, "models", Unfit::NoModels));
    }
    if candidate.given.contains_key("models") {
        for name in &models {
            may_hear(tx, candidate, name)?;
        }
    }
    if let Some(Value::Bytes(headers)) = candidate.given.get("headers")
        && let Err(wrong) = webhooks::read_headers(headers)
    {
        return Err(unfit(candidate, "headers", wrong));
    }
    match candidate.id {
        None => begin(tx, candidate).await,
        // What happened while it was stopped is not told.
        Some(_) if candidate.given.get("active") == Some(&Value::Bool(true)) && !was_active(candidate) => {
            let anew = [
                ("since", Value::Instant(tx.now())),
                ("failures", Value::Int(0)),
                ("failing_since", Value::Null),
                ("stopped_because", Value::Null),
            ];
            candidate.given.extend(anew.map(|(field, value)| (field.to_owned(), value)));
            Ok(())
        }
        Some(_) => Ok(()),
    }
}

async fn begin(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    let either = Domain::is_in("active", [true, false]);
    let max = webhooks::WEBHOOKS_MAX;
    if tx.as_system("count a tenant's webhooks").count("ir.webhook", &either).await? >= max as u64 {
        return Err(unfit(candidate, "name", Unfit::TooMany));
    }
    let since = Value::Instant(tx.now());
    candidate.given.insert("since".to_owned(), since);
    if !candidate.is_set("secret") {
        let secret = webhooks::new_secret(entropy::bytes());
        candidate.given.insert("secret".to_owned(), Value::Bytes(secret.into_bytes()));
    }
    Ok(())
}

fn was_active(candidate: &Candidate<'_>) -> bool {
    matches!(candidate.held.get("active"), Some(Value::Bool(true)))
}

/// A webhook hears of no model that whoever made it may not read, nor of one that tells nobody of its changes.
fn may_hear(tx: &Tx, candidate: &Candidate<'_>, name: &str) -> Result<(), RecordError> {
    let unknown = || unfit(candidate, "models", Unfit::NoSuchModel(name.to_owned()));
    let model = tx.registry().model(name).ok_or_else(unknown)?;
    if !model.audit && !model.publish {
        return Err(unknown());
    }
    require(tx.scope(), model, Deed::Read).map_err(|_| unknown())
}

/// A list of texts; unset is an empty one.
fn texts(candidate: &Candidate<'_>, field: &str) -> Result<Vec<String>, RecordError> {
    let not_texts = || unfit(candidate, field, Unfit::NotAList);
    match candidate.value(field) {
        Value::Null | Value::Json(Json::Null) => Ok(Vec::new()),
        Value::Json(Json::Array(list)) if list.len() <= webhooks::NAMES_MAX => {
            list.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(not_texts)).collect()
        }
        _ => Err(not_texts()),
    }
}

fn unfit(candidate: &Candidate<'_>, field: &str, unfit: Unfit) -> RecordError {
    candidate.refuse(field, Broken::Webhook(unfit))
}
