//! The contract that is served: whole, and without a dangling reference.

use serde_json::Value;

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
