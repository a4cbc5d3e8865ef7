//! AI assistants: how one is reached, and what follows when it is not.

use crate::action::Target;
use crate::call::{Dialing, Ending};
use crate::destination::{AssistantId, Destination, Place, PlaceKind};
use crate::trace::Reason;
use crate::walk::{Walk, say};
use serde::{Deserialize, Serialize};
use smallvec::smallvec;
use std::sync::Arc;

/// An assistant. A token that opens its service is a secret and not here: the adapter adds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assistant {
    pub id: AssistantId,
    pub name: Arc<str>,
    pub active: bool,
    /// None where its records name no way.
    pub reach: Option<Reach>,
    pub timeout_s: u16,
    /// Where a call goes that did not reach it.
    pub fallback: Destination,
}

/// The way to an assistant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// A provider that the engine knows by name, and the number it gave.
    Provider {
        provider: Arc<str>,
        number: Arc<str>,
    },
    /// A service at an address, with what it is told.
    Service {
        url: Arc<str>,
        parameters: Vec<(Arc<str>, Arc<str>)>,
    },
    Sip {
        address: Arc<str>,
    },
    /// The call's audio, both ways, over a websocket.
    Stream {
        url: Arc<str>,
    },
}

impl Reach {
    /// What is called, for sentences and legs.
    pub fn address(&self) -> &Arc<str> {
        match self {
            Self::Provider { number, .. } => number,
            Self::Service { url, .. } | Self::Stream { url } => url,
            Self::Sip { address } => address,
        }
    }
}

pub(crate) fn visit(walk: &mut Walk<'_>, id: AssistantId) -> Option<Destination> {
    let plan = walk.plan;
    let place = Place { kind: PlaceKind::Assistant, id: id.get() };
    let Some(assistant) = plan.assistant(id) else { return walk.missing(place) };
    if !assistant.active {
        let place = walk.name(place);
        walk.note(Reason::Inactive { place });
        return fall_back(walk, assistant);
    }
    let Some(reach) = assistant.reach.clone() else {
        walk.note(Reason::AssistantUnreachable { assistant: assistant.name.clone() });
        return fall_back(walk, assistant);
    };
    let target = Target::Assistant { id, reach };
    walk.note(Reason::AssistantCalled { assistant: assistant.name.clone() });
    walk.ring(smallvec![target], assistant.timeout_s, Dialing::Assistant(id));
    None
}

/// Goes on after the assistant did not take the call.
pub(crate) fn unanswered(walk: &mut Walk<'_>, id: AssistantId) -> Option<Destination> {
    let plan = walk.plan;
    match plan.assistant(id) {
        Some(assistant) => fall_back(walk, assistant),
        None => walk.missing(Place { kind: PlaceKind::Assistant, id: id.get() }),
    }
}

fn fall_back(walk: &mut Walk<'_>, assistant: &Assistant) -> Option<Destination> {
    if assistant.fallback == Destination::Hangup {
        return walk.end_saying(Ending::Unavailable, say::ASSISTANT_UNAVAILABLE);
    }
    let to = walk.destination_name(&assistant.fallback);
    walk.note(Reason::AssistantFallback { assistant: assistant.name.clone(), to });
    Some(assistant.fallback.clone())
}
