//! Rows as the store hands them over, and their way into and out of Rust structs.

use crate::value::{DestinationRef, RecordRef, Value, Values};
use jiff::Timestamp;
use jiff::civil::Date;
use opbx_kernel::RecordId;
use rust_decimal::Decimal;
use serde_json::Value as Json;

/// A record as read: the values stand in the order of the fields asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: RecordId,
    pub version: i64,
    pub values: Vec<Value>,
}

/// A struct that holds the fields of a model's record; written by `codegen`.
pub trait Record: Sized {
    const MODEL: &'static str;
    /// The fields to ask for, in the order that `from_row` reads them. many2many fields are among them.
    const FIELDS: &'static [&'static str];

    fn from_row(row: Row) -> Result<Self, ShapeError>;
}

/// A struct that holds what is to be written to a record: what is `None` is left as it is.
pub trait Draft {
    const MODEL: &'static str;

    fn into_values(self) -> Values;
}

/// A row that does not have the shape its model declares: the database and the binary disagree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{model}.{field}: expected {expected}, found {found}")]
pub struct ShapeError {
    pub model: &'static str,
    pub field: &'static str,
    pub expected: &'static str,
    pub found: &'static str,
}

/// The Rust type of one field: reads itself from a value of the right shape, and refuses any other.
pub trait FromValue: Sized {
    /// What a value should be, for a sentence: "a text".
    const EXPECTED: &'static str;

    /// Gives the value's shape back where it is not the right one.
    fn from_value(value: Value) -> Result<Self, &'static str>;
}

/// The values of a row, taken one by one in the order of a record's fields.
#[derive(Debug)]
pub struct Cells {
    model: &'static str,
    fields: std::slice::Iter<'static, &'static str>,
    values: std::vec::IntoIter<Value>,
}

impl Cells {
    pub fn of<R: Record>(values: Vec<Value>) -> Self {
        Self { model: R::MODEL, fields: R::FIELDS.iter(), values: values.into_iter() }
    }

    /// Takes the next value, as the type that the struct's field has.
    pub fn take<T: FromValue>(&mut self) -> Result<T, ShapeError> {
        let field = self.fields.next().copied().unwrap_or("(one field too many)");
        let refuse = |found| ShapeError { model: self.model, field, expected: T::EXPECTED, found };
        let value = self.values.next().ok_or_else(|| refuse("no value at all"))?;
        T::from_value(value).map_err(refuse)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_value(value: Value) -> Result<Self, &'static str> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

/// An unset boolean reads false, as everywhere.
impl FromValue for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_value(value: Value) -> Result<Self, &'static str> {
        match value {
            Value::Bool(held) => Ok(held),
            Value::Null => Ok(false),
            other => Err(other.shape()),
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(held: Option<T>) -> Self {
        held.map_or(Self::Null, Into::into)
    }
}

impl From<bool> for Value {
    fn from(held: bool) -> Self {
        Self::Bool(held)
    }
}

impl From<&str> for Value {
    fn from(held: &str) -> Self {
        Self::Text(held.to_owned())
    }
}

macro_rules! held_by {
    ($($type:ty => $variant:ident, $expected:literal;)+) => {$(
        impl FromValue for $type {
            const EXPECTED: &'static str = $expected;

            fn from_value(value: Value) -> Result<Self, &'static str> {
                match value {
                    Value::$variant(held) => Ok(held),
                    other => Err(other.shape()),
                }
            }
        }

        impl From<$type> for Value {
            fn from(held: $type) -> Self {
                Self::$variant(held)
            }
        }
    )+};
}

held_by! {
    i64 => Int, "a whole number";
    Decimal => Decimal, "a decimal number";
    f64 => Float, "a number";
    String => Text, "a text";
    Date => Date, "a date";
    Timestamp => Instant, "an instant";
    RecordId => Record, "a record's id";
    Vec<RecordId> => Records, "a list of record ids";
    DestinationRef => Destination, "a destination";
    RecordRef => Reference, "a record of some model";
    Json => Json, "JSON";
    Vec<u8> => Bytes, "bytes";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Group {
        id: RecordId,
        name: String,
        turns: Option<i64>,
        active: bool,
    }

    impl Record for Group {
        const MODEL: &'static str = "pbx.ring_group";
        const FIELDS: &'static [&'static str] = &["name", "turns", "active"];

        fn from_row(row: Row) -> Result<Self, ShapeError> {
            let mut cells = Cells::of::<Self>(row.values);
            Ok(Self { id: row.id, name: cells.take()?, turns: cells.take()?, active: cells.take()? })
        }
    }

    fn read(values: Vec<Value>) -> Result<Group, ShapeError> {
        let id = RecordId::new(7).expect("7 is an id");
        Group::from_row(Row { id, version: 1, values })
    }

    #[test]
    fn a_row_becomes_a_struct_and_unset_values_read_as_none_or_false() {
        let group = read(vec!["Sales".into(), Value::Null, Value::Null]).expect("the right shape");
        assert_eq!((group.name.as_str(), group.turns, group.active), ("Sales", None, false));
        let group = read(vec!["Sales".into(), Value::Int(2), Value::Bool(true)]).expect("the right shape");
        assert_eq!((group.turns, group.active), (Some(2), true));
    }

    #[test]
    fn a_wrong_shape_names_model_field_and_what_was_expected() {
        let wrong = read(vec!["Sales".into(), "two".into(), Value::Null]).expect_err("a text is no number");
        assert_eq!(wrong.to_string(), "pbx.ring_group.turns: expected a whole number, found a text");
        let short = read(vec!["Sales".into()]).expect_err("two values are missing");
        assert_eq!((short.field, short.found), ("turns", "no value at all"));
        let unset = read(vec![Value::Null, Value::Null, Value::Null]).expect_err("the name is required");
        assert_eq!((unset.field, unset.found), ("name", "nothing"));
    }
}
