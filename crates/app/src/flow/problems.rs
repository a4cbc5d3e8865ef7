//! What is wrong on the ways of calls, said at the place where somebody can put it right.

use super::{Edge, Flow, Spot, When, at, leads};
use crate::ways::label;
use opbx_kernel::E164;
use opbx_routing::hours::Override;
use opbx_routing::outbound::explain;
use opbx_routing::{Destination, ExtensionKind, Hours, Menu, Place, PlaceKind, Plan, RingGroup};
use std::collections::{HashMap, HashSet};

/// Writes down at each node what somebody should look at.
pub(super) fn find(plan: &Plan, flow: &mut Flow) {
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
            let mut problems = of_itself(plan, &node.spot);
            let edges = leading.get(&node.spot).map(Vec::as_slice).unwrap_or_default();
            problems.extend(edges.iter().filter_map(|edge| of_edge(plan, edge)));
            if round.contains(&node.spot) {
                problems.push("Calls can come back here without anybody choosing: a loop.".to_owned());
            }
            if !node.reachable && is_led_to(&node.spot) && !dialled.contains(&node.spot) {
                problems.push("No number and no extension leads here.".to_owned());
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

fn of_edge(plan: &Plan, edge: &Edge) -> Option<String> {
    if edge.from == edge.to && matches!(edge.when, When::Keys(_)) {
        return Some(format!("{} leads back to this menu.", capital(&edge.says)));
    }
    if edge.when == When::Inactive {
        return None;
    }
    let why = match state(plan, &edge.to)? {
        State::Gone => "does not exist any more",
        State::Inactive => "is inactive",
    };
    let to = match &edge.to {
        Spot::Place(place) => format!("{} \"{}\"", place.kind.word(), label(plan, &edge.to)),
        _ => label(plan, &edge.to),
    };
    Some(format!("{}: {to} {why}.", capital(&edge.says)))
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

fn of_itself(plan: &Plan, spot: &Spot) -> Vec<String> {
    let mut problems = Vec::new();
    let is_hours = matches!(spot, Spot::Place(place) if place.kind == PlaceKind::Hours);
    match (state(plan, spot), spot) {
        (None, _) => {}
        (Some(State::Gone), _) => {
            problems.push("It does not exist any more: calls take the company's fallback.".to_owned());
        }
        (Some(State::Inactive), Spot::Number(_)) => {
            problems.push("It is inactive: calls to it end at once.".to_owned());
        }
        (Some(State::Inactive), _) if is_hours => {
            problems.push("It is inactive, and counts as closed.".to_owned());
        }
        (Some(State::Inactive), _) => {
            problems.push("It is inactive: calls take the company's fallback.".to_owned());
        }
    }
    let own = match spot {
        Spot::Number(number) => plan
            .number(number)
            .filter(|found| found.destination == Destination::Hangup)
            .map(|_| "It leads nowhere: calls to it end at once.".to_owned()),
        Spot::Forward(to) => of_forward(plan, to),
        Spot::Hangup => None,
        Spot::Place(place) => of_place(plan, *place),
    };
    problems.extend(own);
    problems
}

fn of_place(plan: &Plan, place: Place) -> Option<String> {
    match place.kind {
        PlaceKind::RingGroup => of_group(plan, at(place, |id| plan.ring_group(id))?),
        PlaceKind::Menu => of_menu(at(place, |id| plan.menu(id))?),
        PlaceKind::Hours => of_hours(at(place, |id| plan.hours(id))?),
        PlaceKind::Assistant => {
            let assistant = at(place, |id| plan.assistant(id))?;
            let is_unknown = assistant.reach.is_none();
            is_unknown.then(|| "Nothing says how this assistant is reached.".to_owned())
        }
        _ => None,
    }
}

fn of_group(plan: &Plan, group: &RingGroup) -> Option<String> {
    if group.members.is_empty() {
        return Some("It has no members: nobody rings.".to_owned());
    }
    let rings = group.members.iter().filter_map(|id| plan.extension(*id)).any(|member| {
        member.active && matches!(&member.kind, ExtensionKind::User(person) if !person.do_not_disturb)
    });
    let why = "None of its members can be rung: they are inactive, gone, or not to be disturbed.";
    (!rings).then(|| why.to_owned())
}

fn of_menu(menu: &Menu) -> Option<String> {
    let is_empty = menu.keys.is_empty() && !menu.direct_dial;
    is_empty.then(|| "No key leads anywhere.".to_owned())
}

fn of_hours(hours: &Hours) -> Option<String> {
    if let Some(Override { open, until: None }) = hours.manual {
        let state = if open { "open" } else { "closed" };
        return Some(format!("Somebody said that it is {state}, until it is taken back."));
    }
    let opens = hours.week.iter().any(|ranges| !ranges.is_empty())
        || hours.exceptions.iter().any(|exception| !exception.ranges.is_empty());
    (!opens).then(|| "It never opens: every call takes the closed way.".to_owned())
}

/// Why an outside number or an address would not be rung.
fn of_forward(plan: &Plan, to: &str) -> Option<String> {
    if opbx_routing::is_sip(to.trim()) {
        return None;
    }
    let Some(number) = E164::normalise(to, plan.company.country) else {
        return Some(format!("{to} is neither an extension nor a number nor a SIP address."));
    };
    let refusal = explain(plan, &number, None).refusal?;
    Some(format!("Calls to it are refused: {refusal}."))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
