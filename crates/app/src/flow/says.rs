//! What a drawing says in words: when a call goes a way, and whether a schedule is open.

use super::{Spot, When, at, extension};
use opbx_kernel::Timestamp;
use opbx_routing::{ExtensionKind, Person, Place, PlaceKind, Plan, RingGroup, Strategy};

/// When a call goes that way.
pub(super) fn edge(plan: &Plan, from: &Spot, when: &When) -> String {
    match when {
        When::Always => always(plan, from).to_owned(),
        When::Open => "when it is open".to_owned(),
        When::Closed => "when it is closed".to_owned(),
        When::Keys(keys) if keys.chars().count() == 1 => format!("key {keys}"),
        When::Keys(keys) => format!("keys {keys}"),
        When::NoChoice => no_choice(plan, from),
        When::Busy => "when busy, or do-not-disturb is on".to_owned(),
        When::NoAnswer => no_answer(plan, from),
        When::Unreachable => "when no phone can be reached".to_owned(),
        When::Inactive => match from {
            Spot::Number(_) => "the number is inactive".to_owned(),
            _ => "it takes no calls: the company's fallback".to_owned(),
        },
    }
}

/// Whether a schedule is open at an instant, and why.
pub(super) fn time(plan: &Plan, place: Place, now: Timestamp) -> Option<String> {
    match place.kind {
        PlaceKind::Hours => at(place, |id| plan.hours(id)).map(|hours| hours.at(now).to_string()),
        _ => None,
    }
}

fn always(plan: &Plan, from: &Spot) -> &'static str {
    match from {
        Spot::Place(place) if person(plan, *place).is_some() => "all calls are forwarded",
        Spot::Number(_) => "calls to this number",
        _ => "always",
    }
}

fn no_choice(plan: &Plan, from: &Spot) -> String {
    let menu = match from {
        Spot::Place(place) => at(*place, |id| plan.menu(id)),
        _ => None,
    };
    match menu.map(|menu| menu.turns.max(1)) {
        None => "when nothing is chosen".to_owned(),
        Some(1) => "when nothing is chosen".to_owned(),
        Some(turns) => format!("when nothing is chosen in {turns} turns"),
    }
}

fn no_answer(plan: &Plan, from: &Spot) -> String {
    let Spot::Place(place) = from else { return "when nobody answers".to_owned() };
    if let Some(person) = person(plan, *place) {
        return format!("when nobody answers within {} s", person.ring_timeout_s);
    }
    match place.kind {
        PlaceKind::RingGroup => {
            at(*place, |id| plan.ring_group(id)).map_or_else(|| "when nobody answers".to_owned(), group)
        }
        PlaceKind::Assistant => "when it cannot be reached".to_owned(),
        _ => "when nobody answers".to_owned(),
    }
}

fn group(group: &RingGroup) -> String {
    let each = if group.strategy == Strategy::Simultaneous { "" } else { " for each phone" };
    match group.turns.max(1) {
        1 => format!("when nobody answers within {} s{each}", group.timeout_s),
        turns => format!("when nobody answers in {turns} rounds of {} s{each}", group.timeout_s),
    }
}

fn person(plan: &Plan, place: Place) -> Option<&Person> {
    if place.kind != PlaceKind::Extension {
        return None;
    }
    match &extension(plan, place.id)?.kind {
        ExtensionKind::User(person) => Some(person),
        ExtensionKind::Points(_) => None,
    }
}
