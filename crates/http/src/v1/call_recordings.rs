//! Recordings of conversations: who may hear what, its sound, and its end.

use super::downloads::{Base, Download, unheard};
use super::words::{instant, record_id};
use crate::Web;
use crate::api::{
    ASK_AGAIN, Access, Api, Expected, Id, Page, Paging, Params, Problem, Signed, Sorts, Versioned, ranged,
};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use opbx_app::call_recordings;
use opbx_app::downloads::Manner;
use opbx_app::models::{PbxCallRecording, PbxCallRecordingState};
use opbx_app::resources::{self, Stored};
use opbx_kernel::{RecordId, Timestamp};
use opbx_platform::Domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Call recordings";
const SORTS: Sorts = Sorts {
    fields: &[
        ("started_at", "started_at"),
        ("duration", "length_s"),
        ("from_number", "from_number"),
        ("to_number", "to_number"),
        ("state", "state"),
    ],
    descending: true,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/call-recordings", "call_recordings.list", Access::READERS, list, |operation| {
        operation
            .about(TAG, "List recordings of calls; users see those of their own conversations")
            .gives::<Page<CallRecordingView>>(200, "A page of recordings.");
    })
    .get("/call-recordings/{id}", "call_recordings.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show the recording of a call").gives::<Shown>(200, "The recording.");
    })
    .delete("/call-recordings/{id}", "call_recordings.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete the recording of a call").gives_nothing(204, "It is gone.");
    })
    .get("/call-recordings/{id}/audio", "call_recordings.audio", Access::READERS, audio, |operation| {
        operation
            .about(TAG, "Hear the recording of a call; a range of it where one is asked for")
            .gives_bytes(200, "audio/*", "The whole sound.")
            .gives_bytes(206, "audio/*", "The range.");
    })
    .get(
        "/call-recordings/{id}/download",
        "call_recordings.download",
        Access::READERS,
        download,
        |operation| {
            operation
                .about(TAG, "Make an address at which the recording of a call is saved")
                .gives::<Download>(200, "The address; it opens for half an hour.");
        },
    );
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RecordingState {
    /// Still to be fetched from the carrier.
    Waiting,
    Ready,
    /// It will not come; `error` says why.
    Failed,
}

impl RecordingState {
    fn of(state: PbxCallRecordingState) -> Self {
        match state {
            PbxCallRecordingState::Waiting => Self::Waiting,
            PbxCallRecordingState::Ready => Self::Ready,
            PbxCallRecordingState::Failed => Self::Failed,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Waiting => PbxCallRecordingState::Waiting.as_str(),
            Self::Ready => PbxCallRecordingState::Ready.as_str(),
            Self::Failed => PbxCallRecordingState::Failed.as_str(),
        }
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    state: Option<RecordingState>,
    /// The call's id.
    call_id: Option<i64>,
    /// Begun at this instant or later.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    from_date: Option<Timestamp>,
    /// Begun before this instant.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    to_date: Option<Timestamp>,
    /// A party's number.
    search: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CallRecordingView {
    id: i64,
    organization_id: i64,
    /// The call's record, as `/call-logs/{id}` has it.
    call_id: i64,
    /// The company's number that was called.
    number: Option<String>,
    from_number: Option<String>,
    to_number: Option<String>,
    started_at: String,
    /// Seconds, as the carrier bills them.
    duration: Option<i64>,
    state: RecordingState,
    error: Option<String>,
    /// Deleted then, by the policy by which it was recorded; none leaves it to the retention of recordings.
    keep_until: Option<String>,
    /// Where it is heard, under the same session.
    audio_url: Option<String>,
    /// Plays for half an hour without any header.
    playback_url: Option<String>,
    created_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: CallRecordingView,
}

fn view(web: &Web, asker: &Signed, base: &Base, stored: Stored<PbxCallRecording>) -> CallRecordingView {
    let Stored { record: recording, created_at, .. } = stored;
    let sound = recording.attachment;
    CallRecordingView {
        id: recording.id.get(),
        organization_id: asker.tenant.get(),
        call_id: recording.call.get(),
        number: recording.number,
        from_number: recording.from_number,
        to_number: recording.to_number,
        started_at: recording.started_at.to_string(),
        duration: recording.length_s,
        state: RecordingState::of(recording.state),
        error: recording.error,
        keep_until: instant(recording.keep_until),
        audio_url: sound.map(|_| format!("/api/v1/call-recordings/{}/audio", recording.id)),
        playback_url: sound.map(|sound: RecordId| base.address(web, asker, sound, Manner::Inline)),
        created_at: instant(created_at),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    base: Base,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<CallRecordingView>>, Problem> {
    let mut domain = Domain::All;
    if let Some(state) = filters.state {
        domain = domain.and(Domain::eq("state", state.word()));
    }
    if let Some(id) = filters.call_id {
        domain = domain.and(Domain::eq("call", record_id(id, "call_id")?));
    }
    if let Some(from) = filters.from_date {
        domain = domain.and(Domain::ge("started_at", from));
    }
    if let Some(to) = filters.to_date {
        domain = domain.and(Domain::lt("started_at", to));
    }
    if let Some(text) = &filters.search {
        domain = domain
            .and(Domain::contains_folded("from_number", text).or(Domain::contains_folded("to_number", text)));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = resources::list::<PbxCallRecording>(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |recording| view(&web, &asker, &base, recording))))
}

async fn show(
    State(web): State<Web>,
    asker: Signed,
    base: Base,
    Id(id): Id,
) -> Result<Versioned<Shown>, Problem> {
    let recording = resources::get::<PbxCallRecording>(&web.app, &asker.scope, id).await?;
    let version = recording.record.version;
    Ok(Versioned::ok(version, Shown { data: view(&web, &asker, &base, recording) }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
) -> Result<StatusCode, Problem> {
    call_recordings::delete(&web.app, &asker.scope, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn audio(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let content =
        call_recordings::open(&web.app, &asker.scope, id).await.map_err(|error| unheard(error, "call"))?;
    ranged(content, &headers, ASK_AGAIN, Manner::Inline).await
}

async fn download(
    State(web): State<Web>,
    asker: Signed,
    base: Base,
    Id(id): Id,
) -> Result<Json<Download>, Problem> {
    let sound =
        call_recordings::sound(&web.app, &asker.scope, id).await.map_err(|error| unheard(error, "call"))?;
    Ok(Json(base.download(&web, &asker, sound)))
}
