//! Files of any record, as people attach and take them: by the rights on that record, one transaction each.

use crate::App;
use crate::attachments::{self, AttachmentError, Content, NewAttachment, Stored};
use crate::models::IrAttachment;
use opbx_kernel::{RecordId, Scope, Timestamp};
use opbx_platform::{Record as _, Value};
use opbx_store::Tx;

/// The largest file that is taken at once, in bytes.
pub const BYTES_MAX: u64 = 50 << 20;

/// A file, and since when it is there.
#[derive(Debug, Clone)]
pub struct Kept {
    pub file: IrAttachment,
    pub created_at: Option<Timestamp>,
}

/// The files of a record, the newest first.
pub async fn of_record(
    app: &App,
    scope: &Scope,
    model: &str,
    record: RecordId,
) -> Result<Vec<Kept>, AttachmentError> {
    let mut tx = app.store().read(scope).await?;
    let files = attachments::of_record(&mut tx, app.store().registry(), model, record).await?;
    dated(&mut tx, files).await
}

pub async fn get(app: &App, scope: &Scope, id: RecordId) -> Result<Kept, AttachmentError> {
    let mut tx = app.store().read(scope).await?;
    let file = attachments::get(&mut tx, app.store().registry(), id).await?;
    dated(&mut tx, vec![file]).await?.pop().ok_or(AttachmentError::Absent)
}

async fn dated(tx: &mut Tx, files: Vec<IrAttachment>) -> Result<Vec<Kept>, AttachmentError> {
    let ids: Vec<RecordId> = files.iter().map(|file| file.id).collect();
    let rows = tx.read(IrAttachment::MODEL, &ids, &["created_at"]).await?;
    let at = |id: RecordId| {
        let row = rows.iter().find(|row| row.id == id)?;
        if let Some(Value::Instant(at)) = row.values.first() { Some(*at) } else { None }
    };
    Ok(files.into_iter().map(|file| Kept { created_at: at(file.id), file }).collect())
}

/// Refuses whoever may not attach a file to this record, before its bytes come in.
pub async fn may_attach(
    app: &App,
    scope: &Scope,
    model: &str,
    record: RecordId,
) -> Result<(), AttachmentError> {
    let mut tx = app.store().read(scope).await?;
    attachments::may_attach(&mut tx, app.store().registry(), model, record).await
}

pub async fn attach(
    app: &App,
    scope: &Scope,
    stored: &Stored,
    new: &NewAttachment<'_>,
) -> Result<RecordId, AttachmentError> {
    let mut tx = app.store().begin(scope).await?;
    let id = attachments::attach(&mut tx, app.store().registry(), stored, new).await?;
    tx.commit().await?;
    Ok(id)
}

pub async fn open(app: &App, scope: &Scope, id: RecordId) -> Result<Content, AttachmentError> {
    let mut tx = app.store().read(scope).await?;
    attachments::open(&mut tx, app.store().registry(), app.objects(), id).await
}

pub async fn remove(app: &App, scope: &Scope, id: RecordId) -> Result<(), AttachmentError> {
    let mut tx = app.store().begin(scope).await?;
    attachments::remove(&mut tx, app.store().registry(), id).await?;
    tx.commit().await?;
    Ok(())
}
