//! AI assistants, and the ways to them.

use super::bulk;
use super::destinations::{Assistants, DestinationInput, DestinationView, require_assistants};
use super::words::{Status, instant};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::assistants;
use opbx_app::models::{PbxAssistant, PbxAssistantDraft, PbxAssistantHow};
use opbx_app::resources::{self, Stored};
use opbx_app::targets::Targets;
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const TAG: &str = "AI assistants";
const NAMES: Names =
    &[("how", "type"), ("number", "phone_number"), ("timeout_s", "timeout"), ("active", "status")];
const SORTS: Sorts = Sorts {
    fields: &[
        ("name", "name"),
        ("type", "how"),
        ("provider", "provider"),
        ("status", "active"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ],
    descending: false,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/ai-assistants", "ai_assistants.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List AI assistants").gives::<Page<AssistantView>>(200, "A page of assistants.");
    })
    .post("/ai-assistants", "ai_assistants.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create an AI assistant").gives::<Written>(201, "The new assistant.");
    })
    .get("/ai-assistants/{id}", "ai_assistants.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show an AI assistant").gives::<Shown>(200, "The assistant.");
    })
    .put("/ai-assistants/{id}", "ai_assistants.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change an AI assistant").gives::<Written>(200, "The changed assistant.");
    })
    .delete("/ai-assistants/{id}", "ai_assistants.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete an AI assistant").gives_nothing(204, "It is gone.");
    });
    bulk::declare::<PbxAssistant>(api, "/ai-assistants", "ai_assistants.bulk", TAG, NAMES);
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    r#type: Option<Way>,
    provider: Option<String>,
    /// Part of the name, the provider or the number.
    search: Option<String>,
}

/// How a call gets to an assistant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Way {
    /// By a provider's name and the number there.
    Provider,
    /// By a service's address (https), with a token and parameters.
    Service,
    /// By a SIP address.
    Sip,
    /// By a media stream (wss).
    Stream,
}

impl From<Way> for PbxAssistantHow {
    fn from(way: Way) -> Self {
        match way {
            Way::Provider => Self::Provider,
            Way::Service => Self::Service,
            Way::Sip => Self::Sip,
            Way::Stream => Self::Stream,
        }
    }
}

impl From<PbxAssistantHow> for Way {
    fn from(how: PbxAssistantHow) -> Self {
        match how {
            PbxAssistantHow::Provider => Self::Provider,
            PbxAssistantHow::Service => Self::Service,
            PbxAssistantHow::Sip => Self::Sip,
            PbxAssistantHow::Stream => Self::Stream,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewAssistant {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    #[serde(flatten)]
    rest: AssistantPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedAssistant {
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    #[serde(flatten)]
    rest: AssistantPatch,
}

/// Of the ways' fields, exactly what the type needs is set; a changed type takes back what the others held.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AssistantPatch {
    description: Patch<String>,
    r#type: Option<Way>,
    provider: Patch<String>,
    /// The number at the provider, in E.164.
    phone_number: Patch<String>,
    url: Patch<String>,
    /// Never told again.
    service_token: Patch<String>,
    /// Told to a service, by name: texts, numbers, true and false.
    parameters: Patch<Map<String, Value>>,
    /// Seconds.
    #[schemars(range(min = 5, max = 300))]
    timeout: Option<i64>,
    /// Where a call goes that the assistant does not take.
    fallback: Patch<DestinationInput>,
    status: Option<Status>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AssistantView {
    id: i64,
    organization_id: i64,
    name: String,
    description: Option<String>,
    r#type: Way,
    provider: Option<String>,
    phone_number: Option<String>,
    url: Option<String>,
    parameters: Value,
    timeout: i64,
    fallback: Option<DestinationView>,
    status: Status,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: AssistantView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: AssistantView,
}

impl AssistantPatch {
    fn assistants(&self) -> Assistants {
        self.fallback.as_set().and_then(|to| to.assistant("fallback")).into_iter().collect()
    }

    fn into_draft(self) -> Result<(PbxAssistantDraft, Values), Problem> {
        let mut secrets = Values::new();
        self.service_token.into_secret("service_token", &mut secrets);
        let fallback = match self.fallback.into_draft() {
            None => None,
            Some(None) => Some(None),
            Some(Some(input)) => Some(Some(input.read("fallback")?)),
        };
        let draft = PbxAssistantDraft {
            description: self.description.into_draft(),
            how: self.r#type.map(Into::into),
            provider: self.provider.into_draft(),
            number: self.phone_number.into_draft(),
            url: self.url.into_draft(),
            parameters: self.parameters.map(Value::Object).into_draft(),
            timeout_s: self.timeout,
            fallback,
            active: self.status.map(Status::is_active),
            ..PbxAssistantDraft::default()
        };
        Ok((draft, secrets))
    }
}

fn view(asker: &Signed, stored: Stored<PbxAssistant>, targets: &Targets) -> AssistantView {
    let Stored { record: assistant, created_at, updated_at } = stored;
    AssistantView {
        id: assistant.id.get(),
        organization_id: asker.tenant.get(),
        name: assistant.name,
        description: assistant.description,
        r#type: assistant.how.into(),
        provider: assistant.provider,
        phone_number: assistant.number,
        url: assistant.url,
        parameters: assistant.parameters.filter(Value::is_object).unwrap_or_else(|| Map::new().into()),
        timeout: assistant.timeout_s,
        fallback: assistant.fallback.as_ref().map(|to| DestinationView::of(to, targets)),
        status: Status::of(assistant.active),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<AssistantView>>, Problem> {
    let mut domain = Status::domain(filters.status);
    if let Some(way) = filters.r#type {
        domain = domain.and(Domain::eq("how", PbxAssistantHow::from(way)));
    }
    if let Some(provider) = &filters.provider {
        domain = domain.and(Domain::eq("provider", provider.as_str()));
    }
    if let Some(text) = &filters.search {
        let of = |field| Domain::contains_folded(field, text);
        domain = domain.and(of("name").or(of("provider")).or(Domain::contains("number", text)));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let (listed, targets) = assistants::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |assistant| view(&asker, assistant, &targets))))
}

async fn read(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, AssistantView), Problem> {
    let (assistant, targets) = assistants::get(&web.app, &asker.scope, id).await?;
    Ok((assistant.record.version, view(asker, assistant, &targets)))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewAssistant>,
) -> Result<Versioned<Written>, Problem> {
    require_assistants(&web, &asker, new.rest.assistants()).await?;
    let (rest, secrets) = new.rest.into_draft()?;
    let draft = PbxAssistantDraft { name: Some(new.name), ..rest };
    let created = resources::create(&web.app, &asker.scope, draft, secrets).await;
    let id = created.map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::created(version, Written { message: "AI assistant created successfully.", data }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedAssistant>,
) -> Result<Versioned<Written>, Problem> {
    require_assistants(&web, &asker, changed.rest.assistants()).await?;
    let (rest, secrets) = changed.rest.into_draft()?;
    let draft = PbxAssistantDraft { name: changed.name, ..rest };
    let updated = resources::update(&web.app, &asker.scope, id, draft, secrets, version).await;
    updated.map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "AI assistant updated successfully.", data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxAssistant>(&web.app, &asker.scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
