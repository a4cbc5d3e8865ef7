//! The `[fields]` table of a `model.toml`: one line a field.

use super::Mistakes;
use crate::field::{Field, FieldKind, Format, OnDelete, Pattern, RELATED_MAX, Unique};
use crate::literal::{Literal, Reference, decimal, float};
use crate::model::{COMPANY_FIELD, COMPANY_MODEL, ModelName, RESERVED};
use crate::source::{Entry, Item, Place, SourceError, Table, unknown_word};
use opbx_kernel::ids::ID_END;
use rust_decimal::Decimal;

/// The longest name of a field: PostgreSQL cuts names at 63 bytes, and `_translations` may follow.
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

/// Groups of one field at most.
const GROUPS_MAX: usize = 20;
/// Models that one reference may lead to.
const MODELS_MAX: usize = 50;

/// Attributes that every field may have.
const COMMON: &[&str] = &["type", "title", "help", "copy", "readonly", "groups"];

/// Each type's word, and the attribute words that only some types know.
const TYPES: &[(&str, &[&str])] = &[
    (
        "char",
        &[
            "size",
            "default",
            "unique",
            "index",
            "folded",
            "format",
            "pattern",
            "immutable",
            "required",
            "translate",
            "track",
        ],
    ),
    ("text", &["default", "folded", "immutable", "required", "translate", "track"]),
    ("html", &["default", "immutable", "required", "translate", "track"]),
    ("boolean", &["default", "index", "immutable", "required", "track"]),
    ("integer", &["min", "max", "default", "unique", "index", "immutable", "required", "track"]),
    ("decimal", &["digits", "min", "max", "default", "index", "immutable", "required", "track"]),
    ("float", &["min", "max", "default", "index", "immutable", "required", "track"]),
    ("monetary", &["currency", "digits", "min", "max", "default", "index", "immutable", "required", "track"]),
    ("date", &["unique", "index", "immutable", "required", "track"]),
    ("datetime", &["index", "immutable", "required", "track"]),
    ("selection", &["options", "default", "index", "immutable", "required", "track"]),
    ("many2one", &["to", "on_delete", "unique", "index", "immutable", "required", "track"]),
    ("one2many", &["to", "inverse", "max"]),
    ("many2many", &["to", "required", "track"]),
    ("reference", &["to", "on_delete", "immutable", "required", "track"]),
    ("destination", &["default", "immutable", "required", "track"]),
    ("json", &["immutable", "required", "track"]),
    ("binary", &["immutable", "required"]),
    ("secret", &["required"]),
];

/// What an extension may change of a field that its model has already.
pub(super) const CHANGEABLE: &[&str] =
    &["title", "help", "default", "required", "track", "groups", "readonly", "size", "add_options"];

/// A field with the places that checks against other models point at.
pub(super) struct DeclaredField {
    pub(super) field: Field,
    pub(super) place: Place,
    /// Where `to`, `inverse`, `unique` and `currency` stand, if they do; of a list, where each element does.
    pub(super) to: Vec<Place>,
    pub(super) inverse: Option<Place>,
    pub(super) unique: Option<Place>,
    pub(super) currency: Option<Place>,
    /// The groups that may see the field, with the module that says so; `Field::groups` follows from them.
    pub(super) groups: Vec<(String, Reference, Place)>,
    /// Whether the file says itself if the field is folded.
    pub(super) folded_is_said: bool,
}

/// What an extension says of a field that it does not bring: a line without a `type`.
pub(super) struct Amendment {
    pub(super) entry: Entry,
}

/// The fields that a file brings, and, in an extension, what it changes of others.
pub(super) fn read(
    fields: &Table,
    module: &str,
    is_extension: bool,
    mistakes: &mut Mistakes,
) -> (Vec<DeclaredField>, Vec<Amendment>) {
    let (mut read, mut amendments) = (Vec::new(), Vec::new());
    for entry in fields.entries() {
        let is_amendment = is_extension && entry.table().is_ok_and(|table| table.get("type").is_none());
        if is_amendment {
            amendments.push(Amendment { entry: entry.clone() });
            continue;
        }
        let field = field(entry, module, mistakes);
        read.extend(mistakes.note(field).flatten());
    }
    (read, amendments)
}

