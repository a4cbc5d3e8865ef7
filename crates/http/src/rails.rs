//! Guard rails around every request: so many at once of each class, so long, and what browsers are told to keep from doing.

mod headers;

pub use headers::CspNonce;
pub(crate) use headers::HSTS;

use crate::api::{Problem, Quota};
use crate::{Limits, Web, body, hooks, peer, voice};
use ::metrics::counter;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use opbx_app::rates;
use opbx_app::voice::authenticate;
use opbx_cloudonix::cxml;
use opbx_kernel::TenantId;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// How long a request waits for its turn.
const TURN_WAIT_MAX: Duration = Duration::from_secs(5);
/// How long a browser may remember what CORS allows.
const CORS_AGE_MAX: Duration = Duration::from_secs(600);

/// Lies where calls are asked about, and is none of them.
const VOICE_HEALTH: &str = "/api/voice/health";

/// Kinds of requests that never stand in each other's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Voice,
    Hooks,
    Api,
    /// Health, readiness and metrics: asked when nothing else is answered any more.
    Probe,
}

impl Class {
    fn as_str(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Hooks => "hooks",
            Self::Api => "api",
            Self::Probe => "probe",
        }
    }

    fn of(path: &str) -> Self {
        let under = |folder: &str| {
            path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if path == VOICE_HEALTH {
            // Asked by balancers, which no call waits for.
            Self::Api
        } else if under("/api/voice") || under("/api/callbacks/voice") {
            Self::Voice
        } else if under("/api/webhooks") {
            Self::Hooks
        } else if matches!(path, "/health" | "/ready" | "/metrics") {
            Self::Probe
        } else {
            Self::Api
        }
    }
}

/// How many of each class are let in at once.
pub(crate) struct Gates {
    voice: Semaphore,
    hooks: Semaphore,
    api: Semaphore,
    /// In the order of the gates.
    at_once: [usize; 3],
}

impl Gates {
    pub(crate) fn new(limits: &Limits) -> Self {
        let at_once = [limits.voice_at_once, limits.hooks_at_once, limits.api_at_once];
        let at_once = at_once.map(|at_once| at_once.clamp(1, Semaphore::MAX_PERMITS));
        let [voice, hooks, api] = at_once.map(Semaphore::new);
        Self { voice, hooks, api, at_once }
    }

    /// How many of each class are under way.
    pub(crate) fn under_way(&self) -> [(&'static str, usize); 3] {
        let classes = [(Class::Voice, &self.voice), (Class::Hooks, &self.hooks), (Class::Api, &self.api)];
        let mut at_once = self.at_once.into_iter();
        classes.map(|(class, gate)| {
            let at_once = at_once.next().unwrap_or_default();
            (class.as_str(), at_once.saturating_sub(gate.available_permits()))
        })
    }

    async fn enter(&self, class: Class) -> Result<Option<SemaphorePermit<'_>>, Refusal> {
        let gate = match class {
            Class::Voice => &self.voice,
            Class::Hooks => &self.hooks,
            Class::Api => &self.api,
            Class::Probe => return Ok(None),
        };
        match timeout(TURN_WAIT_MAX, gate.acquire()).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            // Gates are never closed.
            Ok(Err(_)) | Err(_) => Err(Refusal::Busy),
        }
    }
}

/// Why a request is not answered by its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Busy,
    TooOften(Duration),
    TooSlow,
    /// The body did not come.
    Stalled,
    Panicked,
}

impl Refusal {
    fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::TooOften(_) => "too_often",
            Self::TooSlow => "too_slow",
            Self::Stalled => "stalled",
            Self::Panicked => "panicked",
        }
    }
}

/// Lets a request through when it is its turn, and answers in its handler's stead where that comes to nothing.
pub(crate) async fn keep(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let class = Class::of(request.uri().path());
    let nonce = CspNonce::draw();
    request.extensions_mut().insert(nonce.clone());
    let answered = answered(&web, class, request, next).await;
    let mut response = answered.unwrap_or_else(|refusal| refused(class, refusal));
    headers::secure(&mut response, &nonce, web.config.public_url.as_deref());
    response
}

async fn answered(web: &Web, class: Class, request: Request, next: Next) -> Result<Response, Refusal> {
    if let Some((key, limit)) = counted_as(web, class, &request) {
        Quota::take(web, &key, limit).await.map_err(Refusal::TooOften)?;
    }
    let request = match class {
        // Of calls, who asks is known before a body is read.
        Class::Voice | Class::Probe => request,
        Class::Hooks | Class::Api => body::early(request).await.map_err(|_| Refusal::Stalled)?,
    };
    let _turn = web.gates.enter(class).await?;
    let limits = &web.config.limits;
    let time_max = match class {
        Class::Voice | Class::Hooks => limits.voice_time_max,
        Class::Api => limits.api_time_max,
        Class::Probe => return Ok(next.run(request).await),
    };
    bounded(time_max, next.run(request)).await
}

/// What a handler answers in time, unless it panics: what it leaves behind is a transaction, rolled back when dropped.
async fn bounded<T>(time_max: Duration, handling: impl Future<Output = T>) -> Result<T, Refusal> {
    match timeout(time_max, AssertUnwindSafe(handling).catch_unwind()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(_)) => Err(Refusal::Panicked),
        Err(_) => Err(Refusal::TooSlow),
    }
}

/// As whom a request is counted within a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counted {
    Tenant(TenantId),
    /// Whoever proves nothing.
    Sender(String),
}

