//! The trace: why a call went where it did, as stable codes with their facts, and each as a sentence.

use crate::call::Ending;
use crate::destination::PlaceKind;
use crate::event::{DialResult, Direction};
use crate::plan::Strategy;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::fmt;
use std::sync::Arc;

/// A record on the call's way, by the name people gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceName {
    pub kind: PlaceKind,
    pub id: i64,
    /// Empty where this version knows no names for the kind, or the record is gone.
    pub name: Option<Arc<str>>,
}

/// A destination as a sentence names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationName {
    Place(PlaceName),
    Forward(Arc<str>),
    Hangup,
}

/// Why a phone was not rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    Inactive,
    Busy,
    DoNotDisturb,
    /// The extension stands for something that is not a person's devices.
    NotAPerson,
    NamedTwice,
}

/// One reason. The code is stable: stored traces, the API and translations are keyed by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    Arrived { direction: Direction, from: Arc<str>, to: Arc<str> },
    NumberDialled { number: Arc<str>, name: Arc<str>, to: DestinationName },
    NumberInactive { number: Arc<str>, name: Arc<str> },
    NumberUnknown { number: Arc<str> },
    ExtensionDialled { number: Arc<str>, name: Arc<str> },
    ExtensionUnknown { number: Arc<str> },
    ExtensionPoints { number: Arc<str>, to: DestinationName },
    EmergencyDialled { number: Arc<str> },
    OutboundRefused { number: Arc<str> },
    GroupOrder { group: Arc<str>, strategy: Strategy, members: SmallVec<[Arc<str>; 4]>, ticket: Option<u64> },
    RotationUnavailable { group: Arc<str> },
    NotRung { number: Arc<str>, why: WhyNot },
    GroupAttempt { group: Arc<str>, attempt: u32 },
    Ringing { numbers: SmallVec<[Arc<str>; 4]>, timeout_s: u16 },
    DialEnded { result: DialResult },
    NobodyAvailable { group: Arc<str> },
    NobodyAnswered { group: Arc<str>, attempts: u32 },
    GroupFallback { group: Arc<str>, to: DestinationName },
    CompanyFallback { to: DestinationName },
    Missing { kind: PlaceKind, id: i64 },
    Inactive { place: PlaceName },
    NotBuilt { place: PlaceName },
    ForwardNotBuilt { target: Arc<str> },
    Loop { place: PlaceName },
    TooDeep { hops: usize },
    HangupConfigured,
    UnexpectedEvent,
    AlreadyEnded { ending: Ending },
    Ended { ending: Ending },
}

impl fmt::Display for PlaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.kind) {
            (Some(name), PlaceKind::Extension) => write!(f, "extension {name}"),
            (Some(name), kind) => write!(f, "{} \"{name}\"", kind.word()),
            (None, kind) => write!(f, "{} #{}", kind.word(), self.id),
        }
    }
}

impl fmt::Display for DestinationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(place) => place.fmt(f),
            Self::Forward(target) => write!(f, "forward to {target}"),
            Self::Hangup => f.write_str("hang up"),
        }
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inactive => "is inactive",
            Self::Busy => "is busy",
            Self::DoNotDisturb => "has do-not-disturb on",
            Self::NotAPerson => "is no person's phone",
            Self::NamedTwice => "is named twice and rings once",
        })
    }
}

