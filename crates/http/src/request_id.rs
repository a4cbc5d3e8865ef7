//! Every answer carries a request id, by which its log lines are found.

use crate::api::{self, with_notes};
use crate::watched::Watched;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::Instrument as _;

static PROCESS: LazyLock<u32> = LazyLock::new(|| u32::from_le_bytes(opbx_app::entropy::bytes()));
static COUNT: AtomicU64 = AtomicU64::new(1);

pub(crate) async fn give(request: Request, next: Next) -> Response {
    let id = format!("{:08x}-{:x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed));
    let path = crate::hooks::masked(request.uri().path());
    let span = tracing::debug_span!("request", id = %id, method = %request.method(), path);
    let language = api::wanted_language(request.headers());
    let watched = Watched::begin(&request, &id);
    let handling = watched.within(next.run(request)).instrument(span);
    let (mut response, ignored) = with_notes(&id, language, handling).await;
    watched.end(response.status());
    if !ignored.is_empty()
        && let Ok(value) = HeaderValue::from_str(&ignored.join(", "))
    {
        response.headers_mut().insert("x-ignored-fields", value);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
