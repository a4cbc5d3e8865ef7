//! The query of a request, read into a type by its schema.

use super::input::checked;
use super::schema::shape_of;
use super::{Fault, Operation, Problem, Takes};
use crate::Web;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Parameters of a query at most; more are a mistake or worse.
const PARAMETERS_MAX: usize = 100;

/// The query as `T`. Parameters without a value are as good as absent; unknown ones are left aside.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned + JsonSchema + 'static> FromRequestParts<Web> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query).map_err(|_| Fault::UnreadableBody)?;
        if pairs.len() > PARAMETERS_MAX {
            return Err(Fault::UnreadableBody.into());
        }
        let shape = shape_of::<T>();
        let mut members = Map::new();
        for (name, text) in pairs {
            let name = name.strip_suffix("[]").unwrap_or(&name);
            let Some(schema) = shape.member(name) else { continue };
            if text.is_empty() {
                continue;
            }
            let is_list = schema.get("items").is_some();
            if is_list {
                let list = members.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.extend(text.split(',').map(|item| Value::String(item.to_owned())));
                }
            } else {
                members.insert(name.to_owned(), Value::String(text));
            }
        }
        // A query holds nothing but texts, so it is read leniently for everybody.
        checked(Value::Object(members), false).map(Self)
    }
}

impl<T: JsonSchema + 'static> Takes for Params<T> {
    fn describe(operation: &mut Operation) {
        let shape = shape_of::<T>();
        let required: Vec<&str> =
            shape.schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, schema) in shape.schema["properties"].as_object().into_iter().flatten() {
            operation.query_parameter(name, schema, required.contains(&name.as_str()));
        }
    }
}
