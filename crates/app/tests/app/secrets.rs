//! Secrets: shown to who may see them and for a reason, and sealed anew after a rotation of the keys.

use opbx_app::secrets::{self, RevealError, reseal_all, reseal_batch};
use opbx_kernel::seal::{KEY_LEN, Keyring};
use opbx_kernel::{Operator, RecordId, Scope, TenantId, UserId};
use opbx_platform::{Domain, Value, Values};
use opbx_store::Store;
use opbx_testkit::{TestApp, company, on_both_databases, product_registry, tenant};

const OWNER: &str = "base.group_owner";
const ADMIN: &str = "base.group_pbx_admin";

fn person(tenant: TenantId, group: &str) -> Scope {
    Scope::user(tenant, UserId::new(7).expect("positive"), vec![group.to_owned()])
}

async fn named(app: &TestApp, tenant: TenantId, name: &str) -> RecordId {
    app.read(tenant).await.external("config", name).await.expect("an answer").expect("a record").1
}

fn ring(keys: &[u8]) -> Keyring {
    let mut keys = keys.iter().map(|byte| [*byte; KEY_LEN].into());
    Keyring::new(keys.next().expect("a key"), keys.collect())
}

async fn with_secrets(store: &Store, slug: &str, count: usize) -> (Scope, Vec<RecordId>) {
    let scope = Scope::system(tenant(store, slug).await, "a test");
    let mut tx = store.begin(&scope).await.expect("a transaction");
    let mut ids = Vec::new();
    for at in 0..count {
        let new = Values::from([
            ("number".to_owned(), Value::from(format!("{}", 1000 + at).as_str())),
            ("name".to_owned(), "Somebody".into()),
            ("sip_password".to_owned(), Value::Bytes(format!("{slug} {at}").into_bytes())),
            // Archived ones have secrets, too.
            ("active".to_owned(), Value::Bool(at % 2 == 0)),
        ]);
        ids.push(tx.create("pbx.extension", new).await.expect("an extension"));
    }
    tx.commit().await.expect("it lasts");
    (scope, ids)
}

async fn revealed(store: &Store, scope: &Scope, id: RecordId) -> Option<Vec<u8>> {
    let mut tx = store.read(scope).await.expect("a transaction");
    tx.reveal("pbx.extension", id, "sip_password").await.ok().flatten()
}

