//! The plan: a tenant's whole routing configuration as one immutable value.

mod records;

use crate::assistant::Assistant;
use crate::conference::Conference;
use crate::destination::{
    AssistantId, ConferenceId, Destination, ExtensionId, HoursId, MenuId, OutboundRuleId, Place, PlaceKind,
    RingGroupId, TrunkId, VoicemailId,
};
use crate::feature::FeatureCode;
use crate::hours::Hours;
use crate::menu::Menu;
use crate::outbound::{Limits, OutboundRule, Prefix, Trunk};
use crate::recording::{self, RecordingPolicy};
use crate::screening::{BlockedCaller, Blocklist, Screening};
use crate::voicemail::Voicemail;
use crate::zone::Zone;
use opbx_kernel::{Country, E164, TenantId};
use records::Records;
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
    extensions: Records<Extension>,
    extension_ids: FxHashMap<Arc<str>, ExtensionId>,
    ring_groups: Records<RingGroup>,
    menus: Records<Menu>,
    hours: Records<Hours>,
    conferences: Records<Conference>,
    assistants: Records<Assistant>,
    voicemails: Records<Voicemail>,
    trunks: Records<Trunk>,
    outbound_rules: Vec<OutboundRule>,
    /// The prefix of each of them, in their order.
    outbound_prefixes: Vec<Prefix>,
    feature_codes: Vec<FeatureCode>,
    blocked_callers: Blocklist,
    /// Whether anybody in it says anything of recording.
    recording: bool,
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
    pub menus: Vec<Menu>,
    pub hours: Vec<Hours>,
    pub conferences: Vec<Conference>,
    pub assistants: Vec<Assistant>,
    pub voicemails: Vec<Voicemail>,
    pub trunks: Vec<Trunk>,
    /// In the order in which they are preferred where they match equally well.
    pub outbound_rules: Vec<OutboundRule>,
    #[serde(default)]
    pub feature_codes: Vec<FeatureCode>,
    #[serde(default)]
    pub blocked_callers: Vec<BlockedCaller>,
}

/// What holds for the tenant as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    pub name: Arc<str>,
    /// How its people write and dial numbers.
    pub country: Option<Country>,
    pub zone: Zone,
    /// Dialled as they stand, before anything else.
    pub emergency_numbers: Vec<Arc<str>>,
    /// Where a call goes that would otherwise be lost.
    pub fallback: Destination,
    /// Shown on outside calls where neither rule nor person has a number to show.
    pub caller_id: Option<Arc<str>>,
    /// The only countries that may be called; empty allows what the outbound rules allow.
    pub allowed_countries: Vec<Country>,
    pub limits: Limits,
    #[serde(default, skip_serializing_if = "RecordingPolicy::is_silent")]
    pub recording: RecordingPolicy,
    #[serde(default)]
    pub screening: Screening,
}

/// A telephone number the company owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    pub number: E164,
    pub name: Arc<str>,
    pub destination: Destination,
    pub active: bool,
    #[serde(default, skip_serializing_if = "RecordingPolicy::is_silent")]
    pub recording: RecordingPolicy,
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
    User(Person),
    /// A short number for something else.
    Points(Destination),
}

/// How a person is reached, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub ring_timeout_s: u16,
    pub do_not_disturb: bool,
    pub forward: Forwards,
    /// The box that takes messages when nobody takes the call.
    pub voicemail: Option<VoicemailId>,
    /// Whether this person may make outside calls.
    pub dials_out: bool,
    /// Shown on outside calls where the rule has no number to show.
    pub caller_id: Option<Arc<str>>,
    pub limits: Limits,
    #[serde(default, skip_serializing_if = "RecordingPolicy::is_silent")]
    pub recording: RecordingPolicy,
}

/// Where a person's calls go instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forwards {
    pub always: Option<Destination>,
    pub busy: Option<Destination>,
    pub no_answer: Option<Destination>,
    /// No device is registered, or the dial failed.
    pub unreachable: Option<Destination>,
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

