//! Values as JSON: how the API reads and writes a field.

use super::Value;
use crate::field::{Field, FieldError, FieldKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use opbx_kernel::RecordId;
use rust_decimal::Decimal;
use serde_json::Value as Json;

impl Value {
    /// Reads JSON as a value of this field's type. Whether it also fits the field, `Field::check` says.
    ///
    /// `null` is unset; a datetime is RFC 3339 with an offset; a decimal is a text or a number; a many2one is an id;
    /// a reference is `"model,id"`.
    pub fn from_json(field: &Field, json: &Json) -> Result<Self, FieldError> {
        let wrong = || FieldError::WrongType { expected: field.kind.shape(), found: shape(json) };
        let read = match (&field.kind, json) {
            (_, Json::Null) => Some(Self::Null),
            (
                FieldKind::Char { .. } | FieldKind::Text | FieldKind::Html | FieldKind::Selection { .. },
                Json::String(text),
            ) => Some(Self::Text(text.clone())),
            (FieldKind::Secret, Json::String(text)) => Some(Self::Bytes(text.clone().into_bytes())),
            (FieldKind::Boolean, Json::Bool(flag)) => Some(Self::Bool(*flag)),
            (FieldKind::Integer { .. }, Json::Number(number)) => number.as_i64().map(Self::Int),
            (FieldKind::Decimal { .. } | FieldKind::Monetary { .. }, Json::String(text)) => decimal(text),
            (FieldKind::Decimal { .. } | FieldKind::Monetary { .. }, Json::Number(number)) => {
                decimal(&number.to_string())
            }
            (FieldKind::Float { .. }, Json::Number(number)) => number.as_f64().map(Self::Float),
            (FieldKind::Reference { .. }, Json::String(text)) => text.parse().ok().map(Self::Reference),
            (FieldKind::Date, Json::String(text)) => date(text),
            (FieldKind::Datetime, Json::String(text)) => instant(text),
            (FieldKind::Many2one { .. }, Json::Number(_)) => id(json).map(Self::Record),
            (FieldKind::One2many { .. } | FieldKind::Many2many { .. }, Json::Array(ids)) => {
                ids.iter().map(id).collect::<Option<_>>().map(Self::Records)
            }
            (FieldKind::Destination, Json::String(text)) => text.parse().ok().map(Self::Destination),
            (FieldKind::Json, json) => Some(Self::Json(json.clone())),
            (FieldKind::Binary, Json::String(text)) => STANDARD.decode(text).ok().map(Self::Bytes),
            _ => None,
        };
        read.ok_or_else(wrong)
    }

    /// Writes this value as JSON. A secret is written as `null`, whatever it holds.
    pub fn to_json(&self, field: &Field) -> Json {
        match self {
            _ if field.kind == FieldKind::Secret => Json::Null,
            Self::Null if field.kind == FieldKind::Boolean => Json::Bool(false),
            Self::Null => Json::Null,
            Self::Bool(flag) => Json::Bool(*flag),
            Self::Int(number) => Json::from(*number),
            Self::Decimal(number) => Json::String(number.to_string()),
            // JSON has no number for what is not finite; a judged field holds none.
            Self::Float(number) => serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number),
            Self::Reference(reference) => Json::String(reference.to_string()),
            Self::Text(text) => Json::String(text.clone()),
            Self::Date(date) => Json::String(date.to_string()),
            Self::Instant(instant) => Json::String(instant.to_string()),
            Self::Record(id) => Json::from(id.get()),
            Self::Records(ids) => ids.iter().map(|id| Json::from(id.get())).collect(),
            // Commands go in and never come out.
            Self::Commands(_) => Json::Null,
            Self::Destination(destination) => Json::String(destination.to_string()),
            Self::Json(json) => json.clone(),
            Self::Bytes(bytes) => Json::String(STANDARD.encode(bytes)),
        }
    }
}

fn id(json: &Json) -> Option<RecordId> {
    json.as_i64().and_then(|id| RecordId::new(id).ok())
}

fn decimal(text: &str) -> Option<Value> {
    // A number in JSON may come with an exponent.
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok().map(Value::Decimal)
}

/// To the letter, for jiff would read an instant as a date, too.
fn date(text: &str) -> Option<Value> {
    let date: jiff::civil::Date = text.parse().ok()?;
    (date.to_string() == text).then_some(Value::Date(date))
}

fn instant(text: &str) -> Option<Value> {
    let instant: Timestamp = text.parse().ok()?;
    Some(Value::Instant(opbx_kernel::clock::to_micros(instant)))
}

fn shape(json: &Json) -> &'static str {
    match json {
        Json::Null => "nothing",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
