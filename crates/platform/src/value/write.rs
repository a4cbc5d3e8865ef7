//! Values written as JSON text straight away, for answers of many records.

use super::Value;
use crate::field::{Field, FieldKind};
use serde_json::Value as Json;
use std::io::Write as _;

impl Value {
    /// Appends what `to_json` would give, without building it where that is easily avoided.
    ///
    /// Without a field (`created_at`, `version`) the value is written by its own shape.
    pub fn write_json(&self, field: Option<&Field>, out: &mut Vec<u8>) {
        let is_secret = field.is_some_and(|field| field.kind == FieldKind::Secret);
        match self {
            _ if is_secret => out.extend_from_slice(b"null"),
            Self::Null => match field.map(|field| &field.kind) {
                Some(FieldKind::Boolean) => out.extend_from_slice(b"false"),
                _ => out.extend_from_slice(b"null"),
            },
            Self::Bool(held) => out.extend_from_slice(if *held { b"true" } else { b"false" }),
            Self::Int(number) => put(out, format_args!("{number}")),
            Self::Record(id) => put(out, format_args!("{id}")),
            Self::Text(text) => write_text(text, out),
            // None of these holds a character that JSON would escape.
            Self::Decimal(number) => put(out, format_args!("\"{number}\"")),
            Self::Date(date) => put(out, format_args!("\"{date}\"")),
            Self::Instant(instant) => put(out, format_args!("\"{instant}\"")),
            Self::Records(ids) => {
                out.push(b'[');
                for (at, id) in ids.iter().enumerate() {
                    put(out, format_args!("{}{id}", if at == 0 { "" } else { "," }));
                }
                out.push(b']');
            }
            other => {
                let json = field.map_or(Json::Null, |field| other.to_json(field));
                serde_json::to_writer(out, &json).expect("JSON can always be written to memory");
            }
        }
    }
}

/// Appends a text as a JSON string.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a text can always be written to memory");
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory can always be written to");
}
