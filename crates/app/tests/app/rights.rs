//! Rights: what the groups of a user may do with which records, and what nobody may.

use opbx_app::records::{self, Deed, RecordError};
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_platform::{Domain, Value, Values};
use opbx_store::{SaveError, Search};
use opbx_testkit::{TestApp, company, on_both_databases};

const OWNER: &str = "base.group_owner";
const ADMIN: &str = "base.group_pbx_admin";
const USER: &str = "base.group_pbx_user";
const REPORTER: &str = "base.group_reporter";

fn scope(tenant: TenantId, groups: &[&str]) -> Scope {
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    Scope::user(tenant, UserId::new(1).expect("positive"), groups)
}

fn values<const N: usize>(pairs: [(&str, Value); N]) -> Values {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn named(app: &TestApp, tenant: TenantId, name: &str) -> RecordId {
    app.read(tenant).await.external("config", name).await.expect("an answer").expect("a record").1
}

on_both_databases! {
    async fn a_user_sees_every_extension_and_changes_what_is_theirs_to_say_of_the_own(db: TestDb) {
        let app = TestApp::start(db).await;
        let more = "[res.users.zoe]\nname = \"Zoe\"\nemail = \"zoe@example.com\"\n\
            [pbx.extension.1009]\nnumber = \"1009\"\nname = \"Zoe\"\nuser = \"zoe\"\n";
        let tenant = app.apply(&company("acme", "key-of-acme").fallback("hangup").more(more).toml()).await.tenant;
        let zoe = named(&app, tenant, "res.users.zoe").await;
        let own = named(&app, tenant, "pbx.extension.1009").await;
        let alices = named(&app, tenant, "pbx.extension.1001").await;
        let model = app.store().registry().model("pbx.extension").expect("a known model");
        let zoes = Scope::user(tenant, UserId::new(zoe.get()).expect("an id"), vec![USER.to_owned()]);
        let mut tx = app.store().begin(&zoes).await.expect("a transaction");
        let all = records::search(&mut tx, model, &Domain::All, Search::default()).await.expect("rows");
        assert_eq!(all.len(), 4);
        let quiet = || values([("do_not_disturb", Value::Bool(true))]);
        records::update(&mut tx, model, own, quiet(), None).await.expect("the own one may be quiet");
        let alices = records::update(&mut tx, model, alices, quiet(), None).await;
        let Err(RecordError::Save(error @ SaveError::OutOfReach { .. })) = alices else { panic!("{alices:?}") };
        assert_eq!(error.code().name, "rule_forbids", "she sees it, so that she may know");
        records::update(&mut tx, model, own, values([("name", "Queen".into())]), None).await.expect("a name of their own");
        let moved = records::update(&mut tx, model, own, values([("number", "1010".into())]), None).await;
        assert!(matches!(&moved, Err(RecordError::FieldNotAllowed { field, .. }) if field == "number"), "{moved:?}");
        tx.commit().await.expect("it lasts");
        // Whoever is an administrator, too, is not held back by the rule for users.
        let both = Scope::user(tenant, UserId::new(zoe.get()).expect("an id"), vec![USER.to_owned(), ADMIN.to_owned()]);
        let alice = named(&app, tenant, "pbx.extension.1001").await;
        let mut tx = app.store().begin(&both).await.expect("a transaction");
        records::update(&mut tx, model, alice, values([("name", "Alicia".into())]), None).await.expect("an administrator");
    }

    async fn an_administrator_makes_no_owner_by_whatever_way_groups_are_written(db: TestDb) {
        let app = TestApp::start(db).await;
        let more = "[res.users.ada]\nname = \"Ada\"\nemail = \"ada@example.com\"\ngroups = [\"base.group_pbx_admin\"]\n\
            [res.users.zoe]\nname = \"Zoe\"\nemail = \"zoe@example.com\"\ngroups = [\"base.group_pbx_user\"]\n";
        let tenant = app.apply(&company("acme", "key-of-acme").more(more).toml()).await.tenant;
        let (ada, zoe) = (named(&app, tenant, "res.users.ada").await, named(&app, tenant, "res.users.zoe").await);
        let owners = app.read(tenant).await.external("base", "group_owner").await.expect("an answer").expect("a group").1;
        let model = app.store().registry().model("res.users").expect("a known model");
        let adas = Scope::user(tenant, UserId::new(ada.get()).expect("an id"), vec![ADMIN.to_owned()]);
        let ways = [Value::Records(vec![owners]), Value::Commands(vec![opbx_platform::Command::Link(owners)])];
        for way in ways {
            for (user, code) in [(zoe, "role_not_yours"), (ada, "own_role")] {
                let mut tx = app.store().begin(&adas).await.expect("a transaction");
                let raised = records::update(&mut tx, model, user, values([("groups", way.clone())]), None).await;
                assert_eq!(raised.expect_err("more than an administrator may give").code().name, code, "{way:?}");
            }
            let mut tx = app.store().begin(&adas).await.expect("a transaction");
            let new = values([("name", "Eve".into()), ("email", "eve@example.com".into()), ("groups", way.clone())]);
            let made = records::create(&mut tx, model, new).await;
            assert_eq!(made.expect_err("no new owner").code().name, "role_not_yours", "{way:?}");
        }
    }

    async fn rights_add_up_over_the_groups_of_a_user(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let model = app.store().registry().model("pbx.extension").expect("a known model");
        assert!(records::require(&scope(tenant, &[REPORTER, ADMIN]), model, Deed::Update).is_ok());
        let refused = records::require(&scope(tenant, &[REPORTER, USER]), model, Deed::Create);
        assert!(matches!(refused, Err(RecordError::NotAllowed { deed: Deed::Create, .. })));
    }

    async fn a_refused_deed_changes_nothing(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let model = app.store().registry().model("pbx.extension").expect("a known model");
        let alice = named(&app, tenant, "pbx.extension.1001").await;
        let mut tx = app.store().begin(&scope(tenant, &[REPORTER])).await.expect("a transaction");
        let stolen = records::update(&mut tx, model, alice, values([("name", "Mine".into())]), None).await;
        assert!(matches!(stolen, Err(RecordError::NotAllowed { .. })), "{stolen:?}");
        assert!(records::delete(&mut tx, model, alice).await.is_err());
        assert_eq!(tx.commit().await.expect("nothing to keep").plan_version, None);
        let mut tx = app.read(tenant).await;
        let rows = tx.read("pbx.extension", &[alice], &["name"]).await.expect("rows");
        assert_eq!(rows[0].values, [Value::from("Alice of acme")]);
    }

    async fn an_owner_reaches_no_record_of_another_tenant(db: TestDb) {
        let app = TestApp::start(db).await;
        let red = app.apply(&company("red", "key-of-red").toml()).await.tenant;
        let blue = app.apply(&company("blue", "key-of-blue").toml()).await.tenant;
        let theirs = named(&app, blue, "pbx.extension.1001").await;
        let model = app.store().registry().model("pbx.extension").expect("a known model");
        let mut tx = app.store().begin(&scope(red, &[OWNER])).await.expect("a transaction");
        let found = records::search(&mut tx, model, &Domain::eq("id", theirs), Search::default())
            .await
            .expect("rows");
        assert!(found.is_empty());
        let all =
            records::search(&mut tx, model, &Domain::All, Search { fields: &["name"], ..Search::default() })
                .await
                .expect("rows");
        assert_eq!(all.len(), 3);
        assert!(!format!("{all:?}").contains("blue"));
        let changed = records::update(&mut tx, model, theirs, values([("name", "Mine".into())]), None).await;
        assert!(
            matches!(changed, Err(RecordError::Save(SaveError::Absent { .. }))),
            "absent, not forbidden: {changed:?}"
        );
        let deleted = records::delete(&mut tx, model, theirs).await;
        assert!(matches!(deleted, Err(RecordError::Save(SaveError::Absent { .. }))), "{deleted:?}");
    }

    async fn a_readonly_field_is_written_by_opbx_itself_and_by_no_user(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let mut model = app.store().registry().model("pbx.extension").expect("a known model").clone();
        let field = model.fields.iter_mut().find(|field| field.name == "ring_timeout_s").expect("a field");
        field.readonly = true;
        let alice = named(&app, tenant, "pbx.extension.1001").await;
        let timeout = || values([("ring_timeout_s", Value::Int(40))]);
        let mut tx = app.store().begin(&scope(tenant, &[OWNER])).await.expect("a transaction");
        let refused = records::update(&mut tx, &model, alice, timeout(), None).await;
        let Err(RecordError::ReadOnlyField { field, .. }) = &refused else { panic!("{refused:?}") };
        assert_eq!(field, "ring_timeout_s");
        let mut new = timeout();
        new.extend(values([("number", "1998".into()), ("name", "New".into())]));
        let refused = records::create(&mut tx, &model, new).await;
        assert!(matches!(refused, Err(RecordError::ReadOnlyField { .. })), "{refused:?}");
        drop(tx);
        let mut tx = app.store().begin(&Scope::system(tenant, "a test")).await.expect("a transaction");
        records::update(&mut tx, &model, alice, timeout(), None).await.expect("OPBX may");
    }

    async fn not_even_an_owner_makes_an_emergency_number_an_extension(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let model = app.store().registry().model("pbx.extension").expect("a known model");
        let mut tx = app.store().begin(&scope(tenant, &[OWNER])).await.expect("a transaction");
        let refused =
            records::create(&mut tx, model, values([("number", "911".into()), ("name", "X".into())])).await;
        assert!(matches!(refused, Err(RecordError::EmergencyNumber { .. })), "{refused:?}");
        let fine =
            records::create(&mut tx, model, values([("number", "912".into()), ("name", "X".into())])).await;
        assert!(fine.is_ok(), "{fine:?}");
    }
}
