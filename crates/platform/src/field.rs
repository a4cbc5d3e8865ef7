//! A field of a model: its type, its limits, and whether a value fits.

use crate::model::{Model, ModelName};
use crate::value::Value;

mod check;

pub use check::{BLOB_LEN_MAX, FORWARD_LEN_MAX, FieldError, RELATED_MAX, SECRET_LEN_MAX, TEXT_LEN_MAX};

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// One line of text of at most `size` characters.
    Char {
        size: usize,
    },
    Text,
    Boolean,
    /// A whole number within 2^53.
    Integer {
        min: Option<i64>,
        max: Option<i64>,
    },
    /// A decimal kept to `digits` places; on SQLite a scaled integer.
    Decimal {
        digits: u8,
    },
    Date,
    /// A UTC instant, to the microsecond.
    Datetime,
    Selection {
        options: Vec<String>,
    },
    /// A record of `to`; what happens to this record when that one is deleted is `on_delete`.
    Many2one {
        to: ModelName,
        on_delete: OnDelete,
    },
    /// The records of `to` whose many2one `inverse` names this record; `max` of them at most.
    One2many {
        to: ModelName,
        inverse: String,
        max: Option<usize>,
    },
    /// Any records of `to`, kept in a table of pairs of their own (`Field::relation_table`).
    Many2many {
        to: ModelName,
    },
    /// Anything a call can be sent to.
    Destination,
    Json,
    Binary,
    /// Sealed at rest; never read back in clear but by an explicit right.
    Secret,
}

/// What a deleted record does to those that name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    Restrict,
    Cascade,
    SetNull,
}

/// Within what a value may stand once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// Among the tenant's active records: archiving frees the value (names).
    Active,
    /// Among all of the tenant's records, archived ones too (numbers).
    Tenant,
    /// Among all records of the installation: only for the model of tenants itself and for shared models.
    Installation,
}

/// One field as its module declares it.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    pub title: String,
    pub kind: FieldKind,
    pub required: bool,
    /// What an unnamed field of a new record holds. A boolean always has one.
    pub default: Option<Value>,
    pub unique: Option<Unique>,
    pub index: bool,
    /// Cannot change once the record exists.
    pub immutable: bool,
    /// A column beside this one holds the folded text, for case-insensitive matching, sorting and uniqueness.
    pub folded: bool,
    /// A regular shape that a text must have; `Format::WORDS` has the words for it.
    pub format: Option<Format>,
    /// The groups for which the field exists, as external ids (`base.group_owner`); empty means everybody.
    pub groups: Vec<String>,
}

/// Named shapes of text, checked in Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// 3 to 5 digits.
    ExtensionNumber,
    E164,
    Email,
    /// Lower-case letters, digits and `-`, at most 63, not starting or ending with `-`.
    Slug,
    /// A name of the IANA time zone database.
    TimeZone,
    /// ISO 3166-1 alpha-2, in capitals.
    Country,
    /// An absolute http or https URL.
    Url,
}

impl Field {
    /// Whether this field has a column of its own.
    pub fn is_stored(&self) -> bool {
        !matches!(self.kind, FieldKind::One2many { .. } | FieldKind::Many2many { .. })
    }

    /// The table that holds a many2many's pairs; `None` for any other field.
    pub fn relation_table(&self, model: &Model) -> Option<String> {
        matches!(self.kind, FieldKind::Many2many { .. })
            .then(|| format!("{}_{}_rel", model.name.table(), self.name))
    }

    /// The name of the column beside this one that holds the folded text.
    pub fn folded_column(&self) -> Option<String> {
        self.folded.then(|| format!("{}_folded", self.name))
    }
}

/// A title made of a name: `ring_timeout_s` becomes "Ring timeout (s)".
pub(crate) fn title_of(name: &str) -> String {
    let (words, unit) = match name.strip_suffix("_s") {
        Some(words) => (words, " (s)"),
        None => (name, ""),
    };
    let words = words.replace('_', " ");
    let mut chars = words.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect::<String>() + unit
}
