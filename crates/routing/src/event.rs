//! Events: what happened to a call, in the engine's own order. Past tense, wire-free.

use serde::{Deserialize, Serialize};

/// What the engine tells of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The call came in and waits to be told where to go.
    Arrived,
    /// The dial that the last actions asked for is over.
    DialEnded(DialResult),
    /// The caller hung up.
    CallerLeft,
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
