//! A domain written back as the prefix list that it could have been read from.

use super::{Domain, Operand, PartTerm, Term};
use crate::value::Value;
use serde_json::{Value as Json, json};

impl Domain {
    /// Writes this domain as a prefix list. Read back, for the same zone, it is the same domain.
    ///
    /// What was relative to now (`today -1m`) is written as the date that it meant.
    pub fn to_json(&self) -> Json {
        let mut items = Vec::new();
        match self {
            // Side by side, as people write them.
            Self::And(members) => members.iter().for_each(|member| member.write(&mut items)),
            Self::All => {}
            other => other.write(&mut items),
        }
        Json::Array(items)
    }

    fn write(&self, items: &mut Vec<Json>) {
        match self {
            Self::All => items.push(json!([1, "=", 1])),
            Self::And(members) if members.is_empty() => items.push(json!([1, "=", 1])),
            Self::And(members) => write_joined("&", members, items),
            Self::Or(members) if members.is_empty() => items.push(json!([0, "=", 1])),
            Self::Or(members) => write_joined("|", members, items),
            Self::Not(inner) => {
                items.push(json!("!"));
                inner.write(items);
            }
            Self::Term(Term { field, op, operand }) => {
                items.push(json!([field, op.as_str(), written(operand)]));
            }
            Self::Any { field, domain } => items.push(json!([field, "any", domain.to_json()])),
            Self::Part(PartTerm { field, part, op, operand, .. }) => {
                items.push(json!([format!("{field}.{}", part.as_str()), op.as_str(), written(operand)]));
            }
        }
    }
}

fn write_joined(operator: &str, members: &[Domain], items: &mut Vec<Json>) {
    items.extend(std::iter::repeat_n(json!(operator), members.len() - 1));
    members.iter().for_each(|member| member.write(items));
}

fn written(operand: &Operand) -> Json {
    match operand {
        Operand::One(value) => value_json(value),
        Operand::Many(values) => values.iter().map(value_json).collect(),
    }
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Bytes(_) | Value::Commands(_) => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(number) => json!(number),
        Value::Decimal(number) => json!(number.to_string()),
        Value::Float(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Date(day) => json!(day.to_string()),
        Value::Instant(at) => json!(at.to_string()),
        Value::Record(id) => json!(id.get()),
        Value::Records(ids) => ids.iter().map(|id| json!(id.get())).collect(),
        Value::Destination(destination) => json!(destination.to_string()),
        Value::Reference(record) => json!(record.to_string()),
        Value::Json(held) => held.clone(),
    }
}
