//! Values and records as a configuration file writes them.

use super::names::Names;
use super::outline::{Outline, is_written, meant, position};
use super::snapshot::Snapshot;
use opbx_platform::record::Row;
use opbx_platform::{DestinationRef, Field, FieldKind, Model, RecordRef, Value};
use serde_json::Value as Json;
use std::fmt::Write as _;

/// Longer lines are broken where a list can be.
const LINE_LEN_MAX: usize = 110;
/// JSON that lies deeper than this is not written; a file's parser has such a bound, too.
const JSON_DEPTH_MAX: usize = 40;

/// A record's fields as they are written, in the model's order.
pub(super) type Fields = Vec<(String, Written)>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    One(String),
    List(Vec<String>),
    /// The records inside a record. One of which only the field `meant` is written stands as that alone.
    Records {
        meant: Option<String>,
        records: Vec<Fields>,
    },
}

/// One record inside another, on its way to be written.
pub(super) struct Element<'a> {
    /// Each with whether it is the field's default.
    pub(super) fields: Vec<(&'a Field, Written, bool)>,
    /// What its list's position says, where it has one.
    pub(super) position: Option<i64>,
}

impl Written {
    /// In one line, whatever its length.
    pub(super) fn inline(&self) -> String {
        match self {
            Self::One(text) => text.clone(),
            _ => format!("[{}]", self.items().join(", ")),
        }
    }

    /// The elements of a list.
    pub(super) fn items(&self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.clone()],
            Self::List(items) => items.clone(),
            Self::Records { meant, records } => records
                .iter()
                .map(|fields| match (fields.as_slice(), meant) {
                    ([(name, written)], Some(meant)) if name == meant => written.inline(),
                    _ => inline_table(fields),
                })
                .collect(),
        }
    }

    /// Whether it reads well between brackets; what does not becomes tables of its own.
    fn is_short(&self) -> bool {
        match self {
            Self::Records { .. } => self
                .items()
                .iter()
                .all(|item| item.len() <= LINE_LEN_MAX - INDENT.len() && !item.contains('\n')),
            _ => true,
        }
    }
}

const INDENT: &str = "    ";

fn inline_table(fields: &Fields) -> String {
    if fields.is_empty() {
        return "{}".to_owned();
    }
    let pairs: Vec<String> =
        fields.iter().map(|(name, written)| format!("{} = {}", key(name), written.inline())).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// Writes a record's table under its path, and the tables of the records inside it.
pub(super) fn table(out: &mut String, path: &str, fields: &Fields) {
    for (name, written) in fields.iter().filter(|(_, written)| written.is_short()) {
        let name = key(name);
        // Writing into a String does not fail.
        let _ = match written {
            Written::One(text) => writeln!(out, "{name} = {text}"),
            _ => writeln!(out, "{name} = {}", wrapped(&name, written)),
        };
    }
    for (name, written) in fields.iter().filter(|(_, written)| !written.is_short()) {
        let Written::Records { records, .. } = written else { continue };
        let path = format!("{path}.{}", key(name));
        for record in records {
            let _ = writeln!(out, "\n[[{path}]]");
            table(out, &path, record);
        }
    }
}

/// A list in one line where it fits; else tables one per line, and anything else in lines that are filled.
fn wrapped(name: &str, written: &Written) -> String {
    let inline = written.inline();
    let items = written.items();
    let has_tables = items.iter().any(|item| item.starts_with('{'));
    if (items.len() <= 1 || !has_tables) && name.len() + 3 + inline.len() <= LINE_LEN_MAX {
        return inline;
    }
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if !has_tables && line.len() + item.len() + 2 <= LINE_LEN_MAX => {
                let _ = write!(line, " {item},");
            }
            _ => lines.push(format!("{INDENT}{item},")),
        }
    }
    format!("[\n{}\n]", lines.join("\n"))
}

