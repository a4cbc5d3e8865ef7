//! An application server of scripted pages, and a domain of the fake's that asks it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use opbx_fake_cloudonix::{Endpoints, FakeCloudonix, NewCall, NewDomain, Options, Played, Script};
use opbx_kernel::ManualClock;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const DOMAIN: &str = "acme.cloudonix.example";
pub(crate) const KEY: &str = "XI-domain-key";
pub(crate) const REQUESTS_KEY: &str = "requests-key";
const BODY_MAX: usize = 1 << 20;

/// A request that reached the application.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The body's members, or the query's.
    pub(crate) told: BTreeMap<String, String>,
    pub(crate) body: Json,
    pub(crate) headers: HeaderMap,
    raw: Bytes,
}

impl Heard {
    pub(crate) fn said(&self, name: &str) -> Option<&str> {
        self.told.get(name).map(String::as_str)
    }

    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }
}

#[derive(Default)]
struct Pages {
    /// A path's answer: status, content type, body.
    answers: BTreeMap<String, (u16, String, Vec<u8>)>,
    heard: Vec<Heard>,
}

/// The fake with one domain, and the application that its calls run.
pub(crate) struct Stage {
    pub(crate) fake: FakeCloudonix,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) base: String,
    pages: Arc<Mutex<Pages>>,
    server: JoinHandle<()>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Stage {
    pub(crate) async fn open() -> Self {
        Self::open_with(|options| options).await
    }

    /// Starts both, with 1001 and 1002 as active subscribers and a trunk `main`; no webhooks.
    pub(crate) async fn open_with(change: impl FnOnce(Options) -> Options) -> Self {
        let pages = Arc::new(Mutex::new(Pages::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&pages));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.expect("serves") });
        let noon = "2026-03-02T12:00:00Z".parse().expect("an instant");
        let clock = Arc::new(ManualClock::at(noon));
        let options = Options::new(Arc::clone(&clock) as _).domain(NewDomain::new(DOMAIN, KEY));
        let fake = FakeCloudonix::start(change(options)).await.expect("the fake starts");
        let stage = Self { fake, clock, base, pages, server };
        let endpoints = Endpoints {
            voice: stage.at("/route"),
            session_update: None,
            cdr: None,
            requests_key: REQUESTS_KEY.into(),
        };
        stage.fake.provision(DOMAIN, &endpoints).expect("a domain");
        for extension in ["1001", "1002"] {
            stage.fake.add_subscriber(DOMAIN, extension).expect("a domain");
        }
        stage.fake.add_trunk(DOMAIN, "main").expect("a domain");
        stage
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Answers a path with verbs.
    pub(crate) fn page(&self, path: &str, verbs: &str) {
        let page = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{verbs}</Response>");
        self.answer(path, 200, "text/xml", page.as_bytes());
    }

    pub(crate) fn answer(&self, path: &str, status: u16, kind: &str, body: &[u8]) {
        let mut pages = self.pages.lock().expect("pages");
        pages.answers.insert(path.to_owned(), (status, kind.to_owned(), body.to_vec()));
    }

    /// Calls the company's number from outside.
    pub(crate) async fn call(&self, script: Script) -> Played {
        let call = NewCall::inbound("+442079460018", "+12125550100").script(script);
        self.fake.call(DOMAIN, call).await.expect("a domain")
    }

    /// Everything that was asked or told at a path.
    pub(crate) fn heard(&self, path: &str) -> Vec<Heard> {
        let pages = self.pages.lock().expect("pages");
        pages.heard.iter().filter(|heard| heard.path == path).cloned().collect()
    }

    /// The paths that were asked, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.pages.lock().expect("pages").heard.iter().map(|heard| heard.path.clone()).collect()
    }

    /// Waits until the application heard of something.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..10_000 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!("never: {what}; asked {:?}", self.asked());
    }

    /// Asks the fake's REST API under the domain's key.
    pub(crate) async fn api(&self, method: &str, path: &str, body: Option<Json>) -> (u16, Json) {
        self.api_as(Some(KEY), method, path, body).await
    }

    pub(crate) async fn api_as(
        &self,
        key: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Json>,
    ) -> (u16, Json) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = reqwest::Client::new().request(method, format!("{}{path}", self.fake.url()));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("the fake answers");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Json::Null))
    }
}

async fn answer(State(pages): State<Arc<Mutex<Pages>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let raw = axum::body::to_bytes(body, BODY_MAX).await.expect("a body");
    let body: Json = serde_json::from_slice(&raw).unwrap_or(Json::Null);
    let path = parts.uri.path().to_owned();
    let told = told(&parts.uri, &body);
    let mut pages = pages.lock().expect("pages");
    pages.heard.push(Heard {
        method: parts.method,
        path: path.clone(),
        told,
        body,
        headers: parts.headers,
        raw,
    });
    match pages.answers.get(&path) {
        Some((status, kind, body)) => {
            let status = StatusCode::from_u16(*status).expect("a status");
            (status, [(header::CONTENT_TYPE, kind.clone())], body.clone()).into_response()
        }
        None => (StatusCode::NOT_FOUND, "no such page").into_response(),
    }
}

fn told(uri: &Uri, body: &Json) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://here{uri}")).expect("a URL");
    let mut told: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    for (name, value) in body.as_object().into_iter().flatten() {
        told.insert(name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    told
}

/// What a played call must not have.
pub(crate) fn sound(played: &Played) {
    assert_eq!(played.faults, [], "{}", played.transcript);
}

pub(crate) fn empty() -> Json {
    json!({})
}
