//! A person at the REST API of a running server: signed in, asking, and waiting for what comes a moment later.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// How long something that must come may take on a busy machine.
pub(crate) const COMES_WITHIN: Duration = Duration::from_secs(90);
/// How often, at most, what must come is looked for, and how soon again.
pub(crate) const LOOKS_MAX: u32 = 900;
pub(crate) const LOOK: Duration = Duration::from_millis(100);
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Rest {
    http: reqwest::Client,
    base: String,
    token: String,
}

/// An answer with its body as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

impl Rest {
    pub(crate) async fn log_in(address: &str, email: &str, password: &str) -> Self {
        // Whoever comes first installs the one provider; a second is no harm.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build().expect("a client");
        let mut rest = Self { http, base: format!("http://{address}/api/v1"), token: String::new() };
        let answer =
            rest.ask(Method::POST, "/auth/login", Some(&json!({"email": email, "password": password}))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        rest.token = answer.json()["access_token"].as_str().expect("a token").to_owned();
        rest
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Json>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let (status, kind) = (answer.status().as_u16(), kind.to_owned());
        Answer { status, kind, body: answer.bytes().await.expect("a whole body").to_vec() }
    }

    /// What is read there.
    pub(crate) async fn get(&self, path: &str) -> Json {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// What is created there, of which the answer tells under `data` or the resource's own name.
    pub(crate) async fn create(&self, path: &str, body: &Json) -> Json {
        let answer = self.ask(Method::POST, path, Some(body)).await;
        assert_eq!(answer.status, 201, "{path} {body}: {}", answer.text());
        answer.json()
    }

    pub(crate) async fn put(&self, path: &str, body: &Json) -> Json {
        let answer = self.ask(Method::PUT, path, Some(body)).await;
        assert_eq!(answer.status, 200, "{path} {body}: {}", answer.text());
        answer.json()
    }

    /// Reads there until it is as wanted.
    pub(crate) async fn until(&self, path: &str, what: &str, is: impl Fn(&Json) -> bool) -> Json {
        // Slower than `eventually`: each look is a request, and the server has other things to do.
        let mut looks = tokio::time::interval(LOOK);
        for _ in 0..LOOKS_MAX {
            looks.tick().await;
            let seen = self.get(path).await;
            if is(&seen) {
                return seen;
            }
        }
        panic!("it never came: {what} at {path}: {}", self.get(path).await);
    }
}
