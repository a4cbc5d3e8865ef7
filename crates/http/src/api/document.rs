//! The OpenAPI 3.1 document, written from the declared routes.

mod names;

use super::operation::{Content, Operation};
use super::{Access, partial, schema};
use axum::http::{Method, StatusCode};
use names::Apart;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Refusals, each described once: the status, its name among the document's responses, and what it says.
const REFUSALS: [(u16, &str, &str); 15] = [
    (400, "Unreadable", "What was sent cannot be read."),
    (401, "Unauthenticated", "Not signed in."),
    (403, "NotAllowed", "Not allowed."),
    (404, "Absent", "No such record, or not one of yours."),
    (409, "InTheWay", "Something else stands in the way."),
    (410, "Expired", "The address is not good any more."),
    (412, "Stale", "The record was changed meanwhile."),
    (413, "TooLarge", "The body is too large."),
    (415, "WrongMediaType", "The body is of another media type than this route takes."),
    (416, "PastTheEnd", "The file is not that long."),
    (419, "Forged", "A cookie's session without the CSRF token and an origin of ours."),
    (422, "Invalid", "What was sent is wrong; each field at fault is named."),
    (429, "TooMany", "Too many requests."),
    (502, "CarrierRefuses", "The carrier could not be asked, or did not answer as it should."),
    (503, "Unavailable", "Not now; try again in a moment."),
];

const ABOUT: &str = "A business phone system that is also a business application platform. With the header \
    `Prefer: handling=strict` what is not known here is refused by name, and nothing is guessed (RFC 7240); without it, \
    unknown fields are left aside and named in `X-Ignored-Fields`.";

pub(super) fn of(operations: &[Operation]) -> Value {
    let mut inputs = schema::generator(false);
    let mut answers = schema::generator(true);
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations {
        let method = operation.method.as_str().to_ascii_lowercase();
        let described = described(operation, &mut inputs, &mut answers);
        paths.entry(&operation.path).or_default().insert(method, described);
    }
    let (mut inputs, mut schemas) = (inputs.take_definitions(true), answers.take_definitions(true));
    for name in operations
        .iter()
        .filter(|operation| operation.is_change())
        .filter_map(|operation| body_name(operation, &paths))
    {
        inputs.get_mut(&name).into_iter().for_each(partial::require_values);
    }
    inputs.values_mut().chain(schemas.values_mut()).for_each(partial::unmark);
    let apart = Apart::of(&inputs, &schemas);
    for operation in paths.values_mut().flat_map(Map::values_mut) {
        if let Some(body) = operation.get_mut("requestBody") {
            apart.redirect(body);
        }
    }
    schemas.extend(apart.named(inputs));
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OPBX",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": refused(),
            "parameters": {"IdempotencyKey": idempotency_key()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "opbx_session"},
            },
        },
    })
}

fn described(operation: &Operation, inputs: &mut SchemaGenerator, answers: &mut SchemaGenerator) -> Value {
    let mut parameters = operation.parameters.clone();
    if operation.method == Method::POST && operation.access != Access::Public {
        parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": parameters,
        "x-access": access(operation.access),
    });
    if operation.access == Access::Public {
        described["security"] = json!([]);
    }
    if let Some(body) = operation.body {
        let schema = body(inputs).to_value();
        described["requestBody"] =
            json!({"required": operation.needs_body, "content": {"application/json": {"schema": schema}}});
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
    described["responses"] = responses(operation, answers);
    described
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "A repeat with the same key within 24 hours gets the first answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    })
}

/// Every refusal as a response that routes refer to.
fn refused() -> Value {
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    let one =
        |about: &str| json!({"description": about, "content": {"application/json": {"schema": schema}}});
    REFUSALS.iter().map(|(_, name, about)| ((*name).to_owned(), one(about))).collect()
}

/// What the schema of a route's body is called.
fn body_name(operation: &Operation, paths: &BTreeMap<&str, Map<String, Value>>) -> Option<String> {
    let described =
        paths.get(operation.path.as_str())?.get(&operation.method.as_str().to_ascii_lowercase())?;
    let target = described.pointer("/requestBody/content/application~1json/schema/$ref")?.as_str()?;
    target.rsplit('/').next().map(str::to_owned)
}

fn responses(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
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
    for status in refusals(operation) {
        let known = REFUSALS.iter().find(|(known, ..)| *known == status);
        let (_, name, _) = known.expect("what a route may refuse with is in the list of refusals");
        let refused = json!({"$ref": format!("#/components/responses/{name}")});
        let response = responses.entry(status.to_string()).or_insert(refused);
        // A route may refuse in words of its own; the frame before it still refuses in the usual ones.
        if let Some(own) = response.pointer_mut("/content/application~1json/schema") {
            *own = json!({"anyOf": [own.take(), {"$ref": "#/components/schemas/Problem"}]});
        }
    }
    Value::Object(responses)
}

/// What any route of its kind may refuse with.
fn refusals(operation: &Operation) -> Vec<u16> {
    let mut refusals = vec![429, 503];
    refusals.extend(&operation.refusals);
    if operation.answers.iter().any(|answer| answer.status == StatusCode::PARTIAL_CONTENT.as_u16()) {
        refusals.push(416);
    }
    let is_read = operation.method == Method::GET;
    if operation.access != Access::Public {
        refusals.extend([401, 403]);
        refusals.extend((!is_read).then_some(419));
    }
    if operation.path.contains('{') {
        refusals.push(404);
    }
    let has_body =
        operation.body.is_some() || operation.multipart.is_some() || operation.body_bytes.is_some();
    let has_query = operation.parameters.iter().any(|parameter| parameter["in"] == "query");
    // A POST is refused for an `Idempotency-Key` that is none, or that something else came with, whatever it takes.
    if has_query || has_body || operation.method == Method::POST {
        refusals.extend([400, 422]);
    }
    if has_body {
        refusals.extend([413, 415]);
    }
    if !is_read {
        refusals.extend([409, 412]);
    }
    refusals.sort_unstable();
    refusals.dedup();
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
