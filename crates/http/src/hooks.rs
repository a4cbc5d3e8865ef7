//! What Cloudonix tells of calls: session updates, detail records, single words. Acknowledged once it is on the disk.

mod problem;

use crate::api::Quota;
use crate::rails::Counted;
use crate::{Web, body, voice};
use axum::Json;
use axum::Router;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use opbx_app::hooks::{
    Credentials, Hook, Method, Told, authenticate, check_domains, check_time, known_beforehand, tell,
};
use opbx_app::plans::Line;
use opbx_cloudonix::{HookRequest, VoiceRequest};
use opbx_kernel::Timestamp;
use problem::HookProblem;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;

/// What the paths of webhooks begin with; one more part may follow, which is a secret.
pub(crate) const FOLDER: &str = "/api/webhooks/cloudonix";
const SIGNATURE: &str = "x-cloudonix-signature";
const TOLD_AT: &str = "x-cloudonix-timestamp";

type Secret = Option<Path<String>>;

pub(crate) fn routes() -> Router<Web> {
    let mut routes = Router::new();
    for secret in ["", "/{secret}"] {
        routes = routes
            .route(&format!("{FOLDER}/session-update{secret}"), post(session_update))
            .route(&format!("{FOLDER}/cdr{secret}"), post(cdr))
            .route(&format!("{FOLDER}/call-status{secret}"), post(call_status))
            .route(&format!("{FOLDER}/call-initiated{secret}"), post(call_initiated));
    }
    routes
}

/// A path without the secret that may stand at its end: what a log may show.
pub(crate) fn masked(path: &str) -> String {
    match secret_of(path) {
        Some((hook, _)) => format!("{FOLDER}/{hook}/***"),
        None => path.to_owned(),
    }
}

/// The webhook that a path is of, and the secret at its end.
fn secret_of(path: &str) -> Option<(&str, &str)> {
    let (hook, secret) = path.strip_prefix(FOLDER)?.strip_prefix('/')?.split_once('/')?;
    (!secret.is_empty()).then_some((hook, secret))
}

/// As whom a webhook is counted before its body is read. Nobody where a signature is to prove it: see `proven`.
pub(crate) fn counted_as(web: &Web, request: &Request) -> Option<Counted> {
    let bearer = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = Credentials {
        path: secret_of(request.uri().path()).map(|(_, secret)| secret),
        bearer: bearer.and_then(voice::bearer_of),
        ..Credentials::default()
    };
    match known_beforehand(&web.app, &given) {
        Some(line) => Some(Counted::Tenant(line.tenant.id)),
        None if request.headers().contains_key(SIGNATURE) => None,
        None => Some(Counted::sender(web, request.extensions(), request.headers())),
    }
}

/// Finds whose webhook it is. One that only its signature can prove is counted here, as who it proves to be.
async fn proven(
    web: &Web,
    parts: &Parts,
    given: &Credentials<'_>,
    domains: &[&str],
) -> Result<(Arc<Line>, Method), HookProblem> {
    let found = authenticate(&web.app, given, domains);
    if given.signature.is_some() && known_beforehand(&web.app, given).is_none() {
        let counted = match &found {
            Ok((line, _)) => Counted::Tenant(line.tenant.id),
            Err(_) => Counted::sender(web, &parts.extensions, &parts.headers),
        };
        let limit = web.config.limits.hooks_per_min;
        Quota::take(web, &counted.key("hooks"), limit).await.map_err(HookProblem::TooOften)?;
    }
    let (line, method) = found?;
    check_domains(&line, domains)?;
    Ok((line, method))
}

