//! A type's schema as a check: what the contract says of a request is what the request is held against.

use super::Errors;
use super::fields::spoken;
use super::partial::{may_be_empty, require_values};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

/// Errors that one answer names at most.
const ERRORS_MAX: usize = 50;
/// Words of a selection that a sentence lists at most.
const WORDS_MAX: usize = 30;

/// A schema, compiled.
pub(super) struct Shape {
    pub(super) schema: Value,
    validator: Validator,
    /// Whether it is that of a change.
    is_change: bool,
}

/// By the type, and whether its values are changes of what is there.
type Shapes = HashMap<(TypeId, bool), Arc<Shape>>;

static SHAPES: LazyLock<RwLock<Shapes>> = LazyLock::new(RwLock::default);

/// The shape of a type, compiled at its first use.
pub(super) fn shape_of<T: JsonSchema + 'static>() -> Arc<Shape> {
    known_or_compiled::<T>(false)
}

/// The shape of a type whose values change what is there: what may not be emptied is left out or given.
pub(super) fn change_of<T: JsonSchema + 'static>() -> Arc<Shape> {
    known_or_compiled::<T>(true)
}

fn known_or_compiled<T: JsonSchema + 'static>(is_change: bool) -> Arc<Shape> {
    let key = (TypeId::of::<T>(), is_change);
    if let Some(known) = SHAPES.read().expect("no thread panics while it holds the shapes").get(&key) {
        return known.clone();
    }
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<T>().to_value();
    if is_change {
        require_values(&mut schema);
    }
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("schemars writes schemas that can be compiled");
    let shape = Arc::new(Shape { schema, validator, is_change });
    SHAPES.write().expect("no thread panics while it holds the shapes").insert(key, shape.clone());
    shape
}

/// For the contract: inputs and answers in one set of named schemas.
pub(super) fn generator(answers: bool) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let settings = if answers { settings.for_serialize() } else { settings };
    SchemaGenerator::new(settings)
}

impl Shape {
    /// Everything that is wrong with a value.
    pub(super) fn check(&self, value: &Value) -> Errors {
        let mut errors = Errors::default();
        let emptied = if self.is_change { self.emptied(value) } else { Vec::new() };
        for field in &emptied {
            errors.add(field, format!("The {} field is required.", spoken(field)));
        }
        for error in self.validator.iter_errors(value).take(ERRORS_MAX) {
            let (field, sentence) = explain(&error);
            if !emptied.contains(&field) {
                errors.add(&field, sentence);
            }
        }
        errors
    }

    /// Members that are given without a value, and may not be without one.
    fn emptied(&self, value: &Value) -> Vec<String> {
        let (Value::Object(members), Some(schema)) = (value, object_schema(&self.schema)) else {
            return Vec::new();
        };
        let is_emptied = |name: &str, member: &Value| {
            (member.is_null() || member == "")
                && schema["properties"].get(name).is_some_and(|schema| !may_be_empty(schema))
        };
        let emptied = members.iter().filter(|(name, member)| is_emptied(name, member));
        emptied.map(|(name, _)| name.clone()).collect()
    }

    /// Names of members that the schema does not know, by path.
    pub(super) fn unknown(&self, value: &Value) -> Vec<String> {
        let mut unknown = Vec::new();
        collect_unknown(&self.schema, value, "", &mut unknown);
        unknown
    }

    /// Brings what browsers' forms and old clients send into the types that the schema wants: texts are trimmed, empty
    /// ones are unset, numbers and booleans may come as texts.
    pub(super) fn relax(&self, value: &mut Value) {
        relax(&self.schema, "", value);
    }

    /// The schema of one member of an object.
    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        self.schema.get("properties")?.get(name)
    }
}

/// Whether a schema lets a value of this JSON type be, and its sub-schemas where it lists alternatives.
fn takes(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(many)) => many.iter().any(|one| one == kind),
        _ => alternatives(schema).any(|other| takes(other, kind)),
    }
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|word| schema.get(word)?.as_array()).flatten()
}

/// The schema that says what an object's members are.
fn object_schema(schema: &Value) -> Option<&Value> {
    if schema.get("properties").is_some() {
        return Some(schema);
    }
    alternatives(schema).find_map(object_schema)
}

fn items_schema(schema: &Value) -> Option<&Value> {
    schema.get("items").or_else(|| alternatives(schema).find_map(items_schema))
}

