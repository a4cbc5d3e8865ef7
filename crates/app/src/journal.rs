//! The journal: what was decided about calls, on this node's disk before the caller hears of it.
//!
//! Append-only segments of framed records. A record is written with one `write(2)` before the answer leaves, so
//! a killed process loses nothing; the disk is synced five times a second, so a lost machine loses little.
//! The only node-local state there is: ingestion empties it into the store within moments.

use opbx_telephony::Entry;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tokio::sync::Notify;

/// A segment is closed when it has grown beyond this. Reading begins at a segment's start, so small is quick.
const SEGMENT_BYTES_MAX: u64 = 4 << 20;
/// The longest record that is taken; a plan of ten thousand extensions is far below it.
const RECORD_BYTES_MAX: usize = 32 << 20;
/// So many records are in a segment at most: they are numbered on from its first, and any other number is damage.
const SEGMENT_RECORDS_MAX: u64 = SEGMENT_BYTES_MAX / HEADER_LEN as u64 + 1;
/// Sequence numbers stay below this, as all numbers do that are ever written as JSON; a higher one is damage.
const SEQUENCE_MAX: u64 = 1 << 53;
/// So much of a damaged segment is searched for the next whole record, and so much summed on the way.
const SCANNED_BYTES_MAX: u64 = 64 << 20;
/// Length, checksum and sequence number stand before each record.
const HEADER_LEN: usize = 4 + 4 + 8;
const SEGMENT_ENDING: &str = "journal";
/// Held for as long as a process writes to the folder.
const LOCK_FILE: &str = "lock";
const NODE_FILE: &str = "node";
/// What is written to see whether anything can be.
const TRIAL_FILE: &str = "trial";
const TRIAL: &[u8] = &[b'.'; 64];

/// What is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    Step(Box<Entry>),
    /// A plan as it was when it first routed a call in this process.
    Plan(PlanSnapshot),
}

/// A plan, compressed, with what names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSnapshot {
    pub tenant: opbx_kernel::TenantId,
    pub version: i64,
    pub core_version: String,
    #[serde(with = "base64_text")]
    pub body: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("another opbx is running on {0}: stop it, or start this one with another --data folder")]
    InUse(PathBuf),
    #[error("the journal in {0} cannot be used: {1}")]
    Unusable(PathBuf, #[source] io::Error),
}

/// This node's journal, open for appending.
pub struct Journal {
    folder: PathBuf,
    node: String,
    writer: Mutex<Writer>,
    appended: Notify,
    /// Holds the lock on the folder while the journal is open.
    _lock: File,
}

struct Writer {
    segment: File,
    /// Segments that are full and not synced yet: a caller must not wait for the disk because one is full.
    closed: Vec<File>,
    bytes: u64,
    next: u64,
    unsynced: bool,
}

