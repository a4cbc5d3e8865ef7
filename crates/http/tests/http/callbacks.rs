//! What follows a dial: the engine tells how it ended, and the call goes on or is over.

use opbx_testkit::{TestApp, company, on_both_databases};

const KEY: &str = "key-of-acme";

async fn started(db: opbx_testkit::TestDb) -> (TestApp, opbx_kernel::TenantId) {
    let app = TestApp::start(db).await;
    let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
    (app, tenant)
}

on_both_databases! {
    async fn nobody_answers_and_each_phone_rings_once_then_the_fallback(db: TestDb) {
        let (app, tenant) = started(db).await;
        let first = app.voice(KEY).send().await;
        assert_eq!(first.rings, ["1001"]);
        let second = app.follow(&first, "no-answer").await;
        assert_eq!(second.rings, ["1002"]);
        assert_ne!(second.action, first.action);
        let fallback = app.follow(&second, "no-answer").await;
        assert_eq!((fallback.rings.as_slice(), fallback.timeout_s), (&["1003".to_owned()][..], Some(30)));
        let over = app.follow(&fallback, "no-answer").await;
        assert!(over.ends_saying("Extension is not available. Goodbye."), "{}", over.body);
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!(call.rung(), [("1001", "no_answer"), ("1002", "no_answer"), ("1003", "no_answer")]);
        assert_eq!((call.call.status.as_str(), call.call.steps), ("no_answer", 4));
        assert_eq!(call.call.answered_by, None);
    }

    async fn an_answered_call_that_is_over_rings_nobody_again(db: TestDb) {
        let (app, tenant) = started(db).await;
        let first = app.voice(KEY).send().await;
        let over = app.follow(&first, "completed").await;
        assert!(over.ends_silently(), "{}", over.body);
        assert_eq!(over.action, None);
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!(call.rung(), [("1001", "answered")]);
        assert_eq!(call.call.status.as_str(), "completed");
        assert_eq!(call.call.answered_by.as_deref(), Some("1001"));
    }

    async fn a_busy_phone_is_passed_by(db: TestDb) {
        let (app, tenant) = started(db).await;
        let first = app.voice(KEY).send().await;
        let second = app.follow(&first, "busy").await;
        assert_eq!(second.rings, ["1002"]);
        let third = app.follow(&second, "failed").await;
        assert_eq!(third.rings, ["1003"]);
        let over = app.follow(&third, "busy").await;
        assert!(over.ends_saying("Extension is not available. Goodbye."), "{}", over.body);
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!(call.rung(), [("1001", "busy"), ("1002", "failed"), ("1003", "busy")]);
        assert_eq!(call.call.status.as_str(), "busy");
    }

    async fn a_caller_who_gives_up_is_not_called_after(db: TestDb) {
        let (app, tenant) = started(db).await;
        for (call, word) in [("CA1", "canceled"), ("CA2", "cancelled"), ("CA3", "Canceled")] {
            let first = app.voice(KEY).call(call).send().await;
            let over = app.follow(&first, word).await;
            assert!(over.ends_silently(), "{word}: {}", over.body);
        }
        app.ingest().await;
        for call in app.calls(tenant).await {
            assert_eq!(call.call.status.as_str(), "canceled");
            assert_eq!(call.rung(), [("1001", "canceled")]);
        }
    }

    async fn an_unknown_or_missing_result_rings_nobody(db: TestDb) {
        let (app, tenant) = started(db).await;
        for (at, word) in
            ["unknown", "ringing", "in-progress", "queued", "", "NO ANSWER", "0"].into_iter().enumerate()
        {
            let first = app.voice(KEY).call(&format!("CA{at}")).send().await;
            assert_eq!(first.rings, ["1001"]);
            let over = app.follow(&first, word).await;
            assert!(over.ends_silently(), "{word:?}: {}", over.body);
        }
        let first = app.voice(KEY).call("none").send().await;
        let over = app.after(&first).send().await;
        assert!(over.ends_silently(), "{}", over.body);
        app.ingest().await;
        for call in app.calls(tenant).await {
            assert_eq!(call.call.end_reason.as_deref(), Some("result_unknown"));
            assert_eq!(call.legs.len(), 1, "nobody else was rung");
        }
    }

    async fn the_original_name_of_the_result_is_understood(db: TestDb) {
        let (app, _) = started(db).await;
        let first = app.voice(KEY).send().await;
        let second = app.after(&first).with("DialCallStatus", "no-answer").send().await;
        assert_eq!(second.rings, ["1002"]);
        let both = app.after(&second).with("CallStatus", "completed").with("DialCallStatus", "no-answer");
        let over = both.send().await;
        assert!(over.ends_silently(), "the documented name wins: {}", over.body);
        let first = app.voice(KEY).call("CA2").send().await;
        let said_in_both = app.after(&first).with("CallStatus", "in-progress").with("DialCallStatus", "busy");
        assert_eq!(
            said_in_both.send().await.rings,
            ["1002"],
            "the alias speaks where the other says nothing"
        );
    }

    async fn a_result_may_come_by_get_or_as_a_form(db: TestDb) {
        let (app, _) = started(db).await;
        let first = app.voice(KEY).send().await;
        let second = app.after(&first).with("CallStatus", "no-answer").query().send().await;
        assert_eq!(second.rings, ["1002"]);
        let third = app.after(&second).with("CallStatus", "no-answer").form().send().await;
        assert_eq!(third.rings, ["1003"]);
        let over = app.after(&third).with("CallStatus", "completed").query().send().await;
        assert!(over.ends_silently(), "{}", over.body);
    }

    async fn any_node_answers_what_another_began(db: TestDb) {
        let (app, tenant) = started(db).await;
        let other = app.second_node().await;
        let first = app.voice(KEY).send().await;
        let second = other.follow(&first, "no-answer").await;
        assert_eq!(second.rings, ["1002"]);
        let over = app.follow(&second, "completed").await;
        assert!(over.ends_silently(), "{}", over.body);
        other.ingest().await;
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!(call.rung(), [("1001", "no_answer"), ("1002", "answered")]);
        assert_eq!(call.entries.len(), 3);
    }
}
