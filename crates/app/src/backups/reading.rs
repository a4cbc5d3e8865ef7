//! A backup read from its file, line by line; what is not as it was written is refused by its reason.

use super::writing::hex;
use super::{BackupError, FORMAT, LINE_LEN_MAX, PROBE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::bufread::GzDecoder;
use opbx_kernel::seal::Keyring;
use opbx_kernel::{TenantId, Timestamp};
use opbx_platform::{Registry, Value};
use opbx_store::{BackupTable, Secrets, secrets_of};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// How every file of gzip begins (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What a file holds, once all of it was read and found to be as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The version of OPBX that wrote it.
    pub version: String,
    pub made_at: Timestamp,
    pub has_objects: bool,
    pub tables: u64,
    pub rows: u64,
    pub objects: u64,
    /// Secrets that the keys here open, and that they do not: these were locked already when the backup was made.
    pub secrets: Secrets,
    pub(super) sha256: String,
}

/// Reads a backup from end to end and writes nothing: that it is whole and unchanged, that each value fits its column,
/// and that the keys open what is sealed in it.
pub fn check(path: &Path, registry: &Registry, keyring: &Keyring) -> Result<Checked, BackupError> {
    let mut reader = Reader::open(path)?;
    if keyring.open(PROBE, &reader.head.probe).is_err() {
        return Err(BackupError::WrongKeys);
    }
    let mut secrets = Secrets::default();
    while let Some(line) = reader.next()? {
        if let (Line::Row(row), Some(table)) = (&line, &reader.table) {
            let of_row = secrets_of(registry, keyring, table, row);
            secrets.opened += of_row.opened;
            secrets.unopened += of_row.unopened;
        }
    }
    let Reader { head, counts, digest, .. } = reader;
    let Head { version, made_at, has_objects, .. } = head;
    let Counts { tables, rows, objects, .. } = counts;
    let sha256 = digest.ok_or(BackupError::Truncated)?;
    Ok(Checked { version, made_at, has_objects, tables, rows, objects, secrets, sha256 })
}

/// A line with what it means.
pub(super) enum Line {
    Table(BackupTable),
    /// Of the table that came last.
    Row(Vec<Value>),
    TableEnd,
    Object(TenantId),
    /// Of the object that came last.
    Chunk(Vec<u8>),
    End,
}

/// Says what a file is.
struct Head {
    version: String,
    made_at: Timestamp,
    has_objects: bool,
    probe: Vec<u8>,
}

#[derive(Default)]
struct Counts {
    lines: u64,
    tables: u64,
    rows: u64,
    rows_of_table: u64,
    objects: u64,
}

pub(super) struct Reader {
    path: PathBuf,
    lines: BufReader<GzDecoder<BufReader<File>>>,
    hash: Sha256,
    head: Head,
    table: Option<BackupTable>,
    in_object: bool,
    counts: Counts,
    /// Of all lines, once the last one was read and agreed.
    digest: Option<String>,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, BackupError> {
        let unreadable = |error| BackupError::Unreadable(path.to_owned(), error);
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        if !file.fill_buf().map_err(unreadable)?.starts_with(&GZIP) {
            return Err(BackupError::NoBackup(path.to_owned()));
        }
        let mut reader = Self {
            path: path.to_owned(),
            lines: BufReader::new(GzDecoder::new(file)),
            hash: Sha256::new(),
            head: Head {
                version: String::new(),
                made_at: Timestamp::UNIX_EPOCH,
                has_objects: false,
                probe: Vec::new(),
            },
            table: None,
            in_object: false,
            counts: Counts::default(),
            digest: None,
        };
        reader.head = reader.read_head()?;
        Ok(reader)
    }

    /// The digest of everything, once all of it was read.
    pub(super) fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    fn read_head(&mut self) -> Result<Head, BackupError> {
        let path = self.path.clone();
        let none = || BackupError::NoBackup(path.clone());
        let line = self.line().map_err(|error| match error {
            // What is no gzip at all was never a backup.
            BackupError::Damaged { .. } => none(),
            other => other,
        })?;
        let head: Json = serde_json::from_slice(&line).map_err(|_| none())?;
        let found = head.get("opbx_backup").and_then(Json::as_i64).ok_or_else(none)?;
        if found > FORMAT {
            return Err(BackupError::Newer { found });
        }
        self.hash.update(&line);
        let text = |key: &str| head.get(key).and_then(Json::as_str);
        let said = (|| {
            Some(Head {
                version: text("version")?.to_owned(),
                made_at: text("made_at")?.parse().ok()?,
                has_objects: head.get("has_objects")?.as_bool()?,
                probe: STANDARD.decode(text("probe")?).ok()?,
            })
        })();
        said.ok_or_else(none)
    }

