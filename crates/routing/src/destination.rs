//! Destinations: anything a call can be sent to. One enum, so that what is reachable one way is reachable every way.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

opbx_kernel::id_types! {
    /// An internal number and what it stands for.
    ExtensionId,
    RingGroupId,
    MenuId,
    HoursId,
    ConferenceId,
    AssistantId,
    VoicemailId,
    QueueId,
    TrunkId,
    OutboundRuleId,
}

/// Where a number, a menu key, opening hours or a fallback points.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    Extension(ExtensionId),
    RingGroup(RingGroupId),
    Menu(MenuId),
    Hours(HoursId),
    Conference(ConferenceId),
    Assistant(AssistantId),
    Voicemail(VoicemailId),
    Queue(QueueId),
    /// An outside number or a SIP address, as written.
    Forward(Arc<str>),
    Hangup,
}

/// A destination that is a record: what the loop guard remembers of a call's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    pub kind: PlaceKind,
    pub id: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    Extension,
    RingGroup,
    Menu,
    Hours,
    Conference,
    Assistant,
    Voicemail,
    Queue,
}

impl PlaceKind {
    /// The word for it in a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Extension => "extension",
            Self::RingGroup => "ring group",
            Self::Menu => "menu",
            Self::Hours => "business hours",
            Self::Conference => "conference room",
            Self::Assistant => "AI assistant",
            Self::Voicemail => "voicemail",
            Self::Queue => "queue",
        }
    }
}

impl Destination {
    /// The record meant; none for a hang-up and for what lies outside.
    pub fn place(&self) -> Option<Place> {
        let (kind, id) = match self {
            Self::Extension(id) => (PlaceKind::Extension, id.get()),
            Self::RingGroup(id) => (PlaceKind::RingGroup, id.get()),
            Self::Menu(id) => (PlaceKind::Menu, id.get()),
            Self::Hours(id) => (PlaceKind::Hours, id.get()),
            Self::Conference(id) => (PlaceKind::Conference, id.get()),
            Self::Assistant(id) => (PlaceKind::Assistant, id.get()),
            Self::Voicemail(id) => (PlaceKind::Voicemail, id.get()),
            Self::Queue(id) => (PlaceKind::Queue, id.get()),
            Self::Forward(_) | Self::Hangup => return None,
        };
        Some(Place { kind, id })
    }
}