impl Company {
    /// A company of which only the name is known: no country, no limits, UTC, and calls that go nowhere end.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            country: None,
            zone: Zone::utc(),
            emergency_numbers: Vec::new(),
            fallback: Destination::Hangup,
            caller_id: None,
            allowed_countries: Vec::new(),
            limits: Limits::default(),
            recording: RecordingPolicy::default(),
            screening: Screening::default(),
        }
    }

    /// The emergency number that a text means, as it is listed.
    ///
    /// Quirk: Cloudonix writes a short number with a `+` before it in places (`+911`).
    pub fn emergency_number(&self, text: &str) -> Option<&Arc<str>> {
        let meant = without_plus(text.trim());
        self.emergency_numbers.iter().find(|number| without_plus(number) == meant)
    }
}

fn without_plus(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

impl Person {
    /// A person whose phone rings this long, and of whom nothing else is said.
    pub fn ringing(ring_timeout_s: u16) -> Self {
        Self {
            ring_timeout_s,
            do_not_disturb: false,
            forward: Forwards::default(),
            voicemail: None,
            dials_out: false,
            caller_id: None,
            limits: Limits::default(),
            recording: RecordingPolicy::default(),
        }
    }
}

impl PlanParts {
    /// A plan of a company that has nothing yet.
    pub fn empty(tenant: TenantId, version: i64, company: Company) -> Self {
        Self {
            tenant,
            version,
            company,
            numbers: Vec::new(),
            extensions: Vec::new(),
            ring_groups: Vec::new(),
            menus: Vec::new(),
            hours: Vec::new(),
            conferences: Vec::new(),
            assistants: Vec::new(),
            voicemails: Vec::new(),
            trunks: Vec::new(),
            outbound_rules: Vec::new(),
            feature_codes: Vec::new(),
            blocked_callers: Vec::new(),
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
        self.extensions.get(id)
    }

    pub fn extension_by_number(&self, number: &str) -> Option<&Extension> {
        self.extension_ids.get(number).and_then(|id| self.extensions.get(*id))
    }

    /// Everybody who has an extension.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.extensions.all().filter_map(|extension| match &extension.kind {
            ExtensionKind::User(person) => Some(person),
            ExtensionKind::Points(_) => None,
        })
    }

    pub fn ring_group(&self, id: RingGroupId) -> Option<&RingGroup> {
        self.ring_groups.get(id)
    }

    pub fn menu(&self, id: MenuId) -> Option<&Menu> {
        self.menus.get(id)
    }

    pub fn hours(&self, id: HoursId) -> Option<&Hours> {
        self.hours.get(id)
    }

    pub fn conference(&self, id: ConferenceId) -> Option<&Conference> {
        self.conferences.get(id)
    }

    pub fn assistant(&self, id: AssistantId) -> Option<&Assistant> {
        self.assistants.get(id)
    }

    pub fn voicemail(&self, id: VoicemailId) -> Option<&Voicemail> {
        self.voicemails.get(id)
    }

    pub fn trunk(&self, id: TrunkId) -> Option<&Trunk> {
        self.trunks.get(id)
    }

    /// Every trunk in the order of ids.
    pub(crate) fn trunks(&self) -> Vec<&Trunk> {
        self.trunks.in_order()
    }

    pub fn outbound_rules(&self) -> &[OutboundRule] {
        &self.outbound_rules
    }

    /// The rules with their prefixes, in order.
    pub(crate) fn outbound_rules_read(&self) -> impl Iterator<Item = (&OutboundRule, &Prefix)> {
        self.outbound_rules.iter().zip(&self.outbound_prefixes)
    }

    pub fn feature_codes(&self) -> &[FeatureCode] {
        &self.feature_codes
    }

    pub(crate) fn blocklist(&self) -> &Blocklist {
        &self.blocked_callers
    }

    pub(crate) fn speaks_of_recording(&self) -> bool {
        self.recording
    }

    pub fn outbound_rule(&self, id: OutboundRuleId) -> Option<&OutboundRule> {
        self.outbound_rules.iter().find(|rule| rule.id == id)
    }

    /// The name people gave a record, for sentences.
    pub fn name_of(&self, place: Place) -> Option<Arc<str>> {
        match place.kind {
            PlaceKind::Extension => self.extensions.name(place.id),
            PlaceKind::RingGroup => self.ring_groups.name(place.id),
            PlaceKind::Menu => self.menus.name(place.id),
            PlaceKind::Hours => self.hours.name(place.id),
            PlaceKind::Conference => self.conferences.name(place.id),
            PlaceKind::Assistant => self.assistants.name(place.id),
            PlaceKind::Voicemail => self.voicemails.name(place.id),
            PlaceKind::Queue => None,
        }
    }
}

