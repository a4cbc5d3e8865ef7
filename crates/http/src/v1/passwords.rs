//! Passwords that were forgotten, and accounts that were opened by mail: a link that is good once.

use super::words::Said;
use crate::api::{Access, Api, Input, Problem};
use crate::{Web, base_url, peer};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use opbx_app::passwords::{self, PasswordError};
use opbx_app::sessions::throttle;
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::SocketAddr;

const TAG: &str = "Sessions";
/// The page of the web app that takes a token.
const PAGE: &str = "/set-password?token=";

pub(super) fn declare(api: &mut Api) {
    api.post("/auth/password/forgot", "auth.password.forgot", Access::Public, forgot, |operation| {
        operation
            .about(TAG, "Ask for a link that sets another password")
            .gives::<Said>(202, "Whoever has this address gets a mail; nobody is told whether anybody has.");
    })
    .post("/auth/password/reset", "auth.password.reset", Access::Public, reset, |operation| {
        operation
            .about(TAG, "Set a password by a link from a mail")
            .gives::<Said>(200, "The password is set.");
    });
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Forgotten {
    #[schemars(length(max = 255), email)]
    email: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Redeemed {
    /// From the link.
    #[schemars(length(min = 1, max = 255))]
    token: String,
    #[schemars(length(min = 8, max = 1000))]
    password: String,
    /// The same again, where a form asks for it.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    password_confirmation: Option<String>,
}

/// The address of the page on which whoever holds a token sets a password, up to the token.
pub(super) fn page(web: &Web, socket: SocketAddr, headers: &HeaderMap) -> String {
    format!("{}{PAGE}", base_url::of(&web.config, None, socket, headers))
}

/// A password that is refused, as the form that it was typed into shows it.
pub(super) fn refused(error: PasswordError, field: &str) -> Problem {
    match error {
        PasswordError::Weak(weak) => {
            Problem::field(field, format!("The {} {weak}.", field.replace('_', " ")))
        }
        PasswordError::WrongPassword => {
            Problem::field("current_password", "The current password is incorrect.")
        }
        PasswordError::BadLink => Problem::field("token", "This link is unknown, was used, or is over."),
        PasswordError::Session(error) => error.into(),
        other => Problem::coded(other.code(), &other),
    }
}

async fn forgot(
    State(web): State<Web>,
    ConnectInfo(socket): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Input(forgotten): Input<Forgotten>,
) -> Result<(StatusCode, Json<Said>), Problem> {
    let address = peer::address(&web.config, socket, &headers);
    throttle(&web.app, &forgotten.email, Some(address), web.config.limits.login).await?;
    let page = page(&web, socket, &headers);
    let app = web.app.clone();
    // Beside the answer, so that nobody reads from its time whether the address is known. Throttling bounds these.
    tokio::spawn(async move {
        if let Err(error) = passwords::forgot(&app, &forgotten.email, &page).await {
            tracing::warn!(code = error.code().name, %error, "a forgotten password could not be mailed");
        }
    });
    let message = "If an account with this address exists, a mail with a link is on its way.";
    Ok((StatusCode::ACCEPTED, Json(Said { message })))
}

async fn reset(
    State(web): State<Web>,
    ConnectInfo(socket): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Input(redeemed): Input<Redeemed>,
) -> Result<Json<Said>, Problem> {
    if redeemed.password_confirmation.as_ref().is_some_and(|again| *again != redeemed.password) {
        return Err(Problem::field("password", "The password confirmation does not match."));
    }
    let address = peer::address(&web.config, socket, &headers);
    // Guessing a token is as hopeless as guessing a session's; this keeps it from costing anything.
    throttle(&web.app, &redeemed.token, Some(address), web.config.limits.login).await?;
    let set = passwords::redeem(&web.app, &redeemed.token, &redeemed.password).await;
    set.map_err(|error| refused(error, "password"))?;
    Ok(Json(Said { message: "The password is set. Please log in." }))
}
