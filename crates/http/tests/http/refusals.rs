//! Requests that are refused: always CXML that ends the call, under the right status, and nobody is rung.

use axum::http::Method;
use opbx_app::models::{PbxCloudonixSettings, PbxCloudonixSettingsDraft};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Values};
use opbx_testkit::{Heard, TestApp, company, on_both_databases};

/// Checks status and sentence, and that nothing rings, nothing is asked back and no key is shown.
fn assert_refused(heard: &Heard, status: u16, sentence: &str) {
    assert_eq!(heard.status, status, "{}", heard.body);
    assert!(heard.ends_saying(sentence), "{status} expected {sentence:?}:\n{}", heard.body);
    assert_eq!(heard.action, None);
    assert!(!heard.body.contains("key-of-"), "{}", heard.body);
}

const UNAUTHORIZED: &str = "Unauthorized. Authentication failed.";
const FORBIDDEN: &str = "Forbidden. This request is not valid for this call.";
const MISSING: &str = "Missing call parameters";
const BAD: &str = "Bad request. The call cannot be processed.";
const NOT_FOUND: &str = "Not found. There is no such voice endpoint.";

async fn started(db: opbx_testkit::TestDb) -> (TestApp, opbx_kernel::TenantId) {
    let app = TestApp::start(db).await;
    let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
    (app, tenant)
}

on_both_databases! {
    async fn without_the_right_key_nobody_is_rung(db: TestDb) {
        let (app, tenant) = started(db).await;
        let ask = app.voice("key-of-acme");
        for authorization in
            ["", "Bearer", "Bearer ", "Bearer wrong", "Bearer key-of-acm", "Basic key-of-acme", "key-of-acme"]
        {
            let refused = ask.clone().header("authorization", authorization).send().await;
            assert_refused(&refused, 401, UNAUTHORIZED);
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{authorization:?}");
        }
        let in_url = ask.header("authorization", "").query().with("key", "key-of-acme").send().await;
        assert_refused(&in_url, 401, UNAUTHORIZED);
        app.ingest().await;
        assert!(app.calls(tenant).await.is_empty(), "a refused request leaves no call");
    }

    async fn a_domain_of_somebody_else_is_forbidden(db: TestDb) {
        let (app, tenant) = started(db).await;
        for domain in ["other.example.com", "acme.example.com.evil.example", "acme"] {
            assert_refused(&app.voice("key-of-acme").with("Domain", domain).send().await, 403, FORBIDDEN);
        }
        app.ingest().await;
        assert!(app.calls(tenant).await.is_empty());
    }

    async fn a_domain_that_only_its_uuid_is_known_of_may_name_itself(db: TestDb) {
        const UUID: &str = "3f6b8f0e-1111-4222-8333-944455566677";
        let (app, tenant) = started(db).await;
        let mut tx = app.begin(tenant).await;
        let settings = tx.all::<PbxCloudonixSettings>(&Domain::All).await.expect("settings").remove(0);
        let known = PbxCloudonixSettingsDraft {
            domain_name: Some(None),
            domain_uuid: Some(Some(UUID.to_owned())),
            ..PbxCloudonixSettingsDraft::default()
        };
        tx.update("pbx.cloudonix_settings", settings.id, known.into_values(), None).await.expect("settings");
        tx.commit().await.expect("it lasts");
        app.refresh().await;
        let from = async |domain: &str, call: &str| {
            app.voice("key-of-acme").with("Domain", domain).call(call).send().await.status
        };
        assert_eq!(from("acme.cloudonix.example", "CA1").await, 200, "the key proves whose it is");
        assert_eq!(from(&UUID.to_uppercase(), "CA2").await, 200);
        assert_eq!(from(&UUID.replace('3', "4"), "CA3").await, 403);
    }

    async fn a_tenant_that_is_not_active_is_forbidden(db: TestDb) {
        let (app, tenant) = started(db).await;
        assert_eq!(app.voice("key-of-acme").send().await.rings, ["1001"]);
        let own = opbx_kernel::RecordId::new(tenant.get()).expect("an id");
        for (status, word) in [(403, "suspended"), (403, "deleted"), (200, "active")] {
            let mut tx = app.begin(tenant).await;
            let values = Values::from([("status".to_owned(), word.into())]);
            tx.update("res.tenant", own, values, None).await.expect("a status");
            tx.commit().await.expect("it lasts");
            app.refresh().await;
            let heard = app.voice("key-of-acme").call(word).send().await;
            assert_eq!((heard.status, heard.rings.is_empty()), (status, status != 200), "{word}");
        }
    }

    async fn a_request_that_lacks_what_names_the_call_is_malformed(db: TestDb) {
        let (app, tenant) = started(db).await;
        for field in ["CallSid", "To", "From"] {
            let ask = app.voice("key-of-acme").without(field);
            assert_refused(&ask.send().await, 400, MISSING);
            assert_refused(&ask.clone().form().send().await, 400, MISSING);
            assert_refused(&ask.query().send().await, 400, MISSING);
        }
        for field in ["CallSid", "To"] {
            assert_refused(&app.voice("key-of-acme").with(field, "  ").send().await, 400, MISSING);
        }
        for (field, value) in
            [("CallSid", "x".repeat(256)), ("To", "1".repeat(129)), ("CallSid", "a\nb".into())]
        {
            assert_refused(&app.voice("key-of-acme").with(field, &value).send().await, 400, BAD);
        }
        app.ingest().await;
        assert!(app.calls(tenant).await.is_empty());
    }

    async fn a_body_that_cannot_be_read_is_malformed(db: TestDb) {
        let (app, _) = started(db).await;
        let ask = app.voice("key-of-acme");
        for broken in ["{", "{\"CallSid\": \"CA1\"", "[1, 2]", "null", "\"text\"", "{\"CallSid\": \"\u{1}\"}"]
        {
            assert_refused(&ask.clone().body(broken).send().await, 400, BAD);
        }
        let many = (0..300).map(|at| format!("p{at}=1&")).collect::<String>();
        assert_refused(&ask.form().body(many).send().await, 400, BAD);
    }

    async fn a_body_over_a_megabyte_is_too_large(db: TestDb) {
        let (app, _) = started(db).await;
        let ask = app.voice("key-of-acme");
        let padded = |len: usize| {
            format!("{{\"CallSid\":\"CA1\",\"From\":\"1\",\"To\":\"2\",\"x\":\"{}\"}}", "x".repeat(len))
        };
        let large = padded(1 << 20);
        assert_refused(&ask.clone().body(large).send().await, 413, BAD);
        let within = ask.body(padded((1 << 20) - 100)).send().await;
        assert_eq!(within.status, 200, "{}", within.body);
    }
}

