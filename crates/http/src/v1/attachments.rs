//! Files attached to any record, by the rights on that record.

use super::downloads::{Base, Download, formatted_size};
use super::uploads::{self, is_form};
use super::words::{instant, record_id};
use crate::Web;
use crate::api::{ASK_AGAIN, Access, Api, Fault, Id, Params, Problem, Signed, of_form, ranged};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use opbx_app::attachments::{AttachmentError, NewAttachment, ObjectError};
use opbx_app::downloads::Manner;
use opbx_app::files::{self, BYTES_MAX, Kept};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

const TAG: &str = "Attachments";

pub(super) fn declare(api: &mut Api) {
    api.get("/attachments", "attachments.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List the files of a record").gives::<Listed>(200, "All of them, the newest first.").refuses(404);
    })
    .post("/attachments", "attachments.create", Access::USERS, create, |operation| {
        let text = json!({"type": "string"});
        let file = json!({"type": "string", "format": "binary", "description": "50 MB at most."});
        operation
            .about(TAG, "Attach a file to a record; needs the right to change the record")
            .multipart(json!({"type": "object", "properties": {"model": text, "record_id": {"type": "integer"}, "file": file},
                "required": ["model", "record_id", "file"]}))
            .gives::<Written>(201, "The file.")
            .refuses(404);
    })
    .get("/attachments/{id}", "attachments.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show what is known of a file").gives::<Shown>(200, "The file.");
    })
    .delete("/attachments/{id}", "attachments.delete", Access::USERS, delete, |operation| {
        operation
            .about(TAG, "Remove a file; needs the right to change its record")
            .gives_nothing(204, "It is gone.");
    })
    .get("/attachments/{id}/content", "attachments.content", Access::READERS, content, |operation| {
        operation
            .about(TAG, "Save a file; a range of it where one is asked for")
            .gives_bytes(200, "*/*", "The whole file, in its own media type.")
            .gives_bytes(206, "*/*", "The range.");
    })
    .get("/attachments/{id}/download", "attachments.download", Access::READERS, download, |operation| {
        operation
            .about(TAG, "Make an address at which a file is saved")
            .gives::<Download>(200, "The address; it opens for half an hour.");
    });
}

/// Which record.
#[derive(Debug, Deserialize, JsonSchema)]
struct Of {
    /// Its model: `res.partner`.
    #[schemars(length(min = 1, max = 60))]
    model: String,
    record_id: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FileView {
    id: i64,
    organization_id: i64,
    name: String,
    mime_type: String,
    file_size: i64,
    formatted_file_size: String,
    sha256: String,
    model: String,
    record_id: i64,
    /// The field of the record that it fills, if it fills one.
    field: Option<String>,
    created_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Listed {
    data: Vec<FileView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: FileView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: FileView,
}

fn view(asker: &Signed, kept: Kept) -> FileView {
    let Kept { file, created_at } = kept;
    FileView {
        id: file.id.get(),
        organization_id: asker.tenant.get(),
        name: file.name,
        mime_type: file.mimetype,
        formatted_file_size: formatted_size(file.size),
        file_size: file.size,
        sha256: file.sha256,
        model: file.model,
        record_id: file.record,
        field: file.field,
        created_at: instant(created_at),
    }
}

fn problem(error: AttachmentError) -> Problem {
    match error {
        AttachmentError::Record(error) => error.into(),
        AttachmentError::Absent => Problem::new(StatusCode::NOT_FOUND, "No such record."),
        AttachmentError::Object(error @ ObjectError::Unusable(_)) => uploads::unkept(&error, BYTES_MAX),
        error => Problem::coded(error.code(), &error),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(of): Params<Of>,
) -> Result<Json<Listed>, Problem> {
    let record = record_id(of.record_id, "record_id")?;
    let files = files::of_record(&web.app, &asker.scope, &of.model, record).await.map_err(problem)?;
    Ok(Json(Listed { data: files.into_iter().map(|file| view(&asker, file)).collect() }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    request: Request,
) -> Result<(StatusCode, Json<Written>), Problem> {
    if !is_form(&request) {
        return Err(Fault::WrongContentType.into());
    }
    let form = uploads::read(&web, &asker, request, BYTES_MAX).await?;
    let of: Of = of_form(form.texts)?;
    let record = record_id(of.record_id, "record_id")?;
    files::may_attach(&web.app, &asker.scope, &of.model, record).await.map_err(problem)?;
    let file = form.file.ok_or_else(|| Problem::field("file", "The file field is required."))?;
    let stored = file.upload.keep().await.map_err(|error| uploads::unkept(&error, BYTES_MAX))?;
    let name = if file.name.is_empty() { "file" } else { &file.name };
    let mimetype = file.mimetype.as_deref();
    let new = NewAttachment { name, mimetype, model: &of.model, record, field: None };
    let id = files::attach(&web.app, &asker.scope, &stored, &new).await.map_err(problem)?;
    let kept = files::get(&web.app, &asker.scope, id).await.map_err(problem)?;
    let message = "File attached successfully.";
    Ok((StatusCode::CREATED, Json(Written { message, data: view(&asker, kept) })))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Shown>, Problem> {
    let kept = files::get(&web.app, &asker.scope, id).await.map_err(problem)?;
    Ok(Json(Shown { data: view(&asker, kept) }))
}

async fn delete(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<StatusCode, Problem> {
    files::remove(&web.app, &asker.scope, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn content(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let content = files::open(&web.app, &asker.scope, id).await.map_err(problem)?;
    ranged(content, &headers, ASK_AGAIN, Manner::Save).await
}

async fn download(
    State(web): State<Web>,
    asker: Signed,
    base: Base,
    Id(id): Id,
) -> Result<Json<Download>, Problem> {
    let file = files::get(&web.app, &asker.scope, id).await.map_err(problem)?.file;
    Ok(Json(base.download(&web, &asker, file)))
}
