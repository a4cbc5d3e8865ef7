//! Recordings of conversations and messages: fetched from where the engine keeps them, and kept here.
//!
//! The address comes from outside, so it is fetched under guard. The job is left in the transaction that stores what
//! was told of the recording: none is forgotten, and each is fetched once.

use crate::attachments::{
    self, AttachmentError, NewAttachment, ObjectError, Objects, SIZE_MAX, Stored, is_mimetype,
};
use crate::events::RECORDING_TOPIC;
use crate::fetch::{Answer, FetchError, Fetcher, Limits};
use crate::ingest::IngestError;
use crate::ingest::calls::filled;
use crate::jobs::{Doing, Handler, JobError, Lane, Work};
use crate::models::{
    PbxCall, PbxCallDirection, PbxCallDraft, PbxCallRecorded, PbxCallRecording, PbxCallRecordingDraft,
    PbxCallRecordingState, PbxCdr, PbxExtension, PbxVoicemailMessage, PbxVoicemailMessageDraft,
    PbxVoicemailMessageRecording,
};
use crate::resources::ResourceError;
use jiff::SignedDuration;
use opbx_kernel::seal::digest;
use opbx_kernel::{Code, Kind, RecordId};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value};
use opbx_store::{NewJob, ReadError, SaveError, Tx};
use serde_json::json;
use std::time::Duration;

const KIND: &str = "recording.fetch";
/// How long one fetch may take, from the first name looked up to the last byte.
const FETCH_MAX: Duration = Duration::from_secs(300);
/// An engine may need a while before it has the recording ready: eight tries span some twenty minutes.
const TRIES_MAX: u32 = 8;
/// And is not asked before.
const READY_AFTER: Duration = Duration::from_secs(3);
const ERROR_LEN_MAX: usize = 300;
/// Media types that a recording comes as; some stores say of every file that it is just bytes.
const BYTES: [&str; 3] = ["application/octet-stream", "binary/octet-stream", "application/ogg"];

/// Whose recording it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Call,
    Message,
}

impl Of {
    fn model(self) -> &'static str {
        match self {
            Self::Call => "pbx.call.recording",
            Self::Message => "pbx.voicemail.message",
        }
    }

    fn read(model: &str) -> Option<Self> {
        [Self::Call, Self::Message].into_iter().find(|of| of.model() == model)
    }
}

/// Why a sound that is fetched from the carrier cannot be heard.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// It was not fetched yet, or never will be.
    #[error("the sound of this recording is not here")]
    NotHere,
    #[error(transparent)]
    Resource(#[from] ResourceError),
    #[error(transparent)]
    Attachment(AttachmentError),
}

impl SoundError {
    pub fn code(&self) -> Code {
        match self {
            Self::NotHere => Code::new(Kind::Absent, "sound_not_here"),
            Self::Resource(error) => error.code(),
            Self::Attachment(error) => error.code(),
        }
    }
}

/// Leaves word that a recording is to be fetched.
pub(crate) async fn enqueue(tx: &mut Tx, of: Of, record: RecordId) -> Result<(), SaveError> {
    let model = of.model();
    let job = NewJob::of(KIND)
        .with(json!({ "model": model, "record": record.get() }))
        .keyed(format!("{KIND}:{model}:{record}"))
        .at(tx.began().saturating_add(READY_AFTER).unwrap_or_else(|_| tx.began()))
        .attempts(TRIES_MAX);
    tx.enqueue(job).await.map(drop)
}

/// Notes the recording that a detail record tells of, once, and has it fetched.
pub(crate) async fn note(tx: &mut Tx, call: RecordId, cdr: &PbxCdr, url: &str) -> Result<(), IngestError> {
    let digest = crate::hooks::hex(&digest(&[url.as_bytes()]));
    let same = Domain::eq("call", Value::Record(call)).and(Domain::eq("digest", digest.as_str()));
    if tx.count(Of::Call.model(), &same).await? > 0 {
        return Ok(());
    }
    let number = tx.get::<PbxCall>(call).await?.and_then(|call| call.number);
    let draft = PbxCallRecordingDraft {
        call: Some(call),
        digest: Some(digest),
        number: Some(number),
        from_number: Some(cdr.from_number.clone()),
        to_number: Some(cdr.to_number.clone()),
        started_at: Some(cdr.call_started_at.unwrap_or(cdr.session_timestamp)),
        length_s: Some(Some(cdr.billsec_s)),
        url: Some(url.to_owned()),
        attachment: None,
        state: Some(PbxCallRecordingState::Waiting),
        error: None,
        ..whose(tx, call).await?
    };
    let recording = tx.create(Of::Call.model(), draft.into_values()).await?;
    tx.update("pbx.call", call, call_state(PbxCallRecordingState::Waiting).into_values(), None).await?;
    Ok(enqueue(tx, Of::Call, recording).await?)
}

