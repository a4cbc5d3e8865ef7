//! Recordings of the library: prompts whose sound is kept here, or lies at an address.

use crate::App;
use crate::attachments::{self, AttachmentError, Content, NewAttachment, ObjectError, Upload};
use crate::audio::{self, Sound};
use crate::fetch::{FetchError, Limits};
use crate::models::{IrAttachment, PbxPrompt, PbxPromptDraft, PbxPromptKind};
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use opbx_kernel::{Code, Kind, RecordId, Scope};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Record as _, Value, Values};
use opbx_store::{SaveError, Tx};
use std::collections::HashMap;
use std::time::Duration;

/// The largest recording, in bytes.
pub const BYTES_MAX: u64 = 5 << 20;
/// How long the fetch of one from elsewhere may take.
const FETCH_MAX: Duration = Duration::from_secs(20);

/// A recording with its sound, and who made and last changed it.
#[derive(Debug, Clone)]
pub struct Recording {
    pub prompt: PbxPrompt,
    /// The newest sound that is attached to it.
    pub sound: Option<IrAttachment>,
    pub created_by: Option<String>,
    pub updated_by: Option<String>,
}

/// What a new recording is called.
#[derive(Debug, Clone)]
pub struct New<'a> {
    pub name: &'a str,
    pub active: bool,
    /// As its sender called it.
    pub file_name: &'a str,
    /// Where it was fetched from.
    pub source_url: Option<&'a str>,
}

/// Why a recording is not taken.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("the file is neither WAV nor MP3, or holds no sound")]
    NoSound,
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the host answers {0}")]
    Status(u16),
    #[error(transparent)]
    Resource(#[from] ResourceError),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl RecordingError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoSound => Code::new(Kind::Invalid, "no_sound"),
            Self::Fetch(error) => error.code(),
            Self::Status(_) => Code::new(Kind::Invalid, "host_refuses"),
            Self::Resource(error) => error.code(),
            Self::Attachment(error) => error.code(),
            Self::Object(ObjectError::TooLarge { .. }) => Code::new(Kind::TooLarge, "recording_too_large"),
            Self::Object(ObjectError::Missing) => Code::new(Kind::Internal, "recording_bytes_missing"),
            Self::Object(ObjectError::Unusable(_)) => Code::new(Kind::Unavailable, "object_store_unusable"),
        }
    }
}

/// The recordings of the library: sounds only, and none that was said in a menu's own form.
fn library() -> Domain {
    let kinds = [PbxPromptKind::Recording.as_str(), PbxPromptKind::Url.as_str()];
    Domain::is_in("kind", kinds).and(Domain::is_unset("menu"))
}

pub async fn list(app: &App, scope: &Scope, listing: &Listing) -> Result<Listed<Recording>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listing = Listing { domain: library().and(listing.domain.clone()), ..listing.clone() };
    let listed = resources::list_in::<PbxPrompt>(&mut tx, &listing).await?;
    Ok(Listed { rows: whole(&mut tx, listed.rows).await?, total: listed.total })
}

pub async fn get(app: &App, scope: &Scope, id: RecordId) -> Result<Stored<Recording>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    get_in(&mut tx, id).await
}

async fn get_in(tx: &mut Tx, id: RecordId) -> Result<Stored<Recording>, ResourceError> {
    let prompt = resources::get_in::<PbxPrompt>(tx, id).await?;
    let is_of_library = prompt.record.kind != PbxPromptKind::Text && prompt.record.menu.is_none();
    let found = if is_of_library { whole(tx, vec![prompt]).await?.pop() } else { None };
    found.ok_or(ResourceError::Absent { model: PbxPrompt::MODEL })
}