async fn session_update(
    State(web): State<Web>,
    secret: Secret,
    request: Request,
) -> Result<Response, HookProblem> {
    let heard = Heard::read(&web, Hook::SessionUpdate, secret, request).await?;
    heard.in_time(&web, heard.request.told_at())?;
    let update = heard.request.session_update().map_err(HookProblem::BadUpdate)?;
    let Some(update) = update else {
        heard.tell(&web, Told::Nothing).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    heard.tell(&web, Told::Update(Box::new(update))).await?;
    Ok(said("Session record updated successfully"))
}

async fn cdr(State(web): State<Web>, secret: Secret, request: Request) -> Result<Response, HookProblem> {
    let heard = Heard::read(&web, Hook::Cdr, secret, request).await?;
    if heard.request.domains().is_empty() {
        return Err(HookProblem::NoDomain);
    }
    // Records come late after an outage, and are wanted all the same; only what says when it was sent is judged.
    heard.in_time(&web, None)?;
    let record = heard.request.detail_record().map_err(HookProblem::BadRecord)?;
    heard.tell(&web, Told::Record(Box::new(record))).await?;
    Ok(said("CDR Inserted successfully"))
}

async fn call_status(
    State(web): State<Web>,
    secret: Secret,
    request: Request,
) -> Result<Response, HookProblem> {
    let heard = Heard::read(&web, Hook::CallStatus, secret, request).await?;
    heard.in_time(&web, heard.request.told_at())?;
    let (call_id, word) = heard.request.call_status().map_err(HookProblem::BadRecord)?;
    let at = heard.request.told_at().unwrap_or_else(|| web.app.clock().now());
    heard.tell(&web, Told::Word { call_id, word, at }).await?;
    Ok(said("Call status updated successfully"))
}

/// The original's other door for a call that came in: answered as the voice endpoint answers it.
async fn call_initiated(
    State(web): State<Web>,
    peer: ConnectInfo<SocketAddr>,
    secret: Secret,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = body::whole(body).await else { return voice::too_large() };
    let query = parts.uri.query().unwrap_or("");
    let read = VoiceRequest::read(query, text(&parts, CONTENT_TYPE.as_str()), &body);
    let domains: Vec<&str> = read.as_ref().ok().and_then(VoiceRequest::domain).into_iter().collect();
    let given = credentials(secret.as_deref(), &parts, &body);
    let (line, method) = match proven(&web, &parts, &given, &domains).await {
        Ok(found) => found,
        Err(HookProblem::Hook(error)) => return voice::refused(&error),
        Err(problem) => return problem.into_response(),
    };
    if let Err(error) = tell(&web.app, &line, Hook::CallInitiated, method, Told::Nothing).await {
        // A call is not kept waiting for a note.
        tracing::warn!(tenant = %line.tenant.id, %error, "the use of a webhook could not be noted");
    }
    voice::initiated(&web, line, read, peer, &parts.headers).await
}

/// A webhook of a tenant that proved who it is.
struct Heard {
    hook: Hook,
    line: Arc<Line>,
    method: Method,
    request: HookRequest,
    /// When it says that it was sent.
    sent_at: Option<Timestamp>,
}

impl Heard {
    async fn read(web: &Web, hook: Hook, secret: Secret, request: Request) -> Result<Self, HookProblem> {
        let (parts, body) = request.into_parts();
        let body = body::whole(body).await.map_err(|_| HookProblem::TooLarge)?;
        let query = parts.uri.query().unwrap_or("");
        let request = HookRequest::read(query, text(&parts, CONTENT_TYPE.as_str()), &body);
        let domains = request.as_ref().map_or_else(|_| Vec::new(), HookRequest::domains);
        let given = credentials(secret.as_deref(), &parts, &body);
        let (line, method) = proven(web, &parts, &given, &domains).await?;
        drop(domains);
        let sent_at = text(&parts, TOLD_AT).and_then(|at| at.trim().parse().ok());
        let sent_at = sent_at.and_then(|at| Timestamp::from_second(at).ok());
        Ok(Self { hook, line, method, request: request?, sent_at })
    }

    fn in_time(&self, web: &Web, told_at: Option<Timestamp>) -> Result<(), HookProblem> {
        Ok(check_time(&web.app, &self.line, self.sent_at.or(told_at))?)
    }

    async fn tell(&self, web: &Web, told: Told) -> Result<(), HookProblem> {
        Ok(tell(&web.app, &self.line, self.hook, self.method, told).await?)
    }
}

fn credentials<'a>(secret: Option<&'a String>, parts: &'a Parts, body: &'a Bytes) -> Credentials<'a> {
    Credentials {
        path: secret.map(String::as_str),
        bearer: text(parts, AUTHORIZATION.as_str()).and_then(voice::bearer_of),
        signature: text(parts, SIGNATURE),
        body,
    }
}

fn text<'a>(parts: &'a Parts, header: &str) -> Option<&'a str> {
    parts.headers.get(header)?.to_str().ok()
}

fn said(message: &str) -> Response {
    Json(json!({ "message": message })).into_response()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn the_secret_of_a_path_is_shown_to_nobody() {
        assert_eq!(masked("/api/webhooks/cloudonix/cdr/s3cret"), "/api/webhooks/cloudonix/cdr/***");
        assert_eq!(masked("/api/webhooks/cloudonix/cdr/s3cret/x"), "/api/webhooks/cloudonix/cdr/***");
        for open in ["/api/webhooks/cloudonix/cdr", "/api/voice/route", "/"] {
            assert_eq!(masked(open), open);
        }
    }
}