on_both_databases! {
    async fn a_secret_is_shown_to_the_named_groups_only_and_never_without_a_reason(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let other = app.apply(&company("other", "key-of-other").toml()).await.tenant;
        let registry = app.store().registry();
        let extension = registry.model("pbx.extension").expect("a known model");
        let settings = registry.model("pbx.cloudonix_settings").expect("a known model");
        let alice = named(&app, tenant, "pbx.extension.1001").await;
        let main = named(&app, tenant, "pbx.cloudonix_settings.main").await;
        for (group, may) in
            [(OWNER, true), (ADMIN, true), ("base.group_pbx_user", false), ("base.group_reporter", false)]
        {
            let mut tx = app.store().begin(&person(tenant, group)).await.expect("a transaction");
            let shown = secrets::reveal(&mut tx, extension, alice, "sip_password", "a new telephone").await;
            match shown {
                Ok(clear) if may => assert_eq!(clear.expect("set").as_slice(), b"sip-password-of-acme"),
                Err(RevealError::NotAllowed { .. }) if !may => {}
                other => panic!("{group}: {other:?}"),
            }
        }
        let mut tx = app.store().begin(&person(tenant, ADMIN)).await.expect("a transaction");
        let refused = secrets::reveal(&mut tx, settings, main, "domain_requests_api_key", "curious").await;
        assert!(matches!(refused, Err(RevealError::Record(_))), "an administrator may not even read these");
        for reason in ["", "  \n", &"x".repeat(501)] {
            let refused = secrets::reveal(&mut tx, extension, alice, "sip_password", reason).await;
            assert!(matches!(refused, Err(RevealError::NoReason)), "{refused:?}");
        }
        let refused = secrets::reveal(&mut tx, extension, alice, "name", "a mistake").await;
        assert!(matches!(refused, Err(RevealError::Read(_))), "{refused:?}");
        drop(tx);
        let mut tx = app.store().begin(&person(other, OWNER)).await.expect("a transaction");
        let theirs = secrets::reveal(&mut tx, extension, alice, "sip_password", "theft").await;
        assert!(matches!(theirs, Err(RevealError::Absent { .. })), "another tenant's is absent: {theirs:?}");
    }

    async fn every_secret_of_every_tenant_is_sealed_anew(db: TestDb) {
        db.store(product_registry()).await;
        let old = db.open_with(product_registry(), ring(&[1])).await;
        let mut all = Vec::new();
        for (slug, count) in [("red", 3), ("blue", 0), ("green", 5)] {
            all.push((slug, with_secrets(&old, slug, count).await));
        }
        let operator = Operator::because("a test");
        let before = old.tenants(&operator).await.expect("tenants");
        let keys = ring(&[2, 1]);
        let new = db.open_with(product_registry(), keys.clone()).await;
        let (scope, ids) = &all[0].1;
        let mut tx = new.begin(scope).await.expect("a transaction");
        let version = tx.read("pbx.extension", &ids[..1], &[]).await.expect("rows")[0].version;
        // One batch looks at two records, and says where to go on.
        let (done, next) = reseal_batch(&mut tx, new.registry(), None, 2).await.expect("a batch");
        tx.commit().await.expect("it lasts");
        assert!(done.resealed <= 2 && next.is_some(), "{done:?}");
        let rest = reseal_all(&new).await.expect("the rest");
        assert_eq!((done.resealed + rest.resealed, rest.unopened.len()), (8, 0));
        assert_eq!(reseal_all(&new).await.expect("nothing to do"), secrets::Resealed::default());
        let only_new = db.open_with(product_registry(), ring(&[2])).await;
        for (slug, (scope, ids)) in &all {
            for (at, id) in ids.iter().enumerate() {
                let clear = revealed(&only_new, scope, *id).await;
                assert_eq!(clear.as_deref(), Some(format!("{slug} {at}").as_bytes()));
                assert_eq!(revealed(&old, scope, *id).await, None, "the old key alone opens nothing any more");
            }
        }
        let mut tx = new.read(scope).await.expect("a transaction");
        let after = tx.read("pbx.extension", &ids[..1], &[]).await.expect("rows")[0].version;
        assert_eq!(after, version, "what the record says did not change");
        assert_eq!(tx.count("pbx.extension", &Domain::is_set("sip_password")).await.expect("a count"), 2);
        assert_eq!(new.tenants(&operator).await.expect("tenants"), before, "no plan is made anew");
    }

    async fn what_no_key_opens_is_named_and_left_alone(db: TestDb) {
        db.store(product_registry()).await;
        let lost = db.open_with(product_registry(), ring(&[9])).await;
        let (scope, ids) = with_secrets(&lost, "red", 2).await;
        let known = db.open_with(product_registry(), ring(&[2, 1])).await;
        let mut tx = known.begin(&scope).await.expect("a transaction");
        let new = Values::from([("sip_password".to_owned(), Value::Bytes(b"written anew".to_vec()))]);
        tx.update("pbx.extension", ids[1], new, None).await.expect("an update");
        tx.commit().await.expect("it lasts");
        let done = reseal_all(&known).await.expect("all gone through");
        assert_eq!((done.resealed, done.unopened.len()), (0, 1));
        let left = &done.unopened[0];
        assert_eq!(
            (left.tenant, left.model.as_str(), left.record, left.field.as_str()),
            (scope.tenant(), "pbx.extension", ids[0], "sip_password")
        );
        assert_eq!(revealed(&lost, &scope, ids[0]).await.as_deref(), Some(&b"red 0"[..]), "it is as it was");
    }
}
