//! All the ways that a call to a number can take, as a drawing: what it meets, and what leads from one to the next.

use crate::App;
use crate::models::PbxNumber;
use crate::resources::archived_or_not;
use crate::simulation::{SimulateError, fresh_plan};
use opbx_kernel::{E164, RecordId, Scope};
use opbx_routing::{Destination, ExtensionKind, Person, Place, PlaceKind, Plan};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// What one drawing holds at most. Beyond this nobody can read it.
pub const NODES_MAX: usize = 1_000;

/// What a call meets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Spot {
    Number(E164),
    Place(Place),
    /// An outside number or a SIP address.
    Forward(Arc<str>),
    Hangup,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub spot: Spot,
    /// The number's or place's own name; none where its record is gone.
    pub name: Option<Arc<str>>,
    /// A record that is inactive, or gone, sends calls to the company's fallback.
    pub active: bool,
    /// Of a number: its record.
    pub record: Option<RecordId>,
    /// Of a ring group, whom it rings; of an extension of a person, that person.
    pub rings: Vec<Rung>,
}

/// A phone that rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    pub id: i64,
    pub number: Arc<str>,
    pub name: Arc<str>,
    pub active: bool,
}

/// When a call goes that way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    Always,
    Open,
    Closed,
    Keys(Arc<str>),
    NoChoice,
    Busy,
    NoAnswer,
    Unreachable,
    Inactive,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    pub from: Spot,
    pub to: Spot,
    pub when: When,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flow {
    /// In the order in which a call can meet them.
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// Whether there is more than fits.
    pub truncated: bool,
}

/// Draws the ways of calls to one number, or to all of the tenant's. A number that is not the tenant's has no ways.
pub async fn flow(app: &App, scope: &Scope, number: Option<&E164>) -> Result<Flow, SimulateError> {
    let plan = fresh_plan(app, scope).await?;
    let mut tx = app.store().read(scope).await?;
    let records = tx.all::<PbxNumber>(&archived_or_not()).await?;
    let ids: HashMap<&str, RecordId> =
        records.iter().map(|record| (record.number.as_str(), record.id)).collect();
    let mut flow = draw(&plan, number);
    for node in &mut flow.nodes {
        if let Spot::Number(number) = &node.spot {
            node.record = ids.get(number.as_str()).copied();
        }
    }
    Ok(flow)
}

/// As `flow`, from a plan alone: the records of numbers are not told.
pub fn draw(plan: &Plan, number: Option<&E164>) -> Flow {
    let mut starts: Vec<Spot> = match number {
        Some(number) => {
            plan.number(number).map(|found| Spot::Number(found.number.clone())).into_iter().collect()
        }
        None => plan.numbers().map(|found| Spot::Number(found.number.clone())).collect(),
    };
    starts.sort_by(|a, b| match (a, b) {
        (Spot::Number(a), Spot::Number(b)) => a.as_str().cmp(b.as_str()),
        _ => std::cmp::Ordering::Equal,
    });
    let mut flow = Flow::default();
    let mut known: HashSet<Spot> = HashSet::new();
    let mut waiting: VecDeque<Spot> = starts.into();
    while let Some(spot) = waiting.pop_front() {
        if !known.insert(spot.clone()) {
            continue;
        }
        if flow.nodes.len() >= NODES_MAX {
            flow.truncated = true;
            break;
        }
        let node = node(plan, spot.clone());
        let ways = if node.active { ways(plan, &spot) } else { fallback(plan, &spot) };
        flow.nodes.push(node);
        for (when, destination) in ways {
            let to = spot_of(plan, &destination);
            waiting.push_back(to.clone());
            flow.edges.push(Edge { from: spot.clone(), to, when });
        }
    }
    if flow.truncated {
        let drawn: HashSet<&Spot> = flow.nodes.iter().map(|node| &node.spot).collect();
        flow.edges.retain(|edge| drawn.contains(&edge.to));
    }
    flow
}

fn fallback(plan: &Plan, spot: &Spot) -> Vec<(When, Destination)> {
    let to = &plan.company.fallback;
    // A fallback that is itself inactive ends the call.
    let leads_back = spot_of(plan, to) == *spot;
    vec![(When::Inactive, if leads_back { Destination::Hangup } else { to.clone() })]
}

/// A forward to an extension's number is the extension.
fn spot_of(plan: &Plan, destination: &Destination) -> Spot {
    match destination {
        Destination::Hangup => Spot::Hangup,
        Destination::Forward(to) => match plan.extension_by_number(to) {
            Some(extension) => Spot::Place(Place { kind: PlaceKind::Extension, id: extension.id.get() }),
            None => Spot::Forward(to.clone()),
        },
        other => other.place().map_or(Spot::Hangup, Spot::Place),
    }
}

fn node(plan: &Plan, spot: Spot) -> Node {
    let (name, active) = match &spot {
        Spot::Number(number) => match plan.number(number) {
            Some(found) => (Some(found.name.clone()), found.active),
            None => (None, false),
        },
        Spot::Place(place) => (name(plan, *place), is_active(plan, *place)),
        Spot::Forward(_) | Spot::Hangup => (None, true),
    };
    let rings = if let Spot::Place(place) = &spot { rings(plan, *place) } else { Vec::new() };
    Node { spot, name, active, record: None, rings }
}

