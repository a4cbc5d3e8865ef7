//! The web app as browsers get it: the page, its files, and what stays with programs.

use axum::http::Method;
use opbx_testkit::{Ask, Engine, Files, HttpConfig, Reply, TestApp, TestDb};
use std::collections::BTreeSet;

const STRANGER: &str = "203.0.113.9:5000";
/// What a browser says as it goes to an address.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const PAGE: &str =
    "<!doctype html><meta name=\"csp-nonce\" content=\"{nonce}\"><script nonce=\"{nonce}\">1</script>";

async fn started() -> TestApp {
    let files = [
        ("index.html", PAGE),
        ("favicon.svg", "<svg/>"),
        ("manifest.webmanifest", "{}"),
        ("assets/app-4f2a.js", "plain"),
        ("assets/app-4f2a.js.br", "br"),
        ("assets/app-4f2a.js.gz", "gz"),
        ("assets/app-4f2a.css", "a{}"),
        ("assets/inter-77.woff2", "font"),
        ("assets/strange", "?"),
    ];
    with(Files::given(files)).await
}

async fn with(web_app: Files) -> TestApp {
    let config = HttpConfig { web_app, ..HttpConfig::default() };
    TestApp::start_with_http(TestDb::create(Engine::Sqlite).await, config).await
}

fn going(app: &TestApp, path: &str) -> Ask {
    app.get(path).peer(STRANGER).header("accept", BROWSER)
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).map_or("", |value| value.to_str().expect("a plain header"))
}

/// The nonce that the page carries.
fn nonce(page: &str) -> &str {
    let (_, rest) = page.split_once("content=\"").expect("the page has a place for it");
    rest.split('"').next().expect("it ends")
}

