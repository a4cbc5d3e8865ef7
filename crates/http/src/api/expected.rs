//! Versions: what an answer carries as its ETag, and what a write may expect by `If-Match`.

use super::{Operation, Problem, Takes};
use crate::Web;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

/// The version that `If-Match` asks for; none where the header is absent or `*`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected(pub(crate) Option<i64>);

impl FromRequestParts<Web> for Expected {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let Some(given) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = given.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let version = text.trim_start_matches("W/").trim_matches('"').parse();
        version.map(|version| Self(Some(version))).map_err(|_| {
            Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "If-Match holds no version that was ever given out.",
            )
        })
    }
}

impl Takes for Expected {
    fn describe(operation: &mut Operation) {
        let about = "The version seen last, as its ETag; 412 if somebody changed the record since.";
        operation.header("If-Match", about, &json!({"type": "string"}));
    }
}

/// An answer about one record, with its version as ETag.
#[derive(Debug)]
pub(crate) struct Versioned<T> {
    pub(crate) status: StatusCode,
    pub(crate) version: i64,
    pub(crate) body: T,
}

impl<T> Versioned<T> {
    pub(crate) fn ok(version: i64, body: T) -> Self {
        Self { status: StatusCode::OK, version, body }
    }

    pub(crate) fn created(version: i64, body: T) -> Self {
        Self { status: StatusCode::CREATED, version, body }
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        let etag = HeaderValue::from_str(&format!("\"{}\"", self.version)).expect("a number makes a header");
        response.headers_mut().insert(header::ETAG, etag);
        response
    }
}