/// `None` where the mistakes are already noted.
fn field(entry: &Entry, module: &str, mistakes: &mut Mistakes) -> Result<Option<DeclaredField>, SourceError> {
    check_name(entry)?;
    let table = entry.table()?;
    let kind = entry_of(entry, table, "type")?;
    let words: Vec<&str> = TYPES.iter().map(|(word, _)| *word).collect();
    let kind = kind.word(&words)?;
    let own = own_words(kind);
    if check_attributes(table, kind, own, mistakes) {
        return Ok(None);
    }
    let flag = |key: &str| table.get(key).map_or(Ok(false), Entry::flag);
    let usual = Field::new(entry.key(), read_kind(entry, table, kind)?);
    let mut field = Field {
        module: module.to_owned(),
        title: text(table, "title")?.unwrap_or_else(|| usual.title.clone()),
        required: flag("required")?,
        unique: table.get("unique").map(unique).transpose()?,
        index: flag("index")?,
        immutable: flag("immutable")?,
        folded: flag("folded")?,
        format: table.get("format").map(format).transpose()?,
        pattern: table.get("pattern").map(pattern).transpose()?,
        translate: flag("translate")?,
        track: flag("track")?,
        readonly: flag("readonly")?,
        help: text(table, "help")?,
        ..usual
    };
    field.copy = copy(&field, table)?;
    check_combinations(&field, table)?;
    field.default = default(&field, table)?;
    let place = |key: &str| table.get(key).map(|entry| entry.place().clone());
    let groups = table.get("groups").map_or_else(|| Ok(Vec::new()), |entry| groups(entry, module))?;
    field.groups = external_ids(&groups);
    Ok(Some(DeclaredField {
        place: entry.place().clone(),
        to: match table.get("to") {
            Some(to) => to.list().map_or_else(
                |_| vec![to.place().clone()],
                |all| all.iter().map(|element| element.place().clone()).collect(),
            ),
            None => Vec::new(),
        },
        inverse: place("inverse"),
        unique: place("unique"),
        currency: place("currency"),
        groups,
        folded_is_said: table.get("folded").is_some(),
        field,
    }))
}

impl DeclaredField {
    /// Changes this field as an extension of `module` says. Later modules have the last word.
    pub(super) fn amend(&mut self, amendment: &Amendment, module: &str) -> Result<(), SourceError> {
        let table = amendment.entry.table()?;
        let own = own_words(self.field.kind.word());
        for entry in table.entries() {
            let word = entry.key();
            if !CHANGEABLE.contains(&word) {
                let is_attribute =
                    TYPES.iter().any(|(_, words)| words.contains(&word)) || COMMON.contains(&word);
                return Err(entry.refuse(if is_attribute {
                    let words = CHANGEABLE.join(", ");
                    format!("found `{word}`, but an extension may change only: {words}")
                } else {
                    unknown_word("attribute", word, CHANGEABLE.iter().copied())
                }));
            }
            let needs = if word == "add_options" { "options" } else { word };
            if !own.contains(&needs) && !COMMON.contains(&needs) {
                let kind = self.field.kind.word();
                let message = format!("found `{word}`, but a field of type {kind} has no such attribute");
                return Err(entry.refuse(message));
            }
        }
        self.amend_kind(table)?;
        if let Some(entry) = table.get("required") {
            if !entry.flag()? && self.field.required {
                let message = "found false, but an extension may not release a required field: \
                               the module that brings it relies on it";
                return Err(entry.refuse(message));
            }
            self.field.required = entry.flag()?;
        }
        for (key, flag) in [("track", &mut self.field.track), ("readonly", &mut self.field.readonly)] {
            if let Some(entry) = table.get(key) {
                *flag = entry.flag()?;
            }
        }
        if let Some(title) = text(table, "title")? {
            self.field.title = title;
        }
        self.field.help = text(table, "help")?.or(self.field.help.take());
        if let Some(entry) = table.get("groups") {
            self.groups = groups(entry, module)?;
            self.field.groups = external_ids(&self.groups);
        }
        check_combinations(&self.field, table)?;
        if table.get("default").is_some() {
            self.field.default = default(&self.field, table)?;
        }
        Ok(())
    }

