//! What a change of records leaves to be done at the carrier, in the same transaction.

use super::account::{SETTINGS, is_configured};
use super::passwords;
use crate::models::PbxExtension;
use crate::records::RecordError;
use opbx_kernel::RecordId;
use opbx_platform::record::Record as _;
use opbx_platform::{Model, Value, Values};
use opbx_store::{NewJob, Tx};
use serde_json::json;

pub(super) const EXTENSION: &str = PbxExtension::MODEL;
/// More extensions than this are told to the carrier by one job that shows how far it is.
const EACH_MAX: usize = 20;
/// What of an extension the carrier is told.
const TOLD_EXTENSION: [&str; 3] = ["sip_password", "active", "destination"];
/// What of the settings the carrier is told.
const TOLD_SETTINGS: [&str; 7] = [
    "domain_uuid",
    "domain_api_key",
    "domain_requests_api_key",
    "webhook_base_url",
    "no_answer_timeout_s",
    "recording_format",
    "hook_secret",
];

pub(crate) fn extension_job(id: RecordId) -> NewJob {
    NewJob::of("carrier.extension")
        .with(json!({ "extension": id.get() }))
        .keyed(format!("carrier.extension:{id}"))
}

pub(crate) fn provision_job() -> NewJob {
    NewJob::of("carrier.provision").keyed("carrier.provision")
}

/// Pushes what is here and not there; `import` takes over what is there and not here, too.
pub(crate) fn sync_job(import: bool) -> NewJob {
    let key = if import { "carrier.sync" } else { "carrier.push" };
    NewJob::of("carrier.sync").with(json!({ "import": import })).keyed(key)
}

fn is_null(values: &Values, field: &str) -> bool {
    match values.get(field) {
        None | Some(Value::Null) => true,
        Some(Value::Bytes(bytes)) => bytes.is_empty(),
        Some(_) => false,
    }
}

/// Whether whoever writes says itself what the carrier knows.
fn is_settled(values: &Values) -> bool {
    values.contains_key("sync_state")
}

/// Adds to new records what they need: a password for a person's telephone, a secret for the address of webhooks.
pub(crate) async fn prepare_new(tx: &mut Tx, model: &Model, rows: &mut [Values]) -> Result<(), RecordError> {
    match model.name.as_str() {
        EXTENSION => {
            let configured = is_configured(tx).await?;
            for values in rows.iter_mut().filter(|values| is_null(values, "destination")) {
                if is_null(values, "sip_password") {
                    let password = passwords::sip_password().into_bytes();
                    values.insert("sip_password".to_owned(), Value::Bytes(password));
                }
                if configured && !is_settled(values) {
                    values.insert("sync_state".to_owned(), "pending".into());
                }
            }
        }
        SETTINGS => {
            for values in rows.iter_mut().filter(|values| is_null(values, "hook_secret")) {
                let secret = passwords::hook_secret().into_bytes();
                values.insert("hook_secret".to_owned(), Value::Bytes(secret));
            }
        }
        _ => {}
    }
    Ok(())
}

/// Tells the carrier of new records. `rows` are as they were written.
pub(crate) async fn created(
    tx: &mut Tx,
    model: &Model,
    ids: &[RecordId],
    pending: &[bool],
) -> Result<(), RecordError> {
    match model.name.as_str() {
        EXTENSION => {
            let told: Vec<RecordId> =
                ids.iter().zip(pending).filter(|(_, pending)| **pending).map(|(id, _)| *id).collect();
            let mut tx = tx.as_system("tell the carrier of new extensions");
            if told.len() > EACH_MAX {
                tx.enqueue(sync_job(false)).await?;
                return Ok(());
            }
            for id in told {
                tx.enqueue(extension_job(id)).await?;
            }
        }
        SETTINGS => settings_changed(tx, ids).await?,
        _ => {}
    }
    Ok(())
}

/// Which of these rows the carrier is to be told of.
pub(crate) fn pending(model: &Model, rows: &[Values]) -> Vec<bool> {
    if model.name.as_str() != EXTENSION {
        return Vec::new();
    }
    rows.iter().map(|values| values.get("sync_state") == Some(&Value::from("pending"))).collect()
}

/// Marks a change that the carrier is to be told of; tells whether it is one.
pub(crate) async fn prepare_change(
    tx: &mut Tx,
    model: &Model,
    id: RecordId,
    values: &mut Values,
) -> Result<bool, RecordError> {
    let told: &[&str] = match model.name.as_str() {
        EXTENSION => &TOLD_EXTENSION,
        SETTINGS => &TOLD_SETTINGS,
        _ => return Ok(false),
    };
    if is_settled(values) || !told.iter().any(|field| values.contains_key(*field)) {
        return Ok(false);
    }
    if model.name.as_str() == EXTENSION {
        follow_destination(tx, id, values).await?;
        if !is_configured(tx).await? {
            return Ok(false);
        }
        values.insert("sync_state".to_owned(), "pending".into());
        values.insert("sync_error".to_owned(), Value::Null);
    }
    Ok(true)
}

/// An extension that becomes a person's gets a password; one that points at something else has no telephone any more.
async fn follow_destination(tx: &mut Tx, id: RecordId, values: &mut Values) -> Result<(), RecordError> {
    if !values.contains_key("destination") || values.contains_key("sip_password") {
        return Ok(());
    }
    if !is_null(values, "destination") {
        values.insert("sip_password".to_owned(), Value::Null);
        return Ok(());
    }
    let mut tx = tx.as_system("see whether a telephone has a password");
    if !tx.secrets_set(EXTENSION, "sip_password", &[id]).await?.contains(&id) {
        let password = passwords::sip_password().into_bytes();
        values.insert("sip_password".to_owned(), Value::Bytes(password));
    }
    Ok(())
}

/// Tells the carrier of a change that was marked.
pub(crate) async fn changed(tx: &mut Tx, model: &Model, id: RecordId) -> Result<(), RecordError> {
    match model.name.as_str() {
        EXTENSION => {
            tx.as_system("tell the carrier of a changed extension").enqueue(extension_job(id)).await?;
        }
        SETTINGS => settings_changed(tx, &[id]).await?,
        _ => {}
    }
    Ok(())
}

async fn settings_changed(tx: &mut Tx, ids: &[RecordId]) -> Result<(), RecordError> {
    let configured = is_configured(tx).await?;
    let state = if configured { "pending" } else { "unconfigured" };
    let mut tx = tx.as_system("tell the carrier of changed settings");
    for id in ids {
        let values =
            Values::from([("sync_state".to_owned(), state.into()), ("sync_error".to_owned(), Value::Null)]);
        tx.update(SETTINGS, *id, values, None).await?;
    }
    if configured {
        tx.enqueue(provision_job()).await?;
    }
    Ok(())
}

/// Leaves a job for each subscriber whose extension is about to be deleted.
pub(crate) async fn deleting(tx: &mut Tx, model: &Model, ids: &[RecordId]) -> Result<(), RecordError> {
    if model.name.as_str() != EXTENSION || ids.is_empty() {
        return Ok(());
    }
    let mut tx = tx.as_system("tell the carrier of deleted extensions");
    for row in tx.read(EXTENSION, ids, &["cloudonix_subscriber_id"]).await? {
        let Some(Value::Text(subscriber)) = row.values.first() else { continue };
        let key = format!("carrier.extension:gone:{}", row.id);
        let job = NewJob::of("carrier.extension").with(json!({ "gone": subscriber })).keyed(key);
        tx.enqueue(job).await?;
    }
    Ok(())
}
