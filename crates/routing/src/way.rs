//! The way of a call, read from the reasons of its trace: where the call is at each sentence, and which records it names.

use crate::destination::{Destination, OutboundRuleId, Place, PlaceKind, TrunkId};
use crate::plan::Plan;
use crate::trace::{DestinationName, FeatureRefusal, Reason, RecordingSayer, Refusal};
use opbx_kernel::E164;
use smallvec::SmallVec;
use std::sync::Arc;

/// What a call meets, as a drawing of its ways shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Spot {
    Number(E164),
    Place(Place),
    /// An outside number or a SIP address.
    Forward(Arc<str>),
    Hangup,
}

/// Something on a call's way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Stop {
    Spot(Spot),
    OutboundRule(OutboundRuleId),
    Trunk(TrunkId),
}

/// What one reason is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Where the call is; none before it met anything.
    pub at: Option<Spot>,
    /// The records that the sentence names, each once.
    pub records: SmallVec<[Stop; 4]>,
}

/// The way of one call, told reason by reason in their order.
///
/// Records are known by the destinations that reasons name, else by their names in the plan: with the plan that decided,
/// both are exact.
pub struct Way<'p> {
    plan: &'p Plan,
    at: Option<Spot>,
    passed: Vec<Stop>,
}

impl Spot {
    /// What a destination is. A forward to an extension, or to a number of the company's own, is that.
    pub fn of(plan: &Plan, destination: &Destination) -> Self {
        match destination {
            Destination::Hangup => Self::Hangup,
            Destination::Forward(to) => Self::of_forward(plan, to),
            other => other.place().map_or(Self::Hangup, Self::Place),
        }
    }

    fn of_forward(plan: &Plan, to: &Arc<str>) -> Self {
        let written = to.trim();
        let extension = crate::arrival::dialled_extension(written);
        if let Some(found) = extension.and_then(|number| plan.extension_by_number(number)) {
            return Self::Place(Place { kind: PlaceKind::Extension, id: found.id.get() });
        }
        match E164::normalise(written, plan.company.country) {
            Some(number) if plan.number(&number).is_some() => Self::Number(number),
            _ => Self::Forward(to.clone()),
        }
    }

    fn of_name(plan: &Plan, name: &DestinationName) -> Self {
        match name {
            DestinationName::Place(place) => Self::Place(Place { kind: place.kind, id: place.id }),
            DestinationName::Forward(to) => Self::of_forward(plan, to),
            DestinationName::Hangup => Self::Hangup,
        }
    }

    fn is_record(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Place(_))
    }
}

impl<'p> Way<'p> {
    pub fn new(plan: &'p Plan) -> Self {
        Self { plan, at: None, passed: Vec::new() }
    }

    /// Reads what follows by another plan: one that changed while the call went on.
    pub fn read_by(&mut self, plan: &'p Plan) {
        self.plan = plan;
    }

    /// What the call passed so far, in order; what it passed twice stands twice.
    pub fn passed(&self) -> &[Stop] {
        &self.passed
    }

    /// Where the call is now.
    pub fn at(&self) -> Option<&Spot> {
        self.at.as_ref()
    }

    /// Goes on by one reason, and tells what it is about.
    pub fn tell(&mut self, reason: &Reason) -> About {
        let mut records = SmallVec::new();
        let mut name = |stop: Stop| {
            let is_record = !matches!(&stop, Stop::Spot(spot) if !spot.is_record());
            if is_record && !records.contains(&stop) {
                records.push(stop);
            }
        };
        if let Some(spot) = self.enters(reason) {
            name(Stop::Spot(spot.clone()));
            self.go(spot);
        }
        if let Some(stop) = self.outside(reason) {
            name(stop.clone());
            self.pass(stop);
        }
        for stop in self.mentions(reason) {
            name(stop);
        }
        let at = self.at.clone();
        if let Some(spot) = self.leads_to(reason) {
            name(Stop::Spot(spot.clone()));
            self.go(spot);
        }
        About { at, records }
    }

    fn go(&mut self, spot: Spot) {
        self.at = Some(spot.clone());
        self.pass(Stop::Spot(spot));
    }

    fn pass(&mut self, stop: Stop) {
        if self.passed.last() != Some(&stop) {
            self.passed.push(stop);
        }
    }

    /// What the call is in when this is said.
    fn enters(&self, reason: &Reason) -> Option<Spot> {
        match reason {
            Reason::NumberDialled { number, .. }
            | Reason::NumberInactive { number, .. }
            | Reason::NumberLoop { number } => E164::new(number).map(Spot::Number),
            Reason::ExtensionDialled { number, .. }
            | Reason::ExtensionPoints { number, .. }
            | Reason::ExtensionVoicemail { number, .. }
            | Reason::Forwarded { number, .. } => self.extension(number),
            Reason::GroupOrder { group, .. }
            | Reason::RotationUnavailable { group }
            | Reason::GroupAttempt { group, .. }
            | Reason::NobodyAvailable { group }
            | Reason::NobodyAnswered { group, .. }
            | Reason::GroupFallback { group, .. } => self.named(PlaceKind::RingGroup, group),
            Reason::HoursJudged { hours, .. } => self.named(PlaceKind::Hours, hours),
            Reason::MenuPlayed { menu, .. }
            | Reason::KeyPressed { menu, .. }
            | Reason::DirectlyDialled { menu, .. }
            | Reason::NoKey { menu }
            | Reason::WrongKey { menu, .. }
            | Reason::MenuGivenUp { menu, .. }
            | Reason::MenuFailover { menu, .. } => self.named(PlaceKind::Menu, menu),
            Reason::PinAsked { room, .. }
            | Reason::PinEntered { room, .. }
            | Reason::RoomJoined { room, .. } => self.named(PlaceKind::Conference, room),
            Reason::AssistantCalled { assistant }
            | Reason::AssistantUnreachable { assistant }
            | Reason::AssistantFallback { assistant, .. } => self.named(PlaceKind::Assistant, assistant),
            Reason::MessageAsked { mailbox, .. } | Reason::MailboxOpened { mailbox, .. } => {
                self.named(PlaceKind::Voicemail, mailbox)
            }
            Reason::MessageLeft { mailbox: place, .. }
            | Reason::NoMessage { mailbox: place }
            | Reason::Inactive { place }
            | Reason::NotBuilt { place }
            | Reason::Loop { place } => Some(Spot::Place(Place { kind: place.kind, id: place.id })),
            Reason::Missing { kind, id } if !self.is_member(*kind) => {
                Some(Spot::Place(Place { kind: *kind, id: *id }))
            }
            Reason::HangupConfigured => Some(Spot::Hangup),
            _ => None,
        }
    }

