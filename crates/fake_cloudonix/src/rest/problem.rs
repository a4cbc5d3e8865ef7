//! Why a request to the API is refused.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    NoKey,
    NotYours,
    Absent,
    Invalid(String),
    Taken(String),
    TooMany { retry_after_s: u64 },
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, message) = match &self {
            Self::NoKey => (StatusCode::UNAUTHORIZED, "a bearer token is missing or unknown".to_owned()),
            Self::NotYours => (StatusCode::FORBIDDEN, "this key is another domain's".to_owned()),
            Self::Absent => (StatusCode::NOT_FOUND, "there is no such thing".to_owned()),
            Self::Invalid(why) => (StatusCode::BAD_REQUEST, why.clone()),
            Self::Taken(what) => (StatusCode::CONFLICT, format!("{what} exists already")),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too many requests".to_owned()),
        };
        let mut response = (status, Json(json!({ "message": message }))).into_response();
        if let Self::TooMany { retry_after_s } = self {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after_s.into());
        }
        response
    }
}
