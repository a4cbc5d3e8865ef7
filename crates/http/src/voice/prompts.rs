//! A company's recordings and messages, as engines fetch them to play them.

use crate::api::ranged;
use crate::{Web, absent};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use opbx_app::downloads::Manner;
use opbx_app::prompts::{CACHE_S, Played, open, tenant_of};
use opbx_routing::{MessageId, RecordingId};
use std::collections::HashMap;

/// Serves a recording to whoever has its address. Whatever is wrong with an address, there is nothing at it.
pub(super) async fn fetch(
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let id = id.parse().ok().and_then(|id| RecordingId::new(id).ok());
    played(&web, id.map(Played::Recording), &query, &headers).await
}

/// Serves a voicemail message in the same way.
pub(super) async fn fetch_message(
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let id = id.parse().ok().and_then(|id| MessageId::new(id).ok());
    played(&web, id.map(Played::Message), &query, &headers).await
}

async fn played(
    web: &Web,
    what: Option<Played>,
    query: &HashMap<String, String>,
    headers: &HeaderMap,
) -> Response {
    let known = what.and_then(|what| Some((tenant_of(&web.app, what, query.get("token")?)?, what)));
    let Some((tenant, what)) = known else { return absent().await.into_response() };
    match open(&web.app, tenant, what).await {
        Ok(Some(content)) => {
            let cache = format!("private, max-age={CACHE_S}");
            let sent = ranged(content, headers, &cache, Manner::Inline).await;
            sent.unwrap_or_else(IntoResponse::into_response)
        }
        Ok(None) => absent().await.into_response(),
        Err(error) => {
            tracing::error!(%tenant, ?what, %error, "a sound cannot be opened");
            let body = serde_json::json!({ "error": "Service Unavailable", "message": "The recording cannot be opened now." });
            (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response()
        }
    }
}
