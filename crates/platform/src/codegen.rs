//! Writes Rust structs for models, so that a renamed field fails the build and not a call at night.

use crate::field::{Field, FieldKind};
use crate::model::Model;
use crate::registry::Registry;
use std::fmt::Write as _;

/// Rust source with a record and a draft for each model, and an enum for each selection.
///
/// Names follow from the model's: `pbx.ring_group` gives `PbxRingGroup`, `PbxRingGroupDraft` and, for its field
/// `strategy`, `PbxRingGroupStrategy`. Types are spelled by their whole paths, so the text can be included anywhere.
pub fn rust(registry: &Registry) -> String {
    let mut out = String::new();
    for model in registry.models() {
        write_model(&mut out, model).expect("writing to a String cannot fail");
    }
    out
}

fn write_model(out: &mut String, model: &Model) -> std::fmt::Result {
    for field in &model.fields {
        if let FieldKind::Selection { options } = &field.kind {
            write_enum(out, model, field, options)?;
        }
    }
    write_record(out, model)?;
    write_draft(out, model)
}

/// The fields that a record holds: everything but secrets, and lists of other models' records.
fn of_record(model: &Model) -> Vec<&Field> {
    let is_held = |field: &&Field| !matches!(field.kind, FieldKind::One2many { .. } | FieldKind::Secret);
    model.fields.iter().filter(is_held).collect()
}

fn of_draft(model: &Model) -> Vec<&Field> {
    model.fields.iter().filter(|field| !matches!(field.kind, FieldKind::One2many { .. })).collect()
}

fn write_record(out: &mut String, model: &Model) -> std::fmt::Result {
    let name = type_name(model.name.as_str());
    let fields = of_record(model);
    writeln!(out, "/// A record of `{}`: {}.", model.name, doc(&model.title))?;
    writeln!(out, "#[derive(Debug, Clone, PartialEq)]\npub struct {name} {{")?;
    writeln!(out, "    pub id: opbx_kernel::RecordId,\n    pub version: i64,")?;
    for field in &fields {
        let plain = base_type(model, field);
        let is_plain =
            field.required || matches!(field.kind, FieldKind::Boolean | FieldKind::Many2many { .. });
        let held = if is_plain { plain } else { format!("Option<{plain}>") };
        writeln!(out, "    pub {}: {held},", ident(&field.name))?;
    }
    writeln!(out, "}}\n\nimpl opbx_platform::record::Record for {name} {{")?;
    writeln!(out, "    const MODEL: &'static str = {:?};", model.name.as_str())?;
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    writeln!(out, "    const FIELDS: &'static [&'static str] = &{names:?};\n")?;
    writeln!(
        out,
        "    fn from_row(row: opbx_platform::record::Row) -> Result<Self, opbx_platform::record::ShapeError> {{"
    )?;
    // A model of secrets alone has a record without fields, which takes nothing from its row.
    let mutable = if fields.is_empty() { "_" } else { "mut " };
    writeln!(out, "        let {mutable}cells = opbx_platform::record::Cells::of::<Self>(row.values);")?;
    writeln!(out, "        Ok(Self {{\n            id: row.id,\n            version: row.version,")?;
    for field in &fields {
        writeln!(out, "            {}: cells.take()?,", ident(&field.name))?;
    }
    writeln!(out, "        }})\n    }}\n}}\n")
}

fn write_draft(out: &mut String, model: &Model) -> std::fmt::Result {
    let name = format!("{}Draft", type_name(model.name.as_str()));
    let fields = of_draft(model);
    let has_secret = fields.iter().any(|field| field.kind == FieldKind::Secret);
    writeln!(
        out,
        "/// What is to be written to a record of `{}`; `None` leaves a field as it is.",
        model.name
    )?;
    let debug = if has_secret { "" } else { "Debug, " };
    writeln!(out, "#[derive({debug}Clone, Default)]\npub struct {name} {{")?;
    for field in &fields {
        let plain = base_type(model, field);
        let is_nullable = !field.required
            && !matches!(field.kind, FieldKind::Boolean | FieldKind::Many2many { .. } | FieldKind::Secret);
        let held = if is_nullable { format!("Option<Option<{plain}>>") } else { format!("Option<{plain}>") };
        writeln!(out, "    pub {}: {held},", ident(&field.name))?;
    }
    writeln!(out, "}}\n\nimpl opbx_platform::record::Draft for {name} {{")?;
    writeln!(out, "    const MODEL: &'static str = {:?};\n", model.name.as_str())?;
    writeln!(out, "    fn into_values(self) -> opbx_platform::Values {{")?;
    let mutable = if fields.is_empty() { "" } else { "mut " };
    writeln!(out, "        let {mutable}values = opbx_platform::Values::new();")?;
    for field in &fields {
        let into = match field.kind {
            FieldKind::Secret => "opbx_platform::Value::Bytes(value.into_bytes())",
            _ => "value.into()",
        };
        writeln!(out, "        if let Some(value) = self.{} {{", ident(&field.name))?;
        writeln!(out, "            values.insert({:?}.to_owned(), {into});\n        }}", field.name)?;
    }
    writeln!(out, "        values\n    }}\n}}\n")?;
    if has_secret { write_debug(out, &name, &fields) } else { Ok(()) }
}

