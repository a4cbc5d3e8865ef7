//! Attachments: by the rights of their record, once per tenant, and never lost while something refers to them.

use futures::TryStreamExt as _;
use jiff::SignedDuration;
use opbx_app::attachments::{
    self, AttachmentError, Collected, NewAttachment, ObjectError, Objects, Stored, collect_all,
    collect_attachments_batch, collect_objects_batch,
};
use opbx_app::records::RecordError;
use opbx_kernel::{Clock as _, RecordId, Scope, TenantId, UserId};
use opbx_platform::Domain;
use opbx_store::Store;
use opbx_testkit::{TestApp, TestBucket, WAIT_MAX, company, eventually, on_both_databases};
use std::path::Path;
use std::time::Duration;

const BYTES: &[u8] = b"the bytes of a voice prompt";

struct Office {
    app: TestApp,
    folder: tempfile::TempDir,
    /// Where the objects lie, unless they lie in the folder.
    bucket: Option<TestBucket>,
    objects: Objects,
    tenant: TenantId,
    alice: RecordId,
}

impl Office {
    async fn open(db: opbx_testkit::TestDb) -> Self {
        Self::with(db, None).await
    }

    /// None where there is no bucket to test with.
    async fn in_a_bucket(db: opbx_testkit::TestDb) -> Option<Self> {
        let bucket = TestBucket::create().await?;
        Some(Self::with(db, Some(bucket)).await)
    }

    async fn with(db: opbx_testkit::TestDb, bucket: Option<TestBucket>) -> Self {
        let app = TestApp::start(db).await;
        let folder = tempfile::tempdir().expect("a folder");
        let clock = app.db().clock().clone();
        let objects = match &bucket {
            Some(bucket) => Objects::bucket(folder.path(), &bucket.config, clock),
            None => Objects::open(folder.path().into(), clock),
        };
        let objects = objects.expect("a store of objects");
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let alice = alice(&app, tenant).await;
        Self { app, folder, bucket, objects, tenant, alice }
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
        let content = attachments::open(&mut tx, self.store().registry(), &self.objects, id).await?;
        Ok(content.bytes(u64::MAX).await?)
    }

    async fn read(&self, id: RecordId) -> Result<Vec<u8>, AttachmentError> {
        self.read_as(&Scope::system(self.tenant, "a test"), id).await
    }

    async fn remove(&self, id: RecordId) {
        let mut tx = self.app.begin(self.tenant).await;
        attachments::remove(&mut tx, self.store().registry(), id).await.expect("removed");
        tx.commit().await.expect("it lasts");
    }

    async fn collect(&self) -> Collected {
        let now = self.app.db().clock().now();
        collect_all(self.store(), &self.objects, now).await.expect("collected")
    }

    /// Every object, and every file on its way in, by its name.
    async fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        walk(self.folder.path(), &mut files);
        if let Some(bucket) = &self.bucket {
            files.extend(bucket.keys().await);
        }
        files.sort();
        files
    }
}

fn walk(folder: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a listing") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { walk(&path, files) } else { files.push(path.display().to_string()) }
    }
}

/// Runs each test on both databases with the objects in a folder, and again with them in a bucket.
macro_rules! wherever_objects_lie {
    ($(async fn $name:ident($office:ident: Office) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn told($office: Office) $body

            on_both_databases! {
                async fn in_a_folder(db: TestDb) {
                    super::told(Office::open(db).await).await;
                }

                async fn in_a_bucket(db: TestDb) {
                    if let Some(office) = Office::in_a_bucket(db).await {
                        super::told(office).await;
                    }
                }
            }
        }
    )+};
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