    /// Where the call goes after this was said.
    fn leads_to(&self, reason: &Reason) -> Option<Spot> {
        match reason {
            Reason::NumberDialled { to, .. }
            | Reason::ExtensionPoints { to, .. }
            | Reason::ExtensionVoicemail { to, .. }
            | Reason::Forwarded { to, .. }
            | Reason::GroupFallback { to, .. }
            | Reason::KeyPressed { to, .. }
            | Reason::MenuFailover { to, .. }
            | Reason::AssistantFallback { to, .. }
            | Reason::Goes { to }
            | Reason::CompanyFallback { to } => Some(Spot::of_name(self.plan, to)),
            Reason::DirectlyDialled { number, .. } => self.extension(number),
            _ => None,
        }
    }

    /// The rule and the trunk by which the call leaves: no drawing shows them, and a call passes them all the same.
    fn outside(&self, reason: &Reason) -> Option<Stop> {
        match reason {
            Reason::OutboundAllowed { rule, .. } => {
                self.plan.outbound_rule_named(rule).map(Stop::OutboundRule)
            }
            Reason::OutsideRung { trunk: Some(trunk), .. } => self.plan.trunk_named(trunk).map(Stop::Trunk),
            _ => None,
        }
    }

    /// Records that the sentence names and the call does not enter.
    fn mentions(&self, reason: &Reason) -> SmallVec<[Stop; 4]> {
        let extension = |number: &str| self.extension(number).map(Stop::Spot);
        match reason {
            Reason::GroupOrder { members: numbers, .. } | Reason::Ringing { numbers, .. } => {
                numbers.iter().filter_map(|number| extension(number)).collect()
            }
            Reason::NotRung { number, .. } | Reason::NoMailbox { number } => {
                extension(number).into_iter().collect()
            }
            Reason::FeatureDialled { extension: number, .. } => extension(number).into_iter().collect(),
            Reason::LastCaller { number: Some(number) } => extension(number).into_iter().collect(),
            Reason::Missing { kind, id } => {
                let place = Place { kind: *kind, id: *id };
                SmallVec::from_iter([Stop::Spot(Spot::Place(place))])
            }
            Reason::OutboundRefused { why, .. }
            | Reason::FeatureRefused { why: FeatureRefusal::Outbound(why), .. } => {
                self.refused_by(why).into_iter().collect()
            }
            Reason::RecordingDecided { by, .. } => self.sayer(by).into_iter().collect(),
            _ => SmallVec::new(),
        }
    }

    fn refused_by(&self, why: &Refusal) -> Option<Stop> {
        match why {
            Refusal::NoTrunk { rule } => self.plan.outbound_rule_named(rule).map(Stop::OutboundRule),
            Refusal::NotPermitted { extension: number }
            | Refusal::TooManyCalls { whose: Some(number), .. }
            | Refusal::TooManyMinutes { whose: Some(number), .. } => self.extension(number).map(Stop::Spot),
            _ => None,
        }
    }

    fn sayer(&self, by: &RecordingSayer) -> Option<Stop> {
        match by {
            RecordingSayer::Extension(number) => self.extension(number).map(Stop::Spot),
            RecordingSayer::Number(number) => {
                E164::new(number).map(|number| Stop::Spot(Spot::Number(number)))
            }
            RecordingSayer::Trunk(name) => self.plan.trunk_named(name).map(Stop::Trunk),
            RecordingSayer::Company => None,
        }
    }

    /// Whether what is said of an extension is said of a member of the group that the call is in.
    fn is_member(&self, kind: PlaceKind) -> bool {
        let is_in_group = matches!(&self.at, Some(Spot::Place(Place { kind: PlaceKind::RingGroup, .. })));
        kind == PlaceKind::Extension && is_in_group
    }

    fn extension(&self, number: &str) -> Option<Spot> {
        let found = self.plan.extension_by_number(number)?;
        Some(Spot::Place(Place { kind: PlaceKind::Extension, id: found.id.get() }))
    }

    /// The record of that name: where the call is, if it is called so, for an inactive one may share the name.
    fn named(&self, kind: PlaceKind, name: &str) -> Option<Spot> {
        if let Some(Spot::Place(place)) = &self.at
            && place.kind == kind
            && self.plan.name_of(*place).as_deref() == Some(name)
        {
            return self.at.clone();
        }
        self.plan.place_named(kind, name).map(Spot::Place)
    }
}
