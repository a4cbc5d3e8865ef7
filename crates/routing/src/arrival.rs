//! Arrival: what a new call reaches, by where it comes from.

use crate::call::Ending;
use crate::destination::Destination;
use crate::event::Direction;
use crate::plan::Number;
use crate::trace::Reason;
use crate::walk::{Walk, say};
use opbx_kernel::E164;

pub(crate) fn arrived(walk: &mut Walk<'_>) {
    walk.note(Reason::Arrived {
        direction: walk.call.direction,
        from: walk.call.from.as_str().into(),
        to: walk.call.to.as_str().into(),
    });
    match walk.call.direction {
        Direction::Subscriber | Direction::Application => from_inside(walk),
        Direction::Inbound => from_outside(walk),
        Direction::Outbound => outbound(walk),
        Direction::OutboundApi => refuse(walk),
    }
}

/// A phone of the tenant dialled: emergency first, then what is its own, then the world.
fn from_inside(walk: &mut Walk<'_>) {
    let plan = walk.plan;
    if emergency(walk) {
        return;
    }
    let extension = dialled_extension(&walk.call.to).and_then(|number| plan.extension_by_number(number));
    if let Some(extension) = extension {
        walk.note(Reason::ExtensionDialled {
            number: extension.number.clone(),
            name: extension.name.clone(),
        });
        return walk.go_to(Destination::Extension(extension.id));
    }
    let outside = E164::normalise(&walk.call.to, plan.company.country);
    match outside.as_ref().map(|number| plan.number(number)) {
        Some(Some(number)) => reach(walk, number),
        Some(None) => refuse(walk),
        None => {
            walk.note(Reason::ExtensionUnknown { number: walk.call.to.as_str().into() });
            walk.end_saying(Ending::NotFound, say::EXTENSION_NOT_FOUND);
        }
    }
}

/// A trunk offers a call: only a number of the tenant may be called, never an extension.
fn from_outside(walk: &mut Walk<'_>) {
    let plan = walk.plan;
    let called = E164::normalise(&walk.call.to, plan.company.country);
    match called.as_ref().and_then(|number| plan.number(number)) {
        Some(number) => reach(walk, number),
        None => {
            walk.note(Reason::NumberUnknown { number: walk.call.to.as_str().into() });
            walk.end_saying(Ending::NotFound, say::NUMBER_NOT_CONFIGURED);
        }
    }
}

fn outbound(walk: &mut Walk<'_>) {
    if !emergency(walk) {
        refuse(walk);
    }
}

/// Refuses an outside call. No outbound rule can match while there are none; money is never spent by default.
fn refuse(walk: &mut Walk<'_>) {
    walk.note(Reason::OutboundRefused { number: walk.call.to.as_str().into() });
    walk.end_saying(Ending::Refused, say::OUTBOUND_REFUSED);
}

fn reach(walk: &mut Walk<'_>, number: &Number) {
    if !number.active {
        walk.note(Reason::NumberInactive {
            number: number.number.as_str().into(),
            name: number.name.clone(),
        });
        walk.end_saying(Ending::Unavailable, say::NUMBER_NOT_CONFIGURED);
        return;
    }
    walk.note(Reason::NumberDialled {
        number: number.number.as_str().into(),
        name: number.name.clone(),
        to: walk.destination_name(&number.destination),
    });
    walk.go_to(number.destination.clone());
}

/// Rings an emergency number of the company's country, if that was dialled. Nothing may stand in its way.
fn emergency(walk: &mut Walk<'_>) -> bool {
    let dialled = walk.call.to.trim();
    let known = walk.plan.company.emergency_numbers.iter().find(|number| ***number == *dialled).cloned();
    let Some(number) = known else { return false };
    walk.note(Reason::EmergencyDialled { number: number.clone() });
    walk.ring_outside(number);
    true
}

/// The extension that a dialled text means, if it can mean one.
///
/// Quirk: Cloudonix writes a subscriber's number with a `+` before it in places (`+1001`).
fn dialled_extension(to: &str) -> Option<&str> {
    let to = to.trim();
    let digits = to.strip_prefix('+').unwrap_or(to);
    ((3..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}
