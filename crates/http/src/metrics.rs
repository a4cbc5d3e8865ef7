//! `/metrics`: what Prometheus asks; for the machine itself, and for whoever has the token.

use crate::{HttpConfig, Web, peer};
use ::metrics::gauge;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use opbx_kernel::seal::same_secret;
use std::net::SocketAddr;

/// The text form that every Prometheus reads.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// What a proxy adds: a request that has one comes from elsewhere, whatever its last hop.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

pub(crate) async fn told(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !may_ask(&web.config, peer, &headers) {
        let sentence = "Ask from the machine itself, or with the metrics token.\n";
        return (StatusCode::FORBIDDEN, sentence).into_response();
    }
    for (class, count) in web.gates.under_way() {
        gauge!("opbx_http_requests_under_way", "class" => class).set(count as f64);
    }
    let (proven, unproven) = web.sockets.open_now();
    gauge!("opbx_live_sockets", "state" => "proven").set(proven as f64);
    gauge!("opbx_live_sockets", "state" => "unproven").set(unproven as f64);
    match opbx_app::metrics::told(&web.app).await {
        Some(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "Nothing is counted; the log says why.\n").into_response(),
    }
}

/// Numbers of all tenants together are the operator's business: a proxy on this machine proves nothing.
fn may_ask(config: &HttpConfig, peer: SocketAddr, headers: &HeaderMap) -> bool {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = bearer.and_then(|text| text.strip_prefix("Bearer "));
    if let (Some(token), Some(given)) = (&config.metrics_token, given) {
        return same_secret(token.as_bytes(), given.as_bytes());
    }
    peer::is_this_machine(peer) && !FORWARDED.iter().any(|name| headers.contains_key(*name))
}