/// A secret must not reach a log by way of a draft that is printed.
fn write_debug(out: &mut String, name: &str, fields: &[&Field]) -> std::fmt::Result {
    writeln!(out, "impl std::fmt::Debug for {name} {{")?;
    writeln!(out, "    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{")?;
    writeln!(out, "        f.debug_struct({name:?})")?;
    for field in fields {
        let ident = ident(&field.name);
        let shown = match field.kind {
            FieldKind::Secret => format!("self.{ident}.as_ref().map(|_| \"(secret)\")"),
            _ => format!("self.{ident}"),
        };
        writeln!(out, "            .field({:?}, &{shown})", field.name)?;
    }
    writeln!(out, "            .finish()\n    }}\n}}\n")
}

fn write_enum(out: &mut String, model: &Model, field: &Field, options: &[String]) -> std::fmt::Result {
    let name = enum_name(model, field);
    let variants: Vec<String> = options.iter().map(|option| variant(option)).collect();
    writeln!(out, "/// What the field `{}` of `{}` can be.", field.name, model.name)?;
    writeln!(out, "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]\npub enum {name} {{")?;
    for variant in &variants {
        writeln!(out, "    {variant},")?;
    }
    writeln!(out, "}}\n\nimpl {name} {{")?;
    let all: Vec<String> = variants.iter().map(|variant| format!("Self::{variant}")).collect();
    writeln!(out, "    pub const ALL: &'static [Self] = &[{}];\n", all.join(", "))?;
    writeln!(out, "    /// The option as it is stored and sent.")?;
    writeln!(out, "    pub const fn as_str(self) -> &'static str {{\n        match self {{")?;
    for (variant, option) in variants.iter().zip(options) {
        writeln!(out, "            Self::{variant} => {option:?},")?;
    }
    writeln!(out, "        }}\n    }}\n\n    pub fn parse(text: &str) -> Option<Self> {{")?;
    writeln!(out, "        Self::ALL.iter().copied().find(|option| option.as_str() == text)\n    }}\n}}\n")?;
    writeln!(out, "impl opbx_platform::record::FromValue for {name} {{")?;
    writeln!(out, "    const EXPECTED: &'static str = {:?};\n", format!("one of: {}", options.join(", ")))?;
    writeln!(out, "    fn from_value(value: opbx_platform::Value) -> Result<Self, &'static str> {{")?;
    writeln!(out, "        match value {{")?;
    writeln!(
        out,
        "            opbx_platform::Value::Text(text) => Self::parse(&text).ok_or(\"another text\"),"
    )?;
    writeln!(out, "            other => Err(other.shape()),\n        }}\n    }}\n}}\n")?;
    writeln!(out, "impl From<{name}> for opbx_platform::Value {{\n    fn from(option: {name}) -> Self {{")?;
    writeln!(out, "        Self::Text(option.as_str().to_owned())\n    }}\n}}\n")
}

fn base_type(model: &Model, field: &Field) -> String {
    let path = match &field.kind {
        FieldKind::Char { .. } | FieldKind::Text | FieldKind::Html | FieldKind::Secret => "String",
        FieldKind::Boolean => "bool",
        FieldKind::Integer { .. } => "i64",
        FieldKind::Decimal { .. } | FieldKind::Monetary { .. } => "rust_decimal::Decimal",
        FieldKind::Float { .. } => "f64",
        FieldKind::Date => "jiff::civil::Date",
        FieldKind::Datetime => "jiff::Timestamp",
        FieldKind::Selection { .. } => return enum_name(model, field),
        FieldKind::Many2one { .. } => "opbx_kernel::RecordId",
        FieldKind::One2many { .. } | FieldKind::Many2many { .. } => "Vec<opbx_kernel::RecordId>",
        FieldKind::Reference { .. } => "opbx_platform::RecordRef",
        FieldKind::Destination => "opbx_platform::DestinationRef",
        FieldKind::Json => "serde_json::Value",
        FieldKind::Binary => "Vec<u8>",
    };
    path.to_owned()
}

fn enum_name(model: &Model, field: &Field) -> String {
    type_name(model.name.as_str()) + &type_name(&field.name)
}

/// `pbx.ring_group.member` becomes `PbxRingGroupMember`.
fn type_name(name: &str) -> String {
    let mut out = String::new();
    for word in name.split(['.', '_']) {
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.extend(chars);
    }
    out
}

/// `self` is the one option whose name in capitals Rust keeps for itself.
fn variant(option: &str) -> String {
    let name = type_name(option);
    if name == "Self" { "Self_".to_owned() } else { name }
}

/// Words of Rust that a field may be called all the same, as `r#type`.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
/// Words of Rust that may not even be written with `r#`.
const KEYWORDS_NEVER_RAW: &[&str] = &["self", "super", "crate"];

fn ident(name: &str) -> String {
    if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else if KEYWORDS_NEVER_RAW.contains(&name) {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

/// A title stands in a comment of one line.
fn doc(title: &str) -> String {
    title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
