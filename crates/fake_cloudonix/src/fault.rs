//! What an application did that Cloudonix would not take. A test asserts that there is none of it.

use std::fmt;

/// One thing wrong, with what it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("<{0}> is no verb or noun of CXML")]
    UnknownVerb(String),
    #[error("<{verb}> has no attribute {attribute:?}")]
    UnknownAttribute { verb: String, attribute: String },
    #[error("<{verb} {attribute}={value:?}>: expected {expected}")]
    BadValue { verb: String, attribute: String, value: String, expected: String },
    #[error("<{verb}> must not stand in <{parent}>")]
    Misplaced { verb: String, parent: String },
    #[error("the answer is not CXML: {0}")]
    NotCxml(String),
    #[error("the application answered {status} at {url}")]
    Refused { url: String, status: u16 },
    #[error("the application was not reached at {url}: {why}")]
    Unreachable { url: String, why: String },
    #[error("{url:?} is no address")]
    NoAddress { url: String },
    #[error("{url} is nothing to play: {why}")]
    NotAudio { url: String, why: String },
    #[error("a call of more than {0} stages")]
    TooManyStages(u32),
    #[error("a call longer than {0} s")]
    TooLong(u32),
    #[error("no application takes a call to {0}")]
    NoApplication(String),
    #[error("the {kind} webhook was not taken: {why}")]
    Webhook { kind: &'static str, why: String },
}

/// A fault of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFault {
    pub call_id: String,
    pub fault: Fault,
}

impl fmt::Display for CallFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}: {}", self.call_id, self.fault)
    }
}
