//! The client of Cloudonix' REST API: one method, one request, with bounds on time and size.
//!
//! It neither paces nor repeats: whoever asks knows what else is asked of the domain.
//! Source: Cloudonix, "Call and Session Control", "Data models" and its OpenAPI document.

mod deeds;

use crate::wire::rest;
use opbx_telephony::backend::{Access, BackendError};
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::time::Duration;

/// Where Cloudonix listens unless the operator says otherwise.
pub const BASE_URL: &str = "https://api.cloudonix.io";
/// How long one request may take, its answer included.
pub const REQUEST_MAX: Duration = Duration::from_secs(30);
/// How long connecting may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// The longest answer taken.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest pause that a `Retry-After` can ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(120);

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{0:?} is no address of Cloudonix' API: expected an http or https URL such as {BASE_URL}")]
    BadUrl(String),
    #[error("outgoing HTTP cannot be set up: {0}")]
    Http(reqwest::Error),
}

/// Asks Cloudonix. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
}

/// One request before it is sent.
struct Request<'a> {
    method: Method,
    /// The path's segments, each of which is escaped.
    path: Vec<&'a str>,
    body: Option<Json>,
    /// What is not there when the answer is 404, and is there already when it is 409.
    what: &'static str,
    /// What no reason may repeat.
    secret: Option<&'a str>,
}

impl Client {
    /// A client of the API at this address.
    pub fn new(base_url: &str) -> Result<Self, ClientError> {
        let bad = || ClientError::BadUrl(base_url.to_owned());
        let base = Url::parse(base_url).map_err(|_| bad())?;
        if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
            return Err(bad());
        }
        let http = reqwest::Client::builder()
            .timeout(REQUEST_MAX)
            .connect_timeout(CONNECT_MAX)
            // A key must not follow to another host.
            .redirect(Policy::none())
            .user_agent(concat!("opbx/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(ClientError::Http)?;
        Ok(Self { http, base })
    }

    async fn send(&self, access: &Access, request: Request<'_>) -> Result<Vec<u8>, BackendError> {
        let Request { method, path, body, what, secret } = request;
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let mut asked = self.http.request(method.clone(), url).bearer_auth(access.key.as_str());
        if let Some(body) = body {
            asked = asked.json(&body);
        }
        for (name, value) in trace_headers() {
            asked = asked.header(name, value);
        }
        let answer = asked.send().await.map_err(|error| unreachable(&error))?;
        let status = answer.status();
        let wait = retry_after(&answer);
        tracing::debug!(domain = %access.uuid, %method, what, status = status.as_u16(), "asked Cloudonix");
        let body = read(answer).await?;
        if status.is_success() {
            return Ok(body);
        }
        let mut reason = rest::reason(&body);
        for secret in secret.into_iter().chain([access.key.as_str()]).filter(|secret| !secret.is_empty()) {
            reason = reason.replace(secret, "…");
        }
        Err(refusal(status, wait, what, reason))
    }
}

/// The headers by which Cloudonix may go on with the trace of whoever asks; none where there is none.
fn trace_headers() -> HashMap<String, String> {
    let mut headers = HashMap::new();
    opentelemetry::global::get_text_map_propagator(|propagator| propagator.inject(&mut headers));
    headers
}

/// What a status means to whoever asked.
fn refusal(status: StatusCode, wait: Option<Duration>, what: &'static str, reason: String) -> BackendError {
    let said = reason.to_ascii_lowercase();
    let says_taken = ["already", "exists", "duplicate"].iter().any(|word| said.contains(word));
    match status.as_u16() {
        401 => BackendError::WrongKey,
        402 => BackendError::Quota,
        403 if said.contains("quota") || said.contains("limit") => BackendError::Quota,
        403 => BackendError::NotAllowed,
        404 | 410 => BackendError::Absent { what },
        409 => BackendError::Taken { what },
        400 | 422 if says_taken => BackendError::Taken { what },
        429 => BackendError::TooMany { wait },
        status @ 500.. => BackendError::Failing { status, wait },
        status => {
            let reason = if reason.is_empty() { "it does not say why".to_owned() } else { reason };
            BackendError::Refused { status, reason }
        }
    }
}

/// The pause asked for in seconds; a date is not understood, and a long one is cut.
fn retry_after(answer: &Response) -> Option<Duration> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

async fn read(mut answer: Response) -> Result<Vec<u8>, BackendError> {
    let too_long = || BackendError::Garbled(format!("it is longer than {ANSWER_BYTES_MAX} bytes"));
    let announced = answer.content_length().unwrap_or(0);
    if announced > ANSWER_BYTES_MAX as u64 {
        return Err(too_long());
    }
    let mut body = Vec::new();
    // Ends, for each chunk makes the body longer and that is bounded.
    while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(&error))? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unreachable(error: &reqwest::Error) -> BackendError {
    if error.is_timeout() {
        return BackendError::Late(REQUEST_MAX);
    }
    // The whole error would name the address, in which a domain stands.
    let reason = if error.is_connect() { "the connection was refused" } else { "the connection broke off" };
    BackendError::Unreachable(reason.to_owned())
}

fn garbled(error: &rest::RestError) -> BackendError {
    BackendError::Garbled(error.to_string())
}
