//! Events: what happened to a call, in the engine's own order. Past tense, wire-free.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the engine tells of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The call came in and waits to be told where to go.
    Arrived,
    /// The dial, or the stay in a conference room, that the last actions asked for is over.
    DialEnded(DialResult),
    /// The caller answered a question with keys; empty when none came in time.
    KeysPressed(Keys),
    /// The caller answered the question for a PIN. The driver compared it: the core never sees one.
    PinEntered(PinEntry),
    /// The recording that the last actions asked for is over.
    Recorded(Recording),
    /// The caller hung up.
    CallerLeft,
}

/// Keys as they were pressed: digits, `*` and `#`, at most [`KEYS_LEN_MAX`] of them; anything else is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Keys(Arc<str>);

/// More keys than any menu or extension can ask for.
pub const KEYS_LEN_MAX: usize = 16;

impl Keys {
    pub fn new(pressed: &str) -> Self {
        let is_key = |key: &char| key.is_ascii_digit() || matches!(key, '*' | '#');
        Self(pressed.chars().filter(is_key).take(KEYS_LEN_MAX).collect::<String>().into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Keys {
    fn from(pressed: String) -> Self {
        Self::new(&pressed)
    }
}

/// What a PIN that was entered opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinEntry {
    /// Nothing was entered.
    Nothing,
    Wrong,
    Participant,
    Host,
}

/// What came of a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recording {
    /// Where the engine keeps it; none when nothing was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_s: Option<u32>,
}

/// Where a call comes from, in the words of Cloudonix and of the original OPBX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From a trunk; also whatever names itself by an unknown word, because that is trusted least.
    Inbound,
    /// From a phone of the domain.
    Subscriber,
    /// From an application of the domain.
    Application,
    /// The original's word for a phone that dials an outside number.
    Outbound,
    /// Started by the REST API.
    OutboundApi,
}

/// How a dial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialResult {
    /// It was answered, and that conversation is over.
    Completed,
    Busy,
    /// The caller gave up while it rang.
    Canceled,
    Failed,
    NoAnswer,
    /// No result, or a word that is none. Nobody is ever rung again after it.
    Unknown,
}

impl Direction {
    /// The stable word for it, as in the trace and on the call's record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Subscriber => "subscriber",
            Self::Application => "application",
            Self::Outbound => "outbound",
            Self::OutboundApi => "outbound-api",
        }
    }
}

impl DialResult {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Canceled => "canceled",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Unknown => "unknown",
        }
    }
}
