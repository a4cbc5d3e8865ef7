//! Field values as files write them, where a record is named by its external id instead of its number.

use crate::field::{FORWARD_LEN_MAX, Field, FieldKind};
use crate::model::ModelName;
use crate::source::{Entry, Item, SourceError, unknown_word};
use crate::value::{DESTINATION_KINDS, DestinationRef, Value};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::fmt;

/// The longest part of an external id, in bytes.
pub const EXTERNAL_NAME_LEN_MAX: usize = 100;

/// A value that needs nothing more, or the names of the records it stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Value(Value),
    /// many2one
    Record(Reference),
    /// many2many
    Records(Vec<Reference>),
    /// A destination that names a record of the model `pbx.{kind}`.
    Destination {
        kind: String,
        to: Reference,
    },
    /// A reference to a record of one of several models: `res.partner,base.main`.
    OneOf {
        model: ModelName,
        to: Reference,
    },
}

/// An external id: `base.group_owner`, or `group_owner` within its own module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    pub module: Option<String>,
    pub name: String,
}

impl Reference {
    /// Reads `module.name` or `name`; `None` for what can be neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (module, name) = match text.split_once('.') {
            Some((module, name)) => (Some(module), name),
            None => (None, text),
        };
        (module.is_none_or(is_external_name) && is_external_name(name))
            .then(|| Self { module: module.map(str::to_owned), name: name.to_owned() })
    }

    /// The module meant, where the reference stands in a file of `home`.
    pub fn module_or<'a>(&'a self, home: &'a str) -> &'a str {
        self.module.as_deref().unwrap_or(home)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.module {
            Some(module) => write!(f, "{module}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Whether a word can be one part of an external id: letters, digits, `_` and `-`.
pub fn is_external_name(word: &str) -> bool {
    (1..=EXTERNAL_NAME_LEN_MAX).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

impl Literal {
    /// Reads what stands right of a key as a value of `field`, and checks it.
    pub fn read(field: &Field, entry: &Entry) -> Result<Self, SourceError> {
        match Self::convert(field, entry)? {
            Self::Value(value) => {
                let value = field.normal(value);
                field.check(&value).map_err(|error| refuse(field, entry, &error.to_string()))?;
                Ok(Self::Value(value))
            }
            named => Ok(named),
        }
    }

    /// The records that this literal names, each with the model it must be of.
    pub fn references(&self, field: &Field) -> Vec<(String, &Reference)> {
        match (self, &field.kind) {
            (Self::Record(to), FieldKind::Many2one { to: model, .. }) => vec![(model.to_string(), to)],
            (Self::Records(all), FieldKind::Many2many { to: model }) => {
                all.iter().map(|to| (model.to_string(), to)).collect()
            }
            (Self::OneOf { model, to }, _) => vec![(model.to_string(), to)],
            (Self::Destination { kind, to }, _) => vec![(format!("pbx.{kind}"), to)],
            _ => Vec::new(),
        }
    }

    fn convert(field: &Field, entry: &Entry) -> Result<Self, SourceError> {
        let value = match &field.kind {
            FieldKind::Char { .. } | FieldKind::Text | FieldKind::Html | FieldKind::Selection { .. } => {
                Value::Text(entry.text()?.to_owned())
            }
            FieldKind::Secret => Value::Bytes(secret(entry)?.into_bytes()),
            FieldKind::Boolean => Value::Bool(entry.flag()?),
            FieldKind::Integer { .. } => Value::Int(entry.integer()?),
            FieldKind::Decimal { .. } | FieldKind::Monetary { .. } => Value::Decimal(decimal(entry)?),
            FieldKind::Float { .. } => Value::Float(float(entry)?),
            FieldKind::Date => {
                Value::Date(moment(entry).parse().map_err(|_| entry.expected("a date such as 2026-12-24"))?)
            }
            FieldKind::Datetime => {
                let expected = || entry.expected("an instant with its offset, such as 2026-12-24T18:05:00Z");
                let instant = moment(entry).parse().map_err(|_| expected())?;
                Value::Instant(opbx_kernel::clock::to_micros(instant))
            }
            FieldKind::Json => Value::Json(json(entry)?),
            FieldKind::Many2one { .. } => return Ok(Self::Record(reference(entry)?)),
            FieldKind::Many2many { .. } => {
                return Ok(Self::Records(entry.list()?.iter().map(reference).collect::<Result<_, _>>()?));
            }
            FieldKind::Reference { to, .. } => return one_of(to, entry),
            FieldKind::Destination => return destination(entry),
            FieldKind::One2many { to, inverse, .. } => {
                let message = format!("cannot be written here: write `{inverse}` of the records of {to}");
                return Err(refuse(field, entry, &message));
            }
            FieldKind::Binary => return Err(refuse(field, entry, "cannot be written in a file")),
        };
        Ok(Self::Value(value))
    }
}

fn refuse(field: &Field, entry: &Entry, sentence: &str) -> SourceError {
    entry.refuse(format!("`{}` {sentence}", field.name))
}

/// A secret is not repeated, not even when it is wrong.
fn secret(entry: &Entry) -> Result<String, SourceError> {
    entry
        .text()
        .map(str::to_owned)
        .map_err(|_| entry.refuse(format!("`{}`: found no text, expected a text in quotes", entry.key())))
}

fn reference(entry: &Entry) -> Result<Reference, SourceError> {
    Reference::parse(entry.text()?)
        .ok_or_else(|| entry.expected("an external id: \"module.name\" or \"name\""))
}

fn destination(entry: &Entry) -> Result<Literal, SourceError> {
    let expected =
        || entry.expected("\"hangup\", \"<kind>:<external id>\" or \"forward:<number or SIP address>\"");
    let text = entry.text()?;
    let (kind, target) = match text.split_once(':') {
        None if text == "hangup" => return Ok(Literal::Value(Value::Destination(DestinationRef::Hangup))),
        None => return Err(expected()),
        Some(parts) => parts,
    };
    if kind == "forward" {
        let fits = (1..=FORWARD_LEN_MAX).contains(&target.len()) && !target.chars().any(char::is_control);
        let forward = DestinationRef::Forward(target.to_owned());
        return if fits { Ok(Literal::Value(Value::Destination(forward))) } else { Err(expected()) };
    }
    if !DESTINATION_KINDS.contains(&kind) {
        let kinds = DESTINATION_KINDS.iter().copied().chain(["forward", "hangup"]);
        return Err(entry.refuse(unknown_word("kind of destination", kind, kinds)));
    }
    let to = Reference::parse(target).ok_or_else(expected)?;
    Ok(Literal::Destination { kind: kind.to_owned(), to })
}

fn one_of(models: &[ModelName], entry: &Entry) -> Result<Literal, SourceError> {
    let expected = || entry.expected("\"<model>,<external id>\"");
    let (model, target) = entry.text()?.split_once(',').ok_or_else(expected)?;
    let to = Reference::parse(target).ok_or_else(expected)?;
    match models.iter().find(|known| known.as_str() == model) {
        Some(model) => Ok(Literal::OneOf { model: model.clone(), to }),
        None => Err(entry.refuse(unknown_word("model", model, models.iter().map(ModelName::as_str)))),
    }
}

pub(crate) fn float(entry: &Entry) -> Result<f64, SourceError> {
    let read = match entry.item() {
        Item::Integer(number) => number.to_string().parse().ok(),
        Item::Float(text) => text.replace('_', "").parse::<f64>().ok(),
        _ => None,
    };
    read.filter(|number| number.is_finite()).ok_or_else(|| entry.expected("a number"))
}

pub(crate) fn decimal(entry: &Entry) -> Result<Decimal, SourceError> {
    let text = match entry.item() {
        Item::Integer(number) => return Ok(Decimal::from(*number)),
        Item::Float(text) | Item::Text(text) => text,
        _ => return Err(entry.expected("a decimal number")),
    };
    Decimal::from_str_exact(&text.replace('_', "")).map_err(|_| entry.expected("a decimal number"))
}

/// Dates may be bare, as TOML has them, or in quotes.
fn moment(entry: &Entry) -> &str {
    match entry.item() {
        Item::Datetime(text) | Item::Text(text) => text,
        _ => "",
    }
}

/// The nesting is bounded, for the TOML parser bounds it.
pub(crate) fn json(entry: &Entry) -> Result<Json, SourceError> {
    Ok(match entry.item() {
        Item::Text(text) | Item::Datetime(text) => Json::String(text.clone()),
        Item::Integer(number) => Json::from(*number),
        Item::Float(text) => {
            let number = text.replace('_', "").parse::<f64>().ok().and_then(serde_json::Number::from_f64);
            Json::Number(number.ok_or_else(|| entry.expected("a number that JSON can hold"))?)
        }
        Item::Flag(flag) => Json::Bool(*flag),
        Item::List(elements) => Json::Array(elements.iter().map(json).collect::<Result<_, _>>()?),
        Item::Table(table) => {
            let pairs = table.entries().iter().map(|entry| Ok((entry.key().to_owned(), json(entry)?)));
            Json::Object(pairs.collect::<Result<_, SourceError>>()?)
        }
    })
}

#[cfg(test)]
mod tests;
