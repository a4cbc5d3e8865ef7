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
use opbx_app::{resources, targets};
use opbx_kernel::RecordId;
use opbx_platform::{DestinationRef, Domain, Value};
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
    #[schemars(with = "Patch<Name>")]
    friendly_name: Patch<String>,
    routing_type: Option<TargetKind>,
    #[schemars(extend("x-may-be-empty" = true))]
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
///
/// An AI assistant is named by `ai_assistant_id` or `extension_id`, else by `assistant_id`: the first that is given counts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RoutingConfig {
    extension_id: Option<i64>,
    ring_group_id: Option<i64>,
    ivr_menu_id: Option<i64>,
    business_hours_schedule_id: Option<i64>,
    conference_room_id: Option<i64>,
    /// Of the extension of type `ai_assistant` that stands for an AI assistant.
    ai_assistant_id: Option<i64>,
    /// Of an AI assistant itself, as `/ai-assistants` lists it.
    assistant_id: Option<i64>,
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
            TargetKind::Assistant => self.assistant_id,
            TargetKind::Voicemail => self.voicemail_id,
            TargetKind::Forward | TargetKind::Hangup => None,
        }
    }

    fn leads(&self, kind: TargetKind) -> Result<Way, Problem> {
        let required = |key: &str| {
            let sentence = format!(
                "The {} is required when the routing type is {}.",
                key.replace('_', " "),
                kind.word()
            );
            Problem::field(&format!("routing_config.{key}"), sentence)
        };
        let Some((_, key)) = kind.record() else {
            let leads = match (kind, self.forward_to.as_deref().map(str::trim)) {
                (TargetKind::Hangup, _) => DestinationRef::Hangup,
                (_, Some(to)) if !to.is_empty() => DestinationRef::Forward(to.to_owned()),
                _ => return Err(required("forward_to")),
            };
            return Ok(Way { leads: Leads::To(leads), kind, key: "forward_to" });
        };
        if kind == TargetKind::AiAssistant {
            return self.assistant().ok_or_else(|| required(key))?;
        }
        let id = self.id(kind).ok_or_else(|| required(key))?;
        let to = kind.to(id).ok_or_else(|| absent(kind, key))?;
        Ok(Way { leads: Leads::To(to), kind, key })
    }

    /// None where nothing names an AI assistant. The original's page fills its form from `extension_id`.
    fn assistant(&self) -> Option<Result<Way, Problem>> {
        let kind = TargetKind::AiAssistant;
        let extensions = [("ai_assistant_id", self.ai_assistant_id), ("extension_id", self.extension_id)];
        if let Some((key, id)) = extensions.into_iter().find_map(|(key, id)| Some((key, id?))) {
            let id = RecordId::new(id).map_err(|_| absent(kind, key));
            return Some(id.map(|id| Way { leads: Leads::AssistantOf(id), kind, key }));
        }
        self.assistant_id.map(|_| self.leads(TargetKind::Assistant))
    }
}

/// Where a number shall lead, and which key of its configuration says so.
struct Way {
    leads: Leads,
    kind: TargetKind,
    key: &'static str,
}

fn absent(kind: TargetKind, key: &str) -> Problem {
    kind.refuse(&format!("routing_config.{key}"), &opbx_app::targets::Unfit::Absent)
}

impl ChangedNumber {
    /// Where calls shall go, if that is to change; `held` is what they go to.
    fn leads(&self, held: Option<TargetKind>) -> Result<Option<Way>, Problem> {
        match (self.routing_type.or(held), &self.routing_config) {
            (Some(kind), Some(config)) => config.leads(kind).map(Some),
            (kind, None) if kind == held => Ok(None),
            (Some(kind), None) => RoutingConfig::default().leads(kind).map(Some),
            (None, _) => Err(Problem::field("routing_type", "The routing type field is required.")),
        }
    }
}

/// Names what was chosen as the field at fault.
fn problem(error: NumberError, chosen: Option<(TargetKind, &str)>) -> Problem {
    match (error, chosen) {
        (NumberError::Target(unfit), Some((kind, key))) => {
            kind.refuse(&format!("routing_config.{key}"), &unfit)
        }
        (NumberError::Target(unfit), None) => {
            Problem::field("routing_config", format!("The selected destination {unfit}."))
        }
        (NumberError::Resource(error), _) => Problem::of(error, NAMES),
    }
}

/// The numbers that lead where `routing_type` says; `stand_ins` are the extensions that stand for AI assistants.
fn domain(filters: &Filters, stand_ins: Vec<DestinationRef>) -> Domain {
    const FIELD: &str = "destination";
    let mut domain = Status::domain(filters.status);
    let stand_ins = stand_ins.into_iter().map(Value::Destination);
    domain = match filters.routing_type {
        None => domain,
        Some(kind @ TargetKind::Extension) => {
            domain.and(kind.domain(FIELD)).and(Domain::not_in(FIELD, stand_ins))
        }
        Some(TargetKind::AiAssistant) => {
            domain.and(TargetKind::Assistant.domain(FIELD).or(Domain::is_in(FIELD, stand_ins)))
        }
        Some(kind) => domain.and(kind.domain(FIELD)),
    };
    if let Some(text) = &filters.search {
        domain =
            domain.and(Domain::contains_folded("number", text).or(Domain::contains_folded("name", text)));
    }
    domain
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<NumberView>>, Problem> {
    let stand_ins = match filters.routing_type {
        Some(TargetKind::Extension | TargetKind::AiAssistant) => {
            targets::of_assistants(&web.app, &asker.scope).await?
        }
        _ => Vec::new(),
    };
    let listing = filters.paging.listing(domain(&filters, stand_ins), &SORTS);
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
    let Way { leads, kind, key } = new.routing_config.leads(new.routing_type)?;
    let draft = PbxNumberDraft {
        number: Some(new.phone_number),
        name: Some(new.friendly_name),
        active: new.status.map(Status::is_active),
        ..PbxNumberDraft::default()
    };
    let id = numbers::create(&web.app, &asker.scope, draft, new.recording.into_values()?, leads)
        .await
        .map_err(|error| problem(error, Some((kind, key))))?;
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
    let (held, targets) = numbers::get(&web.app, &asker.scope, id).await?;
    let way = changed.leads(view::routing_type(&held.record.destination, &targets))?;
    let chosen = way.as_ref().map(|way| (way.kind, way.key));
    let leads = way.map(|way| way.leads);
    let draft = PbxNumberDraft {
        number: changed.phone_number,
        name: changed.friendly_name.into_draft(),
        active: changed.status.map(Status::is_active),
        ..PbxNumberDraft::default()
    };
    let more = changed.recording.into_values()?;
    let updated = numbers::update(&web.app, &asker.scope, id, draft, more, leads, version).await;
    updated.map_err(|error| problem(error, chosen))?;
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
