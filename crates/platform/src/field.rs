//! A field of a model: its type, its limits, and whether a value fits.

use crate::model::{Model, ModelName};
use crate::value::Value;
use rust_decimal::Decimal;

mod check;
mod html;
mod normal;
mod pattern;
mod translations;

pub use check::{
    BLOB_LEN_MAX, FORWARD_LEN_MAX, FieldError, RELATED_MAX, SECRET_LEN_MAX, TEXT_LEN_MAX, minute_of_day,
};
pub use normal::round_money;
pub use pattern::{PATTERN_LEN_MAX, Pattern};
pub use translations::{BASE_LANGUAGE, Translations, translated_language};

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// One line of text of at most `size` characters.
    Char {
        size: usize,
    },
    Text,
    /// Text with markup, of which only what is harmless is ever stored.
    Html,
    Boolean,
    /// A whole number within 2^53.
    Integer {
        min: Option<i64>,
        max: Option<i64>,
    },
    /// A decimal kept to `digits` places; on SQLite a scaled integer.
    Decimal {
        digits: u8,
        min: Option<Decimal>,
        max: Option<Decimal>,
    },
    /// A measured quantity, as a binary float. Never money.
    Float {
        min: Option<f64>,
        max: Option<f64>,
    },
    /// An amount in the currency that the many2one `currency` of the same record names; stored as a decimal.
    /// Rounded to that currency's digits, or to `digits` places where no currency says.
    Monetary {
        digits: u8,
        currency: String,
        min: Option<Decimal>,
        max: Option<Decimal>,
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
    /// A record of one of several models, stored as `model,id`. Never `OnDelete::Cascade`.
    Reference {
        to: Vec<ModelName>,
        on_delete: OnDelete,
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
    /// The module that brought the field: the model's own, or one that extends it.
    pub module: String,
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
    /// A pattern of the module's own that the whole of a char must match.
    pub pattern: Option<Pattern>,
    /// Whether a copy of the record gets this field's value.
    pub copy: bool,
    /// A column beside this one holds the text in other languages than `BASE_LANGUAGE`.
    pub translate: bool,
    /// Its changes are shown in the record's history.
    pub track: bool,
    /// External ids of the groups that may see it; empty is everybody.
    pub groups: Vec<String>,
    /// Written by OPBX itself and by no user.
    pub readonly: bool,
    /// A sentence shown to people beside the field.
    pub help: Option<String>,
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
    /// An absolute ws or wss URL.
    WebsocketUrl,
    /// `sip:` or `sips:`, perhaps a user and `@`, a host and perhaps a port.
    SipAddress,
    /// A number in E.164 or a SIP address.
    CallerId,
    /// 1 to 10 of `0`–`9` and `*`.
    MenuKeys,
    /// The beginning of a number: perhaps a `+`, then 1 to 12 digits, with single spaces or hyphens between.
    DialPrefix,
    /// `HH:MM`, from 00:00 to 23:59.
    TimeOfDay,
    /// As a time of day, and also 24:00.
    EndOfDay,
    /// A BCP 47 language tag in its usual case: `en`, `pt-BR`, `zh-Hant-TW`.
    Language,
}

impl Field {
    /// A field of which only the name and the kind are said: nothing is required, unique or limited further.
    pub fn new(name: &str, kind: FieldKind) -> Self {
        Self {
            title: title_of(name),
            name: name.to_owned(),
            copy: !matches!(kind, FieldKind::One2many { .. } | FieldKind::Secret),
            kind,
            module: String::new(),
            required: false,
            default: None,
            unique: None,
            index: false,
            immutable: false,
            folded: false,
            format: None,
            pattern: None,
            translate: false,
            track: false,
            groups: Vec::new(),
            readonly: false,
            help: None,
        }
    }

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

    /// The name of the column beside this one that holds a JSON object: language → text.
    pub fn translations_column(&self) -> Option<String> {
        self.translate.then(|| format!("{}_translations", self.name))
    }
}

impl FieldKind {
    /// The word by which `model.toml` names the kind.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Char { .. } => "char",
            Self::Text => "text",
            Self::Html => "html",
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::Decimal { .. } => "decimal",
            Self::Float { .. } => "float",
            Self::Monetary { .. } => "monetary",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Selection { .. } => "selection",
            Self::Many2one { .. } => "many2one",
            Self::One2many { .. } => "one2many",
            Self::Many2many { .. } => "many2many",
            Self::Reference { .. } => "reference",
            Self::Destination => "destination",
            Self::Json => "json",
            Self::Binary => "binary",
            Self::Secret => "secret",
        }
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
