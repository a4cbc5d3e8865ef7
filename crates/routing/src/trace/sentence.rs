//! Reasons as sentences: in English as they are written down, and in whatever language somebody reads.

mod french;

use super::{
    DestinationName, FeatureRefusal, PlaceName, Reason, RecordingSayer, Refusal, WhyForwarded, WhyNot,
};
use crate::action::Fate;
use crate::call::Ending;
use crate::destination::PlaceKind;
use crate::event::{DialResult, PinEntry};
use crate::hours::{Range, Verdict, Why};
use crate::plan::Strategy;
use french::French;
use opbx_kernel::Language;
use std::fmt;
use std::sync::Arc;

/// What is told to people. Displayed, it is English.
pub trait Tell: fmt::Display + Sized {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// The words for somebody who reads this language.
    fn told_in(&self, language: Language) -> String {
        match language {
            Language::English => self.to_string(),
            Language::French => French(self).to_string(),
        }
    }
}

impl fmt::Display for PlaceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().replace('_', " "))
    }
}

impl fmt::Display for PlaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.kind) {
            (Some(name), PlaceKind::Extension) => write!(f, "extension {name}"),
            // "hours" says it, as a person would.
            (Some(name), PlaceKind::Hours) => write!(f, "hours \"{name}\""),
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

impl fmt::Display for WhyForwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always => "all calls",
            Self::DoNotDisturb | Self::Busy => "calls when busy",
            Self::NoAnswer => "calls that are not answered",
            Self::Unreachable => "calls when no phone can be reached",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = |whose: &Option<Arc<str>>| match whose {
            Some(extension) => format!("extension {extension}"),
            None => "the company".to_owned(),
        };
        match self {
            Self::NotOriginated => f.write_str("OPBX did not start this call"),
            Self::NoExtension { from } if from.is_empty() => f.write_str("the caller is no extension"),
            Self::NoExtension { from } => write!(f, "the caller {from} is no extension"),
            Self::NotPermitted { extension } => write!(f, "extension {extension} may not make outside calls"),
            Self::NotANumber => f.write_str("it is no telephone number"),
            Self::NoRule => f.write_str("no outbound rule allows it"),
            Self::NoTrunk { rule } => write!(f, "no trunk of outbound rule \"{rule}\" is active"),
            Self::CountryNotAllowed { country: Some(country) } => {
                write!(f, "the company allows no calls to {}", country.as_str())
            }
            Self::CountryNotAllowed { country: None } => {
                f.write_str("its country is not known, and the company allows calls to some only")
            }
            Self::TooManyCalls { whose: who, max } => {
                let calls = if *max == 1 { "call" } else { "calls" };
                write!(f, "{} has {max} outside {calls} already, its limit", whose(who))
            }
            Self::TooManyMinutes { whose: who, max } => {
                write!(f, "{} has used up its {max} minutes of outside calls for today", whose(who))
            }
        }
    }
}

impl fmt::Display for RecordingSayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(number) => write!(f, "extension {number}"),
            Self::Number(number) => write!(f, "the number {number}"),
            Self::Trunk(name) => write!(f, "trunk \"{name}\""),
            Self::Company => f.write_str("the company"),
        }
    }
}

impl fmt::Display for FeatureRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchCode => f.write_str("there is no such code"),
            Self::NoExtension => f.write_str("the caller is none of the company's people"),
            Self::NoNumber => f.write_str("it wants a number behind it"),
            Self::NotANumber => f.write_str("what stands behind it is no telephone number"),
            Self::Itself => f.write_str("a phone is not forwarded to itself"),
            Self::Outbound(refusal) => refusal.fmt(f),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.open { "open" } else { "closed" };
        let weekday = self.local.strftime("%A");
        let time = self.local.strftime("%H:%M");
        match &self.why {
            Why::Inactive => write!(f, "{state}: the schedule is inactive"),
            Why::Manual { until: None } => write!(f, "{state}: somebody said so, until it is taken back"),
            Why::Manual { until: Some(until) } => {
                write!(f, "{state}: somebody said so, until {}", until.strftime("%-d %B %H:%M"))
            }
            Why::Exception { name, ranges } => {
                let date = self.local.strftime("%-d %B");
                write!(f, "{state}: {date} is \"{name}\" ({})", special(ranges))
            }
            Why::Weekday { ranges } if ranges.is_empty() => {
                write!(f, "{state}: nothing is open on a {weekday}")
            }
            Why::Weekday { ranges } => {
                let side = if self.open { "within" } else { "outside" };
                write!(f, "{state}: {weekday} {time} is {side} {}", joined(ranges))
            }
            Why::DayBefore { range } => {
                write!(f, "{state}: {weekday} {time} is still within {range} of the day before")
            }
        }
    }
}

