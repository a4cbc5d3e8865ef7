//! Attachments: by the rights of their record, once per tenant, and never lost while something refers to them.

use opbx_app::attachments::{
    self, AttachmentError, Collected, NewAttachment, ObjectError, Objects, Stored, collect_all,
    collect_attachments_batch, collect_objects_batch,
};
use opbx_app::records::RecordError;
use opbx_kernel::{Clock as _, RecordId, Scope, TenantId, UserId};
use opbx_store::Store;
use opbx_testkit::{TestApp, company, on_both_databases};
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt as _;

const BYTES: &[u8] = b"the bytes of a voice prompt";

struct Office {
    app: TestApp,
    folder: tempfile::TempDir,
    objects: Objects,
    tenant: TenantId,
    alice: RecordId,
}

impl Office {
    async fn open(db: opbx_testkit::TestDb) -> Self {
        let app = TestApp::start(db).await;
        let folder = tempfile::tempdir().expect("a folder");
        let objects =
            Objects::open(folder.path().into(), app.db().clock().clone()).expect("a store of objects");
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let alice = alice(&app, tenant).await;
        Self { app, folder, objects, tenant, alice }
    }

    fn store(&self) -> &Store {
        self.app.store()
    }

    async fn keep(&self, tenant: TenantId, bytes: &[u8]) -> Stored {
        let mut upload = self.objects.begin(tenant).await.expect("an upload");
        for piece in bytes.chunks(5) {
            upload.write(piece).await.expect("taken");
        }
        upload.keep().await.expect("kept")
    }

    /// Attaches bytes to Alice's extension.
    async fn attach(&self, bytes: &[u8]) -> RecordId {
        let stored = self.keep(self.tenant, bytes).await;
        let mut tx = self.app.begin(self.tenant).await;
        let id = attachments::attach(&mut tx, self.store().registry(), &stored, &of(self.alice)).await;
        tx.commit().await.expect("it lasts");
        id.expect("an attachment")
    }

    async fn read_as(&self, scope: &Scope, id: RecordId) -> Result<Vec<u8>, AttachmentError> {
        let mut tx = self.store().read(scope).await.expect("a transaction");
        let mut content = attachments::open(&mut tx, self.store().registry(), &self.objects, id).await?;
        let mut bytes = Vec::new();
        content.file.read_to_end(&mut bytes).await.expect("readable");
        Ok(bytes)
    }

    async fn read(&self, id: RecordId) -> Result<Vec<u8>, AttachmentError> {
        self.read_as(&Scope::system(self.tenant, "a test"), id).await
    }

    async fn collect(&self) -> Collected {
        let now = self.app.db().clock().now();
        collect_all(self.store(), &self.objects, now).await.expect("collected")
    }

    /// Every file of the store, by its name.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        walk(self.folder.path(), &mut files);
        files.sort();
        files
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a listing") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

async fn alice(app: &TestApp, tenant: TenantId) -> RecordId {
    let mut tx = app.read(tenant).await;
    tx.external("config", "pbx.extension.1001").await.expect("an answer").expect("an extension").1
}

fn of(record: RecordId) -> NewAttachment<'static> {
    let (name, mimetype) = ("/home/alice/Greeting.wav", Some("Audio/WAV"));
    NewAttachment { name, mimetype, model: "pbx.extension", record, field: None }
}

fn person(tenant: TenantId, group: &str) -> Scope {
    Scope::user(tenant, UserId::new(7).expect("positive"), vec![group.to_owned()])
}

