//! Voicemail boxes: a greeting, a beep, a message.

use crate::action::Record;
use crate::call::Ending;
use crate::destination::{Destination, Place, PlaceKind, VoicemailId};
use crate::event::Recording;
use crate::prompt::Prompt;
use crate::trace::Reason;
use crate::walk::{Walk, say};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A box that takes messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voicemail {
    pub id: VoicemailId,
    pub name: Arc<str>,
    pub active: bool,
    pub greeting: Option<Prompt>,
    pub beep: bool,
    pub length_max_s: u16,
}

pub(crate) fn visit(walk: &mut Walk<'_>, id: VoicemailId) -> Option<Destination> {
    let plan = walk.plan;
    let place = Place { kind: PlaceKind::Voicemail, id: id.get() };
    let Some(mailbox) = plan.voicemail(id) else { return walk.missing(place) };
    if !mailbox.active {
        return walk.inactive(place);
    }
    walk.note(Reason::MessageAsked { mailbox: mailbox.name.clone(), length_max_s: mailbox.length_max_s });
    match &mailbox.greeting {
        Some(greeting) => walk.play(greeting.clone()),
        None => walk.say(say::LEAVE_A_MESSAGE),
    }
    walk.record(Record { mailbox: id, length_max_s: mailbox.length_max_s.max(1), beep: mailbox.beep });
    None
}

/// Goes on after the caller was recorded.
pub(crate) fn recorded(walk: &mut Walk<'_>, id: VoicemailId, recording: &Recording) -> Option<Destination> {
    let place = walk.name(Place { kind: PlaceKind::Voicemail, id: id.get() });
    if recording.url.is_none() {
        walk.note(Reason::NoMessage { mailbox: place });
        return walk.end(Ending::NoMessage);
    }
    walk.note(Reason::MessageLeft { mailbox: place, length_s: recording.length_s });
    walk.end_saying(Ending::MessageLeft, say::MESSAGE_TAKEN)
}