/// The sentence in English.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arrived { direction, from, to } => {
                let from: &str = if from.is_empty() { "an unknown caller" } else { from };
                write!(f, "{} call from {from} to {to}", direction.as_str())
            }
            Self::NumberDialled { number, name, to } if name.is_empty() => {
                write!(f, "number {number} → {to}")
            }
            Self::NumberDialled { number, name, to } => write!(f, "number {number} \"{name}\" → {to}"),
            Self::NumberInactive { number, .. } => write!(f, "number {number} is inactive"),
            Self::NumberUnknown { number } => write!(f, "{number} is none of the company's numbers"),
            Self::ExtensionDialled { number, name } if name.is_empty() => write!(f, "extension {number}"),
            Self::ExtensionDialled { number, name } => write!(f, "extension {number} \"{name}\""),
            Self::ExtensionUnknown { number } => write!(f, "there is no extension {number}"),
            Self::ExtensionPoints { number, to } => write!(f, "extension {number} → {to}"),
            Self::EmergencyDialled { number } => {
                write!(f, "{number} is an emergency number: it goes out at once")
            }
            Self::OutboundRefused { number } => write!(f, "no outbound rule allows a call to {number}"),
            Self::GroupOrder { group, strategy, members, ticket } => {
                order(f, group, *strategy, members, *ticket)
            }
            Self::RotationUnavailable { group } => {
                write!(f, "the rotation counter of \"{group}\" did not answer: fairness is best effort")
            }
            Self::NotRung { number, why } => write!(f, "{number} {why}"),
            Self::GroupAttempt { group, attempt } => write!(f, "attempt {attempt} of ring group \"{group}\""),
            Self::Ringing { numbers, timeout_s } => {
                write!(f, "ring {} for {timeout_s} s", numbers.join(", "))
            }
            Self::DialEnded { result } => f.write_str(match result {
                DialResult::Completed => "the call was answered, and is over",
                DialResult::Busy => "busy",
                DialResult::Canceled => "the caller hung up",
                DialResult::Failed => "the dial failed",
                DialResult::NoAnswer => "no answer",
                DialResult::Unknown => "the engine did not say how the dial ended",
            }),
            Self::NobodyAvailable { group } => write!(f, "nobody in ring group \"{group}\" can be rung"),
            Self::NobodyAnswered { group, attempts } => {
                let times = if *attempts == 1 { "attempt" } else { "attempts" };
                write!(f, "nobody in ring group \"{group}\" answered in {attempts} {times}")
            }
            Self::GroupFallback { group, to } => write!(f, "fallback of ring group \"{group}\" → {to}"),
            Self::CompanyFallback { to } => write!(f, "the company's fallback → {to}"),
            Self::Missing { kind, id } => write!(f, "{} #{id} does not exist any more", kind.word()),
            Self::Inactive { place } => write!(f, "{place} is inactive"),
            Self::NotBuilt { place } => write!(f, "{place} cannot be routed by this version"),
            Self::ForwardNotBuilt { target } => {
                write!(f, "a forward to {target} cannot be routed by this version")
            }
            Self::Loop { place } => write!(f, "{place} was already on this call's way: a loop"),
            Self::TooDeep { hops } => write!(f, "the call was sent on {hops} times: too deep"),
            Self::HangupConfigured => f.write_str("hang up, as configured"),
            Self::UnexpectedEvent => f.write_str("an event that does not fit where the call stands"),
            Self::AlreadyEnded { ending } => write!(f, "the call had already ended ({})", ending.as_str()),
            Self::Ended { ending } => write!(f, "the call ends: {}", ending.as_str().replace('_', " ")),
        }
    }
}

fn order(
    f: &mut fmt::Formatter<'_>,
    group: &str,
    strategy: Strategy,
    members: &[Arc<str>],
    ticket: Option<u64>,
) -> fmt::Result {
    let members = members.join(", ");
    match (strategy, ticket) {
        (Strategy::Simultaneous, _) => write!(f, "ring group \"{group}\" rings all at once: {members}"),
        (Strategy::Sequential, _) => write!(f, "ring group \"{group}\" rings one after the other: {members}"),
        (Strategy::RoundRobin, Some(turn)) => {
            write!(f, "ring group \"{group}\" rings in turn, turn {turn}: {members}")
        }
        (Strategy::RoundRobin, None) => write!(f, "ring group \"{group}\" rings in turn: {members}"),
        (Strategy::Random, _) => write!(f, "ring group \"{group}\" rings in random order: {members}"),
    }
}
