//! The body of a write: read, held against its schema, and turned into its type.

use super::operation::is_change;
use super::schema::{Shape, change_of, shape_of};
use super::{Errors, Fault, Operation, Problem, Takes, note_ignored};
use crate::{Web, body};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A body of type `T`; JSON, or a form for those that send one.
#[derive(Debug)]
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned + JsonSchema + 'static> FromRequest<Web> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Web) -> Result<Self, Problem> {
        let strict = is_strict(request.headers());
        let shape = if is_change(request.method()) { change_of::<T>() } else { shape_of::<T>() };
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = match kind.map(essence) {
            None | Some("application/json") => false,
            Some("application/x-www-form-urlencoded") => true,
            Some(_) => return Err(Fault::WrongContentType.into()),
        };
        let bytes = body::whole(request.into_body()).await.map_err(|_| Fault::BodyTooLarge)?;
        let value = match (is_form, bytes.is_empty()) {
            (_, true) => Value::Object(Map::new()),
            (true, _) => form(&bytes)?,
            (false, _) => serde_json::from_slice(&bytes).map_err(|_| Fault::UnreadableBody)?,
        };
        checked_by(&shape, value, strict).map(Self)
    }
}

/// Holds a value against the schema of its type.
///
/// A strict client is told of every field that is not known. Others have theirs left aside and named in the answer, and
/// texts taken for the numbers that stand in them, without the spaces around them.
pub(super) fn checked<T: DeserializeOwned + JsonSchema + 'static>(
    value: Value,
    strict: bool,
) -> Result<T, Problem> {
    checked_by(&shape_of::<T>(), value, strict)
}

fn checked_by<T: DeserializeOwned>(shape: &Shape, mut value: Value, strict: bool) -> Result<T, Problem> {
    if !strict {
        shape.relax(&mut value);
    }
    let unknown = shape.unknown(&value);
    let mut errors = shape.check(&value);
    if strict {
        for name in &unknown {
            errors.add(name, format!("The {name} field is not known here."));
        }
    } else if !unknown.is_empty() {
        note_ignored(unknown);
    }
    errors.into_result()?;
    serde_json::from_value(value).map_err(|error| {
        // A type that is narrower than its schema; told as well as it can be.
        Problem::invalid(Errors::of("body", format!("The body is invalid: {error}.")))
    })
}

/// The texts of a form's parts as `T`; read leniently, as forms are.
pub(crate) fn of_form<T: DeserializeOwned + JsonSchema + 'static>(
    texts: Map<String, Value>,
) -> Result<T, Problem> {
    checked(Value::Object(texts), false)
}

/// Whether the client wants to be told of what others have ignored (RFC 7240).
pub(super) fn is_strict(headers: &HeaderMap) -> bool {
    let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    preferences.flat_map(|text| text.split([',', ';'])).any(|word| {
        let word: String = word.chars().filter(|c| !c.is_whitespace() && *c != '"').collect();
        word.eq_ignore_ascii_case("handling=strict")
    })
}

fn essence(kind: &str) -> &str {
    kind.split(';').next().unwrap_or_default().trim()
}

fn form(bytes: &[u8]) -> Result<Value, Fault> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(bytes).map_err(|_| Fault::UnreadableBody)?;
    Ok(Value::Object(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect()))
}

impl<T: JsonSchema + 'static> Takes for Input<T> {
    fn describe(operation: &mut Operation) {
        operation.body::<T>();
    }
}