    /// The next line; `None` behind the last, which is what it should be.
    pub(super) fn next(&mut self) -> Result<Option<Line>, BackupError> {
        if self.digest.is_some() {
            return Ok(None);
        }
        let text = self.line()?;
        let json: Json = serde_json::from_slice(&text).map_err(|error| self.damaged(&error.to_string()))?;
        if let Some(digest) = json.get("end").and_then(Json::as_str) {
            self.end(&json, digest)?;
            return Ok(Some(Line::End));
        }
        self.hash.update(&text);
        match json {
            Json::Array(row) => self.row(&row).map(Some),
            Json::String(chunk) => self.chunk(&chunk).map(Some),
            json if json.get("table").is_some() => self.begin_table(&json).map(Some),
            json if json.get("rows").is_some() => self.end_table(&json).map(Some),
            json if json.get("object").is_some() => self.object(&json).map(Some),
            _ => Err(self.damaged("it says nothing that is known")),
        }
    }

    fn row(&mut self, row: &[Json]) -> Result<Line, BackupError> {
        let Some(table) = &self.table else { return Err(self.damaged("a row without a table")) };
        let row = table.row_from_json(row).map_err(|error| self.damaged(&error.to_string()))?;
        self.counts.rows += 1;
        self.counts.rows_of_table += 1;
        Ok(Line::Row(row))
    }

    fn begin_table(&mut self, json: &Json) -> Result<Line, BackupError> {
        if self.table.is_some() || self.in_object {
            return Err(self.damaged("a table inside of something else"));
        }
        let table = BackupTable::from_json(json).map_err(|error| self.damaged(&error.to_string()))?;
        self.counts.tables += 1;
        self.counts.rows_of_table = 0;
        self.table = Some(table.clone());
        Ok(Line::Table(table))
    }

    fn end_table(&mut self, json: &Json) -> Result<Line, BackupError> {
        let agrees = json.get("rows").and_then(Json::as_u64) == Some(self.counts.rows_of_table);
        if self.table.take().is_none() || !agrees {
            return Err(self.damaged("rows of the table are missing"));
        }
        Ok(Line::TableEnd)
    }

    fn object(&mut self, json: &Json) -> Result<Line, BackupError> {
        let tenant = json.get("tenant").and_then(Json::as_i64).and_then(|id| TenantId::new(id).ok());
        let Some(tenant) = tenant.filter(|_| self.table.is_none()) else {
            return Err(self.damaged("an object that is nobody's"));
        };
        self.in_object = true;
        self.counts.objects += 1;
        Ok(Line::Object(tenant))
    }

    fn chunk(&mut self, chunk: &str) -> Result<Line, BackupError> {
        if !self.in_object {
            return Err(self.damaged("bytes without an object"));
        }
        let bytes = STANDARD.decode(chunk).map_err(|error| self.damaged(&error.to_string()))?;
        Ok(Line::Chunk(bytes))
    }

    fn end(&mut self, json: &Json, digest: &str) -> Result<(), BackupError> {
        if self.table.is_some() {
            return Err(self.damaged("it ends inside of a table"));
        }
        let count = |key: &str| json.get(key).and_then(Json::as_u64);
        let Counts { tables, rows, objects, .. } = self.counts;
        let agrees = [("tables", tables), ("rows", rows), ("objects", objects)]
            .into_iter()
            .all(|(key, counted)| count(key) == Some(counted));
        let own = hex(&std::mem::take(&mut self.hash).finalize());
        if !agrees || own != digest {
            return Err(BackupError::Changed);
        }
        // To the end of gzip's own check sum, and of the file.
        let mut more = [0; 1];
        let decoded = self.lines.read(&mut more).map_err(|error| self.unreadable(error))?;
        let behind = self.lines.get_mut().get_mut().fill_buf().map(<[u8]>::is_empty);
        if decoded != 0 || !behind.map_err(|error| self.unreadable(error))? {
            return Err(BackupError::Changed);
        }
        self.digest = Some(own);
        Ok(())
    }

    /// Reads a line with its end.
    fn line(&mut self) -> Result<Vec<u8>, BackupError> {
        self.counts.lines += 1;
        let mut line = Vec::new();
        let read = (&mut self.lines).take(LINE_LEN_MAX).read_until(b'\n', &mut line);
        read.map_err(|error| self.unreadable(error))?;
        if line.last() != Some(&b'\n') {
            let is_too_long = line.len() as u64 == LINE_LEN_MAX;
            return Err(if is_too_long { self.damaged("it has no end") } else { BackupError::Truncated });
        }
        Ok(line)
    }

    fn damaged(&self, reason: &str) -> BackupError {
        BackupError::Damaged { line: self.counts.lines, reason: reason.to_owned() }
    }

    fn unreadable(&self, error: io::Error) -> BackupError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => BackupError::Truncated,
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                self.damaged(&format!("it cannot be unpacked: {error}"))
            }
            _ => BackupError::Unreadable(self.path.clone(), error),
        }
    }
}
