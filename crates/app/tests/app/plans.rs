//! Plans in service: they follow commits within moments, and a mistake never silences a company.

use opbx_app::plans::{CompileError, Line, LoadedPlan, compile};
use opbx_kernel::{E164, Scope, TenantId};
use opbx_platform::module::from_folder;
use opbx_platform::{Domain, Registry, Value, Values};

use opbx_testkit::{TestApp, company, eventually, on_both_databases};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "key-of-acme";
/// How soon a change must be live on every node.
const LIVE_WITHIN: Duration = Duration::from_secs(1);

async fn started(db: opbx_testkit::TestDb) -> (TestApp, TenantId) {
    let app = TestApp::start(db).await;
    let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
    (app, tenant)
}

fn line(app: &TestApp, tenant: TenantId) -> Arc<Line> {
    app.app().plans().directory().line(tenant).expect("the tenant is known").clone()
}

async fn in_service(app: &TestApp, tenant: TenantId) -> Arc<LoadedPlan> {
    app.app().plans().plan(&line(app, tenant)).await.expect("a plan")
}

/// Waits until a new call rings this phone first.
async fn assert_soon_rings(app: &TestApp, phone: &str) {
    let mut calls = 0;
    eventually(LIVE_WITHIN, "the change is live", async || {
        calls += 1;
        app.voice(KEY).call(&format!("poll-{phone}-{calls}")).send().await.rings == [phone]
    })
    .await;
}

/// Commits a value that a newer or older version of the product may have allowed.
async fn write_past_the_rules(app: &TestApp, tenant: TenantId, number: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../modules");
    let mut sources = from_folder(&folder).expect("the product's modules can be read");
    for (path, text) in sources.iter_mut().flat_map(|source| &mut source.files) {
        if path == "number/model.toml" {
            *text = text.replace("format = \"e164\", ", "").replace(", immutable = true", "");
        }
    }
    let lax = app.db().open(Registry::from_modules(&sources).expect("models without a rule")).await;
    let mut tx = lax.begin(&Scope::system(tenant, "a test")).await.expect("a transaction");
    let rows = tx.search("pbx.number", &Domain::All, opbx_store::Search::default()).await.expect("rows");
    let values = Values::from([("number".to_owned(), number.into())]);
    tx.update("pbx.number", rows[0].id, values, None).await.expect("written");
    tx.commit().await.expect("it lasts");
}