wherever_objects_lie! {
    async fn bytes_come_back_as_they_were_and_lie_once_per_tenant(office: Office) {
        let (one, two) = (office.attach(BYTES).await, office.attach(BYTES).await);
        assert_ne!(one, two);
        assert_eq!(office.read(one).await.expect("bytes"), BYTES);
        assert_eq!(office.files().await.len(), 1, "the same bytes lie there once: {:?}", office.files().await);
        let mut tx = office.app.read(office.tenant).await;
        let all = attachments::of_record(&mut tx, office.store().registry(), "pbx.extension", office.alice).await;
        let all = all.expect("attachments");
        let seen: Vec<_> =
            all.iter().map(|a| (a.name.as_str(), a.mimetype.as_str(), a.size, a.sha256.len())).collect();
        assert_eq!(seen, [("Greeting.wav", "audio/wav", 27, 64); 2]);
        let empty = office.attach(b"").await;
        assert!(office.read(empty).await.expect("no bytes").is_empty());
    }

    async fn rights_are_those_on_the_record(office: Office) {
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

    async fn no_tenant_reads_anothers_bytes_not_even_by_their_digest(office: Office) {
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
        assert_eq!(office.files().await.len(), 2);
        assert_eq!(office.read_as(&owner, forged).await.expect("its own bytes"), BYTES);
    }

    async fn what_is_too_large_or_given_up_leaves_nothing(office: Office) {
        let mut upload = office.objects.begin_at_most(office.tenant, 10).await.expect("an upload");
        upload.write(b"12345").await.expect("taken");
        let refused = upload.write(b"678901").await;
        assert!(matches!(refused, Err(ObjectError::TooLarge { max: 10 })), "{refused:?}");
        assert!(matches!(upload.keep().await, Err(ObjectError::TooLarge { .. })));
        let mut given_up = office.objects.begin(office.tenant).await.expect("an upload");
        given_up.write(BYTES).await.expect("taken");
        drop(given_up);
        assert!(office.files().await.is_empty(), "{:?}", office.files().await);
    }

    async fn bytes_without_a_row_are_collected_a_day_later_and_not_before(office: Office) {
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
        assert_eq!(office.files().await.len(), 3);
        office.app.advance_hours(25);
        let collected = office.collect().await;
        assert_eq!(collected, Collected { attachments: 0, objects: 1, bytes: 22, uploads: 1 });
        assert_eq!(office.files().await.len(), 1);
        assert_eq!(office.read(kept).await.expect("what is referred to stays"), BYTES);
        assert_eq!(office.collect().await, Collected::default());
    }

    async fn a_removed_attachment_leaves_bytes_that_others_have_too(office: Office) {
        let (one, two) = (office.attach(BYTES).await, office.attach(BYTES).await);
        for (id, left) in [(one, 1), (two, 0)] {
            office.remove(id).await;
            // Killed here, between the row's end and the bytes': the collector finds them.
            office.collect().await;
            office.app.advance_hours(25);
            assert_eq!(office.collect().await.objects, 1 - left);
            assert_eq!(office.files().await.len(), left);
        }
    }

    async fn attachments_of_a_deleted_record_go_with_it(office: Office) {
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
        office.collect().await;
        office.app.advance_hours(25);
        assert_eq!(office.collect().await.objects, 1);
    }

    async fn bytes_stay_for_a_day_after_nobody_refers_to_them_however_old_they_are(office: Office) {
        let id = office.attach(BYTES).await;
        office.app.advance_hours(48);
        office.remove(id).await;
        assert_eq!(office.collect().await, Collected::default());
        office.app.advance_hours(23);
        assert_eq!(office.collect().await, Collected::default());
        assert_eq!(office.files().await.len(), 1, "a backup that began before may still read them");
        office.app.advance_hours(2);
        assert_eq!(office.collect().await, Collected { objects: 1, bytes: 27, ..Collected::default() });
        assert!(office.files().await.is_empty());
        // What was noted of them does not hasten the end of others.
        let id = office.attach(BYTES).await;
        office.app.advance_hours(48);
        office.remove(id).await;
        assert_eq!(office.collect().await, Collected::default());
        assert_eq!(office.files().await.len(), 1);
    }

    async fn the_day_begins_anew_where_somebody_refers_to_the_bytes_again(office: Office) {
        let id = office.attach(BYTES).await;
        office.app.advance_hours(48);
        office.remove(id).await;
        assert_eq!(office.collect().await, Collected::default());
        // Referred to for a while, and no look falls into it.
        let id = office.attach(BYTES).await;
        office.app.advance_hours(30);
        office.remove(id).await;
        assert_eq!(office.collect().await, Collected::default());
        assert_eq!(office.files().await.len(), 1);
        office.app.advance_hours(25);
        assert_eq!(office.collect().await.objects, 1);
    }

    async fn what_is_noted_of_bytes_goes_when_they_do(office: Office) {
        let notes = async || {
            let mut tx = office.app.read(office.tenant).await;
            tx.count("ir.loose_object", &Domain::All).await.expect("a count")
        };
        for at in 0..5_u8 {
            office.keep(office.tenant, &[at]).await;
        }
        office.collect().await;
        assert_eq!(notes().await, 5);
        office.collect().await;
        assert_eq!(notes().await, 5, "each once");
        office.attach(&[3]).await;
        assert_eq!(notes().await, 4);
        office.app.advance_hours(25);
        assert_eq!(office.collect().await.objects, 4);
        office.collect().await;
        assert_eq!(notes().await, 0);
    }

    async fn bytes_that_are_sent_again_are_young_again(office: Office) {
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

    async fn objects_are_collected_in_bounded_batches(office: Office) {
        for at in 0..7_u8 {
            office.keep(office.tenant, &[at]).await;
        }
        let kept = office.attach(BYTES).await;
        for gone in [0, 7] {
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
            assert_eq!((batches, objects), (3, gone));
            office.app.advance_hours(25);
        }
        assert_eq!(office.read(kept).await.expect("bytes"), BYTES);
    }

    async fn a_part_of_the_bytes_is_read_by_itself_however_large_they_are(office: Office) {
        let large: Vec<u8> = (0..9_000_000_u32).map(|at| (at % 251) as u8).collect();
        let mut upload = office.objects.begin(office.tenant).await.expect("an upload");
        upload.write(&large).await.expect("taken");
        assert_eq!(upload.beginning(4).await.expect("the beginning"), large[..4]);
        upload.write(b"the end").await.expect("taken");
        let stored = upload.keep().await.expect("kept");
        assert_eq!(stored.size(), 9_000_007);
        let mut tx = office.app.begin(office.tenant).await;
        let registry = office.store().registry();
        let id = attachments::attach(&mut tx, registry, &stored, &of(office.alice)).await.expect("attached");
        for (range, expected) in [
            (0..3, &large[..3]), (8_388_600..8_388_620, &large[8_388_600..8_388_620]), (9_000_003..u64::MAX, &b" end"[..]),
            (5..5, &[][..]), (u64::MAX..u64::MAX, &[][..]),
        ] {
            let content = attachments::open(&mut tx, registry, &office.objects, id).await.expect("it opens");
            let mut stream = content.stream(range.clone()).await.expect("a stream");
            let mut bytes = Vec::new();
            while let Some(piece) = stream.try_next().await.expect("a piece") {
                bytes.extend_from_slice(&piece);
            }
            assert_eq!(bytes, expected, "{range:?}");
        }
    }

    async fn a_store_is_tried_by_writing_and_reading_back(office: Office) {
        office.objects.probe().await.expect("it works");
        assert!(office.files().await.is_empty(), "nothing is left of it");
    }
}

on_both_databases! {
    async fn a_collection_that_was_killed_halfway_is_undone(db: TestDb) {
        let office = Office::open(db).await;
        let id = office.attach(BYTES).await;
        let file = office.files().await.remove(0);
        let file = Path::new(&file);
        let name = file.file_name().and_then(|name| name.to_str()).expect("a digest");
        let aside = office.folder.path().join("leaving").join(format!("{}-{name}", office.tenant));
        std::fs::rename(file, &aside).expect("moved aside");
        assert!(matches!(office.read(id).await, Err(AttachmentError::Object(ObjectError::Missing))));
        office.collect().await;
        assert_eq!(office.read(id).await.expect("it is back"), BYTES);
        // And where the same bytes were sent meanwhile, only the copy goes.
        std::fs::copy(file, &aside).expect("a copy");
        office.collect().await;
        assert_eq!(office.files().await, [file.display().to_string()]);
    }

    async fn a_node_tidies_up_at_its_start_what_was_killed_a_day_ago(db: TestDb) {
        let mut app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let mut upload = app.app().objects().begin(tenant).await.expect("an upload");
        upload.write(BYTES).await.expect("taken");
        upload.keep().await.expect("kept");
        app.kill().await;
        let folder = app.journal_folder().join("objects");
        let mut files = Vec::new();
        walk(&folder, &mut files);
        let object = Path::new(&files[0]);
        let name = object.file_name().and_then(|name| name.to_str()).expect("a digest");
        std::fs::rename(object, folder.join("leaving").join(format!("{tenant}-{name}"))).expect("moved aside");
        let [old, young] = ["old", "young"].map(|name| folder.join("incoming").join(name));
        for (half, hours) in [(&old, 25), (&young, 23)] {
            let written = app.db().clock().now() - SignedDuration::from_hours(hours);
            let half = std::fs::File::create(half).expect("half of an upload");
            half.set_modified(written.into()).expect("as if written then");
        }
        app.start_again().await;
        eventually(WAIT_MAX, "the node tidied up", async || !old.exists() && object.exists()).await;
        assert!(young.exists(), "it may still be under way");
    }

    async fn bytes_that_leave_a_bucket_at_this_moment_are_sent_again_and_stay(db: TestDb) {
        let Some(office) = Office::in_a_bucket(db).await else { return };
        let bucket = office.bucket.as_ref().expect("a bucket");
        office.keep(office.tenant, BYTES).await;
        let key = bucket.keys().await.remove(0);
        let digest = key.rsplit('/').next().expect("a name");
        let marker = format!("one/two/leaving/{}-{digest}", office.tenant);
        office.app.advance_hours(25);
        let now_us = office.app.db().clock().now().as_microsecond();
        bucket.put(&marker, now_us).await;
        let (objects, tenant) = (office.objects.clone(), office.tenant);
        let mut sending = tokio::spawn(async move {
            let mut upload = objects.begin(tenant).await.expect("an upload");
            upload.write(BYTES).await.expect("taken");
            upload.keep().await.expect("kept")
        });
        let early = tokio::time::timeout(Duration::from_millis(700), &mut sending).await;
        assert!(early.is_err(), "it waits until the removal is over");
        bucket.delete(&key).await;
        bucket.delete(&marker).await;
        sending.await.expect("it is kept");
        assert_eq!(bucket.keys().await, [key]);
        // One that was killed halfway keeps nobody waiting, and goes with the next collection.
        bucket.put(&marker, now_us - 3_600_000_000 * 25).await;
        office.keep(office.tenant, b"others").await;
        office.app.advance_hours(1);
        assert_eq!(office.collect().await, Collected::default());
        assert!(!bucket.keys().await.contains(&marker));
    }

    async fn a_bucket_that_does_not_answer_says_so_without_its_address(db: TestDb) {
        let Some(office) = Office::in_a_bucket(db).await else { return };
        let mut config = office.bucket.as_ref().expect("a bucket").config.clone();
        config.name = "opbx-nowhere".to_owned();
        let clock = office.app.db().clock().clone();
        let objects = Objects::bucket(office.folder.path(), &config, clock).expect("nobody is asked yet");
        assert!(objects.probe().await.is_err_and(|said| said.contains("opbx-nowhere")), "the operator is told");
        let mut upload = objects.begin(office.tenant).await.expect("an upload");
        upload.write(BYTES).await.expect("taken");
        let refused = upload.keep().await.expect_err("there is no bucket").to_string();
        assert!(refused.contains("cannot be used") && !refused.contains("opbx-nowhere"), "{refused}");
        assert!(office.files().await.is_empty());
    }
}
