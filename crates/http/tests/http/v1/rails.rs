//! Guard rails: how often, how many at once, and what browsers are told.

use super::with_owner_and;
use crate::KEY;
use axum::http::Method;
use opbx_http::Limits;
use opbx_testkit::{Engine, HttpConfig, TestApp, TestDb, company, on_both_databases};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ROOMS: &str = "/api/v1/conference-rooms";

fn limited(limits: Limits) -> HttpConfig {
    HttpConfig { limits, ..HttpConfig::default() }
}

on_both_databases! {
    async fn a_user_who_asks_too_often_waits_and_others_do_not(db: TestDb) {
        let limits = Limits { api_per_min: 3, ..Limits::default() };
        let (app, tenant, owner) = with_owner_and(db, limited(limits)).await;
        for left in ["2", "1", "0"] {
            let reply = app.by(&owner, Method::GET, ROOMS).reply().await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!((&reply.headers["x-ratelimit-limit"], &reply.headers["x-ratelimit-remaining"]), (&"3".parse().expect("a header"), &left.parse().expect("a header")));
            assert!(reply.headers.contains_key("x-ratelimit-reset"));
        }
        for _ in 0..3 {
            let refused = app.by(&owner, Method::GET, ROOMS).reply().await;
            assert_eq!(refused.status, 429, "{}", refused.body);
            assert_eq!(refused.json()["error"], "Rate limit exceeded");
            assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
            let wait: u64 = refused.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
            assert!((1..=60).contains(&wait) && refused.json()["retry_after"] == wait);
        }
        let other = app.person(tenant, opbx_app::sessions::Role::Reporter, "rita").await;
        assert_eq!(app.by(&other, Method::GET, ROOMS).reply().await.status, 200);
        assert_eq!(app.voice(KEY).send().await.rings, ["1001"], "calls do not wait for the API");
        app.db().clock().advance(jiff::SignedDuration::from_secs(61));
        assert_eq!(app.by(&owner, Method::GET, ROOMS).reply().await.status, 200, "refused requests were not counted");
    }

    async fn a_limited_caller_hears_a_sentence(db: TestDb) {
        let limits = Limits { voice_per_min: 2, ..Limits::default() };
        let (app, _, _) = with_owner_and(db, limited(limits)).await;
        app.apply(&company("blue", "key-of-blue").toml()).await;
        for call in ["CA1", "CA2"] {
            assert_eq!(app.voice(KEY).call(call).send().await.rings, ["1001"]);
        }
        let limited = app.voice(KEY).call("CA3").send().await;
        assert_eq!(limited.status, 200, "an engine obeys nothing else");
        assert!(limited.ends_saying("All lines are busy. Please call again in a moment."), "{}", limited.body);
        assert_eq!(app.voice("key-of-blue").call("CA4").send().await.rings, ["1001"], "another tenant's calls go on");
    }

    async fn whoever_sends_webhooks_and_proves_nothing_uses_up_only_their_own(db: TestDb) {
        let limits = Limits { hooks_per_min: 3, ..Limits::default() };
        let (app, _, _) = with_owner_and(db, limited(limits)).await;
        let body = json!({ "call_id": "CA1", "status": "ringing" });
        let sent = async |from: &str, secret: &str, header: (&str, &str)| {
            let ask = app.hook("", &format!("call-status{secret}"), &body).header("authorization", "");
            ask.header(header.0, header.1).peer(from).reply().await.status.as_u16()
        };
        let (stranger, other, carrier) = ("198.51.100.9:1", "198.51.100.10:1", "203.0.113.5:1");
        for guess in ["", "/00", "/01"] {
            assert_eq!(sent(stranger, guess, ("x-nothing", "")).await, 401);
        }
        assert_eq!(sent(stranger, "/02", ("x-nothing", "")).await, 429, "each guess counts");
        let signature = ("x-cloudonix-signature", "00");
        for _ in 0..3 {
            assert_eq!(sent(other, "", signature).await, 401);
        }
        assert_eq!(sent(other, "", signature).await, 429);
        let key = format!("Bearer {KEY}");
        for status in [200, 200, 200, 429] {
            assert_eq!(sent(carrier, "", ("authorization", &key)).await, status);
        }
    }
}

