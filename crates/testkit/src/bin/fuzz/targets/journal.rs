//! The journal: whatever happened to a segment, every record that is whole in it is read, and new ones are kept.

use crate::target::{Judged, Seen, Target};
use opbx_app::journal::{Journal, PlanSnapshot, Record};
use opbx_kernel::TenantId;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const SEGMENT: &str = "00000000000000000001.journal";
const RECORDS: i64 = 4;
/// More than any damaged segment holds.
const READ_MAX: usize = 100_000;
/// A segment that may hold records twice: read back, none is another than what was written.
const WORDS: &[&str] = &["\0\0\0\0", "\u{1}\0\0\0", "{", "}", "\"plan\"", "\"step\"", "\u{7f}", "AQID"];

pub(crate) fn target() -> Target {
    // In memory where there is such a place: the disk would be most of the time.
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::tempdir_in(parent).expect("a folder for a while");
    let journal = Journal::open(folder.path(), "node").expect("a journal can be begun");
    let mut frames = Vec::new();
    let mut before = 0;
    for at in 1..=RECORDS {
        journal.append(&record(at)).expect("appended");
        let whole = fs::read(folder.path().join(SEGMENT)).expect("the segment");
        frames.push((at as u64, whole[before..].to_vec()));
        before = whole.len();
    }
    drop(journal);
    let mut examples: Vec<Vec<u8>> = frames.iter().map(|(_, frame)| frame.clone()).collect();
    examples.push(frames.iter().flat_map(|(_, frame)| frame.clone()).collect());
    let judge = move |input: &[u8]| {
        // A record that is framed well and holds anything.
        let parsed = serde_json::from_slice::<Record>(input).is_ok();
        judge(folder.path(), &frames, input, parsed)
    };
    Target { name: "journal", examples, words: WORDS, judge: Box::new(judge) }
}

fn record(version: i64) -> Record {
    Record::Plan(PlanSnapshot {
        tenant: TenantId::new(1).expect("positive"),
        version,
        core_version: "0".into(),
        body: vec![1, 2, 3],
    })
}

fn judge(folder: &Path, frames: &[(u64, Vec<u8>)], input: &[u8], parsed: bool) -> Judged {
    let failed = |error: &dyn std::fmt::Display| format!("a damaged journal cannot be opened: {error}");
    fs::remove_dir_all(folder).and_then(|()| fs::create_dir_all(folder)).map_err(|error| failed(&error))?;
    fs::write(folder.join(SEGMENT), input).map_err(|error| failed(&error))?;
    let whole: BTreeSet<u64> =
        frames.iter().filter(|(_, frame)| holds(input, frame)).map(|(at, _)| *at).collect();
    let journal = Journal::open(folder, "node").map_err(|error| failed(&error))?;
    let new = journal.append(&record(99)).map_err(|error| failed(&error))?;
    let read = journal.read_after(0, READ_MAX).map_err(|error| failed(&error))?;
    let numbers: BTreeSet<u64> = read.iter().map(|(at, _)| *at).collect();
    if let Some(lost) = whole.difference(&numbers).next() {
        return Err(format!("loses record {lost}, which is whole"));
    }
    if let Some((at, _)) = read.iter().find(|(at, read)| *at != new && *read != record(*at as i64)) {
        return Err(format!("reads record {at} as another"));
    }
    if !numbers.contains(&new) || whole.contains(&new) {
        return Err(format!("loses the new record {new}, or gives its number twice"));
    }
    Ok(Seen::taken((whole, numbers.len(), parsed)))
}

fn holds(bytes: &[u8], piece: &[u8]) -> bool {
    bytes.windows(piece.len()).any(|window| window == piece)
}
