//! The call between two events: a small value that travels sealed in a URL or is held by whoever owns the call.

use crate::destination::{
    AssistantId, ConferenceId, ExtensionId, MenuId, OutboundRuleId, Place, RingGroupId, VoicemailId,
};
use crate::event::Direction;
use crate::listening::Listening;
use opbx_kernel::E164;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::sync::Arc;

/// What the core needs to know of a call so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// As the engine gave it: E.164, an extension, a SIP address or nothing.
    pub from: String,
    pub to: String,
    pub direction: Direction,
    /// Every record the call was sent to, in order. Bounded by [`crate::HOPS_MAX`] and one fallback.
    pub trail: SmallVec<[Place; 4]>,
    /// Where in the trail the caller last chose by a key. Places before it may be visited again: the caller wants to.
    pub chosen_at: u8,
    /// Whether the company's fallback was tried. It is tried once.
    pub fell_back: bool,
    /// The number of the company that was reached, where that number says something of recording.
    pub reached: Option<E164>,
    /// Whether the caller was told that the conversation is recorded. They are told once.
    pub announced: bool,
    /// How many events the call has been through.
    pub steps: u32,
    pub stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    New,
    Dialing(Dialing),
    Asking(Asking),
    Recording(VoicemailId),
    Ended(Ending),
}

/// Who is being rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialing {
    Extension(ExtensionId),
    Group(Hunt),
    /// An outside number.
    Outside(Outside),
    /// A SIP address that somebody's calls are forwarded to.
    Sip {
        owner: Option<ExtensionId>,
    },
    /// Not rung but joined.
    Conference(ConferenceId),
    Assistant(AssistantId),
}

/// A number of the public network being rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    pub number: Arc<str>,
    /// None for an emergency number, which needs no rule.
    pub rule: Option<OutboundRuleId>,
    /// Which of the trunks is tried, from 0.
    pub trunk: u8,
    /// On whose account.
    pub account: Account,
}

/// On whose account an outside call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// A person dialled it.
    Dialled(ExtensionId),
    /// Somebody's calls are forwarded to it.
    Forwarded(ExtensionId),
    /// The configuration sends calls to it: a number, a key, a fallback.
    Company,
}

/// What the caller is being asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    Menu {
        menu: MenuId,
        turn: u8,
    },
    Pin {
        room: ConferenceId,
        turn: u8,
    },
    /// Whose voicemail box is meant.
    BoxNumber {
        turn: u8,
    },
    /// The PIN of a voicemail box; of none, where the number that was entered has no box.
    BoxPin {
        mailbox: Option<VoicemailId>,
        turn: u8,
    },
    /// What to do with the messages of a box.
    Mailbox(Listening),
}

/// A ring group at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunt {
    pub group: RingGroupId,
    /// The members in the order of this visit, fixed when the call entered the group.
    pub order: SmallVec<[ExtensionId; 4]>,
    /// Dials made so far.
    pub attempts: u32,
    /// The next place in `order`, counted on over all turns. Unused when all ring at once.
    pub next: u32,
}

/// How a call ended, as a stable code. A call ends exactly once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// A dial was answered, and that conversation is over.
    Completed,
    /// The caller hung up before anybody answered.
    CallerLeft,
    /// Nobody answered, and no fallback was left.
    NoAnswer,
    /// The caller left a message.
    MessageLeft,
    /// The caller reached a voicemail box and left nothing.
    NoMessage,
    /// The caller never chose in a menu that leads nowhere else.
    NoChoice,
    /// What was called does not exist in this tenant.
    NotFound,
    /// What was called exists and takes no calls now.
    Unavailable,
    /// Something on the way points at nothing, or in a circle.
    Misconfigured,
    /// The kind of destination is known and cannot be routed by this version.
    NotBuilt,
    /// The caller may not do this.
    Refused,
    /// The engine did not say how a dial ended.
    ResultUnknown,
    /// The configuration says to hang up.
    HungUp,
    /// The phone system did what the caller asked of it.
    Served,
    /// The caller is one who is turned away.
    Blocked,
    /// An event that does not fit where the call stands.
    Unexpected,
}

impl Ending {
    pub const ALL: [Self; 16] = [
        Self::Completed,
        Self::CallerLeft,
        Self::NoAnswer,
        Self::MessageLeft,
        Self::NoMessage,
        Self::NoChoice,
        Self::NotFound,
        Self::Unavailable,
        Self::Misconfigured,
        Self::NotBuilt,
        Self::Refused,
        Self::ResultUnknown,
        Self::HungUp,
        Self::Served,
        Self::Blocked,
        Self::Unexpected,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::CallerLeft => "caller_left",
            Self::NoAnswer => "no_answer",
            Self::MessageLeft => "message_left",
            Self::NoMessage => "no_message",
            Self::NoChoice => "no_choice",
            Self::NotFound => "not_found",
            Self::Unavailable => "unavailable",
            Self::Misconfigured => "misconfigured",
            Self::NotBuilt => "not_built",
            Self::Refused => "refused",
            Self::ResultUnknown => "result_unknown",
            Self::HungUp => "hung_up",
            Self::Served => "served",
            Self::Blocked => "blocked",
            Self::Unexpected => "unexpected",
        }
    }
}

impl Call {
    pub fn new(direction: Direction, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
            direction,
            trail: SmallVec::new(),
            chosen_at: 0,
            fell_back: false,
            reached: None,
            announced: false,
            steps: 0,
            stage: Stage::New,
        }
    }

    pub fn ending(&self) -> Option<Ending> {
        match self.stage {
            Stage::Ended(ending) => Some(ending),
            Stage::New | Stage::Dialing(_) | Stage::Asking(_) | Stage::Recording(_) => None,
        }
    }
}

impl Account {
    /// Whose permission and limits count beside the company's.
    pub fn extension(self) -> Option<ExtensionId> {
        match self {
            Self::Dialled(id) | Self::Forwarded(id) => Some(id),
            Self::Company => None,
        }
    }
}
