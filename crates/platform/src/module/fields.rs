//! The `[fields]` table of a `model.toml`: one line a field.

use super::Mistakes;
use crate::field::{Field, FieldKind, Format, OnDelete, RELATED_MAX, Unique, title_of};
use crate::literal::Literal;
use crate::model::{COMPANY_FIELD, COMPANY_MODEL, ModelName, RESERVED};
use crate::source::{Entry, Place, SourceError, Table, unknown_word};
use opbx_kernel::ids::ID_END;

/// The longest name of a field: PostgreSQL cuts names at 63 bytes, and `_folded` may follow.
const NAME_LEN_MAX: usize = 50;
/// The size of a `char` that names none.
const CHAR_SIZE_DEFAULT: usize = 255;
/// The largest size of a `char`; what is longer is a `text`.
const CHAR_SIZE_MAX: usize = 4_000;
/// Digits after the point of a `decimal` that names none, and at most.
const DIGITS_DEFAULT: u8 = 2;
const DIGITS_MAX: i64 = 6;
/// Options of a selection at most.
const OPTIONS_MAX: usize = 100;

/// Each type's word, and the attribute words that only some types know.
const TYPES: &[(&str, &[&str])] = &[
    ("char", &["size", "default", "unique", "index", "folded", "format", "immutable", "required"]),
    ("text", &["default", "folded", "immutable", "required"]),
    ("boolean", &["default", "index", "immutable", "required"]),
    ("integer", &["min", "max", "default", "unique", "index", "immutable", "required"]),
    ("decimal", &["digits", "default", "index", "immutable", "required"]),
    ("date", &["unique", "index", "immutable", "required"]),
    ("datetime", &["index", "immutable", "required"]),
    ("selection", &["options", "default", "index", "immutable", "required"]),
    ("many2one", &["to", "on_delete", "unique", "index", "immutable", "required"]),
    ("one2many", &["to", "inverse", "max"]),
    ("many2many", &["to", "required"]),
    ("destination", &["default", "immutable", "required"]),
    ("json", &["immutable", "required"]),
    ("binary", &["immutable", "required"]),
    ("secret", &["required"]),
];

/// The attribute words that every type knows.
const OF_ALL: &[&str] = &["type", "title", "groups"];
/// Groups that one field names at most.
const GROUPS_MAX: usize = 20;

/// A field with the places that checks against other models point at.
pub(super) struct DeclaredField {
    pub(super) field: Field,
    pub(super) place: Place,
    /// Where `to`, `inverse`, `unique` and `groups` stand, if they do.
    pub(super) to: Option<Place>,
    pub(super) inverse: Option<Place>,
    pub(super) unique: Option<Place>,
    pub(super) groups: Option<Place>,
    /// Whether the file says itself if the field is folded.
    pub(super) folded_is_said: bool,
}

pub(super) fn read(fields: &Table, mistakes: &mut Mistakes) -> Vec<DeclaredField> {
    let read = fields.entries().iter().filter_map(|entry| {
        let field = field(entry, mistakes);
        mistakes.note(field).flatten()
    });
    read.collect()
}

/// `None` where the mistakes are already noted.
fn field(entry: &Entry, mistakes: &mut Mistakes) -> Result<Option<DeclaredField>, SourceError> {
    check_name(entry)?;
    let table = entry.table()?;
    let kind = entry_of(entry, table, "type")?;
    let words: Vec<&str> = TYPES.iter().map(|(word, _)| *word).collect();
    let kind = kind.word(&words)?;
    let own = TYPES.iter().find(|(word, _)| *word == kind).map(|(_, own)| *own).unwrap_or_default();
    if check_attributes(table, kind, own, mistakes) {
        return Ok(None);
    }
    let flag = |key: &str| table.get(key).map_or(Ok(false), Entry::flag);
    let mut field = Field {
        name: entry.key().to_owned(),
        title: match table.get("title") {
            Some(title) => title.text()?.to_owned(),
            None => title_of(entry.key()),
        },
        kind: read_kind(entry, table, kind)?,
        required: flag("required")?,
        default: None,
        unique: table.get("unique").map(unique).transpose()?,
        index: flag("index")?,
        immutable: flag("immutable")?,
        folded: flag("folded")?,
        format: table.get("format").map(format).transpose()?,
        groups: table.get("groups").map_or_else(|| Ok(Vec::new()), groups)?,
    };
    check_set_null(&field, table)?;
    field.default = default(&field, table)?;
    let place = |key: &str| table.get(key).map(|entry| entry.place().clone());
    Ok(Some(DeclaredField {
        place: entry.place().clone(),
        to: place("to"),
        inverse: place("inverse"),
        unique: place("unique"),
        groups: place("groups"),
        folded_is_said: table.get("folded").is_some(),
        field,
    }))
}