fn special(ranges: &[Range]) -> String {
    if ranges.is_empty() { "closed all day".to_owned() } else { format!("special hours {}", joined(ranges)) }
}

fn joined(ranges: &[Range]) -> String {
    ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arrived { .. }
            | Self::NumberDialled { .. }
            | Self::NumberInactive { .. }
            | Self::NumberUnknown { .. }
            | Self::ExtensionDialled { .. }
            | Self::ExtensionUnknown { .. }
            | Self::ExtensionPoints { .. }
            | Self::EmergencyDialled { .. }
            | Self::OutboundAllowed { .. }
            | Self::OutsideRung { .. }
            | Self::OutboundRefused { .. } => self.of_the_way(f),
            Self::ExtensionVoicemail { .. }
            | Self::Forwarded { .. }
            | Self::ForwardUnusable { .. }
            | Self::GroupOrder { .. }
            | Self::RotationUnavailable { .. }
            | Self::NotRung { .. }
            | Self::GroupAttempt { .. }
            | Self::Ringing { .. }
            | Self::DialEnded { .. }
            | Self::NobodyAvailable { .. }
            | Self::NobodyAnswered { .. }
            | Self::GroupFallback { .. } => self.of_ringing(f),
            Self::HoursJudged { .. }
            | Self::MenuPlayed { .. }
            | Self::KeyPressed { .. }
            | Self::DirectlyDialled { .. }
            | Self::NoKey { .. }
            | Self::WrongKey { .. }
            | Self::MenuGivenUp { .. }
            | Self::MenuFailover { .. }
            | Self::PinAsked { .. }
            | Self::PinEntered { .. }
            | Self::RoomJoined { .. }
            | Self::RoomLeft { .. }
            | Self::AssistantCalled { .. }
            | Self::AssistantUnreachable { .. }
            | Self::AssistantFallback { .. }
            | Self::MessageAsked { .. }
            | Self::MessageLeft { .. }
            | Self::NoMessage { .. } => self.of_a_place(f),
            Self::RecordingDecided { .. }
            | Self::RecordingAnnounced
            | Self::CallerBlocked { .. }
            | Self::CallerAnonymous
            | Self::CallerTooOften { .. }
            | Self::CallerRateUnknown => self.of_policy(f),
            Self::FeatureDialled { .. }
            | Self::FeatureRefused { .. }
            | Self::LastCaller { .. }
            | Self::NoMailbox { .. }
            | Self::BoxPinEntered { .. }
            | Self::MailboxOpened { .. }
            | Self::MailboxUnavailable
            | Self::MessagePlayed { .. }
            | Self::MessageHandled { .. } => self.of_a_service(f),
            Self::Goes { to } => write!(f, "→ {to}"),
            Self::CompanyFallback { to } => write!(f, "the company's fallback → {to}"),
            Self::Missing { kind, id } => write!(f, "{} #{id} does not exist any more", kind.word()),
            Self::Inactive { place } => write!(f, "{place} is inactive"),
            Self::NotBuilt { place } => write!(f, "{place} cannot be routed by this version"),
            Self::Loop { place } => write!(f, "{place} was already on this call's way: a loop"),
            Self::NumberLoop { number } => write!(f, "{number} was already on this call's way: a loop"),
            Self::TooDeep { hops } => write!(f, "the call was sent on {hops} times: too deep"),
            Self::HangupConfigured => f.write_str("hang up, as configured"),
            Self::UnexpectedEvent => f.write_str("an event that does not fit where the call stands"),
            Self::AlreadyEnded { ending } => write!(f, "the call had already ended ({ending})"),
            Self::Ended { ending } => write!(f, "the call ends: {ending}"),
        }
    }
}

