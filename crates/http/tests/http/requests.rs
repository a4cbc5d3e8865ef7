//! Voice requests in every form in which they come, and what rings.

use opbx_testkit::{Heard, TestApp, company, on_both_databases};

/// The answer that rings the group's first phone, and nobody else.
fn assert_rings_alice(heard: &Heard) {
    assert_eq!((heard.status, heard.rings.as_slice()), (200, &["1001".to_owned()][..]), "{}", heard.body);
    assert_eq!(heard.timeout_s, Some(20));
    assert!(heard.action.as_deref().is_some_and(|action| action.contains("ring-group-callback?")));
    assert!(heard.said.is_empty() && !heard.hangs_up, "{}", heard.body);
    assert!(!heard.body.contains("1002") && !heard.body.contains("1003"), "{}", heard.body);
}

on_both_databases! {
    async fn a_call_to_the_number_rings_the_group_in_whatever_form_it_is_told(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&company("acme", "key-of-acme").toml()).await;
        let ask = app.voice("key-of-acme");
        assert_rings_alice(&ask.send().await);
        assert_rings_alice(&ask.clone().call("CA2").form().send().await);
        assert_rings_alice(&ask.clone().call("CA3").query().send().await);
        for (call, kind) in [("CA4", ""), ("CA7", "text/plain"), ("CA8", "application/json; charset=utf-8")] {
            assert_rings_alice(&ask.clone().call(call).content_type(kind).send().await);
        }
        let own = ask.clone().call("CA5").with("Domain", "ACME.example.com");
        assert_rings_alice(&own.send().await);
        let lower = ask.call("CA6").header("authorization", "bearer key-of-acme");
        assert_rings_alice(&lower.send().await);
    }

    async fn a_group_that_rings_all_at_once_rings_each_member_once(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&company("acme", "key-of-acme").strategy("simultaneous").toml()).await;
        let heard = app.voice("key-of-acme").send().await;
        assert_eq!(heard.rings, ["1001", "1002"]);
        assert!(heard.action.is_some() && !heard.hangs_up);
        assert!(!heard.body.contains("1003"));
    }

    async fn a_phone_reaches_extensions_and_the_outside_reaches_numbers_only(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&company("acme", "key-of-acme").toml()).await;
        let ask = app.voice("key-of-acme");
        let inside = ask.clone().from_phone("1001").to("1002").send().await;
        assert_eq!((inside.rings.as_slice(), inside.timeout_s), (&["1002".to_owned()][..], Some(30)));
        assert!(inside.action.as_deref().is_some_and(|action| action.contains("/dial-callback?token=")));
        let outside = ask.clone().call("CA2").to("1002").send().await;
        assert!(outside.ends_saying("DID destination not configured"), "{}", outside.body);
        let unknown = ask.clone().call("CA3").from_phone("1001").to("1999").send().await;
        assert!(unknown.ends_saying("Extension not found"), "{}", unknown.body);
        let odd = ask.clone().call("CA4").to("1002").with("Direction", "from-the-moon").send().await;
        assert!(odd.ends_saying("DID destination not configured"), "{}", odd.body);
        let money = ask.call("CA5").from_phone("1001").to("+442079460018").send().await;
        assert!(money.ends_saying("Outbound call not permitted"), "{}", money.body);
    }

    async fn a_call_that_we_started_goes_where_the_person_would_have_dialled(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&company("acme", "key-of-acme").toml()).await;
        let started = |call: &str, query: &'static str| {
            let ask = app.voice("key-of-acme").call(call).with("Direction", "outbound-api");
            ask.with("From", "1001").to("+12125550100").target(move |target| format!("{target}?{query}"))
        };
        let inside = started("CA1", "as=1001&dial=1002").send().await;
        assert_eq!((inside.status, inside.rings.as_slice()), (200, &["1002".to_owned()][..]), "{}", inside.body);
        let money = started("CA2", "as=1001&dial=%2B442079460018").send().await;
        assert!(money.ends_saying("Outbound call not permitted"), "{}", money.body);
        // A body cannot say so: only the address that we gave away does.
        let body = app.voice("key-of-acme").call("CA3").with("as", "1001").with("dial", "1002").send().await;
        assert_rings_alice(&body);
    }

    async fn an_emergency_call_goes_out_at_once(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&company("acme", "key-of-acme").toml()).await;
        let heard = app.voice("key-of-acme").from_phone("1001").to("911").send().await;
        assert_eq!(heard.rings, ["911"]);
        assert!(heard.said.is_empty() && !heard.hangs_up);
    }

    async fn a_caller_who_withholds_the_number_is_served(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
        assert_rings_alice(&app.voice("key-of-acme").with("From", "").send().await);
        app.ingest().await;
        assert_eq!(app.only_call(tenant).await.call.from_number, None);
    }
}
