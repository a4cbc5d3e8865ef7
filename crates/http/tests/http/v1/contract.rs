//! The contract that is served: whole, and without a dangling reference.

use serde_json::Value;
use std::collections::BTreeSet;

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get("$ref") {
                found.push(target);
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_route_says_what_it_does() {
    let contract = opbx_http::contract();
    let mut found = Vec::new();
    references(&contract, &mut found);
    for target in found {
        let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} is in another document"));
        assert!(contract.pointer(pointer).is_some(), "{target} leads nowhere");
    }
    for (path, methods) in contract["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            for word in ["summary", "operationId"] {
                let said = operation[word].as_str().unwrap_or_default();
                assert!(!said.is_empty(), "{method} {path} has no {word}");
            }
            let responses = operation["responses"].as_object().expect("responses");
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path} never succeeds");
        }
    }
}

/// Each operation with its path and its method.
fn operations(contract: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = contract["paths"].as_object().expect("paths").iter();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").iter();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

fn resolved<'a>(contract: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    target.map_or(value, |pointer| contract.pointer(pointer).expect("references lead somewhere"))
}

#[test]
fn what_a_path_names_is_described_and_names_are_used_once() {
    let contract = opbx_http::contract();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&contract) {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(ids.insert(id), "{id} is said twice");
        let mut seen = BTreeSet::new();
        for parameter in operation["parameters"].as_array().expect("parameters") {
            let parameter = resolved(&contract, parameter);
            let (place, name) =
                (parameter["in"].as_str().expect("a place"), parameter["name"].as_str().expect("a name"));
            assert!(seen.insert((place, name)), "{method} {path} describes {name} twice");
            assert!(
                parameter["schema"].is_object() || parameter["schema"].is_boolean(),
                "{method} {path} {name}"
            );
            let is_in_path = path.contains(&format!("{{{name}}}"));
            assert_eq!(place == "path", is_in_path, "{method} {path}: {name} is not where it is said to be");
            assert!(place != "path" || parameter["required"] == true, "{method} {path} {name}");
        }
        let named = path.matches('{').count();
        assert_eq!(seen.iter().filter(|(place, _)| *place == "path").count(), named, "{method} {path}");
        assert!(method != "get" || operation.get("requestBody").is_none(), "{method} {path} takes a body");
    }
}

#[test]
fn every_answer_says_what_it_holds_and_refusals_all_look_alike() {
    let contract = opbx_http::contract();
    for (path, method, operation) in operations(&contract) {
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let response = resolved(&contract, response);
            assert!(
                response["description"].as_str().is_some_and(|about| !about.is_empty()),
                "{method} {path} {status}"
            );
            let code: u16 = status.parse().expect("a status");
            assert!((200..600).contains(&code), "{method} {path} {status}");
            let content = response.get("content").and_then(Value::as_object);
            for (kind, content) in content.into_iter().flatten() {
                assert!(
                    kind.contains('/') && content["schema"].is_object(),
                    "{method} {path} {status} {kind}"
                );
            }
            if code >= 400 {
                let schema = response["content"]["application/json"]["schema"].to_string();
                // Who signs in is refused in the original's own shape, with the code inside.
                let shapes = ["#/components/schemas/Problem", "#/components/schemas/Refused"];
                assert!(shapes.iter().any(|shape| schema.contains(shape)), "{method} {path} {status}");
            }
        }
        for status in ["429", "503"] {
            assert!(
                operation["responses"].get(status).is_some(),
                "{method} {path} is never refused with {status}"
            );
        }
    }
}

/// Words that JSON Schema knows in the draft that OpenAPI 3.1 stands on, and OpenAPI's own.
const SCHEMA_WORDS: &[&str] = &[
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contentEncoding",
    "contentMediaType",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "title",
    "type",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
];

fn judge_schema(schema: &Value, at: &str) {
    let Value::Object(words) = schema else {
        assert!(schema.is_boolean(), "{at} is no schema: {schema}");
        return;
    };
    for (word, value) in words {
        assert!(SCHEMA_WORDS.contains(&word.as_str()), "{at}: {word} is no word of a schema");
        let at = format!("{at}/{word}");
        match word.as_str() {
            "properties" | "patternProperties" => {
                for (name, member) in value.as_object().expect("members by name") {
                    judge_schema(member, &format!("{at}/{name}"));
                }
            }
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
                value.as_array().expect("a list of schemas").iter().for_each(|each| judge_schema(each, &at));
            }
            "items" | "additionalProperties" | "not" | "propertyNames" => judge_schema(value, &at),
            _ => {}
        }
    }
}

#[test]
fn schemas_use_no_word_that_json_schema_does_not_know() {
    let contract = opbx_http::contract();
    for (name, schema) in contract["components"]["schemas"].as_object().expect("schemas") {
        judge_schema(schema, name);
    }
    for (path, method, operation) in operations(&contract) {
        for parameter in operation["parameters"].as_array().expect("parameters") {
            let parameter = resolved(&contract, parameter);
            judge_schema(&parameter["schema"], &format!("{method} {path} {}", parameter["name"]));
        }
    }
}
