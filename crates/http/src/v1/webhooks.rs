//! Webhooks: addresses outside that are told of what happens, and what became of each telling.

use super::words::{Status, instant};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::models::{IrWebhook, IrWebhookDelivery, IrWebhookDraft};
use opbx_app::resources::{self, Stored};
use opbx_app::webhooks::{self, NewWebhook, WebhookError};
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Value, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Any, json};
use std::collections::BTreeMap;

const TAG: &str = "Webhooks";
const NAMES: Names = &[("active", "status")];
const SORTS: Sorts = Sorts {
    fields: &[
        ("name", "name"),
        ("status", "active"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ],
    descending: false,
    per_page: 20,
};
const DELIVERY_SORTS: Sorts = Sorts { fields: &[("id", "id")], descending: true, per_page: 20 };

pub(super) fn declare(api: &mut Api) {
    api.get("/webhooks", "webhooks.list", Access::ADMINS, list, |operation| {
        operation.about(TAG, "List webhooks").gives::<Page<WebhookView>>(200, "A page of webhooks.");
    })
    .get("/webhooks/events", "webhooks.events", Access::ADMINS, events, |operation| {
        operation.about(TAG, "List what a webhook can be told of").gives::<Events>(200, "The names.");
    })
    .post("/webhooks", "webhooks.create", Access::ADMINS, create, |operation| {
        operation
            .about(TAG, "Create a webhook")
            .gives::<Made>(201, "The webhook, with its secret this once.");
    })
    .get("/webhooks/{id}", "webhooks.show", Access::ADMINS, show, |operation| {
        operation.about(TAG, "Show a webhook").gives::<Shown>(200, "The webhook.");
    })
    .put("/webhooks/{id}", "webhooks.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change a webhook").gives::<Written>(200, "The changed webhook.");
    })
    .delete("/webhooks/{id}", "webhooks.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a webhook with its deliveries").gives_nothing(204, "It is gone.");
    })
    .post("/webhooks/{id}/rotate-secret", "webhooks.rotate", Access::ADMINS, rotate, |operation| {
        operation
            .about(TAG, "Give a webhook a new secret; the old one signs beside it for a day")
            .gives::<Made>(200, "The webhook, with its secret this once.");
    })
    .post("/webhooks/{id}/ping", "webhooks.ping", Access::ADMINS, ping, |operation| {
        operation.about(TAG, "Send a test event").gives::<Sent>(202, "It is on its way.");
    })
    .get("/webhooks/{id}/deliveries", "webhooks.deliveries", Access::ADMINS, deliveries, |operation| {
        operation
            .about(TAG, "List what a webhook was told")
            .gives::<Page<DeliveryView>>(200, "A page of deliveries, the newest first.");
    })
    .get("/webhook-deliveries/{id}", "webhook_deliveries.show", Access::ADMINS, delivery, |operation| {
        operation
            .about(TAG, "Show a delivery with what was told and answered")
            .gives::<DeliveryShown>(200, "The delivery.");
    })
    .post(
        "/webhook-deliveries/{id}/replay",
        "webhook_deliveries.replay",
        Access::ADMINS,
        replay,
        |operation| {
            operation
                .about(TAG, "Send an event once more")
                .gives::<Sent>(202, "A new delivery of the same event is on its way.");
        },
    );
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    /// Part of its name.
    search: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DeliveryState {
    Waiting,
    Delivered,
    Failed,
    Dead,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct DeliveryFilters {
    #[serde(flatten)]
    paging: Paging,
    /// `failed` ones are tried again, `dead` ones are not.
    state: Option<DeliveryState>,
    event: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct New {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    #[schemars(length(max = 2048), url)]
    url: String,
    #[serde(default)]
    #[schemars(length(max = 500))]
    description: Option<String>,
    /// See `/webhooks/events`.
    #[schemars(length(min = 1, max = 100))]
    events: Vec<String>,
    /// The models that `record.changed` is about.
    #[serde(default)]
    #[schemars(length(max = 100))]
    models: Vec<String>,
    /// Sent with each delivery, and never shown again.
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Changed {
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    #[schemars(length(max = 2048), url)]
    url: Option<String>,
    #[schemars(with = "Patch<String>")]
    description: Patch<String>,
    #[schemars(length(min = 1, max = 100))]
    events: Option<Vec<String>>,
    #[schemars(length(max = 100))]
    models: Option<Vec<String>>,
    /// All of them; those that were there are replaced.
    headers: Option<BTreeMap<String, String>>,
    /// One that was stopped begins again with what happens from now on.
    status: Option<Status>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Nothing {}

#[derive(Debug, Serialize, JsonSchema)]
struct WebhookView {
    id: i64,
    organization_id: i64,
    name: String,
    url: String,
    description: Option<String>,
    events: Any,
    models: Any,
    status: Status,
    last_status: Option<i64>,
    last_error: Option<String>,
    failures: i64,
    failing_since: Option<String>,
    /// Why OPBX itself stopped it.
    stopped_because: Option<String>,
    /// Until when the secret before this one signs besides.
    previous_secret_until: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: WebhookView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: WebhookView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Made {
    message: &'static str,
    data: WebhookView,
    /// What deliveries are signed with. It is not shown again.
    secret: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Sent {
    message: &'static str,
    delivery_id: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Events {
    data: Vec<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DeliveryView {
    id: i64,
    webhook_id: i64,
    event: String,
    event_id: String,
    state: &'static str,
    attempts: i64,
    /// The receiver's last answer.
    status: Option<i64>,
    error: Option<String>,
    duration_ms: Option<i64>,
    next_attempt_at: Option<String>,
    at: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WholeDelivery {
    #[serde(flatten)]
    delivery: DeliveryView,
    payload: Any,
    /// The beginning of the receiver's last answer.
    response: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DeliveryShown {
    data: WholeDelivery,
}

fn refused(error: WebhookError) -> Problem {
    match error {
        WebhookError::Absent => Problem::absent("Webhook"),
        WebhookError::Address(error) => Problem::field("url", format!("The url field is refused: {error}.")),
        WebhookError::Record(error) => Problem::of_record(&error, NAMES),
        other => Problem::coded(other.code(), &other),
    }
}

fn view(asker: &Signed, stored: Stored<IrWebhook>) -> WebhookView {
    let Stored { record: webhook, created_at, updated_at } = stored;
    WebhookView {
        id: webhook.id.get(),
        organization_id: asker.tenant.get(),
        name: webhook.name,
        url: webhook.url,
        description: webhook.description,
        events: webhook.events,
        models: webhook.models.unwrap_or_else(|| json!([])),
        status: Status::of(webhook.active),
        last_status: webhook.last_status,
        last_error: webhook.last_error,
        failures: webhook.failures,
        failing_since: instant(webhook.failing_since),
        stopped_because: webhook.stopped_because,
        previous_secret_until: instant(webhook.previous_until),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

fn told(delivery: &IrWebhookDelivery) -> DeliveryView {
    DeliveryView {
        id: delivery.id.get(),
        webhook_id: delivery.webhook.get(),
        event: delivery.event.clone(),
        event_id: delivery.event_id.clone(),
        state: delivery.state.as_str(),
        attempts: delivery.attempts,
        status: delivery.status,
        error: delivery.error.clone(),
        duration_ms: delivery.duration_ms,
        next_attempt_at: instant(delivery.next_at),
        at: delivery.at.to_string(),
    }
}

async fn read(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, WebhookView), Problem> {
    let webhook = resources::get::<IrWebhook>(&web.app, &asker.scope, id).await?;
    Ok((webhook.record.version, view(asker, webhook)))
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<WebhookView>>, Problem> {
    let mut domain = Status::domain(filters.status);
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::contains_folded("name", text));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = resources::list::<IrWebhook>(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |webhook| view(&asker, webhook))))
}

async fn events(_: State<Web>, _: Signed) -> Json<Events> {
    Json(Events { data: webhooks::EVENTS.to_vec() })
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<New>,
) -> Result<Versioned<Made>, Problem> {
    let new = NewWebhook {
        name: new.name,
        url: new.url,
        description: new.description,
        events: new.events,
        models: new.models,
        headers: new.headers.into_iter().collect(),
    };
    let made = webhooks::create(&web.app, &asker.scope, new).await.map_err(refused)?;
    let (version, data) = read(&web, &asker, made.id).await?;
    let message = "Webhook created. Copy its secret now: it is not shown again.";
    Ok(Versioned::created(version, Made { message, data, secret: made.secret.to_string() }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<Changed>,
) -> Result<Versioned<Written>, Problem> {
    if let Some(url) = &changed.url {
        webhooks::check_address(&web.app, url).map_err(refused)?;
    }
    let draft = IrWebhookDraft {
        name: changed.name,
        url: changed.url,
        description: changed.description.into_draft(),
        events: changed.events.map(|events| json!(events)),
        models: changed.models.map(|models| (!models.is_empty()).then(|| json!(models))),
        active: changed.status.map(Status::is_active),
        ..IrWebhookDraft::default()
    };
    let mut secrets = Values::new();
    if let Some(headers) = changed.headers {
        let value = if headers.is_empty() {
            Value::Null
        } else {
            Value::Bytes(json!(headers).to_string().into_bytes())
        };
        secrets.insert("headers".to_owned(), value);
    }
    let updated = resources::update(&web.app, &asker.scope, id, draft, secrets, version).await;
    updated.map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "Webhook updated successfully.", data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    webhooks::delete(&web.app, &asker.scope, id, version).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn rotate(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    _: Input<Nothing>,
) -> Result<Versioned<Made>, Problem> {
    let made = webhooks::rotate(&web.app, &asker.scope, id).await.map_err(refused)?;
    let (version, data) = read(&web, &asker, id).await?;
    let message = "The webhook has a new secret. Copy it now: it is not shown again.";
    Ok(Versioned::ok(version, Made { message, data, secret: made.secret.to_string() }))
}

async fn ping(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    _: Input<Nothing>,
) -> Result<(StatusCode, Json<Sent>), Problem> {
    let delivery = webhooks::ping(&web.app, &asker.scope, id).await.map_err(refused)?;
    Ok((StatusCode::ACCEPTED, Json(Sent { message: "A test is on its way.", delivery_id: delivery.get() })))
}

async fn deliveries(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Params(filters): Params<DeliveryFilters>,
) -> Result<Json<Page<DeliveryView>>, Problem> {
    // Another organisation's webhook is absent, and not one without deliveries.
    read(&web, &asker, id).await?;
    let mut domain = Domain::eq("webhook", id);
    if let Some(state) = filters.state {
        let word = match state {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Failed => "failed",
            DeliveryState::Dead => "dead",
        };
        domain = domain.and(Domain::eq("state", word));
    }
    if let Some(event) = &filters.event {
        domain = domain.and(Domain::eq("event", event.as_str()));
    }
    let listing = filters.paging.listing(domain, &DELIVERY_SORTS);
    let listed = resources::list::<IrWebhookDelivery>(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |delivery| told(&delivery.record))))
}

async fn delivery(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<DeliveryShown>, Problem> {
    let delivery = resources::get::<IrWebhookDelivery>(&web.app, &asker.scope, id).await?.record;
    let view = told(&delivery);
    let data = WholeDelivery { delivery: view, payload: delivery.payload, response: delivery.response };
    Ok(Json(DeliveryShown { data }))
}

async fn replay(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    _: Input<Nothing>,
) -> Result<(StatusCode, Json<Sent>), Problem> {
    let delivery = webhooks::replay(&web.app, &asker.scope, id).await.map_err(refused)?;
    let message = "The event is on its way once more.";
    Ok((StatusCode::ACCEPTED, Json(Sent { message, delivery_id: delivery.get() })))
}