impl Plan {
    /// The record of a kind with this name; the active one, where an inactive one is called the same.
    pub fn place_named(&self, kind: PlaceKind, name: &str) -> Option<Place> {
        let id = match kind {
            PlaceKind::Extension => self.extensions.named(name),
            PlaceKind::RingGroup => self.ring_groups.named(name),
            PlaceKind::Menu => self.menus.named(name),
            PlaceKind::Hours => self.hours.named(name),
            PlaceKind::Conference => self.conferences.named(name),
            PlaceKind::Assistant => self.assistants.named(name),
            PlaceKind::Voicemail => self.voicemails.named(name),
            _ => None,
        };
        id.map(|id| Place { kind, id })
    }

    pub fn trunk_named(&self, name: &str) -> Option<TrunkId> {
        self.trunks.named(name).and_then(|id| TrunkId::new(id).ok())
    }

    pub fn outbound_rule_named(&self, name: &str) -> Option<OutboundRuleId> {
        let called_so = |rule: &&OutboundRule| *rule.name == *name;
        let mut rules = self.outbound_rules.iter().filter(called_so);
        rules.clone().find(|rule| rule.active).or_else(|| rules.next()).map(|rule| rule.id)
    }

    /// What people lead calls to: every schedule, menu, group, room and assistant, in the order of their ids.
    pub fn led_to(&self) -> Vec<Place> {
        let of = |kind: PlaceKind, ids: Vec<i64>| ids.into_iter().map(move |id| Place { kind, id });
        of(PlaceKind::Hours, self.hours.ids())
            .chain(of(PlaceKind::Menu, self.menus.ids()))
            .chain(of(PlaceKind::RingGroup, self.ring_groups.ids()))
            .chain(of(PlaceKind::Conference, self.conferences.ids()))
            .chain(of(PlaceKind::Assistant, self.assistants.ids()))
            .collect()
    }

    /// Everything that has an extension's number.
    pub fn extensions(&self) -> impl Iterator<Item = &Extension> {
        self.extensions.all()
    }
}

impl From<PlanParts> for Plan {
    fn from(parts: PlanParts) -> Self {
        let mut plan = Self {
            tenant: parts.tenant,
            version: parts.version,
            company: parts.company,
            numbers: parts.numbers.into_iter().map(|number| (number.number.clone(), number)).collect(),
            extension_ids: parts.extensions.iter().map(|ext| (ext.number.clone(), ext.id)).collect(),
            extensions: parts.extensions.into(),
            ring_groups: parts.ring_groups.into(),
            menus: parts.menus.into(),
            hours: parts.hours.into(),
            conferences: parts.conferences.into(),
            assistants: parts.assistants.into(),
            voicemails: parts.voicemails.into(),
            trunks: parts.trunks.into(),
            outbound_prefixes: parts.outbound_rules.iter().map(OutboundRule::prefix_read).collect(),
            outbound_rules: parts.outbound_rules,
            feature_codes: parts.feature_codes,
            blocked_callers: parts.blocked_callers.into(),
            recording: false,
        };
        plan.recording = recording::is_spoken_of(&plan);
        plan
    }
}

impl From<Plan> for PlanParts {
    /// In the order of ids and numbers, so that the same plan always gives the same bytes.
    fn from(plan: Plan) -> Self {
        let mut numbers: Vec<_> = plan.numbers.into_values().collect();
        numbers.sort_by(|a, b| a.number.cmp(&b.number));
        Self {
            tenant: plan.tenant,
            version: plan.version,
            company: plan.company,
            numbers,
            extensions: plan.extensions.into(),
            ring_groups: plan.ring_groups.into(),
            menus: plan.menus.into(),
            hours: plan.hours.into(),
            conferences: plan.conferences.into(),
            assistants: plan.assistants.into(),
            voicemails: plan.voicemails.into(),
            trunks: plan.trunks.into(),
            outbound_rules: plan.outbound_rules,
            feature_codes: plan.feature_codes,
            blocked_callers: plan.blocked_callers.into(),
        }
    }
}
