//! Forms that bring a file: texts as they are, the file written away while it comes in.

use crate::Web;
use crate::api::{Fault, Problem, Signed};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request};
use axum::http::{StatusCode, header};
use opbx_app::attachments::{ObjectError, Upload};
use serde_json::{Map, Value};

/// Parts of one form.
const PARTS_MAX: usize = 20;
/// A text among them, in bytes.
const TEXT_LEN_MAX: usize = 16 << 10;
/// What a form may hold beside its file.
const REST_MAX: usize = 256 << 10;

/// A form, read to its end.
#[derive(Default)]
pub(super) struct Form {
    pub(super) texts: Map<String, Value>,
    /// The first part `file`.
    pub(super) file: Option<File>,
}

pub(super) struct File {
    pub(super) name: String,
    /// As its sender says.
    pub(super) mimetype: Option<String>,
    pub(super) upload: Upload,
}

/// Whether a request brings a form of parts.
pub(super) fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// Reads a form of the asker's whose file has so many bytes at most.
pub(super) async fn read(
    web: &Web,
    asker: &Signed,
    mut request: Request,
    bytes_max: u64,
) -> Result<Form, Problem> {
    let body_max = usize::try_from(bytes_max).unwrap_or(usize::MAX).saturating_add(REST_MAX);
    DefaultBodyLimit::max(body_max).apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| Fault::UnreadableBody)?;
    let mut form = Form::default();
    for _ in 0..PARTS_MAX {
        let Some(mut part) = parts.next_field().await.map_err(|error| broken(&error, bytes_max))? else {
            return Ok(form);
        };
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" && form.file.is_none() {
            form.file = Some(file(web, asker, &mut part, bytes_max).await?);
        } else {
            let text = text(&mut part, bytes_max).await?;
            form.texts.insert(name, Value::String(text));
        }
    }
    Err(Fault::UnreadableBody.into())
}

async fn file(web: &Web, asker: &Signed, part: &mut Field<'_>, bytes_max: u64) -> Result<File, Problem> {
    let name = part.file_name().unwrap_or_default().to_owned();
    let mimetype =
        part.content_type().map(|kind| kind.split(';').next().unwrap_or_default().trim().to_owned());
    let begun = web.app.objects().begin_at_most(asker.tenant, bytes_max).await;
    let mut upload = begun.map_err(|error| unkept(&error, bytes_max))?;
    // Ends with the part, which is of bounded length.
    while let Some(bytes) = part.chunk().await.map_err(|error| broken(&error, bytes_max))? {
        upload.write(&bytes).await.map_err(|error| unkept(&error, bytes_max))?;
    }
    Ok(File { name, mimetype, upload })
}

async fn text(part: &mut Field<'_>, bytes_max: u64) -> Result<String, Problem> {
    let mut text = Vec::new();
    while let Some(bytes) = part.chunk().await.map_err(|error| broken(&error, bytes_max))? {
        text.extend_from_slice(&bytes);
        if text.len() > TEXT_LEN_MAX {
            return Err(Fault::BodyTooLarge.into());
        }
    }
    String::from_utf8(text).map_err(|_| Fault::UnreadableBody.into())
}

/// A form that is too long holds a file that is.
fn broken(error: &MultipartError, bytes_max: u64) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        too_large("file", bytes_max)
    } else {
        Fault::UnreadableBody.into()
    }
}

/// What kept the bytes from being taken.
pub(super) fn unkept(error: &ObjectError, bytes_max: u64) -> Problem {
    match error {
        ObjectError::TooLarge { .. } => too_large("file", bytes_max),
        _ => {
            tracing::error!(%error, "an upload cannot be kept");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The file cannot be kept now. Please try again later.",
            )
        }
    }
}

pub(super) fn too_large(field: &str, bytes_max: u64) -> Problem {
    Problem::field(
        field,
        format!("The {} field must not be greater than {} MB.", field.replace('_', " "), bytes_max >> 20),
    )
}
