//! Health and readiness, the home page, and what every answer carries.

use axum::http::Method;
use opbx_http::HttpConfig;
use opbx_testkit::{Cluster, Engine, Reply, TestApp, TestDb, company, on_both_databases};
use std::collections::BTreeSet;

const LOOPBACK: &str = "127.0.0.1:5000";
const STRANGER: &str = "198.51.100.9:5000";
const TOKEN: &str = "health-token";

async fn started(db: TestDb) -> TestApp {
    let config = HttpConfig {
        health_token: Some(TOKEN.into()),
        trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        ..HttpConfig::default()
    };
    TestApp::start_with_http(db, config).await
}

fn json(reply: &Reply) -> serde_json::Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}: {}", reply.body))
}

on_both_databases! {
    async fn the_machine_itself_hears_that_all_is_well(db: TestDb) {
        let app = started(db).await;
        let health = app.get("/health").peer(LOOPBACK).reply().await;
        assert_eq!(health.status, 200);
        let body = json(&health);
        assert_eq!(
            (&body["status"], &body["services"]["cluster"]["backend"]),
            (&"healthy".into(), &"memory".into())
        );
        assert_eq!(body["timestamp"], "2026-03-01T12:00:00Z", "the node's own clock");
        for itself in ["[::1]:5000", "[::ffff:127.0.0.1]:5000"] {
            let ready = app.get("/ready").peer(itself).reply().await;
            assert_eq!((ready.status.as_u16(), &json(&ready)["status"]), (200, &"ready".into()), "{itself}");
        }
    }

    async fn calls_and_live_updates_say_by_themselves_how_they_are(db: TestDb) {
        let app = started(db).await;
        for (path, service) in [("/api/voice/health", "voice"), ("/api/websocket/health", "websocket")] {
            let health = app.get(path).peer(STRANGER).reply().await;
            assert_eq!(health.status, 200, "{}", health.body);
            let expected = serde_json::json!({
                "status": "healthy", "service": service, "timestamp": "2026-03-01T12:00:00Z",
            });
            assert_eq!(json(&health), expected);
        }
        app.store().clone().close().await;
        let at_once = app.get("/api/voice/health").peer(STRANGER).reply().await;
        assert_eq!(at_once.status, 200, "as it was a moment ago: nothing is done for each who asks");
        app.advance_hours(1);
        for path in ["/api/voice/health", "/api/websocket/health"] {
            let health = app.get(path).peer(STRANGER).reply().await;
            assert_eq!((health.status.as_u16(), &json(&health)["status"]), (503, &"unhealthy".into()), "{path}");
        }
    }

    async fn everybody_hears_that_all_is_well_and_nothing_of_where_it_lies(db: TestDb) {
        let app = started(db).await;
        let health = app.get("/api/health").peer(STRANGER).reply().await;
        assert_eq!(health.status, 200);
        let expected = serde_json::json!({
            "status": "healthy",
            "timestamp": "2026-03-01T12:00:00Z",
            "services": { "database": "healthy", "cache": "healthy", "storage": "healthy" },
        });
        assert_eq!(json(&health), expected);
        app.store().clone().close().await;
        app.advance_hours(1);
        let health = app.get("/api/health").peer(STRANGER).reply().await;
        let body = json(&health);
        assert_eq!((health.status.as_u16(), &body["status"]), (503, &"unhealthy".into()));
        assert_eq!(
            (&body["services"]["database"], &body["services"]["storage"]),
            (&"unhealthy".into(), &"healthy".into())
        );
        assert_eq!(app.get("/up").peer(STRANGER).reply().await.status, 200, "the process itself lives");
    }

    async fn without_its_database_a_node_lives_and_is_not_ready(db: TestDb) {
        let app = started(db).await;
        app.store().clone().close().await;
        let ready = app.get("/ready").peer(LOOPBACK).reply().await;
        assert_eq!((ready.status.as_u16(), &json(&ready)["status"]), (503, &"not ready".into()));
        assert_eq!(json(&ready)["reasons"], serde_json::json!(["the database does not answer"]));
        assert!(!ready.body.contains("test"), "no word of where the database lies: {}", ready.body);
        assert_eq!(app.get("/health").peer(LOOPBACK).reply().await.status, 200);
    }
}

#[tokio::test]
async fn a_node_whose_journal_cannot_be_written_is_not_ready() {
    let app = started(TestDb::create(Engine::Sqlite).await).await;
    // A folder stands where the file would: refused to every user, root among them.
    let trial = app.app().journal().folder().join("trial");
    assert_eq!(app.get("/ready").peer(LOOPBACK).reply().await.status, 200);
    std::fs::remove_file(&trial).expect("the trial was written");
    std::fs::create_dir(&trial).expect("a folder");
    let ready = app.get("/ready").peer(LOOPBACK).reply().await;
    assert_eq!(ready.status, 503);
    let body = json(&ready);
    assert_eq!((&body["checks"]["journal"], &body["checks"]["database"]), (&false.into(), &true.into()));
    assert_eq!(body["reasons"], serde_json::json!(["the journal cannot be written"]));
}

