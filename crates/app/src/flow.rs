//! All the ways that a call to a number can take, as a drawing: what it meets, and what leads from one to the next.

mod problems;
mod says;

use crate::App;
use crate::models::PbxNumber;
use crate::resources::archived_or_not;
use crate::simulation::{SimulateError, fresh_plan};
use opbx_kernel::{E164, Language, RecordId, Scope, Timestamp};
pub use opbx_routing::way::Spot;
use opbx_routing::{Destination, ExtensionKind, Person, Place, PlaceKind, Plan};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// What one drawing holds at most. Beyond this nobody can read it.
pub const NODES_MAX: usize = 1_000;

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
    /// Whether a number of the company leads here.
    pub reachable: bool,
    /// Of a schedule, whether it is open now, and why.
    pub time: Option<String>,
    /// What somebody should look at, in sentences.
    pub problems: Vec<String>,
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
    /// The same in words.
    pub says: String,
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
    let mut flow = draw(scope.spoken_to_in(), &plan, number, app.clock().now());
    for node in &mut flow.nodes {
        if let Spot::Number(number) = &node.spot {
            node.record = ids.get(number.as_str()).copied();
        }
    }
    Ok(flow)
}

/// As `flow`, from a plan alone: the records of numbers are not told.
///
/// Where all numbers are drawn, schedules, menus, groups, rooms and assistants that none of them leads to follow.
pub fn draw(language: Language, plan: &Plan, number: Option<&E164>, now: Timestamp) -> Flow {
    let mut drawing = Drawing { language, plan, now, flow: Flow::default(), known: HashSet::new() };
    match number {
        Some(number) => {
            let start = plan.number(number).map(|found| Spot::Number(found.number.clone()));
            drawing.follow(start.into_iter().collect(), true);
        }
        None => {
            let mut numbers: Vec<&E164> = plan.numbers().map(|found| &found.number).collect();
            numbers.sort_unstable_by_key(|number| number.as_str());
            drawing.follow(numbers.into_iter().map(|number| Spot::Number(number.clone())).collect(), true);
            let others = plan.led_to().into_iter().map(Spot::Place);
            let others = others.filter(|spot| !drawing.known.contains(spot)).collect();
            drawing.follow(others, false);
        }
    }
    let mut flow = drawing.flow;
    if flow.truncated {
        let drawn: HashSet<&Spot> = flow.nodes.iter().map(|node| &node.spot).collect();
        flow.edges.retain(|edge| drawn.contains(&edge.to));
    }
    problems::find(language, plan, &mut flow);
    flow
}

struct Drawing<'p> {
    language: Language,
    plan: &'p Plan,
    now: Timestamp,
    flow: Flow,
    known: HashSet<Spot>,
}

impl Drawing<'_> {
    /// Draws what calls can meet from here on.
    fn follow(&mut self, starts: Vec<Spot>, reachable: bool) {
        let (language, plan) = (self.language, self.plan);
        let mut waiting: VecDeque<Spot> = starts.into();
        while let Some(spot) = waiting.pop_front() {
            if !self.known.insert(spot.clone()) {
                continue;
            }
            if self.flow.nodes.len() >= NODES_MAX {
                self.flow.truncated = true;
                break;
            }
            self.flow.nodes.push(Node { reachable, ..node(language, plan, spot.clone(), self.now) });
            for (when, destination) in leads(plan, &spot) {
                let to = Spot::of(plan, &destination);
                waiting.push_back(to.clone());
                let says = says::edge(language, plan, &spot, &when);
                self.flow.edges.push(Edge { from: spot.clone(), to, when, says });
            }
        }
    }
}

/// Where calls go on, whether or not the record takes them.
pub(crate) fn leads(plan: &Plan, spot: &Spot) -> Vec<(When, Destination)> {
    match (spot, is_in_service(plan, spot)) {
        (_, true) => ways(plan, spot),
        // Nobody is told of another way than the end.
        (Spot::Number(_), false) => vec![(When::Inactive, Destination::Hangup)],
        (Spot::Place(place), false) if place.kind == PlaceKind::Hours => {
            match at(*place, |id| plan.hours(id)) {
                // It counts as closed.
                Some(hours) => vec![(When::Closed, hours.closed.clone())],
                None => fallback(plan, spot),
            }
        }
        (_, false) => fallback(plan, spot),
    }
}

fn is_in_service(plan: &Plan, spot: &Spot) -> bool {
    match spot {
        Spot::Number(number) => plan.number(number).is_some_and(|found| found.active),
        Spot::Place(place) => is_active(plan, *place),
        Spot::Forward(_) | Spot::Hangup => true,
    }
}

fn fallback(plan: &Plan, spot: &Spot) -> Vec<(When, Destination)> {
    let to = &plan.company.fallback;
    // A fallback that is itself inactive ends the call.
    let leads_back = Spot::of(plan, to) == *spot;
    vec![(When::Inactive, if leads_back { Destination::Hangup } else { to.clone() })]
}

fn node(language: Language, plan: &Plan, spot: Spot, now: Timestamp) -> Node {
    let name = match &spot {
        Spot::Number(number) => plan.number(number).map(|found| found.name.clone()),
        Spot::Place(place) => crate::ways::name(plan, *place),
        Spot::Forward(_) | Spot::Hangup => None,
    };
    let active = is_in_service(plan, &spot);
    let (rings, time) = match &spot {
        Spot::Place(place) => (rings(plan, *place), says::time(language, plan, *place, now)),
        _ => (Vec::new(), None),
    };
    Node { spot, name, active, record: None, rings, reachable: true, time, problems: Vec::new() }
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
        _ => None,
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
        _ => Vec::new(),
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
