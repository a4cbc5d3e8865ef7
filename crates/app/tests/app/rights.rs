//! Rights: what the groups of a user may do with which records, and what nobody may.

use opbx_app::records::{self, Deed, RecordError};
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_platform::{Domain, Model, Value, Values};
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

/// A model, the name of one of its records, values for a new one, and what each group may do.
type Row<'a> = (&'a str, &'a str, &'a dyn Fn() -> Values, [(&'a str, &'a str); 4]);

/// What somebody may do with records of a model, as the letters that an access file has.
async fn deeds(app: &TestApp, scope: &Scope, model: &Model, record: RecordId, new: Values) -> String {
    let allowed = |outcome: Result<(), RecordError>| match outcome {
        Ok(()) => true,
        Err(RecordError::NotAllowed { .. }) => false,
        Err(other) => panic!("{}: {other}", model.name),
    };
    let mut letters = String::new();
    let mut tx = app.store().begin(scope).await.expect("a transaction");
    let mut note = |letter, may: bool| letters.extend(may.then_some(letter));
    note('c', allowed(records::create(&mut tx, model, new).await.map(drop)));
    note('r', allowed(records::search(&mut tx, model, &Domain::All, Search::default()).await.map(drop)));
    note('u', allowed(records::update(&mut tx, model, record, Values::new(), None).await));
    note('d', allowed(records::delete(&mut tx, model, record).await));
    letters
}

fn values<const N: usize>(pairs: [(&str, Value); N]) -> Values {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn named(app: &TestApp, tenant: TenantId, name: &str) -> RecordId {
    app.read(tenant).await.external("config", name).await.expect("an answer").expect("a record").1
}

on_both_databases! {
    async fn each_group_may_do_what_the_access_files_say_and_no_more(db: TestDb) {
        let app = TestApp::start(db).await;
        let more = "[res.users.zoe]\nname = \"Zoe\"\nemail = \"zoe@example.com\"\n\
            [pbx.number.spare]\nnumber = \"+12125550111\"\n";
        let tenant =
            app.apply(&company("acme", "key-of-acme").fallback("hangup").more(more).toml()).await.tenant;
        let settings = || values([("domain_name", "new.example.com".into())]);
        let user = || values([("name", "New".into()), ("email", "new@example.com".into())]);
        let extension = || values([("number", "1999".into()), ("name", "New".into())]);
        let number = || values([("number", "+12125550122".into())]);
        let table: [Row<'_>; 4] = [
            (
                "pbx.extension",
                "1003",
                &extension,
                [(OWNER, "crud"), (ADMIN, "crud"), (USER, "r"), (REPORTER, "r")],
            ),
            (
                "pbx.number",
                "spare",
                &number,
                [(OWNER, "crud"), (ADMIN, "crud"), (USER, "r"), (REPORTER, "r")],
            ),
            ("res.users", "zoe", &user, [(OWNER, "crud"), (ADMIN, "crud"), (USER, ""), (REPORTER, "")]),
            (
                "pbx.cloudonix_settings",
                "main",
                &settings,
                [(OWNER, "crud"), (ADMIN, ""), (USER, ""), (REPORTER, "")],
            ),
        ];
        let registry = app.store().registry();
        for (model, name, new, rights) in table {
            let record = named(&app, tenant, &format!("{model}.{name}")).await;
            let model = registry.model(model).expect("a known model");
            for (group, expected) in rights {
                let found = deeds(&app, &scope(tenant, &[group]), model, record, new()).await;
                assert_eq!(found, expected, "{group} and {}", model.name);
            }
            assert_eq!(
                deeds(&app, &scope(tenant, &[]), model, record, new()).await,
                "",
                "nobody and {}",
                model.name
            );
            let unknown = scope(tenant, &["base.group_of_nobody", "group_owner"]);
            assert_eq!(
                deeds(&app, &unknown, model, record, new()).await,
                "",
                "a stranger and {}",
                model.name
            );
        }
    }

    async fn rights_add_up_over_the_groups_of_a_user(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let model = app.store().registry().model("pbx.extension").expect("a known model");
        assert!(records::require(&scope(tenant, &[REPORTER, ADMIN]), model, Deed::Update).is_ok());
        let refused = records::require(&scope(tenant, &[REPORTER, USER]), model, Deed::Update);
        assert!(matches!(refused, Err(RecordError::NotAllowed { deed: Deed::Update, .. })));
    }

    async fn a_refused_deed_changes_nothing(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        let model = app.store().registry().model("pbx.extension").expect("a known model");
        let alice = named(&app, tenant, "pbx.extension.1001").await;
        let mut tx = app.store().begin(&scope(tenant, &[USER])).await.expect("a transaction");
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
