//! The plan: a tenant's whole routing configuration as one immutable value.

use crate::destination::{Destination, ExtensionId, Place, PlaceKind, RingGroupId};
use opbx_kernel::{Country, E164, TenantId};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A compiled plan. Archived records are in it, so that a trace can tell inactive from unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "PlanParts", into = "PlanParts")]
pub struct Plan {
    pub tenant: TenantId,
    pub version: i64,
    pub company: Company,
    numbers: FxHashMap<E164, Number>,
    extensions: FxHashMap<ExtensionId, Extension>,
    extension_ids: FxHashMap<Arc<str>, ExtensionId>,
    ring_groups: FxHashMap<RingGroupId, RingGroup>,
}

/// A plan as lists: what a compiler gathers and what a snapshot stores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanParts {
    pub tenant: TenantId,
    pub version: i64,
    pub company: Company,
    pub numbers: Vec<Number>,
    pub extensions: Vec<Extension>,
    pub ring_groups: Vec<RingGroup>,
}

/// What holds for the tenant as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    pub name: Arc<str>,
    /// How its people write and dial numbers.
    pub country: Option<Country>,
    /// Dialled as they stand, before anything else.
    pub emergency_numbers: Vec<Arc<str>>,
    /// Where a call goes that would otherwise be lost.
    pub fallback: Destination,
}

/// A telephone number the company owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    pub number: E164,
    pub name: Arc<str>,
    pub destination: Destination,
    pub active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    pub id: ExtensionId,
    pub number: Arc<str>,
    pub name: Arc<str>,
    pub active: bool,
    pub kind: ExtensionKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionKind {
    /// A person's devices.
    User { ring_timeout_s: u16, do_not_disturb: bool },
    /// A short number for something else.
    Points(Destination),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingGroup {
    pub id: RingGroupId,
    pub name: Arc<str>,
    pub strategy: Strategy,
    /// How long each attempt rings.
    pub timeout_s: u16,
    /// How many rounds before the fallback; at least one is made.
    pub turns: u8,
    /// In order of priority. A member named twice rings once.
    pub members: Vec<ExtensionId>,
    pub fallback: Destination,
    pub active: bool,
}

/// Whom a ring group rings first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// All at once.
    Simultaneous,
    /// One after the other, by priority.
    Sequential,
    /// One after the other, beginning one further with each call.
    RoundRobin,
    /// One after the other, in an order drawn for each call.
    Random,
}

impl Strategy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Simultaneous => "simultaneous",
            Self::Sequential => "sequential",
            Self::RoundRobin => "round_robin",
            Self::Random => "random",
        }
    }
}

impl Plan {
    pub fn number(&self, number: &E164) -> Option<&Number> {
        self.numbers.get(number)
    }

    pub fn numbers(&self) -> impl Iterator<Item = &Number> {
        self.numbers.values()
    }

    pub fn extension(&self, id: ExtensionId) -> Option<&Extension> {
        self.extensions.get(&id)
    }

    pub fn extension_by_number(&self, number: &str) -> Option<&Extension> {
        self.extension_ids.get(number).and_then(|id| self.extensions.get(id))
    }

    pub fn ring_group(&self, id: RingGroupId) -> Option<&RingGroup> {
        self.ring_groups.get(&id)
    }

    /// The name people gave a record, for sentences.
    pub fn name_of(&self, place: Place) -> Option<Arc<str>> {
        match place.kind {
            PlaceKind::Extension => {
                let id = ExtensionId::new(place.id).ok()?;
                self.extension(id).map(|extension| extension.number.clone())
            }
            PlaceKind::RingGroup => {
                self.ring_group(RingGroupId::new(place.id).ok()?).map(|group| group.name.clone())
            }
            _ => None,
        }
    }
}

impl From<PlanParts> for Plan {
    fn from(parts: PlanParts) -> Self {
        Self {
            tenant: parts.tenant,
            version: parts.version,
            company: parts.company,
            numbers: parts.numbers.into_iter().map(|number| (number.number.clone(), number)).collect(),
            extension_ids: parts.extensions.iter().map(|ext| (ext.number.clone(), ext.id)).collect(),
            extensions: parts.extensions.into_iter().map(|extension| (extension.id, extension)).collect(),
            ring_groups: parts.ring_groups.into_iter().map(|group| (group.id, group)).collect(),
        }
    }
}

impl From<Plan> for PlanParts {
    /// In the order of ids and numbers, so that the same plan always gives the same bytes.
    fn from(plan: Plan) -> Self {
        let mut numbers: Vec<_> = plan.numbers.into_values().collect();
        numbers.sort_by(|a, b| a.number.cmp(&b.number));
        let mut extensions: Vec<_> = plan.extensions.into_values().collect();
        extensions.sort_by_key(|extension| extension.id);
        let mut ring_groups: Vec<_> = plan.ring_groups.into_values().collect();
        ring_groups.sort_by_key(|group| group.id);
        Self {
            tenant: plan.tenant,
            version: plan.version,
            company: plan.company,
            numbers,
            extensions,
            ring_groups,
        }
    }
}
