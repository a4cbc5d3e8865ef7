//! Domains: their profile, their default application, and the voices that can speak in them.

use super::problem::Problem;
use super::{Admitted, Web};
use crate::state::{Domain, Kind};
use axum::extract::State;
use axum::{Extension, Json};
use serde_json::{Value, json};

pub(super) async fn list(
    State(web): State<Web>,
    Extension(Admitted(id)): Extension<Admitted>,
) -> Json<Value> {
    let state = web.state();
    Json(Value::Array(state.domains.get(&id).map(Domain::view).into_iter().collect()))
}

pub(super) async fn show(
    State(web): State<Web>,
    Extension(Admitted(id)): Extension<Admitted>,
) -> Result<Json<Value>, Problem> {
    web.state().domains.get(&id).map(|domain| Json(domain.view())).ok_or(Problem::Absent)
}

/// Changes the profile. The default application is not among what PUT changes, says the OpenAPI.
pub(super) async fn put(
    State(web): State<Web>,
    Extension(Admitted(id)): Extension<Admitted>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    change(&web, id, &body, false)
}

pub(super) async fn patch(
    State(web): State<Web>,
    Extension(Admitted(id)): Extension<Admitted>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    change(&web, id, &body, true)
}

fn change(web: &Web, id: u64, body: &Value, is_patch: bool) -> Result<Json<Value>, Problem> {
    let mut state = web.state();
    let domain = state.domains.get_mut(&id).ok_or(Problem::Absent)?;
    let application = body.get("defaultApplication").filter(|_| is_patch);
    let chosen = match application {
        Some(Value::Null) => Some(None),
        Some(named) => {
            let named = named.as_str().map_or_else(|| named.to_string(), str::to_owned);
            let found = domain.find(Kind::Applications, &named);
            Some(Some(found.ok_or_else(|| Problem::Invalid(format!("no application {named}")))?))
        }
        None => None,
    };
    if let Some(profile) = body.get("profile") {
        let settings = profile.as_object().ok_or_else(|| Problem::Invalid("profile is no object".into()))?;
        for (name, value) in settings {
            match value {
                Value::Null => domain.profile.remove(name),
                value => domain.profile.insert(name.clone(), value.clone()),
            };
        }
    }
    if let Some(chosen) = chosen {
        domain.default_application = chosen;
    }
    if let Some(active) = body.get("active").and_then(Value::as_bool).filter(|_| is_patch) {
        domain.active = active;
    }
    Ok(Json(domain.view()))
}

/// A few voices; the fields are those that the original shows, since no page lists them.
pub(super) async fn voices() -> Json<Value> {
    let voice = |name: &str, provider: &str, language: &str, gender: &str, premium: bool| {
        json!({
            "id": format!("{provider}:{name}"), "name": name, "provider": provider, "language": language,
            "gender": gender, "premium": premium, "pricing": if premium { "premium" } else { "standard" },
        })
    };
    Json(json!([
        voice("Zoe", "Cloudonix-Neural", "en-US", "female", false),
        voice("Evan", "Cloudonix-Neural", "en-US", "male", false),
        voice("Joanna", "AWS-Neural", "en-US", "female", true),
        voice("Amy", "AWS-Neural", "en-GB", "female", true),
        voice("de-DE-Wavenet-B", "Google", "de-DE", "male", true),
    ]))
}
