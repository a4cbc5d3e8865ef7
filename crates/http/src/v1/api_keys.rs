//! API keys: what programs ask with in a user's name.

use crate::Web;
use crate::api::{Access, Api, Id, Input, Page, Paging, Params, Patch, Problem, Signed};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::api_keys::{self, ApiKeyError, NewKey};
use opbx_app::models::{ResUsersApikeys, ResUsersApikeysDraft, ResUsersApikeysScope};
use opbx_kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "API keys";
const PER_PAGE: usize = 20;

pub(super) fn declare(api: &mut Api) {
    api.get("/api-keys", "api_keys.list", Access::READERS, list, |operation| {
        operation
            .about(TAG, "List API keys: one's own; of an owner, everybody's")
            .gives::<Page<KeyView>>(200, "A page of keys.");
    })
    .post("/api-keys", "api_keys.create", Access::READERS, create, |operation| {
        operation.about(TAG, "Make an API key of one's own").gives::<Made>(201, "The key, told this once.");
    })
    .get("/api-keys/{id}", "api_keys.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show an API key").gives::<Shown>(200, "All but the key itself.");
    })
    .put("/api-keys/{id}", "api_keys.update", Access::READERS, update, |operation| {
        operation.about(TAG, "Change an API key").gives::<Written>(200, "The changed key.");
    })
    .delete("/api-keys/{id}", "api_keys.delete", Access::READERS, delete, |operation| {
        operation.about(TAG, "Take an API key back").gives_nothing(204, "It opens nothing any more.");
    });
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum KeyScope {
    Read,
    #[default]
    Write,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    /// Of an owner who looks for somebody's.
    user_id: Option<i64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewApiKey {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// `read` lets it look only.
    #[serde(default)]
    scope: KeyScope,
    /// An instant; left out, it never ends.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    expires_at: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedApiKey {
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    scope: Option<KeyScope>,
    #[schemars(with = "Patch<String>", extend("format" = "date-time"))]
    expires_at: Patch<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct KeyView {
    id: i64,
    user_id: i64,
    user_name: Option<String>,
    name: String,
    /// The key's beginning, by which it is told from others.
    prefix: String,
    scope: KeyScope,
    expires_at: Option<String>,
    last_used_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: KeyView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: KeyView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Made {
    message: &'static str,
    data: KeyView,
    /// Send it as a bearer token. It is shown this once and kept nowhere.
    api_key: String,
}

impl From<KeyScope> for ResUsersApikeysScope {
    fn from(scope: KeyScope) -> Self {
        match scope {
            KeyScope::Read => Self::Read,
            KeyScope::Write => Self::Write,
        }
    }
}

fn refused(error: ApiKeyError) -> Problem {
    match error {
        ApiKeyError::Absent => Problem::absent("API key"),
        ApiKeyError::Past => Problem::field("expires_at", "The expires at field must be in the future."),
        ApiKeyError::Session(error) => error.into(),
        other => Problem::coded(other.code(), &other),
    }
}

fn view(key: ResUsersApikeys, user_name: Option<String>) -> KeyView {
    KeyView {
        id: key.id.get(),
        user_id: key.user.get(),
        user_name,
        name: key.name,
        prefix: key.prefix,
        scope: if key.scope == ResUsersApikeysScope::Read { KeyScope::Read } else { KeyScope::Write },
        expires_at: key.expires_at.map(|at| at.to_string()),
        last_used_at: key.last_used_at.map(|at| at.to_string()),
    }
}

async fn views(web: &Web, asker: &Signed, keys: Vec<ResUsersApikeys>) -> Result<Vec<KeyView>, Problem> {
    let owners = api_keys::owners_of(&web.app, asker, &keys).await.map_err(refused)?;
    let name = |key: &ResUsersApikeys| {
        owners.iter().find(|owner| owner.id == key.user).map(|owner| owner.name.clone())
    };
    Ok(keys.into_iter().map(|key| (name(&key), key)).map(|(name, key)| view(key, name)).collect())
}

async fn one(web: &Web, asker: &Signed, key: ResUsersApikeys) -> Result<KeyView, Problem> {
    let views = views(web, asker, vec![key]).await?;
    Ok(views.into_iter().next().expect("one key makes one view"))
}

fn instant(text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let sentence = "The expires at field must be an instant such as 2030-01-31T12:00:00Z.";
    text.parse().map(Some).map_err(|_| Problem::field("expires_at", sentence))
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<KeyView>>, Problem> {
    let mut keys = api_keys::list(&web.app, &asker).await.map_err(refused)?;
    keys.retain(|key| filters.user_id.is_none_or(|user| key.user.get() == user));
    let (total, page) = (keys.len() as u64, filters.paging.page_number());
    let per_page = filters.paging.per_page(PER_PAGE);
    let keys = keys.into_iter().skip((page - 1).saturating_mul(per_page)).take(per_page).collect();
    Ok(Json(Page::new(views(&web, &asker, keys).await?, total, page, per_page)))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Shown>, Problem> {
    let key = api_keys::get(&web.app, &asker, id).await.map_err(refused)?;
    Ok(Json(Shown { data: one(&web, &asker, key).await? }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewApiKey>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let expires_at = instant(new.expires_at.as_deref())?;
    let new = NewKey { name: new.name, scope: new.scope.into(), expires_at };
    let made = api_keys::create(&web.app, &asker, new).await.map_err(refused)?;
    let data = one(&web, &asker, made.key).await?;
    let message = "API key created. Copy it now: it is not shown again.";
    Ok((StatusCode::CREATED, Json(Made { message, data, api_key: made.text })))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Input(changed): Input<ChangedApiKey>,
) -> Result<Json<Written>, Problem> {
    let expires_at = match changed.expires_at.into_draft() {
        None => None,
        Some(text) => Some(instant(text.as_deref())?),
    };
    let scope = changed.scope.map(ResUsersApikeysScope::from);
    let draft = ResUsersApikeysDraft { name: changed.name, scope, expires_at, ..Default::default() };
    api_keys::update(&web.app, &asker, id, draft).await.map_err(refused)?;
    let key = api_keys::get(&web.app, &asker, id).await.map_err(refused)?;
    Ok(Json(Written { message: "API key updated.", data: one(&web, &asker, key).await? }))
}

async fn delete(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<StatusCode, Problem> {
    api_keys::delete(&web.app, &asker, id).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}
