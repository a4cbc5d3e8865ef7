//! The OpenAPI 3.1 document, written from the declared routes.

use super::operation::{Content, Operation};
use super::{Access, schema};
use axum::http::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn of(operations: &[Operation]) -> Value {
    let mut inputs = schema::generator(false);
    let mut answers = schema::generator(true);
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations {
        let mut described = json!({
            "operationId": operation.id,
            "summary": operation.summary,
            "tags": [operation.tag],
            "parameters": operation.parameters,
            "x-access": access(operation.access),
        });
        if operation.method == Method::POST && operation.access != Access::Public {
            let about = "A repeat with the same key within 24 hours gets the first answer.";
            let key = json!({"name": "Idempotency-Key", "in": "header", "required": false, "description": about,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255}});
            described["parameters"].as_array_mut().expect("parameters are a list").push(key);
        }
        if operation.access == Access::Public {
            described["security"] = json!([]);
        }
        if let Some(body) = operation.body {
            let schema = body(&mut inputs).to_value();
            described["requestBody"] =
                json!({"required": true, "content": {"application/json": {"schema": schema}}});
        }
        if let Some(multipart) = &operation.multipart {
            let content = json!({"schema": multipart});
            described["requestBody"]["required"] = true.into();
            described["requestBody"]["content"]["multipart/form-data"] = content;
        }
        if let Some(media_type) = operation.body_bytes {
            described["requestBody"]["required"] = true.into();
            described["requestBody"]["content"][media_type] =
                json!({"schema": {"type": "string", "format": "binary"}});
        }
        described["responses"] = responses(operation, &mut answers);
        let method = operation.method.as_str().to_ascii_lowercase();
        paths.entry(&operation.path).or_default().insert(method, described);
    }
    let mut schemas = answers.take_definitions(true);
    for (name, schema) in inputs.take_definitions(true) {
        schemas.entry(name).or_insert(schema);
    }
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OPBX",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A business phone system that is also a business application platform.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "opbx_session"},
            },
        },
    })
}

fn responses(operation: &Operation, generator: &mut schemars::SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for answer in &operation.answers {
        let mut response = json!({"description": answer.about});
        match &answer.content {
            Content::None => {}
            Content::Json(schema) => {
                response["content"]["application/json"]["schema"] = schema(generator).to_value();
            }
            Content::Bytes(kind) => {
                response["content"][*kind] = json!({"schema": {"type": "string", "format": "binary"}});
            }
        }
        responses.insert(answer.status.to_string(), response);
    }
    for (status, about) in refusals(operation) {
        let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
        responses.entry(status.to_string()).or_insert(json!({"description": about, "content": content}));
    }
    Value::Object(responses)
}

/// What any route of its kind may refuse with.
fn refusals(operation: &Operation) -> Vec<(u16, &'static str)> {
    let mut refusals = vec![(429, "Too many requests."), (503, "Not now; try again in a moment.")];
    if operation.access != Access::Public {
        refusals.push((401, "Not signed in."));
        refusals.push((403, "Not allowed."));
    }
    if operation.path.contains('{') {
        refusals.push((404, "No such record, or not one of yours."));
    }
    let has_body =
        operation.body.is_some() || operation.multipart.is_some() || operation.body_bytes.is_some();
    let has_query = operation.parameters.iter().any(|parameter| parameter["in"] == "query");
    if has_query || has_body {
        refusals.push((400, "What was sent cannot be read."));
        refusals.push((422, "What was sent is wrong; each field at fault is named."));
    }
    if has_body {
        refusals.push((413, "The body is too large."));
        refusals.push((415, "The body is of another media type than this route takes."));
    }
    if operation.method != Method::GET {
        refusals.push((409, "Something else stands in the way."));
        refusals.push((412, "The record was changed meanwhile."));
    }
    refusals
}

fn access(access: Access) -> Value {
    match access {
        Access::Public => json!("public"),
        Access::SignedIn => json!("signed_in"),
        Access::Roles(roles) => roles.iter().map(|role| role.as_str()).collect(),
    }
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "A refusal. `errors` names each field at fault with its sentences; other refusals carry `error`.",
        "required": ["message", "request_id"],
        "properties": {
            "error": {},
            "message": {"type": "string"},
            "request_id": {"type": "string"},
            "errors": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
        },
    })
}
