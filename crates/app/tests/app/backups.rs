//! Backups as files: whole or not there, refused where they are not what was written, useless without the keys.

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use opbx_app::attachments::{NewAttachment, Objects, attach};
use opbx_app::backups::{BackupError, Checked, Restored, Written, check, restore, write};
use opbx_app::journal::Journal;
use opbx_kernel::seal::{KEY_LEN, Keyring};
use opbx_kernel::{Operator, Scope, TenantId};
use opbx_platform::Domain;
use opbx_store::Store;
use opbx_testkit::{Engine, TestApp, TestDb, company, on_both_databases};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

const BYTES: &[u8] = b"the bytes of a voice prompt";

fn registry() -> opbx_platform::Registry {
    opbx_app::modules::registry(None).expect("the built-in modules")
}

/// An installation with a company and an object, and a folder for backups.
struct Place {
    app: TestApp,
    objects: Objects,
    tenant: TenantId,
    folder: tempfile::TempDir,
}

impl Place {
    async fn new(db: TestDb) -> Self {
        let app = TestApp::start(db).await;
        let folder = tempfile::tempdir().expect("a folder");
        let objects = objects(&folder.path().join("objects"), app.db());
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let mut upload = objects.begin(tenant).await.expect("an upload");
        upload.write(BYTES).await.expect("taken");
        let stored = upload.keep().await.expect("kept");
        let mut tx = app.begin(tenant).await;
        let extensions = tx.all::<opbx_app::models::PbxExtension>(&Domain::All).await.expect("extensions");
        let new = NewAttachment {
            name: "prompt.mp3",
            mimetype: None,
            model: "pbx.extension",
            record: extensions.first().expect("an extension").id,
            field: None,
        };
        attach(&mut tx, app.store().registry(), &stored, &new).await.expect("attached");
        tx.commit().await.expect("it lasts");
        Self { app, objects, tenant, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("opbx.backup")
    }

    async fn write(&self, with_objects: bool) -> Written {
        let objects = Some(&self.objects).filter(|_| with_objects);
        let (store, clock) = (self.app.store(), self.app.db().clock());
        let written = write(store, &TestDb::keyring(), objects, &**clock, &self.file()).await;
        written.expect("a backup")
    }

    /// What a changed copy of the backup is refused by.
    fn refused(&self, bytes: &[u8]) -> BackupError {
        let file = self.folder.path().join("changed.backup");
        std::fs::write(&file, bytes).expect("a file");
        check(&file, &registry(), &TestDb::keyring()).expect_err("it is not what was written")
    }
}

fn objects(folder: &Path, db: &TestDb) -> Objects {
    Objects::open(folder.to_owned(), db.clock().clone()).expect("a store of objects")
}

fn checked(file: &Path) -> Checked {
    check(file, &registry(), &TestDb::keyring()).expect("a good backup")
}

async fn brought(
    store: &Store,
    objects: &Objects,
    file: &Path,
    checked: &Checked,
) -> Result<Restored, BackupError> {
    restore(store, objects, file, checked, false).await
}

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).expect("lines");
    text
}

fn packed(text: &str) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(text.as_bytes()).expect("packed");
    gz.finish().expect("packed")
}

on_both_databases! {
    async fn a_file_brings_an_installation_back_with_its_objects(db: TestDb) {
        let place = Place::new(db).await;
        let written = place.write(true).await;
        assert_eq!((written.tenants, written.objects, written.missing), (1, 1, 0), "{written:?}");
        let file = place.file();
        let checked = checked(&file);
        assert_eq!((checked.tables, checked.rows, checked.objects), (written.tables, written.rows, 1));
        assert!(checked.secrets.opened > 0 && checked.secrets.unopened == 0, "{checked:?}");
        assert_eq!(checked.made_at, place.app.db().clock_now());

        for engine in [Engine::Sqlite, Engine::Postgres] {
            let other = TestDb::create(engine).await;
            let store = other.open(registry()).await;
            let folder = tempfile::tempdir().expect("a folder");
            let objects = objects(folder.path(), &other);
            let done = brought(&store, &objects, &file, &checked).await.expect("restored");
            let Written { tables, rows, objects: count, .. } = written;
            assert_eq!(done, Restored { tables, rows, objects: count });
            let scope = Scope::system(place.tenant, "a test");
            let mut tx = store.read(&scope).await.expect("a transaction");
            let there = tx.all::<opbx_app::models::IrAttachment>(&Domain::All).await.expect("attachments");
            let attachment = there.first().expect("an attachment");
            let opened = opbx_app::attachments::open(&mut tx, store.registry(), &objects, attachment.id).await;
            assert!(opened.is_ok(), "its bytes are there");
            drop((tx, opened));
            // It is an installation like any other: it starts, and its plans compile.
            let started = TestApp::start(other).await;
            started.refresh().await;
            let again = brought(started.store(), &objects, &file, &checked).await.expect_err("it holds records");
            assert!(again.to_string().contains("--replace"), "{again}");
        }
    }

    async fn a_backup_that_fails_leaves_the_last_one_and_nothing_else(db: TestDb) {
        let place = Place::new(db).await;
        place.write(false).await;
        let before = std::fs::read(place.file()).expect("the backup");
        place.app.store().clone().close().await;
        let (store, clock) = (place.app.store(), place.app.db().clock());
        let failed = write(store, &TestDb::keyring(), None, &**clock, &place.file()).await;
        assert!(failed.is_err());
        assert_eq!(std::fs::read(place.file()).expect("the backup"), before);
        let names: Vec<_> = std::fs::read_dir(place.folder.path()).expect("a folder").collect();
        assert_eq!(names.len(), 2, "the backup and the objects: {names:?}");
    }
}