on_both_databases! {
    async fn a_commit_to_a_routing_model_is_live_within_a_second(db: TestDb) {
        let (app, tenant) = started(db).await;
        assert_soon_rings(&app, "1001").await;
        let changed = company("acme", KEY).toml().replace(r#"["1001", "1002"]"#, r#"["1002", "1001"]"#);
        // Past the node: as another process would.
        let applied = opbx_app::apply::apply(app.store(), "test.toml", &changed).await.expect("applied");
        assert_eq!(applied.plan_version, Some(2));
        assert_soon_rings(&app, "1002").await;
        assert_eq!(line(&app, tenant).plan_version(), Some(2));
    }

    async fn a_new_key_is_live_within_a_second_and_the_old_one_is_dead(db: TestDb) {
        let (app, _) = started(db).await;
        let changed = company("acme", "a-new-key").toml();
        opbx_app::apply::apply(app.store(), "test.toml", &changed).await.expect("applied");
        eventually(LIVE_WITHIN, "the new key is live", async || {
            app.voice("a-new-key").send().await.status == 200
        })
        .await;
        assert_eq!(app.voice(KEY).send().await.status, 401);
    }

    async fn what_one_node_commits_reaches_the_other(db: TestDb) {
        let (app, _) = started(db).await;
        let other = app.second_node().await;
        assert_soon_rings(&other, "1001").await;
        let changed = company("acme", KEY).toml().replace(r#"["1001", "1002"]"#, r#"["1002", "1001"]"#);
        app.apply(&changed).await.plan_version.expect("a version");
        assert_soon_rings(&other, "1002").await;
    }

    async fn a_commit_to_another_model_compiles_nothing(db: TestDb) {
        let (app, tenant) = started(db).await;
        let before = in_service(&app, tenant).await;
        let more =
            company("acme", KEY).more("[res.users.alice]\nname = \"Alice\"\nemail = \"alice@example.com\"");
        let applied = app.apply(&more.toml()).await;
        assert_eq!((applied.created, applied.plan_version), (1, None));
        app.voice(KEY).send().await;
        app.ingest().await;
        assert_eq!(app.app().plans().refresh().await.expect("polled"), 0, "no line changed");
        assert!(Arc::ptr_eq(&before, &in_service(&app, tenant).await), "the very same plan is in service");
    }

    async fn a_plan_that_does_not_compile_leaves_the_last_good_one_and_is_named(db: TestDb) {
        let (mut app, tenant) = started(db).await;
        let good = in_service(&app, tenant).await;
        write_past_the_rules(&app, tenant, "12345").await;
        let error = compile(&mut app.read(tenant).await).await.expect_err("no number");
        assert!(
            matches!(&error, CompileError::Record { model: "pbx.number", field: "number", .. }),
            "{error}"
        );
        assert!(
            error.to_string().starts_with("pbx.number ") && error.to_string().contains("field number"),
            "{error}"
        );
        app.refresh().await;
        assert_eq!(app.voice(KEY).send().await.rings, ["1001"], "calls are routed as before");
        assert!(Arc::ptr_eq(&good, &in_service(&app, tenant).await));

        app.restart().await;
        let heard = app.voice(KEY).call("CA2").send().await;
        assert_eq!((heard.status, heard.rings.len()), (503, 0), "{}", heard.body);
        assert!(heard.ends_saying("Configuration error. Please try again later."), "{}", heard.body);
        assert!(!heard.body.contains("pbx.number") && !heard.body.contains("12345"), "{}", heard.body);
        write_past_the_rules(&app, tenant, "+12125550100").await;
        app.refresh().await;
        assert_eq!(
            app.voice(KEY).call("CA2").send().await.rings,
            ["1001"],
            "the failure was not kept as an answer"
        );
    }

    async fn a_new_key_counts_although_the_plan_does_not_compile(db: TestDb) {
        let (app, tenant) = started(db).await;
        in_service(&app, tenant).await;
        write_past_the_rules(&app, tenant, "12345").await;
        let mut tx = app.begin(tenant).await;
        let settings = tx.search("pbx.cloudonix_settings", &Domain::All, opbx_store::Search::default());
        let settings = settings.await.expect("rows")[0].id;
        let key = Values::from([("domain_requests_api_key".to_owned(), Value::Bytes(b"a-new-key".to_vec()))]);
        tx.update("pbx.cloudonix_settings", settings, key, None).await.expect("a key");
        tx.commit().await.expect("it lasts");
        app.refresh().await;
        assert_eq!(app.voice(KEY).send().await.status, 401, "a key that was taken back is dead");
        assert_eq!(app.voice("a-new-key").send().await.rings, ["1001"], "by the last good plan");
    }

    async fn a_tenant_without_a_company_has_no_plan(db: TestDb) {
        let (app, _) = started(db).await;
        let applied = app
            .apply(
                "tenant = { slug = \"new\", name = \"New\" }\n\
            [pbx.cloudonix_settings.main]\ndomain_requests_api_key = \"key-of-new\"\n",
            )
            .await;
        let error = compile(&mut app.read(applied.tenant).await).await.expect_err("no company");
        assert!(matches!(error, CompileError::NoCompany), "{error}");
        assert_eq!(app.voice("key-of-new").send().await.status, 503);
        assert_eq!(app.voice(KEY).send().await.rings, ["1001"], "others are not held up");
    }

    async fn archived_records_are_in_the_plan_and_take_no_calls(db: TestDb) {
        let (app, tenant) = started(db).await;
        let text = company("acme", KEY).toml();
        let archived = text
            .replace("number = \"1001\"", "number = \"1001\"\nactive = false")
            .replace("name = \"Main number\"", "name = \"Main number\"\nactive = false")
            .replace("strategy = ", "active = false\nstrategy = ");
        app.apply(&archived).await;
        let loaded = in_service(&app, tenant).await;
        let number = E164::new("+12125550100").expect("E.164");
        assert_eq!(loaded.plan.number(&number).map(|number| number.active), Some(false));
        assert_eq!(loaded.plan.extension_by_number("1001").map(|extension| extension.active), Some(false));
        assert_eq!(loaded.plan.extension_by_number("1002").map(|extension| extension.active), Some(true));
        let outside = app.voice(KEY).send().await;
        assert!(outside.ends_saying("DID destination not configured"), "{}", outside.body);
        let inside = app.voice(KEY).call("CA2").from_phone("1002").to("1001").send().await;
        assert!(inside.ends_saying("Extension is not available. Goodbye."), "{}", inside.body);
        app.ingest().await;
        let traces = app
            .calls(tenant)
            .await
            .iter()
            .flat_map(|call| call.trace())
            .map(|reason| reason.to_string())
            .collect::<Vec<_>>();
        assert!(traces.contains(&"number +12125550100 is inactive".to_owned()), "{traces:#?}");

        app.apply(
            &archived
                .replace("name = \"Main number\"\nactive = false", "name = \"Main number\"\nactive = true"),
        )
        .await;
        let without_group = app.voice(KEY).call("CA3").send().await;
        assert!(without_group.rings.is_empty() && without_group.hangs_up, "{}", without_group.body);
    }
}