/// Whose conversation a call was, and how long what was recorded of it is kept, as far as the call tells yet.
pub(crate) async fn whose(tx: &mut Tx, call: RecordId) -> Result<PbxCallRecordingDraft, ReadError> {
    let Some(call) = tx.get::<PbxCall>(call).await? else { return Ok(PbxCallRecordingDraft::default()) };
    let caller = call.from_number.filter(|_| call.direction != PbxCallDirection::Inbound);
    let answering = call.answered_by;
    let numbers: Vec<&str> = [&caller, &answering].into_iter().flatten().map(String::as_str).collect();
    let extensions = tx.all::<PbxExtension>(&Domain::is_in("number", numbers)).await?;
    let user = |number: &Option<String>| {
        let number = number.as_deref()?;
        extensions.iter().find(|extension| extension.number == number)?.user
    };
    let days = call.recording_days;
    let keep_until = days
        .and_then(|days| call.started_at.checked_add(SignedDuration::from_hours(days.checked_mul(24)?)).ok());
    Ok(PbxCallRecordingDraft {
        caller_user: Some(user(&caller)),
        answering_user: Some(user(&answering)),
        keep_until: Some(keep_until),
        ..PbxCallRecordingDraft::default()
    })
}

fn call_state(state: PbxCallRecordingState) -> PbxCallDraft {
    PbxCallDraft { recorded: Some(PbxCallRecorded::parse(state.as_str())), ..PbxCallDraft::default() }
}

/// Fetches one recording and keeps it as an attachment of its record.
pub struct Fetch {
    pub objects: Objects,
    pub fetcher: Fetcher,
}

impl Handler for Fetch {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn lane(&self) -> Lane {
        Lane::Recordings
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(self.fetch(work))
    }
}

/// Why a recording is not here.
#[derive(Debug, thiserror::Error)]
enum NotFetched {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the engine answers {0}")]
    Status(u16),
    #[error("what lies there is {0}, and no sound")]
    NoSound(String),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
}

impl NotFetched {
    /// Whether it may be there later: an engine tells of a recording before it has written it.
    fn may_pass(&self) -> bool {
        match self {
            Self::Fetch(error) => error.may_pass(),
            Self::Status(status) => !matches!(status, 400 | 401 | 410 | 414 | 451),
            Self::NoSound(_)
            | Self::Object(ObjectError::TooLarge { .. })
            | Self::Attachment(AttachmentError::TooMany | AttachmentError::BadMimetype(_)) => false,
            Self::Object(_) | Self::Attachment(_) => true,
        }
    }
}

impl Fetch {
    async fn fetch(&self, work: &Work) -> Result<(), JobError> {
        let payload = work.payload();
        let of = payload["model"].as_str().and_then(Of::read);
        let record = payload["record"].as_i64().and_then(|id| RecordId::new(id).ok());
        let Some((of, record)) = of.zip(record) else {
            return Err(JobError::Never("the job names no recording".to_owned()));
        };
        let Some(url) = waiting_url(work, of, record).await? else { return Ok(()) };
        match self.kept(work, of, record, &url).await {
            Ok(()) => Ok(()),
            Err(error) if error.may_pass() && work.attempt() < TRIES_MAX => {
                Err(JobError::Again(error.to_string()))
            }
            Err(error) => {
                give_up(work, of, record, &error.to_string()).await?;
                Err(JobError::Never(error.to_string()))
            }
        }
    }

    async fn kept(&self, work: &Work, of: Of, record: RecordId, url: &str) -> Result<(), NotFetched> {
        let (stored, mimetype) = self.stored(work, url).await?;
        Ok(keep(work, of, record, &stored, &mimetype).await?)
    }

    async fn stored(&self, work: &Work, url: &str) -> Result<(Stored, String), NotFetched> {
        let limits = Limits { total: FETCH_MAX, bytes_max: SIZE_MAX };
        let mut answer = self.fetcher.get(url, &[], limits).await?;
        if !answer.status().is_success() {
            return Err(NotFetched::Status(answer.status().as_u16()));
        }
        let mimetype = sound(&answer, url)?;
        let mut upload = self.objects.begin(work.tenant()).await?;
        while let Some(bytes) = answer.chunk().await? {
            upload.write(&bytes).await?;
        }
        Ok((upload.keep().await?, mimetype))
    }
}

