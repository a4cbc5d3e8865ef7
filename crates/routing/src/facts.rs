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
        Self { now, draw, tickets: Vec::new(), presence: Vec::new() }
    }

    pub(crate) fn ticket(&self, claim: TicketClaim) -> Option<Ticket> {
        self.tickets.iter().find(|(claimed, _)| *claimed == claim).map(|(_, ticket)| *ticket)
    }

    pub(crate) fn presence_of(&self, id: ExtensionId) -> Presence {
        self.presence.iter().find(|(known, _)| *known == id).map_or(Presence::Free, |(_, presence)| *presence)
    }
}
