//! Ring groups: who rings together or in turn, and what follows when nobody answers.

use super::bulk;
use super::destinations::{self, Assistants};
use super::words::{Status, TargetKind, instant, record_id};
use crate::Web;
use crate::api::{
    Access, Api, Errors, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts,
    Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::models::{PbxRingGroup, PbxRingGroupDraft, PbxRingGroupStrategy};
use opbx_app::resources::{self, Stored};
use opbx_app::ring_groups::{self, NewMember, Ring, RingError};
use opbx_platform::{DestinationRef, Domain};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

const TAG: &str = "Ring groups";
const NAMES: Names = &[
    ("timeout_s", "timeout"),
    ("turns", "ring_turns"),
    ("fallback", "fallback_action"),
    ("active", "status"),
];
const SORTS: Sorts = Sorts {
    fields: &[
        ("created_at", "created_at"),
        ("name", "name"),
        ("strategy", "strategy"),
        ("status", "active"),
        ("updated_at", "updated_at"),
    ],
    descending: true,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/ring-groups", "ring_groups.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List ring groups").gives::<Page<GroupView>>(200, "A page of groups.");
    })
    .post("/ring-groups", "ring_groups.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create a ring group").gives::<Written>(201, "The new group.");
    })
    .get("/ring-groups/{id}", "ring_groups.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a ring group").gives::<Shown>(200, "The group.");
    })
    .put("/ring-groups/{id}", "ring_groups.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change a ring group").gives::<Written>(200, "The changed group.");
    })
    .delete("/ring-groups/{id}", "ring_groups.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a ring group").gives_nothing(204, "It is gone.");
    });
    bulk::declare::<PbxRingGroup>(api, "/ring-groups", "ring_groups.bulk", TAG, NAMES);
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    strategy: Option<Strategy>,
    status: Option<Status>,
    /// Part of the name.
    search: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Strategy {
    Simultaneous,
    Sequential,
    RoundRobin,
    Random,
}

impl Strategy {
    fn into_model(self) -> PbxRingGroupStrategy {
        match self {
            Self::Simultaneous => PbxRingGroupStrategy::Simultaneous,
            Self::Sequential => PbxRingGroupStrategy::Sequential,
            Self::RoundRobin => PbxRingGroupStrategy::RoundRobin,
            Self::Random => PbxRingGroupStrategy::Random,
        }
    }

