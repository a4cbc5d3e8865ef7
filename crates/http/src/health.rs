//! Health and readiness, for balancers and operators: loopback, a trusted proxy, or a token.

use crate::{HttpConfig, Web};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use opbx_kernel::seal::same_secret;
use serde_json::json;
use std::net::SocketAddr;

type Answer = (StatusCode, Json<serde_json::Value>);

/// Whether the process lives. Answers as long as it can answer anything.
pub(crate) async fn health(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Answer {
    if !may_ask(&web.config, peer, &headers) {
        return refused();
    }
    let cluster = web.app.cluster().health().await;
    let body = json!({
        "status": "healthy",
        "version": env!("CARGO_PKG_VERSION"),
        "timestamp": web.app.clock().now().to_string(),
        "services": { "cluster": { "backend": cluster.backend, "ok": cluster.ok, "detail": cluster.detail } },
    });
    (StatusCode::OK, Json(body))
}

/// Whether calls can be routed here: the database answers. Redis may be away; calls are routed without it.
pub(crate) async fn ready(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Answer {
    if !may_ask(&web.config, peer, &headers) {
        return refused();
    }
    if web.app.database_answers().await {
        (StatusCode::OK, Json(json!({ "status": "ready" })))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready" })))
    }
}

fn may_ask(config: &HttpConfig, peer: SocketAddr, headers: &HeaderMap) -> bool {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = bearer.and_then(|text| text.strip_prefix("Bearer "));
    let by_token = match (&config.health_token, given) {
        (Some(token), Some(given)) => same_secret(token.as_bytes(), given.as_bytes()),
        _ => false,
    };
    peer.ip().is_loopback()
        || by_token
        || config.trusted_proxies.iter().any(|proxy| proxy.contains(peer.ip()))
}

fn refused() -> Answer {
    let body =
        json!({ "error": "Forbidden", "message": "Ask from the machine itself, or with the health token." });
    (StatusCode::FORBIDDEN, Json(body))
}
