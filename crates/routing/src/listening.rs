//! Voicemail by phone: whose box is opened, and what its owner does with the messages in it.

use crate::action::{Change, Fate, Gather};
use crate::call::{Asking, Ending};
use crate::conference::{PIN_DIGITS_MAX, PIN_TURNS};
use crate::destination::{Place, PlaceKind, VoicemailId};
use crate::event::{Keys, PinEntry};
use crate::facts::{Mailbox, MailboxPage, MailboxQuery, Message, Wanted};
use crate::plan::{Extension, ExtensionKind, Person};
use crate::prompt::Prompt;
use crate::trace::Reason;
use crate::walk::{Walk, say};
use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

opbx_kernel::id_types! {
    /// A message in a voicemail box.
    MessageId,
}

/// How often a box asks in one call; more than fifty messages can take.
pub const LISTENING_TURNS_MAX: u8 = 200;
/// How often the choice is repeated to somebody who says nothing.
const SILENT_TURNS_MAX: u8 = 3;
const NUMBER_DIGITS_MAX: u8 = 5;
const KEY_TIMEOUT_S: u16 = 5;
const ANSWER_TIMEOUT_MAX_S: u16 = 30;

/// Where somebody stands in their messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    pub mailbox: VoicemailId,
    /// The message that was played last; none at the choice before them.
    pub message: Option<MessageId>,
    /// Whether the new ones are done and the saved ones are played.
    pub saved: bool,
    /// How often the box has asked.
    pub turns: u8,
    /// How often nothing came, at the choice before the messages.
    pub silent: u8,
}

type Prompts = SmallVec<[Prompt; 2]>;

/// Opens the box of the phone that calls: no PIN, for it is its owner's.
pub(crate) fn own(walk: &mut Walk<'_>, extension: &Extension, person: &Person) {
    match person.voicemail {
        Some(mailbox) => open(walk, mailbox),
        None => {
            walk.note(Reason::NoMailbox { number: extension.number.clone() });
            walk.end_saying(Ending::NotFound, say::NO_MAILBOX);
        }
    }
}

/// Asks whose box is meant.
pub(crate) fn ask_number(walk: &mut Walk<'_>, turn: u8) {
    let gather = Gather {
        prompts: smallvec![Prompt::text(say::ENTER_BOX)],
        timeout_s: KEY_TIMEOUT_S,
        timeout_max_s: ANSWER_TIMEOUT_MAX_S,
        digits_max: NUMBER_DIGITS_MAX,
        secret: false,
    };
    walk.ask(gather, Asking::BoxNumber { turn });
}

/// Goes on to the PIN. It is asked for also where there is no such box, so that nobody learns which there are.
pub(crate) fn number_entered(walk: &mut Walk<'_>, turn: u8, keys: &Keys) {
    if keys.is_empty() {
        if turn < PIN_TURNS {
            return ask_number(walk, turn + 1);
        }
        walk.end_saying(Ending::NoChoice, say::NO_CHOICE);
        return;
    }
    let extension = walk.plan.extension_by_number(keys.as_str()).filter(|extension| extension.active);
    let mailbox = extension.and_then(|extension| match &extension.kind {
        ExtensionKind::User(person) => person.voicemail,
        ExtensionKind::Points(_) => None,
    });
    ask_pin(walk, mailbox, 1);
}

fn ask_pin(walk: &mut Walk<'_>, mailbox: Option<VoicemailId>, turn: u8) {
    let mut prompts: Prompts = smallvec![Prompt::text(say::ENTER_BOX_PIN)];
    if turn > 1 {
        prompts.insert(0, Prompt::text(say::WRONG_PIN));
    }
    let gather = Gather {
        prompts,
        timeout_s: KEY_TIMEOUT_S,
        timeout_max_s: ANSWER_TIMEOUT_MAX_S,
        digits_max: PIN_DIGITS_MAX,
        secret: true,
    };
    walk.ask(gather, Asking::BoxPin { mailbox, turn });
}

pub(crate) fn pin_entered(walk: &mut Walk<'_>, mailbox: Option<VoicemailId>, turn: u8, entry: PinEntry) {
    let is_right = matches!(entry, PinEntry::Participant | PinEntry::Host);
    walk.note(Reason::BoxPinEntered { is_right });
    match mailbox.filter(|_| is_right) {
        Some(mailbox) => open(walk, mailbox),
        None if turn < PIN_TURNS => ask_pin(walk, mailbox, turn + 1),
        None => {
            walk.end_saying(Ending::Refused, say::PIN_REFUSED);
        }
    }
}

