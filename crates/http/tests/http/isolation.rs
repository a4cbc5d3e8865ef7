//! Two tenants with the same numbers, names and calls: each request reaches its own, and no trace of the other.

use opbx_kernel::TenantId;
use opbx_platform::Domain;
use opbx_testkit::{Company, Heard, TestApp, company, on_both_databases};

const RED: &str = "key-of-red";
const BLUE: &str = "key-of-blue";

/// Red rings 1001 first; blue, with the same records by name, rings 1002 first.
async fn started(db: opbx_testkit::TestDb) -> (TestApp, TenantId, TenantId) {
    let app = TestApp::start(db).await;
    let red = app.apply(&company("red", RED).toml()).await.tenant;
    let blue = company("blue", BLUE).toml().replace(r#"["1001", "1002"]"#, r#"["1002", "1001"]"#);
    let blue = app.apply(&blue).await.tenant;
    (app, red, blue)
}

/// Everything that the store holds for a tenant in the models of calls, as text.
async fn everything(app: &TestApp, tenant: TenantId) -> String {
    let mut text = format!("{:#?}", app.calls(tenant).await);
    let mut tx = app.read(tenant).await;
    for model in ["pbx.call", "pbx.call.leg", "pbx.call.event", "pbx.voicemail.message", "pbx.plan_snapshot"]
    {
        let count = tx.count(model, &Domain::All).await.expect("a count");
        text.push_str(&format!("{model}: {count}\n"));
    }
    format!("{text}{:#?}", app.plan_snapshots(tenant).await)
}

fn assert_forbidden(heard: &Heard, status: u16) {
    assert_eq!(heard.status, status, "{}", heard.body);
    assert!(heard.rings.is_empty() && heard.hangs_up && heard.action.is_none(), "{}", heard.body);
}

on_both_databases! {
    async fn each_request_reaches_its_own_tenant_only(db: TestDb) {
        let (app, red, blue) = started(db).await;
        let (of_red, of_blue) = (app.voice(RED).send().await, app.voice(BLUE).send().await);
        assert_eq!(
            (of_red.rings.as_slice(), of_blue.rings.as_slice()),
            (&["1001".to_owned()][..], &["1002".to_owned()][..])
        );
        assert_eq!(app.follow(&of_red, "no-answer").await.rings, ["1002"]);
        assert_eq!(app.follow(&of_blue, "completed").await.rings, Vec::<String>::new());
        app.ingest().await;
        let (reds, blues) = (app.only_call(red).await, app.only_call(blue).await);
        assert_eq!(reds.rung(), [("1001", "no_answer"), ("1002", "ringing")]);
        assert_eq!(blues.rung(), [("1002", "answered")]);
        assert_eq!((reds.moments().len(), blues.moments().len()), (4, 4));
        for (own, other, text) in
            [("red", "blue", everything(&app, red).await), ("blue", "red", everything(&app, blue).await)]
        {
            assert!(text.contains(&format!("Alice of {own}")), "the plan of {own} is kept");
            // "red" is in many a word; what belongs to the other tenant ends or begins with its whole name.
            for theirs in [format!("of {other}"), format!("{other} Inc."), Company::domain(other)] {
                assert!(!text.contains(&theirs), "{theirs} is seen by {own}");
            }
        }
        let ids = |plans: Vec<opbx_routing::Plan>| plans.iter().map(|plan| plan.tenant).collect::<Vec<_>>();
        assert_eq!(
            (ids(app.plan_snapshots(red).await), ids(app.plan_snapshots(blue).await)),
            (vec![red], vec![blue])
        );
    }

    async fn one_name_for_two_calls_of_two_tenants_is_two_calls(db: TestDb) {
        let (app, red, blue) = started(db).await;
        let of_red = app.voice(RED).call("same").send().await;
        let of_blue = app.voice(BLUE).call("same").send().await;
        assert_ne!(of_red.body, of_blue.body);
        assert!(app.follow(&of_red, "completed").await.ends_silently());
        assert_eq!(
            app.follow(&of_blue, "no-answer").await.rings,
            ["1001"],
            "the other's end is not this one's"
        );
        app.ingest().await;
        assert_eq!(app.only_call(red).await.call.status.as_str(), "completed");
        assert_eq!(app.only_call(blue).await.call.status.as_str(), "ringing");
    }

    async fn a_key_speaks_for_its_own_domain_only(db: TestDb) {
        let (app, red, blue) = started(db).await;
        for (key, other) in [(RED, "blue"), (BLUE, "red")] {
            let crossed = app.voice(key).with("Domain", &Company::domain(other));
            assert_forbidden(&crossed.send().await, 403);
            assert_forbidden(&crossed.clone().form().send().await, 403);
            assert_forbidden(&crossed.query().send().await, 403);
        }
        app.ingest().await;
        assert!(app.calls(red).await.is_empty() && app.calls(blue).await.is_empty());
    }

    async fn a_key_that_two_share_is_whose_domain_it_comes_from(db: TestDb) {
        let (app, red, blue) = started(db).await;
        // Entered before such a thing was refused.
        let mut tx = app.begin(blue).await;
        let (_, settings) =
            tx.external("config", "pbx.cloudonix_settings.main").await.expect("an answer").expect("settings");
        let key = [("domain_requests_api_key".to_owned(), opbx_platform::Value::Bytes(RED.into()))];
        tx.update("pbx.cloudonix_settings", settings, key.into(), None).await.expect("a key");
        tx.commit().await.expect("a commit");
        app.refresh().await;
        assert_forbidden(&app.voice(RED).send().await, 401);
        assert_forbidden(&app.voice(RED).with("Domain", "elsewhere.example").send().await, 401);
        assert_forbidden(&app.voice(BLUE).send().await, 401);
        for (slug, rings) in [("red", "1001"), ("blue", "1002")] {
            let asked = app.voice(RED).with("Domain", &Company::domain(slug)).call(slug).send().await;
            assert_eq!(asked.rings, [rings], "{slug}: {}", asked.body);
        }
        app.apply(&company("blue", "another-key").toml()).await;
        assert_eq!(app.voice(RED).send().await.rings, ["1001"], "and somebody's again when it is one's own");
        app.ingest().await;
        assert_eq!((app.calls(red).await.len(), app.calls(blue).await.len()), (2, 1));
    }

    async fn nobody_takes_the_key_of_others_by_a_file(db: TestDb) {
        let (app, _, _) = started(db).await;
        let refused = app.try_apply(&company("blue", RED).toml()).await.expect_err("red has it");
        let told = refused.to_string();
        assert!(told.contains("`domain_requests_api_key` cannot be used") && !told.contains("red"), "{told}");
        assert_eq!(app.voice(RED).send().await.rings, ["1001"]);
        assert_eq!(app.voice(BLUE).send().await.rings, ["1002"], "one's own key again is no mistake");
    }

    async fn a_rotation_is_its_own_tenant_s(db: TestDb) {
        let app = TestApp::start(db).await;
        for (slug, key) in [("red", RED), ("blue", BLUE)] {
            app.apply(&company(slug, key).strategy("round_robin").toml()).await;
        }
        for call in ["CA1", "CA2"] {
            assert_eq!(
                app.voice(RED).call(call).send().await.rings,
                app.voice(BLUE).call(call).send().await.rings
            );
        }
    }
}