fn check_name(entry: &Entry) -> Result<(), SourceError> {
    let name = entry.key();
    if RESERVED.contains(&name) || name.ends_with("_folded") {
        return Err(entry.refuse(format!("found a field `{name}`, but that name is reserved")));
    }
    let fits = name.len() <= NAME_LEN_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if fits {
        return Ok(());
    }
    Err(entry.refuse(format!("found a field `{name}`, expected a lower-case word of at most {NAME_LEN_MAX}")))
}

/// Notes every attribute that the type does not know; true where there was one.
fn check_attributes(table: &Table, kind: &str, own: &[&str], mistakes: &mut Mistakes) -> bool {
    let mut found = false;
    for attribute in table.entries() {
        let word = attribute.key();
        if own.contains(&word) || OF_ALL.contains(&word) {
            continue;
        }
        found = true;
        let is_of_another = TYPES.iter().any(|(_, words)| words.contains(&word));
        mistakes.add(if is_of_another {
            attribute.refuse(format!("found `{word}`, but a field of type {kind} has no such attribute"))
        } else {
            let known = own.iter().chain(OF_ALL).copied();
            attribute.refuse(unknown_word("attribute", word, known))
        });
    }
    found
}

fn read_kind(entry: &Entry, table: &Table, kind: &str) -> Result<FieldKind, SourceError> {
    let bound =
        |key: &str| table.get(key).map(|entry| entry.integer_within(1 - ID_END, ID_END - 1)).transpose();
    Ok(match kind {
        "char" => FieldKind::Char { size: count(table, "size", CHAR_SIZE_MAX)?.unwrap_or(CHAR_SIZE_DEFAULT) },
        "text" => FieldKind::Text,
        "boolean" => FieldKind::Boolean,
        "integer" => {
            let (min, max) = (bound("min")?, bound("max")?);
            if let (Some(least), Some(most), Some(entry)) = (min, max, table.get("max"))
                && least > most
            {
                return Err(entry.expected(format!("no less than `min`, {least}")));
            }
            FieldKind::Integer { min, max }
        }
        "decimal" => {
            let digits = table.get("digits").map(|entry| entry.integer_within(0, DIGITS_MAX)).transpose()?;
            FieldKind::Decimal { digits: digits.and_then(|n| u8::try_from(n).ok()).unwrap_or(DIGITS_DEFAULT) }
        }
        "date" => FieldKind::Date,
        "datetime" => FieldKind::Datetime,
        "selection" => FieldKind::Selection { options: options(entry_of(entry, table, "options")?)? },
        "many2one" => {
            let on_delete = table.get("on_delete").map(on_delete).transpose()?;
            FieldKind::Many2one {
                to: model_name(entry_of(entry, table, "to")?)?,
                on_delete: on_delete.unwrap_or(OnDelete::Restrict),
            }
        }
        "one2many" => FieldKind::One2many {
            to: model_name(entry_of(entry, table, "to")?)?,
            inverse: entry_of(entry, table, "inverse")?.text()?.to_owned(),
            max: count(table, "max", RELATED_MAX)?,
        },
        "many2many" => FieldKind::Many2many { to: model_name(entry_of(entry, table, "to")?)? },
        "destination" => FieldKind::Destination,
        "json" => FieldKind::Json,
        "binary" => FieldKind::Binary,
        _ => FieldKind::Secret,
    })
}

fn entry_of<'a>(field: &Entry, table: &'a Table, key: &str) -> Result<&'a Entry, SourceError> {
    table.get(key).ok_or_else(|| field.refuse(format!("the field `{}` needs `{key}`", field.key())))
}

fn count(table: &Table, key: &str, max: usize) -> Result<Option<usize>, SourceError> {
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let number = table.get(key).map(|entry| entry.integer_within(1, max)).transpose()?;
    Ok(number.and_then(|number| usize::try_from(number).ok()))
}