    fn of(strategy: PbxRingGroupStrategy) -> Self {
        match strategy {
            PbxRingGroupStrategy::Simultaneous => Self::Simultaneous,
            PbxRingGroupStrategy::Sequential => Self::Sequential,
            PbxRingGroupStrategy::RoundRobin => Self::RoundRobin,
            PbxRingGroupStrategy::Random => Self::Random,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewGroup {
    #[schemars(length(min = 2, max = 100))]
    name: String,
    strategy: Strategy,
    #[schemars(length(min = 1, max = 50))]
    members: Vec<MemberInput>,
    #[serde(flatten)]
    rest: GroupPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedGroup {
    #[schemars(length(min = 2, max = 100))]
    name: Option<String>,
    strategy: Option<Strategy>,
    /// Replaces all members; left out, they stay.
    #[schemars(length(min = 1, max = 50))]
    members: Option<Vec<MemberInput>>,
    #[serde(flatten)]
    rest: GroupPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GroupPatch {
    description: Patch<String>,
    /// Seconds for which each attempt rings.
    #[schemars(range(min = 5, max = 300))]
    timeout: Option<i64>,
    #[schemars(range(min = 1, max = 9))]
    ring_turns: Option<i64>,
    /// What follows when nobody answered; the id of its kind must come with it.
    fallback_action: Option<TargetKind>,
    #[schemars(extend("x-may-be-empty" = true))]
    fallback_extension_id: Option<i64>,
    #[schemars(extend("x-may-be-empty" = true))]
    fallback_ring_group_id: Option<i64>,
    #[schemars(extend("x-may-be-empty" = true))]
    fallback_ivr_menu_id: Option<i64>,
    /// Of the extension of type `ai_assistant` that stands for an AI assistant.
    #[schemars(extend("x-may-be-empty" = true))]
    fallback_ai_assistant_id: Option<i64>,
    /// Of an AI assistant itself, as `/ai-assistants` lists it; counts where no extension is named.
    #[schemars(extend("x-may-be-empty" = true))]
    fallback_assistant_id: Option<i64>,
    #[schemars(extend("x-may-be-empty" = true))]
    fallback_conference_room_id: Option<i64>,
    #[schemars(extend("x-may-be-empty" = true))]
    fallback_business_hours_id: Option<i64>,
    #[schemars(extend("x-may-be-empty" = true))]
    fallback_voicemail_id: Option<i64>,
    /// A number or a SIP address.
    #[schemars(length(max = 255))]
    #[schemars(extend("x-may-be-empty" = true))]
    fallback_forward_to: Option<String>,
    status: Option<Status>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct MemberInput {
    #[schemars(range(min = 1))]
    extension_id: i64,
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    priority: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct GroupView {
    id: i64,
    organization_id: i64,
    name: String,
    description: Option<String>,
    strategy: Strategy,
    timeout: i64,
    ring_turns: i64,
    fallback_action: TargetKind,
    fallback_extension_id: Option<i64>,
    fallback_ring_group_id: Option<i64>,
    fallback_ivr_menu_id: Option<i64>,
    fallback_ai_assistant_id: Option<i64>,
    /// The AI assistant itself, also where an extension stands for it.
    fallback_assistant_id: Option<i64>,
    fallback_conference_room_id: Option<i64>,
    fallback_business_hours_id: Option<i64>,
    fallback_voicemail_id: Option<i64>,
    fallback_forward_to: Option<String>,
    fallback_extension: Option<FallbackExtension>,
    status: Status,
    members: Vec<MemberView>,
    members_count: usize,
    active_members_count: usize,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FallbackExtension {
    id: i64,
    extension_number: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MemberView {
    id: i64,
    extension_id: i64,
    extension_number: String,
    user_name: Option<String>,
    priority: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: GroupView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: GroupView,
}

impl GroupPatch {
    fn into_draft(self) -> Result<PbxRingGroupDraft, Problem> {
        let fallback = self.fallback()?;
        Ok(PbxRingGroupDraft {
            description: self.description.into_draft(),
            timeout_s: self.timeout,
            turns: self.ring_turns,
            fallback: fallback.map(Some),
            active: self.status.map(Status::is_active),
            ..PbxRingGroupDraft::default()
        })
    }

    fn assistants(&self) -> Assistants {
        let id = self.fallback_ai_assistant_id;
        let named = id.filter(|_| self.fallback_action == Some(TargetKind::AiAssistant));
        named.map(|id| ("fallback_ai_assistant_id".to_owned(), id)).into_iter().collect()
    }

    /// The id of the kind that is meant counts; those of other kinds are what the form held before.
    fn fallback(&self) -> Result<Option<DestinationRef>, Problem> {
        let Some(action) = self.fallback_action else { return Ok(None) };
        let (id, field) = match action {
            TargetKind::Hangup => (None, ""),
            TargetKind::Forward => {
                let to = self.fallback_forward_to.clone().filter(|to| !to.is_empty());
                let absent =
                    || Problem::field("fallback_forward_to", "The fallback forward to field is required.");
                return Ok(Some(DestinationRef::Forward(to.ok_or_else(absent)?)));
            }
            TargetKind::Extension => (self.fallback_extension_id, "fallback_extension_id"),
            TargetKind::RingGroup => (self.fallback_ring_group_id, "fallback_ring_group_id"),
            TargetKind::IvrMenu => (self.fallback_ivr_menu_id, "fallback_ivr_menu_id"),
            TargetKind::AiAssistant if self.fallback_ai_assistant_id.is_none() => {
                let Some(id) = self.fallback_assistant_id else {
                    return action.destination(None, "fallback_ai_assistant_id").map(Some);
                };
                return TargetKind::Assistant.destination(Some(id), "fallback_assistant_id").map(Some);
            }
            TargetKind::AiAssistant => (self.fallback_ai_assistant_id, "fallback_ai_assistant_id"),
            TargetKind::Assistant => (self.fallback_assistant_id, "fallback_assistant_id"),
            TargetKind::ConferenceRoom => (self.fallback_conference_room_id, "fallback_conference_room_id"),
            TargetKind::BusinessHours => (self.fallback_business_hours_id, "fallback_business_hours_id"),
            TargetKind::Voicemail => (self.fallback_voicemail_id, "fallback_voicemail_id"),
        };
        action.destination(id, field).map(Some)
    }
}

/// Members as records take them; no extension twice.
fn members(given: &[MemberInput]) -> Result<Vec<NewMember>, Problem> {
    let (mut seen, mut errors, mut members) = (HashSet::new(), Errors::default(), Vec::new());
    for (place, member) in given.iter().enumerate() {
        let field = format!("members.{place}.extension_id");
        if !seen.insert(member.extension_id) {
            errors.add(&field, "The extension id field holds an extension that is in the group already.");
            continue;
        }
        let priority = member.priority.unwrap_or_else(|| i64::try_from(place).unwrap_or(99).min(99) + 1);
        members.push(NewMember { extension: record_id(member.extension_id, &field)?, priority });
    }
    errors.into_result()?;
    Ok(members)
}

fn view(asker: &Signed, stored: Stored<Ring>) -> GroupView {
    let Stored { record: ring, created_at, updated_at } = stored;
    let Ring { group, members, fallback_number, fallback_assistant } = ring;
    let fallback = group.fallback.unwrap_or(DestinationRef::Hangup);
    let (kind, id) = match TargetKind::of(&fallback) {
        (TargetKind::Extension, id) if fallback_assistant.is_some() => (TargetKind::AiAssistant, id),
        said => said,
    };
    let action = if kind == TargetKind::Assistant { TargetKind::AiAssistant } else { kind };
    let id_of = |wanted: TargetKind| id.filter(|_| kind == wanted).map(|id| id.get());
    let fallback_extension = id_of(TargetKind::Extension).zip(fallback_number);
    GroupView {
        id: group.id.get(),
        organization_id: asker.tenant.get(),
        name: group.name,
        description: group.description,
        strategy: Strategy::of(group.strategy),
        timeout: group.timeout_s,
        ring_turns: group.turns,
        fallback_action: action,
        fallback_extension_id: id_of(TargetKind::Extension),
        fallback_ring_group_id: id_of(TargetKind::RingGroup),
        fallback_ivr_menu_id: id_of(TargetKind::IvrMenu),
        fallback_ai_assistant_id: id_of(TargetKind::AiAssistant),
        fallback_assistant_id: fallback_assistant.map(|id| id.get()).or(id_of(TargetKind::Assistant)),
        fallback_conference_room_id: id_of(TargetKind::ConferenceRoom),
        fallback_business_hours_id: id_of(TargetKind::BusinessHours),
        fallback_voicemail_id: id_of(TargetKind::Voicemail),
        fallback_forward_to: if let DestinationRef::Forward(to) = &fallback {
            Some(to.clone())
        } else {
            None
        },
        fallback_extension: fallback_extension
            .map(|(id, extension_number)| FallbackExtension { id, extension_number }),
        status: Status::of(group.active),
        members_count: members.len(),
        active_members_count: members.iter().filter(|member| member.active).count(),
        members: members
            .into_iter()
            .map(|member| MemberView {
                id: member.id.get(),
                extension_id: member.extension.get(),
                extension_number: member.number,
                user_name: member.user_name,
                priority: member.priority,
            })
            .collect(),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

/// Names the member or the fallback that is at fault; `fallback` is the kind that was asked for.
fn problem(error: RingError, fallback: Option<TargetKind>) -> Problem {
    match (error, fallback) {
        (RingError::Resource(error), _) => Problem::of(error, NAMES),
        (RingError::Member { place, broken }, _) => {
            let sentence = format!("The extension id field {broken}.");
            Problem::field(&format!("members.{place}.extension_id"), sentence)
        }
        (RingError::NoMember { place, .. }, _) => {
            Problem::field(&format!("members.{place}.extension_id"), "The selected extension id is invalid.")
        }
        (RingError::Fallback(unfit), Some(kind)) => kind.refuse(fallback_field(kind), &unfit),
        (RingError::Fallback(unfit), None) => {
            Problem::field("fallback_action", format!("The selected fallback {unfit}."))
        }
    }
}

/// Where the API takes what a fallback of this kind leads to.
fn fallback_field(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Extension => "fallback_extension_id",
        TargetKind::RingGroup => "fallback_ring_group_id",
        TargetKind::IvrMenu => "fallback_ivr_menu_id",
        TargetKind::AiAssistant => "fallback_ai_assistant_id",
        TargetKind::Assistant => "fallback_assistant_id",
        TargetKind::ConferenceRoom => "fallback_conference_room_id",
        TargetKind::BusinessHours => "fallback_business_hours_id",
        TargetKind::Voicemail => "fallback_voicemail_id",
        TargetKind::Forward => "fallback_forward_to",
        TargetKind::Hangup => "fallback_action",
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<GroupView>>, Problem> {
    let mut domain = Domain::All;
    if let Some(status) = filters.status {
        domain = domain.and(Domain::eq("active", status.is_active()));
    }
    if let Some(strategy) = filters.strategy {
        domain = domain.and(Domain::eq("strategy", strategy.into_model().as_str()));
    }
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::contains_folded("name", text));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = ring_groups::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |group| view(&asker, group))))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let group = ring_groups::get(&web.app, &asker.scope, id).await?;
    Ok(Versioned::ok(group.record.group.version, Shown { data: view(&asker, group) }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewGroup>,
) -> Result<Versioned<Written>, Problem> {
    let members = members(&new.members)?;
    destinations::require_assistants(&web, &asker, new.rest.assistants()).await?;
    let (strategy, fallback) = (Some(new.strategy.into_model()), new.rest.fallback_action);
    let draft = PbxRingGroupDraft { name: Some(new.name), strategy, ..new.rest.into_draft()? };
    let id = ring_groups::create(&web.app, &asker.scope, draft, &members).await;
    let id = id.map_err(|error| problem(error, fallback))?;
    let group = ring_groups::get(&web.app, &asker.scope, id).await?;
    let message = "Ring group created successfully.";
    Ok(Versioned::created(group.record.group.version, Written { message, data: view(&asker, group) }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedGroup>,
) -> Result<Versioned<Written>, Problem> {
    let members = changed.members.as_deref().map(members).transpose()?;
    destinations::require_assistants(&web, &asker, changed.rest.assistants()).await?;
    let (strategy, fallback) = (changed.strategy.map(Strategy::into_model), changed.rest.fallback_action);
    let draft = PbxRingGroupDraft { name: changed.name, strategy, ..changed.rest.into_draft()? };
    let updated = ring_groups::update(&web.app, &asker.scope, id, draft, members.as_deref(), version).await;
    updated.map_err(|error| problem(error, fallback))?;
    let group = ring_groups::get(&web.app, &asker.scope, id).await?;
    let message = "Ring group updated successfully.";
    Ok(Versioned::ok(group.record.group.version, Written { message, data: view(&asker, group) }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxRingGroup>(&web.app, &asker.scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
