//! Actions: what an engine is told to do. Commands, in order; the last one decides what comes back.

use crate::destination::ExtensionId;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Speak to the caller.
    Say(Cow<'static, str>),
    /// Ring these, and report how it ended as [`crate::Event::DialEnded`].
    Dial(Dial),
    /// The end of the call.
    Hangup,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dial {
    /// All rung at once; the first to answer has the call. Never empty, never the same phone twice.
    pub targets: SmallVec<[Target; 4]>,
    pub timeout_s: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The devices registered under an extension's number.
    Extension { id: ExtensionId, number: Arc<str> },
    /// A number of the public network, as it is to be dialled.
    Outside { number: Arc<str> },
}

impl Target {
    pub fn number(&self) -> &Arc<str> {
        match self {
            Self::Extension { number, .. } | Self::Outside { number } => number,
        }
    }
}