impl Reason {
    /// Where a call came from, and what it was let through to.
    fn of_the_way(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            Self::OutboundAllowed { number, rule } => {
                write!(f, "outbound rule \"{rule}\" allows a call to {number}")
            }
            Self::OutsideRung { number, trunk, caller_id, .. } => {
                write!(f, "ring {number}")?;
                if let Some(trunk) = trunk {
                    write!(f, " by trunk \"{trunk}\"")?;
                }
                caller_id.as_ref().map_or(Ok(()), |shown| write!(f, ", showing {shown}"))
            }
            Self::OutboundRefused { number, why } => {
                write!(f, "an outside call to {number} is refused: {why}")
            }
            _ => Ok(()),
        }
    }

    /// What the company's rules say of recording and of callers.
    fn of_policy(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RecordingDecided { records: true, by } => write!(f, "recorded, because {by} says always"),
            Self::RecordingDecided { records: false, by } => {
                write!(f, "not recorded, because {by} says never")
            }
            Self::RecordingAnnounced => f.write_str("the caller is told of the recording"),
            Self::CallerBlocked { caller, pattern, why } => {
                write!(f, "{caller} is turned away: {pattern} is blocked")?;
                why.as_ref().map_or(Ok(()), |why| write!(f, " ({why})"))
            }
            Self::CallerAnonymous => f.write_str("a caller without a number is turned away"),
            Self::CallerTooOften { caller, calls, window_s } => {
                write!(f, "{caller} is turned away: {calls} calls within {window_s} s")
            }
            Self::CallerRateUnknown => {
                f.write_str("how often the caller called could not be counted: the call is taken")
            }
            _ => Ok(()),
        }
    }

    /// What a phone asked of the phone system itself.
    fn of_a_service(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FeatureDialled { dialled, feature, extension } => {
                write!(f, "extension {extension} dialled {dialled}: {}", feature.as_str().replace('_', " "))
            }
            Self::FeatureRefused { dialled, why } => write!(f, "{dialled} does nothing: {why}"),
            Self::LastCaller { number: Some(number) } => write!(f, "the last caller was {number}"),
            Self::LastCaller { number: None } => f.write_str("no last caller is known"),
            Self::NoMailbox { number } => write!(f, "extension {number} has no voicemail box"),
            Self::BoxPinEntered { is_right: true } => f.write_str("the PIN opens the box"),
            Self::BoxPinEntered { is_right: false } => f.write_str("the PIN opens no box"),
            Self::MailboxOpened { mailbox, new, saved } => {
                write!(f, "voicemail \"{mailbox}\" holds {new} new and {saved} saved messages")
            }
            Self::MailboxUnavailable => f.write_str("the messages could not be read"),
            Self::MessagePlayed { message } => write!(f, "message #{message} is played"),
            Self::MessageHandled { message, fate: Fate::Heard } => write!(f, "message #{message} is saved"),
            Self::MessageHandled { message, fate: Fate::Deleted } => {
                write!(f, "message #{message} is deleted")
            }
            _ => Ok(()),
        }
    }

    /// Whom a call rang, and what came of it.
    fn of_ringing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExtensionVoicemail { number, to } => write!(f, "voicemail of {number} → {to}"),
            Self::Forwarded { number, why, to } => write!(f, "{number} forwards {why} → {to}"),
            Self::ForwardUnusable { target } => {
                write!(f, "{target} is neither an extension nor a number nor a SIP address")
            }
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
            Self::DialEnded { result } => f.write_str(result_words(*result)),
            Self::NobodyAvailable { group } => write!(f, "nobody in ring group \"{group}\" can be rung"),
            Self::NobodyAnswered { group, attempts } => {
                let times = if *attempts == 1 { "attempt" } else { "attempts" };
                write!(f, "nobody in ring group \"{group}\" answered in {attempts} {times}")
            }
            Self::GroupFallback { group, to } => write!(f, "fallback of ring group \"{group}\" → {to}"),
            _ => Ok(()),
        }
    }

    /// What happened inside hours, menus, rooms, assistants and voicemail boxes.
    fn of_a_place(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HoursJudged { verdict, .. } => write!(f, "{verdict}"),
            Self::MenuPlayed { menu, turn: 1 } => write!(f, "menu \"{menu}\" plays"),
            Self::MenuPlayed { menu, turn } => write!(f, "menu \"{menu}\" plays again, turn {turn}"),
            Self::KeyPressed { menu, keys, to } => write!(f, "key {keys} of menu \"{menu}\" → {to}"),
            Self::DirectlyDialled { menu, number } => {
                write!(f, "extension {number} was dialled in menu \"{menu}\"")
            }
            Self::NoKey { menu } => write!(f, "no key was pressed in menu \"{menu}\""),
            Self::WrongKey { menu, keys } => write!(f, "{keys} means nothing in menu \"{menu}\""),
            Self::MenuGivenUp { menu, turns } => {
                let times = if *turns == 1 { "turn" } else { "turns" };
                write!(f, "menu \"{menu}\" gives up after {turns} {times}")
            }
            Self::MenuFailover { menu, to } => write!(f, "failover of menu \"{menu}\" → {to}"),
            Self::PinAsked { room, turn: 1 } => write!(f, "conference room \"{room}\" asks for its PIN"),
            Self::PinAsked { room, turn } => {
                write!(f, "conference room \"{room}\" asks for its PIN again, turn {turn}")
            }
            Self::PinEntered { entry, .. } => f.write_str(match entry {
                PinEntry::Nothing => "no PIN was entered",
                PinEntry::Wrong => "the PIN is wrong",
                PinEntry::Participant => "the PIN is right",
                PinEntry::Host => "the PIN is the host's",
            }),
            Self::RoomJoined { room, host, waits } => {
                let who = if *host { " as its host" } else { "" };
                let wait = if *waits { ", and waits for the host" } else { "" };
                write!(f, "the caller joins conference room \"{room}\"{who}{wait}")
            }
            Self::RoomLeft { result } => f.write_str(match result {
                DialResult::Busy | DialResult::Failed | DialResult::NoAnswer => "the room took nobody in",
                _ => "the caller left the room",
            }),
            Self::AssistantCalled { assistant } => write!(f, "call AI assistant \"{assistant}\""),
            Self::AssistantUnreachable { assistant } => {
                write!(f, "nothing says how AI assistant \"{assistant}\" is reached")
            }
            Self::AssistantFallback { assistant, to } => {
                write!(f, "fallback of AI assistant \"{assistant}\" → {to}")
            }
            Self::MessageAsked { mailbox, length_max_s } => {
                write!(f, "voicemail \"{mailbox}\" takes a message of at most {length_max_s} s")
            }
            Self::MessageLeft { mailbox, length_s: Some(length_s) } => {
                write!(f, "a message of {length_s} s was left in {mailbox}")
            }
            Self::MessageLeft { mailbox, length_s: None } => write!(f, "a message was left in {mailbox}"),
            Self::NoMessage { mailbox } => write!(f, "no message was left in {mailbox}"),
            _ => Ok(()),
        }
    }
}

fn result_words(result: DialResult) -> &'static str {
    match result {
        DialResult::Completed => "the call was answered, and is over",
        DialResult::Busy => "busy",
        DialResult::Canceled => "the caller hung up",
        DialResult::Failed => "the dial failed",
        DialResult::NoAnswer => "no answer",
        DialResult::Unknown => "the engine did not say how the dial ended",
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
