//! Applications, subscribers, trunks and numbers: records that are made, changed and deleted alike.

use super::problem::Problem;
use super::{Admitted, Names, Web};
use crate::state::{Domain, Kind, ROWS_MAX, Row, State as Known, text};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, put};
use axum::{Extension, Json, Router};
use serde_json::{Map, Value, json};

type By = Extension<Admitted>;

pub(super) fn routes(path: &str, kind: Kind) -> Router<Web> {
    let many = get(move |web, by| list(kind, web, by)).post(move |web, by, body| create(kind, web, by, body));
    let change = move |web, by, names, body| update(kind, web, by, names, body);
    let one = put(change).patch(change);
    let one = one.get(move |web, by, names| show(kind, web, by, names));
    let one = one.delete(move |web, by, names| delete(kind, web, by, names));
    Router::new().route(path, many).route(&format!("{path}/{{row}}"), one)
}

async fn list(kind: Kind, State(web): State<Web>, Extension(Admitted(id)): By) -> Json<Value> {
    let state = web.state();
    let rows = state.domains.get(&id).into_iter().flat_map(|domain| domain.of(kind));
    Json(Value::Array(rows.map(|(_, row)| Value::Object(row.clone())).collect()))
}

async fn show(
    kind: Kind,
    State(web): State<Web>,
    Extension(Admitted(id)): By,
    Path(names): Names,
) -> Result<Json<Value>, Problem> {
    let state = web.state();
    let domain = state.domains.get(&id).ok_or(Problem::Absent)?;
    let row = find(domain, kind, &names)?;
    Ok(Json(domain.rows[&kind][&row].clone().into()))
}

/// Makes a record, or, of subscribers, as many as an array has; each then has an answer of its own.
async fn create(
    kind: Kind,
    State(web): State<Web>,
    Extension(Admitted(id)): By,
    Json(body): Json<Value>,
) -> Result<Response, Problem> {
    let mut state = web.state();
    match body {
        Value::Array(many) if kind == Kind::Subscribers => {
            let made = many.into_iter().map(|one| match make(&mut state, id, kind, one) {
                Ok(row) => row,
                Err(problem) => json!({ "error": format!("{problem:?}") }),
            });
            let made: Vec<Value> = made.collect();
            Ok((StatusCode::CREATED, Json(Value::Array(made))).into_response())
        }
        one => Ok((StatusCode::CREATED, Json(make(&mut state, id, kind, one)?)).into_response()),
    }
}

fn make(state: &mut Known, domain: u64, kind: Kind, body: Value) -> Result<Value, Problem> {
    let Value::Object(given) = body else { return Err(Problem::Invalid("expected an object".into())) };
    let (id, uuid) = (state.next_id(), state.dice.uuid());
    let domain = state.domains.get_mut(&domain).ok_or(Problem::Absent)?;
    if domain.of(kind).count() >= ROWS_MAX {
        return Err(Problem::Invalid(format!("more than {ROWS_MAX} of them")));
    }
    let mut row: Row = Map::new();
    row.insert("profile".into(), json!({}));
    row.insert("active".into(), json!(true));
    row.extend(given);
    check(domain, kind, &row)?;
    row.insert("id".into(), json!(id));
    row.insert("uuid".into(), json!(uuid));
    row.insert("domainId".into(), json!(domain.id));
    if kind == Kind::Applications {
        row.entry("method").or_insert_with(|| json!("GET"));
    }
    domain.rows.entry(kind).or_default().insert(id, row.clone());
    Ok(Value::Object(row))
}

/// What a new record needs, and what it must not share with another.
fn check(domain: &Domain, kind: Kind, row: &Row) -> Result<(), Problem> {
    let needed: &[&str] = match kind {
        Kind::Applications => &["name", "type", "url"],
        Kind::Subscribers => &["msisdn"],
        Kind::Trunks => &["name", "ip", "direction"],
        Kind::Dnids => &[],
    };
    if let Some(missing) = needed.iter().find(|field| text(row, field).is_empty()) {
        return Err(Problem::Invalid(format!("{missing} is missing")));
    }
    let wrong = |why: &str| Err(Problem::Invalid(why.to_owned()));
    match kind {
        Kind::Applications if !["twiml", "cxml"].contains(&text(row, "type")) => {
            wrong("type is twiml or cxml")
        }
        Kind::Applications if !["", "GET", "POST"].contains(&text(row, "method")) => {
            wrong("method is GET or POST")
        }
        Kind::Dnids if text(row, "dnid").is_empty() == text(row, "source").is_empty() => {
            wrong("either dnid or source")
        }
        Kind::Dnids if row.get("applicationId").and_then(Value::as_u64).is_none() => {
            wrong("applicationId is missing")
        }
        _ => {
            let unique = needed.first().filter(|_| kind != Kind::Trunks);
            let taken = unique.is_some_and(|field| {
                domain.of(kind).any(|(_, other)| text(other, field) == text(row, field))
            });
            if taken { Err(Problem::Taken(text(row, needed[0]).to_owned())) } else { Ok(()) }
        }
    }
}

/// Changes what may change: who a record is stays.
async fn update(
    kind: Kind,
    State(web): State<Web>,
    Extension(Admitted(id)): By,
    Path(names): Names,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let Value::Object(given) = body else { return Err(Problem::Invalid("expected an object".into())) };
    let mut state = web.state();
    let domain = state.domains.get_mut(&id).ok_or(Problem::Absent)?;
    let found = find(domain, kind, &names)?;
    let row = domain.rows.get_mut(&kind).and_then(|rows| rows.get_mut(&found)).ok_or(Problem::Absent)?;
    if let Some(other) = given.get("msisdn").filter(|msisdn| Some(*msisdn) != row.get("msisdn")) {
        return Err(Problem::Invalid(format!("msisdn cannot become {other}")));
    }
    for (name, value) in given {
        if !["id", "uuid", "domainId"].contains(&name.as_str()) {
            row.insert(name, value);
        }
    }
    Ok(Json(Value::Object(row.clone())))
}

async fn delete(
    kind: Kind,
    State(web): State<Web>,
    Extension(Admitted(id)): By,
    Path(names): Names,
) -> Result<StatusCode, Problem> {
    let mut state = web.state();
    let domain = state.domains.get_mut(&id).ok_or(Problem::Absent)?;
    let found = find(domain, kind, &names)?;
    domain.rows.entry(kind).or_default().remove(&found);
    if kind == Kind::Applications && domain.default_application == Some(found) {
        domain.default_application = None;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn find(
    domain: &Domain,
    kind: Kind,
    names: &std::collections::HashMap<String, String>,
) -> Result<u64, Problem> {
    let named = names.get("row").map_or("", String::as_str);
    domain.find(kind, named).ok_or(Problem::Absent)
}