fn open(walk: &mut Walk<'_>, mailbox: VoicemailId) {
    let Some(known) = walk.plan.voicemail(mailbox).filter(|known| known.active) else {
        let place = walk.name(Place { kind: PlaceKind::Voicemail, id: mailbox.get() });
        walk.note(Reason::Inactive { place });
        walk.end_saying(Ending::Unavailable, say::NO_MAILBOX);
        return;
    };
    let Some(page) = page(walk, MailboxQuery { mailbox, saved: false, after: None }) else { return };
    walk.note(Reason::MailboxOpened { mailbox: known.name.clone(), new: page.new, saved: page.saved });
    if page.new == 0 && page.saved == 0 {
        walk.end_saying(Ending::Served, say::NO_MESSAGES);
        return;
    }
    let counted = format!("You have {} new and {} saved messages.", page.new, page.saved);
    let prompts = smallvec![Prompt::text(counted), Prompt::text(say::LISTEN)];
    ask(walk, prompts, Listening { mailbox, message: None, saved: false, turns: 0, silent: 0 });
}

/// Goes on after a key in a box. `#` is told as no key, and skips like one.
pub(crate) fn chosen(walk: &mut Walk<'_>, mut listening: Listening, keys: &Keys) {
    if listening.turns >= LISTENING_TURNS_MAX || keys.as_str() == "*" {
        walk.end_saying(Ending::Served, say::GOODBYE);
        return;
    }
    let Some(message) = listening.message else { return begin(walk, listening, keys) };
    let said = match keys.as_str() {
        "7" => Some((Fate::Deleted, say::DELETED)),
        "9" => Some((Fate::Heard, say::SAVED)),
        "1" => Some((Fate::Heard, "")),
        _ => None,
    };
    let mut prompts = Prompts::new();
    if let Some((fate, sentence)) = said {
        walk.change(Change::Message { message, fate });
        walk.note(Reason::MessageHandled { message, fate });
        if !sentence.is_empty() {
            prompts.push(Prompt::text(sentence));
        }
    }
    listening.silent = 0;
    play_next(walk, prompts, listening);
}

fn begin(walk: &mut Walk<'_>, mut listening: Listening, keys: &Keys) {
    if keys.as_str() == "1" {
        listening.silent = 0;
        return play_next(walk, Prompts::new(), listening);
    }
    listening.silent += 1;
    if listening.silent >= SILENT_TURNS_MAX {
        walk.end_saying(Ending::Served, say::GOODBYE);
        return;
    }
    ask(walk, smallvec![Prompt::text(say::LISTEN)], listening);
}

/// Plays the next message: new ones first, then the saved ones, then the choice before them again.
fn play_next(walk: &mut Walk<'_>, mut prompts: Prompts, mut listening: Listening) {
    let mailbox = listening.mailbox;
    let query = MailboxQuery { mailbox, saved: listening.saved, after: listening.message };
    let Some(mut next) = page(walk, query).map(|page| page.next.clone()) else { return };
    if next.is_none() && !listening.saved {
        listening.saved = true;
        let query = MailboxQuery { mailbox, saved: true, after: None };
        let Some(saved) = page(walk, query).map(|page| page.next.clone()) else { return };
        next = saved;
    }
    match next {
        Some(Message { id, url }) => {
            walk.note(Reason::MessagePlayed { message: id });
            prompts.push(if url.is_empty() { Prompt::Message(id) } else { Prompt::Audio(url) });
            prompts.push(Prompt::text(say::MESSAGE_CHOICE));
            listening.message = Some(id);
        }
        None => {
            prompts.push(Prompt::text(say::NO_MORE_MESSAGES));
            prompts.push(Prompt::text(say::LISTEN));
            (listening.message, listening.saved) = (None, false);
        }
    }
    ask(walk, prompts, listening);
}

/// What the box holds; none ends the step: it is not known yet, which `wanted` tells, or cannot be.
fn page<'a>(walk: &mut Walk<'a>, query: MailboxQuery) -> Option<&'a MailboxPage> {
    let facts = walk.facts;
    match facts.mailbox(query) {
        Some(Mailbox::Page(page)) => return Some(page),
        Some(Mailbox::Unavailable) => walk.note(Reason::MailboxUnavailable),
        None => walk.wanted.push(Wanted::Mailbox(query)),
    }
    walk.end_saying(Ending::Unavailable, say::MAILBOX_UNAVAILABLE);
    None
}

fn ask(walk: &mut Walk<'_>, prompts: Prompts, mut listening: Listening) {
    listening.turns += 1;
    let gather = Gather {
        prompts,
        timeout_s: KEY_TIMEOUT_S,
        timeout_max_s: ANSWER_TIMEOUT_MAX_S,
        digits_max: 1,
        secret: false,
    };
    walk.ask(gather, Asking::Mailbox(listening));
}