#[tokio::test]
async fn what_is_not_as_it_was_written_is_refused_by_its_reason() {
    let place = Place::new(TestDb::create(Engine::Sqlite).await).await;
    place.write(true).await;
    let bytes = std::fs::read(place.file()).expect("the backup");
    for cut in [bytes.len() / 2, bytes.len() - 9, bytes.len() - 1] {
        let refused = place.refused(&bytes[..cut]);
        assert!(matches!(refused, BackupError::Truncated), "{cut}: {refused}");
    }
    let mut flipped = bytes.clone();
    let middle = bytes.len() / 2;
    flipped[middle] ^= 0x10;
    assert!(!matches!(place.refused(&flipped), BackupError::NoBackup(_)));
    assert!(matches!(place.refused(&[&bytes[..], b"x"].concat()), BackupError::Changed), "something follows");

    let text = unpacked(&bytes);
    assert!(place.refused_text(&text.replace("acme", "evil")).is_changed());
    let lines: Vec<&str> = text.lines().collect();
    let row = lines.iter().position(|line| line.starts_with('[')).expect("a row");
    let without: Vec<&str> =
        lines.iter().enumerate().filter(|(at, _)| *at != row).map(|(_, line)| *line).collect();
    let refused = place.refused_text(&format!("{}\n", without.join("\n")));
    assert!(matches!(refused, BackupError::Damaged { .. }), "{refused}");
    let last = lines.len() - 1;
    let refused = place.refused_text(&format!("{}\n", lines[..last].join("\n")));
    assert!(matches!(refused, BackupError::Truncated), "no last line: {refused}");

    assert!(matches!(place.refused(b"no backup"), BackupError::NoBackup(_)));
    assert!(matches!(place.refused_text("{}\n"), BackupError::NoBackup(_)));
    let newer = place.refused_text(&text.replacen("\"opbx_backup\":1", "\"opbx_backup\":2", 1));
    assert!(matches!(newer, BackupError::Newer { found: 2 }), "{newer}");
    let nowhere = check(Path::new("/nowhere/x"), &registry(), &TestDb::keyring());
    assert!(matches!(nowhere, Err(BackupError::Unreadable(..))));
}

trait IsChanged {
    fn is_changed(&self) -> bool;
}

impl IsChanged for BackupError {
    fn is_changed(&self) -> bool {
        matches!(self, BackupError::Changed)
    }
}

impl Place {
    fn refused_text(&self, text: &str) -> BackupError {
        self.refused(&packed(text))
    }
}

#[tokio::test]
async fn secrets_stay_sealed_and_other_keys_are_refused() {
    let place = Place::new(TestDb::create(Engine::Sqlite).await).await;
    place.write(false).await;
    let text = unpacked(&std::fs::read(place.file()).expect("the backup"));
    assert!(text.contains("\"acme\""), "the search itself works");
    assert!(!text.contains("key-of-acme"), "the requests key is a secret");
    let others = Keyring::new([9; KEY_LEN].into(), Vec::new());
    let refused = check(&place.file(), &registry(), &others).expect_err("other keys");
    assert!(matches!(refused, BackupError::WrongKeys), "{refused}");
}

#[tokio::test]
async fn a_file_that_was_exchanged_after_it_was_checked_is_not_brought_in() {
    let place = Place::new(TestDb::create(Engine::Sqlite).await).await;
    place.write(false).await;
    let first = checked(&place.file());
    place.app.apply(&company("other", "key-of-other").toml()).await;
    place.write(false).await;
    let other = TestDb::create(Engine::Sqlite).await;
    let store = other.open(registry()).await;
    let refused = brought(&store, &place.objects, &place.file(), &first).await.expect_err("another file");
    assert!(matches!(refused, BackupError::Changed), "{refused}");
    let tenants = store.tenants(&Operator::because("a test")).await;
    assert!(tenants.is_err(), "nothing was written, not even a table");
}

#[tokio::test]
async fn an_object_that_the_store_lost_is_counted_and_stops_nothing() {
    let place = Place::new(TestDb::create(Engine::Sqlite).await).await;
    std::fs::remove_dir_all(place.folder.path().join("objects/tenants")).expect("the bytes are lost");
    let written = place.write(true).await;
    assert_eq!((written.objects, written.missing), (0, 1));
    assert!(Journal::open(&place.app.journal_folder(), "n").is_err(), "a running node holds its journal");
}
