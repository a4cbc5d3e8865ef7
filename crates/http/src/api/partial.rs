//! Bodies of changes: what is left out stays, and what a record cannot be without is not emptied.

use serde_json::Value;

/// Marks members of a body that may be null, or an empty text. The marks of a schema are for this frame alone.
pub(super) const MAY_BE_EMPTY: &str = "x-may-be-empty";

/// Whether a member may be emptied.
pub(super) fn may_be_empty(schema: &Value) -> bool {
    schema.get(MAY_BE_EMPTY) == Some(&Value::Bool(true))
}

/// Takes null away from members of a body that may not be empty: to leave them out is to keep them.
pub(super) fn require_values(schema: &mut Value) {
    for member in members(schema) {
        if !may_be_empty(member) {
            refuse_null(member);
        }
    }
}

/// Takes the marks out of a schema that is shown to others.
pub(super) fn unmark(schema: &mut Value) {
    match schema {
        Value::Object(words) => {
            words.remove(MAY_BE_EMPTY);
            words.values_mut().for_each(unmark);
        }
        Value::Array(items) => items.iter_mut().for_each(unmark),
        _ => {}
    }
}

fn members(schema: &mut Value) -> Vec<&mut Value> {
    let Value::Object(words) = schema else { return Vec::new() };
    let mut found = Vec::new();
    for (word, value) in words {
        match (word.as_str(), value) {
            ("properties", Value::Object(properties)) => found.extend(properties.values_mut()),
            // What is flattened into a body may stand beside its own members.
            ("allOf", Value::Array(parts)) => found.extend(parts.iter_mut().flat_map(members)),
            _ => {}
        }
    }
    found
}

fn refuse_null(schema: &mut Value) {
    let Value::Object(words) = schema else { return };
    let is_null = |kind: &Value| {
        kind == "null" || kind.is_null() || kind.get("type").is_some_and(|kind| kind == "null")
    };
    for word in ["type", "enum", "anyOf", "oneOf"] {
        if let Some(Value::Array(kinds)) = words.get_mut(word) {
            kinds.retain(|kind| !is_null(kind));
        }
    }
    if let Some(Value::Array(kinds)) = words.get("type")
        && let [only] = kinds.as_slice()
    {
        let only = only.clone();
        words.insert("type".to_owned(), only);
    }
    if words.get("default") == Some(&Value::Null) {
        words.remove("default");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn null_is_taken_from_what_may_not_be_empty_however_it_is_said() {
        let mut schema = json!({
            "properties": {
                "name": {"type": ["string", "null"], "minLength": 2},
                "kind": {"type": ["string", "null"], "enum": ["a", "b", null], "default": null},
                "where": {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]},
                "note": {"type": ["string", "null"], MAY_BE_EMPTY: true},
            },
            "allOf": [{"properties": {"size": {"type": ["integer", "null"]}}}],
        });
        require_values(&mut schema);
        unmark(&mut schema);
        assert_eq!(
            schema,
            json!({
                "properties": {
                    "name": {"type": "string", "minLength": 2},
                    "kind": {"type": "string", "enum": ["a", "b"]},
                    "where": {"anyOf": [{"$ref": "#/x"}]},
                    "note": {"type": ["string", "null"]},
                },
                "allOf": [{"properties": {"size": {"type": "integer"}}}],
            })
        );
    }
}