impl Counted {
    pub(crate) fn sender(web: &Web, extensions: &Extensions, headers: &HeaderMap) -> Self {
        let socket = extensions.get::<ConnectInfo<SocketAddr>>();
        let address = socket.map(|socket| peer::address(&web.config, socket.0, headers));
        Self::Sender(address.map_or_else(String::new, rates::sender))
    }

    /// What it is counted under, beside others of the same name.
    pub(crate) fn key(&self, name: &str) -> String {
        match self {
            Self::Tenant(tenant) => format!("{name}:tenant:{tenant}"),
            Self::Sender(sender) => format!("{name}:from:{sender}"),
        }
    }
}

/// Under what a request is counted, and how often: what engines ask and tell. Requests of the API are counted where
/// their user is known.
fn counted_as(web: &Web, class: Class, request: &Request) -> Option<(String, u32)> {
    let limits = &web.config.limits;
    match class {
        Class::Voice => {
            let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let counted = match authenticate(&web.app, bearer.and_then(voice::bearer_of)) {
                Ok(line) => Counted::Tenant(line.tenant.id),
                Err(_) => Counted::sender(web, request.extensions(), request.headers()),
            };
            Some((counted.key(class.as_str()), limits.voice_per_min))
        }
        Class::Hooks => {
            let counted = hooks::counted_as(web, request)?;
            Some((counted.key(class.as_str()), limits.hooks_per_min))
        }
        Class::Api | Class::Probe => None,
    }
}

fn refused(class: Class, refusal: Refusal) -> Response {
    counter!("opbx_http_refused_total", "class" => class.as_str(), "reason" => refusal.as_str()).increment(1);
    if refusal == Refusal::Panicked {
        tracing::error!(?class, "a handler panicked");
    } else {
        tracing::warn!(?class, ?refusal, "a request was turned away");
    }
    if class == Class::Voice {
        return spoken(refusal);
    }
    match refusal {
        Refusal::Busy | Refusal::TooSlow => {
            let problem = Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "This cannot be done right now. Please try again in a moment.",
            );
            Problem { retry_after_s: Some(1), ..problem }.into_response()
        }
        Refusal::TooOften(wait) => Problem::too_many(wait).into_response(),
        Refusal::Stalled => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "The body of the request did not come in time.")
                .into_response()
        }
        Refusal::Panicked => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong here. The request id finds it in the logs.",
        )
        .into_response(),
    }
}

/// What a caller hears instead of the call's next step.
///
/// Quirk: engines play their own error, or nothing, where the status is not 200.
fn spoken(refusal: Refusal) -> Response {
    let sentence = match refusal {
        Refusal::Busy | Refusal::TooOften(_) => "All lines are busy. Please call again in a moment.",
        Refusal::TooSlow | Refusal::Stalled | Refusal::Panicked => {
            "We cannot connect your call right now. Please call again later."
        }
    };
    ([(header::CONTENT_TYPE, cxml::CONTENT_TYPE)], cxml::render_error(sentence)).into_response()
}

/// Which pages of other origins may ask from browsers; none where nobody is named.
pub(crate) fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let listed = origins.iter().map(|origin| origin.trim_end_matches('/'));
    let listed: Vec<HeaderValue> = listed.filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(listed))
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(TOLD.map(HeaderName::from_static))
        .max_age(CORS_AGE_MAX)
        .allow_credentials(true);
    Some(layer)
}

const TOLD: [&str; 8] = [
    "etag",
    "idempotency-replayed",
    "retry-after",
    "x-ignored-fields",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_or_never_ends_is_answered_for() {
        let panicked = bounded(Duration::from_secs(5), async { panic!("a test panics") }).await;
        assert_eq!(panicked, Err::<(), _>(Refusal::Panicked));
        let endless = bounded(Duration::ZERO, std::future::pending::<()>()).await;
        assert_eq!(endless, Err(Refusal::TooSlow));
        assert_eq!(bounded(Duration::from_secs(5), async { 7 }).await, Ok(7));
        assert_eq!(refused(Class::Api, Refusal::Panicked).status(), 500);
        assert_eq!(refused(Class::Hooks, Refusal::TooSlow).status(), 503);
        let spoken = refused(Class::Voice, Refusal::Panicked);
        assert_eq!(
            (spoken.status().as_u16(), &spoken.headers()["content-type"]),
            (200, &cxml::CONTENT_TYPE.parse().expect("a header"))
        );
    }

    #[tokio::test]
    async fn a_class_that_is_full_keeps_no_other_waiting() {
        let gates = Gates::new(&Limits { api_at_once: 1, voice_at_once: 1, ..Limits::default() });
        let held = gates.enter(Class::Api).await.expect("the first is let in");
        assert!(gates.api.try_acquire().is_err(), "the class is full");
        assert!(gates.enter(Class::Voice).await.expect("a call is let in").is_some());
        assert!(gates.enter(Class::Probe).await.expect("a probe is let in").is_none());
        assert_eq!(gates.under_way()[2], ("api", 1));
        drop(held);
        assert_eq!(gates.under_way().map(|(_, count)| count), [0; 3]);
        assert!(gates.enter(Class::Api).await.is_ok());
    }

    #[test]
    fn a_class_is_told_by_whole_folders() {
        assert_eq!(Class::of("/api/voice/route"), Class::Voice);
        assert_eq!(Class::of("/api/callbacks/voice/dial"), Class::Voice);
        assert_eq!(Class::of("/api/webhooks/cloudonix/cdr"), Class::Hooks);
        assert_eq!(Class::of("/ready"), Class::Probe);
        for api in ["/api/voicemail", "/api/v1/users", "/", "/api/webhooksx"] {
            assert_eq!(Class::of(api), Class::Api, "{api}");
        }
    }
}