impl Journal {
    /// Opens the journal of a folder, or begins one; refuses a folder that another process writes to.
    ///
    /// `new_node` names the node if the folder has no name yet.
    pub fn open(folder: &Path, new_node: &str) -> Result<Self, JournalError> {
        Self::open_in(folder, new_node).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => JournalError::InUse(folder.to_owned()),
            _ => JournalError::Unusable(folder.to_owned(), error),
        })
    }

    fn open_in(folder: &Path, new_node: &str) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let lock = File::create(folder.join(LOCK_FILE))?;
        lock.try_lock()?;
        let node = node_name(folder, new_node)?;
        let mut last = 0;
        for segment in segments(folder)? {
            last = last.max(segment.first.saturating_sub(1));
            Reader::of(&segment, last)?.each(|sequence, _| last = last.max(sequence))?;
        }
        let writer = Mutex::new(Writer::begin(folder, last + 1)?);
        Ok(Self { folder: folder.to_owned(), node, writer, appended: Notify::new(), _lock: lock })
    }

    /// Where the journal lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name under which the store remembers how far this journal was ingested.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Appends a record; on return it survives the death of the process. Gives its sequence number.
    pub fn append(&self, record: &Record) -> io::Result<u64> {
        let body = serde_json::to_vec(record)?;
        if body.len() > RECORD_BYTES_MAX {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the record is too long for the journal",
            ));
        }
        let mut writer = self.writer.lock().expect("no thread panics while it writes the journal");
        let sequence = writer.append(&self.folder, &body)?;
        drop(writer);
        self.appended.notify_one();
        Ok(sequence)
    }

    /// The sequence number of the record appended last; 0 before the first.
    pub fn last(&self) -> u64 {
        self.writer.lock().expect("no thread panics while it writes the journal").next - 1
    }

    /// Brings what was appended to the disk. Blocks; call it away from the async threads.
    pub fn sync(&self) -> io::Result<()> {
        let mut writer = self.writer.lock().expect("no thread panics while it writes the journal");
        let mut unsynced = std::mem::take(&mut writer.closed);
        if std::mem::take(&mut writer.unsynced) {
            unsynced.push(writer.segment.try_clone()?);
        }
        drop(writer);
        unsynced.iter().try_for_each(File::sync_data)
    }

    /// Writes a file beside the records, as it would write a segment: a full or broken disk refuses it. Blocks.
    pub fn try_to_write(&self) -> io::Result<()> {
        std::fs::write(self.folder.join(TRIAL_FILE), TRIAL)
    }

    /// Waits until something was appended since the last wait.
    pub async fn appended(&self) {
        self.appended.notified().await;
    }

    /// Reads up to `count_max` records after `after`, in order. Blocks.
    ///
    /// A record that is damaged, or was cut off by a crash, is passed over; whatever is whole behind it is read.
    pub fn read_after(&self, after: u64, count_max: usize) -> io::Result<Vec<(u64, Record)>> {
        let segments = segments(&self.folder)?;
        let mut records = Vec::new();
        for (at, segment) in segments.iter().enumerate() {
            let wholly_before =
                segments.get(at + 1).is_some_and(|next| next.first <= after.saturating_add(1));
            if wholly_before {
                continue;
            }
            let mut reader = Reader::of(segment, after)?;
            while records.len() < count_max {
                let Some((sequence, body)) = reader.next()? else { break };
                match serde_json::from_slice(&body) {
                    Ok(record) => records.push((sequence, record)),
                    Err(error) => {
                        tracing::error!(sequence, %error, "a journal record cannot be read and is passed over");
                    }
                }
            }
            if records.len() >= count_max {
                break;
            }
        }
        Ok(records)
    }

    /// Removes the segments that hold nothing after `ingested`. The one being written stays.
    pub fn forget(&self, ingested: u64) -> io::Result<()> {
        let segments = segments(&self.folder)?;
        for pair in segments.windows(2) {
            if pair[1].first <= ingested.saturating_add(1) {
                std::fs::remove_file(&pair[0].path)?;
            }
        }
        Ok(())
    }
}

impl Writer {
    /// Begins a new segment: a segment that may end in half a record is never written to again.
    fn begin(folder: &Path, first: u64) -> io::Result<Self> {
        let path = folder.join(format!("{first:020}.{SEGMENT_ENDING}"));
        let segment = OpenOptions::new().create(true).write(true).truncate(true).open(path)?;
        Ok(Self { segment, closed: Vec::new(), bytes: 0, next: first, unsynced: false })
    }

    fn append(&mut self, folder: &Path, body: &[u8]) -> io::Result<u64> {
        if self.bytes >= SEGMENT_BYTES_MAX {
            self.go_on_in_a_new_segment(folder)?;
        }
        let sequence = self.next;
        let frame = framed(sequence, body);
        if let Err(error) = self.segment.write_all(&frame) {
            // Half a record may stand there now, and readers stop at it: nothing may follow it in this segment.
            self.bytes = SEGMENT_BYTES_MAX;
            self.next = sequence + 1;
            return Err(error);
        }
        self.bytes += frame.len() as u64;
        self.next = sequence + 1;
        self.unsynced = true;
        Ok(sequence)
    }

    fn go_on_in_a_new_segment(&mut self, folder: &Path) -> io::Result<()> {
        let mut fresh = Self::begin(folder, self.next)?;
        fresh.closed = std::mem::take(&mut self.closed);
        let full = std::mem::replace(self, fresh);
        self.closed.push(full.segment);
        Ok(())
    }
}

fn framed(sequence: u64, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEADER_LEN + body.len());
    frame.extend((body.len() as u32).to_le_bytes());
    frame.extend(checksum(sequence, body).to_le_bytes());
    frame.extend(sequence.to_le_bytes());
    frame.extend(body);
    frame
}

fn checksum(sequence: u64, body: &[u8]) -> u32 {
    let mut hash = crc32fast::Hasher::new();
    hash.update(&sequence.to_le_bytes());
    hash.update(body);
    hash.finalize()
}

