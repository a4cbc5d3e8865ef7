//! HTTP: routes, thin handlers and the one mapping of errors to answers.

mod base_url;
mod config;
mod health;
mod request_id;
mod voice;

pub use config::{HttpConfig, InvalidNetwork, Network};

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use opbx_app::App;
use std::sync::Arc;

/// The longest request body that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// What every handler gets.
#[derive(Clone)]
struct Web {
    app: App,
    config: Arc<HttpConfig>,
}

/// All routes. Serve it with connection info: who may see what depends on the peer's address.
pub fn router(app: App, config: HttpConfig) -> Router {
    let web = Web { app, config: Arc::new(config) };
    Router::new()
        .merge(voice::routes())
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/", get(home))
        .fallback(absent)
        .layer(axum::middleware::from_fn(request_id::give))
        .with_state(web)
}

async fn home() -> impl IntoResponse {
    concat!("OPBX ", env!("CARGO_PKG_VERSION"), " is running.\n")
}

async fn absent() -> impl IntoResponse {
    let body = serde_json::json!({ "error": "Not Found", "message": "There is nothing at this path." });
    (axum::http::StatusCode::NOT_FOUND, axum::Json(body))
}
