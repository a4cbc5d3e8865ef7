//! Inputs and answers under one roof of names: what is taken otherwise than it is given has a name of its own as an input.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

const SCHEMAS: &str = "#/components/schemas/";

/// Names under which both an input and an answer go that are not the same.
pub(super) struct Apart(BTreeSet<String>);

impl Apart {
    pub(super) fn of(inputs: &Map<String, Value>, answers: &Map<String, Value>) -> Self {
        let differs =
            |(name, input): &(&String, &Value)| answers.get(*name).is_some_and(|answer| answer != *input);
        let mut apart = Self(inputs.iter().filter(differs).map(|(name, _)| name.clone()).collect());
        // Whatever holds one of them is not the same either. Each round finds a name more, so this ends.
        loop {
            let is_new = |(name, input): &(&String, &Value)| {
                answers.contains_key(*name) && !apart.0.contains(*name) && apart.is_held_by(input)
            };
            let more: Vec<String> = inputs.iter().filter(is_new).map(|(name, _)| name.clone()).collect();
            if more.is_empty() {
                return apart;
            }
            apart.0.extend(more);
        }
    }

    /// Inputs under the names that they have beside the answers.
    pub(super) fn named(&self, inputs: Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
        inputs.into_iter().map(|(name, mut schema)| {
            self.redirect(&mut schema);
            (if self.0.contains(&name) { input_name(&name) } else { name }, schema)
        })
    }

    /// Leads the references of an input to inputs.
    pub(super) fn redirect(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get_mut("$ref")
                    && let Some(name) = target.strip_prefix(SCHEMAS)
                    && self.0.contains(name)
                {
                    *target = format!("{SCHEMAS}{}", input_name(name));
                }
                members.values_mut().for_each(|member| self.redirect(member));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.redirect(item)),
            _ => {}
        }
    }

    fn is_held_by(&self, value: &Value) -> bool {
        match value {
            Value::Object(members) => {
                let target = members.get("$ref").and_then(Value::as_str);
                target
                    .and_then(|target| target.strip_prefix(SCHEMAS))
                    .is_some_and(|name| self.0.contains(name))
                    || members.values().any(|member| self.is_held_by(member))
            }
            Value::Array(items) => items.iter().any(|item| self.is_held_by(item)),
            _ => false,
        }
    }
}

/// No type is called so: a point is in no name of Rust.
fn input_name(name: &str) -> String {
    format!("{name}.input")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schemas(value: Value) -> Map<String, Value> {
        if let Value::Object(members) = value { members } else { panic!("schemas by name") }
    }

    #[test]
    fn an_input_hides_behind_no_answer_and_neither_does_what_holds_it() {
        let holder = json!({"properties": {"week": {"$ref": "#/components/schemas/Week"}}});
        let answers =
            schemas(json!({"Week": {"required": ["monday"]}, "Holder": holder, "Same": {"type": "string"}}));
        let inputs =
            schemas(json!({"Week": {}, "Holder": holder, "Same": {"type": "string"}, "Own": holder}));
        let apart = Apart::of(&inputs, &answers);
        let named: Map<String, Value> = apart.named(inputs).collect();
        let names: Vec<&String> = named.keys().collect();
        assert_eq!(names.len(), 4);
        for name in ["Week.input", "Holder.input", "Same", "Own"] {
            assert!(named.contains_key(name), "{name} is not among {names:?}");
        }
        for name in ["Holder.input", "Own"] {
            assert_eq!(
                named[name]["properties"]["week"]["$ref"], "#/components/schemas/Week.input",
                "{name}"
            );
        }
    }
}
