//! The URL that an engine is told to call back, and whose word about it is believed.

use opbx_http::HttpConfig;
use opbx_testkit::{Ask, Engine, TestApp, TestDb, company};

const FORGED: &str = "evil.example";
const PROXY: &str = "10.1.2.3:4000";
const STRANGER: &str = "198.51.100.9:4000";
const LOOPBACK: &str = "127.0.0.1:4000";

async fn started(config: HttpConfig, setting: &str) -> TestApp {
    let db = TestDb::create(Engine::Sqlite).await;
    let app = TestApp::start_with_http(db, config).await;
    app.apply(&company("acme", "key-of-acme").setting(setting).toml()).await;
    app
}

fn config() -> HttpConfig {
    HttpConfig { listen_url: "http://127.0.0.1:8080".into(), ..HttpConfig::default() }
}

/// What the callback URL begins with.
async fn base(ask: Ask) -> String {
    let heard = ask.send().await;
    let action = heard.action.unwrap_or_else(|| panic!("no callback in\n{}", heard.body));
    action.split_once("/api/").expect("a path of ours").0.to_owned()
}

#[tokio::test]
async fn a_tenant_s_own_base_comes_before_everything() {
    let config = HttpConfig {
        public_url: Some("https://pbx.example.com".into()),
        demo: true,
        trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        ..config()
    };
    let app = started(config, "webhook_base_url = \"https://acme.example.com/opbx/\"").await;
    for peer in [PROXY, STRANGER, LOOPBACK] {
        let ask =
            app.voice("key-of-acme").peer(peer).header("host", FORGED).header("x-forwarded-host", FORGED);
        assert_eq!(base(ask).await, "https://acme.example.com/opbx");
    }
}

#[tokio::test]
async fn the_installation_s_base_comes_before_any_header() {
    let app = started(
        HttpConfig { public_url: Some("https://pbx.example.com/".into()), demo: true, ..config() },
        "",
    )
    .await;
    for peer in [STRANGER, LOOPBACK] {
        let ask = app.voice("key-of-acme").peer(peer).header("host", FORGED);
        assert_eq!(base(ask).await, "https://pbx.example.com");
    }
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_and_a_stranger_is_not() {
    let trusted = vec!["10.0.0.0/8".parse().expect("a network")];
    let app = started(HttpConfig { trusted_proxies: trusted, ..config() }, "").await;
    let told = |call: &str, peer: &str| {
        let ask = app.voice("key-of-acme").call(call).peer(peer).header("host", FORGED);
        ask.header("x-forwarded-host", "pbx.example.com")
    };
    assert_eq!(base(told("CA1", PROXY)).await, "https://pbx.example.com");
    let plain = told("CA2", PROXY).header("x-forwarded-proto", "http");
    assert_eq!(base(plain).await, "http://pbx.example.com");
    for (call, peer) in [("CA3", STRANGER), ("CA4", LOOPBACK)] {
        assert_eq!(base(told(call, peer)).await, "http://127.0.0.1:8080", "{peer}");
    }
    for (at, odd) in ["a/b", "a b", "a\"b", "a<b", "a@b"].into_iter().enumerate() {
        let ask = told(&format!("odd{at}"), PROXY).header("x-forwarded-host", odd);
        assert_eq!(base(ask).await, "http://127.0.0.1:8080", "{odd:?} is no host");
    }
}

#[tokio::test]
async fn the_host_header_is_believed_on_loopback_in_the_demo_only() {
    let host = |app: &TestApp, call: &str, peer: &str| {
        app.voice("key-of-acme").call(call).peer(peer).header("host", "tunnel.example.com:8443")
    };
    let demo = started(HttpConfig { demo: true, ..config() }, "").await;
    assert_eq!(base(host(&demo, "CA1", LOOPBACK)).await, "http://tunnel.example.com:8443");
    assert_eq!(base(host(&demo, "CA2", STRANGER)).await, "http://127.0.0.1:8080");
    let plain = started(config(), "").await;
    assert_eq!(base(host(&plain, "CA1", LOOPBACK)).await, "http://127.0.0.1:8080");
}
