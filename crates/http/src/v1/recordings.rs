//! Recordings of the library: sounds that menus, greetings and announcements play.

use super::downloads::{self, Base, Download, formatted_duration, formatted_size};
use super::uploads::{self, File, is_form};
use super::words::{Said, Status, instant};
use crate::Web;
use crate::api::{
    ASK_AGAIN, Access, Api, Expected, Fault, Id, Input, Names, Page, Paging, Params, Problem, Signed, Sorts,
    Versioned, of_form, ranged,
};
use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use opbx_app::attachments::{ObjectError, Upload};
use opbx_app::downloads::Manner;
use opbx_app::fetch::FetchError;
use opbx_app::models::{PbxPromptDraft, PbxPromptKind};
use opbx_app::resources::{ResourceError, Stored};
use opbx_app::sounds::{self, BYTES_MAX, New, Recording, RecordingError};
use opbx_platform::Domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

const TAG: &str = "Recordings";
const NAMES: Names = &[("active", "status")];
const SORTS: Sorts = Sorts {
    fields: &[
        ("created_at", "created_at"),
        ("name", "name"),
        ("status", "active"),
        ("updated_at", "updated_at"),
        ("duration_seconds", "length_ms"),
    ],
    descending: true,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    let file =
        json!({"type": "string", "format": "binary", "description": "An MP3 or WAV file of 5 MB at most."});
    let part = file.clone();
    api.get("/recordings", "recordings.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List recordings").gives::<Page<RecordingView>>(200, "A page of recordings.");
    })
    .post("/recordings", "recordings.create", Access::ADMINS, create, |operation| {
        let text = json!({"type": "string"});
        operation.body::<NewRecording>();
        operation
            .about(TAG, "Create a recording of a file, or of what lies at an address")
            .multipart(json!({"type": "object", "properties":
                {"name": text, "type": text, "file": file, "remote_url": text, "status": text}, "required": ["name", "type"]}))
            .gives::<Written>(201, "The new recording.");
    })
    .get("/recordings/{id}", "recordings.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a recording").gives::<Shown>(200, "The recording.");
    })
    .put("/recordings/{id}", "recordings.update", Access::ADMINS, update, |operation| {
        operation
            .about(TAG, "Rename a recording, or take it in and out of service")
            .gives::<Written>(200, "The changed recording.");
    })
    .delete("/recordings/{id}", "recordings.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a recording that nothing plays").gives::<Said>(200, "It is gone.");
    })
    .put("/recordings/{id}/file", "recordings.replace", Access::ADMINS, replace, |operation| {
        operation
            .about(TAG, "Give a recording another sound; whatever plays it plays the new one")
            .multipart(json!({"type": "object", "properties": {"file": part}, "required": ["file"]}))
            .gives::<Written>(200, "The changed recording.");
    })
    .get("/recordings/{id}/download", "recordings.download", Access::READERS, download, |operation| {
        operation
            .about(TAG, "Make an address at which a recording is saved")
            .gives::<Download>(200, "The address; it opens for half an hour.")
            .refuses(400);
    })
    .get("/recordings/{id}/audio", "recordings.audio", Access::READERS, audio, |operation| {
        operation
            .about(TAG, "Hear a recording; a range of it where one is asked for")
            .gives_bytes(200, "audio/*", "The whole sound.")
            .gives_bytes(206, "audio/*", "The range.");
    });
    downloads::declare(api, TAG);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RecordingType {
    /// Sent here.
    Upload,
    /// From elsewhere.
    Remote,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    r#type: Option<RecordingType>,
    /// Part of the name.
    search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewRecording {
    #[schemars(length(min = 1, max = 255))]
    name: String,
    r#type: RecordingType,
    /// Of a remote one: where it lies. It is fetched at once and played from here.
    #[serde(default)]
    #[schemars(length(max = 1000), url)]
    remote_url: Option<String>,
    #[serde(default)]
    status: Option<Status>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedRecording {
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    status: Option<Status>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RecordingView {
    id: i64,
    organization_id: i64,
    name: String,
    r#type: RecordingType,
    /// The file's name here; none where nothing is kept here.
    file_path: Option<String>,
    remote_url: Option<String>,
    original_filename: Option<String>,
    file_size: Option<i64>,
    formatted_file_size: Option<String>,
    mime_type: Option<String>,
    duration_seconds: Option<i64>,
    formatted_duration: Option<String>,
    status: Status,
    /// Plays for half an hour without any header.
    playback_url: Option<String>,
    /// The same.
    public_url: Option<String>,
    created_by: String,
    updated_by: String,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: RecordingView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: RecordingView,
}

fn kind(recording: &Recording) -> RecordingType {
    let is_elsewhere = recording.prompt.kind == PbxPromptKind::Url || recording.prompt.source_url.is_some();
    if is_elsewhere { RecordingType::Remote } else { RecordingType::Upload }
}

fn view(web: &Web, asker: &Signed, base: &Base, stored: Stored<Recording>) -> RecordingView {
    let Stored { record, created_at, updated_at } = stored;
    let r#type = kind(&record);
    let Recording { prompt, sound, created_by, updated_by } = record;
    let sound = sound.filter(|_| prompt.kind == PbxPromptKind::Recording);
    let remote_url = prompt.source_url.or(prompt.url);
    let here = sound.as_ref().map(|sound| base.address(web, asker, sound.id, Manner::Inline));
    let playback_url = here.or_else(|| remote_url.clone());
    // Whole seconds, and never none of something that is heard.
    let seconds = prompt.length_ms.map(|length_ms| length_ms.div_euclid(1_000).max(1));
    RecordingView {
        id: prompt.id.get(),
        organization_id: asker.tenant.get(),
        name: prompt.name,
        r#type,
        file_path: sound.as_ref().map(|sound| sound.name.clone()),
        original_filename: sound.as_ref().map(|sound| sound.name.clone()),
        file_size: sound.as_ref().map(|sound| sound.size),
        formatted_file_size: sound.as_ref().map(|sound| formatted_size(sound.size)),
        mime_type: sound.map(|sound| sound.mimetype),
        remote_url,
        duration_seconds: seconds,
        formatted_duration: seconds.map(formatted_duration),
        status: Status::of(prompt.active),
        public_url: playback_url.clone(),
        playback_url,
        created_by: created_by.unwrap_or_else(|| "Unknown".to_owned()),
        updated_by: updated_by.unwrap_or_else(|| "Unknown".to_owned()),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

fn problem(error: ResourceError) -> Problem {
    Problem::of(error, NAMES)
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    base: Base,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<RecordingView>>, Problem> {
    let mut domain = Status::domain(filters.status);
    let elsewhere = || Domain::eq("kind", PbxPromptKind::Url.as_str()).or(Domain::is_set("source_url"));
    match filters.r#type {
        Some(RecordingType::Remote) => domain = domain.and(elsewhere()),
        Some(RecordingType::Upload) => {
            let here = Domain::eq("kind", PbxPromptKind::Recording.as_str());
            domain = domain.and(here).and(Domain::is_unset("source_url"));
        }
        None => {}
    }
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::contains_folded("name", text));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = sounds::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |recording| view(&web, &asker, &base, recording))))
}

async fn show(
    State(web): State<Web>,
    asker: Signed,
    base: Base,
    Id(id): Id,
) -> Result<Versioned<Shown>, Problem> {
    let recording = sounds::get(&web.app, &asker.scope, id).await?;
    let version = recording.record.prompt.version;
    Ok(Versioned::ok(version, Shown { data: view(&web, &asker, &base, recording) }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    base: Base,
    request: Request,
) -> Result<Versioned<Written>, Problem> {
    let (new, file) = asked(&web, &asker, request).await?;
    let (upload, file_name, source) = bytes(&web, &asker, &new, file).await?;
    let active = new.status.is_none_or(Status::is_active);
    let about = New { name: &new.name, active, file_name: &file_name, source_url: source };
    let created = sounds::create(&web.app, &asker.scope, upload, &about).await;
    let field = if source.is_some() { "remote_url" } else { "file" };
    let id = created.map_err(|error| refused(error, field))?;
    let recording = sounds::get(&web.app, &asker.scope, id).await?;
    let version = recording.record.prompt.version;
    let message = "Recording created successfully";
    Ok(Versioned::created(version, Written { message, data: view(&web, &asker, &base, recording) }))
}

/// What is to be created: a form with its file, or JSON.
async fn asked(web: &Web, asker: &Signed, request: Request) -> Result<(NewRecording, Option<File>), Problem> {
    if !is_form(&request) {
        return Ok((Input::<NewRecording>::from_request(request, web).await?.0, None));
    }
    let form = uploads::read(web, asker, request, BYTES_MAX).await?;
    Ok((of_form(form.texts)?, form.file))
}

/// The bytes of a new recording, what they are called, and where they were fetched from.
async fn bytes<'a>(
    web: &Web,
    asker: &Signed,
    new: &'a NewRecording,
    file: Option<File>,
) -> Result<(Upload, String, Option<&'a str>), Problem> {
    match (new.r#type, file, new.remote_url.as_deref()) {
        (RecordingType::Upload, Some(file), _) => Ok((file.upload, file.name, None)),
        (RecordingType::Upload, None, _) => Err(Problem::field("file", "The file field is required.")),
        (RecordingType::Remote, _, None) => {
            Err(Problem::field("remote_url", "The remote url field is required."))
        }
        (RecordingType::Remote, _, Some(url)) => {
            let upload = sounds::fetch(&web.app, &asker.scope, url).await;
            let upload = upload.map_err(|error| refused(error, "remote_url"))?;
            let path = url.split(['?', '#']).next().unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            Ok((upload, name, Some(url)))
        }
    }
}

/// Why a sound is not taken, by the field that brought it.
fn refused(error: RecordingError, field: &str) -> Problem {
    match error {
        RecordingError::NoSound => {
            Problem::field(field, "The file must be a sound of type mp3 or wav.").with("code", "no_sound")
        }
        RecordingError::Fetch(FetchError::Unusable(_)) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Nothing can be fetched now.")
        }
        RecordingError::Fetch(FetchError::TooLarge { .. })
        | RecordingError::Object(ObjectError::TooLarge { .. }) => uploads::too_large(field, BYTES_MAX),
        RecordingError::Fetch(error) => {
            Problem::field(field, format!("The sound could not be fetched: {error}."))
                .with("code", error.code().name)
        }
        RecordingError::Status(status) => {
            Problem::field(field, format!("The sound could not be fetched: the host answers {status}."))
        }
        RecordingError::Resource(error) => problem(error),
        RecordingError::Attachment(error) => Problem::coded(error.code(), &error),
        RecordingError::Object(error) => uploads::unkept(&error, BYTES_MAX),
    }
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    base: Base,
    Id(id): Id,
    Expected(expected): Expected,
    Input(changed): Input<ChangedRecording>,
) -> Result<Versioned<Written>, Problem> {
    let active = changed.status.map(Status::is_active);
    let draft = PbxPromptDraft { name: changed.name, active, ..PbxPromptDraft::default() };
    sounds::update(&web.app, &asker.scope, id, draft, expected).await.map_err(problem)?;
    let recording = sounds::get(&web.app, &asker.scope, id).await?;
    let version = recording.record.prompt.version;
    let message = "Recording updated successfully";
    Ok(Versioned::ok(version, Written { message, data: view(&web, &asker, &base, recording) }))
}

async fn replace(
    State(web): State<Web>,
    asker: Signed,
    base: Base,
    Id(id): Id,
    request: Request,
) -> Result<Versioned<Written>, Problem> {
    sounds::get(&web.app, &asker.scope, id).await?;
    if !is_form(&request) {
        return Err(Fault::WrongContentType.into());
    }
    let form = uploads::read(&web, &asker, request, BYTES_MAX).await?;
    let file = form.file.ok_or_else(|| Problem::field("file", "The file field is required."))?;
    let replaced = sounds::replace(&web.app, &asker.scope, id, file.upload, &file.name).await;
    replaced.map_err(|error| refused(error, "file"))?;
    let recording = sounds::get(&web.app, &asker.scope, id).await?;
    let version = recording.record.prompt.version;
    let message = "Recording updated successfully";
    Ok(Versioned::ok(version, Written { message, data: view(&web, &asker, &base, recording) }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
) -> Result<Json<Said>, Problem> {
    sounds::delete(&web.app, &asker.scope, id, expected).await.map_err(problem)?;
    Ok(Json(Said { message: "Recording deleted successfully" }))
}

async fn download(
    State(web): State<Web>,
    asker: Signed,
    base: Base,
    Id(id): Id,
) -> Result<Json<Download>, Problem> {
    let recording = sounds::get(&web.app, &asker.scope, id).await?.record;
    if kind(&recording) == RecordingType::Remote {
        let sentence = "Only uploaded recordings can be downloaded";
        return Err(Problem::new(StatusCode::BAD_REQUEST, sentence));
    }
    let sound = recording.sound.ok_or_else(silent)?;
    Ok(Json(base.download(&web, &asker, sound)))
}

fn silent() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "This recording has no sound yet.").with("code", "sound_not_here")
}

async fn audio(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sound = sounds::open(&web.app, &asker.scope, id).await.map_err(|error| refused(error, "file"))?;
    ranged(sound.ok_or_else(silent)?, &headers, ASK_AGAIN, Manner::Inline).await
}