fn name(plan: &Plan, place: Place) -> Option<Arc<str>> {
    match place.kind {
        PlaceKind::Extension => extension(plan, place.id).map(|extension| extension.name.clone()),
        _ => plan.name_of(place),
    }
}

fn extension(plan: &Plan, id: i64) -> Option<&opbx_routing::Extension> {
    plan.extension(opbx_routing::ExtensionId::new(id).ok()?)
}

fn is_active(plan: &Plan, place: Place) -> bool {
    let active = match place.kind {
        PlaceKind::Extension => extension(plan, place.id).map(|found| found.active),
        PlaceKind::RingGroup => at(place, |id| plan.ring_group(id)).map(|found| found.active),
        PlaceKind::Menu => at(place, |id| plan.menu(id)).map(|found| found.active),
        PlaceKind::Hours => at(place, |id| plan.hours(id)).map(|found| found.active),
        PlaceKind::Conference => at(place, |id| plan.conference(id)).map(|found| found.active),
        PlaceKind::Assistant => at(place, |id| plan.assistant(id)).map(|found| found.active),
        PlaceKind::Voicemail => at(place, |id| plan.voicemail(id)).map(|found| found.active),
        PlaceKind::Queue => None,
    };
    active.unwrap_or(false)
}

/// A record of the kind that the id is of.
fn at<'p, I: TryFrom<i64>, T>(place: Place, find: impl Fn(I) -> Option<&'p T>) -> Option<&'p T> {
    find(I::try_from(place.id).ok()?)
}

fn rings(plan: &Plan, place: Place) -> Vec<Rung> {
    let rung = |extension: &opbx_routing::Extension| Rung {
        id: extension.id.get(),
        number: extension.number.clone(),
        name: extension.name.clone(),
        active: extension.active,
    };
    match place.kind {
        PlaceKind::Extension => extension(plan, place.id)
            .filter(|extension| matches!(extension.kind, ExtensionKind::User(_)))
            .map(rung)
            .into_iter()
            .collect(),
        PlaceKind::RingGroup => at(place, |id| plan.ring_group(id))
            .map(|group| group.members.iter().filter_map(|id| plan.extension(*id)).map(rung).collect())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Where calls go on from what is active.
fn ways(plan: &Plan, spot: &Spot) -> Vec<(When, Destination)> {
    let place = match spot {
        Spot::Number(number) => {
            let leads = plan.number(number).map(|found| (When::Always, found.destination.clone()));
            return leads.into_iter().collect();
        }
        Spot::Place(place) => *place,
        Spot::Forward(_) | Spot::Hangup => return Vec::new(),
    };
    match place.kind {
        PlaceKind::Extension => match extension(plan, place.id).map(|extension| &extension.kind) {
            Some(ExtensionKind::Points(to)) => vec![(When::Always, to.clone())],
            Some(ExtensionKind::User(person)) => of_person(person),
            None => Vec::new(),
        },
        PlaceKind::RingGroup => at(place, |id| plan.ring_group(id))
            .map(|group| vec![(When::NoAnswer, group.fallback.clone())])
            .unwrap_or_default(),
        PlaceKind::Menu => at(place, |id| plan.menu(id)).map_or_else(Vec::new, |menu| {
            let keys = menu.keys.iter().map(|key| (When::Keys(key.keys.clone()), key.to.clone()));
            keys.chain([(When::NoChoice, menu.failover.clone())]).collect()
        }),
        PlaceKind::Hours => at(place, |id| plan.hours(id)).map_or_else(Vec::new, |hours| {
            vec![(When::Open, hours.open.clone()), (When::Closed, hours.closed.clone())]
        }),
        PlaceKind::Assistant => at(place, |id| plan.assistant(id))
            .map(|assistant| vec![(When::NoAnswer, assistant.fallback.clone())])
            .unwrap_or_default(),
        PlaceKind::Conference | PlaceKind::Voicemail | PlaceKind::Queue => Vec::new(),
    }
}

/// A forward goes before the box that takes what nobody answers.
fn of_person(person: &Person) -> Vec<(When, Destination)> {
    if let Some(to) = &person.forward.always {
        return vec![(When::Always, to.clone())];
    }
    let mailbox = person.voicemail.map(Destination::Voicemail);
    let forward = &person.forward;
    let ways = [
        (When::Busy, &forward.busy),
        (When::NoAnswer, &forward.no_answer),
        (When::Unreachable, &forward.unreachable),
    ];
    let led = ways.into_iter().filter_map(|(when, to)| Some((when, to.clone().or_else(|| mailbox.clone())?)));
    led.collect()
}

/// The number that a text names, whether or not its plus came through the address line.
pub fn number(text: &str) -> Option<E164> {
    let text = text.trim();
    let digits = text.strip_prefix('+').unwrap_or(text);
    E164::new(&format!("+{digits}"))
}
