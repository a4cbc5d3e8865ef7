//! The routing core: what happens to a call, decided purely.
//!
//! [`step`] takes a tenant's [`Plan`], the [`Call`] as it stands, the [`Event`] that happened and the
//! [`Facts`] the decision may know, and returns the call as it then stands, the [`Action`]s to obey and
//! the trace of reasons. It never fails, waits, reads a clock or draws a random number.

pub mod action;
pub mod arrival;
pub mod assistant;
pub mod call;
pub mod conference;
pub mod destination;
pub mod event;
mod extension;
pub mod facts;
pub mod feature;
mod forward;
pub mod hours;
pub mod listening;
pub mod menu;
pub mod outbound;
pub mod plan;
pub mod prompt;
pub mod recording;
pub mod ring_group;
pub mod screening;
pub mod trace;
pub mod voicemail;
mod walk;
pub mod way;
pub mod zone;

#[cfg(test)]
mod properties;

pub use action::{
    Action, Change, Dial, DialRecording, Fate, ForwardWhen, Gather, Join, Record, Rejection, Target,
};
pub use assistant::{Assistant, Reach};
pub use call::{Account, Asking, Call, Dialing, Ending, Hunt, Outside, Stage};
pub use conference::Conference;
pub use destination::{
    AssistantId, ConferenceId, Destination, ExtensionId, HoursId, MenuId, OutboundRuleId, Place, PlaceKind,
    QueueId, RingGroupId, TrunkId, VoicemailId,
};
pub use event::{DialResult, Direction, Event, Keys, PinEntry, Recording};
pub use facts::{
    CallerRate, Facts, Mailbox, MailboxPage, MailboxQuery, Message, Presence, Spender, Ticket, TicketClaim,
    Usage, Wanted,
};
pub use feature::{Feature, FeatureCode};
pub use forward::is_sip;
pub use hours::Hours;
pub use listening::{Listening, MessageId};
pub use menu::{Menu, MenuKey};
pub use outbound::{Limits, OutboundRule, Trunk};
pub use plan::{
    Company, Extension, ExtensionKind, Forwards, Number, Person, Plan, PlanParts, RingGroup, Strategy,
};
pub use prompt::{Prompt, RecordingId};
pub use recording::{RecordingChoice, RecordingPolicy};
pub use screening::{BlockedCaller, Screening, Treatment};
pub use trace::Reason;
pub use voicemail::Voicemail;
pub use walk::{HOPS_MAX, Step, step};
pub use zone::Zone;

/// The version of the rules in this crate. Stored with each routed call, so that a replay knows what decided.
pub const CORE_VERSION: &str = env!("CARGO_PKG_VERSION");