struct Segment {
    first: u64,
    path: PathBuf,
}

fn segments(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != SEGMENT_ENDING) {
            continue;
        }
        let first = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        let first = first.filter(|first| *first <= SEQUENCE_MAX);
        segments.extend(first.map(|first| Segment { first, path }));
    }
    segments.sort_by_key(|segment| segment.first);
    Ok(segments)
}

/// Reads a segment's whole records after one sequence number; what is damaged between them is passed over.
struct Reader {
    file: io::BufReader<File>,
    /// Where in the file the next record is looked for.
    at: u64,
    after: u64,
    /// The numbers that records of this segment can have.
    numbers: Range<u64>,
}

struct Header {
    length: usize,
    checksum: u32,
    sequence: u64,
}

impl Header {
    /// Reads a header; none where no record can begin like this.
    fn read(bytes: [u8; HEADER_LEN], numbers: &Range<u64>) -> Option<Self> {
        let field = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let sequence = u64::from(field(8)) | u64::from(field(12)) << 32;
        let header = Self { length: field(0) as usize, checksum: field(4), sequence };
        (header.length <= RECORD_BYTES_MAX && numbers.contains(&sequence)).then_some(header)
    }

    fn fits(&self, body: &[u8]) -> bool {
        checksum(self.sequence, body) == self.checksum
    }
}

impl Reader {
    fn of(segment: &Segment, after: u64) -> io::Result<Self> {
        let numbers = segment.first.max(1)..segment.first.saturating_add(SEGMENT_RECORDS_MAX);
        Ok(Self { file: io::BufReader::new(File::open(&segment.path)?), at: 0, after, numbers })
    }

    /// The next record; none where no whole one follows.
    fn next(&mut self) -> io::Result<Option<(u64, Vec<u8>)>> {
        loop {
            let Some((sequence, body)) = self.frame()? else {
                if self.passed_over()? {
                    continue;
                }
                return Ok(None);
            };
            self.at += (HEADER_LEN + body.len()) as u64;
            if sequence > self.after {
                return Ok(Some((sequence, body)));
            }
        }
    }

    /// The record that begins here, if it is whole.
    fn frame(&mut self) -> io::Result<Option<(u64, Vec<u8>)>> {
        let mut header = [0; HEADER_LEN];
        if !filled(&mut self.file, &mut header)? {
            return Ok(None);
        }
        let Some(header) = Header::read(header, &self.numbers) else { return Ok(None) };
        // No more is set aside than is there: a damaged length must not cost memory.
        let mut body = Vec::new();
        (&mut self.file).take(header.length as u64).read_to_end(&mut body)?;
        Ok((body.len() == header.length && header.fits(&body)).then_some((header.sequence, body)))
    }

    /// Moves on to the next whole record behind a damaged one; tells whether there is any.
    fn passed_over(&mut self) -> io::Result<bool> {
        let mut rest = Vec::new();
        self.file.seek(io::SeekFrom::Start(self.at))?;
        (&mut self.file).take(SCANNED_BYTES_MAX).read_to_end(&mut rest)?;
        let mut summed = 0;
        for at in 1..rest.len() {
            let Some((header, body)) = rest[at..].split_first_chunk::<HEADER_LEN>() else { break };
            let Some(header) = Header::read(*header, &self.numbers) else { continue };
            let Some(body) = body.get(..header.length) else { continue };
            summed += body.len() as u64;
            if summed > SCANNED_BYTES_MAX {
                break;
            }
            if header.fits(body) {
                tracing::warn!(bytes = at, "the journal is damaged; its next whole record is read");
                self.at += at as u64;
                self.file.seek(io::SeekFrom::Start(self.at))?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn each(mut self, mut see: impl FnMut(u64, &[u8])) -> io::Result<()> {
        while let Some((sequence, body)) = self.next()? {
            see(sequence, &body);
        }
        Ok(())
    }
}

/// Fills the buffer, or tells that the file ends before it is full.
fn filled(file: &mut impl io::Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn node_name(folder: &Path, new_node: &str) -> io::Result<String> {
    let path = folder.join(NODE_FILE);
    let mut name = String::new();
    match File::open(&path) {
        Ok(mut file) => file.read_to_string(&mut name)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::write(&path, new_node)?;
            return Ok(new_node.to_owned());
        }
        Err(error) => return Err(error),
    };
    Ok(name.trim().to_owned())
}

/// Bytes in JSON, a third longer than they are and not four times.
mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
