//! Live updates in the Pusher protocol: the socket, and the endpoint that says who may hear which channel.

mod auth;
mod snapshot;
mod socket;
mod sockets;
mod subscriptions;
mod wire;

pub(crate) use sockets::Sockets;

use crate::Web;
use crate::api::{Api, Problem, bearer, session_of};
use crate::peer::{self, is_own_page};
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use opbx_app::rates;
use opbx_app::sessions::{self, Asker};
use std::net::SocketAddr;
use wire::Refusal;

/// The longest message that a client may send, in bytes.
const MESSAGE_BYTES_MAX: usize = 10_240;

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/app/{key}", get(connect))
}

pub(crate) fn declare(api: &mut Api) {
    auth::declare(api);
    snapshot::declare(api);
}

/// Opens a socket. What the protocol refuses is told on the socket, as its clients expect.
async fn connect(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    // Who is no browser sends no origin, and may.
    let is_own_page = is_own_page(&web.config, Some(peer), &headers);
    if headers.contains_key(header::ORIGIN) && !is_own_page {
        let message = "This page's origin may not open live updates here.";
        return Problem::new(StatusCode::FORBIDDEN, message).into_response();
    }
    let refusal = refusal(&web, &key, query.as_deref().unwrap_or(""));
    let sender = rates::sender(peer::address(&web.config, peer, &headers));
    // Whoever says who they are as they connect needs no tickets for the original's channel names.
    let asker = opener(&web, &headers, is_own_page).await;
    upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX).on_upgrade(
        move |socket| async move {
            match refusal {
                Some(refusal) => socket::refuse(socket, refusal).await,
                None => socket::serve(web, socket, sender, asker).await,
            }
        },
    )
}

/// Who opens the connection, where the request says so; a cookie counts from a page of ours only.
async fn opener(web: &Web, headers: &HeaderMap, is_own_page: bool) -> Option<Asker> {
    let cookie = || session_of(headers).filter(|_| is_own_page);
    let asker = sessions::authenticate(&web.app, bearer(headers).or_else(cookie)?).await.ok()?;
    (asker.key.is_none() && !asker.must_change_password).then_some(asker)
}

fn refusal(web: &Web, key: &str, query: &str) -> Option<Refusal> {
    if key != web.config.live_key() {
        return Some(Refusal::UnknownKey);
    }
    let parameter = |name: &str| {
        query.split('&').find_map(|pair| pair.split_once('=').filter(|(found, _)| *found == name))
    };
    if parameter("token").is_some() {
        return Some(Refusal::TokenInUrl);
    }
    match parameter("protocol").map(|(_, version)| version.parse::<u8>()) {
        // The original's page names no version; it speaks 7.
        None | Some(Ok(5..=7)) => None,
        Some(_) => Some(Refusal::ProtocolVersion),
    }
}
