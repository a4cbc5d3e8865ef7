//! `Idempotency-Key`: a POST that comes twice is done once, and both get the same answer.

use super::{Fault, Problem, Signed, language, note_ignored, request_id, with_notes};
use crate::{Web, body};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use opbx_app::App;
use opbx_app::idempotency::{self, ANSWER_LEN_MAX, Asked, Claim, KEY_LEN_MAX, Kept, Turn};
use tracing::Instrument as _;

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest upload that is compared with another.
const UPLOAD_BYTES_MAX: usize = 8 << 20;

/// The key that a request carries.
pub(super) fn key_of(request: &Request) -> Option<String> {
    request.headers().get(KEY).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Does a request, or repeats what it was answered before.
pub(super) async fn once<F>(
    web: &Web,
    signed: &Signed,
    key: &str,
    request: Request,
    handle: impl FnOnce(Request) -> F,
) -> Result<Response, Problem>
where
    F: Future<Output = Response> + Send + 'static,
{
    if key.is_empty() || key.chars().count() > KEY_LEN_MAX {
        let sentence = format!("Idempotency-Key must have 1 to {KEY_LEN_MAX} characters.");
        return Err(Problem::new(StatusCode::BAD_REQUEST, sentence));
    }
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_upload = kind.is_some_and(|kind| kind.starts_with("multipart/"));
    let body = match is_upload {
        true => to_bytes(body, UPLOAD_BYTES_MAX).await.map_err(|_| Fault::BodyTooLarge)?,
        false => body::whole(body).await.map_err(|_| Fault::BodyTooLarge)?,
    };
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let asked = Asked {
        tenant: signed.tenant,
        user: signed.user_record(),
        key,
        parts: [parts.method.as_str().as_bytes(), target.as_bytes(), &compared(&body, kind), b""],
    };
    match idempotency::begin(&web.app, asked).await {
        Ok(Turn::Repeat(kept)) => Ok(repeated(kept)),
        Ok(Turn::Do(claim)) => {
            let handling = handle(Request::from_parts(parts, Body::from(body)));
            Ok(done(web.app.clone(), claim, handling).await)
        }
        Err(error) => {
            let problem = Problem::coded(error.code(), &error);
            let retry_after_s = (problem.status == StatusCode::CONFLICT).then_some(1);
            Err(Problem { retry_after_s: problem.retry_after_s.or(retry_after_s), ..problem })
        }
    }
}

/// What of a body makes it another one: not the boundary that a client draws anew for the same parts.
fn compared(body: &Bytes, kind: Option<&str>) -> Vec<u8> {
    let boundary = kind
        .filter(|kind| kind.starts_with("multipart/"))
        .and_then(|kind| kind.split("boundary=").nth(1))
        .map(|text| text.split(';').next().unwrap_or_default().trim_matches(['"', ' ']));
    let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty()) else { return body.to_vec() };
    let mut rest = body.as_ref();
    let mut parts = Vec::with_capacity(body.len());
    while let Some(at) = rest.windows(boundary.len()).position(|window| window == boundary.as_bytes()) {
        parts.extend_from_slice(&rest[..at]);
        rest = &rest[at + boundary.len()..];
    }
    parts.extend_from_slice(rest);
    parts
}

/// Handles a request to its end, also where whoever asked has gone: only then is it known what was done.
async fn done(app: App, claim: Claim, handling: impl Future<Output = Response> + Send + 'static) -> Response {
    let (id, language) = (request_id(), language());
    let task = async move {
        let (response, ignored) = with_notes(&id, language, handling).await;
        (kept(&app, &claim, response).await, ignored)
    };
    match tokio::spawn(task.in_current_span()).await {
        Ok((response, ignored)) => {
            note_ignored(ignored);
            response
        }
        // Its claim ends by itself; what it did before is not known.
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "This node is stopping.").into_response(),
    }
}

/// Keeps an answer that says that something was done; any other leaves room for another try.
async fn kept(app: &App, claim: &Claim, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    if !parts.status.is_success() {
        if let Err(error) = idempotency::release(app, claim).await {
            tracing::warn!(%error, "a refused request keeps its idempotency key for two minutes");
        }
        return Response::from_parts(parts, body);
    }
    let body = match to_bytes(body, ANSWER_LEN_MAX).await {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "an answer is too long to be kept");
            return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The answer is too long.")
                .into_response();
        }
    };
    let text =
        |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let kept = Kept {
        status: parts.status.as_u16(),
        content_type: text(header::CONTENT_TYPE),
        etag: text(header::ETAG),
        body: body.to_vec(),
    };
    if let Err(error) = idempotency::keep(app, claim, kept).await {
        tracing::warn!(%error, "an answer could not be kept; a repeat within two minutes is told to wait");
    }
    Response::from_parts(parts, Body::from(body))
}

fn repeated(kept: Kept) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = (status, Body::from(kept.body)).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, text) in [(header::CONTENT_TYPE, kept.content_type), (header::ETAG, kept.etag)] {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
