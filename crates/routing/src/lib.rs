//! The routing core: what happens to a call, decided purely.
//!
//! [`step`] takes a tenant's [`Plan`], the [`Call`] as it stands, the [`Event`] that happened and the
//! [`Facts`] the decision may know, and returns the call as it then stands, the [`Action`]s to obey and
//! the trace of reasons. It never fails, waits, reads a clock or draws a random number.

pub mod action;
pub mod arrival;
pub mod call;
pub mod destination;
pub mod event;
mod extension;
pub mod facts;
pub mod plan;
pub mod ring_group;
pub mod trace;
mod walk;

#[cfg(test)]
mod properties;

pub use action::{Action, Dial, Target};
pub use call::{Call, Dialing, Ending, Hunt, Stage};
pub use destination::{
    AssistantId, ConferenceId, Destination, ExtensionId, HoursId, MenuId, Place, PlaceKind, QueueId,
    RingGroupId, VoicemailId,
};
pub use event::{DialResult, Direction, Event};
pub use facts::{Facts, Presence, Ticket, TicketClaim};
pub use plan::{Company, Extension, ExtensionKind, Number, Plan, PlanParts, RingGroup, Strategy};
pub use trace::Reason;
pub use walk::{HOPS_MAX, Step, step};

/// The version of the rules in this crate. Stored with each routed call, so that a replay knows what decided.
pub const CORE_VERSION: &str = env!("CARGO_PKG_VERSION");