on_both_databases! {
    async fn bytes_come_back_as_they_were_and_lie_once_per_tenant(db: TestDb) {
        let office = Office::open(db).await;
        let (one, two) = (office.attach(BYTES).await, office.attach(BYTES).await);
        assert_ne!(one, two);
        assert_eq!(office.read(one).await.expect("bytes"), BYTES);
        assert_eq!(office.files().len(), 1, "the same bytes lie there once: {:?}", office.files());
        let mut tx = office.app.read(office.tenant).await;
        let all = attachments::of_record(&mut tx, office.store().registry(), "pbx.extension", office.alice).await;
        let all = all.expect("attachments");
        let seen: Vec<_> =
            all.iter().map(|a| (a.name.as_str(), a.mimetype.as_str(), a.size, a.sha256.len())).collect();
        assert_eq!(seen, [("Greeting.wav", "audio/wav", 27, 64); 2]);
        let empty = office.attach(b"").await;
        assert!(office.read(empty).await.expect("no bytes").is_empty());
    }

    async fn rights_are_those_on_the_record(db: TestDb) {
        let office = Office::open(db).await;
        let id = office.attach(BYTES).await;
        let registry = office.store().registry();
        let stored = office.keep(office.tenant, BYTES).await;
        let (user, nobody) = (person(office.tenant, "base.group_pbx_user"), person(office.tenant, "nobody"));
        let admin = person(office.tenant, "base.group_pbx_admin");
        assert_eq!(office.read_as(&user, id).await.expect("a user reads extensions"), BYTES);
        let refused = office.read_as(&nobody, id).await;
        assert!(matches!(refused, Err(AttachmentError::Record(RecordError::NotAllowed { .. }))));
        let mut tx = office.store().begin(&user).await.expect("a transaction");
        let refused = attachments::attach(&mut tx, registry, &stored, &of(office.alice)).await;
        assert!(matches!(refused, Err(AttachmentError::Record(_))), "{refused:?}");
        let refused = attachments::remove(&mut tx, registry, id).await;
        assert!(matches!(refused, Err(AttachmentError::Record(_))), "{refused:?}");
        drop(tx);
        let mut tx = office.store().begin(&admin).await.expect("a transaction");
        attachments::attach(&mut tx, registry, &stored, &of(office.alice)).await.expect("an administrator may");
        attachments::remove(&mut tx, registry, id).await.expect("an administrator may");
        let nowhere = attachments::attach(&mut tx, registry, &stored, &of(RecordId::new(999_999).expect("an id"))).await;
        assert!(matches!(nowhere, Err(AttachmentError::Absent)), "{nowhere:?}");
        let bad = NewAttachment { mimetype: Some("text/html; charset=utf-8"), ..of(office.alice) };
        let bad = attachments::attach(&mut tx, registry, &stored, &bad).await;
        assert!(matches!(bad, Err(AttachmentError::BadMimetype(_))), "{bad:?}");
    }

    async fn no_tenant_reads_anothers_bytes_not_even_by_their_digest(db: TestDb) {
        let office = Office::open(db).await;
        let id = office.attach(BYTES).await;
        let stored = office.keep(office.tenant, BYTES).await;
        let other = office.app.apply(&company("other", "key-of-other").toml()).await.tenant;
        let owner = person(other, "base.group_owner");
        assert!(matches!(office.read_as(&owner, id).await, Err(AttachmentError::Absent)));
        let registry = office.store().registry();
        let theirs = alice(&office.app, other).await;
        let mut tx = office.store().begin(&owner).await.expect("a transaction");
        let planted = attachments::attach(&mut tx, registry, &stored, &of(theirs)).await;
        assert!(matches!(planted, Err(AttachmentError::Absent)), "{planted:?}");
        drop(tx);
        // A row with the right digest, written past every rule, still finds nothing in its own tenant's part.
        let mut tx = office.app.read(office.tenant).await;
        let known = attachments::of_record(&mut tx, registry, "pbx.extension", office.alice).await.expect("rows");
        drop(tx);
        let mut tx = office.app.begin(other).await;
        let forged = opbx_platform::Values::from([
            ("name".to_owned(), "x".into()),
            ("size".to_owned(), opbx_platform::Value::Int(27)),
            ("sha256".to_owned(), known[0].sha256.as_str().into()),
            ("model".to_owned(), "pbx.extension".into()),
            ("record".to_owned(), opbx_platform::Value::Int(theirs.get())),
        ]);
        let mut climbing = forged.clone();
        let up = format!("../{}/{}", office.tenant, known[0].sha256);
        climbing.insert("sha256".to_owned(), up.get(..64).unwrap_or(&up).into());
        let forged = tx.create("ir.attachment", forged).await.expect("a row");
        let climbing = tx.create("ir.attachment", climbing).await.expect("a row");
        tx.commit().await.expect("it lasts");
        for id in [forged, climbing] {
            let missing = office.read_as(&owner, id).await;
            assert!(matches!(missing, Err(AttachmentError::Object(ObjectError::Missing))), "another's bytes");
        }
        // The same bytes sent by the other tenant are its own, and stay when the first ones go.
        office.keep(other, BYTES).await;
        assert_eq!(office.files().len(), 2);
        assert_eq!(office.read_as(&owner, forged).await.expect("its own bytes"), BYTES);
    }

    async fn what_is_too_large_or_given_up_leaves_nothing(db: TestDb) {
        let office = Office::open(db).await;
        let mut upload = office.objects.begin_at_most(office.tenant, 10).await.expect("an upload");
        upload.write(b"12345").await.expect("taken");
        let refused = upload.write(b"678901").await;
        assert!(matches!(refused, Err(ObjectError::TooLarge { max: 10 })), "{refused:?}");
        assert!(matches!(upload.keep().await, Err(ObjectError::TooLarge { .. })));
        let mut given_up = office.objects.begin(office.tenant).await.expect("an upload");
        given_up.write(BYTES).await.expect("taken");
        drop(given_up);
        assert!(office.files().is_empty(), "{:?}", office.files());
    }

    async fn bytes_without_a_row_are_collected_a_day_later_and_not_before(db: TestDb) {
        let office = Office::open(db).await;
        let kept = office.attach(BYTES).await;
        // Killed after the bytes were kept and before the row was committed.
        let stored = office.keep(office.tenant, b"nobody refers to these").await;
        let mut tx = office.app.begin(office.tenant).await;
        attachments::attach(&mut tx, office.store().registry(), &stored, &of(office.alice)).await.expect("a row");
        drop(tx);
        // Killed while the bytes were still coming in.
        let half = office.folder.path().join("incoming").join("half");
        std::fs::write(&half, b"half of it").expect("written");
        let half = std::fs::File::options().write(true).open(half).expect("it opens");
        half.set_modified(office.app.db().clock().now().into()).expect("as if written now");
        assert_eq!(office.collect().await, Collected::default());
        assert_eq!(office.files().len(), 3);
        office.app.advance_hours(25);
        let collected = office.collect().await;
        assert_eq!(collected, Collected { attachments: 0, objects: 1, bytes: 22, uploads: 1 });
        assert_eq!(office.files().len(), 1);
        assert_eq!(office.read(kept).await.expect("what is referred to stays"), BYTES);
        assert_eq!(office.collect().await, Collected::default());
    }

    async fn a_removed_attachment_leaves_bytes_that_others_have_too(db: TestDb) {
        let office = Office::open(db).await;
        let (one, two) = (office.attach(BYTES).await, office.attach(BYTES).await);
        for (id, left) in [(one, 1), (two, 0)] {
            let mut tx = office.app.begin(office.tenant).await;
            attachments::remove(&mut tx, office.store().registry(), id).await.expect("removed");
            tx.commit().await.expect("it lasts");
            // Killed here, between the row's end and the bytes': the collector finds them.
            office.app.advance_hours(25);
            assert_eq!(office.collect().await.objects, 1 - left);
            assert_eq!(office.files().len(), left);
        }
    }

    async fn attachments_of_a_deleted_record_go_with_it(db: TestDb) {
        let office = Office::open(db).await;
        let id = office.attach(BYTES).await;
        let mut tx = office.app.begin(office.tenant).await;
        let bob = tx.external("config", "pbx.extension.1002").await.expect("an answer").expect("an extension").1;
        tx.delete("pbx.extension", office.alice).await.expect("deleted");
        tx.commit().await.expect("it lasts");
        assert!(matches!(office.read(id).await, Err(AttachmentError::Absent)), "at once");
        let stored = office.keep(office.tenant, b"Bob's").await;
        let mut tx = office.app.begin(office.tenant).await;
        let bobs = attachments::attach(&mut tx, office.store().registry(), &stored, &of(bob)).await;
        let (deleted, next) =
            collect_attachments_batch(&mut tx, office.store().registry(), None, 1).await.expect("a batch");
        assert_eq!((deleted, next), (1, Some(id)));
        let (deleted, next) =
            collect_attachments_batch(&mut tx, office.store().registry(), next, 100).await.expect("a batch");
        assert_eq!((deleted, next), (0, None));
        tx.commit().await.expect("it lasts");
        assert_eq!(office.read(bobs.expect("an attachment")).await.expect("bytes"), b"Bob's");
        office.app.advance_hours(25);
        assert_eq!(office.collect().await.objects, 1);
    }

    async fn bytes_that_are_sent_again_are_young_again(db: TestDb) {
        let office = Office::open(db).await;
        office.keep(office.tenant, BYTES).await;
        office.app.advance_hours(25);
        // Sent again, and the row is not there yet: the collector must wait for it.
        let stored = office.keep(office.tenant, BYTES).await;
        assert_eq!(office.collect().await.objects, 0);
        let mut tx = office.app.begin(office.tenant).await;
        let id = attachments::attach(&mut tx, office.store().registry(), &stored, &of(office.alice)).await;
        tx.commit().await.expect("it lasts");
        office.app.advance_hours(25);
        assert_eq!(office.collect().await.objects, 0);
        assert_eq!(office.read(id.expect("an attachment")).await.expect("bytes"), BYTES);
    }

    async fn a_collection_that_was_killed_halfway_is_undone(db: TestDb) {
        let office = Office::open(db).await;
        let id = office.attach(BYTES).await;
        let file = office.files().remove(0);
        let name = file.file_name().and_then(|name| name.to_str()).expect("a digest");
        let aside = office.folder.path().join("leaving").join(format!("{}-{name}", office.tenant));
        std::fs::rename(&file, &aside).expect("moved aside");
        assert!(matches!(office.read(id).await, Err(AttachmentError::Object(ObjectError::Missing))));
        office.collect().await;
        assert_eq!(office.read(id).await.expect("it is back"), BYTES);
        // And where the same bytes were sent meanwhile, only the copy goes.
        std::fs::copy(&file, &aside).expect("a copy");
        office.collect().await;
        assert_eq!(office.files(), [file]);
    }

    async fn objects_are_collected_in_bounded_batches(db: TestDb) {
        let office = Office::open(db).await;
        for at in 0..7_u8 {
            office.keep(office.tenant, &[at]).await;
        }
        let kept = office.attach(BYTES).await;
        office.app.advance_hours(25);
        let now = office.app.db().clock().now();
        let (mut after, mut batches, mut objects) = (None, 0, 0);
        loop {
            let batch =
                collect_objects_batch(office.store(), &office.objects, office.tenant, now, after, 3).await;
            let (collected, next) = batch.expect("a batch");
            (batches, objects) = (batches + 1, objects + collected.objects);
            assert!(collected.objects <= 3 && batches < 10);
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((batches, objects), (3, 7));
        assert_eq!(office.read(kept).await.expect("bytes"), BYTES);
    }
}
