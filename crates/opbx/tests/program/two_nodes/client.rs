//! An engine that calls: it asks, follows what it is told, and tells what happened; refused, it tries again.

use serde_json::{Value as Json, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often one request is tried at most.
const TRIES_MAX: u32 = 1_000;
const PAUSE: Duration = Duration::from_millis(20);
/// Session updates that are told of each call.
pub(crate) const UPDATES: usize = 3;

pub(crate) struct Client {
    balancer: SocketAddr,
    key: String,
}

/// What became of a call.
pub(crate) struct Played {
    pub(crate) first_rung: String,
}

impl Client {
    pub(crate) fn new(balancer: SocketAddr, key: &str) -> Self {
        Self { balancer, key: key.to_owned() }
    }

    /// A whole call: it arrives, the first phone does not answer, the second does; then the webhooks, each twice.
    pub(crate) fn play(&self, at: usize) -> Played {
        let call = format!("CA{at}");
        let mut asked = json!({
            "CallSid": call, "From": "+442079460018", "To": "+12125550100", "Direction": "inbound",
            "Domain": "acme.example.com", "Session": call,
        });
        let first = self.post("/api/voice/route", &asked);
        let first_rung = between(&first, "<Number>", "</Number>").to_owned();
        self.tell(at, "session-update", &update(at, 0, "ringing"));
        asked["CallStatus"] = json!("no-answer");
        let second = self.post(&action(&first), &asked);
        asked["CallStatus"] = json!("completed");
        self.post(&action(&second), &asked);
        self.tell(at, "session-update", &update(at, 1, "connected"));
        self.tell(at, "cdr", &detail_record(at));
        self.tell(at, "session-update", &update(at, 2, "ringing"));
        Played { first_rung }
    }

    /// Every webhook comes twice, as webhooks do.
    fn tell(&self, at: usize, path: &str, body: &Json) {
        let path = format!("/api/webhooks/cloudonix/{path}");
        for _ in 0..2 {
            let answer = self.post(&path, body);
            assert!(answer.contains("successfully"), "call {at}: {answer}");
        }
    }

    /// Posts until it is answered well: as an engine, it tries again where nobody answered.
    fn post(&self, path: &str, body: &Json) -> String {
        for _ in 0..TRIES_MAX {
            if let Some((status, answer)) = self.try_post(path, body) {
                if status == 200 {
                    return answer;
                }
                assert!(matches!(status, 502..=504), "{path}: {status}: {answer}");
            }
            std::thread::park_timeout(PAUSE);
        }
        panic!("{path} was never answered");
    }

    fn try_post(&self, path: &str, body: &Json) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.balancer).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let (host, key, body) = (self.balancer, &self.key, body.to_string());
        let length = body.len();
        let text = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).ok()?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).ok()?;
        let (head, body) = reply.split_once("\r\n\r\n")?;
        let status = head.split_whitespace().nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }
}

/// The path and query of a dial's action.
fn action(answer: &str) -> String {
    let url = between(answer, "action=\"", "\"").replace("&amp;", "&");
    let path = url.find("/api/").unwrap_or_else(|| panic!("no callback in {answer}"));
    url[path..].to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("no {after} in {text}")).0
}

fn update(at: usize, event: usize, status: &str) -> Json {
    json!({
        "id": at + 1, "token": format!("CA{at}"), "eventId": format!("event-{at}-{event}"), "domainId": 3,
        "domain": "acme.example.com", "callerId": "+442079460018", "destination": "+1001", "direction": "incoming",
        "status": status, "createdAt": "2026-03-01T12:00:00.000Z",
        "modifiedAt": format!("2026-03-01T12:00:0{event}.000Z"), "callStartTime": 1_772_366_400_000_i64,
        "callAnswerTime": 0, "action": "update", "reason": "", "callIds": [format!("CA{at}")], "profile": {},
    })
}

fn detail_record(at: usize) -> Json {
    json!({
        "timestamp": 1_772_366_521, "from": "+442079460018", "to": "+12125550100", "disposition": "ANSWERED",
        "duration": 120, "billsec": 111, "call_id": format!("CA{at}"), "domain": "acme.example.com",
        "session": {
            "token": format!("CA{at}"), "id": at + 1, "callStartTime": 1_772_366_400_000_i64,
            "callAnswerTime": 1_772_366_409_000_i64, "callEndTime": 1_772_366_520_000_i64, "status": "completed",
        },
    })
}
