//! Extensions: a person's devices, or a short number for something else.

use crate::action::Target;
use crate::call::{Account, Dialing, Ending};
use crate::destination::{Destination, ExtensionId, Place, PlaceKind};
use crate::event::DialResult;
use crate::facts::Presence;
use crate::forward;
use crate::plan::{Extension, ExtensionKind, Person};
use crate::trace::{Reason, WhyForwarded, WhyNot};
use crate::walk::{Walk, say};
use smallvec::smallvec;

pub(crate) fn visit(walk: &mut Walk<'_>, id: ExtensionId) -> Option<Destination> {
    let plan = walk.plan;
    let place = Place { kind: PlaceKind::Extension, id: id.get() };
    let Some(extension) = plan.extension(id) else { return walk.missing(place) };
    if !extension.active {
        let place = walk.name(place);
        walk.note(Reason::Inactive { place });
        return walk.end_saying(Ending::Unavailable, say::EXTENSION_UNAVAILABLE);
    }
    match &extension.kind {
        ExtensionKind::Points(destination) => {
            let to = walk.destination_name(destination);
            walk.note(Reason::ExtensionPoints { number: extension.number.clone(), to });
            Some(destination.clone())
        }
        ExtensionKind::User(person) => reach(walk, extension, person),
    }
}

/// Forwards or rings a person. A forward of all calls goes before do-not-disturb: nobody is disturbed by it.
fn reach(walk: &mut Walk<'_>, extension: &Extension, person: &Person) -> Option<Destination> {
    if let Some(to) = &person.forward.always {
        return forwarded(walk, extension, WhyForwarded::Always, to);
    }
    if person.do_not_disturb {
        walk.note(Reason::NotRung { number: extension.number.clone(), why: WhyNot::DoNotDisturb });
        return match &person.forward.busy {
            Some(to) => forwarded(walk, extension, WhyForwarded::DoNotDisturb, to),
            None => nobody(walk, extension.id, Ending::Unavailable),
        };
    }
    let numbers = smallvec![extension.number.clone()];
    walk.note(Reason::Ringing { numbers, timeout_s: person.ring_timeout_s });
    walk.ring(smallvec![target(extension)], person.ring_timeout_s, Dialing::Extension(extension.id));
    None
}

/// Goes on after a person did not take the call.
pub(crate) fn unanswered(walk: &mut Walk<'_>, id: ExtensionId, result: DialResult) -> Option<Destination> {
    let plan = walk.plan;
    let Some((extension, person)) = plan.extension(id).and_then(as_person) else {
        return nobody(walk, id, Ending::NoAnswer);
    };
    let (why, to) = match result {
        DialResult::Busy => (WhyForwarded::Busy, &person.forward.busy),
        DialResult::Failed => (WhyForwarded::Unreachable, &person.forward.unreachable),
        _ => (WhyForwarded::NoAnswer, &person.forward.no_answer),
    };
    match to {
        Some(to) => forwarded(walk, extension, why, to),
        None => nobody(walk, id, Ending::NoAnswer),
    }
}

/// Nobody takes a person's call: their voicemail does, where they have one.
pub(crate) fn nobody(walk: &mut Walk<'_>, id: ExtensionId, ending: Ending) -> Option<Destination> {
    let plan = walk.plan;
    let mailbox = plan
        .extension(id)
        .and_then(as_person)
        .and_then(|(extension, person)| Some((extension, person.voicemail?)));
    let Some((extension, mailbox)) = mailbox else {
        return walk.end_saying(ending, say::EXTENSION_UNAVAILABLE);
    };
    let to = Destination::Voicemail(mailbox);
    let name = walk.destination_name(&to);
    walk.note(Reason::ExtensionVoicemail { number: extension.number.clone(), to: name });
    Some(to)
}

fn forwarded(
    walk: &mut Walk<'_>,
    extension: &Extension,
    why: WhyForwarded,
    to: &Destination,
) -> Option<Destination> {
    let name = walk.destination_name(to);
    walk.note(Reason::Forwarded { number: extension.number.clone(), why, to: name });
    match to {
        Destination::Forward(target) => forward::visit(walk, target, Account::Forwarded(extension.id)),
        to => Some(to.clone()),
    }
}

fn as_person(extension: &Extension) -> Option<(&Extension, &Person)> {
    match &extension.kind {
        ExtensionKind::User(person) => Some((extension, person)),
        ExtensionKind::Points(_) => None,
    }
}

pub(crate) fn target(extension: &Extension) -> Target {
    Target::Extension { id: extension.id, number: extension.number.clone() }
}

/// Why a group passes this member by, if it does.
pub(crate) fn why_not_rung(walk: &Walk<'_>, extension: &Extension) -> Option<WhyNot> {
    match &extension.kind {
        _ if !extension.active => Some(WhyNot::Inactive),
        ExtensionKind::Points(_) => Some(WhyNot::NotAPerson),
        ExtensionKind::User(person) if person.do_not_disturb => Some(WhyNot::DoNotDisturb),
        ExtensionKind::User(_) => match walk.facts.presence_of(extension.id) {
            Presence::Free => None,
            Presence::Busy => Some(WhyNot::Busy),
            Presence::DoNotDisturb => Some(WhyNot::DoNotDisturb),
        },
    }
}
