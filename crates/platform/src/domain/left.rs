//! What stands left in a term, and what it can be compared with.

use super::Op;
use super::relative::{Here, Moment, moment};
use crate::field::{Field, FieldError, FieldKind};
use crate::model::{Model, ModelName};
use crate::source::unknown_word;
use crate::value::Value;
use opbx_kernel::RecordId;
use serde_json::Value as Json;

/// The columns of every model that a term may name besides its fields.
const STAMPS: &[&str] = &["id", "created_at", "created_by", "updated_at", "updated_by"];

/// What kinds of field are alike in, for a domain. A new kind of field is one line of `class_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class<'a> {
    /// Text, and whether it has a folded column.
    Text {
        folded: bool,
    },
    /// One of a few words, all of them lower-case ASCII.
    Key,
    Flag,
    Number,
    Day,
    Instant,
    /// Compared as a whole only.
    Place,
    /// The record's own id: it has an order.
    Id,
    /// A record of a model that is not followed.
    Author,
    One(&'a ModelName),
    Many(&'a ModelName),
    /// Only whether it is set can be asked, with what it is called.
    Closed(&'static str),
}

fn class_of(field: &Field) -> Class<'_> {
    match &field.kind {
        FieldKind::Char { .. } | FieldKind::Text => Class::Text { folded: field.folded },
        FieldKind::Html => Class::Text { folded: false },
        FieldKind::Selection { .. } => Class::Key,
        FieldKind::Boolean => Class::Flag,
        FieldKind::Integer { .. }
        | FieldKind::Decimal { .. }
        | FieldKind::Monetary { .. }
        | FieldKind::Float { .. } => Class::Number,
        FieldKind::Date => Class::Day,
        FieldKind::Datetime => Class::Instant,
        FieldKind::Destination | FieldKind::Reference { .. } => Class::Place,
        FieldKind::Many2one { to, .. } => Class::One(to),
        FieldKind::One2many { to, .. } | FieldKind::Many2many { to } => Class::Many(to),
        FieldKind::Json => Class::Closed("JSON"),
        FieldKind::Binary => Class::Closed("bytes"),
        // Whoever may ask whether a secret equals something can find it out.
        FieldKind::Secret => Class::Closed("a secret"),
    }
}

/// A field or another column of a model, by its name alone.
pub(super) struct Left<'a> {
    pub(super) name: &'a str,
    pub(super) class: Class<'a>,
    pub(super) field: Option<&'a Field>,
}

impl<'a> Left<'a> {
    pub(super) fn find(model: &'a Model, name: &'a str) -> Result<Self, String> {
        if let Some(field) = model.field(name) {
            return Ok(Self { name, class: class_of(field), field: Some(field) });
        }
        let class = match name {
            "id" => Class::Id,
            "created_at" | "updated_at" => Class::Instant,
            "created_by" | "updated_by" => Class::Author,
            _ => {
                let names = model.fields.iter().map(|field| field.name.as_str());
                return Err(unknown_word("field", name, names.chain(STAMPS.iter().copied())));
            }
        };
        Ok(Self { name, class, field: None })
    }

    /// What it holds, for a sentence.
    pub(super) fn holds(&self) -> &'static str {
        match self.class {
            Class::Text { folded: false } => "a text that is not folded",
            Class::Closed(what) => what,
            Class::Id | Class::Author => "a record's id",
            Class::Instant => FieldKind::Datetime.shape(),
            _ => self.field.map_or("a value", |field| field.kind.shape()),
        }
    }

    pub(super) fn takes(&self, op: Op) -> bool {
        match op {
            Op::Eq | Op::Ne => true,
            Op::In | Op::NotIn => !matches!(self.class, Class::Closed(_)),
            Op::Lt | Op::Le | Op::Gt | Op::Ge => {
                use Class::{Day, Id, Instant, Number, Text};
                matches!(self.class, Text { .. } | Number | Day | Instant | Id)
            }
            Op::Like | Op::EqLike => matches!(self.class, Class::Text { .. } | Class::Key),
            Op::Ilike | Op::EqIlike => matches!(self.class, Class::Text { folded: true } | Class::Key),
            Op::ChildOf | Op::ParentOf => matches!(self.class, Class::Id | Class::One(_) | Class::Many(_)),
        }
    }

    /// Reads one operand. `null` is unset, and so is `false` but for a boolean.
    pub(super) fn operand(&self, json: &Json) -> Result<Value, String> {
        match json {
            Json::Null => return Ok(Value::Null),
            Json::Bool(false) if self.class != Class::Flag => return Ok(Value::Null),
            Json::String(text) => check_text(text)?,
            _ => {}
        }
        match (self.class, self.field) {
            (Class::Closed(what), _) => {
                Err(format!("must be false: of {what} only whether it is set can be asked"))
            }
            (Class::Id | Class::Author | Class::One(_) | Class::Many(_), _) => {
                let id = json.as_i64().and_then(|id| RecordId::new(id).ok());
                id.map(Value::Record).ok_or_else(|| "must be a record's id".to_owned())
            }
            (_, Some(field)) => of_field(field, json),
            // No other column of a model is without a field.
            (_, None) => Err("cannot be compared".to_owned()),
        }
    }

    /// Reads a date or an instant.
    pub(super) fn moment(&self, json: &Json, here: &Here<'_>) -> Result<Option<Moment>, String> {
        match json {
            Json::Null | Json::Bool(false) => Ok(None),
            Json::String(text) => moment(text, here).map(Some),
            _ => {
                let what = if self.class == Class::Day { FieldKind::Date } else { FieldKind::Datetime };
                Err(format!("must be {}", what.shape()))
            }
        }
    }
}

/// PostgreSQL holds no NUL in a text, so nothing equals one that has it.
pub(super) fn check_text(text: &str) -> Result<(), String> {
    use crate::field::TEXT_LEN_MAX;
    if text.contains('\0') {
        return Err("must not hold a NUL character".to_owned());
    }
    if text.len() > TEXT_LEN_MAX {
        return Err(format!("must have at most {TEXT_LEN_MAX} bytes"));
    }
    Ok(())
}

fn of_field(field: &Field, json: &Json) -> Result<Value, String> {
    let value = Value::from_json(field, json).map_err(|error| error.to_string())?;
    match (&field.kind, &value) {
        // An option that does not exist is a mistake, not a search without results; and what is more precise than
        // the field could not be compared on both databases.
        (FieldKind::Selection { .. } | FieldKind::Decimal { .. }, _) => {
            field.check(&value).map_err(|error| error.to_string())?;
        }
        (FieldKind::Integer { .. }, Value::Int(number)) if !fits_53_bits(*number) => {
            return Err(FieldError::TooBig { max: opbx_kernel::ids::ID_END - 1 }.to_string());
        }
        _ => {}
    }
    Ok(value)
}

fn fits_53_bits(number: i64) -> bool {
    number.unsigned_abs() < opbx_kernel::ids::ID_END.unsigned_abs()
}
