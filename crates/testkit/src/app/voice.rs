//! Callers: voice requests in every form an engine sends them, and what is heard in answer.

use super::{Running, TestApp};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use std::net::SocketAddr;
use tokio::runtime::Handle;
use tower::ServiceExt as _;

/// The longest answer that a test reads, in bytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// What the paths of webhooks begin with.
const HOOKS: &str = "/api/webhooks/cloudonix";
/// Where calls are routed.
const ROUTE: &str = "/api/voice/route";
/// An engine somewhere in the public network.
const ENGINE: &str = "203.0.113.7:40000";

/// How the parameters of a request travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Json,
    Form,
    Query,
}

/// A request to be sent, as often as wanted.
#[derive(Clone)]
pub struct Ask {
    router: Router,
    node: Handle,
    way: Way,
    method: Method,
    target: String,
    fields: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Bytes>,
    /// What the body says it is, where that is not what it should say; empty says nothing.
    kind: Option<String>,
    peer: SocketAddr,
}

/// An answer to any request.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

/// An answer in CXML, as an engine understands it.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    /// The numbers, addresses and services to ring, all at once.
    pub rings: Vec<String>,
    pub timeout_s: Option<u32>,
    /// The room to join.
    pub joins: Option<String>,
    /// What is played while keys are waited for; none when none are.
    pub asks: Option<Vec<String>>,
    pub records: bool,
    /// Where the result of the dial goes, the keys, or the recording.
    pub action: Option<String>,
    /// Where a caller who gave no answer is led.
    pub redirect: Option<String>,
    pub said: Vec<String>,
    pub played: Vec<String>,
    pub hangs_up: bool,
    call: String,
    headers_sent: Vec<(String, String)>,
}

impl TestApp {
    /// A new call from outside to the company's number, under a tenant's key. Sent as JSON unless said otherwise.
    pub fn voice(&self, key: &str) -> Ask {
        self.ask(Way::Json, Method::POST, ROUTE)
            .header("authorization", &format!("Bearer {key}"))
            .with("CallSid", "CA1")
            .with("From", "+442079460018")
            .with("To", "+12125550100")
            .with("Direction", "inbound")
    }

    /// What an engine tells of a call: a body of JSON, under a tenant's key.
    pub fn hook(&self, key: &str, path: &str, body: &serde_json::Value) -> Ask {
        self.ask(Way::Json, Method::POST, &format!("{HOOKS}/{path}"))
            .header("authorization", &format!("Bearer {key}"))
            .body(body.to_string())
    }

    /// A request without parameters.
    pub fn get(&self, target: &str) -> Ask {
        self.ask(Way::Query, Method::GET, target)
    }

    /// What the engine sends when what it heard of has ended: a dial, a question, a recording.
    pub fn after(&self, heard: &Heard) -> Ask {
        self.at(heard, heard.action.as_deref())
    }

    /// What the engine sends when it goes on to the redirect, because nothing came.
    pub fn redirected(&self, heard: &Heard) -> Ask {
        self.at(heard, heard.redirect.as_deref())
    }

    fn at(&self, heard: &Heard, url: Option<&str>) -> Ask {
        let url = url.unwrap_or_else(|| panic!("nothing to follow in\n{}", heard.body));
        let path = url.find("/api/").unwrap_or_else(|| panic!("no callback of ours: {url}"));
        let mut ask = self.ask(Way::Json, Method::POST, &url[path..]).with("CallSid", &heard.call);
        ask.headers.clone_from(&heard.headers_sent);
        ask
    }

    /// Presses keys in answer to a question, and hears what follows.
    pub async fn press(&self, heard: &Heard, keys: &str) -> Heard {
        self.after(heard).with("Digits", keys).send().await
    }

    /// Tells how the dial ended, in the documented word, and hears what follows.
    pub async fn follow(&self, heard: &Heard, result: &str) -> Heard {
        self.after(heard).with("CallStatus", result).send().await
    }

    fn ask(&self, way: Way, method: Method, target: &str) -> Ask {
        let Running { runtime, router, .. } = self.running();
        Ask {
            router: router.clone(),
            node: runtime.handle().clone(),
            way,
            method,
            target: target.to_owned(),
            fields: Vec::new(),
            headers: Vec::new(),
            body: None,
            kind: None,
            peer: ENGINE.parse().expect("an address"),
        }
    }
}