fn options(entry: &Entry) -> Result<Vec<String>, SourceError> {
    let mut options: Vec<String> = Vec::new();
    for element in entry.list()? {
        let word = element.text()?;
        let fits = (1..=NAME_LEN_MAX).contains(&word.len())
            && word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !fits {
            return Err(element.expected("a lower-case word"));
        }
        if options.iter().any(|other| other == word) {
            return Err(element.refuse(format!("found the option `{word}` twice, expected it once")));
        }
        options.push(word.to_owned());
    }
    if options.is_empty() || options.len() > OPTIONS_MAX {
        return Err(entry.refuse(format!("found {} options, expected 1 to {OPTIONS_MAX}", options.len())));
    }
    Ok(options)
}

pub(super) fn model_name(entry: &Entry) -> Result<ModelName, SourceError> {
    let expected = || entry.expected("a model's name: lower-case words joined by dots, \"pbx.ring_group\"");
    ModelName::new(entry.text()?).ok_or_else(expected)
}

fn on_delete(entry: &Entry) -> Result<OnDelete, SourceError> {
    Ok(match entry.word(&["restrict", "cascade", "set_null"])? {
        "cascade" => OnDelete::Cascade,
        "set_null" => OnDelete::SetNull,
        _ => OnDelete::Restrict,
    })
}

fn unique(entry: &Entry) -> Result<Unique, SourceError> {
    Ok(match entry.word(&["tenant", "active", "installation"])? {
        "active" => Unique::Active,
        "installation" => Unique::Installation,
        _ => Unique::Tenant,
    })
}

/// As they are written; the module's own name is put before those that have none when models are merged.
fn groups(entry: &Entry) -> Result<Vec<String>, SourceError> {
    let expected = || entry.expected(format!("1 to {GROUPS_MAX} groups: [\"base.group_owner\"]"));
    let texts = entry.texts().map_err(|_| expected())?;
    let fits = (1..=GROUPS_MAX).contains(&texts.len())
        && texts.iter().all(|text| crate::literal::Reference::parse(text).is_some());
    if fits { Ok(texts.into_iter().map(str::to_owned).collect()) } else { Err(expected()) }
}

/// The field that `company = true` gives a model.
pub(super) fn company(entry: &Entry) -> DeclaredField {
    let field = Field {
        name: COMPANY_FIELD.to_owned(),
        title: title_of(COMPANY_FIELD),
        kind: FieldKind::Many2one {
            to: ModelName::new(COMPANY_MODEL).expect("the model of companies has a valid name"),
            on_delete: OnDelete::Restrict,
        },
        required: false,
        default: None,
        unique: None,
        index: true,
        immutable: false,
        folded: false,
        format: None,
        groups: Vec::new(),
    };
    let place = entry.place().clone();
    DeclaredField { field, place, to: None, inverse: None, unique: None, groups: None, folded_is_said: false }
}

fn format(entry: &Entry) -> Result<Format, SourceError> {
    let words: Vec<&str> = Format::WORDS.iter().map(|(word, _)| *word).collect();
    let word = entry.word(&words)?;
    let found = Format::WORDS.iter().find(|(known, _)| *known == word);
    found.map(|(_, format)| *format).ok_or_else(|| entry.expected("a format"))
}

fn check_set_null(field: &Field, table: &Table) -> Result<(), SourceError> {
    match (&field.kind, table.get("on_delete")) {
        (FieldKind::Many2one { on_delete: OnDelete::SetNull, .. }, Some(entry)) if field.required => {
            Err(entry.refuse("found \"set_null\" on a required field, expected \"restrict\" or \"cascade\""))
        }
        _ => Ok(()),
    }
}

fn default(field: &Field, table: &Table) -> Result<Option<crate::Value>, SourceError> {
    let Some(entry) = table.get("default") else {
        // An unset boolean reads false everywhere, so it may as well be false.
        return Ok(matches!(field.kind, FieldKind::Boolean).then_some(crate::Value::Bool(false)));
    };
    match Literal::read(field, entry)? {
        Literal::Value(value) => Ok(Some(value)),
        _ => Err(entry.expected("a value that names no record, for a default holds in every tenant")),
    }
}
