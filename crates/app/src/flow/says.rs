//! What a drawing says in words: when a call goes a way, and whether a schedule is open.

use super::{Spot, When, at, extension};
use opbx_kernel::{Language, Timestamp};
use opbx_routing::trace::Tell as _;
use opbx_routing::{ExtensionKind, Person, Place, PlaceKind, Plan, RingGroup, Strategy};

/// When a call goes that way.
pub(super) fn edge(language: Language, plan: &Plan, from: &Spot, when: &When) -> String {
    let said = |english: &str, french: &str| language.choose(english, french).to_owned();
    match when {
        When::Always => always(language, plan, from).to_owned(),
        When::Open => said("when it is open", "si c’est ouvert"),
        When::Closed => said("when it is closed", "si c’est fermé"),
        When::Keys(keys) if keys.chars().count() == 1 => {
            format!("{} {keys}", language.choose("key", "touche"))
        }
        When::Keys(keys) => format!("{} {keys}", language.choose("keys", "touches")),
        When::NoChoice => no_choice(language, plan, from),
        When::Busy => said("when busy, or do-not-disturb is on", "si occupé, ou ne pas déranger"),
        When::NoAnswer => no_answer(language, plan, from),
        When::Unreachable => said("when no phone can be reached", "si aucun téléphone n’est joignable"),
        When::Inactive => match from {
            Spot::Number(_) => said("the number is inactive", "le numéro est inactif"),
            _ => said(
                "it takes no calls: the company's fallback",
                "ne prend pas d’appels : le repli de l’entreprise",
            ),
        },
    }
}

/// Whether a schedule is open at an instant, and why.
pub(super) fn time(language: Language, plan: &Plan, place: Place, now: Timestamp) -> Option<String> {
    match place.kind {
        PlaceKind::Hours => at(place, |id| plan.hours(id)).map(|hours| hours.at(now).told_in(language)),
        _ => None,
    }
}

fn always(language: Language, plan: &Plan, from: &Spot) -> &'static str {
    match from {
        Spot::Place(place) if person(plan, *place).is_some() => {
            language.choose("all calls are forwarded", "tous les appels sont renvoyés")
        }
        Spot::Number(_) => language.choose("calls to this number", "les appels à ce numéro"),
        _ => language.choose("always", "toujours"),
    }
}

fn no_choice(language: Language, plan: &Plan, from: &Spot) -> String {
    let menu = match from {
        Spot::Place(place) => at(*place, |id| plan.menu(id)),
        _ => None,
    };
    let nothing = language.choose("when nothing is chosen", "si rien n’est choisi");
    match menu.map_or(1, |menu| menu.turns.max(1)) {
        1 => nothing.to_owned(),
        turns => {
            format!("{nothing} {} {turns} {}", language.choose("in", "en"), language.choose("turns", "tours"))
        }
    }
}

fn no_answer(language: Language, plan: &Plan, from: &Spot) -> String {
    let nobody = language.choose("when nobody answers", "si personne ne répond");
    let Spot::Place(place) = from else { return nobody.to_owned() };
    if let Some(person) = person(plan, *place) {
        return format!("{nobody} {} {} s", language.choose("within", "en"), person.ring_timeout_s);
    }
    match place.kind {
        PlaceKind::RingGroup => at(*place, |id| plan.ring_group(id))
            .map_or_else(|| nobody.to_owned(), |group| format!("{nobody} {}", rounds(language, group))),
        PlaceKind::Assistant => {
            language.choose("when it cannot be reached", "s’il n’est pas joignable").to_owned()
        }
        _ => nobody.to_owned(),
    }
}

/// How long a group rings in vain.
fn rounds(language: Language, group: &RingGroup) -> String {
    let each = match group.strategy {
        Strategy::Simultaneous => "",
        _ => language.choose(" for each phone", " par téléphone"),
    };
    let timeout_s = group.timeout_s;
    match group.turns.max(1) {
        1 => format!("{} {timeout_s} s{each}", language.choose("within", "en")),
        turns => language.choose(
            format!("in {turns} rounds of {timeout_s} s{each}"),
            format!("en {turns} tours de {timeout_s} s{each}"),
        ),
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
