//! The one mapping of what went wrong to a status and a body.

use super::fields::{spoken, told_in};
use super::in_use;
use super::{Errors, Quota, language, request_id};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opbx_app::records::RecordError;
use opbx_app::resources::ResourceError;
use opbx_app::sessions::SessionError;
use opbx_kernel::{Code, Kind, Language};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// What the frame itself refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Unauthenticated,
    WrongMethod,
    NoSuchPath,
    UnreadableBody,
    BodyTooLarge,
    WrongContentType,
}

/// A refusal, ready to be sent.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// The title: `Not Found`.
    pub(crate) error: String,
    pub(crate) message: String,
    pub(crate) errors: Option<Box<Errors>>,
    /// What else the body says.
    /// Aside, so that what may fail stays small.
    pub(crate) more: Box<Map<String, Value>>,
    pub(crate) retry_after_s: Option<u64>,
    /// What is left of whose asking, where that is why it is refused.
    pub(crate) quota: Option<Quota>,
}

/// How the API calls fields that its models call otherwise: `(model field, API field)`.
pub(crate) type Names = &'static [(&'static str, &'static str)];

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let error = status.canonical_reason().unwrap_or("Error").to_owned();
        let (more, message) = (Box::default(), message.into());
        Self { status, error, message, errors: None, more, retry_after_s: None, quota: None }
    }

    /// Fields are at fault.
    pub(crate) fn invalid(errors: Errors) -> Self {
        let message = errors.summary(Language::English);
        Self { errors: Some(Box::new(errors)), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, message) }
    }

    /// One field is at fault.
    pub(crate) fn field(field: &str, sentence: impl Into<String>) -> Self {
        Self::invalid(Errors::of(field, sentence))
    }

    /// The route or the record is not for this role.
    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::FORBIDDEN, "This action is unauthorized.")
    }

    /// Asked too often.
    pub(crate) fn too_many(wait: Duration) -> Self {
        let wait_s = wait.as_secs_f64().ceil() as u64;
        let message = format!("Too many requests. Please try again in {wait_s} s.");
        let problem = Self {
            error: "Rate limit exceeded".to_owned(),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, message)
        };
        Self { retry_after_s: Some(wait_s), ..problem.with("retry_after", wait_s) }
    }

    /// As routes of sessions and profiles say it: the code inside `error`.
    #[must_use]
    pub(crate) fn in_session_shape(self, code: &str) -> Self {
        let error = json!({"code": code, "message": told_in(language().unwrap_or_default(), &self.message), "request_id": request_id()});
        self.with("error", error)
    }

    pub(crate) fn absent(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{what} not found."))
    }

    /// Says more in the body.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// What the answer says.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = Map::clone(&self.more);
        let language = language().unwrap_or_default();
        let errors = self.errors.as_ref().map(|errors| errors.told_in(language));
        let message = errors
            .as_ref()
            .map_or_else(|| told_in(language, &self.message), |errors| errors.summary(language));
        body.insert("message".to_owned(), message.into());
        body.insert("request_id".to_owned(), request_id().into());
        match errors {
            Some(errors) => drop(body.insert("errors".to_owned(), json!(errors))),
            // Some routes say it in the original's shape of their own.
            None => drop(body.entry("error").or_insert_with(|| self.error.as_str().into())),
        }
        body
    }

    /// Of a resource's records, whose fields the API calls by other names.
    pub(crate) fn of(error: ResourceError, names: Names) -> Self {
        match error {
            ResourceError::Record(error) => Self::of_record(&error, names),
            ResourceError::Absent { .. } => Self::new(StatusCode::NOT_FOUND, "No such record."),
            ResourceError::Stale { current, .. } => Self::stale(current),
            other => {
                let code = other.code();
                Self::coded(code, &other)
            }
        }
    }

    fn stale(current: i64) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "Somebody else changed this record meanwhile. Look at it again before you save.",
        )
        .with("current_version", current)
    }

    pub(crate) fn of_record(error: &RecordError, names: Names) -> Self {
        if let Some(errors) = field_errors(error, names) {
            return Self::invalid(errors);
        }
        match error {
            RecordError::NotAllowed { .. } => Self::unauthorized(),
            RecordError::Save(
                opbx_app::SaveError::OutOfReach { .. } | opbx_app::SaveError::ResultOutOfReach { .. },
            ) => Self::unauthorized(),
            RecordError::Save(opbx_app::SaveError::Conflict { current, .. }) => Self::stale(*current),
            RecordError::Save(opbx_app::SaveError::Referenced { model, by, unseen }) => {
                in_use::problem(model, by, *unseen)
            }
            _ => Self::coded(error.code(), error),
        }
    }

    /// Whatever has a code. What the asker cannot help is logged and not told.
    pub(crate) fn coded(code: Code, error: &(impl std::fmt::Display + ?Sized)) -> Self {
        let status = status_of(code.kind);
        if matches!(code.kind, Kind::Internal) {
            tracing::error!(code = code.name, %error, "a request failed");
            return Self::new(status, "Something went wrong here. The request id finds it in the logs.");
        }
        if matches!(code.kind, Kind::Unavailable) {
            tracing::warn!(code = code.name, %error, "a request could not be served now");
            let problem = Self::new(status, "This cannot be done right now. Please try again in a moment.");
            return Self { retry_after_s: Some(1), ..problem };
        }
        Self::new(status, sentence(&error.to_string())).with("code", code.name)
    }
}

fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Malformed => StatusCode::BAD_REQUEST,
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

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    let mut sentence: String = first.to_uppercase().chain(letters).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// The fields at fault, where the error names any.
fn field_errors(error: &RecordError, names: Names) -> Option<Errors> {
    use opbx_app::SaveError;
    let outer = |field: &str| {
        let renamed = names.iter().find(|(inner, _)| *inner == field);
        renamed.map_or(field, |(_, outer)| outer).to_owned()
    };
    let one = |field: &str, said: &str| {
        let field = outer(field);
        Some(Errors::of(&field, sentence(&format!("the {} field {said}", spoken(&field)))))
    };
    match error {
        RecordError::EmergencyNumber { .. } => {
            Some(Errors::of(&outer("number"), sentence(&error.to_string())))
        }
        RecordError::Rule(rule) => one(&rule.field, &rule.broken.to_string()),
        RecordError::ReadOnlyField { field, .. } => one(field, "is written by OPBX itself"),
        RecordError::FieldNotAllowed { field, .. } => one(field, "is not for you to change"),
        RecordError::NotInList { field, id, .. } => one(field, &format!("does not hold the record {id}")),
        RecordError::ListTooLong { field, max, .. } => one(field, &format!("holds at most {max} entries")),
        RecordError::Save(SaveError::Invalid { faults, .. }) => {
            let mut errors = Errors::default();
            for (field, fault) in faults {
                let field = outer(field);
                errors.add(&field, sentence(&format!("the {} field {fault}", spoken(&field))));
            }
            Some(errors)
        }
        RecordError::Save(SaveError::Taken { fields, .. }) => {
            let mut errors = Errors::default();
            for field in fields {
                let field = outer(field);
                errors.add(&field, format!("The {} has already been taken.", spoken(&field)));
            }
            Some(errors)
        }
        RecordError::Save(SaveError::NoSuchRecord { field, .. } | SaveError::OtherCompany { field, .. }) => {
            let field = outer(field);
            Some(Errors::of(&field, format!("The selected {} is invalid.", spoken(&field))))
        }
        RecordError::Save(SaveError::Fixed { field, .. }) => one(field, "cannot be changed any more"),
        RecordError::Save(SaveError::UnknownField { field, .. } | SaveError::NotWritable { field, .. }) => {
            one(field, "cannot be written")
        }
        _ => None,
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unauthenticated => Self {
                error: "Unauthenticated".to_owned(),
                ..Self::new(StatusCode::UNAUTHORIZED, "Authentication required to access this resource.")
            },
            Fault::WrongMethod => {
                Self::new(StatusCode::METHOD_NOT_ALLOWED, "This path does not take this method.")
            }
            Fault::NoSuchPath => Self::new(StatusCode::NOT_FOUND, "There is nothing at this path."),
            Fault::UnreadableBody => {
                Self::new(StatusCode::BAD_REQUEST, "The body is not what its content type says.")
            }
            Fault::BodyTooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
            Fault::WrongContentType => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Send the body as application/json, or as a form.",
            ),
        }
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::NoSession => Fault::Unauthenticated.into(),
            SessionError::TooMany(wait) => Self::too_many(wait),
            SessionError::OrganisationInactive => {
                Self::new(StatusCode::FORBIDDEN, "Organization is not active.")
                    .with("code", "ORGANIZATION_INACTIVE")
            }
            SessionError::UserInactive => Self::new(StatusCode::FORBIDDEN, "User account is not active.")
                .with("code", "ACCOUNT_INACTIVE"),
            other => Self::coded(other.code(), &other),
        }
    }
}

impl From<ResourceError> for Problem {
    fn from(error: ResourceError) -> Self {
        Self::of(error, &[])
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        Self::of_record(&error, &[])
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(Value::Object(self.body()))).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(quota) = self.quota {
            quota.note(&mut response);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
