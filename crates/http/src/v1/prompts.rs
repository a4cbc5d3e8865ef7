//! The library of prompts: texts that are read, sounds at an address, recordings.

use super::bulk;
use super::words::{Status, instant};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::models::{PbxPrompt, PbxPromptDraft, PbxPromptKind};
use opbx_app::resources::{self, ResourceError, Stored};
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Prompts";
const NAMES: Names = &[("active", "status"), ("menu", "ivr_menu_id")];
const SORTS: Sorts = Sorts {
    fields: &[
        ("name", "name"),
        ("kind", "kind"),
        ("status", "active"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ],
    descending: false,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/prompts", "prompts.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List prompts").gives::<Page<PromptView>>(200, "A page of prompts.");
    })
    .post("/prompts", "prompts.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create a prompt").gives::<Written>(201, "The new prompt.");
    })
    .get("/prompts/{id}", "prompts.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a prompt").gives::<Shown>(200, "The prompt.");
    })
    .put("/prompts/{id}", "prompts.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change a prompt").gives::<Written>(200, "The changed prompt.");
    })
    .delete("/prompts/{id}", "prompts.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a prompt").gives_nothing(204, "It is gone.");
    });
    bulk::declare::<PbxPrompt>(api, "/prompts", "prompts.bulk", TAG, NAMES);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Text,
    Url,
    Recording,
}

impl Kind {
    fn of(kind: PbxPromptKind) -> Self {
        match kind {
            PbxPromptKind::Text => Self::Text,
            PbxPromptKind::Url => Self::Url,
            PbxPromptKind::Recording => Self::Recording,
        }
    }

    fn into_model(self) -> PbxPromptKind {
        match self {
            Self::Text => PbxPromptKind::Text,
            Self::Url => PbxPromptKind::Url,
            Self::Recording => PbxPromptKind::Recording,
        }
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    kind: Option<Kind>,
    /// Part of the name or the text.
    search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewPrompt {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    kind: Kind,
    #[serde(flatten)]
    rest: PromptPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedPrompt {
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    kind: Option<Kind>,
    #[serde(flatten)]
    rest: PromptPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PromptPatch {
    /// Of a text: what is read.
    text: Patch<String>,
    /// Of a text: as `/ivr-menus/voices` names it.
    voice: Patch<String>,
    /// Of a text: a BCP 47 tag.
    language: Patch<String>,
    /// Of a sound at an address.
    url: Patch<String>,
    status: Option<Status>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PromptView {
    id: i64,
    organization_id: i64,
    name: String,
    kind: Kind,
    text: Option<String>,
    voice: Option<String>,
    language: Option<String>,
    url: Option<String>,
    /// The menu in whose form it was said, where it is none of the library.
    ivr_menu_id: Option<i64>,
    status: Status,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: PromptView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: PromptView,
}

impl PromptPatch {
    /// What belongs to another kind goes with a change of kind, unless it was given.
    fn into_draft(self, kind: Option<Kind>) -> PbxPromptDraft {
        let gone = |field: Option<Option<String>>, of: Kind| match kind {
            Some(kind) if kind != of && field.as_ref().is_none_or(Option::is_none) => Some(None),
            _ => field,
        };
        PbxPromptDraft {
            kind: kind.map(Kind::into_model),
            text: gone(self.text.into_draft(), Kind::Text),
            voice: gone(self.voice.into_draft(), Kind::Text),
            language: gone(self.language.into_draft(), Kind::Text),
            url: gone(self.url.into_draft(), Kind::Url),
            active: self.status.map(Status::is_active),
            ..PbxPromptDraft::default()
        }
    }
}

fn view(asker: &Signed, stored: Stored<PbxPrompt>) -> PromptView {
    let Stored { record: prompt, created_at, updated_at } = stored;
    PromptView {
        id: prompt.id.get(),
        organization_id: asker.tenant.get(),
        name: prompt.name,
        kind: Kind::of(prompt.kind),
        text: prompt.text,
        voice: prompt.voice,
        language: prompt.language,
        url: prompt.url,
        ivr_menu_id: prompt.menu.map(RecordId::get),
        status: Status::of(prompt.active),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

fn problem(error: ResourceError) -> Problem {
    Problem::of(error, NAMES)
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<PromptView>>, Problem> {
    let mut domain = Status::domain(filters.status).and(Domain::is_unset("menu"));
    if let Some(kind) = filters.kind {
        domain = domain.and(Domain::eq("kind", kind.into_model().as_str()));
    }
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::contains_folded("name", text).or(Domain::contains_folded("text", text)));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = resources::list::<PbxPrompt>(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |prompt| view(&asker, prompt))))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let prompt = resources::get::<PbxPrompt>(&web.app, &asker.scope, id).await?;
    Ok(Versioned::ok(prompt.record.version, Shown { data: view(&asker, prompt) }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewPrompt>,
) -> Result<Versioned<Written>, Problem> {
    let draft = PbxPromptDraft { name: Some(new.name), ..new.rest.into_draft(Some(new.kind)) };
    let id = resources::create(&web.app, &asker.scope, draft, Values::new()).await.map_err(problem)?;
    let prompt = resources::get::<PbxPrompt>(&web.app, &asker.scope, id).await?;
    let message = "Prompt created successfully.";
    Ok(Versioned::created(prompt.record.version, Written { message, data: view(&asker, prompt) }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
    Input(changed): Input<ChangedPrompt>,
) -> Result<Versioned<Written>, Problem> {
    let draft = PbxPromptDraft { name: changed.name, ..changed.rest.into_draft(changed.kind) };
    let updated = resources::update(&web.app, &asker.scope, id, draft, Values::new(), expected).await;
    updated.map_err(problem)?;
    let prompt = resources::get::<PbxPrompt>(&web.app, &asker.scope, id).await?;
    let message = "Prompt updated successfully.";
    Ok(Versioned::ok(prompt.record.version, Written { message, data: view(&asker, prompt) }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxPrompt>(&web.app, &asker.scope, id, expected).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
