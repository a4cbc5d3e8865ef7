//! A backup on its way into its file.

use super::{BackupError, FORMAT, LINE_LEN_MAX, Written};
use crate::entropy;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use opbx_kernel::{TenantId, Timestamp};
use opbx_platform::Value;
use opbx_store::BackupTable;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Writes lines; dropped before `finish`, it leaves nothing behind.
pub(super) struct Writer {
    path: PathBuf,
    /// Where it is written until it is whole.
    part: Option<PathBuf>,
    out: Option<GzEncoder<BufWriter<File>>>,
    hash: Sha256,
    done: Written,
    rows_of_table: u64,
}

impl Writer {
    pub(super) fn create(path: &Path) -> Result<Self, BackupError> {
        let random = u64::from_le_bytes(entropy::bytes());
        let mut part = path.as_os_str().to_owned();
        part.push(format!(".{random:016x}.part"));
        let part = PathBuf::from(part);
        // Of passwords it holds digests only, but of everything else the clear text.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
        let file = file.map_err(|error| BackupError::Unwritable(part.clone(), error))?;
        Ok(Self {
            path: path.to_owned(),
            part: Some(part),
            out: Some(GzEncoder::new(BufWriter::new(file), Compression::default())),
            hash: Sha256::new(),
            done: Written::default(),
            rows_of_table: 0,
        })
    }

    pub(super) fn header(
        &mut self,
        probe: &[u8],
        made_at: Timestamp,
        has_objects: bool,
    ) -> Result<(), BackupError> {
        self.line(&json!({
            "opbx_backup": FORMAT,
            "version": env!("CARGO_PKG_VERSION"),
            "made_at": made_at.to_string(),
            "has_objects": has_objects,
            "probe": STANDARD.encode(probe),
        }))
    }

    pub(super) fn table(&mut self, table: &BackupTable) -> Result<(), BackupError> {
        self.done.tables += 1;
        self.rows_of_table = 0;
        self.line(&table.to_json())
    }

    pub(super) fn row(&mut self, table: &BackupTable, row: &[Value]) -> Result<(), BackupError> {
        self.rows_of_table += 1;
        self.done.rows += 1;
        let text = table.row_to_json(row).to_string();
        // What could not be read again is refused now, and not on the day when it is needed.
        if text.len() as u64 >= LINE_LEN_MAX {
            return Err(BackupError::TooLong(table.name.clone()));
        }
        self.text(&text)
    }

    pub(super) fn end_table(&mut self) -> Result<(), BackupError> {
        self.line(&json!({ "rows": self.rows_of_table }))
    }

    pub(super) fn object(&mut self, tenant: TenantId, sha256: &str) -> Result<(), BackupError> {
        self.done.objects += 1;
        self.line(&json!({ "object": sha256, "tenant": tenant.get() }))
    }

    pub(super) fn chunk(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.line(&Json::String(STANDARD.encode(bytes)))
    }

    /// Ends the file, brings it to the disk, and gives it its name.
    pub(super) fn finish(mut self) -> Result<Written, BackupError> {
        let digest = hex(&self.hash.clone().finalize());
        let Written { tables, rows, objects, .. } = self.done;
        self.line(&json!({ "end": digest, "tables": tables, "rows": rows, "objects": objects }))?;
        let (path, part) = (self.path.clone(), self.part.clone());
        let out = self.out.take();
        let finished = (|| {
            let (Some(out), Some(part)) = (out, &part) else { return Ok(0) };
            let file = out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            let size = file.metadata()?.len();
            fs::rename(part, &path)?;
            sync_folder(&path)?;
            Ok(size)
        })();
        let size = finished.map_err(|error| BackupError::Unwritable(self.path.clone(), error))?;
        self.part = None;
        Ok(Written { size, ..std::mem::take(&mut self.done) })
    }

    fn line(&mut self, json: &Json) -> Result<(), BackupError> {
        self.text(&json.to_string())
    }

    fn text(&mut self, text: &str) -> Result<(), BackupError> {
        for bytes in [text.as_bytes(), b"\n"] {
            self.hash.update(bytes);
            let written = self.out.as_mut().map_or(Ok(()), |out| out.write_all(bytes));
            written.map_err(|error| BackupError::Unwritable(self.path.clone(), error))?;
        }
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(part) = self.part.take() {
            // What stays is named as the part that it is.
            let _ = fs::remove_file(part);
        }
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
