//! Facts: what a decision may know besides plan, call and event. Recorded with the call, so that a replay is exact.

use crate::destination::{ExtensionId, RingGroupId, VoicemailId};
use crate::listening::MessageId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything [`crate::step`] is told of the world at this instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub now: Timestamp,
    /// A number drawn for this step of this call; the same for each repeat of it.
    pub draw: u64,
    /// The rotation tickets claimed for this step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tickets: Vec<(TicketClaim, Ticket)>,
    /// What is known of the phones this call may ring; nothing known means free.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presence: Vec<(ExtensionId, Presence)>,
    /// What was already spent on outside calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage: Vec<(Spender, Usage)>,
    /// How often this caller called lately.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_rate: Option<CallerRate>,
    /// Who last called an extension from outside; none where nobody did, or withheld the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_caller: Option<(ExtensionId, Option<Arc<str>>)>,
    /// What the voicemail boxes hold that the call asks about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mailboxes: Vec<(MailboxQuery, Mailbox)>,
    /// Whether OPBX itself started this call over the engine's API.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub originated: bool,
}

/// What a decision lacked. When there is any, find it out and ask again with it in the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// A turn in a rotation, to be claimed once.
    Ticket(TicketClaim),
    /// What somebody has spent on outside calls, to be read.
    Usage(Spender),
    /// How often the caller called within the company's window, this call among it.
    CallerRate,
    /// Who last called the extension from outside.
    LastCaller(ExtensionId),
    /// A page of a voicemail box.
    Mailbox(MailboxQuery),
}

/// How often a caller called within the company's window, this call among it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerRate {
    Counted(u32),
    /// The counter did not answer: the call is taken, and the trace says so.
    Unavailable,
}

/// The next message of a box: new or saved, after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailboxQuery {
    pub mailbox: VoicemailId,
    pub saved: bool,
    pub after: Option<MessageId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mailbox {
    Page(MailboxPage),
    /// The messages could not be read.
    Unavailable,
}

/// What a box holds, and the message that was asked for; the oldest comes first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxPage {
    pub new: u32,
    pub saved: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Message>,
}

/// A voicemail message, and where it is played from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    /// Where the engine keeps it; empty where OPBX does.
    pub url: Arc<str>,
}

/// Whose outside calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spender {
    Company,
    Extension(ExtensionId),
}

/// Outside calls going on, and minutes spent on them since midnight in the company's time zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// This call not among them.
    pub calls: u32,
    pub minutes_today: u32,
}

/// The turn in a group's rotation that one visit of one call claims, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TicketClaim {
    pub group: RingGroupId,
    /// Which stop on the call's way this is; tells two visits of one group apart.
    pub visit: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ticket {
    Drawn(u64),
    /// The counter did not answer: fairness is best effort, and the trace says so.
    Unavailable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Free,
    Busy,
    DoNotDisturb,
}

impl Facts {
    /// Facts that know the instant and the draw, and nothing else.
    pub fn at(now: Timestamp, draw: u64) -> Self {
        Self {
            now,
            draw,
            tickets: Vec::new(),
            presence: Vec::new(),
            usage: Vec::new(),
            caller_rate: None,
            last_caller: None,
            mailboxes: Vec::new(),
            originated: false,
        }
    }

    pub(crate) fn ticket(&self, claim: TicketClaim) -> Option<Ticket> {
        self.tickets.iter().find(|(claimed, _)| *claimed == claim).map(|(_, ticket)| *ticket)
    }

    /// Adds what a decision wanted to know of a spender.
    pub fn learn_usage(&mut self, spender: Spender, usage: Usage) {
        self.usage.push((spender, usage));
    }

    pub(crate) fn usage_of(&self, spender: Spender) -> Option<Usage> {
        self.usage.iter().find(|(known, _)| *known == spender).map(|(_, usage)| *usage)
    }

    /// Adds what a decision wanted to know of a voicemail box.
    pub fn learn_mailbox(&mut self, query: MailboxQuery, mailbox: Mailbox) {
        self.mailboxes.push((query, mailbox));
    }

    pub(crate) fn mailbox(&self, query: MailboxQuery) -> Option<&Mailbox> {
        self.mailboxes.iter().find(|(known, _)| *known == query).map(|(_, mailbox)| mailbox)
    }

    pub(crate) fn last_caller_of(&self, id: ExtensionId) -> Option<Option<&Arc<str>>> {
        self.last_caller.as_ref().filter(|(known, _)| *known == id).map(|(_, last)| last.as_ref())
    }

    pub(crate) fn presence_of(&self, id: ExtensionId) -> Presence {
        self.presence.iter().find(|(known, _)| *known == id).map_or(Presence::Free, |(_, presence)| *presence)
    }
}