#[tokio::test]
async fn each_page_has_a_nonce_of_its_own_and_a_policy_that_lets_nothing_else_run() {
    let app = started().await;
    let mut seen = BTreeSet::new();
    for path in ["/", "/numbers", "/calls/17?from=2026-11-01", "/index.html", "/healthy", "/apps"] {
        let reply = going(&app, path).header("host", "pbx.example.com:8443").reply().await;
        assert_eq!(
            (reply.status.as_u16(), header(&reply, "content-type")),
            (200, "text/html; charset=utf-8"),
            "{path}"
        );
        assert_eq!(
            (header(&reply, "cache-control"), header(&reply, "vary")),
            ("no-cache", "accept"),
            "{path}"
        );
        let nonce = nonce(&reply.body);
        assert!(
            nonce.len() >= 20 && reply.body.contains(&format!("<script nonce=\"{nonce}\">")),
            "{}",
            reply.body
        );
        let policy = header(&reply, "content-security-policy");
        for part in [
            &format!("script-src 'self' 'nonce-{nonce}';"),
            &format!("style-src 'self' 'nonce-{nonce}';"),
            "connect-src 'self' ws://pbx.example.com:8443 wss://pbx.example.com:8443;",
            "img-src 'self' data: blob:;",
            "media-src 'self' blob:;",
            "worker-src 'self' blob:;",
            "object-src 'none';",
            "base-uri 'none';",
        ] {
            assert!(policy.contains(part), "{path}: {part} in {policy}");
        }
        assert!(policy.ends_with("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(header(&reply, "permissions-policy").contains("microphone=(self)"));
        assert!(seen.insert(nonce.to_owned()), "{path}: a nonce came twice");
    }
    let forged = going(&app, "/").header("host", "a.example; script-src *").reply().await;
    assert!(header(&forged, "content-security-policy").contains("connect-src 'self';"), "{forged:?}");
}

#[tokio::test]
async fn a_page_that_the_browser_has_keeps_its_nonce_and_its_policy() {
    let app = started().await;
    let first = going(&app, "/").reply().await;
    let tag = header(&first, "etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    let again = going(&app, "/numbers").header("if-none-match", &tag).reply().await;
    assert_eq!((again.status.as_u16(), again.body.as_str(), header(&again, "etag")), (304, "", tag.as_str()));
    assert_eq!(header(&again, "cache-control"), "no-cache");
    assert!(
        !again.headers.contains_key("content-security-policy"),
        "another nonce would fit nothing: {again:?}"
    );
    let newer = with(Files::given([("index.html", "<!doctype html>newer")])).await;
    assert_eq!(going(&newer, "/").header("if-none-match", &tag).reply().await.status, 200);
}

#[tokio::test]
async fn hashed_files_are_kept_for_a_year_and_the_others_are_asked_for_again() {
    let app = started().await;
    let table = [
        ("/assets/app-4f2a.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/app-4f2a.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/inter-77.woff2", "font/woff2", "public, max-age=31536000, immutable"),
        ("/assets/strange", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
    ];
    let mut tags = BTreeSet::new();
    for (path, kind, cache) in table {
        let reply = app.get(path).peer(STRANGER).reply().await;
        assert_eq!((reply.status.as_u16(), header(&reply, "content-type")), (200, kind), "{path}");
        assert_eq!(
            (header(&reply, "cache-control"), header(&reply, "vary")),
            (cache, "accept-encoding"),
            "{path}"
        );
        assert_eq!(header(&reply, "x-content-type-options"), "nosniff");
        assert!(header(&reply, "content-security-policy").contains("default-src 'none'"), "{path}");
        let tag = header(&reply, "etag").to_owned();
        let again = app.get(path).header("if-none-match", &format!("\"x\", {tag}")).reply().await;
        assert_eq!(
            (again.status.as_u16(), again.body.as_str(), header(&again, "cache-control")),
            (304, "", cache)
        );
        assert!(tags.insert(tag), "{path}: another file has its tag");
    }
}

#[tokio::test]
async fn a_file_comes_in_the_smallest_form_that_is_taken() {
    let app = started().await;
    let path = "/assets/app-4f2a.js";
    let mut tags = BTreeSet::new();
    for (accepted, encoding, body) in
        [("gzip, deflate, br", "br", "br"), ("gzip", "gzip", "gz"), ("", "", "plain")]
    {
        let reply = app.get(path).header("accept-encoding", accepted).reply().await;
        assert_eq!((header(&reply, "content-encoding"), reply.body.as_str()), (encoding, body), "{accepted}");
        assert_eq!(header(&reply, "content-type"), "text/javascript; charset=utf-8", "{accepted}");
        tags.insert(header(&reply, "etag").to_owned());
    }
    assert_eq!(tags.len(), 3, "each form is of other bytes");
    // What has no smaller form comes as it is.
    let plain = app.get("/assets/app-4f2a.css").header("accept-encoding", "br").reply().await;
    assert_eq!((header(&plain, "content-encoding"), plain.body.as_str()), ("", "a{}"));
}

#[tokio::test]
async fn what_is_no_file_and_no_page_is_told_in_json() {
    let app = started().await;
    let mut asks: Vec<(String, Ask)> = [
        "/assets/app-0000.js",
        "/assets/",
        "/assets",
        "/assets/app-4f2a.js.br",
        "/assets/../index.html",
        "/api/v1/nothing",
        "/api",
        "/app/x/y",
        "/health/x",
        "/up/x",
        "/metrics/x",
        "/json/2/res.partner/read",
    ]
    .map(|path| (path.to_owned(), going(&app, path)))
    .into();
    asks.push(("a program".into(), app.get("/numbers").header("accept", "application/json")));
    asks.push(("who says nothing".into(), app.get("/numbers")));
    asks.push(("a form".into(), going(&app, "/numbers").method(Method::POST)));
    for (what, ask) in asks {
        let reply = ask.reply().await;
        assert_eq!(
            (reply.status.as_u16(), header(&reply, "content-type")),
            (404, "application/json"),
            "{what}"
        );
        assert!(!reply.body.contains("<!doctype"), "{what}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_head_says_what_a_get_would_and_sends_nothing() {
    let app = started().await;
    for path in ["/", "/numbers", "/assets/app-4f2a.js", "/favicon.svg"] {
        let got = going(&app, path).reply().await;
        let told = going(&app, path).method(Method::HEAD).reply().await;
        assert_eq!((told.status.as_u16(), told.body.as_str()), (200, ""), "{path}");
        for name in ["content-type", "etag", "cache-control", "content-length"] {
            assert_eq!(header(&told, name), header(&got, name), "{path}: {name}");
        }
        assert_eq!(header(&told, "content-length"), got.body.len().to_string(), "{path}");
    }
}

#[tokio::test]
async fn a_build_without_the_app_says_what_builds_it_and_nothing_of_who_is_here() {
    let app = with(Files::given([])).await;
    app.apply(&opbx_testkit::company("acme", "key-of-acme").toml()).await;
    let home = app.get("/").peer(STRANGER).reply().await;
    assert_eq!((home.status.as_u16(), header(&home, "cache-control")), (200, "no-store"));
    assert!(home.body.contains("cargo xtask web") && !home.body.contains("acme"), "{}", home.body);
    let deep = going(&app, "/numbers").reply().await;
    assert_eq!((deep.status.as_u16(), header(&deep, "content-type")), (404, "application/json"));
}