/// A key, in quotes where it needs them.
pub(super) fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A text in quotes; one of several lines stands between three of them, line by line.
pub(super) fn string(text: &str) -> String {
    if !text.contains('\n') {
        return quoted(text);
    }
    let lines: Vec<String> = text.split('\n').map(escaped).collect();
    // The line break right after the opening quotes is not part of the text.
    format!("\"\"\"\n{}\"\"\"", lines.join("\n"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let _ = match c {
            '"' => write!(escaped, "\\\""),
            '\\' => write!(escaped, "\\\\"),
            '\t' => write!(escaped, "\\t"),
            '\r' => write!(escaped, "\\r"),
            '\n' => write!(escaped, "\\n"),
            // What cannot be seen or turns the direction of the line is shown by its number.
            c if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}') =>
            {
                write!(escaped, "\\u{:04X}", c as u32)
            }
            c => write!(escaped, "{c}"),
        };
    }
    escaped
}

/// A field's value as a file writes it; none for what no file can say: unset, or a record without a name.
pub(super) fn value(names: &Names, field: &Field, value: &Value) -> Option<Written> {
    let one = |text: String| Some(Written::One(text));
    match (&field.kind, value) {
        (_, Value::Null) => None,
        (FieldKind::Many2one { to, .. }, Value::Record(id)) => {
            one(quoted(&names.reference(to.as_str(), *id)?))
        }
        (FieldKind::Many2many { to }, Value::Records(ids)) => {
            let named = ids.iter().map(|id| names.reference(to.as_str(), *id));
            let mut named: Vec<String> = named.collect::<Option<_>>()?;
            named.sort();
            Some(Written::List(named.iter().map(|name| quoted(name)).collect()))
        }
        (_, Value::Destination(destination)) => one(quoted(&match destination {
            DestinationRef::Record { kind, id } => {
                format!("{kind}:{}", names.reference(&format!("pbx.{kind}"), *id)?)
            }
            other => other.to_string(),
        })),
        (_, Value::Reference(RecordRef { model, id })) => {
            one(quoted(&format!("{model},{}", names.reference(model.as_str(), *id)?)))
        }
        (_, value) => one(plain(value)?),
    }
}

/// A value that names no records.
pub(super) fn plain(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.normalize().to_string(),
        // With a point or an exponent, so that it stays a float.
        Value::Float(number) => format!("{number:?}"),
        Value::Text(text) => string(text),
        Value::Date(date) => date.to_string(),
        Value::Instant(instant) => instant.to_string(),
        Value::Destination(destination) => quoted(&destination.to_string()),
        Value::Json(json) => in_toml(json, JSON_DEPTH_MAX)?,
        Value::Null
        | Value::Record(_)
        | Value::Records(_)
        | Value::Commands(_)
        | Value::Reference(_)
        | Value::Bytes(_) => {
            return None;
        }
    })
}

/// JSON as TOML has it, which knows no `null`.
fn in_toml(json: &Json, depth: usize) -> Option<String> {
    let deeper = depth.checked_sub(1)?;
    Some(match json {
        Json::Null => return None,
        Json::Bool(flag) => flag.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => quoted(text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| in_toml(item, deeper)).collect::<Option<_>>()?;
            format!("[{}]", items.join(", "))
        }
        Json::Object(pairs) if pairs.is_empty() => "{}".to_owned(),
        Json::Object(pairs) => {
            let pair = |(name, value): (&String, &Json)| {
                Some(format!("{} = {}", key(name), in_toml(value, deeper)?))
            };
            format!("{{ {} }}", pairs.iter().map(pair).collect::<Option<Vec<_>>>()?.join(", "))
        }
    })
}

/// Whether a value is what a new record would hold unasked.
pub(super) fn is_default(field: &Field, value: &Value) -> bool {
    same(field, value, field.default.as_ref().unwrap_or(&Value::Null))
}

