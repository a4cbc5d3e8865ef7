//! Backups: the whole installation in one file, and back from it.
//!
//! The file is gzip over lines of JSON, so that it can be looked into with what every machine has. The first line tells
//! what it is; then comes each table with its rows, then the objects where they were asked for, then a line that counts
//! all of it and holds its digest. What was sealed stays sealed: without the key file nobody opens it.

mod reading;
mod writing;

pub use reading::{Checked, check};

use crate::attachments::{ObjectError, Objects};
use crate::entropy;
use futures::StreamExt as _;
use opbx_kernel::seal::Keyring;
use opbx_kernel::{Clock, Code, Kind, Operator, TenantId};
use opbx_platform::Value;
use opbx_store::{BackupTable, ROWS_MAX, RestoreError, SnapshotError, Store, StoreError};
use reading::{Line, Reader};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use writing::Writer;

/// How these files are laid out; a higher one is refused.
pub const FORMAT: i64 = 1;
/// The longest line: a row with all that its columns may hold.
const LINE_LEN_MAX: u64 = 256 << 20;
/// Bytes of an object that stand in one line.
const CHUNK_LEN: usize = 48 << 10;
/// Objects of one installation that one backup takes.
const OBJECTS_MAX: usize = 10_000_000;
/// What the keys are tried with, so that a restore knows them before it writes.
const PROBE: &[u8] = b"opbx backup";
const ATTACHMENTS: &str = "ir_attachment";

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{0} cannot be written: {1}")]
    Unwritable(PathBuf, #[source] io::Error),
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("{0} is no backup of OPBX")]
    NoBackup(PathBuf),
    #[error("the backup is of a newer version (format {found}, this one knows {FORMAT})")]
    Newer { found: i64 },
    #[error("the backup ends too early: it was cut off, or is still being written")]
    Truncated,
    #[error("line {line} of the backup is damaged: {reason}")]
    Damaged { line: u64, reason: String },
    #[error("the backup is not what was written: its digest is another")]
    Changed,
    #[error("a row of {0} is longer than a backup takes")]
    TooLong(String),
    #[error("more than {OBJECTS_MAX} objects are more than a backup takes")]
    TooManyObjects,
    #[error(
        "the key file does not open what this backup holds: bring back the key file of the installation that it was \
         made of (`keys` in the configuration)"
    )]
    WrongKeys,
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    pub fn code(&self) -> Code {
        match self {
            Self::Unwritable(..) => Code::new(Kind::Unavailable, "backup_unwritable"),
            Self::Unreadable(..) => Code::new(Kind::Invalid, "backup_unreadable"),
            Self::NoBackup(_) | Self::Damaged { .. } => Code::new(Kind::Invalid, "backup_damaged"),
            Self::Newer { .. } => Code::new(Kind::Invalid, "backup_newer"),
            Self::Truncated => Code::new(Kind::Invalid, "backup_truncated"),
            Self::Changed => Code::new(Kind::Invalid, "backup_changed"),
            Self::TooLong(_) | Self::TooManyObjects => Code::new(Kind::TooLarge, "backup_too_large"),
            Self::WrongKeys => Code::new(Kind::Conflict, "backup_wrong_keys"),
            Self::Snapshot(error) => error.code(),
            Self::Restore(error) => error.code(),
            Self::Object(_) => Code::new(Kind::Unavailable, "object_store_unusable"),
            Self::Store(error) => error.code(),
        }
    }
}

/// What a backup came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    pub tenants: usize,
    pub tables: u64,
    pub rows: u64,
    pub objects: u64,
    /// Objects that attachments name and that the store does not have.
    pub missing: u64,
    /// Bytes of the file.
    pub size: u64,
}

