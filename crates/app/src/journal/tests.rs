//! The journal keeps what was appended, whatever happens to the process or the file.

use super::{Journal, JournalError, PlanSnapshot, Record, SEGMENT_ENDING};
use opbx_kernel::TenantId;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn record(version: i64) -> Record {
    Record::Plan(PlanSnapshot {
        tenant: TenantId::new(1).expect("positive"),
        version,
        core_version: "0".into(),
        body: vec![1, 2, 3],
    })
}

fn open(folder: &Path) -> Journal {
    Journal::open(folder, "node-a").expect("a journal")
}

fn versions(journal: &Journal, after: u64) -> Vec<(u64, i64)> {
    let read = journal.read_after(after, 100).expect("readable");
    let version = |record| match record {
        Record::Plan(snapshot) => snapshot.version,
        Record::Step(_) => panic!("only plans were written"),
    };
    read.into_iter().map(|(sequence, record)| (sequence, version(record))).collect()
}

fn last_segment(folder: &Path) -> PathBuf {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == SEGMENT_ENDING))
        .collect();
    paths.sort();
    paths.pop().expect("a segment")
}

#[test]
fn what_was_appended_is_read_again_after_a_restart_and_numbers_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = open(folder.path());
    assert_eq!(journal.append(&record(10)).expect("appended"), 1);
    assert_eq!(journal.append(&record(11)).expect("appended"), 2);
    assert_eq!(versions(&journal, 0), [(1, 10), (2, 11)]);
    drop(journal);
    let journal = Journal::open(folder.path(), "another name").expect("a journal");
    assert_eq!(journal.node(), "node-a", "a folder keeps its name");
    assert_eq!(journal.append(&record(12)).expect("appended"), 3);
    assert_eq!(versions(&journal, 1), [(2, 11), (3, 12)]);
    assert_eq!(journal.read_after(0, 1).expect("readable").len(), 1, "a batch is bounded");
}

#[test]
fn a_record_cut_off_anywhere_costs_only_itself() {
    let whole = tempfile::tempdir().expect("a folder");
    let journal = open(whole.path());
    journal.append(&record(10)).expect("appended");
    journal.append(&record(11)).expect("appended");
    drop(journal);
    let bytes = std::fs::read(last_segment(whole.path())).expect("the segment");
    for cut in bytes.len() / 2..bytes.len() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(last_segment(whole.path()).file_name().expect("a name"));
        std::fs::write(path, &bytes[..cut]).expect("written");
        let journal = open(folder.path());
        let next = journal.append(&record(12)).expect("appended");
        assert_eq!(next, 2, "cut at {cut}: the number of the lost record is free again");
        assert_eq!(versions(&journal, 0), [(1, 10), (2, 12)], "cut at {cut}");
    }
}

#[test]
fn a_damaged_record_is_never_taken_for_a_good_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = open(folder.path());
    journal.append(&record(10)).expect("appended");
    let path = last_segment(folder.path());
    let mut bytes = std::fs::read(&path).expect("the segment");
    for at in 0..bytes.len() {
        bytes[at] ^= 0x40;
        std::fs::write(&path, &bytes).expect("written");
        assert_eq!(versions(&journal, 0), [], "byte {at}");
        bytes[at] ^= 0x40;
    }
    OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(&[0; 40]))
        .expect("appended");
    std::fs::write(&path, &bytes).expect("restored");
    assert_eq!(versions(&journal, 0), [(1, 10)]);
}

#[test]
fn damage_in_the_middle_costs_no_record_behind_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = open(folder.path());
    for version in 10..13 {
        journal.append(&record(version)).expect("appended");
    }
    let path = last_segment(folder.path());
    let bytes = std::fs::read(&path).expect("the segment");
    let frame = bytes.len() / 3;
    for at in frame..2 * frame {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x81;
        std::fs::write(&path, &damaged).expect("written");
        assert_eq!(versions(&journal, 0), [(1, 10), (3, 12)], "byte {at}");
        damaged.drain(at..at + 1);
        std::fs::write(&path, &damaged).expect("written");
        assert_eq!(versions(&journal, 0), [(1, 10), (3, 12)], "without byte {at}");
    }
}

#[test]
fn a_number_beyond_all_numbers_is_damage_and_the_journal_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let body = serde_json::to_vec(&record(10)).expect("a record serialises");
    let path = folder.path().join(format!("{:020}.{SEGMENT_ENDING}", 1));
    std::fs::write(path, super::framed(u64::MAX, &body)).expect("written");
    let beyond = folder.path().join(format!("{:020}.{SEGMENT_ENDING}", u64::MAX));
    std::fs::write(beyond, b"").expect("written");
    let journal = open(folder.path());
    assert_eq!(journal.append(&record(11)).expect("appended"), 1);
    assert_eq!(versions(&journal, 0), [(1, 11)]);
}

#[test]
fn two_processes_never_share_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = open(folder.path());
    assert!(matches!(Journal::open(folder.path(), "x"), Err(JournalError::InUse(_))));
    drop(first);
    assert!(Journal::open(folder.path(), "x").is_ok());
}

#[test]
fn only_segments_that_are_wholly_ingested_are_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    for version in 0..3 {
        // Each opening begins a segment.
        open(folder.path()).append(&record(version)).expect("appended");
    }
    let journal = open(folder.path());
    journal.forget(1).expect("forgotten");
    assert_eq!(versions(&journal, 0), [(2, 1), (3, 2)]);
    journal.forget(3).expect("forgotten");
    assert_eq!(versions(&journal, 0), []);
    assert_eq!(journal.append(&record(9)).expect("appended"), 4);
    drop(journal);
    assert_eq!(open(folder.path()).append(&record(10)).expect("appended"), 5, "numbers are not used again");
}

#[test]
fn a_journal_of_many_segments_is_read_in_order_and_forgotten_in_part() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = open(folder.path());
    let large = |version| {
        let Record::Plan(plan) = record(version) else { panic!("a plan") };
        // Base64 makes it a megabyte and a third.
        Record::Plan(PlanSnapshot { body: vec![7; 1 << 20], ..plan })
    };
    for version in 1..=12 {
        journal.append(&large(version)).expect("appended");
        if version == 6 {
            journal.sync().expect("full segments and the open one reach the disk");
        }
    }
    let expected: Vec<(u64, i64)> = (1..=12).map(|at| (at, at as i64)).collect();
    assert_eq!(versions(&journal, 0), expected);
    assert_eq!(versions(&journal, 7), expected[7..]);
    let segments = || std::fs::read_dir(folder.path()).expect("the folder").count();
    let before = segments();
    journal.forget(7).expect("forgotten");
    assert!(segments() < before, "full segments go");
    assert_eq!(versions(&journal, 7), expected[7..], "and take nothing with them that is still wanted");
}