/// Whether two values of a field come to the same: an empty text is an unset one, and lists have no order.
pub(super) fn same(field: &Field, one: &Value, other: &Value) -> bool {
    match (&field.kind, one, other) {
        (FieldKind::Boolean, one, other) => {
            let flag = |value: &Value| matches!(value, Value::Bool(true));
            flag(one) == flag(other)
        }
        (_, Value::Text(text), Value::Null) | (_, Value::Null, Value::Text(text)) => text.is_empty(),
        (_, Value::Records(list), Value::Null) | (_, Value::Null, Value::Records(list)) => list.is_empty(),
        (_, Value::Records(one), Value::Records(other)) => {
            let sorted = |ids: &[opbx_kernel::RecordId]| {
                let mut ids = ids.to_vec();
                ids.sort_unstable();
                ids.dedup();
                ids
            };
            sorted(one) == sorted(other)
        }
        (_, one, other) => one == other,
    }
}

/// A record of the database as it is written: what differs from its defaults, and the records inside it.
pub(super) fn record(snapshot: &Snapshot<'_>, outline: &Outline<'_>, model: &Model, row: &Row) -> Fields {
    let mut fields = Vec::new();
    for field in &model.fields {
        if let Some((written, false)) = held(snapshot, outline, model, row, field) {
            fields.push((field.name.clone(), written));
        }
    }
    fields
}

/// A field of a record of the database, with whether it holds its default; none for what files do not write.
pub(super) fn held(
    snapshot: &Snapshot<'_>,
    outline: &Outline<'_>,
    model: &Model,
    row: &Row,
    field: &Field,
) -> Option<(Written, bool)> {
    // What machines keep in a record is nobody's configuration, neither to be written nor to be reset.
    if model.machine_fields.contains(&field.name) {
        return None;
    }
    if let FieldKind::One2many { to, inverse, .. } = &field.kind {
        if !outline.lists(model, field) {
            return None;
        }
        let child = snapshot.held(to.as_str())?.model;
        let rows = snapshot.belonging(to.as_str(), inverse, row.id);
        let elements: Vec<Element<'_>> =
            rows.map(|row| element(snapshot, outline, child, inverse, row)).collect();
        let is_default = elements.is_empty();
        return Some((list(child, inverse, elements), is_default));
    }
    if !is_written(field) {
        return None;
    }
    let value_held = snapshot.held(model.name.as_str())?.value(row, &field.name)?;
    let default = is_default(field, value_held);
    // Unset where the default is something else: an empty text says so.
    let unset = || value_held.is_null().then(|| Written::One("\"\"".to_owned()));
    Some((value(&snapshot.names, field, value_held).or_else(unset)?, default))
}

fn element<'a>(
    snapshot: &Snapshot<'_>,
    outline: &Outline<'_>,
    model: &'a Model,
    inverse: &str,
    row: &Row,
) -> Element<'a> {
    let fields = model.fields.iter().filter(|field| field.name != inverse);
    let fields = fields.filter_map(|field| {
        let (written, default) = held(snapshot, outline, model, row, field)?;
        Some((field, written, default))
    });
    let position = position(model).and_then(|field| {
        match snapshot.held(model.name.as_str())?.value(row, &field.name)? {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    });
    Element { fields: fields.collect(), position }
}

/// Writes records inside a record as shortly as they can be read back: without defaults, and without positions that
/// only count.
pub(super) fn list(model: &Model, inverse: &str, elements: Vec<Element<'_>>) -> Written {
    let position = position(model).map(|field| field.name.as_str());
    let counts = elements
        .iter()
        .enumerate()
        .all(|(at, element)| element.position.is_none_or(|position| position == at as i64 + 1));
    let records = elements.into_iter().map(|element| {
        let is_kept = |field: &Field, default: bool| match position == Some(field.name.as_str()) {
            true => !counts,
            false => !default,
        };
        let fields = element.fields.into_iter().filter(|(field, _, default)| is_kept(field, *default));
        fields.map(|(field, written, _)| (field.name.clone(), written)).collect()
    });
    let meant = meant(model, inverse).map(|field| field.name.clone());
    Written::Records { meant, records: records.collect() }
}