    fn amend_kind(&mut self, table: &Table) -> Result<(), SourceError> {
        match (&mut self.field.kind, table.get("size"), table.get("add_options")) {
            (FieldKind::Char { size }, Some(entry), _) => {
                let found = count(table, "size", CHAR_SIZE_MAX)?.unwrap_or_default();
                if found < *size {
                    return Err(
                        entry.expected(format!("no less than {size}, which records may fill already"))
                    );
                }
                *size = found;
            }
            (FieldKind::Selection { options: known }, _, Some(entry)) => {
                for option in options(entry)? {
                    if known.contains(&option) {
                        let message = format!("found the option `{option}`, which `{}` has", self.field.name);
                        return Err(entry.refuse(message));
                    }
                    known.push(option);
                }
                if known.len() > OPTIONS_MAX {
                    let message =
                        format!("found {} options in all, expected at most {OPTIONS_MAX}", known.len());
                    return Err(entry.refuse(message));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn own_words(kind: &str) -> &'static [&'static str] {
    TYPES.iter().find(|(word, _)| *word == kind).map(|(_, own)| *own).unwrap_or_default()
}

fn text(table: &Table, key: &str) -> Result<Option<String>, SourceError> {
    table.get(key).map(|entry| entry.text().map(str::to_owned)).transpose()
}

fn check_name(entry: &Entry) -> Result<(), SourceError> {
    let name = entry.key();
    if RESERVED.contains(&name) || name.ends_with("_folded") || name.ends_with("_translations") {
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
        if own.contains(&word) || COMMON.contains(&word) {
            continue;
        }
        found = true;
        let is_of_another = TYPES.iter().any(|(_, words)| words.contains(&word));
        mistakes.add(if is_of_another {
            attribute.refuse(format!("found `{word}`, but a field of type {kind} has no such attribute"))
        } else {
            let known = own.iter().chain(COMMON).copied();
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
        "html" => FieldKind::Html,
        "boolean" => FieldKind::Boolean,
        "integer" => {
            let (min, max) = (bound("min")?, bound("max")?);
            check_bounds(table, min.as_ref(), max.as_ref())?;
            FieldKind::Integer { min, max }
        }
        "decimal" => {
            let (min, max) = decimal_bounds(table)?;
            FieldKind::Decimal { digits: digits(table)?, min, max }
        }
        "float" => {
            let bound = |key: &str| table.get(key).map(float).transpose();
            let (min, max) = (bound("min")?, bound("max")?);
            check_bounds(table, min.as_ref(), max.as_ref())?;
            FieldKind::Float { min, max }
        }
        "monetary" => {
            let (min, max) = decimal_bounds(table)?;
            let currency = entry_of(entry, table, "currency")?.text()?.to_owned();
            FieldKind::Monetary { digits: digits(table)?, currency, min, max }
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
        "reference" => {
            let found =
                table.get("on_delete").map(|entry| entry.word(&["restrict", "set_null"])).transpose()?;
            FieldKind::Reference {
                to: model_names(entry_of(entry, table, "to")?)?,
                on_delete: if found == Some("set_null") { OnDelete::SetNull } else { OnDelete::Restrict },
            }
        }
        "destination" => FieldKind::Destination,
        "json" => FieldKind::Json,
        "binary" => FieldKind::Binary,
        _ => FieldKind::Secret,
    })
}

fn digits(table: &Table) -> Result<u8, SourceError> {
    let digits = table.get("digits").map(|entry| entry.integer_within(0, DIGITS_MAX)).transpose()?;
    Ok(digits.and_then(|number| u8::try_from(number).ok()).unwrap_or(DIGITS_DEFAULT))
}

fn decimal_bounds(table: &Table) -> Result<(Option<Decimal>, Option<Decimal>), SourceError> {
    let bound = |key: &str| table.get(key).map(decimal).transpose();
    let (min, max) = (bound("min")?, bound("max")?);
    check_bounds(table, min.as_ref(), max.as_ref())?;
    Ok((min, max))
}

fn check_bounds<N: PartialOrd + std::fmt::Display>(
    table: &Table,
    min: Option<&N>,
    max: Option<&N>,
) -> Result<(), SourceError> {
    match (min, max, table.get("max")) {
        (Some(least), Some(most), Some(entry)) if least > most => {
            Err(entry.expected(format!("no less than `min`, {least}")))
        }
        _ => Ok(()),
    }
}

/// The models of a reference, each once.
fn model_names(entry: &Entry) -> Result<Vec<ModelName>, SourceError> {
    let mut names: Vec<ModelName> = Vec::new();
    let elements =
        entry.list().map_err(|_| entry.expected("a list of models: [\"res.partner\", \"res.users\"]"))?;
    for element in elements {
        let name = model_name(element)?;
        if names.contains(&name) {
            return Err(element.refuse(format!("found the model `{name}` twice, expected it once")));
        }
        names.push(name);
    }
    if names.is_empty() || names.len() > MODELS_MAX {
        return Err(entry.refuse(format!("found {} models, expected 1 to {MODELS_MAX}", names.len())));
    }
    Ok(names)
}

/// `pattern = "[A-Z]{2}"`, or `pattern = { regex = "[A-Z]{2}", expected = "two capital letters" }`.
fn pattern(entry: &Entry) -> Result<Pattern, SourceError> {
    let (source, expected) = match entry.item() {
        Item::Text(source) => (source.as_str(), None),
        Item::Table(table) => {
            if let Some(mistake) = table.unknown_keys(&["regex", "expected"]).into_iter().next() {
                return Err(mistake);
            }
            (table.require("regex")?.text()?, text(table, "expected")?)
        }
        _ => return Err(entry.expected("a regular expression, or { regex = \"…\", expected = \"…\" }")),
    };
    Pattern::new(source, expected).map_err(|reason| entry.refuse(format!("`pattern`: {reason}")))
}

fn groups(entry: &Entry, home: &str) -> Result<Vec<(String, Reference, Place)>, SourceError> {
    let mut found: Vec<(String, Reference, Place)> = Vec::new();
    for element in entry.list()? {
        let group = Reference::parse(element.text()?)
            .ok_or_else(|| element.expected("a group: \"base.group_owner\""))?;
        if found.iter().any(|(_, other, _)| *other == group) {
            return Err(element.refuse(format!("found the group `{group}` twice, expected it once")));
        }
        found.push((home.to_owned(), group, element.place().clone()));
    }
    if found.is_empty() || found.len() > GROUPS_MAX {
        return Err(entry.refuse(format!("found {} groups, expected 1 to {GROUPS_MAX}", found.len())));
    }
    Ok(found)
}

fn external_ids(groups: &[(String, Reference, Place)]) -> Vec<String> {
    groups.iter().map(|(home, group, _)| format!("{}.{}", group.module_or(home), group.name)).collect()
}

/// What must stand once, what belongs to this record alone, and what nobody reads is not copied.
fn copy(field: &Field, table: &Table) -> Result<bool, SourceError> {
    let Some(entry) = table.get("copy") else { return Ok(field.copy && field.unique.is_none()) };
    let said = entry.flag()?;
    match &field.kind {
        FieldKind::Secret if said => Err(entry.refuse("found true, but a secret is never copied")),
        _ if said && field.unique.is_some() => {
            Err(entry.refuse("found true on a unique field, whose copy could not be saved"))
        }
        _ => Ok(said),
    }
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
/// The field that `company = true` gives a model.
pub(super) fn company(entry: &Entry, module: &str) -> DeclaredField {
    let kind = FieldKind::Many2one {
        to: ModelName::new(COMPANY_MODEL).expect("the model of companies has a valid name"),
        on_delete: OnDelete::Restrict,
    };
    let field = Field { index: true, module: module.to_owned(), ..Field::new(COMPANY_FIELD, kind) };
    DeclaredField {
        field,
        place: entry.place().clone(),
        to: Vec::new(),
        inverse: None,
        unique: None,
        currency: None,
        groups: Vec::new(),
        folded_is_said: false,
    }
}

fn format(entry: &Entry) -> Result<Format, SourceError> {
    let words: Vec<&str> = Format::WORDS.iter().map(|(word, _)| *word).collect();
    let word = entry.word(&words)?;
    let found = Format::WORDS.iter().find(|(known, _)| *known == word);
    found.map(|(_, format)| *format).ok_or_else(|| entry.expected("a format"))
}

/// Refuses attributes that contradict each other. The place is the one of them that the file has.
fn check_combinations(field: &Field, table: &Table) -> Result<(), SourceError> {
    let on_delete = match &field.kind {
        FieldKind::Many2one { on_delete, .. } | FieldKind::Reference { on_delete, .. } => Some(*on_delete),
        _ => None,
    };
    let refuse = |keys: [&str; 2], message: &str| {
        let entry = keys.iter().find_map(|key| table.get(key));
        entry.map_or(Ok(()), |entry| Err(entry.refuse(message)))
    };
    if on_delete == Some(OnDelete::SetNull) && field.required {
        let other = if matches!(field.kind, FieldKind::Many2one { .. }) { " or \"cascade\"" } else { "" };
        let message = format!("found \"set_null\" on a required field, expected \"restrict\"{other}");
        return refuse(["on_delete", "required"], &message);
    }
    if field.translate && field.unique.is_some() {
        return refuse(
            ["translate", "unique"],
            "found `translate` on a unique field, expected one of the two",
        );
    }
    Ok(())
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
