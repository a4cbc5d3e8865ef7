//! Facts: what a decision may know besides plan, call and event. Recorded with the call, so that a replay is exact.

use crate::destination::{ExtensionId, RingGroupId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
        Self { now, draw, tickets: Vec::new(), presence: Vec::new(), usage: Vec::new(), originated: false }
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

    pub(crate) fn presence_of(&self, id: ExtensionId) -> Presence {
        self.presence.iter().find(|(known, _)| *known == id).map_or(Presence::Free, |(_, presence)| *presence)
    }
}