async fn whole(
    tx: &mut Tx,
    prompts: Vec<Stored<PbxPrompt>>,
) -> Result<Vec<Stored<Recording>>, ResourceError> {
    let ids: Vec<RecordId> = prompts.iter().map(|stored| stored.record.id).collect();
    let mut sounds = newest(tx, &ids).await?;
    let makers = makers(tx, &ids).await?;
    let with = |Stored { record: prompt, created_at, updated_at }: Stored<PbxPrompt>| {
        let (created_by, updated_by) = makers.get(&prompt.id).cloned().unwrap_or_default();
        let record = Recording { sound: sounds.remove(&prompt.id), created_by, updated_by, prompt };
        Stored { record, created_at, updated_at }
    };
    Ok(prompts.into_iter().map(with).collect())
}

/// The newest sound of each prompt that has one.
async fn newest(tx: &mut Tx, prompts: &[RecordId]) -> Result<HashMap<RecordId, IrAttachment>, ResourceError> {
    let of_them = Domain::eq("model", PbxPrompt::MODEL)
        .and(Domain::is_in("record", prompts.iter().map(|id| Value::Int(id.get()))));
    let mut found = HashMap::new();
    // They come newest first.
    for attachment in tx.all::<IrAttachment>(&of_them).await? {
        if let Ok(prompt) = RecordId::new(attachment.record)
            && attachment.mimetype.starts_with("audio/")
        {
            found.entry(prompt).or_insert(attachment);
        }
    }
    Ok(found)
}

type Makers = HashMap<RecordId, (Option<String>, Option<String>)>;

/// The names of who made and who last changed each prompt.
async fn makers(tx: &mut Tx, prompts: &[RecordId]) -> Result<Makers, ResourceError> {
    let rows = tx.read(PbxPrompt::MODEL, prompts, &["created_by", "updated_by"]).await?;
    let user = |value: Option<&Value>| match value {
        Some(Value::Int(id)) => RecordId::new(*id).ok(),
        Some(Value::Record(id)) => Some(*id),
        _ => None,
    };
    let by: Vec<_> =
        rows.iter().map(|row| (row.id, user(row.values.first()), user(row.values.get(1)))).collect();
    let mut users: Vec<RecordId> =
        by.iter().flat_map(|(_, made, changed)| [*made, *changed]).flatten().collect();
    users.sort_unstable();
    users.dedup();
    let names = tx.as_system("tell who made recordings").names("res.users", &users).await?;
    let names: HashMap<RecordId, String> = names.into_iter().map(|named| (named.id, named.name)).collect();
    let name = |user: Option<RecordId>| user.and_then(|user| names.get(&user).cloned());
    Ok(by.into_iter().map(|(id, made, changed)| (id, (name(made), name(changed)))).collect())
}

/// Opens the sound of a recording; none where it has none here.
pub async fn open(app: &App, scope: &Scope, id: RecordId) -> Result<Option<Content>, RecordingError> {
    let mut tx = app.store().read(scope).await.map_err(ResourceError::from)?;
    let Some(sound) = get_in(&mut tx, id).await?.record.sound else { return Ok(None) };
    Ok(Some(attachments::open(&mut tx, app.store().registry(), app.objects(), sound.id).await?))
}

/// Begins to take a recording's bytes.
async fn begin(app: &App, scope: &Scope) -> Result<Upload, ObjectError> {
    app.objects().begin_at_most(scope.tenant(), BYTES_MAX).await
}

/// Fetches a recording's bytes from elsewhere, under guard.
pub async fn fetch(app: &App, scope: &Scope, url: &str) -> Result<Upload, RecordingError> {
    let limits = Limits { total: FETCH_MAX, bytes_max: BYTES_MAX };
    let mut answer = app.fetcher().get(url, &[], limits).await?;
    if !answer.status().is_success() {
        return Err(RecordingError::Status(answer.status().as_u16()));
    }
    let mut upload = begin(app, scope).await?;
    while let Some(bytes) = answer.chunk().await? {
        upload.write(&bytes).await?;
    }
    Ok(upload)
}