#[tokio::test]
async fn an_unknown_voice_path_is_told_in_cxml() {
    let (app, _) = started(opbx_testkit::TestDb::create(opbx_testkit::Engine::Sqlite).await).await;
    for path in [
        "/api/voice",
        "/api/voice/",
        "/api/voice/nothing",
        "/api/voice/route/more",
        "/api/callbacks/voice/nothing",
    ] {
        let ask = app.voice("key-of-acme").target(|_| path.to_owned());
        assert_refused(&ask.send().await, 404, NOT_FOUND);
        assert_refused(&ask.query().send().await, 404, NOT_FOUND);
    }
    let elsewhere = app.get("/api/nothing").reply().await;
    assert_eq!(elsewhere.status, 404);
    assert!(elsewhere.body.contains("\"error\"") && !elsewhere.body.contains("<Response>"));
}

#[tokio::test]
async fn a_wrong_method_is_told_which_are_right() {
    let (app, tenant) = started(opbx_testkit::TestDb::create(opbx_testkit::Engine::Sqlite).await).await;
    for method in [Method::DELETE, Method::PUT, Method::PATCH, Method::OPTIONS] {
        for path in ["/api/voice/route", "/api/callbacks/voice/dial-callback"] {
            let refused =
                app.voice("key-of-acme").method(method.clone()).target(|_| path.to_owned()).send().await;
            assert_refused(&refused, 405, BAD);
            let allow: Vec<_> = refused.headers.get_all("allow").iter().collect();
            assert_eq!(allow, ["GET, POST"], "{method} {path}");
        }
    }
    let looked = app.voice("key-of-acme").query().method(Method::HEAD).reply().await;
    assert_eq!(looked.status, 405, "whoever only looks starts no call");
    app.ingest().await;
    assert!(app.calls(tenant).await.is_empty());
}
