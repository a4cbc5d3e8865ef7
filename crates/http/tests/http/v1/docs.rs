//! The page to try the API on: it brings all it needs, runs nothing but its own script, and can be left out.

use opbx_testkit::{Engine, HttpConfig, TestApp, TestDb};

const PAGE: &str = "/api/docs";
const CONTRACT: &str = "/api/openapi.json";

#[tokio::test]
async fn the_page_runs_only_its_own_script_and_asks_nobody_else() {
    let app = TestApp::start(TestDb::create(Engine::Sqlite).await).await;
    let [page, other] = [app.get(PAGE).reply().await, app.get(PAGE).reply().await];
    assert_eq!(
        (page.status.as_u16(), &page.headers["content-type"]),
        (200, &"text/html; charset=utf-8".parse().expect("a header"))
    );
    let policy = page.headers["content-security-policy"].to_str().expect("text");
    let nonce =
        policy.split("script-src 'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.body.matches("<script").count(), 1, "one script");
    assert_eq!(page.body.matches(&format!("nonce=\"{nonce}\"")).count(), 2, "its script and its style");
    assert!(!other.body.contains(nonce), "a nonce is good for one answer");
    for foreign in ["http://", "https://", "src=", "@import", "innerHTML", "{nonce}", "{style}", "{script}"] {
        assert!(!page.body.contains(foreign), "{foreign} stands in the page");
    }
    assert_eq!(page.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn an_installation_may_keep_its_contract_to_itself() {
    let config = HttpConfig { hides_contract: true, ..HttpConfig::default() };
    let app = TestApp::start_with_http(TestDb::create(Engine::Sqlite).await, config).await;
    for path in [PAGE, CONTRACT] {
        assert_eq!(app.get(path).reply().await.status, 404, "{path}");
    }
    let app = TestApp::start(TestDb::create(Engine::Sqlite).await).await;
    assert_eq!(app.get(CONTRACT).reply().await.json(), opbx_http::contract());
}
