//! Conference rooms: a PIN where one is asked for, then a seat.

use crate::action::{Gather, Join};
use crate::call::{Asking, Dialing, Ending};
use crate::destination::{ConferenceId, Destination, Place, PlaceKind};
use crate::event::{DialResult, PinEntry};
use crate::prompt::Prompt;
use crate::trace::Reason;
use crate::walk::{Walk, say};
use serde::{Deserialize, Serialize};
use smallvec::smallvec;
use std::sync::Arc;

/// How often a caller may try a PIN.
pub const PIN_TURNS: u8 = 3;
/// The longest PIN.
pub const PIN_DIGITS_MAX: u8 = 20;
const PIN_TIMEOUT_S: u16 = 8;
const PIN_TIMEOUT_MAX_S: u16 = 30;

/// A room. Its PINs are not here: they are secrets, and the driver compares them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conference {
    pub id: ConferenceId,
    pub name: Arc<str>,
    pub active: bool,
    /// Whether nobody joins without one.
    pub asks_pin: bool,
    /// Whether a host proves by a PIN of their own that they are one.
    pub has_host_pin: bool,
    /// Whether the conference begins with the first host only.
    pub waits_for_host: bool,
    pub mutes_on_entry: bool,
    pub announces: bool,
    pub participants_max: u16,
    pub music_on_hold: bool,
    pub records: bool,
}

pub(crate) fn visit(walk: &mut Walk<'_>, id: ConferenceId) -> Option<Destination> {
    let plan = walk.plan;
    let place = Place { kind: PlaceKind::Conference, id: id.get() };
    let Some(room) = plan.conference(id) else { return walk.missing(place) };
    if !room.active {
        return closed(walk, place);
    }
    if room.asks_pin || room.has_host_pin { ask_pin(walk, room, 1) } else { join(walk, room, false) }
}

/// Goes on after a PIN was asked for.
pub(crate) fn pin_entered(
    walk: &mut Walk<'_>,
    id: ConferenceId,
    turn: u8,
    entry: PinEntry,
) -> Option<Destination> {
    let plan = walk.plan;
    let place = Place { kind: PlaceKind::Conference, id: id.get() };
    let Some(room) = plan.conference(id) else { return walk.missing(place) };
    if !room.active {
        return closed(walk, place);
    }
    walk.note(Reason::PinEntered { room: room.name.clone(), entry });
    match entry {
        PinEntry::Host => join(walk, room, true),
        PinEntry::Participant => join(walk, room, false),
        PinEntry::Nothing if !room.asks_pin => join(walk, room, false),
        PinEntry::Nothing | PinEntry::Wrong if turn < PIN_TURNS => ask_pin(walk, room, turn + 1),
        PinEntry::Nothing | PinEntry::Wrong => walk.end_saying(Ending::Refused, say::PIN_REFUSED),
    }
}

fn closed(walk: &mut Walk<'_>, place: Place) -> Option<Destination> {
    let place = walk.name(place);
    walk.note(Reason::Inactive { place });
    walk.end_saying(Ending::Unavailable, say::ROOM_CLOSED)
}

/// Goes on after the caller left the room, or never got in.
pub(crate) fn left(walk: &mut Walk<'_>, result: DialResult) -> Option<Destination> {
    match result {
        DialResult::Busy | DialResult::Failed | DialResult::NoAnswer => {
            walk.end_saying(Ending::Unavailable, say::ROOM_UNAVAILABLE)
        }
        DialResult::Canceled => walk.end(Ending::CallerLeft),
        DialResult::Completed | DialResult::Unknown => walk.end(Ending::Completed),
    }
}

fn ask_pin(walk: &mut Walk<'_>, room: &Conference, turn: u8) -> Option<Destination> {
    walk.note(Reason::PinAsked { room: room.name.clone(), turn });
    let question = if room.asks_pin { say::ENTER_PIN } else { say::ENTER_HOST_PIN };
    let mut prompts = smallvec![Prompt::text(question)];
    if turn > 1 {
        prompts.insert(0, Prompt::text(say::WRONG_PIN));
    }
    let gather = Gather {
        prompts,
        timeout_s: PIN_TIMEOUT_S,
        timeout_max_s: PIN_TIMEOUT_MAX_S,
        digits_max: PIN_DIGITS_MAX,
        secret: true,
    };
    walk.ask(gather, Asking::Pin { room: room.id, turn });
    None
}

fn join(walk: &mut Walk<'_>, room: &Conference, host: bool) -> Option<Destination> {
    // Without a host PIN nobody could ever prove to be the host who is waited for.
    let waits = room.waits_for_host && room.has_host_pin && !host;
    walk.note(Reason::RoomJoined { room: room.name.clone(), host, waits });
    let join = Join {
        room: room.id,
        participants_max: room.participants_max,
        starts: !waits,
        muted: room.mutes_on_entry && !host,
        announced: room.announces,
        music: room.music_on_hold,
        recorded: room.records,
    };
    walk.join(join, Dialing::Conference(room.id));
    None
}
