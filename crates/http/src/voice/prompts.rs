//! Recordings of a company, as engines fetch them to play them.

use crate::{Web, absent};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use opbx_app::prompts::{CACHE_S, open, tenant_of};
use opbx_routing::RecordingId;
use std::collections::HashMap;

/// Serves a recording to whoever has its address. Whatever is wrong with an address, there is nothing at it.
pub(super) async fn fetch(
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let known = id.parse().ok().and_then(|id| RecordingId::new(id).ok()).and_then(|recording| {
        let tenant = tenant_of(&web.app, recording, query.get("token")?)?;
        Some((tenant, recording))
    });
    let Some((tenant, recording)) = known else { return absent().await.into_response() };
    match open(&web.app, tenant, recording).await {
        Ok(Some(content)) => {
            let headers = [
                (header::CONTENT_TYPE, content.mimetype),
                (header::CACHE_CONTROL, format!("private, max-age={CACHE_S}")),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            ];
            (headers, content.bytes).into_response()
        }
        Ok(None) => absent().await.into_response(),
        Err(error) => {
            tracing::error!(%tenant, %recording, %error, "a recording cannot be opened");
            let body = serde_json::json!({ "error": "Service Unavailable", "message": "The recording cannot be opened now." });
            (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response()
        }
    }
}
