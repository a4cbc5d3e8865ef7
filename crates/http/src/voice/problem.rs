//! Errors as a caller hears them: a sentence and the end of the call, under the right status.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opbx_app::voice::VoiceError;
use opbx_cloudonix::{RequestError, TokenError, cxml};
use opbx_kernel::{Code, Kind};

/// Why a voice request gets no next step.
#[derive(Debug, thiserror::Error)]
pub(super) enum VoiceProblem {
    #[error(transparent)]
    Voice(#[from] VoiceError),
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the body is longer than {} bytes", crate::BODY_BYTES_MAX)]
    TooLarge,
    #[error("there is no such voice endpoint")]
    NoSuchPath,
    #[error("voice endpoints take GET and POST")]
    WrongMethod,
}

impl VoiceProblem {
    fn code(&self) -> Code {
        match self {
            Self::Voice(error) => error.code(),
            Self::Request(RequestError::Missing(_)) => Code::new(Kind::Malformed, "missing_call_parameters"),
            Self::Request(_) => Code::new(Kind::Malformed, "unreadable_voice_request"),
            Self::Token(TokenError::Missing) => Code::new(Kind::Malformed, "missing_call_token"),
            Self::Token(TokenError::Forged) => Code::new(Kind::Forbidden, "forged_call_token"),
            Self::Token(TokenError::Expired) => Code::new(Kind::Forbidden, "expired_call_token"),
            Self::TooLarge => Code::new(Kind::TooLarge, "body_too_large"),
            Self::NoSuchPath => Code::new(Kind::Absent, "no_such_voice_endpoint"),
            Self::WrongMethod => Code::new(Kind::Malformed, "wrong_method"),
        }
    }

    fn status(&self) -> StatusCode {
        if matches!(self, Self::WrongMethod) {
            return StatusCode::METHOD_NOT_ALLOWED;
        }
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

    /// What the caller hears; the original's words where it has them.
    fn sentence(&self) -> &'static str {
        match (self, self.code().kind) {
            (Self::Request(RequestError::Missing(_)), _) => "Missing call parameters",
            (_, Kind::Unauthenticated) => "Unauthorized. Authentication failed.",
            (_, Kind::Forbidden) => "Forbidden. This request is not valid for this call.",
            (_, Kind::Absent) => "Not found. There is no such voice endpoint.",
            (_, Kind::Unavailable | Kind::Internal) => "Configuration error. Please try again later.",
            _ => "Bad request. The call cannot be processed.",
        }
    }
}

impl IntoResponse for VoiceProblem {
    fn into_response(self) -> Response {
        let (code, status) = (self.code(), self.status());
        if status.is_server_error() {
            tracing::error!(code = code.name, error = %self, "a voice request could not be answered");
        } else {
            tracing::info!(code = code.name, error = %self, "a voice request was refused");
        }
        let kind = [(header::CONTENT_TYPE, cxml::CONTENT_TYPE)];
        let mut response = (status, kind, cxml::render_error(self.sentence())).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
        }
        response
    }
}
