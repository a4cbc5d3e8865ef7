//! The REST client against a server of its own: what is sent, what is understood, and what a failure means.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use opbx_cloudonix::Client;
use opbx_routing::{Dial, ExtensionId, Target};
use opbx_telephony::backend::{
    Access, ApplicationWish, Backend, BackendError, DomainWish, Originate, SubscriberWish,
};
use opentelemetry::global;
use opentelemetry::trace::FutureExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use serde_json::{Value as Json, json};
use smallvec::smallvec;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zeroize::Zeroizing;

const KEY: &str = "key-of-acme";

#[derive(Clone, Default)]
struct Server(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// What is answered, the first first; nothing is an empty object.
    answers: VecDeque<(StatusCode, Vec<u8>, Option<&'static str>)>,
    asked: Vec<(String, String, Json)>,
    /// The header that tells of a trace, of the request that came last.
    traceparent: Option<String>,
}

impl Server {
    async fn start() -> (Self, Client) {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let server = Self::default();
        let router = Router::new().fallback(heard).with_state(server.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        (server, Client::new(&format!("http://{address}/")).expect("a client"))
    }

    fn answer(&self, status: u16, body: &Json) -> &Self {
        let status = StatusCode::from_u16(status).expect("a status");
        let body = body.to_string().into_bytes();
        self.0.lock().expect("no panic").answers.push_back((status, body, None));
        self
    }

    fn asked(&self) -> (String, String, Json) {
        self.0.lock().expect("no panic").asked.pop().expect("something was asked")
    }
}

async fn heard(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if bearer != Some(&format!("Bearer {KEY}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let body = serde_json::from_slice(&body).unwrap_or(Json::Null);
    let mut kept = server.0.lock().expect("no panic");
    let traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok());
    kept.traceparent = traceparent.map(str::to_owned);
    kept.asked.push((method.to_string(), uri.path().to_owned(), body));
    let (status, body, retry_after) =
        kept.answers.pop_front().unwrap_or((StatusCode::OK, b"{}".to_vec(), None));
    let mut response = (status, body).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.parse().expect("a header"));
    }
    response
}

fn access() -> Access {
    Access {
        uuid: "u-1".to_owned(),
        name: Some("acme.example".to_owned()),
        key: Zeroizing::new(KEY.to_owned()),
    }
}

fn wish() -> SubscriberWish {
    let password = Zeroizing::new("Acorn12-3Brick45+6Cabin".to_owned());
    SubscriberWish { number: "1001".to_owned(), password, active: true }
}

#[tokio::test]
async fn the_trace_of_whoever_asks_goes_along() {
    let (server, client) = Server::start().await;
    let traceparent = || server.0.lock().expect("no panic").traceparent.clone();
    client.domain(&access()).await.ok();
    assert_eq!(traceparent(), None, "there is no trace");
    global::set_text_map_propagator(TraceContextPropagator::new());
    let told = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = HashMap::from([("traceparent".to_owned(), told.to_owned())]);
    let context = global::get_text_map_propagator(|propagator| propagator.extract(&headers));
    client.domain(&access()).with_context(context).await.ok();
    assert_eq!(traceparent().as_deref(), Some(told));
}

#[tokio::test]
async fn a_domain_is_validated_and_its_profile_set() {
    let (server, client) = Server::start().await;
    server
        .answer(200, &json!({ "domain": "acme.example", "uuid": "u-1", "profile": { "call-timeout": 45 } }));
    let facts = client.domain(&access()).await.expect("a domain");
    assert_eq!((facts.name.as_str(), facts.no_answer_timeout_s), ("acme.example", Some(45)));
    assert_eq!(server.asked().1, "/customers/self/domains/u-1");
    let wish = DomainWish {
        no_answer_timeout_s: 45,
        recording_format: "wav".to_owned(),
        session_update_url: "https://pbx/s".to_owned(),
        cdr_url: "https://pbx/c".to_owned(),
        requests_key: Zeroizing::new("requests".to_owned()),
    };
    client.set_domain(&access(), &wish).await.expect("set");
    let (method, _, body) = server.asked();
    assert_eq!(method, "PUT");
    let profile = json!({
        "call-timeout": 45, "recording-media-type": "wav", "session-update-endpoint": "https://pbx/s",
        "cdr-endpoint": "https://pbx/c", "authorization-api-key": "requests", "redirect-unknown-to-border": false,
    });
    assert_eq!(body, json!({ "profile": profile }));
}

#[tokio::test]
async fn an_application_is_made_changed_and_made_the_default() {
    let (server, client) = Server::start().await;
    let wish = ApplicationWish { name: "opbx".to_owned(), url: "https://pbx/api/voice/route".to_owned() };
    server.answer(
        201,
        &json!({ "id": 77, "uuid": "a-1", "name": "opbx", "url": "https://pbx/api/voice/route" }),
    );
    let made = client.create_application(&access(), &wish).await.expect("made");
    assert_eq!((made.id.as_str(), made.uuid.as_deref()), ("77", Some("a-1")));
    let (method, path, body) = server.asked();
    assert_eq!((method.as_str(), path.as_str()), ("POST", "/customers/self/domains/u-1/applications"));
    assert_eq!((&body["type"], &body["method"]), (&json!("cxml"), &json!("POST")));
    client.set_application(&access(), &made.id, &wish).await.expect("set");
    assert_eq!(server.asked().1, "/customers/self/domains/u-1/applications/77");
    client.make_default(&access(), &made.id).await.expect("set");
    let (method, _, body) = server.asked();
    assert_eq!((method.as_str(), body), ("PATCH", json!({ "defaultApplication": 77 })));
}

#[tokio::test]
async fn subscribers_are_listed_created_changed_and_deleted() {
    let (server, client) = Server::start().await;
    server.answer(200, &json!([{ "id": 5, "msisdn": "1001", "active": false }]));
    let all = client.subscribers(&access()).await.expect("a list");
    assert_eq!((all[0].id.as_str(), all[0].number.as_str(), all[0].active), ("5", "1001", false));
    server.answer(201, &json!([{ "id": 6, "msisdn": "1001" }]));
    let made = client.create_subscriber(&access(), &wish()).await.expect("made");
    assert_eq!(made.id, "6");
    let expected = json!({ "msisdn": "1001", "sipPassword": "Acorn12-3Brick45+6Cabin", "active": true });
    assert_eq!(server.asked().2, expected);
    client.set_subscriber(&access(), "6", &wish()).await.expect("set");
    client.delete_subscriber(&access(), "6/../7").await.expect("deleted");
    assert_eq!(
        server.asked().1,
        "/customers/self/domains/u-1/subscribers/6%2F..%2F7",
        "an id is one segment"
    );
}

#[tokio::test]
async fn live_calls_are_started_sent_on_limited_and_ended() {
    let (server, client) = Server::start().await;
    server.answer(200, &json!({ "token": "t-1" }));
    let call = Originate {
        destination: "1001".to_owned(),
        caller_id: None,
        url: "https://pbx/api/voice/route?as=1001&dial=1002".to_owned(),
        ring_timeout_s: 30,
        time_limit_s: 600,
    };
    assert_eq!(client.originate(&access(), &call).await.as_deref(), Ok("t-1"));
    let (_, path, body) = server.asked();
    assert_eq!((path.as_str(), &body["url"]), ("/calls/acme.example/application", &json!(call.url)));
    let targets =
        smallvec![Target::Extension { id: ExtensionId::new(1).expect("positive"), number: "1002".into() }];
    let dial = Dial { targets, timeout_s: 20, trunk: None, caller_id: None, record: None };
    client.transfer(&access(), "t-1", &dial).await.expect("sent on");
    let (method, path, body) = server.asked();
    assert_eq!((method.as_str(), path.as_str()), ("POST", "/calls/acme.example/sessions/t-1/application"));
    let markup = body["cxml"].as_str().expect("markup");
    assert!(markup.contains("<Number>1002</Number>") && markup.contains("timeout=\"20\""), "{markup}");
    client.limit(&access(), "t-1", 60).await.expect("limited");
    assert_eq!(server.asked().2, json!({ "timeLimit": 60 }));
    client.hang_up(&access(), "t-1").await.expect("ended");
    assert_eq!(server.asked().0, "DELETE");
}

#[tokio::test]
async fn numbers_trunks_and_voices_are_read() {
    let (server, client) = Server::start().await;
    server.answer(
        200,
        &json!({ "data": [{ "id": 1, "name": "out", "direction": "public-outbound", "port": 5060 }] }),
    );
    let trunks = client.trunks(&access()).await.expect("trunks");
    assert!(trunks[0].goes_out() && trunks[0].active);
    server
        .answer(200, &json!([{ "id": "v", "provider": "Google", "language": "en-GB", "gender": "female" }]));
    assert_eq!(client.voices(&access()).await.expect("voices")[0].language, "en-GB");
    assert_eq!(server.asked().1, "/domains/u-1/resources/voices");
    server.answer(200, &json!({ "id": 3, "dnid": "+12125550100", "applicationId": 77, "active": true }));
    let routed = client.route_number(&access(), "+12125550100", "77").await.expect("routed");
    assert_eq!((routed.id.as_str(), routed.application.as_deref()), ("3", Some("77")));
    server.answer(200, &json!([{ "id": 3, "dnid": "+12125550100" }]));
    assert_eq!(client.numbers(&access()).await.expect("numbers").len(), 1);
    client.forget_number(&access(), "3").await.expect("forgotten");
}

#[tokio::test]
async fn each_failure_says_what_it_means() {
    let (server, client) = Server::start().await;
    let wrong = Access { key: Zeroizing::new("another".to_owned()), ..access() };
    assert_eq!(client.domain(&wrong).await, Err(BackendError::WrongKey));
    let nothing = json!({});
    for (status, body, expected) in [
        (402, &nothing, BackendError::Quota),
        (403, &nothing, BackendError::NotAllowed),
        (403, &json!({ "message": "quota exceeded" }), BackendError::Quota),
        (404, &nothing, BackendError::Absent { what: "domain" }),
        (503, &nothing, BackendError::Failing { status: 503, wait: None }),
        (302, &nothing, BackendError::Refused { status: 302, reason: "it does not say why".to_owned() }),
    ] {
        server.answer(status, body);
        assert_eq!(client.domain(&access()).await, Err(expected), "{status}");
    }
    server.answer(409, &nothing).answer(422, &json!({ "message": "msisdn already exists" }));
    for _ in 0..2 {
        let taken = client.create_subscriber(&access(), &wish()).await.map(drop);
        assert_eq!(taken, Err(BackendError::Taken { what: "subscriber" }));
    }
    server.0.lock().expect("no panic").answers.push_back((
        StatusCode::TOO_MANY_REQUESTS,
        Vec::new(),
        Some("7"),
    ));
    let busy = client.domain(&access()).await;
    assert_eq!(busy, Err(BackendError::TooMany { wait: Some(Duration::from_secs(7)) }));
}

#[tokio::test]
async fn no_reason_repeats_a_secret() {
    let (server, client) = Server::start().await;
    server.answer(400, &json!({ "message": format!("bad {} for {KEY}", wish().password.as_str()) }));
    let error =
        client.create_subscriber(&access(), &wish()).await.map(drop).expect_err("refused").to_string();
    assert!(error.contains("bad …") && !error.contains("Acorn") && !error.contains(KEY), "{error}");
}

#[tokio::test]
async fn an_answer_without_end_and_a_server_that_is_away_are_refused() {
    let (server, client) = Server::start().await;
    let long = vec![b' '; 5 * 1024 * 1024];
    server.0.lock().expect("no panic").answers.push_back((StatusCode::OK, long, None));
    assert!(matches!(client.subscribers(&access()).await.map(drop), Err(BackendError::Garbled(_))));
    let nobody =
        tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("one");
    let client = Client::new(&format!("http://{nobody}")).expect("a client");
    assert!(matches!(client.domain(&access()).await, Err(BackendError::Unreachable(_))));
    for url in ["", "ftp://a", "data:x", "api.cloudonix.io"] {
        assert!(Client::new(url).is_err(), "{url}");
    }
}
