//! Webhooks that tell of calls: session updates and detail records, in JSON, as a form or in the query.
//!
//! Source: Cloudonix, "Session" and "Call Detail Records"; what no page says is as the original's validators have it.

mod reading;

use super::request::{CALL_ID_LEN_MAX, RequestError, is_fetchable};
use jiff::Timestamp;
use opbx_kernel::seal::digest;
use opbx_telephony::{DetailRecord, SessionDirection, SessionStatus, SessionUpdate};
use reading::{harmless, instant, line, number, ten_thousandths};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The longest name of an event taken as it is, in characters; a longer one is kept by its digest.
const EVENT_LEN_MAX: usize = 64;
/// A call is never this long, in seconds.
const LENGTH_S_MAX: i64 = 1_000_000_000;
/// Signalling names that are kept of one session.
const CALL_IDS_MAX: usize = 50;

/// What a webhook brought.
#[derive(Debug, Clone, PartialEq)]
pub struct HookRequest {
    body: Json,
}

/// What is wrong with a webhook, by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.values().flatten().cloned().collect::<Vec<_>>().join(" "))]
pub struct Faults(pub BTreeMap<&'static str, Vec<String>>);

impl Faults {
    fn add(&mut self, field: &'static str, what: &str) {
        self.0.entry(field).or_default().push(format!("The {field} field {what}."));
    }

    /// The value, or a fault where there is none.
    fn need<T>(&mut self, field: &'static str, value: Option<T>, what: &str) -> Option<T> {
        if value.is_none() {
            self.add(field, what);
        }
        value
    }
}

impl HookRequest {
    /// Reads a webhook from its query and body; a body's members come after the query's and win.
    pub fn read(query: &str, content_type: Option<&str>, body: &[u8]) -> Result<Self, RequestError> {
        Ok(Self { body: reading::object(query, content_type, body)? })
    }

    /// The domains that it names, each by a name or a UUID.
    pub fn domains(&self) -> Vec<&str> {
        let mut named = Vec::new();
        for path in ["/domain", "/Domain", "/domain_uuid", "/owner/domain", "/session/domain"] {
            match self.body.pointer(path) {
                Some(Json::String(name)) => named.push(name.trim()),
                Some(Json::Object(domain)) => {
                    let names =
                        ["domain", "name", "uuid"].iter().filter_map(|key| domain.get(*key)?.as_str());
                    named.extend(names.map(str::trim));
                }
                _ => {}
            }
        }
        // A number is one of the engine's own, which nobody here knows.
        named.retain(|name| !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit()));
        named
    }

    /// When the engine says that what it tells happened.
    pub fn told_at(&self) -> Option<Timestamp> {
        self.get("/modifiedAt").and_then(instant)
    }

    /// Reads a session update; nothing where the session's state is one of no interest.
    pub fn session_update(&self) -> Result<Option<SessionUpdate>, Faults> {
        let mut faults = Faults::default();
        let session = faults.need("id", self.id("/id"), "must be an integer");
        let to = faults.need("destination", self.line("/destination"), "is required");
        let created_at = faults.need("createdAt", self.at("/createdAt"), "must be a date");
        let modified_at = faults.need("modifiedAt", self.at("/modifiedAt"), "must be a date");
        faults.need("action", self.get("/action").filter(|action| !action.is_null()), "is required");
        let direction = match self.line("/direction") {
            None => Some(SessionDirection::Incoming),
            Some(word) => faults.need(
                "direction",
                SessionDirection::parse(&word),
                "must be one of incoming, outgoing, internal, application",
            ),
        };
        let (Some(session), Some(to), Some(created_at), Some(modified_at), Some(direction), true) =
            (session, to, created_at, modified_at, direction, faults.0.is_empty())
        else {
            return Err(faults);
        };
        let Some(status) = self.line("/status").and_then(|word| SessionStatus::parse(&word)) else {
            return Ok(None);
        };
        Ok(Some(SessionUpdate {
            session,
            token: self.token("/token"),
            event: self.event(),
            domain_id: self.id("/domainId"),
            domain: self.domains().first().map(|name| (*name).to_owned()).and_then(|name| line(&name.into())),
            subscriber: self.id("/subscriberId"),
            outgoing_subscriber: self.id("/outgoingSubscriberId"),
            from: self.line("/callerId").unwrap_or_default(),
            to,
            direction,
            status,
            created_at,
            modified_at,
            call_started_at: self.at("/callStartTime"),
            call_answered_at: self.at("/callAnswerTime"),
            time_limit_s: self.id("/timeLimit"),
            vapp_server: self.line("/vappServer"),
            action: self.line("/action"),
            reason: self.line("/reason"),
            last_error: self.line("/lastError"),
            call_ids: self.call_ids(),
            profile: self.get("/profile").map_or(Json::Null, harmless),
        }))
    }

    /// Reads a detail record.
    pub fn detail_record(&self) -> Result<DetailRecord, Faults> {
        let mut faults = Faults::default();
        let at = faults.need("timestamp", self.at("/timestamp"), "must be an integer");
        let from = faults.need("from", self.party("/from"), "is required");
        let to = faults.need("to", self.party("/to"), "is required");
        let disposition = faults.need("disposition", self.line("/disposition"), "is required");
        let duration_s =
            faults.need("duration", self.length_s("/duration"), "must be an integer of at least 0");
        let billsec_s = faults.need("billsec", self.length_s("/billsec"), "must be an integer of at least 0");
        let call_id = faults.need("call_id", self.line("/call_id"), "is required");
        let (Some(at), Some(from), Some(to), Some(disposition)) = (at, from, to, disposition) else {
            return Err(faults);
        };
        let (Some(duration_s), Some(billsec_s), Some(call_id)) = (duration_s, billsec_s, call_id) else {
            return Err(faults);
        };
        let cost = |path| self.get(path).and_then(ten_thousandths);
        Ok(DetailRecord {
            at,
            token: self.token("/session/token"),
            session: self.id("/session/id"),
            call_id,
            from,
            to,
            disposition,
            duration_s,
            billsec_s,
            direction: self.line("/session/direction").and_then(|word| SessionDirection::parse(&word)),
            status: self.line("/session/status"),
            call_started_at: self.at("/session/callStartTime"),
            call_answered_at: self.at("/session/callAnswerTime"),
            call_ended_at: self.at("/session/callEndTime"),
            domain: self.domains().first().map(|name| (*name).to_owned()).and_then(|name| line(&name.into())),
            subscriber: self.line("/subscriber"),
            trunk: self.id("/cx_trunk_id"),
            application: self.line("/application"),
            route: self.line("/route"),
            rated_cost: cost("/rated_cost"),
            approx_cost: cost("/approx_cost"),
            sell_cost: cost("/sell_cost"),
            vapp_server: self.line("/vapp_server"),
            recording_url: self.recording_url(),
            raw: harmless(&self.body),
        })
    }

    /// Reads one word on the state of a call: the call's name, and the word.
    pub fn call_status(&self) -> Result<(String, String), Faults> {
        let mut faults = Faults::default();
        let named = self.token("/call_id").or_else(|| self.token("/CallSid"));
        let told = self.line("/status").or_else(|| self.line("/CallStatus"));
        let call_id = faults.need("call_id", named, "is required");
        let status = faults.need("status", told, "is required");
        call_id.zip(status).ok_or(faults)
    }

    fn get(&self, path: &str) -> Option<&Json> {
        self.body.pointer(path)
    }

    fn line(&self, path: &str) -> Option<String> {
        self.get(path).and_then(line)
    }

    /// Like a line, which may be empty where the party is withheld.
    fn party(&self, path: &str) -> Option<String> {
        match self.get(path)? {
            Json::Null => None,
            value => Some(line(value).unwrap_or_default()),
        }
    }

    /// The engine's name for a call, as the conversation has it.
    fn token(&self, path: &str) -> Option<String> {
        self.line(path).filter(|token| token.len() <= CALL_ID_LEN_MAX)
    }

    /// The engine leaves an instant at zero that did not come.
    fn at(&self, path: &str) -> Option<Timestamp> {
        self.get(path).and_then(instant)
    }

    fn id(&self, path: &str) -> Option<i64> {
        self.get(path).and_then(number).filter(|id| *id >= 0)
    }

    fn length_s(&self, path: &str) -> Option<i64> {
        self.id(path).filter(|length| *length <= LENGTH_S_MAX)
    }

    fn call_ids(&self) -> Vec<String> {
        let told = self.get("/callIds").and_then(Json::as_array);
        told.into_iter().flatten().filter_map(line).take(CALL_IDS_MAX).collect()
    }

    fn recording_url(&self) -> Option<String> {
        let paths = ["/recording_url", "/recordingUrl", "/session/recordingUrl"];
        let mut told = paths.iter().filter_map(|path| self.get(path)?.as_str().map(str::trim));
        told.find(|url| is_fetchable(url)).map(str::to_owned)
    }

    /// The name of an update; what has none is known by all that it says.
    fn event(&self) -> String {
        let told = self.line("/eventId");
        match told {
            Some(event) if event.chars().count() <= EVENT_LEN_MAX => event,
            Some(event) => hex(&digest(&[event.as_bytes()])),
            None => hex(&digest(&[self.body.to_string().as_bytes()])),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
