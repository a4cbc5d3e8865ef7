//! Attachments: files that belong to a record, and are read and changed by the rights on that record.

mod collect;
mod objects;

pub(crate) use collect::tidy;
pub use collect::{
    COLLECT_MAX, Collect, Collected, collect_all, collect_attachments_batch, collect_objects_batch,
};
pub use objects::{BucketConfig, ByteStream, ObjectError, Objects, SIZE_MAX, Stored, Upload};

use crate::models::{IrAttachment, IrAttachmentDraft, IrLooseObject};
use crate::records::{self, Deed, RecordError};
use futures::TryStreamExt as _;
use objects::Object;
use opbx_kernel::{Code, Kind, RecordId};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Record as _, Registry, access};
use opbx_store::{CommitError, ReadError, SaveError, StoreError, Tx};
use std::ops::Range;

pub(crate) const MODEL: &str = "ir.attachment";
/// The longest name that is kept, in characters; what is longer is cut.
const NAME_LEN_MAX: usize = 255;
/// Attachments of one record.
pub const ATTACHMENTS_MAX: usize = 1_000;

#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    #[error("there is no such attachment, or no such record for it")]
    Absent,
    #[error("the record has {ATTACHMENTS_MAX} attachments already")]
    TooMany,
    #[error("{0:?} is no media type: expected one like application/pdf")]
    BadMimetype(String),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl AttachmentError {
    pub fn code(&self) -> Code {
        match self {
            Self::Absent => Code::new(Kind::Absent, "no_attachment"),
            Self::TooMany => Code::new(Kind::TooMany, "too_many_attachments"),
            Self::BadMimetype(_) => Code::new(Kind::Invalid, "bad_mimetype"),
            Self::Object(ObjectError::TooLarge { .. }) => Code::new(Kind::TooLarge, "attachment_too_large"),
            Self::Object(ObjectError::Missing) => Code::new(Kind::Internal, "attachment_bytes_missing"),
            Self::Object(ObjectError::Unusable(_)) => Code::new(Kind::Unavailable, "object_store_unusable"),
            Self::Record(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

/// What an attachment is called and where it belongs.
#[derive(Debug, Clone)]
pub struct NewAttachment<'a> {
    /// A file's name; folders before it are left off.
    pub name: &'a str,
    /// Unset is `application/octet-stream`.
    pub mimetype: Option<&'a str>,
    pub model: &'a str,
    pub record: RecordId,
    /// The field of the record that it fills, if it fills one.
    pub field: Option<&'a str>,
}

/// An attachment's bytes, ready to be read. What a browser may show of them is for whoever sends them to judge.
pub struct Content {
    pub attachment: IrAttachment,
    object: Object,
}

impl Content {
    /// In bytes.
    pub fn size(&self) -> u64 {
        u64::try_from(self.attachment.size).unwrap_or(0)
    }

    /// The bytes of a range, as much of it as there is.
    pub async fn stream(self, range: Range<u64>) -> Result<ByteStream, ObjectError> {
        let end = range.end.min(self.size());
        self.object.stream(range.start.min(end)..end).await
    }

    /// The first bytes, so many at most.
    pub async fn bytes(self, bytes_max: u64) -> Result<Vec<u8>, ObjectError> {
        let mut stream = self.stream(0..bytes_max).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = stream.try_next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

/// Attaches bytes that were kept before to a record; needs the right to change the record.
///
/// The bytes come first, on the disk, and the row after them: what is killed between leaves bytes that the collector
/// finds, and never a row without bytes.
pub async fn attach(
    tx: &mut Tx,
    registry: &Registry,
    stored: &Stored,
    new: &NewAttachment<'_>,
) -> Result<RecordId, AttachmentError> {
    // Bytes of another tenant are absent like its records.
    if stored.tenant != tx.scope().tenant() {
        return Err(AttachmentError::Absent);
    }
    let mimetype = new.mimetype.map(str::to_ascii_lowercase);
    if let Some(mimetype) = mimetype.as_ref().filter(|mimetype| !is_mimetype(mimetype)) {
        return Err(AttachmentError::BadMimetype(mimetype.clone()));
    }
    allow(tx, registry, new.model, new.record, Deed::Update).await?;
    let count = tx.count(MODEL, &belonging(new.model, new.record)).await?;
    if count >= ATTACHMENTS_MAX as u64 {
        return Err(AttachmentError::TooMany);
    }
    let name = new.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let draft = IrAttachmentDraft {
        name: Some(name.chars().take(NAME_LEN_MAX).collect()),
        mimetype,
        size: Some(i64::try_from(stored.size).unwrap_or(i64::MAX)),
        sha256: Some(stored.sha256.clone()),
        model: Some(new.model.to_owned()),
        record: Some(new.record.get()),
        field: Some(new.field.map(str::to_owned)),
    };
    let id = tx.create(MODEL, draft.into_values()).await?;
    let mut system = tx.as_system("forget that nobody referred to bytes");
    system.delete_where(IrLooseObject::MODEL, &Domain::eq("sha256", stored.sha256.as_str())).await?;
    drop(system);
    Ok(id)
}

/// The attachments of a record, the newest first; needs the right to read the record.
pub async fn of_record(
    tx: &mut Tx,
    registry: &Registry,
    model: &str,
    record: RecordId,
) -> Result<Vec<IrAttachment>, AttachmentError> {
    allow(tx, registry, model, record, Deed::Read).await?;
    Ok(tx.all::<IrAttachment>(&belonging(model, record)).await?)
}

/// An attachment without its bytes; needs the right to read the record it belongs to.
pub async fn get(tx: &mut Tx, registry: &Registry, id: RecordId) -> Result<IrAttachment, AttachmentError> {
    found(tx, registry, id, Deed::Read).await
}

/// Opens an attachment; needs the right to read the record it belongs to.
pub async fn open(
    tx: &mut Tx,
    registry: &Registry,
    objects: &Objects,
    id: RecordId,
) -> Result<Content, AttachmentError> {
    let attachment = found(tx, registry, id, Deed::Read).await?;
    let object = objects.read(tx.scope().tenant(), &attachment.sha256).await?;
    Ok(Content { attachment, object })
}

/// Removes an attachment; needs the right to change the record it belongs to. Its bytes go by the collector, a day after
/// it has seen that no other attachment has the same.
pub async fn remove(tx: &mut Tx, registry: &Registry, id: RecordId) -> Result<(), AttachmentError> {
    found(tx, registry, id, Deed::Update).await?;
    Ok(tx.delete(MODEL, id).await?)
}

/// Whether the asker may attach something to a record.
pub async fn may_attach(
    tx: &mut Tx,
    registry: &Registry,
    model: &str,
    record: RecordId,
) -> Result<(), AttachmentError> {
    allow(tx, registry, model, record, Deed::Update).await
}

async fn found(
    tx: &mut Tx,
    registry: &Registry,
    id: RecordId,
    deed: Deed,
) -> Result<IrAttachment, AttachmentError> {
    let attachment = tx.get::<IrAttachment>(id).await?.ok_or(AttachmentError::Absent)?;
    let record = RecordId::new(attachment.record).map_err(|_| AttachmentError::Absent)?;
    allow(tx, registry, &attachment.model, record, deed).await?;
    Ok(attachment)
}

/// Refuses whoever may not do this to the record; one that is not there is absent.
async fn allow(
    tx: &mut Tx,
    registry: &Registry,
    model: &str,
    record: RecordId,
    deed: Deed,
) -> Result<(), AttachmentError> {
    let model = registry.model(model).ok_or(AttachmentError::Absent)?;
    records::require(tx.scope(), model, deed)?;
    // Whoever may change some fields of a record only has no say in its files.
    if deed == Deed::Update && !access::may_change(tx.scope(), model, "attachments") {
        return Err(RecordError::NotAllowed { model: model.name.to_string(), deed }.into());
    }
    let there = tx.read(model.name.as_str(), &[record], &[]).await?;
    if there.is_empty() { Err(AttachmentError::Absent) } else { Ok(()) }
}

fn belonging(model: &str, record: RecordId) -> Domain {
    Domain::eq("model", model).and(Domain::eq("record", record.get()))
}

/// A type and a subtype of RFC 6838, section 4.2; parameters are left to whoever sends the bytes.
pub(crate) fn is_mimetype(text: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    text.split_once('/').is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype))
}
