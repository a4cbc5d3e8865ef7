//! What the models were when the database last followed them: more than the catalogue can tell.
//!
//! On SQLite a whole number, a decimal and an instant are one type; on both, nothing says how long a text may be, which
//! options there were, what was required, or which module brought a column.

use crate::connection::Connection;
use crate::error::StoreError;
use crate::statement::machinery;
use opbx_platform::field::{Field, FieldKind};
use opbx_platform::{Registry, Value};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// By model and field; the model itself stands under an empty field.
pub(crate) type Memory = BTreeMap<(String, String), Shape>;

/// As much of a field's declaration as decides whether the next one is wider or narrower.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) module: String,
    /// The word for the kind; empty for a model.
    pub(crate) kind: String,
    pub(crate) size: Option<usize>,
    pub(crate) options: Vec<String>,
    pub(crate) required: bool,
}

impl Shape {
    pub(crate) fn of(field: &Field) -> Self {
        let size = if let FieldKind::Char { size } = field.kind { Some(size) } else { None };
        let options =
            if let FieldKind::Selection { options } = &field.kind { options.clone() } else { Vec::new() };
        let (module, kind) = (field.module.clone(), field.kind.word().to_owned());
        Self { module, kind, size, options, required: field.required }
    }

    fn to_text(&self) -> String {
        let Self { module, kind, size, options, required } = self;
        json!({ "module": module, "kind": kind, "size": size, "options": options, "required": required })
            .to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(text).ok()?;
        let word = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
        let options = json.get("options").and_then(Json::as_array);
        let options = options.into_iter().flatten().filter_map(Json::as_str).map(str::to_owned);
        Some(Self {
            module: word("module")?,
            kind: word("kind")?,
            size: json.get("size").and_then(Json::as_u64).and_then(|size| usize::try_from(size).ok()),
            options: options.collect(),
            required: json.get("required").and_then(Json::as_bool).unwrap_or(false),
        })
    }
}

/// What is to be remembered of the models as they are.
pub(crate) fn of(registry: &Registry) -> Memory {
    let mut memory = Memory::new();
    for model in registry.models() {
        let name = model.name.to_string();
        let own = Shape {
            module: model.module.clone(),
            kind: String::new(),
            size: None,
            options: Vec::new(),
            required: false,
        };
        memory.insert((name.clone(), String::new()), own);
        for field in &model.fields {
            memory.insert((name.clone(), field.name.clone()), Shape::of(field));
        }
    }
    memory
}

/// Reads what is remembered. A row that cannot be read is as good as none.
pub(crate) async fn read(connection: &mut Connection) -> Result<Memory, StoreError> {
    let mut memory = Memory::new();
    for row in connection.fetch(machinery::remembered(connection.dialect())).await? {
        if let [Value::Text(model), Value::Text(field), Value::Text(shape)] = row.as_slice()
            && let Some(shape) = Shape::from_text(shape)
        {
            memory.insert((model.clone(), field.clone()), shape);
        }
    }
    Ok(memory)
}

/// Remembers the models as they are now, and what modules that are not installed had left in the database.
pub(crate) async fn keep(
    connection: &mut Connection,
    known: &Memory,
    registry: &Registry,
) -> Result<(), StoreError> {
    let now = of(registry);
    let dialect = connection.dialect();
    for ((model, field), shape) in &now {
        if known.get(&(model.clone(), field.clone())) != Some(shape) {
            connection.execute(machinery::remember(dialect, model, field, &shape.to_text())).await?;
        }
    }
    for ((model, field), shape) in known {
        let is_gone = !now.contains_key(&(model.clone(), field.clone()));
        if is_gone && is_installed(registry, &shape.module) {
            connection.execute(machinery::forget(dialect, model, field)).await?;
        }
    }
    Ok(())
}

pub(crate) fn is_installed(registry: &Registry, module: &str) -> bool {
    registry.modules().iter().any(|other| other.name == module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_remembered_whole() {
        let mut field = Field::new("f", FieldKind::Selection { options: vec!["a".into(), "b".into()] });
        field.module = "m".into();
        field.required = true;
        let shape = Shape::of(&field);
        assert_eq!(Shape::from_text(&shape.to_text()), Some(shape));
        let shape = Shape::of(&Field::new("f", FieldKind::Char { size: 40 }));
        assert_eq!(Shape::from_text(&shape.to_text()), Some(shape));
        assert_eq!(Shape::from_text("{}"), None);
    }
}
