//! Metrics: whoever may ask reads them as Prometheus does, sees them move, and learns nothing of any tenant.

use crate::KEY;
use opbx_http::{HttpConfig, Limits};
use opbx_testkit::{Engine, TestApp, TestDb, company, on_both_databases};
use std::collections::{BTreeMap, BTreeSet};

const LOOPBACK: &str = "127.0.0.1:5000";
const STRANGER: &str = "198.51.100.9:5000";
const TOKEN: &str = "metrics-token";

/// Everything that was told: each series with its labels in order, and its value.
struct Told(BTreeMap<String, f64>);

impl Told {
    async fn by(app: &TestApp) -> Self {
        let reply = app.get("/metrics").peer(LOOPBACK).reply().await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        Self::parsed(&reply.body)
    }

    /// Reads the text form strictly: each series once, each under a name whose type was told before.
    fn parsed(text: &str) -> Self {
        let (mut types, mut series) = (BTreeSet::new(), BTreeMap::new());
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a name and a type");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert!(types.insert(name.to_owned()), "twice: {line}");
            } else if !line.starts_with("# HELP ") {
                let (name, value) = line.rsplit_once(' ').expect("a series and a value");
                let family = name.split('{').next().expect("a name");
                let family = ["_bucket", "_sum", "_count"]
                    .iter()
                    .find_map(|end| family.strip_suffix(end).filter(|family| types.contains(*family)))
                    .unwrap_or(family);
                assert!(types.contains(family), "no type was told of {line}");
                let known = opbx_app::metrics::METRICS.iter().any(|metric| metric.name == family);
                assert!(known, "{family} is not in the catalogue");
                let value: f64 = value.parse().unwrap_or_else(|error| panic!("{error}: {line}"));
                assert!(series.insert(sorted(name), value).is_none(), "twice: {line}");
            }
        }
        Self(series)
    }

    fn get(&self, series: &str) -> f64 {
        self.0.get(&sorted(series)).copied().unwrap_or(0.0)
    }

    fn has(&self, series: &str) -> bool {
        self.0.contains_key(&sorted(series))
    }
}

/// A series with its labels in the order of the alphabet.
fn sorted(series: &str) -> String {
    let Some((name, labels)) = series.trim_end_matches('}').split_once('{') else { return series.to_owned() };
    let mut labels: Vec<&str> = labels.split(',').collect();
    labels.sort_unstable();
    format!("{name}{{{}}}", labels.join(","))
}

