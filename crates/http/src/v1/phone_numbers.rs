//! Telephone numbers, and where calls to them go.

mod import;
mod view;

use super::bulk;
use super::recording_policy::RecordingPatch;
use super::words::{Status, TargetKind};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::models::{PbxNumber, PbxNumberDraft};
use opbx_app::numbers::{self, Leads, NumberError};
use opbx_app::resources;
use opbx_kernel::RecordId;
use opbx_platform::{DestinationRef, Domain};
use schemars::JsonSchema;
use serde::Deserialize;
use view::{NumberView, Shown};

const TAG: &str = "Phone numbers";
const NAMES: Names = &[
    ("number", "phone_number"),
    ("name", "friendly_name"),
    ("destination", "routing_config"),
    ("active", "status"),
    ("recording_announcement", "recording_announcement_id"),
];
const SORTS: Sorts = Sorts {
    fields: &[
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
        ("phone_number", "number"),
        ("friendly_name", "name"),
        ("status", "active"),
    ],
    descending: true,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/phone-numbers", "phone_numbers.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List phone numbers").gives::<Page<NumberView>>(200, "A page of numbers.");
    })
    .post("/phone-numbers", "phone_numbers.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Add a phone number").gives::<Shown>(201, "The new number.");
    })
    .get("/phone-numbers/{id}", "phone_numbers.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a phone number").gives::<Shown>(200, "The number.");
    })
    .put("/phone-numbers/{id}", "phone_numbers.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change a phone number").gives::<Shown>(200, "The changed number.");
    })
    .delete("/phone-numbers/{id}", "phone_numbers.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a phone number").gives_nothing(204, "It is gone.");
    });
    import::declare(api);
    bulk::declare::<PbxNumber>(api, "/phone-numbers", "phone_numbers.bulk", TAG, NAMES);
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    routing_type: Option<TargetKind>,
    /// Part of the number or its name.
    search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewNumber {
    /// In E.164: `+12125550100`.
    #[schemars(regex(pattern = r"^\+[1-9][0-9]{6,14}$"))]
    phone_number: String,
    #[serde(default)]
    #[schemars(length(max = 255))]
    friendly_name: Option<String>,
    routing_type: TargetKind,
    #[serde(default)]
    routing_config: RoutingConfig,
    #[serde(default)]
    status: Option<Status>,
    #[serde(flatten)]
    recording: RecordingPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedNumber {
    /// Never changes: another number is another record.
    phone_number: Option<String>,
    #[schemars(with = "Option<Name>")]
    friendly_name: Patch<String>,
    routing_type: Option<TargetKind>,
    routing_config: Option<RoutingConfig>,
    status: Option<Status>,
    #[serde(flatten)]
    recording: RecordingPatch,
}

#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct Name(#[schemars(length(max = 255))] String);

/// Which record of the routing type is meant: the one id that belongs to it. The others mean nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RoutingConfig {
    /// Of an extension; with `ai_assistant`, of an extension that is a short number for one.
    extension_id: Option<i64>,
    ring_group_id: Option<i64>,
    ivr_menu_id: Option<i64>,
    business_hours_schedule_id: Option<i64>,
    conference_room_id: Option<i64>,
    ai_assistant_id: Option<i64>,
    voicemail_id: Option<i64>,
    #[schemars(length(max = 255))]
    forward_to: Option<String>,
}

impl RoutingConfig {
    fn id(&self, kind: TargetKind) -> Option<i64> {
        match kind {
            TargetKind::Extension => self.extension_id,
            TargetKind::RingGroup => self.ring_group_id,
            TargetKind::IvrMenu => self.ivr_menu_id,
            TargetKind::BusinessHours => self.business_hours_schedule_id,
            TargetKind::ConferenceRoom => self.conference_room_id,
            TargetKind::AiAssistant => self.ai_assistant_id,
            TargetKind::Voicemail => self.voicemail_id,
            TargetKind::Forward | TargetKind::Hangup => None,
        }
    }

