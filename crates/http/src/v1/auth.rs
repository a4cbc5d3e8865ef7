//! Logging in and out, who one is, and on which devices.

use super::words::Said;
use crate::api::{Access, Api, Cookies, Id, Input, Problem, Signed, bearer, csrf_of};
use crate::v1::profile::SelfView;
use crate::{Web, peer};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opbx_app::sessions::{self, Asker, Device, LIFETIME, SessionError, SignedInDevice};
use opbx_app::{entropy, profiles};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

const TAG: &str = "Sessions";

pub(super) fn declare(api: &mut Api) {
    api.post("/auth/login", "auth.login", Access::Public, log_in, |operation| {
        let about = "`cookie` begins a session in a cookie, `token` answers a token; a browser's form asks for a cookie.";
        operation
            .about(TAG, "Log in")
            .header("X-Auth-Mode", about, &serde_json::json!({"type": "string", "enum": ["cookie", "token"]}))
            .gives::<LoginView>(200, "A session has begun.")
            .gives::<Refused>(401, "The address or the password is wrong.");
    })
    .post("/auth/logout", "auth.logout", Access::SignedIn, log_out, |operation| {
        operation.about(TAG, "Log out").gives::<Said>(200, "The session is over.");
    })
    .post("/auth/refresh", "auth.refresh", Access::SignedIn, refresh, |operation| {
        operation.about(TAG, "Exchange the token for a new one").gives::<TokenView>(200, "The old one is over.");
    })
    .get("/auth/me", "auth.me", Access::SignedIn, me, |operation| {
        operation.about(TAG, "Who is signed in").gives::<Me>(200, "Whoever asks.");
    })
    .get("/auth/sessions", "auth.sessions.list", Access::SignedIn, devices, |operation| {
        operation.about(TAG, "List one's own devices").gives::<Devices>(200, "Where one is signed in.");
    })
    .delete("/auth/sessions/{id}", "auth.sessions.delete", Access::SignedIn, end_one, |operation| {
        operation.about(TAG, "Sign a device out").gives_nothing(204, "It is signed out.");
    })
    .delete("/auth/sessions", "auth.sessions.delete_others", Access::SignedIn, end_others, |operation| {
        operation.about(TAG, "Sign all other devices out").gives::<Ended>(200, "They are signed out.");
    })
    .absolute(Method::GET, "/api/sanctum/csrf-cookie", "auth.csrf_cookie", Access::Public, csrf, |operation| {
        operation.about(TAG, "Set the cookie that proves a page").gives_nothing(204, "The cookie is set.");
    });
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Credentials {
    #[schemars(length(max = 255), email)]
    email: String,
    #[schemars(length(min = 8, max = 1000))]
    password: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LoginView {
    /// Not where the session is in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    user: UserView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TokenView {
    /// Not where the session is in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
}

/// A refusal with its code inside.
#[derive(Debug, Serialize, JsonSchema)]
struct Refused {
    error: Reason,
    message: String,
    request_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Reason {
    /// `UNAUTHORIZED`, `ACCOUNT_INACTIVE` or `ORGANIZATION_INACTIVE`.
    code: String,
    message: String,
    request_id: String,
}

/// Whoever is signed in.
#[derive(Debug, Serialize, JsonSchema)]
struct UserView {
    id: i64,
    organization_id: i64,
    name: String,
    email: String,
    role: Option<&'static str>,
    status: &'static str,
    /// Another password must be chosen before anything else.
    password_reset_required: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Me {
    user: SelfView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Devices {
    data: Vec<DeviceView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DeviceView {
    id: i64,
    /// What the device said of itself.
    device: Option<String>,
    ip_address: Option<String>,
    last_seen_at: String,
    expires_at: String,
    /// The one that asks.
    current: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Ended {
    message: &'static str,
    /// How many devices.
    ended: usize,
}

impl From<&Asker> for UserView {
    fn from(asker: &Asker) -> Self {
        Self {
            id: asker.user.get(),
            organization_id: asker.tenant.get(),
            name: asker.name.clone(),
            email: asker.email.clone(),
            role: asker.role.map(sessions::Role::as_str),
            status: "active",
            password_reset_required: asker.must_change_password,
        }
    }
}

impl From<SignedInDevice> for DeviceView {
    fn from(device: SignedInDevice) -> Self {
        Self {
            id: device.id.get(),
            device: device.name,
            ip_address: device.address,
            last_seen_at: device.last_seen_at.to_string(),
            expires_at: device.expires_at.to_string(),
            current: device.is_current,
        }
    }
}

/// Whether the session is to be in a cookie: the client says so, or is a browser's form without a token.
fn wants_cookie(headers: &HeaderMap) -> bool {
    match headers.get("x-auth-mode").and_then(|value| value.to_str().ok()) {
        Some(mode) => mode.eq_ignore_ascii_case("cookie"),
        None => headers.contains_key("x-requested-with") && bearer(headers).is_none(),
    }
}

/// Counts a try to change one's own password: whoever holds a session could guess it otherwise.
pub(super) async fn throttled(web: &Web, asker: &Signed) -> Result<(), Problem> {
    let rates = sessions::LoginRates { per_address: 0, ..web.config.limits.login };
    Ok(sessions::throttle(&web.app, &asker.email, None, rates).await?)
}

/// A refusal in the shape of the routes of sessions.
pub(super) fn refused(error: SessionError) -> Problem {
    let code = match &error {
        SessionError::WrongCredentials => {
            let problem = Problem::new(StatusCode::UNAUTHORIZED, "Invalid credentials.");
            return problem.in_session_shape("UNAUTHORIZED");
        }
        SessionError::UserInactive => "ACCOUNT_INACTIVE",
        SessionError::OrganisationInactive => "ORGANIZATION_INACTIVE",
        SessionError::NoSession => "UNAUTHORIZED",
        _ => return error.into(),
    };
    Problem::from(error).in_session_shape(code)
}

async fn log_in(
    State(web): State<Web>,
    ConnectInfo(socket): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Input(credentials): Input<Credentials>,
) -> Result<Response, Problem> {
    let by_cookie = wants_cookie(&headers);
    // Otherwise another site could sign somebody in as somebody else.
    if by_cookie
        && headers.contains_key(header::ORIGIN)
        && !peer::is_own_page(&web.config, Some(socket), &headers)
    {
        return Err(Problem::unauthorized().in_session_shape("UNAUTHORIZED"));
    }
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let address = peer::address(&web.config, socket, &headers);
    let device = Device { name: agent.map(str::to_owned), address: Some(address) };
    let (email, password, rates) = (&credentials.email, &credentials.password, web.config.limits.login);
    let login = sessions::log_in(&web.app, email, password, &device, rates).await.map_err(refused)?;
    let user = UserView::from(&login.asker);
    if by_cookie {
        let cookies = Cookies::of_session(&login.token, peer::is_secure(&web.config, socket, &headers));
        let message = Some("Login successful");
        let view = LoginView { access_token: None, token_type: None, expires_in: None, message, user };
        return Ok((cookies.into_headers(), Json(view)).into_response());
    }
    Ok(Json(LoginView {
        access_token: Some(login.token),
        token_type: Some("Bearer"),
        expires_in: Some(LIFETIME.as_secs()),
        message: None,
        user,
    })
    .into_response())
}

async fn log_out(
    State(web): State<Web>,
    ConnectInfo(socket): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    asker: Signed,
) -> Result<Response, Problem> {
    asker.require_session()?;
    sessions::end(&web.app, asker.tenant, asker.session).await?;
    let said = Json(Said { message: "Successfully logged out." });
    if !asker.by_cookie {
        return Ok(said.into_response());
    }
    let cookies = Cookies::over(peer::is_secure(&web.config, socket, &headers));
    Ok((cookies.into_headers(), said).into_response())
}

async fn refresh(
    State(web): State<Web>,
    ConnectInfo(socket): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    asker: Signed,
) -> Result<Response, Problem> {
    asker.require_session()?;
    let (token, _) = sessions::refresh(&web.app, &asker).await.map_err(refused)?;
    let expires_in = LIFETIME.as_secs();
    if asker.by_cookie {
        let cookies = Cookies::of_session(&token, peer::is_secure(&web.config, socket, &headers));
        let view = TokenView { access_token: None, token_type: "Cookie", expires_in };
        return Ok((cookies.into_headers(), Json(view)).into_response());
    }
    Ok(Json(TokenView { access_token: Some(token), token_type: "Bearer", expires_in }).into_response())
}

async fn me(State(web): State<Web>, asker: Signed) -> Result<Json<Me>, Problem> {
    let (account, organisation) = profiles::get(&web.app, &asker).await.map_err(super::users::refused)?;
    Ok(Json(Me { user: SelfView::of(&asker, account, organisation) }))
}

async fn devices(State(web): State<Web>, asker: Signed) -> Result<Json<Devices>, Problem> {
    asker.require_session()?;
    let devices = sessions::devices(&web.app, &asker).await?;
    Ok(Json(Devices { data: devices.into_iter().map(DeviceView::from).collect() }))
}

async fn end_one(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<StatusCode, Problem> {
    asker.require_session()?;
    let ended = sessions::end_own(&web.app, &asker, id).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::absent("Session")) }
}

async fn end_others(State(web): State<Web>, asker: Signed) -> Result<Json<Ended>, Problem> {
    asker.require_session()?;
    let ended = sessions::end_others(&web.app, &asker).await?;
    Ok(Json(Ended { message: "All other sessions are signed out.", ended }))
}

async fn csrf(
    State(web): State<Web>,
    ConnectInfo(socket): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> impl IntoResponse {
    // Whoever has no session yet gets one that proves nothing, as clients expect a cookie.
    let value = match crate::api::session_of(&headers) {
        Some(token) => csrf_of(token),
        None => entropy::text(&entropy::bytes::<24>()),
    };
    let cookies = Cookies::of_csrf(&value, peer::is_secure(&web.config, socket, &headers));
    (StatusCode::NO_CONTENT, cookies.into_headers())
}
