//! From the journal to the store: what a call leaves behind, and that it explains the call.

use opbx_app::ingest::Ingester;
use opbx_app::journal::{Journal, Record};
use opbx_routing::{Plan, Reason};
use opbx_telephony::Entry;
use opbx_telephony::entry::replay;
use opbx_testkit::{StoredCall, TestApp, company, on_both_databases};
use std::sync::Arc;

const KEY: &str = "key-of-acme";

/// Decides the call again from what is stored, and checks that every step comes out as it was stored.
fn assert_replays(call: &StoredCall, plans: &[Plan]) {
    let plan_of = |entry: &Entry| plans.iter().find(|plan| plan.version == entry.plan_version);
    let steps = replay(&call.entries, plan_of);
    assert_eq!(steps.len(), call.entries.len(), "every step's plan is kept");
    for (step, entry) in steps.iter().zip(&call.entries) {
        assert_eq!((step.actions.to_vec(), &step.trace), (entry.actions.clone(), &entry.trace));
    }
    let replayed: Vec<Reason> = steps.into_iter().flat_map(|step| step.trace).collect();
    assert_eq!(replayed, call.trace());
}

on_both_databases! {
    async fn a_call_leaves_its_row_its_legs_its_timeline_and_what_explains_it(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        let first = app.voice(KEY).with("CallerName", "Erika").send().await;
        app.db().clock().advance(jiff::SignedDuration::from_secs(20));
        let second = app.follow(&first, "no-answer").await;
        app.db().clock().advance(jiff::SignedDuration::from_secs(100));
        app.follow(&second, "completed").await;
        app.ingest().await;

        let stored = app.only_call(tenant).await;
        let call = &stored.call;
        assert_eq!(
            (call.call_id.as_str(), call.direction.as_str(), call.status.as_str()),
            ("CA1", "inbound", "completed")
        );
        assert_eq!(call.from_number.as_deref(), Some("+442079460018"));
        assert_eq!(
            (call.to_number.as_deref(), call.number.as_deref()),
            (Some("+12125550100"), Some("+12125550100"))
        );
        assert_eq!((call.from_name.as_deref(), call.answered_by.as_deref()), (Some("Erika"), Some("1002")));
        assert_eq!((call.end_reason.as_deref(), call.steps), (Some("completed"), 3));
        assert_eq!(call.started_at.to_string(), "2026-03-01T12:00:00Z");
        assert_eq!(call.ended_at.map(|at| at.to_string()).as_deref(), Some("2026-03-01T12:02:00Z"));
        assert_eq!(
            (call.plan_version, call.core_version.as_deref()),
            (Some(1), Some(opbx_routing::CORE_VERSION))
        );
        assert_eq!(stored.rung(), [("1001", "no_answer"), ("1002", "answered")]);
        let rung_at: Vec<_> = stored.legs.iter().map(|leg| leg.started_at.map(|at| at.to_string())).collect();
        assert_eq!(rung_at, [Some("2026-03-01T12:00:00Z".into()), Some("2026-03-01T12:00:20Z".into())]);
        assert_eq!(stored.moments(), ["started", "ringing", "dial_ended", "ringing", "dial_ended", "ended"]);

        let plans = app.plan_snapshots(tenant).await;
        assert_eq!(plans.iter().map(|plan| (plan.tenant, plan.version)).collect::<Vec<_>>(), [(tenant, 1)]);
        assert_replays(&stored, &plans);
    }

    async fn a_call_through_two_plans_and_a_rotation_replays(db: TestDb) {
        let app = TestApp::start(db).await;
        let acme = company("acme", KEY).strategy("round_robin");
        let tenant = app.apply(&acme.toml()).await.tenant;
        app.voice(KEY).call("CA0").send().await;
        let first = app.voice(KEY).send().await;
        assert_eq!(first.rings, ["1002"], "the second call begins with the second phone");
        let changed =
            acme.more("[pbx.extension.1004]\nnumber = \"1004\"\nname = \"Dora\"").fallback("extension:1004");
        assert_eq!(app.apply(&changed.toml()).await.plan_version, Some(2));
        let second = app.follow(&first, "busy").await;
        let third = app.follow(&second, "no-answer").await;
        assert_eq!(third.rings, ["1004"], "a call goes on by the plan of the moment");
        app.ingest().await;
        let stored =
            app.calls(tenant).await.into_iter().find(|call| call.call.call_id == "CA1").expect("the call");
        let versions: Vec<_> = stored.entries.iter().map(|entry| entry.plan_version).collect();
        assert_eq!(versions, [1, 2, 2]);
        let plans = app.plan_snapshots(tenant).await;
        assert_eq!(plans.iter().map(|plan| plan.version).collect::<Vec<_>>(), [1, 2]);
        assert_replays(&stored, &plans);
        let reasons: Vec<_> = stored.trace().iter().map(ToString::to_string).collect();
        assert!(reasons.iter().any(|reason| reason.contains("turn 1")), "{reasons:#?}");
    }

    async fn an_unrouted_plan_leaves_no_snapshot_and_a_used_one_leaves_one(db: TestDb) {
        let app = TestApp::start(db).await;
        let acme = company("acme", KEY);
        let tenant = app.apply(&acme.toml()).await.tenant;
        app.apply(&acme.clone().turns(2).toml()).await;
        app.apply(&acme.clone().turns(3).toml()).await;
        for call in ["CA1", "CA2", "CA3"] {
            app.voice(KEY).call(call).send().await;
        }
        app.ingest().await;
        let versions: Vec<_> = app.plan_snapshots(tenant).await.iter().map(|plan| plan.version).collect();
        assert_eq!(versions, [3], "only the plan that routed is kept, and once");
    }

    async fn the_same_journal_ingested_twice_changes_nothing(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        for call in ["CA1", "CA2"] {
            let first = app.voice(KEY).call(call).send().await;
            let second = app.follow(&first, "no-answer").await;
            app.follow(&second, "completed").await;
        }
        app.ingest().await;
        let (calls, plans) = (app.calls(tenant).await, app.plan_snapshots(tenant).await);
        let records = app.app().journal().read_after(0, 100).expect("the journal is still there");
        assert_eq!(records.len(), 7);

        // As if another node had journaled the very same, before and after a restart.
        let folder = tempfile::tempdir().expect("a folder");
        for _ in 0..2 {
            let copy = Arc::new(Journal::open(folder.path(), "node-z").expect("a journal"));
            for (_, record) in &records {
                copy.append(record).expect("appended");
            }
            let mut ingester = Ingester::new(app.store().clone(), copy);
            assert_eq!(ingester.ingest().await.expect("ingested"), records.len());
            assert_eq!(ingester.ingest().await.expect("ingested"), 0, "nothing is ingested twice");
            assert_eq!(app.calls(tenant).await, calls, "to the last id and version");
            assert_eq!(app.plan_snapshots(tenant).await, plans);
        }
    }

    async fn no_secret_is_in_anything_that_explains_a_call(db: TestDb) {
        let app = TestApp::start(db).await;
        let acme = company("acme", KEY).setting("webhook_secret = \"secret-of-hooks\"");
        let tenant = app.apply(&acme.setting("domain_api_key = \"secret-of-api\"").toml()).await.tenant;
        let first = app.voice(KEY).send().await;
        app.follow(&first, "no-answer").await;
        app.ingest().await;
        let journaled = app.app().journal().read_after(0, 100).expect("the journal is still there");
        let journaled: String = journaled
            .iter()
            .map(|(_, record)| match record {
                Record::Step(entry) => format!("{entry:?}"),
                Record::Plan(_) => String::new(),
            })
            .collect();
        let explained = format!(
            "{journaled}{:?}{:?}{}",
            app.only_call(tenant).await,
            app.plan_snapshots(tenant).await,
            serde_json::to_string(&app.plan_snapshots(tenant).await).expect("plans serialise"),
        );
        assert!(explained.contains("Alice of acme"), "the plan is among it");
        for secret in [KEY, "sip-password", "secret-of-hooks", "secret-of-api", "acme.example.com"] {
            assert!(!explained.contains(secret), "{secret} is in what explains a call");
        }
    }
}