#[tokio::test]
async fn whoever_sends_slowly_keeps_nobody_waiting() {
    let limits = Limits { api_at_once: 1, ..Limits::default() };
    let (app, _, owner) = with_owner_and(TestDb::create(Engine::Sqlite).await, limited(limits)).await;
    let address = app.listen().await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: here\r\nexpect: 100-continue\r\ncontent-length: 99\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("it is sent");
        // The body is asked for: the request is under way.
        let mut asked = [0; 12];
        stream.read_exact(&mut asked).await.expect("an answer");
        assert_eq!(&asked, b"HTTP/1.1 100");
        stream.write_all(b"{").await.expect("it is sent");
        slow.push(stream);
    }
    assert_eq!(app.by(&owner, Method::GET, ROOMS).reply().await.status, 200);
}

#[tokio::test]
async fn whoever_guesses_tokens_is_counted_by_address() {
    let limits = Limits { api_per_min: 3, ..Limits::default() };
    let (app, _, owner) = with_owner_and(TestDb::create(Engine::Sqlite).await, limited(limits)).await;
    let guess = || app.get(ROOMS).header("authorization", "Bearer opbx_1_guess");
    for _ in 0..3 {
        assert_eq!(guess().reply().await.status, 401);
    }
    assert_eq!(guess().reply().await.status, 429);
    assert_eq!(
        app.by(&owner, Method::GET, ROOMS).reply().await.status,
        200,
        "whoever is signed in is not held up"
    );
}

#[tokio::test]
async fn every_answer_tells_browsers_what_to_keep_from() {
    let config = HttpConfig { public_url: Some("https://pbx.example.com".into()), ..HttpConfig::default() };
    let (app, _, owner) = with_owner_and(TestDb::create(Engine::Sqlite).await, config).await;
    let answers = [
        app.by(&owner, Method::GET, ROOMS).reply().await,
        app.get(ROOMS).reply().await,
        app.get("/nowhere").reply().await,
        app.get("/api/openapi.json").reply().await,
    ];
    for answer in answers {
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["x-frame-options"], "DENY");
        assert_eq!(answer.headers["referrer-policy"], "strict-origin-when-cross-origin");
        assert!(
            answer.headers["content-security-policy"].to_str().expect("text").contains("default-src 'none'")
        );
        assert!(answer.headers["strict-transport-security"].to_str().expect("text").starts_with("max-age="));
        assert!(
            answer.headers.contains_key("permissions-policy") && answer.headers.contains_key("x-request-id")
        );
        assert!(
            !answer.headers.contains_key("access-control-allow-origin"),
            "no page of another origin is let in"
        );
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_let_in_by_name() {
    let config = HttpConfig { origins: vec!["https://crm.example.com".into()], ..HttpConfig::default() };
    let app = TestApp::start_with_http(TestDb::create(Engine::Sqlite).await, config).await;
    let asked = |origin: &str| {
        app.get(ROOMS)
            .method(Method::OPTIONS)
            .header("origin", origin)
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "authorization,if-match")
    };
    let allowed = asked("https://crm.example.com").reply().await;
    assert_eq!(allowed.status, 200, "{}", allowed.body);
    assert_eq!(allowed.headers["access-control-allow-origin"], "https://crm.example.com");
    let refused = asked("https://evil.example").reply().await;
    assert!(!refused.headers.contains_key("access-control-allow-origin"), "{:?}", refused.headers);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_read_to_its_end() {
    let (app, _, owner) = with_owner_and(TestDb::create(Engine::Sqlite).await, HttpConfig::default()).await;
    let large = json!({"name": "x".repeat(opbx_http::BODY_BYTES_MAX)});
    for key in ["", "k1"] {
        let refused =
            app.by(&owner, Method::POST, ROOMS).header("idempotency-key", key).json(&large).reply().await;
        assert_eq!(refused.status, 413, "{}", refused.body);
    }
}
