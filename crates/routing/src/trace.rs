//! The trace: why a call went where it did, as stable codes with their facts.

mod sentence;

pub use sentence::Tell;

use crate::action::Fate;
use crate::call::{Account, Ending};
use crate::destination::PlaceKind;
use crate::event::{DialResult, Direction, PinEntry};
use crate::feature::Feature;
use crate::hours::Verdict;
use crate::listening::MessageId;
use crate::plan::Strategy;
use opbx_kernel::Country;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
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

/// Why a person's call went elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyForwarded {
    Always,
    DoNotDisturb,
    Busy,
    NoAnswer,
    Unreachable,
}

/// Which rule refused an outside call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It says that OPBX started it, and OPBX did not.
    NotOriginated,
    /// The caller is none of the company's extensions.
    NoExtension {
        from: Arc<str>,
    },
    /// The extension is inactive, is no person's, or may not make outside calls.
    NotPermitted {
        extension: Arc<str>,
    },
    NotANumber,
    NoRule,
    NoTrunk {
        rule: Arc<str>,
    },
    CountryNotAllowed {
        country: Option<Country>,
    },
    /// `whose` is an extension; none is the company.
    TooManyCalls {
        whose: Option<Arc<str>>,
        max: u32,
    },
    TooManyMinutes {
        whose: Option<Arc<str>>,
        max: u32,
    },
}

/// Who decided about recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingSayer {
    Extension(Arc<str>),
    Number(Arc<str>),
    Trunk(Arc<str>),
    Company,
}

/// Why a code did nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureRefusal {
    NoSuchCode,
    /// Whoever dialled it is none of the company's people.
    NoExtension,
    /// The code wants a number behind it.
    NoNumber,
    NotANumber,
    /// A phone cannot be forwarded to itself.
    Itself,
    Outbound(Refusal),
}

/// One reason. The code is stable: stored traces, the API and translations are keyed by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    Arrived {
        direction: Direction,
        from: Arc<str>,
        to: Arc<str>,
    },
    NumberDialled {
        number: Arc<str>,
        name: Arc<str>,
        to: DestinationName,
    },
    NumberInactive {
        number: Arc<str>,
        name: Arc<str>,
    },
    NumberUnknown {
        number: Arc<str>,
    },
    ExtensionDialled {
        number: Arc<str>,
        name: Arc<str>,
    },
    ExtensionUnknown {
        number: Arc<str>,
    },
    ExtensionPoints {
        number: Arc<str>,
        to: DestinationName,
    },
    ExtensionVoicemail {
        number: Arc<str>,
        to: DestinationName,
    },
    Forwarded {
        number: Arc<str>,
        why: WhyForwarded,
        to: DestinationName,
    },
    ForwardUnusable {
        target: Arc<str>,
    },
    EmergencyDialled {
        number: Arc<str>,
    },
    OutboundAllowed {
        number: Arc<str>,
        rule: Arc<str>,
    },
    OutsideRung {
        number: Arc<str>,
        trunk: Option<Arc<str>>,
        caller_id: Option<Arc<str>>,
        account: Account,
    },
    OutboundRefused {
        number: Arc<str>,
        why: Refusal,
    },
    GroupOrder {
        group: Arc<str>,
        strategy: Strategy,
        members: SmallVec<[Arc<str>; 4]>,
        ticket: Option<u64>,
    },
    RotationUnavailable {
        group: Arc<str>,
    },
    NotRung {
        number: Arc<str>,
        why: WhyNot,
    },
    GroupAttempt {
        group: Arc<str>,
        attempt: u32,
    },
    Ringing {
        numbers: SmallVec<[Arc<str>; 4]>,
        timeout_s: u16,
    },
    DialEnded {
        result: DialResult,
    },
    NobodyAvailable {
        group: Arc<str>,
    },
    NobodyAnswered {
        group: Arc<str>,
        attempts: u32,
    },
    GroupFallback {
        group: Arc<str>,
        to: DestinationName,
    },
    HoursJudged {
        hours: Arc<str>,
        verdict: Verdict,
    },
    MenuPlayed {
        menu: Arc<str>,
        turn: u8,
    },
    KeyPressed {
        menu: Arc<str>,
        keys: Arc<str>,
        to: DestinationName,
    },
    DirectlyDialled {
        menu: Arc<str>,
        number: Arc<str>,
    },
    NoKey {
        menu: Arc<str>,
    },
    WrongKey {
        menu: Arc<str>,
        keys: Arc<str>,
    },
    MenuGivenUp {
        menu: Arc<str>,
        turns: u8,
    },
    MenuFailover {
        menu: Arc<str>,
        to: DestinationName,
    },
    PinAsked {
        room: Arc<str>,
        turn: u8,
    },
    PinEntered {
        room: Arc<str>,
        entry: PinEntry,
    },
    RoomJoined {
        room: Arc<str>,
        host: bool,
        waits: bool,
    },
    RoomLeft {
        result: DialResult,
    },
    AssistantCalled {
        assistant: Arc<str>,
    },
    AssistantUnreachable {
        assistant: Arc<str>,
    },
    AssistantFallback {
        assistant: Arc<str>,
        to: DestinationName,
    },
    MessageAsked {
        mailbox: Arc<str>,
        length_max_s: u16,
    },
    MessageLeft {
        mailbox: PlaceName,
        length_s: Option<u32>,
    },
    NoMessage {
        mailbox: PlaceName,
    },
    RecordingDecided {
        records: bool,
        by: RecordingSayer,
    },
    RecordingAnnounced,
    CallerBlocked {
        caller: Arc<str>,
        pattern: Arc<str>,
        why: Option<Arc<str>>,
    },
    CallerAnonymous,
    CallerTooOften {
        caller: Arc<str>,
        calls: u32,
        window_s: u32,
    },
    CallerRateUnknown,
    FeatureDialled {
        dialled: Arc<str>,
        feature: Feature,
        extension: Arc<str>,
    },
    FeatureRefused {
        dialled: Arc<str>,
        why: FeatureRefusal,
    },
    LastCaller {
        number: Option<Arc<str>>,
    },
    NoMailbox {
        number: Arc<str>,
    },
    BoxPinEntered {
        is_right: bool,
    },
    MailboxOpened {
        mailbox: Arc<str>,
        new: u32,
        saved: u32,
    },
    MailboxUnavailable,
    MessagePlayed {
        message: MessageId,
    },
    MessageHandled {
        message: MessageId,
        fate: Fate,
    },
    /// Where what was just judged leads.
    Goes {
        to: DestinationName,
    },
    CompanyFallback {
        to: DestinationName,
    },
    Missing {
        kind: PlaceKind,
        id: i64,
    },
    Inactive {
        place: PlaceName,
    },
    NotBuilt {
        place: PlaceName,
    },
    Loop {
        place: PlaceName,
    },
    NumberLoop {
        number: Arc<str>,
    },
    TooDeep {
        hops: usize,
    },
    HangupConfigured,
    UnexpectedEvent,
    AlreadyEnded {
        ending: Ending,
    },
    Ended {
        ending: Ending,
    },
}