/// Makes a recording of what was sent, if it is a sound.
pub async fn create(
    app: &App,
    scope: &Scope,
    mut upload: Upload,
    new: &New<'_>,
) -> Result<RecordId, RecordingError> {
    let sound = audio::judge(&upload.beginning(BYTES_MAX).await?).ok_or(RecordingError::NoSound)?;
    let stored = upload.keep().await?;
    let mut tx = app.store().begin(scope).await.map_err(ResourceError::from)?;
    let draft = PbxPromptDraft {
        name: Some(new.name.to_owned()),
        kind: Some(PbxPromptKind::Recording),
        active: Some(new.active),
        ..PbxPromptDraft::default()
    };
    let id = resources::create_in(&mut tx, draft, Values::new()).await?;
    attach(&mut tx, app, id, &stored, &sound, new.file_name).await?;
    let known = PbxPromptDraft {
        length_ms: Some(i64::try_from(sound.length_ms).ok()),
        source_url: Some(new.source_url.map(str::to_owned)),
        ..PbxPromptDraft::default()
    };
    tx.update(PbxPrompt::MODEL, id, known.into_values(), None).await.map_err(ResourceError::from)?;
    tx.commit().await.map_err(ResourceError::from)?;
    Ok(id)
}

/// Gives a recording another sound; whatever plays it plays the new one from the next call on.
pub async fn replace(
    app: &App,
    scope: &Scope,
    id: RecordId,
    mut upload: Upload,
    file_name: &str,
) -> Result<(), RecordingError> {
    let sound = audio::judge(&upload.beginning(BYTES_MAX).await?).ok_or(RecordingError::NoSound)?;
    let stored = upload.keep().await?;
    let mut tx = app.store().begin(scope).await.map_err(ResourceError::from)?;
    let held = get_in(&mut tx, id).await?.record;
    let draft = PbxPromptDraft {
        kind: Some(PbxPromptKind::Recording),
        url: (held.prompt.kind == PbxPromptKind::Url).then_some(None),
        ..PbxPromptDraft::default()
    };
    resources::update_in(&mut tx, id, draft, Values::new(), None).await?;
    attach(&mut tx, app, id, &stored, &sound, file_name).await?;
    if let Some(old) = held.sound {
        attachments::remove(&mut tx, app.store().registry(), old.id).await?;
    }
    let known = PbxPromptDraft {
        length_ms: Some(i64::try_from(sound.length_ms).ok()),
        source_url: Some(None),
        ..PbxPromptDraft::default()
    };
    tx.update(PbxPrompt::MODEL, id, known.into_values(), None).await.map_err(ResourceError::from)?;
    tx.commit().await.map_err(ResourceError::from)?;
    Ok(())
}

async fn attach(
    tx: &mut Tx,
    app: &App,
    prompt: RecordId,
    stored: &attachments::Stored,
    sound: &Sound,
    file_name: &str,
) -> Result<(), AttachmentError> {
    let usual = format!("recording-{prompt}.{}", sound.format.extension());
    let name = if file_name.trim().is_empty() { usual.as_str() } else { file_name };
    let mimetype = Some(sound.format.mimetype());
    let new = NewAttachment { name, mimetype, model: PbxPrompt::MODEL, record: prompt, field: None };
    attachments::attach(tx, app.store().registry(), stored, &new).await.map(drop)
}

/// Renames a recording, or takes it in and out of service.
pub async fn update(
    app: &App,
    scope: &Scope,
    id: RecordId,
    draft: PbxPromptDraft,
    expected: Option<i64>,
) -> Result<(), ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    get_in(&mut tx, id).await?;
    resources::update_in(&mut tx, id, draft, Values::new(), expected).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a recording that nothing plays; its sound goes with it.
pub async fn delete(
    app: &App,
    scope: &Scope,
    id: RecordId,
    expected: Option<i64>,
) -> Result<(), ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    get_in(&mut tx, id).await?;
    resources::delete_in::<PbxPrompt>(&mut tx, id, expected).await?;
    tx.commit().await?;
    Ok(())
}

impl From<SaveError> for RecordingError {
    fn from(error: SaveError) -> Self {
        Self::Resource(error.into())
    }
}
