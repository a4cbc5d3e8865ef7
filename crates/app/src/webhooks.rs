//! Webhooks: addresses outside that are told of what happens in a tenant, signed, in order, until they have heard it.
//!
//! A reader of the outbox writes one delivery for each event and webhook, in the transaction that moves it on; a job for
//! each webhook sends them. A delivery may come twice, never without its event's id.

mod deeds;
mod deliver;
mod news;
mod sending;
mod signature;

pub use deeds::{NewWebhook, Shown, WebhookError, check_address, create, delete, ping, replay, rotate};
pub use deliver::Deliver;
pub use news::{CONSUMER, NewsError, Reader};
pub use sending::{Settled, Terms};
pub use signature::{HEADER as SIGNATURE_HEADER, sign};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use opbx_kernel::RecordId;
use opbx_store::NewJob;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value as Json, json};

/// Webhooks of one tenant, stopped ones too.
pub const WEBHOOKS_MAX: usize = 20;
/// Names in a list of events or models.
pub const NAMES_MAX: usize = 100;
/// Headers that one webhook adds.
pub const HEADERS_MAX: usize = 10;
/// Everything that a webhook may be told of.
pub const EVENTS: &[&str] = &[
    "call.started",
    "call.ringing",
    "call.answered",
    "call.ended",
    "recording.ready",
    "voicemail.left",
    RECORD_CHANGED,
];
pub const RECORD_CHANGED: &str = "record.changed";
/// What a ping sends, whatever a webhook chose.
pub const TEST: &str = "test";

const MODEL: &str = "ir.webhook";
const DELIVERY_MODEL: &str = "ir.webhook.delivery";
const SECRET_PREFIX: &str = "whsec_";
/// Headers that are OPBX's own to say, or the connection's.
const RESERVED_HEADERS: [&str; 9] = [
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "user-agent",
    "te",
    "upgrade",
    "trailer",
];

/// Why a webhook is not one. The sentence follows the field's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("must be a list of at most {NAMES_MAX} names")]
    NotAList,
    #[error("must name at least one event")]
    NoEvents,
    #[error("holds {0:?}, which is no event; known are {known}", known = EVENTS.join(", "))]
    NoSuchEvent(String),
    #[error("must name the models that `record.changed` is to tell of")]
    NoModels,
    #[error("holds {0:?}, which is no model whose changes are told, or not one that you may read")]
    NoSuchModel(String),
    #[error("must be a table of at most {HEADERS_MAX} headers, each a text, and none that OPBX sends itself")]
    NotHeaders,
    #[error("would be one of more than {WEBHOOKS_MAX} webhooks")]
    TooMany,
}

impl Unfit {
    /// The stable name by which texts for people are looked up.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotAList => "not_a_list",
            Self::NoEvents => "no_events",
            Self::NoSuchEvent(_) => "no_such_event",
            Self::NoModels => "no_models",
            Self::NoSuchModel(_) => "no_such_model",
            Self::NotHeaders => "not_headers",
            Self::TooMany => "too_many_webhooks",
        }
    }
}

/// Writes a secret as receivers keep it.
pub(crate) fn new_secret(bytes: [u8; 32]) -> String {
    format!("{SECRET_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads the headers that a webhook adds: JSON, a table of texts.
pub(crate) fn read_headers(json: &[u8]) -> Result<Vec<(HeaderName, HeaderValue)>, Unfit> {
    if json.is_empty() {
        return Ok(Vec::new());
    }
    let table: Map<String, Json> = serde_json::from_slice(json).map_err(|_| Unfit::NotHeaders)?;
    if table.len() > HEADERS_MAX {
        return Err(Unfit::NotHeaders);
    }
    let header = |(name, value): (&String, &Json)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        if RESERVED_HEADERS.contains(&name.as_str()) || name.as_str().starts_with("opbx-") {
            return None;
        }
        let mut value = HeaderValue::from_str(value.as_str()?).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    };
    table.iter().map(|entry| header(entry).ok_or(Unfit::NotHeaders)).collect()
}

/// The job that sends what waits for a webhook. One for each, so that a slow receiver takes the place of none but itself.
fn job(webhook: RecordId) -> NewJob {
    NewJob::of(deliver::KIND)
        .with(json!({ "webhook": webhook.get() }))
        .keyed(format!("webhook:{webhook}"))
        .attempts(JOB_ATTEMPTS_MAX)
}

/// Tries of the job itself, which fails with the database only: what receivers do is noted with each delivery.
const JOB_ATTEMPTS_MAX: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_texts_and_none_of_our_own() {
        let read = |json: &str| read_headers(json.as_bytes()).map(|headers| headers.len());
        assert_eq!(read(r#"{"Authorization": "Bearer x", "X-Team": "sales"}"#), Ok(2));
        assert_eq!(read(""), Ok(0));
        for bad in [
            "[]",
            "text",
            r#"{"X-Team": 5}"#,
            r#"{"Host": "example.com"}"#,
            r#"{"OPBX-Signature": "t=1"}"#,
            r#"{"content-length": "5"}"#,
            r#"{"X-Split": "a\r\nX-Other: b"}"#,
            r#"{"no name": "a"}"#,
        ] {
            assert_eq!(read(bad), Err(Unfit::NotHeaders), "{bad}");
        }
    }
}