    fn leads(&self, kind: TargetKind) -> Result<Leads, Problem> {
        let required = |key: &str| {
            let sentence = format!(
                "The {} is required when the routing type is {}.",
                key.replace('_', " "),
                kind.word()
            );
            Problem::field(&format!("routing_config.{key}"), sentence)
        };
        let Some((_, key)) = kind.record() else {
            return match (kind, self.forward_to.as_deref().map(str::trim)) {
                (TargetKind::Hangup, _) => Ok(Leads::To(DestinationRef::Hangup)),
                (_, Some(to)) if !to.is_empty() => Ok(Leads::To(DestinationRef::Forward(to.to_owned()))),
                _ => Err(required("forward_to")),
            };
        };
        let absent = || kind.refuse(&format!("routing_config.{key}"), &opbx_app::targets::Unfit::Absent);
        match (self.id(kind), self.extension_id) {
            (Some(id), _) => kind.to(id).map(Leads::To).ok_or_else(absent),
            (None, Some(id)) if kind == TargetKind::AiAssistant => {
                RecordId::new(id).map(Leads::AssistantOf).map_err(|_| absent())
            }
            (None, _) => Err(required(key)),
        }
    }
}

impl ChangedNumber {
    /// Where calls shall go, if that is to change; `held` is where they go.
    fn leads(&self, held: &DestinationRef) -> Result<Option<Leads>, Problem> {
        let held = TargetKind::kind_of(held);
        match (self.routing_type.or(held), &self.routing_config) {
            (Some(kind), Some(config)) => config.leads(kind).map(Some),
            (kind, None) if kind == held => Ok(None),
            (Some(kind), None) => RoutingConfig::default().leads(kind).map(Some),
            (None, _) => Err(Problem::field("routing_type", "The routing type field is required.")),
        }
    }
}

/// Names what was chosen as the field at fault.
fn problem(error: NumberError, kind: Option<TargetKind>) -> Problem {
    match (error, kind) {
        (NumberError::Target(unfit), Some(kind)) => {
            let key = kind.record().map_or("forward_to", |(_, key)| key);
            kind.refuse(&format!("routing_config.{key}"), &unfit)
        }
        (NumberError::Target(unfit), None) => {
            Problem::field("routing_config", format!("The selected destination {unfit}."))
        }
        (NumberError::Resource(error), _) => Problem::of(error, NAMES),
    }
}

fn domain(filters: &Filters) -> Domain {
    let mut domain = Status::domain(filters.status);
    if let Some(kind) = filters.routing_type {
        domain = domain.and(kind.domain("destination"));
    }
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::ilike("number", text).or(Domain::ilike("name", text)));
    }
    domain
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<NumberView>>, Problem> {
    let listing = filters.paging.listing(domain(&filters), &SORTS);
    let (listed, targets) = numbers::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |number| NumberView::of(&asker, number, &targets))))
}

async fn shown(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, Shown), Problem> {
    let (number, targets) = numbers::get(&web.app, &asker.scope, id).await?;
    Ok((number.record.version, Shown { data: NumberView::of(asker, number, &targets) }))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, shown) = shown(&web, &asker, id).await?;
    Ok(Versioned::ok(version, shown))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewNumber>,
) -> Result<Versioned<Shown>, Problem> {
    let leads = new.routing_config.leads(new.routing_type)?;
    let draft = PbxNumberDraft {
        number: Some(new.phone_number),
        name: Some(new.friendly_name),
        active: new.status.map(Status::is_active),
        ..PbxNumberDraft::default()
    };
    let id = numbers::create(&web.app, &asker.scope, draft, new.recording.into_values()?, leads)
        .await
        .map_err(|error| problem(error, Some(new.routing_type)))?;
    let (version, shown) = shown(&web, &asker, id).await?;
    Ok(Versioned::created(version, shown))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedNumber>,
) -> Result<Versioned<Shown>, Problem> {
    let (held, _) = numbers::get(&web.app, &asker.scope, id).await?;
    let leads = changed.leads(&held.record.destination)?;
    let kind = changed.routing_type.or(TargetKind::kind_of(&held.record.destination));
    let draft = PbxNumberDraft {
        number: changed.phone_number,
        name: changed.friendly_name.into_draft(),
        active: changed.status.map(Status::is_active),
        ..PbxNumberDraft::default()
    };
    let more = changed.recording.into_values()?;
    let updated = numbers::update(&web.app, &asker.scope, id, draft, more, leads, version).await;
    updated.map_err(|error| problem(error, kind))?;
    let (version, shown) = shown(&web, &asker, id).await?;
    Ok(Versioned::ok(version, shown))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxNumber>(&web.app, &asker.scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
