//! What is wrong on the ways of calls, said at the place where somebody can put it right.

use super::{Edge, Flow, Spot, When, at, leads};
use crate::ways::label;
use opbx_kernel::{E164, Language};
use opbx_routing::hours::Override;
use opbx_routing::outbound::explain;
use opbx_routing::trace::Tell as _;
use opbx_routing::{Destination, ExtensionKind, Hours, Menu, Place, PlaceKind, Plan, RingGroup};
use std::collections::{HashMap, HashSet};

/// Writes down at each node what somebody should look at.
pub(super) fn find(language: Language, plan: &Plan, flow: &mut Flow) {
    let round = in_circles(&flow.edges);
    let dialled = if flow.nodes.iter().all(|node| node.reachable) { HashSet::new() } else { dialled(plan) };
    let mut leading: HashMap<&Spot, Vec<&Edge>> = HashMap::new();
    for edge in &flow.edges {
        leading.entry(&edge.from).or_default().push(edge);
    }
    let all: Vec<Vec<String>> = flow
        .nodes
        .iter()
        .map(|node| {
            let mut problems = of_itself(language, plan, &node.spot);
            let edges = leading.get(&node.spot).map(Vec::as_slice).unwrap_or_default();
            problems.extend(edges.iter().filter_map(|edge| of_edge(language, plan, edge)));
            if round.contains(&node.spot) {
                let loops = language.choose(
                    "Calls can come back here without anybody choosing: a loop.",
                    "Les appels peuvent revenir ici sans que personne ne choisisse : une boucle.",
                );
                problems.push(loops.to_owned());
            }
            if !node.reachable && is_led_to(&node.spot) && !dialled.contains(&node.spot) {
                let lost = language
                    .choose("No number and no extension leads here.", "Aucun numéro ni poste ne mène ici.");
                problems.push(lost.to_owned());
            }
            problems
        })
        .collect();
    for (node, problems) in flow.nodes.iter_mut().zip(all) {
        node.problems = problems;
    }
}

/// Whether it is something that people lead calls to.
fn is_led_to(spot: &Spot) -> bool {
    matches!(spot, Spot::Place(place) if !matches!(place.kind, PlaceKind::Extension | PlaceKind::Voicemail))
}

/// What extensions lead to: whoever has a phone may dial them.
fn dialled(plan: &Plan) -> HashSet<Spot> {
    let dialled = plan.extensions().filter(|extension| extension.active);
    let mut waiting: Vec<Spot> = dialled
        .map(|extension| Spot::Place(Place { kind: PlaceKind::Extension, id: extension.id.get() }))
        .collect();
    waiting.push(Spot::of(plan, &plan.company.fallback));
    let mut known = HashSet::new();
    // Bounded by what the plan holds: nothing is followed twice.
    while let Some(spot) = waiting.pop() {
        if known.insert(spot.clone()) {
            waiting.extend(leads(plan, &spot).iter().map(|(_, to)| Spot::of(plan, to)));
        }
    }
    known
}

/// The places that calls can come back to by themselves. Keys are a caller's own choice.
fn in_circles(edges: &[Edge]) -> HashSet<Spot> {
    let mut onwards: HashMap<&Spot, Vec<&Spot>> = HashMap::new();
    for edge in edges.iter().filter(|edge| !matches!(edge.when, When::Keys(_))) {
        onwards.entry(&edge.from).or_default().push(&edge.to);
    }
    let comes_back = |start: &&Spot| {
        let mut waiting: Vec<&Spot> = onwards.get(*start).cloned().unwrap_or_default();
        let mut known = HashSet::new();
        while let Some(spot) = waiting.pop() {
            if spot == *start {
                return true;
            }
            if known.insert(spot) {
                waiting.extend(onwards.get(spot).into_iter().flatten());
            }
        }
        false
    };
    onwards.keys().copied().filter(comes_back).cloned().collect()
}

fn of_edge(language: Language, plan: &Plan, edge: &Edge) -> Option<String> {
    let says = capital(&edge.says);
    if edge.from == edge.to && matches!(edge.when, When::Keys(_)) {
        let back = language.choose("leads back to this menu", "revient à ce menu");
        return Some(format!("{says} {back}."));
    }
    if edge.when == When::Inactive {
        return None;
    }
    let why = match state(plan, &edge.to)? {
        State::Gone => language.choose("does not exist any more", "n’existe plus"),
        State::Inactive => language.choose("is inactive", "est inactif"),
    };
    let label = label(plan, &edge.to);
    let to = match &edge.to {
        Spot::Place(place) => {
            let kind = place.kind.told_in(language);
            language.choose(format!("{kind} \"{label}\""), format!("{kind} « {label} »"))
        }
        _ => label,
    };
    Some(language.choose(format!("{says}: {to} {why}."), format!("{says} : {to} {why}.")))
}

enum State {
    Gone,
    Inactive,
}

/// Why something takes no calls; none where it does.
fn state(plan: &Plan, spot: &Spot) -> Option<State> {
    if super::is_in_service(plan, spot) {
        return None;
    }
    let exists = match spot {
        Spot::Number(number) => plan.number(number).is_some(),
        Spot::Place(place) => plan.name_of(*place).is_some(),
        Spot::Forward(_) | Spot::Hangup => true,
    };
    Some(if exists { State::Inactive } else { State::Gone })
}

