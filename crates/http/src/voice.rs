//! What Cloudonix asks: where a call goes, and what follows a dial, a question or a recording. Answers CXML always, errors too.

mod problem;
mod prompts;

use crate::{Web, base_url, body};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, any, get};
use bytes::Bytes;
use opbx_app::hooks::HookError;
use opbx_app::plans::{Line, LoadedPlan};
use opbx_app::prompts as app_prompts;
use opbx_app::voice::{
    Answer, Happened, News, Opening, Pin, VoiceError, answer, authenticate, authenticate_at,
};
use opbx_app::{App, entropy};
use opbx_cloudonix::{CallToken, Callback, RequestError, VoiceRequest, cxml};
use opbx_kernel::phone::Masked;
use opbx_routing::{Call, Direction, Event, Keys, Step};
use problem::VoiceProblem;
use std::net::SocketAddr;
use std::sync::Arc;

const ROUTE: &str = "/api/voice/route";

pub(crate) fn routes() -> Router<Web> {
    let mut routes = Router::new()
        .route(ROUTE, asked(route))
        .route(&format!("{}/{{id}}", app_prompts::PATH), get(prompts::fetch))
        .route(&format!("{}/{{id}}", app_prompts::MESSAGES_PATH), get(prompts::fetch_message));
    for callback in Callback::ALL {
        let heard = move |web: State<Web>, peer: ConnectInfo<SocketAddr>, request: Request| {
            told(callback, web, peer, request)
        };
        routes = routes.route(callback.path(), asked(heard));
    }
    for folder in ["/api/voice", "/api/callbacks/voice"] {
        for rest in ["", "/", "/{*path}"] {
            routes = routes.route(&format!("{folder}{rest}"), any(absent));
        }
    }
    routes
}

/// A voice endpoint: POST with JSON or a form, GET with a query; any other method is told so in CXML.
///
/// HEAD is among the others: an engine that only looks must not start a call.
fn asked<H, T>(handler: H) -> MethodRouter<Web>
where
    H: axum::handler::Handler<T, Web>,
    T: 'static,
{
    get(handler.clone()).post(handler).head(wrong_method).fallback(wrong_method)
}

/// A call came in: where does it go?
async fn route(State(web): State<Web>, peer: ConnectInfo<SocketAddr>, request: Request) -> Response {
    respond(&web.app, Asked::read(&web, peer, request).await.and_then(Asked::arrived)).await
}

/// What a call waited for is over: what follows?
async fn told(
    callback: Callback,
    State(web): State<Web>,
    peer: ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let asked = Asked::read(&web, peer, request).await;
    respond(&web.app, asked.and_then(|asked| asked.told(&web.app, callback))).await
}

/// A call came in through another door than the voice endpoint's, where its tenant proved who it is.
pub(crate) async fn initiated(
    web: &Web,
    line: Arc<Line>,
    request: Result<VoiceRequest, RequestError>,
    peer: ConnectInfo<SocketAddr>,
    headers: &HeaderMap,
) -> Response {
    let asked =
        request.map_err(VoiceProblem::from).map(|request| Asked::of(web, line, request, peer, headers));
    respond(&web.app, asked.and_then(Asked::arrived)).await
}

pub(crate) fn too_large() -> Response {
    VoiceProblem::TooLarge.into_response()
}

/// What a caller hears whose engine's webhook was refused.
pub(crate) fn refused(error: &HookError) -> Response {
    let error = match error {
        HookError::ForeignDomain => VoiceError::ForeignDomain,
        HookError::Inactive => VoiceError::Inactive,
        _ => VoiceError::WrongKey,
    };
    VoiceProblem::from(error).into_response()
}

async fn absent() -> Response {
    VoiceProblem::NoSuchPath.into_response()
}

async fn wrong_method() -> Response {
    VoiceProblem::WrongMethod.into_response()
}

/// A voice request of a tenant that proved who it is.
struct Asked {
    line: Arc<Line>,
    request: VoiceRequest,
    /// What callback URLs begin with.
    base: String,
}

impl Asked {
    async fn read(web: &Web, peer: ConnectInfo<SocketAddr>, request: Request) -> Result<Self, VoiceProblem> {
        let (parts, body) = request.into_parts();
        let key = bearer(&parts.headers);
        // Refused before anything is read, unless what was sent tells which of several tenants is meant.
        match authenticate(&web.app, key) {
            Ok(_) | Err(VoiceError::SharedKey) => {}
            Err(error) => return Err(error.into()),
        }
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let body = body::whole(body).await.map_err(|_| VoiceProblem::TooLarge)?;
        let request = VoiceRequest::read(parts.uri.query().unwrap_or(""), kind, &body)?;
        let line = authenticate_at(&web.app, key, request.domain())?;
        Ok(Self::of(web, line, request, peer, &parts.headers))
    }

