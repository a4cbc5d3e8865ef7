//! Logging in and out, and who one is.

use super::words::Said;
use crate::Web;
use crate::api::{Access, Api, Input, Problem, Signed};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use opbx_app::sessions::{self, Asker, Device, LIFETIME, SessionError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

const TAG: &str = "Sessions";

pub(super) fn declare(api: &mut Api) {
    api.post("/auth/login", "auth.login", Access::Public, log_in, |operation| {
        operation.about(TAG, "Log in").gives::<LoginView>(200, "A session has begun.");
    })
    .post("/auth/logout", "auth.logout", Access::SignedIn, log_out, |operation| {
        operation.about(TAG, "Log out").gives::<Said>(200, "The session is over.");
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
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    user: UserView,
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
        }
    }
}

async fn log_in(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Input(credentials): Input<Credentials>,
) -> Result<Json<LoginView>, Problem> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let device = Device { name: agent.map(str::to_owned), address: Some(peer.ip().to_string()) };
    let login = sessions::log_in(&web.app, &credentials.email, &credentials.password, &device).await;
    let login = login.map_err(|error| match error {
        SessionError::WrongCredentials => Problem::new(StatusCode::UNAUTHORIZED, "Invalid credentials."),
        other => other.into(),
    })?;
    Ok(Json(LoginView {
        access_token: login.token,
        token_type: "Bearer",
        expires_in: LIFETIME.as_secs(),
        user: UserView::from(&login.asker),
    }))
}

async fn log_out(State(web): State<Web>, asker: Signed) -> Result<Json<Said>, Problem> {
    sessions::end(&web.app, asker.tenant, asker.session).await?;
    Ok(Json(Said { message: "Successfully logged out." }))
}
