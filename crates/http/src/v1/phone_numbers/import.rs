//! Taking over numbers from a file.

use super::{NAMES, TAG};
use crate::api::{Access, Api, Errors, Fault, Params, Problem, Signed, language};
use crate::{Web, body};
use axum::Json;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use opbx_app::csv::{self, Table};
use opbx_app::numbers::{self, Import, Imported};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Rows whose faults the summary of a refusal names; each row has its own besides.
const ROWS_NAMED_MAX: usize = 50;

pub(super) fn declare(api: &mut Api) {
    api.post("/phone-numbers/import", "phone_numbers.import", Access::ADMINS, import, |operation| {
        let part = json!({"type": "string", "format": "binary", "description": "The file."});
        operation
            .about(TAG, "Take over phone numbers from a CSV file")
            .body_bytes("text/csv")
            .multipart(json!({"type": "object", "properties": {"file": part}, "required": ["file"]}))
            .gives::<ImportView>(200, "What a dry run found; nothing was written.")
            .gives::<ImportView>(201, "All numbers are there now.");
    });
}

/// The first line of the file names its columns: `phone_number`, and besides `friendly_name`, `routing_type`, `target`
/// and `status`. The target of a type is an extension's number, a record's name, or what is forwarded to.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct How {
    /// Judges every row and writes none.
    dry_run: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ImportView {
    message: String,
    data: Vec<RowView>,
    meta: ImportMeta,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RowView {
    /// In the file, from 1 on; the columns' names are a line too.
    line: usize,
    /// In E.164 where it could be read.
    phone_number: String,
    /// Of the new record.
    id: Option<i64>,
    is_valid: bool,
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    errors: Errors,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ImportMeta {
    rows: usize,
    valid: usize,
    invalid: usize,
    imported: usize,
    dry_run: bool,
}

async fn import(
    State(web): State<Web>,
    asker: Signed,
    Params(how): Params<How>,
    request: Request,
) -> Result<Response, Problem> {
    let table = csv::read(&file(request).await?)
        .map_err(|error| Problem::field("file", format!("The file cannot be read: {error}.")))?;
    if !table.columns.iter().any(|column| column == "phone_number") {
        return Err(Problem::field("file", "The file has no column phone_number in its first line."));
    }
    let import = numbers::import(&web.app, &asker.scope, &table, how.dry_run).await;
    told(import.map_err(|error| Problem::of(error, NAMES))?, &table, how.dry_run)
}

/// The file's bytes, as the body or as a part of it.
async fn file(request: Request) -> Result<Bytes, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    match kind.as_deref() {
        Some("text/csv" | "text/plain" | "application/csv" | "application/vnd.ms-excel") => {
            body::whole(request.into_body()).await.map_err(|_| Fault::BodyTooLarge.into())
        }
        Some("multipart/form-data") => {
            let unreadable = |_| Problem::from(Fault::UnreadableBody);
            let mut parts = Multipart::from_request(request, &()).await.map_err(|_| Fault::UnreadableBody)?;
            // Ends with the parts, of which a body of bounded length has few.
            while let Some(part) = parts.next_field().await.map_err(unreadable)? {
                if part.name() == Some("file") {
                    return part.bytes().await.map_err(|_| Fault::BodyTooLarge.into());
                }
            }
            Err(Problem::field("file", "The file field is required."))
        }
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send the file as text/csv, or as the part `file` of a form.",
        )),
    }
}

fn told(import: Import, table: &Table, dry_run: bool) -> Result<Response, Problem> {
    let valid = import.rows.iter().filter(|row| row.faults.is_empty()).count();
    let (is_sound, is_done) = (import.is_sound(), import.is_done);
    let data: Vec<RowView> = import.rows.into_iter().map(row).collect();
    let imported = if is_done { data.len() } else { 0 };
    let invalid = data.len() - valid;
    let meta = ImportMeta { rows: table.rows.len(), valid, invalid, imported, dry_run };
    if !dry_run && !is_sound {
        let language = language().unwrap_or_default();
        let mut errors = Errors::default();
        for row in data.iter().filter(|row| !row.is_valid).take(ROWS_NAMED_MAX) {
            let (line, why) = (row.line, row.errors.summary(language));
            let said = language.choose(
                format!("Line {line} is wrong: {why}"),
                format!("La ligne {line} est fausse : {why}"),
            );
            errors.add(&format!("lines.{line}"), said);
        }
        let meta = serde_json::to_value(meta).unwrap_or_default();
        let data = serde_json::to_value(data).unwrap_or_default();
        return Err(Problem::invalid(errors).with("data", data).with("meta", meta));
    }
    let message = match (is_done, invalid) {
        (true, _) => format!("{imported} phone numbers imported."),
        (false, 0) => format!("All {valid} rows can be imported."),
        (false, _) => format!("{invalid} of {} rows are wrong; nothing can be imported.", data.len()),
    };
    let status = if is_done { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(ImportView { message, data, meta })).into_response())
}

fn row(row: Imported) -> RowView {
    let mut errors = Errors::default();
    for (column, fault) in &row.faults {
        errors.add(column, format!("The {} {fault}.", column.replace('_', " ")));
    }
    RowView {
        line: row.line,
        phone_number: row.number,
        id: row.id.map(|id| id.get()),
        is_valid: row.faults.is_empty(),
        errors: errors.told_in(language().unwrap_or_default()),
    }
}
