//! The values a field can hold, the same for both databases, the API and Rust code.

use crate::command::Command;
use crate::model::ModelName;
use jiff::Timestamp;
use jiff::civil::Date;
use opbx_kernel::RecordId;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

mod json;
mod write;

pub use write::write_text;

/// Values by field name: what is to be written, or was read.
pub type Values = BTreeMap<String, Value>;

/// What a field of a record holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Unset. For a many2one, no record.
    Null,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    /// float; finite wherever a field was judged
    Float(f64),
    /// char, text, html and selection
    Text(String),
    Date(Date),
    /// A UTC instant, to the microsecond.
    Instant(Timestamp),
    /// many2one
    Record(RecordId),
    /// many2many and one2many, as ids
    Records(Vec<RecordId>),
    /// many2many and one2many, on their way in: what is to happen to the list. Only `app::records` takes these.
    Commands(Vec<Command>),
    Destination(DestinationRef),
    /// reference
    Reference(RecordRef),
    Json(Json),
    /// binary, and the clear text of a secret on its way in
    Bytes(Vec<u8>),
}

/// A record of any model: `res.partner,12`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordRef {
    pub model: ModelName,
    pub id: RecordId,
}

/// A text that names no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no record: expected \"<model>,<id>\"")]
pub struct InvalidReference(pub String);

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.model, self.id)
    }
}

impl FromStr for RecordRef {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = text.split_once(',').and_then(|(model, id)| {
            let id = id.parse::<i64>().ok().and_then(|id| RecordId::new(id).ok())?;
            Some(Self { model: ModelName::new(model)?, id })
        });
        // One form only, for texts are compared to the letter where records are looked for.
        read.filter(|read| read.to_string() == text).ok_or_else(|| InvalidReference(text.to_owned()))
    }
}

/// Where a routing field points: `hangup`, `ring_group:12` or `forward:+442079460018`.
///
/// The kinds are those of `routing::Destination`; a kind that names a model carries a record's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DestinationRef {
    Hangup,
    /// A record of the model `pbx.{kind}`.
    Record {
        kind: String,
        id: RecordId,
    },
    /// An outside number or a SIP address, as written.
    Forward(String),
}

/// A text that is no destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a destination: expected \"hangup\", \"<kind>:<id>\" or \"forward:<number or SIP address>\""
)]
pub struct InvalidDestination(pub String);

/// The kinds of destination that name a record, each the last part of its model's name.
pub const DESTINATION_KINDS: &[&str] =
    &["extension", "ring_group", "menu", "hours", "conference", "assistant", "voicemail", "queue"];

impl DestinationRef {
    /// The model whose record is meant, where one is.
    pub fn model(&self) -> Option<String> {
        match self {
            Self::Record { kind, .. } => Some(format!("pbx.{kind}")),
            Self::Hangup | Self::Forward(_) => None,
        }
    }
}

impl fmt::Display for DestinationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hangup => f.write_str("hangup"),
            Self::Record { kind, id } => write!(f, "{kind}:{id}"),
            Self::Forward(target) => write!(f, "forward:{target}"),
        }
    }
}

impl FromStr for DestinationRef {
    type Err = InvalidDestination;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidDestination(text.to_owned());
        match text.split_once(':') {
            None if text == "hangup" => Ok(Self::Hangup),
            Some(("forward", target)) if !target.is_empty() => Ok(Self::Forward(target.to_owned())),
            Some((kind, id)) if DESTINATION_KINDS.contains(&kind) => {
                let id = id.parse::<i64>().ok().and_then(|id| RecordId::new(id).ok()).ok_or_else(invalid)?;
                Ok(Self::Record { kind: kind.to_owned(), id })
            }
            _ => Err(invalid()),
        }
    }
}

impl Value {
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Names the shape, never the content: for sentences about a value of the wrong type.
    pub fn shape(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Decimal(_) => "a decimal number",
            Self::Float(_) => "a number with a fraction",
            Self::Text(_) => "a text",
            Self::Date(_) => "a date",
            Self::Instant(_) => "an instant",
            Self::Record(_) => "a record's id",
            Self::Records(_) => "a list of record ids",
            Self::Commands(_) => "a list of commands",
            Self::Destination(_) => "a destination",
            Self::Reference(_) => "a record of some model",
            Self::Json(_) => "JSON",
            Self::Bytes(_) => "bytes",
        }
    }
}
