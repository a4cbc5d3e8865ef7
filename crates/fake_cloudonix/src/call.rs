//! A call to be played, and what became of it.

use crate::fault::Fault;
use crate::script::Script;
use crate::transcript::Transcript;
use serde::{Deserialize, Serialize};

/// Where a call comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// From a trunk, to a number of the domain's.
    Inbound,
    /// From a phone of the domain's.
    Subscriber,
    /// Begun by the API: the destination is dialled first.
    Api,
}

impl Origin {
    /// `Direction` of a voice request.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Subscriber => "subscriber",
            Self::Api => "outbound-api",
        }
    }
}

/// A call that somebody makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCall {
    pub origin: Origin,
    pub from: String,
    pub to: String,
    /// The account that passed the call on, as SIP's Diversion header names it.
    #[serde(default)]
    pub diverted: Option<String>,
    #[serde(default)]
    pub script: Script,
}

impl NewCall {
    pub fn inbound(from: &str, to: &str) -> Self {
        Self::new(Origin::Inbound, from, to)
    }

    /// A phone of the domain's dials.
    pub fn from_phone(extension: &str, to: &str) -> Self {
        Self::new(Origin::Subscriber, extension, to)
    }

    fn new(origin: Origin, from: &str, to: &str) -> Self {
        let script = Script::default();
        Self { origin, from: from.to_owned(), to: to.to_owned(), diverted: None, script }
    }

    pub fn script(mut self, script: Script) -> Self {
        self.script = script;
        self
    }
}

/// How a call counts in its record. Source: the original's filters, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Disposition {
    #[serde(rename = "ANSWERED")]
    Answered,
    #[serde(rename = "NO ANSWER")]
    NoAnswer,
    #[serde(rename = "BUSY")]
    Busy,
    #[serde(rename = "FAILED")]
    Failed,
    #[serde(rename = "CANCELLED")]
    Cancelled,
    #[serde(rename = "CONGESTION")]
    Congestion,
}

/// Why a call is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Its last page had no more verbs.
    Finished,
    HungUp,
    CallerLeft,
    /// By the API.
    Ended,
    /// By a time limit of the session's.
    TimeIsUp,
    /// With the SIP code that `Reject` asked for.
    Rejected(u16),
    /// Of a call that the API began: nobody answered it.
    NotReached(Disposition),
    Faulty,
}

/// A call that was played to its end.
#[derive(Debug, Clone)]
pub struct Played {
    pub call_id: String,
    pub token: String,
    pub end: End,
    pub disposition: Disposition,
    pub duration_s: u32,
    pub billsec_s: u32,
    /// Numbers that no active subscriber has and that went out through the border nobody had named.
    pub leaks: Vec<String>,
    /// Addresses of what was recorded.
    pub recordings: Vec<String>,
    pub faults: Vec<Fault>,
    pub transcript: Transcript,
    /// How many session updates were told, repeats not counted.
    pub updates: u32,
}
