//! The REST API, as far as its documentation goes, with its keys and its limit; and what only a fake can be asked.
//!
//! Source: Cloudonix, "Data models" and "Call and session control", and the published OpenAPI.

mod control;
mod domains;
mod problem;
mod recordings;
mod rows;
mod sessions;

use crate::carrier::Shared;
use crate::state::Kind;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::SignedDuration;
use problem::Problem;
use std::collections::HashMap;
use std::sync::Arc;

/// How many requests a domain may make in a window. Source: the vendor's limit, about ten in ten seconds.
const REQUESTS_MAX: usize = 10;
const WINDOW_S: i64 = 10;

pub(crate) type Web = Arc<Shared>;
/// The names in a path.
type Names = Path<HashMap<String, String>>;

pub(crate) fn router(shared: Web) -> Router {
    let guarded = Router::new()
        .merge(below(""))
        .merge(below("/customers/{customer}"))
        .merge(below("/tenants/{customer}"))
        .route("/calls/{domain}/application", post(sessions::originate))
        .merge(sessions::routes("/calls/{domain}/sessions"))
        .layer(from_fn_with_state(Arc::clone(&shared), guard));
    Router::new()
        .merge(guarded)
        .route("/recordings/{name}", get(recordings::fetch))
        .route("/fake/calls", post(control::call))
        .route("/fake/faults", get(control::faults))
        .fallback(async || Problem::Absent.into_response())
        .with_state(shared)
}

/// The resources of a domain, which have more than one address.
fn below(prefix: &str) -> Router<Web> {
    let domain = format!("{prefix}/domains/{{domain}}");
    let mut routes = Router::new()
        .route(&format!("{prefix}/domains"), get(domains::list))
        .route(&domain, get(domains::show).put(domains::put).patch(domains::patch))
        .route(&format!("{domain}/resources/voices"), get(domains::voices))
        .merge(sessions::routes(&format!("{domain}/sessions")));
    for (name, kind) in [
        ("applications", Kind::Applications),
        ("subscribers", Kind::Subscribers),
        ("trunks", Kind::Trunks),
        ("dnids", Kind::Dnids),
    ] {
        routes = routes.merge(rows::routes(&format!("{domain}/{name}"), kind));
    }
    routes
}

/// Lets a request in that has the key of the domain it names, and comes within the limit.
async fn guard(State(web): State<Web>, Path(names): Names, request: Request, next: Next) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = header.and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_owned())
    });
    match admit(&web, key.as_deref(), names.get("domain").map(String::as_str)) {
        Ok(domain) => {
            let mut request = request;
            request.extensions_mut().insert(Admitted(domain));
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// The domain whose key came with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admitted(pub(crate) u64);

fn admit(web: &Web, key: Option<&str>, named: Option<&str>) -> Result<u64, Problem> {
    let key = key.filter(|key| !key.is_empty()).ok_or(Problem::NoKey)?;
    let now = web.clock.now();
    let mut state = web.state();
    let domain = state.domains.values_mut().find(|domain| domain.key == key).ok_or(Problem::NoKey)?;
    if web.is_limited {
        let window = SignedDuration::from_secs(WINDOW_S);
        while domain.asked.front().is_some_and(|at| now.duration_since(*at) >= window) {
            domain.asked.pop_front();
        }
        if domain.asked.len() >= REQUESTS_MAX {
            let oldest = domain.asked.front().copied().unwrap_or(now);
            let left = window - now.duration_since(oldest);
            return Err(Problem::TooMany { retry_after_s: left.as_secs().max(0).unsigned_abs() + 1 });
        }
        domain.asked.push_back(now);
    }
    match named {
        Some(named) if named != "self" && !domain.is(named) => Err(Problem::NotYours),
        _ => Ok(domain.id),
    }
}