/// A way to Redis that can be cut off.
struct Relay {
    url: String,
    ways: tokio::task::JoinSet<()>,
}

impl Relay {
    async fn to(redis: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("redis://{}", listener.local_addr().expect("an address"));
        let address = redis.trim_start_matches("redis://").trim_end_matches('/').to_owned();
        let mut ways = tokio::task::JoinSet::new();
        ways.spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((mut here, _)) = listener.accept().await {
                let address = address.clone();
                open.spawn(async move {
                    let mut there = tokio::net::TcpStream::connect(address).await.expect("Redis");
                    // It ends when the test cuts it off.
                    let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
                });
            }
        });
        Self { url, ways }
    }

    async fn cut(&mut self) {
        self.ways.shutdown().await;
    }
}

#[tokio::test]
async fn without_redis_a_node_is_ready_and_degraded() {
    let redis = std::env::var("OPBX_TEST_REDIS").expect("no Redis to test on: run `cargo xtask test`");
    let mut relay = Relay::to(&redis).await;
    let cluster = Cluster::connect(&relay.url, "opbx-health").await.expect("Redis answers");
    let db = TestDb::create(Engine::Sqlite).await;
    let app = TestApp::start_with(db, cluster, HttpConfig::default()).await;
    let ready = json(&app.get("/ready").peer(LOOPBACK).reply().await);
    assert_eq!((&ready["degraded"], &ready["checks"]["redis"]), (&false.into(), &true.into()), "{ready}");
    relay.cut().await;
    let ready = app.get("/ready").peer(LOOPBACK).reply().await;
    let body = json(&ready);
    assert_eq!((ready.status.as_u16(), &body["status"]), (200, &"ready".into()), "{body}");
    assert_eq!((&body["degraded"], &body["checks"]["redis"]), (&true.into(), &false.into()));
    assert!(!ready.body.contains("127.0.0.1"), "no word of where it lies: {}", ready.body);
    assert_eq!(json(&app.get("/api/health").peer(STRANGER).reply().await)["status"], "degraded");
}

#[tokio::test]
async fn a_stranger_hears_nothing_without_the_token() {
    let app = started(TestDb::create(Engine::Sqlite).await).await;
    for path in ["/health", "/ready"] {
        for authorization in ["", "Bearer wrong", "Basic health-token", "health-token", "Bearer "] {
            let ask = app.get(path).peer(STRANGER).header("authorization", authorization);
            let refused = ask.header("x-forwarded-for", "127.0.0.1").reply().await;
            assert_eq!(refused.status, 403, "{path} {authorization:?}");
            for told in ["healthy", "ready", "version", "cluster", TOKEN] {
                assert!(!refused.body.contains(told), "{path}: {}", refused.body);
            }
        }
        let token = app.get(path).peer(STRANGER).header("authorization", "Bearer health-token");
        assert_eq!(token.reply().await.status, 200, "{path}");
        assert_eq!(app.get(path).peer("10.2.3.4:5000").reply().await.status, 200, "{path} by a proxy");
    }
    let tokenless = TestApp::start(TestDb::create(Engine::Sqlite).await).await;
    let ask = tokenless.get("/health").peer(STRANGER).header("authorization", "Bearer ");
    assert_eq!(ask.reply().await.status, 403, "no token set is no empty token");
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let app = started(TestDb::create(Engine::Sqlite).await).await;
    app.apply(&company("acme", "key-of-acme").toml()).await;
    let asks = [
        app.get("/"),
        app.get("/health").peer(LOOPBACK),
        app.get("/health").peer(STRANGER),
        app.get("/nothing"),
        app.get("/").method(Method::DELETE),
        app.voice("key-of-acme"),
        app.voice("key-of-acme"),
        app.voice("wrong"),
        app.voice("key-of-acme").method(Method::DELETE),
        app.voice("key-of-acme").target(|_| "/api/voice/nothing".into()),
        app.voice("key-of-acme").header("x-request-id", "mine"),
    ];
    let mut seen = BTreeSet::new();
    for ask in &asks {
        let reply = ask.reply().await;
        let ids: Vec<_> = reply.headers.get_all("x-request-id").iter().collect();
        assert_eq!(ids.len(), 1, "{reply:?}");
        assert_ne!(ids[0], "mine", "a peer does not choose by what it is found");
        seen.insert(ids[0].clone().to_str().expect("plain").to_owned());
    }
    assert_eq!(seen.len(), asks.len());
}
