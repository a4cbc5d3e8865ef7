//! Errors as whoever sends webhooks hears them, in the original's words and under its status codes.

use crate::api::Problem;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opbx_app::hooks::{COME_AGAIN_S, HookError};
use opbx_cloudonix::{Faults, RequestError};
use opbx_kernel::{Code, Kind};
use serde_json::{Value, json};
use std::time::Duration;

/// Why a webhook was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum HookProblem {
    #[error(transparent)]
    Hook(#[from] HookError),
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("the detail record names no domain")]
    NoDomain,
    #[error("the session update cannot be taken: {0}")]
    BadUpdate(Faults),
    #[error("the record cannot be taken: {0}")]
    BadRecord(Faults),
    #[error("the body is longer than {} bytes", crate::BODY_BYTES_MAX)]
    TooLarge,
    #[error("there were too many of these")]
    TooOften(Duration),
}

impl HookProblem {
    fn code(&self) -> Code {
        match self {
            Self::Hook(error) => error.code(),
            Self::Request(_) => Code::new(Kind::Malformed, "unreadable_webhook"),
            Self::NoDomain => Code::new(Kind::Malformed, "no_domain"),
            Self::BadUpdate(_) => Code::new(Kind::Forbidden, "invalid_session_update"),
            Self::BadRecord(_) => Code::new(Kind::Invalid, "invalid_record"),
            Self::TooLarge => Code::new(Kind::TooLarge, "body_too_large"),
            Self::TooOften(_) => Code::new(Kind::TooMany, "too_many"),
        }
    }

    fn status(&self) -> StatusCode {
        match self.code().kind {
            Kind::Malformed => StatusCode::BAD_REQUEST,
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::Absent => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn body(&self) -> Value {
        match self {
            // The original answers so, of these alone.
            Self::BadUpdate(faults) => json!({ "error": "Validation failed", "details": faults.0 }),
            Self::BadRecord(faults) => {
                json!({ "error": "Validation failed", "message": faults.to_string(), "errors": faults.0 })
            }
            Self::Hook(HookError::Unauthenticated) => {
                json!({ "error": "Unauthorized", "message": "Nothing proves whose webhook this is." })
            }
            Self::Hook(HookError::ForeignDomain | HookError::Inactive) => {
                json!({ "error": "Forbidden", "message": "This webhook is not for this domain." })
            }
            Self::Hook(HookError::Full | HookError::Unavailable) => {
                json!({ "error": "Service Unavailable", "message": "Come again in a moment." })
            }
            Self::Hook(HookError::Refused) => {
                json!({ "error": "Internal Server Error", "message": "This could not be kept." })
            }
            other => json!({ "error": "Bad Request", "message": other.to_string() }),
        }
    }
}

impl IntoResponse for HookProblem {
    fn into_response(self) -> Response {
        if let Self::TooOften(wait) = self {
            return Problem::too_many(wait).into_response();
        }
        let (code, status) = (self.code(), self.status());
        if status.is_server_error() {
            tracing::warn!(code = code.name, "a webhook could not be taken");
        } else {
            tracing::info!(code = code.name, "a webhook was refused");
        }
        let mut response = (status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(COME_AGAIN_S));
        }
        response
    }
}