fn of_itself(language: Language, plan: &Plan, spot: &Spot) -> Vec<String> {
    let is_hours = matches!(spot, Spot::Place(place) if place.kind == PlaceKind::Hours);
    let of_its_state = match (state(plan, spot), spot) {
        (None, _) => None,
        (Some(State::Gone), _) => Some(language.choose(
            "It does not exist any more: calls take the company's fallback.",
            "N’existe plus : les appels prennent le repli de l’entreprise.",
        )),
        (Some(State::Inactive), Spot::Number(_)) => Some(language.choose(
            "It is inactive: calls to it end at once.",
            "Inactif : ses appels se terminent aussitôt.",
        )),
        (Some(State::Inactive), _) if is_hours => Some(
            language.choose("It is inactive, and counts as closed.", "Inactif, et considéré comme fermé."),
        ),
        (Some(State::Inactive), _) => Some(language.choose(
            "It is inactive: calls take the company's fallback.",
            "Inactif : les appels prennent le repli de l’entreprise.",
        )),
    };
    let own = match spot {
        Spot::Number(number) => plan
            .number(number)
            .filter(|found| found.destination == Destination::Hangup)
            .map(|_| {
                language.choose(
                    "It leads nowhere: calls to it end at once.",
                    "Ne mène nulle part : ses appels se terminent aussitôt.",
                )
            })
            .map(str::to_owned),
        Spot::Forward(to) => of_forward(language, plan, to),
        Spot::Hangup => None,
        Spot::Place(place) => of_place(language, plan, *place).map(str::to_owned),
    };
    of_its_state.map(str::to_owned).into_iter().chain(own).collect()
}

fn of_place(language: Language, plan: &Plan, place: Place) -> Option<&'static str> {
    match place.kind {
        PlaceKind::RingGroup => of_group(language, plan, at(place, |id| plan.ring_group(id))?),
        PlaceKind::Menu => of_menu(language, at(place, |id| plan.menu(id))?),
        PlaceKind::Hours => of_hours(language, at(place, |id| plan.hours(id))?),
        PlaceKind::Assistant => {
            let assistant = at(place, |id| plan.assistant(id))?;
            let unknown = language.choose(
                "Nothing says how this assistant is reached.",
                "Rien ne dit comment joindre cet assistant.",
            );
            assistant.reach.is_none().then_some(unknown)
        }
        _ => None,
    }
}

fn of_group(language: Language, plan: &Plan, group: &RingGroup) -> Option<&'static str> {
    if group.members.is_empty() {
        let empty = language
            .choose("It has no members: nobody rings.", "Ce groupe n’a pas de membres : personne ne sonne.");
        return Some(empty);
    }
    let rings = group.members.iter().filter_map(|id| plan.extension(*id)).any(|member| {
        member.active && matches!(&member.kind, ExtensionKind::User(person) if !person.do_not_disturb)
    });
    let why = language.choose(
        "None of its members can be rung: they are inactive, gone, or not to be disturbed.",
        "Aucun de ses membres ne peut être appelé : inactifs, disparus ou à ne pas déranger.",
    );
    (!rings).then_some(why)
}

fn of_menu(language: Language, menu: &Menu) -> Option<&'static str> {
    let is_empty = menu.keys.is_empty() && !menu.direct_dial;
    is_empty.then(|| language.choose("No key leads anywhere.", "Aucune touche ne mène quelque part."))
}

fn of_hours(language: Language, hours: &Hours) -> Option<&'static str> {
    if let Some(Override { open, until: None }) = hours.manual {
        return Some(match open {
            true => language.choose(
                "Somebody said that it is open, until it is taken back.",
                "Quelqu’un a dit que c’est ouvert, jusqu’à nouvel ordre.",
            ),
            false => language.choose(
                "Somebody said that it is closed, until it is taken back.",
                "Quelqu’un a dit que c’est fermé, jusqu’à nouvel ordre.",
            ),
        });
    }
    let opens = hours.week.iter().any(|ranges| !ranges.is_empty())
        || hours.exceptions.iter().any(|exception| !exception.ranges.is_empty());
    let never = language.choose(
        "It never opens: every call takes the closed way.",
        "N’ouvre jamais : tous les appels prennent le chemin fermé.",
    );
    (!opens).then_some(never)
}

/// Why an outside number or an address would not be rung.
fn of_forward(language: Language, plan: &Plan, to: &str) -> Option<String> {
    if opbx_routing::is_sip(to.trim()) {
        return None;
    }
    let Some(number) = E164::normalise(to, plan.company.country) else {
        return Some(language.choose(
            format!("{to} is neither an extension nor a number nor a SIP address."),
            format!("{to} n’est ni un poste, ni un numéro, ni une adresse SIP."),
        ));
    };
    let refusal = explain(plan, &number, None).refusal?.told_in(language);
    Some(language.choose(
        format!("Calls to it are refused: {refusal}."),
        format!("Ses appels sont refusés : {refusal}."),
    ))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