on_both_databases! {
    async fn a_call_is_seen_from_its_first_request_to_its_end(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&company("acme", KEY).toml()).await;
        let before = Told::by(&app).await;

        let first = app.voice(KEY).send().await;
        assert_eq!(app.voice(KEY).send().await.rings, first.rings, "a repeat");
        app.follow(&first, "completed").await;
        app.ingest().await;
        let after = Told::by(&app).await;

        let moved = |series: &str| after.get(series) - before.get(series);
        for (series, by) in [
            (r#"opbx_http_requests_total{method="POST",route="/api/voice/route",status="2xx"}"#, 2.0),
            (r#"opbx_http_request_duration_seconds_count{method="POST",route="/api/voice/route"}"#, 2.0),
            (r#"opbx_voice_answer_seconds_count{origin="first"}"#, 2.0),
            (r#"opbx_voice_answer_seconds_count{origin="repeat"}"#, 1.0),
            (r#"opbx_calls_started_total{direction="inbound"}"#, 1.0),
            (r#"opbx_calls_answered_total{direction="inbound"}"#, 1.0),
            (r#"opbx_calls_ended_total{reason="completed"}"#, 1.0),
            (r#"opbx_http_requests_total{method="GET",route="/metrics",status="2xx"}"#, 1.0),
        ] {
            assert_eq!(moved(series), by, "{series} in {:#?}", after.0);
        }
        for (series, value) in [
            ("opbx_database_up", 1.0),
            ("opbx_journal_backlog", 0.0),
            ("opbx_plans_in_service", 1.0),
            ("opbx_plan_version_lag_max", 0.0),
            ("opbx_hooks_waiting", 0.0),
            (r#"opbx_cluster_up{backend="memory"}"#, 1.0),
            (r#"opbx_live_sockets{state="proven"}"#, 0.0),
            (r#"opbx_carrier_circuits{state="open"}"#, 0.0),
            (r#"opbx_http_requests_under_way{class="voice"}"#, 0.0),
        ] {
            assert!(after.has(series), "{series} is not in {:#?}", after.0);
            assert_eq!(after.get(series), value, "{series}");
        }
        for series in [
            r#"opbx_jobs{state="waiting"}"#,
            r#"opbx_outbox_lag{consumer="bus"}"#,
            r#"opbx_outbox_lag{consumer="webhooks"}"#,
            r#"opbx_outbox_read_age_seconds{consumer="webhooks"}"#,
            "opbx_outbox_unplaced",
            "opbx_plan_poll_age_seconds",
            r#"opbx_database_connections{state="max"}"#,
            "process_open_fds",
        ] {
            assert!(after.has(series), "{series} is not in {:#?}", after.0);
        }
    }

    async fn numbers_tell_nothing_of_a_tenant(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&company("acme", KEY).toml()).await;
        let first = app.voice(KEY).send().await;
        app.follow(&first, "no-answer").await;
        app.voice("wrong-key").send().await;
        app.get("/api/v1/users/77?search=acme").reply().await;
        app.get("/somewhere/acme").reply().await;
        app.ingest().await;
        let text = app.get("/metrics").peer(LOOPBACK).reply().await.body;
        let told = Told::parsed(&text);
        let series: Vec<&String> = told.0.keys().collect();
        for secret in ["acme", KEY, "wrong-key", "2125550100", "442079460018", "1001", "users/77", "CA1"] {
            assert!(!series.iter().any(|series| series.contains(secret)), "{secret:?} is in\n{text}");
        }
        assert!(told.has(r#"opbx_http_requests_total{method="GET",route="none",status="4xx"}"#), "{text}");
        assert!(told.has(r#"opbx_http_requests_total{method="GET",route="/api/v1/users/{id}",status="4xx"}"#), "{text}");
    }

    async fn without_its_database_a_node_still_tells_the_rest(db: TestDb) {
        let app = TestApp::start(db).await;
        app.store().clone().close().await;
        let told = Told::by(&app).await;
        assert_eq!(told.get("opbx_database_up"), 0.0);
        assert!(told.has("opbx_database_up") && told.has("process_resident_memory_bytes"));
    }
}

#[tokio::test]
async fn who_is_turned_away_is_counted_by_why() {
    let limits = Limits { voice_per_min: 1, ..Limits::default() };
    let config = HttpConfig { limits, ..HttpConfig::default() };
    let app = TestApp::start_with_http(TestDb::create(Engine::Sqlite).await, config).await;
    app.apply(&company("acme", KEY).toml()).await;
    let before = Told::by(&app).await;
    app.voice(KEY).send().await;
    let busy = app.voice(KEY).call("CA2").send().await;
    assert!(busy.said.iter().any(|said| said.contains("busy")), "{busy:?}");
    let after = Told::by(&app).await;
    for series in [
        r#"opbx_rate_limited_total{what="voice"}"#,
        r#"opbx_http_refused_total{class="voice",reason="too_often"}"#,
    ] {
        assert_eq!(after.get(series) - before.get(series), 1.0, "{series}");
    }
}

#[tokio::test]
async fn a_stranger_hears_nothing_and_a_proxy_on_the_machine_proves_nothing() {
    let config = HttpConfig {
        metrics_token: Some(TOKEN.into()),
        health_token: Some("health-token".into()),
        trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        ..HttpConfig::default()
    };
    let app = TestApp::start_with_http(TestDb::create(Engine::Sqlite).await, config).await;
    for authorization in ["", "Bearer wrong", "Bearer health-token", "Basic metrics-token", "Bearer "] {
        for peer in [STRANGER, "10.2.3.4:5000"] {
            let refused = app.get("/metrics").peer(peer).header("authorization", authorization).reply().await;
            assert_eq!(refused.status, 403, "{peer} {authorization:?}");
            assert!(!refused.body.contains("opbx_") && !refused.body.contains(TOKEN), "{}", refused.body);
        }
    }
    let by_token = app.get("/metrics").peer(STRANGER).header("authorization", "Bearer metrics-token");
    assert_eq!(by_token.reply().await.status, 200);
    for forwarded in ["x-forwarded-for", "forwarded", "x-forwarded-host", "x-real-ip"] {
        let through = app.get("/metrics").peer(LOOPBACK).header(forwarded, "127.0.0.1");
        assert_eq!(through.reply().await.status, 403, "{forwarded}");
    }
    assert_eq!(app.get("/metrics").peer("[::1]:5000").reply().await.status, 200);
    let tokenless = TestApp::start(TestDb::create(Engine::Sqlite).await).await;
    let ask = tokenless.get("/metrics").peer(STRANGER).header("authorization", "Bearer ");
    assert_eq!(ask.reply().await.status, 403, "no token set is no empty token");
}
