//! HTTP: routes, thin handlers and the one mapping of errors to answers.

mod api;
mod base_url;
mod body;
mod config;
mod docs;
mod health;
mod hooks;
mod live;
mod metrics;
mod peer;
mod rails;
mod request_id;
mod tls;
mod v1;
mod voice;
mod watched;
mod web_app;

pub use config::{Files, HttpConfig, InvalidNetwork, Limits, Network};
pub use rails::CspNonce;
pub use tls::over_tls;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use opbx_app::App;
use std::sync::{Arc, LazyLock};

/// The longest request body that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// What every handler gets.
#[derive(Clone)]
struct Web {
    app: App,
    config: Arc<HttpConfig>,
    sockets: live::Sockets,
    gates: Arc<rails::Gates>,
}

/// All routes. Serve it with connection info: who may see what depends on the peer's address.
pub fn router(app: App, config: HttpConfig) -> Router {
    let gates = Arc::new(rails::Gates::new(&config.limits));
    let web = Web { app, config: Arc::new(config), sockets: live::Sockets::default(), gates };
    let cors = rails::cors(&web.config.origins);
    let contract = if web.config.hides_contract { Router::new() } else { contract_routes() };
    Router::new()
        .merge(voice::routes())
        .merge(v1::declared().into_router())
        .merge(contract)
        .merge(live::routes())
        .merge(hooks::routes())
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/api/health", get(health::public))
        .route("/api/voice/health", get(health::voice))
        .route("/api/websocket/health", get(health::websocket))
        .route("/up", get(health::up))
        .route("/metrics", get(metrics::told))
        .route("/", get(web_app::home))
        .route("/assets/{*path}", get(web_app::asset))
        .fallback(web_app::elsewhere)
        .layer(axum::middleware::from_fn_with_state(web.clone(), rails::keep))
        .layer(tower::util::option_layer(cors))
        .layer(axum::middleware::from_fn(request_id::give))
        .with_state(web)
}

/// The contract: every route of the API, what it takes, gives and refuses, as an OpenAPI 3.1 document.
pub fn contract() -> serde_json::Value {
    v1::declared().document()
}

/// The contract, and the page to try it on.
fn contract_routes() -> Router<Web> {
    Router::new().route("/api/openapi.json", get(contract_answer)).route("/api/docs", get(docs::page))
}

async fn contract_answer() -> impl IntoResponse {
    static CONTRACT: LazyLock<Bytes> = LazyLock::new(|| contract().to_string().into());
    ([(header::CONTENT_TYPE, "application/json")], CONTRACT.clone())
}

async fn absent() -> api::Problem {
    api::Fault::NoSuchPath.into()
}
