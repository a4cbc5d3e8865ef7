//! What people do with webhooks beside what every record allows: secrets shown once, pings, replays.

use super::news::{News, NewsError, add, event_id, hasten};
use super::{DELIVERY_MODEL, MODEL, TEST, new_secret};
use crate::app::App;
use crate::entropy;
use crate::fetch::FetchError;
use crate::models::{IrWebhook, IrWebhookDelivery, IrWebhookDeliveryDraft, IrWebhookDraft};
use crate::records::{self, Deed, RecordError};
use jiff::SignedDuration;
use opbx_kernel::{Code, Kind, RecordId, Scope};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Model, Value};
use opbx_store::{CommitError, DELETE_WHERE_MAX, ReadError, SaveError, StoreError, Tx};
use serde_json::json;
use zeroize::Zeroizing;

/// For how long the previous secret signs beside a new one.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// Rounds in which the deliveries of a webhook are deleted with it.
const DELETE_ROUNDS_MAX: usize = 10_000;

#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("there is no such webhook or delivery")]
    Absent,
    #[error("the webhook is stopped: let it go on first")]
    Stopped,
    #[error(transparent)]
    Address(#[from] FetchError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl WebhookError {
    pub fn code(&self) -> Code {
        match self {
            Self::Absent => Code::new(Kind::Absent, "no_webhook"),
            Self::Stopped => Code::new(Kind::Conflict, "webhook_stopped"),
            Self::Address(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

impl From<NewsError> for WebhookError {
    fn from(error: NewsError) -> Self {
        match error {
            NewsError::Store(error) => error.into(),
            NewsError::Read(error) => error.into(),
            NewsError::Save(error) => error.into(),
            NewsError::Commit(error) => error.into(),
        }
    }
}

/// What a new webhook is.
#[derive(Debug, Clone, Default)]
pub struct NewWebhook {
    pub name: String,
    pub url: String,
    pub description: Option<String>,
    pub events: Vec<String>,
    /// The models that `record.changed` is about.
    pub models: Vec<String>,
    /// Sent besides; kept as a secret.
    pub headers: Vec<(String, String)>,
}

/// A webhook's record with its secret, which nobody is shown again.
pub struct Shown {
    pub id: RecordId,
    pub secret: Zeroizing<String>,
}

/// Creates a webhook. Its address is judged at once as far as it says itself where it leads.
pub async fn create(app: &App, scope: &Scope, new: NewWebhook) -> Result<Shown, WebhookError> {
    app.fetcher().check(&new.url)?;
    let secret = Zeroizing::new(new_secret(entropy::bytes()));
    let headers: serde_json::Map<_, _> =
        new.headers.into_iter().map(|(name, value)| (name, json!(value))).collect();
    let headers = (!headers.is_empty()).then(|| json!(headers).to_string().into_bytes());
    let draft = IrWebhookDraft {
        name: Some(new.name),
        url: Some(new.url),
        description: Some(new.description),
        events: Some(json!(new.events)),
        models: Some((!new.models.is_empty()).then(|| json!(new.models))),
        ..IrWebhookDraft::default()
    };
    let mut values = draft.into_values();
    values.insert("secret".to_owned(), Value::Bytes(secret.as_bytes().to_vec()));
    values.insert("headers".to_owned(), headers.map_or(Value::Null, Value::Bytes));
    let mut tx = app.store().begin(scope).await?;
    let model = model(&tx, MODEL)?;
    let id = records::create(&mut tx, &model, values).await?;
    tx.commit().await?;
    Ok(Shown { id, secret })
}

/// Judges an address as far as it says itself where it leads.
pub fn check_address(app: &App, url: &str) -> Result<(), WebhookError> {
    Ok(app.fetcher().check(url)?)
}

/// Gives a webhook a new secret. The old one signs beside it for a day, so that receivers can change over.
pub async fn rotate(app: &App, scope: &Scope, id: RecordId) -> Result<Shown, WebhookError> {
    let secret = Zeroizing::new(new_secret(entropy::bytes()));
    let mut tx = app.store().begin(scope).await?;
    require(&mut tx, id, Deed::Update).await?;
    let held = tx.reveal(MODEL, id, "secret").await?;
    let until = tx.now() + OVERLAP;
    let draft = IrWebhookDraft { previous_until: Some(Some(until)), ..IrWebhookDraft::default() };
    let mut values = draft.into_values();
    values.insert("secret".to_owned(), Value::Bytes(secret.as_bytes().to_vec()));
    values.insert("previous_secret".to_owned(), held.map_or(Value::Null, Value::Bytes));
    tx.update(MODEL, id, values, None).await?;
    tx.commit().await?;
    Ok(Shown { id, secret })
}

/// Deletes a webhook with its deliveries, these first and a few at a time, so that nobody waits for them.
pub async fn delete(
    app: &App,
    scope: &Scope,
    id: RecordId,
    expected: Option<i64>,
) -> Result<(), WebhookError> {
    let mut tx = app.store().begin(scope).await?;
    require(&mut tx, id, Deed::Delete).await?;
    let stopped = IrWebhookDraft { active: Some(false), ..IrWebhookDraft::default() };
    tx.update(MODEL, id, stopped.into_values(), expected).await.map_err(RecordError::from)?;
    tx.commit().await?;
    for _ in 0..DELETE_ROUNDS_MAX {
        let mut tx = app.store().begin(&Scope::system(scope.tenant(), "delete a webhook")).await?;
        let deleted = tx.delete_where(DELIVERY_MODEL, &Domain::eq("webhook", id)).await?;
        tx.commit().await?;
        if deleted < DELETE_WHERE_MAX as u64 {
            break;
        }
    }
    let mut tx = app.store().begin(scope).await?;
    let model = model(&tx, MODEL)?;
    records::delete(&mut tx, &model, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends a test event to a webhook, whatever it chose to hear; gives the delivery to look at.
pub async fn ping(app: &App, scope: &Scope, id: RecordId) -> Result<RecordId, WebhookError> {
    let mut tx = app.store().begin(scope).await?;
    let webhook = require(&mut tx, id, Deed::Update).await?;
    app.fetcher().check(&webhook.url)?;
    if !webhook.active {
        return Err(WebhookError::Stopped);
    }
    let draw = fresh();
    let data = json!({ "webhook": id.get(), "name": webhook.name });
    let news = News::of_test(format!("test:{draw}"), tx.now(), data);
    let made = add(&mut tx.as_system("send a test to a webhook"), id, &[&news]).await?;
    tx.commit().await?;
    made.first().copied().ok_or(WebhookError::Absent)
}

/// Sends an event once more: a new delivery of the same event, with the same id of the event.
pub async fn replay(app: &App, scope: &Scope, delivery: RecordId) -> Result<RecordId, WebhookError> {
    let mut tx = app.store().begin(scope).await?;
    let deliveries = model(&tx, DELIVERY_MODEL)?;
    records::require(tx.scope(), &deliveries, Deed::Read)?;
    let first = tx.get::<IrWebhookDelivery>(delivery).await?.ok_or(WebhookError::Absent)?;
    let webhook = require(&mut tx, first.webhook, Deed::Update).await?;
    if !webhook.active {
        return Err(WebhookError::Stopped);
    }
    let now = tx.now();
    let draft = IrWebhookDeliveryDraft {
        webhook: Some(first.webhook),
        event: Some(first.event),
        event_id: Some(first.event_id),
        unique_key: Some(format!("replay:{}", fresh())),
        // A subject of its own: it waits for nothing, and nothing for it.
        subject: Some(format!("replay:{delivery}")),
        payload: Some(first.payload),
        next_at: Some(Some(now)),
        at: Some(now),
        ..IrWebhookDeliveryDraft::default()
    };
    let mut system = tx.as_system("send an event to a webhook once more");
    let id = system.create(DELIVERY_MODEL, draft.into_values()).await?;
    hasten(&mut system, first.webhook).await?;
    drop(system);
    tx.commit().await?;
    Ok(id)
}

impl News {
    fn of_test(key: String, at: opbx_kernel::Timestamp, data: serde_json::Value) -> Self {
        Self { event: TEST, subject: key.clone(), key, at, model: None, data }
    }
}

/// What no delivery before has in its key.
fn fresh() -> String {
    let tenant = opbx_kernel::TenantId::new(1).expect("1 is an id");
    event_id(tenant, &new_secret(entropy::bytes()))
}

fn model(tx: &Tx, name: &str) -> Result<Model, WebhookError> {
    let unknown = || ReadError::UnknownModel(name.to_owned());
    Ok(tx.models().model(name).ok_or_else(unknown)?.clone())
}

/// The webhook, where the asker may do this to it.
async fn require(tx: &mut Tx, id: RecordId, deed: Deed) -> Result<IrWebhook, WebhookError> {
    let model = model(tx, MODEL)?;
    records::require(tx.scope(), &model, deed)?;
    tx.get::<IrWebhook>(id).await?.ok_or(WebhookError::Absent)
}
