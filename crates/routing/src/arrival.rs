//! Arrival: what a new call reaches, by where it comes from.

use crate::call::{Account, Ending};
use crate::destination::{Destination, ExtensionId};
use crate::event::Direction;
use crate::plan::Number;
use crate::trace::{Reason, Refusal};
use crate::walk::{Walk, say};
use crate::{feature, outbound, screening};
use opbx_kernel::E164;

pub(crate) fn arrived(walk: &mut Walk<'_>) {
    walk.note(Reason::Arrived {
        direction: walk.call.direction,
        from: walk.call.from.as_str().into(),
        to: walk.call.to.as_str().into(),
    });
    match walk.call.direction {
        Direction::Subscriber | Direction::Application => from_a_phone(walk),
        Direction::Inbound => from_outside(walk),
        Direction::Outbound => outbound(walk),
        Direction::OutboundApi if walk.facts.originated => from_inside(walk),
        Direction::OutboundApi => refuse(walk, Refusal::NotOriginated),
    }
}

/// A phone that a person holds: what it dials may be a code.
fn from_a_phone(walk: &mut Walk<'_>) {
    let is_emergency = walk.plan.company.emergency_number(&walk.call.to).is_some();
    if feature::is_code(walk.call.to.trim()) && !is_emergency {
        return feature::dialled(walk);
    }
    from_inside(walk);
}

/// A phone of the tenant dialled: emergency first, then what is its own, then the world.
fn from_inside(walk: &mut Walk<'_>) {
    if emergency(walk) {
        return;
    }
    let dialled = walk.call.to.clone();
    dial_for(walk, &dialled);
}

/// Sends a call where a phone of the company means by a text: what is its own first, then the world.
pub(crate) fn dial_for(walk: &mut Walk<'_>, dialled: &str) {
    let plan = walk.plan;
    let extension = dialled_extension(dialled).and_then(|number| plan.extension_by_number(number));
    if let Some(extension) = extension {
        walk.note(Reason::ExtensionDialled {
            number: extension.number.clone(),
            name: extension.name.clone(),
        });
        return walk.go_to(Destination::Extension(extension.id));
    }
    let outside = E164::normalise(dialled, plan.company.country);
    match outside {
        Some(number) => match plan.number(&number) {
            Some(own) => reach(walk, own),
            None => leave(walk, &number),
        },
        None => {
            walk.note(Reason::ExtensionUnknown { number: dialled.into() });
            walk.end_saying(Ending::NotFound, say::EXTENSION_NOT_FOUND);
        }
    }
}

/// A trunk offers a call: only a number of the tenant may be called, never an extension.
fn from_outside(walk: &mut Walk<'_>) {
    let plan = walk.plan;
    let called = E164::normalise(&walk.call.to, plan.company.country);
    match called.as_ref().and_then(|number| plan.number(number)) {
        Some(number) if screening::turned_away(walk, number) => {}
        Some(number) => reach(walk, number),
        None => {
            walk.note(Reason::NumberUnknown { number: walk.call.to.as_str().into() });
            walk.end_saying(Ending::NotFound, say::NUMBER_NOT_CONFIGURED);
        }
    }
}

fn outbound(walk: &mut Walk<'_>) {
    if emergency(walk) {
        return;
    }
    if feature::is_code(walk.call.to.trim()) {
        return feature::dialled(walk);
    }
    match E164::normalise(&walk.call.to, walk.plan.company.country) {
        Some(number) => leave(walk, &number),
        None => refuse(walk, Refusal::NotANumber),
    }
}

/// Dials an outside number for the extension that the call comes from.
fn leave(walk: &mut Walk<'_>, number: &E164) {
    let Some(id) = calling_extension(walk) else {
        return refuse(walk, Refusal::NoExtension { from: walk.call.from.as_str().into() });
    };
    let next = outbound::dial(walk, number, Account::Dialled(id));
    debug_assert!(next.is_none(), "a dialled call has nowhere else to go");
}

fn calling_extension(walk: &Walk<'_>) -> Option<ExtensionId> {
    let number = dialled_extension(&walk.call.from)?;
    walk.plan.extension_by_number(number).map(|extension| extension.id)
}

fn refuse(walk: &mut Walk<'_>, why: Refusal) {
    walk.note(Reason::OutboundRefused { number: walk.call.to.as_str().into(), why });
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
    if !number.recording.is_silent() {
        walk.call.reached = Some(number.number.clone());
    }
    walk.go_to(number.destination.clone());
}

/// Rings an emergency number of the company's country, if that was dialled. Nothing may stand in its way.
fn emergency(walk: &mut Walk<'_>) -> bool {
    let Some(number) = walk.plan.company.emergency_number(&walk.call.to).cloned() else { return false };
    walk.note(Reason::EmergencyDialled { number: number.clone() });
    let account = calling_extension(walk).map_or(Account::Company, Account::Dialled);
    outbound::dial_emergency(walk, number, account);
    true
}

/// The extension that a dialled text means, if it can mean one.
///
/// Quirk: Cloudonix writes a subscriber's number with a `+` before it in places (`+1001`).
pub(crate) fn dialled_extension(to: &str) -> Option<&str> {
    let to = to.trim();
    let digits = to.strip_prefix('+').unwrap_or(to);
    ((3..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}