/// The media type of an answer that may be sound.
fn sound(answer: &Answer, url: &str) -> Result<String, NotFetched> {
    let said = answer.mimetype().filter(|mimetype| !mimetype.is_empty());
    match said {
        Some(mimetype) if is_sound(&mimetype) && is_mimetype(&mimetype) => Ok(mimetype),
        Some(mimetype) if !is_sound(&mimetype) && !BYTES.contains(&mimetype.as_str()) => {
            Err(NotFetched::NoSound(mimetype))
        }
        _ => {
            let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
            let kind = if path.ends_with(".mp3") { "audio/mpeg" } else { "audio/wav" };
            Ok(kind.to_owned())
        }
    }
}

fn is_sound(mimetype: &str) -> bool {
    mimetype.starts_with("audio/")
}

/// The address of a recording that is still to be fetched; none where it is here, given up, or deleted.
async fn waiting_url(work: &Work, of: Of, record: RecordId) -> Result<Option<String>, JobError> {
    let mut tx = work.store().read(work.scope()).await?;
    Ok(match of {
        Of::Call => {
            let recording = tx.get::<PbxCallRecording>(record).await?;
            recording.filter(|r| r.state == PbxCallRecordingState::Waiting).map(|recording| recording.url)
        }
        Of::Message => {
            let message = tx.get::<PbxVoicemailMessage>(record).await?;
            let waits = Some(PbxVoicemailMessageRecording::Waiting);
            message.filter(|message| message.recording == waits).map(|message| message.url)
        }
    })
}

async fn keep(
    work: &Work,
    of: Of,
    record: RecordId,
    stored: &Stored,
    mimetype: &str,
) -> Result<(), AttachmentError> {
    let ending = if mimetype == "audio/mpeg" || mimetype == "audio/mp3" { "mp3" } else { "wav" };
    let name = format!("recording-{record}.{ending}");
    let new = NewAttachment {
        name: &name,
        mimetype: Some(mimetype),
        model: of.model(),
        record,
        field: Some("attachment"),
    };
    let mut tx = work.store().begin(work.scope()).await?;
    let attached = attachments::attach(&mut tx, work.store().registry(), stored, &new).await;
    let attachment = match attached {
        Ok(attachment) => attachment,
        // The record was deleted meanwhile, and its sound with it.
        Err(AttachmentError::Absent) => return Ok(()),
        Err(error) => return Err(error),
    };
    match of {
        Of::Call => {
            if let Some(recording) = tx.get::<PbxCallRecording>(record).await? {
                let draft = PbxCallRecordingDraft {
                    attachment: Some(Some(attachment)),
                    state: Some(PbxCallRecordingState::Ready),
                    error: Some(None),
                    // By now the call knows better who took part than when its detail record came.
                    ..whose(&mut tx, recording.call).await?
                };
                tx.update(of.model(), record, draft.into_values(), None).await?;
                let ready = call_state(PbxCallRecordingState::Ready);
                tx.update("pbx.call", recording.call, ready.into_values(), None).await?;
                let (call, length_s) = (recording.call.get(), recording.length_s);
                tx.publish(
                    RECORDING_TOPIC,
                    json!({ "id": record.get(), "call": call, "length_s": length_s }),
                )?;
            }
        }
        Of::Message => {
            let draft = PbxVoicemailMessageDraft {
                attachment: Some(Some(attachment)),
                recording: Some(Some(PbxVoicemailMessageRecording::Ready)),
                recording_error: Some(None),
                ..PbxVoicemailMessageDraft::default()
            };
            tx.update(of.model(), record, draft.into_values(), None).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Says why a recording will not come.
async fn give_up(work: &Work, of: Of, record: RecordId, error: &str) -> Result<(), JobError> {
    let mut tx = work.store().begin(work.scope()).await?;
    let error = filled(error, ERROR_LEN_MAX);
    let values = match of {
        Of::Call => PbxCallRecordingDraft {
            state: Some(PbxCallRecordingState::Failed),
            error: Some(error),
            ..PbxCallRecordingDraft::default()
        }
        .into_values(),
        Of::Message => PbxVoicemailMessageDraft {
            recording: Some(Some(PbxVoicemailMessageRecording::Failed)),
            recording_error: Some(error),
            ..PbxVoicemailMessageDraft::default()
        }
        .into_values(),
    };
    match tx.update(of.model(), record, values, None).await {
        Ok(()) => {}
        Err(SaveError::Absent { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    if of == Of::Call
        && let Some(recording) = tx.get::<PbxCallRecording>(record).await?
    {
        let failed = call_state(PbxCallRecordingState::Failed);
        tx.update("pbx.call", recording.call, failed.into_values(), None).await?;
    }
    tx.commit().await?;
    Ok(())
}
