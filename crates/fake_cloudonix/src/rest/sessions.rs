//! Live calls: looked at, begun, ended, limited, led elsewhere.

use super::problem::Problem;
use super::{Admitted, Names, Web};
use crate::call::{NewCall, Origin};
use crate::carrier::application;
use crate::player;
use crate::state::{Domain, Kind, Source, Told};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};

type By = Extension<Admitted>;

pub(super) fn routes(path: &str) -> Router<Web> {
    Router::new()
        .route(path, get(list))
        .route(&format!("{path}/{{token}}"), get(show).delete(hang_up).patch(limit))
        .route(&format!("{path}/{{token}}/application"), post(switch))
}

/// The calls that are going on.
async fn list(State(web): State<Web>, Extension(Admitted(id)): By) -> Json<Value> {
    let state = web.state();
    let name = state.domains.get(&id).map_or("", |domain| &domain.name);
    let live = state.sessions.values().filter(|session| session.domain == id && session.ended.is_none());
    Json(Value::Array(live.map(|session| session.view(name)).collect()))
}

async fn show(
    State(web): State<Web>,
    Extension(Admitted(id)): By,
    Path(names): Names,
) -> Result<Json<Value>, Problem> {
    let state = web.state();
    let named = names.get("token").map_or("", String::as_str);
    let session = state.sessions.get(named).filter(|session| session.domain == id).ok_or(Problem::Absent)?;
    let name = state.domains.get(&id).map_or("", |domain| &domain.name);
    Ok(Json(session.view(name)))
}

async fn hang_up(
    State(web): State<Web>,
    Extension(Admitted(id)): By,
    Path(names): Names,
) -> Result<StatusCode, Problem> {
    tell(&web, id, &names, Told::HangUp).map(|_| StatusCode::NO_CONTENT)
}

async fn limit(
    State(web): State<Web>,
    Extension(Admitted(id)): By,
    Path(names): Names,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let limit = body.get("timeLimit").and_then(Value::as_u64).and_then(|s| u32::try_from(s).ok());
    let limit = limit
        .filter(|s| *s > 0)
        .ok_or_else(|| Problem::Invalid("timeLimit is a number of seconds".into()))?;
    tell(&web, id, &names, Told::TimeLimit(limit)).map(Json)
}

/// Leads a live call to another application.
async fn switch(
    State(web): State<Web>,
    Extension(Admitted(id)): By,
    Path(names): Names,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let source = {
        let state = web.state();
        named_source(state.domains.get(&id).ok_or(Problem::Absent)?, &body)?
    };
    let source = source.ok_or_else(|| Problem::Invalid("one of application, url and cxml".into()))?;
    tell(&web, id, &names, Told::Switch(source)).map(Json)
}

fn tell(
    web: &Web,
    domain: u64,
    names: &std::collections::HashMap<String, String>,
    told: Told,
) -> Result<Value, Problem> {
    let state = web.state();
    let named = names.get("token").map_or("", String::as_str);
    let live =
        state.sessions.get(named).filter(|session| session.domain == domain && session.ended.is_none());
    let session = live.ok_or(Problem::Absent)?;
    session.tell.try_send(told).map_err(|_| Problem::Absent)?;
    let name = state.domains.get(&domain).map_or("", |domain| &domain.name);
    Ok(session.view(name))
}

/// Begins a call: its destination is dialled, and then the application asked as if it had called.
pub(super) async fn originate(
    State(web): State<Web>,
    Extension(Admitted(id)): By,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    // The documented spellings only, hyphen and all.
    let field = |name: &str| body.get(name).and_then(Value::as_str);
    let to = field("destination").filter(|to| !to.is_empty());
    let to = to.ok_or_else(|| Problem::Invalid("destination is missing".into()))?;
    let from = field("caller-id").unwrap_or("").to_owned();
    let (source, name, script) = {
        let state = web.state();
        let domain = state.domains.get(&id).ok_or(Problem::Absent)?;
        (named_source(domain, &body)?, domain.name.clone(), state.script.clone())
    };
    if source.is_none() {
        return Err(Problem::Invalid("one of application, url and cxml".into()));
    }
    let call = NewCall { origin: Origin::Api, from, to: to.to_owned(), diverted: None, script };
    let player = player::begin(&web, &name, call, source).map_err(|_| Problem::Absent)?;
    let token = player.token().to_owned();
    let subscriber = web.state().sessions.get(&token).and_then(|session| session.subscriber);
    if let Some(limit) = body.get("timeLimit").and_then(Value::as_u64).and_then(|s| u32::try_from(s).ok())
        && let Some(session) = web.state().sessions.get(&token)
    {
        // Nobody else knows the token yet, so there is room for one word.
        let _ = session.tell.try_send(Told::TimeLimit(limit));
    }
    tokio::spawn(player.play());
    Ok(Json(json!({
        "domainId": id, "subscriberId": subscriber, "destination": to, "direction": "outbound-api", "token": token,
    })))
}

/// Where a call is to go on: an application by id or name, an address, or a page.
fn named_source(domain: &Domain, body: &Value) -> Result<Option<Source>, Problem> {
    if let Some(page) = body.get("cxml").and_then(Value::as_str) {
        return Ok(Some(Source::Page(page.to_owned())));
    }
    if let Some(url) = body.get("url").and_then(Value::as_str) {
        let is_post = body.get("method").and_then(Value::as_str) == Some("POST");
        return Ok(Some(Source::Url { url: url.to_owned(), is_post }));
    }
    let Some(named) = body.get("application") else { return Ok(None) };
    let named = named.as_str().map_or_else(|| named.to_string(), str::to_owned);
    let found = domain.find(Kind::Applications, &named).and_then(|id| application(domain, id));
    found.map(Some).ok_or_else(|| Problem::Invalid(format!("no application {named}")))
}
