//! A field of a partial write: left alone, emptied, or set.

use super::partial::MAY_BE_EMPTY;
use opbx_platform::{Value, Values};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// Use it under `#[serde(default)]`: what is not there is left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Patch<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T> Patch<T> {
    /// As a draft takes it: outer `None` leaves the field alone, inner `None` empties it.
    pub(crate) fn into_draft(self) -> Option<Option<T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(change(value)),
        }
    }

    pub(crate) fn as_set(&self) -> Option<&T> {
        if let Self::Set(value) = self { Some(value) } else { None }
    }
}

impl Patch<String> {
    /// A secret, as values take it under its name in the model: its draft cannot say that it is emptied.
    pub(crate) fn into_secret(self, field: &str, values: &mut Values) {
        let value = match self {
            Self::Keep => return,
            Self::Clear => Value::Null,
            Self::Set(text) => Value::Bytes(text.into_bytes()),
        };
        values.insert(field.to_owned(), value);
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        <Option<T>>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = <Option<T>>::json_schema(generator);
        schema.insert(MAY_BE_EMPTY.to_owned(), true.into());
        schema
    }
}
