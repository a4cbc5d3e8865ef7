//! Actions: what an engine is told to do. Commands, in order; the last one decides what comes back.

use crate::assistant::Reach;
use crate::destination::{AssistantId, ConferenceId, ExtensionId, VoicemailId};
use crate::listening::MessageId;
use crate::prompt::Prompt;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Speak one of the product's own sentences to the caller.
    Say(Cow<'static, str>),
    /// Play something of the company's to the caller.
    Play(Prompt),
    /// Ask for keys, and report them as [`crate::Event::KeysPressed`], or as [`crate::Event::PinEntered`] where `secret`.
    Gather(Gather),
    /// Ring these, and report how it ended as [`crate::Event::DialEnded`].
    Dial(Dial),
    /// Join the caller to a conference room, and report that it is over as [`crate::Event::DialEnded`].
    Join(Join),
    /// Record the caller, and report what came of it as [`crate::Event::Recorded`].
    Record(Record),
    /// Change a record on behalf of somebody. The engine hears nothing of it; it is done once for each step.
    Change(Change),
    /// The end of a call that was never taken; the engine tells the caller's side why.
    Reject(Rejection),
    /// The end of the call.
    Hangup,
}

/// Why a call is not taken, as signalling has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    Busy,
    Rejected,
}

/// A change that somebody made by their phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    DoNotDisturb {
        extension: ExtensionId,
        on: bool,
    },
    /// `to` is an extension's number or a number in E.164; none takes the forward back.
    Forward {
        extension: ExtensionId,
        when: ForwardWhen,
        to: Option<Arc<str>>,
    },
    Message {
        message: MessageId,
        fate: Fate,
    },
}

/// Which calls a phone forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardWhen {
    Always,
    Busy,
    NoAnswer,
}

/// What becomes of a voicemail message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Heard,
    Deleted,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dial {
    /// All rung at once; the first to answer has the call. Never empty, never the same phone twice.
    pub targets: SmallVec<[Target; 4]>,
    pub timeout_s: u16,
    /// The trunk to leave by, as the engine knows it; none leaves that to the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trunk: Option<Arc<str>>,
    /// The number shown to whoever is rung; none leaves the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_id: Option<Arc<str>>,
    /// How the conversation is recorded; none records nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<DialRecording>,
}

/// A recording of both sides of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DialRecording {
    /// None keeps it as long as the tenant keeps recordings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The devices registered under an extension's number.
    Extension { id: ExtensionId, number: Arc<str> },
    /// A number of the public network, as it is to be dialled.
    Outside { number: Arc<str> },
    /// A SIP address, `sip:` or `sips:` before it.
    Sip { address: Arc<str> },
    /// An AI assistant.
    Assistant { id: AssistantId, reach: Reach },
}

/// A question to be answered by keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gather {
    /// Played in order; a key cuts them short.
    pub prompts: SmallVec<[Prompt; 2]>,
    /// How long each key is waited for, once the prompts have ended.
    pub timeout_s: u16,
    /// How long the whole answer is waited for.
    pub timeout_max_s: u16,
    /// The longest answer that means anything: the engine answers at once when it is reached.
    pub digits_max: u8,
    /// The answer is a PIN: it is written down nowhere.
    #[serde(default)]
    pub secret: bool,
}

/// A seat in a conference room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    pub room: ConferenceId,
    pub participants_max: u16,
    /// Whether the conference starts with this caller; the others wait until somebody's does.
    pub starts: bool,
    pub muted: bool,
    /// Whether arrivals and departures are announced.
    pub announced: bool,
    /// Whether those who wait hear music.
    pub music: bool,
    pub recorded: bool,
}

/// A recording of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub mailbox: VoicemailId,
    pub length_max_s: u16,
    pub beep: bool,
}

impl Target {
    /// What is rung, as a person would name it: a number, an address, a provider's name.
    pub fn number(&self) -> &Arc<str> {
        match self {
            Self::Extension { number, .. } | Self::Outside { number } => number,
            Self::Sip { address } => address,
            Self::Assistant { reach, .. } => reach.address(),
        }
    }
}

impl ForwardWhen {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
        }
    }

    /// What a phone hears of it; the number follows.
    pub(crate) fn on(self) -> &'static str {
        match self {
            Self::Always => "All calls are forwarded to",
            Self::Busy => "Calls when busy are forwarded to",
            Self::NoAnswer => "Calls that are not answered are forwarded to",
        }
    }

    pub(crate) fn off(self) -> &'static str {
        match self {
            Self::Always => "Calls are not forwarded any more.",
            Self::Busy => "Calls when busy are not forwarded any more.",
            Self::NoAnswer => "Calls that are not answered are not forwarded any more.",
        }
    }
}