/// Writes everything as it stands now into a file, with the objects where a store of them is given. Nobody waits for
/// it. Until it is whole, the file has another name: what is killed on the way leaves the last backup as it was.
pub async fn write(
    store: &Store,
    keyring: &Keyring,
    objects: Option<&Objects>,
    clock: &dyn Clock,
    path: &Path,
) -> Result<Written, BackupError> {
    let operator = Operator::because("back everything up");
    let mut snapshot = store.snapshot(&operator).await?;
    let mut writer = Writer::create(path)?;
    let probe = keyring.seal(entropy::bytes(), PROBE, PROBE);
    writer.header(&probe, clock.now(), objects.is_some())?;
    let mut named = BTreeSet::new();
    let tables = snapshot.tables().to_vec();
    for (at, table) in tables.iter().enumerate() {
        writer.table(table)?;
        let mut rows = snapshot.open(at);
        loop {
            let read = snapshot.next(&mut rows).await?;
            if read.is_empty() {
                break;
            }
            for row in &read {
                writer.row(table, row)?;
                if objects.is_some() {
                    named.extend(object_of(table, row));
                }
            }
            if named.len() > OBJECTS_MAX {
                return Err(BackupError::TooManyObjects);
            }
        }
        writer.end_table()?;
    }
    let tenants = snapshot.tenants();
    // Their bytes never change, and stay for a day after the last attachment with them went.
    snapshot.end().await?;
    let mut missing = 0;
    if let Some(objects) = objects {
        for (tenant, sha256) in named {
            if !write_object(&mut writer, objects, tenant, &sha256).await? {
                missing += 1;
            }
        }
    }
    Ok(Written { tenants, missing, ..writer.finish()? })
}

/// The object that a row of attachments names.
fn object_of(table: &BackupTable, row: &[Value]) -> Option<(TenantId, String)> {
    if table.name != ATTACHMENTS {
        return None;
    }
    let cell = |column: &str| row.get(table.place_of(column)?);
    match (cell("tenant_id"), cell("sha256")) {
        (Some(Value::Int(tenant)), Some(Value::Text(sha256))) => {
            Some((TenantId::new(*tenant).ok()?, sha256.clone()))
        }
        _ => None,
    }
}

/// Whether the store had it.
async fn write_object(
    writer: &mut Writer,
    objects: &Objects,
    tenant: TenantId,
    sha256: &str,
) -> Result<bool, BackupError> {
    let found = match objects.read(tenant, sha256).await {
        Ok(object) => object.whole().await,
        Err(error) => Err(error),
    };
    let mut bytes = match found {
        Ok(bytes) => bytes,
        Err(ObjectError::Missing) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    writer.object(tenant, sha256)?;
    while let Some(read) = bytes.next().await {
        for chunk in read.map_err(ObjectError::from)?.chunks(CHUNK_LEN) {
            writer.chunk(chunk)?;
        }
    }
    Ok(true)
}

/// What a restore came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restored {
    pub tables: u64,
    pub rows: u64,
    pub objects: u64,
}

/// Brings back what `check` looked at, in one transaction. With `replace`, what the database holds goes first. No
/// node may run on it meanwhile.
pub async fn restore(
    store: &Store,
    objects: &Objects,
    path: &Path,
    checked: &Checked,
    replace: bool,
) -> Result<Restored, BackupError> {
    let operator = Operator::because("bring a backup back");
    let mut reader = Reader::open(path)?;
    let mut restore = store.restore(&operator, replace).await?;
    let mut done = Restored::default();
    let mut waiting = Vec::with_capacity(ROWS_MAX);
    let mut upload = None;
    while let Some(line) = reader.next()? {
        if !matches!(line, Line::Row(_)) && !waiting.is_empty() {
            restore.rows(&std::mem::take(&mut waiting)).await?;
        }
        match line {
            Line::Table(table) => {
                done.tables += 1;
                restore.table(table).await?;
            }
            Line::Row(row) => {
                done.rows += 1;
                waiting.push(row);
                if waiting.len() >= ROWS_MAX {
                    restore.rows(&std::mem::take(&mut waiting)).await?;
                }
            }
            Line::Object(tenant) => {
                done.objects += 1;
                keep(upload.replace(objects.begin(tenant).await?)).await?;
            }
            Line::Chunk(bytes) => {
                if let Some(upload) = &mut upload {
                    upload.write(&bytes).await?;
                }
            }
            Line::TableEnd | Line::End => {}
        }
    }
    keep(upload).await?;
    // Somebody may have written another file under the name since it was checked.
    if reader.digest() != Some(checked.sha256.as_str()) {
        return Err(BackupError::Changed);
    }
    restore.finish().await?;
    Ok(done)
}

/// What was kept and is named by no record, because the restore fails after all, goes by the collector.
async fn keep(upload: Option<crate::attachments::Upload>) -> Result<(), BackupError> {
    if let Some(upload) = upload {
        upload.keep().await?;
    }
    Ok(())
}
