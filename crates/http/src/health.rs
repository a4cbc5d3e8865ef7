//! Health and readiness, for balancers and operators: loopback, a trusted proxy, or a token.

use crate::{HttpConfig, Web, peer};
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

/// Whether calls can be routed here, and if not, why. Redis may be away: that is degraded, and ready.
pub(crate) async fn ready(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Answer {
    if !may_ask(&web.config, peer, &headers) {
        return refused();
    }
    let health = web.app.look_after_itself().await;
    let (status, word) = if health.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let body = json!({
        "status": word,
        "degraded": !health.shared,
        "reasons": health.reasons(),
        "checks": {
            "database": health.database,
            "journal": health.journal,
            "disk": health.has_room(),
            "disk_free_bytes": health.free_bytes,
            "redis": health.shared,
        },
    });
    (status, Json(body))
}

/// As the original answers everybody: in words that tell nothing of what lies where.
pub(crate) async fn public(State(web): State<Web>) -> Answer {
    let health = web.app.looked_after_itself().await;
    let word = |is_well: bool| if is_well { "healthy" } else { "unhealthy" };
    let (status, overall) = match (health.is_ready(), health.shared) {
        (true, true) => (StatusCode::OK, "healthy"),
        (true, false) => (StatusCode::OK, "degraded"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
    };
    let body = json!({
        "status": overall,
        "timestamp": web.app.clock().now().to_string(),
        "services": {
            "database": word(health.database),
            "cache": word(health.shared),
            "storage": word(health.journal && health.has_room()),
        },
    });
    (status, Json(body))
}

/// As `public`, of the calls alone: whether they are routed here.
pub(crate) async fn voice(State(web): State<Web>) -> Answer {
    let health = web.app.looked_after_itself().await;
    of_part(&web, "voice", health.is_ready(), health.shared)
}

/// As `public`, of the live updates alone.
pub(crate) async fn websocket(State(web): State<Web>) -> Answer {
    let health = web.app.looked_after_itself().await;
    of_part(&web, "websocket", health.database, health.shared)
}

fn of_part(web: &Web, service: &str, is_well: bool, is_shared: bool) -> Answer {
    let (status, word) = match (is_well, is_shared) {
        (true, true) => (StatusCode::OK, "healthy"),
        (true, false) => (StatusCode::OK, "degraded"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
    };
    let timestamp = web.app.clock().now().to_string();
    (status, Json(json!({ "status": word, "service": service, "timestamp": timestamp })))
}

/// Answers as long as the process does.
pub(crate) async fn up() -> &'static str {
    "up\n"
}

fn may_ask(config: &HttpConfig, peer: SocketAddr, headers: &HeaderMap) -> bool {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = bearer.and_then(|text| text.strip_prefix("Bearer "));
    let by_token = match (&config.health_token, given) {
        (Some(token), Some(given)) => same_secret(token.as_bytes(), given.as_bytes()),
        _ => false,
    };
    peer::is_this_machine(peer)
        || by_token
        || config.trusted_proxies.iter().any(|proxy| proxy.contains(peer.ip()))
}

fn refused() -> Answer {
    let body =
        json!({ "error": "Forbidden", "message": "Ask from the machine itself, or with the health token." });
    (StatusCode::FORBIDDEN, Json(body))
}