/// `name` is that of the member, or of the list that it stands in.
fn relax(schema: &Value, name: &str, value: &mut Value) {
    match value {
        Value::Object(members) => {
            let Some(schema) = object_schema(schema) else { return };
            for (name, member) in members.iter_mut() {
                if let Some(schema) = schema["properties"].get(name) {
                    relax(schema, name, member);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = items_schema(schema) {
                items.iter_mut().for_each(|item| relax(schema, name, item));
            }
        }
        Value::String(text) => {
            if is_trimmed(schema, name) {
                *text = text.trim_matches(is_space).to_owned();
            }
            if let Some(relaxed) = relaxed_text(schema, text) {
                *value = relaxed;
            }
        }
        Value::Number(number) if !takes(schema, "integer") && !takes(schema, "number") => {
            match number.as_i64() {
                Some(0) if takes(schema, "boolean") => *value = Value::Bool(false),
                Some(1) if takes(schema, "boolean") => *value = Value::Bool(true),
                _ if takes(schema, "string") => *value = Value::String(number.to_string()),
                _ => {}
            }
        }
        _ => {}
    }
}

/// A password is what was typed, and a document in another language has lines that are counted.
fn is_trimmed(schema: &Value, name: &str) -> bool {
    !name.contains("password") && schema.get("contentMediaType").is_none()
}

/// White space, and what looks like none at all.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}')
}

fn relaxed_text(schema: &Value, text: &str) -> Option<Value> {
    if text.is_empty() && takes(schema, "null") {
        return Some(Value::Null);
    }
    if takes(schema, "string") {
        return None;
    }
    if takes(schema, "integer")
        && let Ok(number) = text.trim().parse::<i64>()
    {
        return Some(number.into());
    }
    if takes(schema, "number")
        && let Ok(number) = text.trim().parse::<f64>()
        && number.is_finite()
    {
        return Some(number.into());
    }
    match text {
        "true" | "1" | "on" if takes(schema, "boolean") => Some(Value::Bool(true)),
        "false" | "0" | "off" if takes(schema, "boolean") => Some(Value::Bool(false)),
        _ => None,
    }
}

fn collect_unknown(schema: &Value, value: &Value, at: &str, unknown: &mut Vec<String>) {
    let within = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    match value {
        Value::Object(members) => {
            let Some(schema) = object_schema(schema) else { return };
            if schema.get("additionalProperties").is_some_and(|more| more != &Value::Bool(false)) {
                return;
            }
            for (name, member) in members {
                match schema["properties"].get(name) {
                    Some(schema) => collect_unknown(schema, member, &within(name), unknown),
                    None => unknown.push(within(name)),
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = items_schema(schema) else { return };
            for (place, item) in items.iter().enumerate() {
                collect_unknown(schema, item, &within(&place.to_string()), unknown);
            }
        }
        _ => {}
    }
}

/// The field at fault, and a sentence about it.
fn explain(error: &ValidationError<'_>) -> (String, String) {
    let path: Vec<String> = error.instance_path.as_str().split('/').skip(1).map(ToOwned::to_owned).collect();
    let mut field = path.join(".");
    if let ValidationErrorKind::Required { property } = &error.kind {
        let name = property.as_str().unwrap_or_default();
        field = if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
        return (field.clone(), format!("The {} field is required.", spoken(&field)));
    }
    let said = said(&error.kind, &error.instance);
    if field.is_empty() {
        return ("body".to_owned(), format!("The body {said}"));
    }
    let sentence = format!("The {} field {said}", spoken(&field));
    (field, sentence)
}

fn said(kind: &ValidationErrorKind, instance: &Value) -> String {
    match kind {
        _ if instance.is_null() => "is required.".to_owned(),
        ValidationErrorKind::MinLength { limit: 1 } => "must not be empty.".to_owned(),
        ValidationErrorKind::MinLength { limit } => format!("must be at least {limit} characters."),
        ValidationErrorKind::MaxLength { limit } => format!("must not be longer than {limit} characters."),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}."),
        ValidationErrorKind::Maximum { limit } => format!("must not be greater than {limit}."),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} entries."),
        ValidationErrorKind::MaxItems { limit } => format!("must not have more than {limit} entries."),
        ValidationErrorKind::UniqueItems => "holds something twice.".to_owned(),
        ValidationErrorKind::Pattern { .. } => "has an invalid format.".to_owned(),
        ValidationErrorKind::Format { format } => format!("must be a valid {}.", format_name(format)),
        ValidationErrorKind::Enum { options } => format!("must be one of {}.", words(options)),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("holds what is not known here: {}.", unexpected.join(", "))
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            let inner = context
                .iter()
                .flatten()
                .find(|error| !matches!(error.kind, ValidationErrorKind::Type { .. }));
            inner.map_or_else(|| "is invalid.".to_owned(), |error| said(&error.kind, instance))
        }
        ValidationErrorKind::Type { kind } => match kind {
            jsonschema::error::TypeKind::Single(kind) => format!("must be of type {kind}."),
            jsonschema::error::TypeKind::Multiple(kinds) => {
                let first = kinds.iter().map(|kind| kind.to_string()).find(|kind| kind != "null");
                format!("must be of type {}.", first.unwrap_or_default())
            }
        },
        _ => "is invalid.".to_owned(),
    }
}

fn format_name(format: &str) -> &str {
    match format {
        "email" => "email address",
        "uri" => "URL",
        "date-time" => "instant such as 2026-03-01T12:00:00Z",
        "date" => "date such as 2026-03-01",
        other => other,
    }
}

fn words(options: &Value) -> String {
    let words: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    words[..words.len().min(WORDS_MAX)].join(", ")
}