impl Ask {
    /// Sets a parameter.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    pub fn call(self, call: &str) -> Self {
        self.with("CallSid", call)
    }

    pub fn to(self, number: &str) -> Self {
        self.with("To", number)
    }

    /// A phone of the tenant's dials.
    pub fn from_phone(self, extension: &str) -> Self {
        self.with("Direction", "subscriber").with("From", extension)
    }

    /// Sets a header; an empty value leaves it out.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    pub fn form(self) -> Self {
        Self { way: Way::Form, ..self }
    }

    /// A GET with everything in its URL.
    pub fn query(self) -> Self {
        Self { way: Way::Query, method: Method::GET, ..self }
    }

    pub fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// Sends to another path and query.
    pub fn target(self, change: impl FnOnce(&str) -> String) -> Self {
        Self { target: change(&self.target), ..self }
    }

    /// Sends these bytes instead of the parameters.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// Lets the body say that it is something else; an empty text lets it say nothing.
    pub fn content_type(self, kind: &str) -> Self {
        Self { kind: Some(kind.to_owned()), ..self }
    }

    pub fn peer(self, peer: &str) -> Self {
        Self { peer: peer.parse().expect("an address with a port"), ..self }
    }

    /// Sends the request and gives whatever comes back.
    pub async fn reply(&self) -> Reply {
        let request = self.request();
        let router = self.router.clone();
        // On the node's own runtime, as a server would, so that killing the node ends it.
        let answered = self.node.spawn(async move {
            let response = router.oneshot(request).await.expect("a router always answers");
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, ANSWER_BYTES_MAX).await.expect("an answer of some length");
            Reply {
                status: parts.status,
                headers: parts.headers,
                body: String::from_utf8(body.into()).expect("answers are UTF-8"),
            }
        });
        answered.await.expect("a handler does not panic")
    }

    /// Sends the request and understands the answer, which must be CXML.
    pub async fn send(&self) -> Heard {
        let Reply { status, headers, body } = self.reply().await;
        let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().expect("a plain header"));
        assert_eq!(kind, Some("text/xml; charset=utf-8"), "{status}: {body}");
        let call = self.fields.iter().find(|(name, _)| name == "CallSid").map(|(_, call)| call.clone());
        let mut heard = Heard {
            status: status.as_u16(),
            headers,
            rings: Vec::new(),
            timeout_s: None,
            joins: None,
            asks: None,
            records: false,
            action: None,
            redirect: None,
            said: Vec::new(),
            played: Vec::new(),
            hangs_up: false,
            call: call.unwrap_or_default(),
            headers_sent: self.headers.clone(),
            body,
        };
        heard.understand();
        heard
    }

    fn request(&self) -> Request<Body> {
        let form = serde_urlencoded::to_string(&self.fields).expect("parameters make a form");
        let mut target = self.target.clone();
        let (kind, body) = match self.way {
            Way::Json => {
                let members = self.fields.iter().map(|(name, value)| (name.clone(), value.clone().into()));
                let object = serde_json::Value::Object(members.collect());
                (Some("application/json"), Body::from(object.to_string()))
            }
            Way::Form => (Some("application/x-www-form-urlencoded"), Body::from(form)),
            Way::Query => {
                if !form.is_empty() {
                    target.push(if target.contains('?') { '&' } else { '?' });
                    target.push_str(&form);
                }
                (None, Body::empty())
            }
        };
        let body = self.body.clone().map_or(body, Body::from);
        let mut request = Request::builder().method(self.method.clone()).uri(target);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let kind = self.kind.as_deref().or(kind).filter(|kind| !kind.is_empty());
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        request.extension(ConnectInfo(self.peer)).body(body).expect("a request")
    }
}

impl Heard {
    fn understand(&mut self) {
        let document = roxmltree::Document::parse(&self.body)
            .unwrap_or_else(|error| panic!("not XML ({error}):\n{}", self.body));
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "Response", "{}", self.body);
        let text = |node: roxmltree::Node<'_, '_>| node.text().unwrap_or_default().to_owned();
        for verb in root.children().filter(roxmltree::Node::is_element) {
            let nouns = || verb.children().filter(roxmltree::Node::is_element);
            match verb.tag_name().name() {
                "Say" => self.said.push(text(verb)),
                "Play" => self.played.push(text(verb)),
                "Hangup" => self.hangs_up = true,
                "Redirect" => self.redirect = Some(text(verb)),
                "Dial" => {
                    self.timeout_s = verb.attribute("timeout").and_then(|text| text.parse().ok());
                    let (rooms, rung): (Vec<_>, Vec<_>) =
                        nouns().partition(|noun| noun.has_tag_name("Conference"));
                    self.joins = rooms.into_iter().map(text).next();
                    self.rings = rung.into_iter().map(text).collect();
                }
                "Connect" => {
                    self.rings =
                        nouns().filter_map(|noun| noun.attribute("url")).map(str::to_owned).collect();
                }
                "Gather" => self.asks = Some(nouns().map(text).collect()),
                "Record" => self.records = true,
                "Reject" => self.hangs_up = true,
                other => panic!("an engine is told something new, {other}:\n{}", self.body),
            }
            if let Some(action) = verb.attribute("action") {
                assert_eq!(self.action, None, "two things are waited for in one answer:\n{}", self.body);
                self.action = Some(action.to_owned());
            }
        }
    }

    /// An attribute of the first element of this name.
    pub fn attribute(&self, element: &str, name: &str) -> Option<String> {
        let document = roxmltree::Document::parse(&self.body).expect("it was understood");
        let found = document.descendants().find(|node| node.has_tag_name(element))?;
        found.attribute(name).map(str::to_owned)
    }

    /// Whether the caller hears exactly this sentence, and the call ends with it.
    pub fn ends_saying(&self, sentence: &str) -> bool {
        self.rings.is_empty() && self.hangs_up && self.said == [sentence]
    }

    /// Whether the call ends without a word.
    pub fn ends_silently(&self) -> bool {
        self.rings.is_empty() && self.hangs_up && self.said.is_empty()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