    fn of(
        web: &Web,
        line: Arc<Line>,
        request: VoiceRequest,
        peer: ConnectInfo<SocketAddr>,
        headers: &HeaderMap,
    ) -> Self {
        let own = line.settings.webhook_base_url.as_deref();
        let base = base_url::of(&web.config, own, peer.0, headers);
        Self { line, request, base }
    }

    fn arrived(self) -> Result<(Self, Happened), VoiceProblem> {
        let request = &self.request;
        let opening = match request.started_for()? {
            // The person's phone was rung first: from here on it is as if they had dialled.
            Some((by, to)) => Opening {
                direction: Direction::Subscriber,
                from: by.to_owned(),
                to: to.to_owned(),
                from_name: String::new(),
                token: request.token(),
                session: request.session(),
            },
            None => Opening {
                direction: request.direction(),
                from: request.from()?.to_owned(),
                to: request.to()?.to_owned(),
                from_name: request.caller_name(),
                token: request.token(),
                session: request.session(),
            },
        };
        let happened = Happened {
            call_id: request.call_id()?.to_owned(),
            call: Call::new(opening.direction, opening.from.clone(), opening.to.clone()),
            opening: Some(opening),
            news: News::Event(Event::Arrived),
        };
        Ok((self, happened))
    }

    fn told(self, app: &App, callback: Callback) -> Result<(Self, Happened), VoiceProblem> {
        let request = &self.request;
        let call_id = request.call_id()?.to_owned();
        let parameter = |name: &str| request.in_query(name);
        let (tenant, now) = (self.line.tenant.id, app.clock().now());
        let token = CallToken::open(app.keyring(), tenant, &call_id, callback, parameter, now)?;
        let news = match callback {
            Callback::RingGroup | Callback::Dial => News::Event(Event::DialEnded(request.dial_result())),
            Callback::Menu => News::Event(Event::KeysPressed(Keys::new(request.digits()))),
            Callback::Pin => News::Pin(Pin::new(request.digits())),
            Callback::Recording => News::Event(Event::Recorded(request.recording())),
        };
        Ok((self, Happened { call_id, call: token.call, opening: None, news }))
    }
}

async fn respond(app: &App, asked: Result<(Asked, Happened), VoiceProblem>) -> Response {
    let (asked, happened) = match asked {
        Ok(asked) => asked,
        Err(problem) => return problem.into_response(),
    };
    let call_id = happened.call_id.clone();
    let render = |step: &Step, loaded: &LoadedPlan| {
        tracing::debug!(tenant = %asked.line.tenant.id, call = %call_id, step = step.call.steps,
            from = %Masked(&step.call.from), to = %Masked(&step.call.to), stage = ?step.call.ending(), "voice request");
        rendered(app, &asked, &call_id, step, loaded)
    };
    match answer(app, &asked.line, happened, render).await {
        Ok(answer) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(header::CONTENT_TYPE, cxml::CONTENT_TYPE)], answer.body).into_response()
        }
        Err(error) => VoiceProblem::from(error).into_response(),
    }
}

fn rendered(app: &App, asked: &Asked, call_id: &str, step: &Step, loaded: &LoadedPlan) -> Answer {
    let tenant = loaded.plan.tenant;
    for parameter in cxml::left_out(&step.actions) {
        tracing::warn!(%tenant, parameter, "an assistant's parameter has a name that cannot be told to the engine");
    }
    let token = CallToken::new(step.call.clone(), loaded.plan.version, app.clock().now());
    let next = token.callback_url(&asked.base, app.keyring(), entropy::bytes(), tenant, call_id);
    let links = cxml::Links {
        next: next.as_deref(),
        recording: &|id| app_prompts::url(app, &asked.base, tenant, id),
        message: &|id| app_prompts::message_url(app, &asked.base, tenant, id),
        service_token: &|id| loaded.secrets.service_token(id),
    };
    let body = cxml::render(&step.actions, &links);
    Answer { status: StatusCode::OK.as_u16(), body: Bytes::from(body) }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    bearer_of(headers.get(header::AUTHORIZATION)?.to_str().ok()?)
}

/// The key of an `Authorization` header that presents one.
pub(crate) fn bearer_of(authorization: &str) -> Option<&str> {
    let (scheme, key) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
