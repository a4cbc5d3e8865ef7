//! Ways of calls in words: each sentence with where the call is and the records it names, and all that a call passed.

use crate::models::PbxNumber;
use crate::resources::archived_or_not;
use opbx_kernel::{E164, Language, RecordId};
use opbx_platform::{Domain, Value};
use opbx_routing::trace::{RecordingSayer, Tell as _};
use opbx_routing::way::{About, Spot, Stop, Way};
use opbx_routing::{Ending, ExtensionId, Place, PlaceKind, Plan, Reason};
use opbx_store::{ReadError, Tx};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// Something that a call passed, as pages link and mark it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The API's word: `phone_number`, `ring_group` and so on.
    pub kind: String,
    /// None for what is no record, and for a number that is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(default)]
    pub label: String,
    /// As the drawing of all ways calls it; a rule and a trunk are on no drawing, and are called in the same manner.
    pub node: String,
}

/// One sentence of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    pub text: String,
    /// Where the call is, as the drawing calls it.
    pub node: Option<String>,
    /// The records that the sentence names.
    pub records: Vec<Passed>,
}

/// A call's whole way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Of each step.
    pub steps: Vec<Vec<Sentence>>,
    /// In order; what the call passed twice stands twice.
    pub way: Vec<Passed>,
    /// The same, each with the step that passed it.
    pub stops: Vec<(Stop, usize)>,
    /// Where it is at the end.
    pub at: Option<String>,
    pub ending: Option<Ending>,
}

/// The records of numbers, by number.
#[derive(Debug, Clone, Default)]
pub struct NumberIds(HashMap<String, RecordId>);

impl NumberIds {
    /// Those of the numbers that reasons name.
    pub async fn named_by<'r>(
        tx: &mut Tx,
        reasons: impl Iterator<Item = &'r Reason>,
    ) -> Result<Self, ReadError> {
        let numbers: BTreeSet<&str> = reasons.filter_map(number_of).collect();
        if numbers.is_empty() {
            return Ok(Self::default());
        }
        let named = Domain::is_in("number", numbers.into_iter().map(|number| Value::Text(number.to_owned())));
        let records = tx.all::<PbxNumber>(&named.and(archived_or_not())).await?;
        Ok(Self::of(&records))
    }

    pub fn of(records: &[PbxNumber]) -> Self {
        Self(records.iter().map(|record| (record.number.clone(), record.id)).collect())
    }

    pub fn get(&self, number: &E164) -> Option<RecordId> {
        self.0.get(number.as_str()).copied()
    }
}

fn number_of(reason: &Reason) -> Option<&str> {
    match reason {
        Reason::NumberDialled { number, .. }
        | Reason::NumberInactive { number, .. }
        | Reason::NumberLoop { number }
        | Reason::RecordingDecided { by: RecordingSayer::Number(number), .. } => Some(number),
        _ => None,
    }
}

/// Tells a call's steps, each by its reasons and the plan that they are read by. No steps tell nothing.
pub fn tell<'r, 'p>(
    language: Language,
    ids: &NumberIds,
    steps: impl Iterator<Item = (&'p Plan, &'r [Reason])>,
) -> Told {
    let mut told = Told::default();
    let mut way: Option<Way<'p>> = None;
    for (at_step, (plan, reasons)) in steps.enumerate() {
        let way = way.get_or_insert_with(|| Way::new(plan));
        way.read_by(plan);
        let mut sentences = Vec::with_capacity(reasons.len());
        for reason in reasons {
            if let Reason::Ended { ending } = reason {
                told.ending.get_or_insert(*ending);
            }
            let About { at, records } = way.tell(reason);
            sentences.push(Sentence {
                text: reason.told_in(language),
                node: at.as_ref().map(node_id),
                records: records.iter().map(|stop| passed(plan, ids, stop)).collect(),
            });
        }
        told.steps.push(sentences);
        for stop in &way.passed()[told.stops.len()..] {
            told.way.push(passed(plan, ids, stop));
            told.stops.push((stop.clone(), at_step));
        }
    }
    told.at = way.and_then(|way| way.at().map(node_id));
    told
}

/// A stop as pages know it.
pub fn passed(plan: &Plan, ids: &NumberIds, stop: &Stop) -> Passed {
    let (kind, id, label) = match stop {
        Stop::Spot(spot) => (kind(spot), record_of(ids, spot), label(plan, spot)),
        Stop::OutboundRule(id) => {
            let label = plan.outbound_rule(*id).map(|rule| rule.name.to_string());
            ("outbound_rule", Some(id.get()), label.unwrap_or_default())
        }
        Stop::Trunk(id) => {
            let label = plan.trunk(*id).map(|trunk| trunk.name.to_string());
            ("trunk", Some(id.get()), label.unwrap_or_default())
        }
    };
    let node = match stop {
        Stop::Spot(spot) => node_id(spot),
        Stop::OutboundRule(id) => format!("outbound_rule:{id}"),
        Stop::Trunk(id) => format!("trunk:{id}"),
    };
    Passed { kind: kind.to_owned(), id, label, node }
}

fn record_of(ids: &NumberIds, spot: &Spot) -> Option<i64> {
    match spot {
        Spot::Number(number) => ids.get(number).map(RecordId::get),
        Spot::Place(place) => Some(place.id),
        Spot::Forward(_) | Spot::Hangup => None,
    }
}

/// What the drawing of all ways calls it.
pub fn node_id(spot: &Spot) -> String {
    match spot {
        Spot::Number(number) => format!("phone_number:{}", number.as_str()),
        Spot::Place(place) => format!("{}:{}", place.kind.word().replace(' ', "_"), place.id),
        Spot::Forward(to) => format!("forward:{to}"),
        Spot::Hangup => "hangup".to_owned(),
    }
}

/// The API's word for what it is.
pub fn kind(spot: &Spot) -> &'static str {
    match spot {
        Spot::Number(_) => "phone_number",
        Spot::Forward(_) => "forward",
        Spot::Hangup => "hangup",
        Spot::Place(place) => match place.kind {
            PlaceKind::Extension => "extension",
            PlaceKind::RingGroup => "ring_group",
            PlaceKind::Menu => "ivr_menu",
            PlaceKind::Hours => "business_hours",
            PlaceKind::Conference => "conference_room",
            PlaceKind::Assistant => "assistant",
            other => other.word(),
        },
    }
}

/// What people call it.
pub fn label(plan: &Plan, spot: &Spot) -> String {
    let name = match spot {
        Spot::Number(number) => plan.number(number).map(|found| found.name.clone()),
        Spot::Place(place) => name(plan, *place),
        Spot::Forward(_) | Spot::Hangup => None,
    };
    let name = name.as_deref().filter(|name| !name.is_empty());
    match spot {
        Spot::Number(number) => name.unwrap_or(number.as_str()).to_owned(),
        Spot::Forward(to) => to.to_string(),
        Spot::Hangup => "Hang up".to_owned(),
        Spot::Place(place) => name.map_or_else(|| place.kind.word().to_owned(), str::to_owned),
    }
}

/// The name of a place, an extension's own rather than its number; none where its record is gone.
pub(crate) fn name(plan: &Plan, place: Place) -> Option<std::sync::Arc<str>> {
    match place.kind {
        PlaceKind::Extension => {
            let id = ExtensionId::new(place.id).ok()?;
            plan.extension(id).map(|extension| extension.name.clone())
        }
        _ => plan.name_of(place),
    }
}
