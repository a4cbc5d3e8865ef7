//! The walk of a call through destinations, up to the next thing an engine must do.

use crate::action::{Action, Dial, Target};
use crate::call::{Call, Dialing, Ending, Stage};
use crate::destination::{Destination, Place};
use crate::event::{DialResult, Event};
use crate::facts::{Facts, TicketClaim};
use crate::plan::Plan;
use crate::trace::{PlaceName, Reason};
use crate::{arrival, extension, ring_group};
use smallvec::SmallVec;
use std::borrow::Cow;

/// The most records a call may be sent through; the company's fallback may be one more.
pub const HOPS_MAX: usize = 16;
/// How long an outside number rings.
const OUTSIDE_TIMEOUT_S: u16 = 60;

/// What [`step`] decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub call: Call,
    /// In order. Empty only when the caller has already left.
    pub actions: SmallVec<[Action; 2]>,
    pub trace: Vec<Reason>,
    /// The rotation tickets the decision lacked. When there are any, claim them and ask again with them in the facts.
    pub wanted: SmallVec<[TicketClaim; 1]>,
}

/// Decides what happens next to a call.
///
/// Total: every plan, call, event and facts give an answer. The same input gives the same output.
///
/// ```
/// use opbx_routing::{Call, Direction, Event, Facts, Plan, PlanParts, Company, Destination, Ending, step};
/// let plan = Plan::from(PlanParts {
///     tenant: opbx_kernel::TenantId::new(1).unwrap(),
///     version: 1,
///     company: Company { name: "Demo".into(), country: None, emergency_numbers: vec![], fallback: Destination::Hangup },
///     numbers: vec![], extensions: vec![], ring_groups: vec![],
/// });
/// let call = Call::new(Direction::Inbound, "+442079460018", "+12125550100");
/// let step = step(&plan, call, &Event::Arrived, &Facts::at("2026-12-24T18:05:00Z".parse().unwrap(), 0));
/// assert_eq!(step.call.ending(), Some(Ending::NotFound));
/// ```
pub fn step(plan: &Plan, call: Call, event: &Event, facts: &Facts) -> Step {
    let mut walk = Walk {
        plan,
        facts,
        call,
        actions: SmallVec::new(),
        trace: Vec::with_capacity(8),
        wanted: SmallVec::new(),
    };
    walk.call.steps = walk.call.steps.saturating_add(1);
    match (std::mem::replace(&mut walk.call.stage, Stage::New), event) {
        (Stage::Ended(ending), _) => walk.already_ended(ending),
        (_, Event::CallerLeft) => walk.caller_left(),
        (Stage::New, Event::Arrived) => arrival::arrived(&mut walk),
        (Stage::Dialing(dialing), Event::DialEnded(result)) => walk.dial_ended(dialing, *result),
        (Stage::New, Event::DialEnded(_)) | (Stage::Dialing(_), Event::Arrived) => walk.unexpected(),
    }
    Step { call: walk.call, actions: walk.actions, trace: walk.trace, wanted: walk.wanted }
}

/// One decision being made.
pub(crate) struct Walk<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) facts: &'a Facts,
    pub(crate) call: Call,
    actions: SmallVec<[Action; 2]>,
    trace: Vec<Reason>,
    pub(crate) wanted: SmallVec<[TicketClaim; 1]>,
}

impl Walk<'_> {
    pub(crate) fn note(&mut self, reason: Reason) {
        self.trace.push(reason);
    }

    /// Sends the call on, until something must be done outside.
    pub(crate) fn go_to(&mut self, destination: Destination) {
        let mut next = Some(destination);
        // Bounded: each round lengthens the trail or ends the walk.
        while let Some(destination) = next {
            next = self.visit(destination);
        }
    }

    /// Enters one destination; gives the next one where it only points further.
    fn visit(&mut self, destination: Destination) -> Option<Destination> {
        if let Some(place) = destination.place() {
            if self.call.trail.contains(&place) {
                let name = self.name(place);
                self.note(Reason::Loop { place: name });
                return self.give_up(Ending::Misconfigured, say::NOT_CONFIGURED);
            }
            if self.call.trail.len() >= HOPS_MAX + usize::from(self.call.fell_back) {
                self.note(Reason::TooDeep { hops: self.call.trail.len() });
                return self.give_up(Ending::Misconfigured, say::NOT_CONFIGURED);
            }
            self.call.trail.push(place);
        }
        match destination {
            Destination::Extension(id) => extension::visit(self, id),
            Destination::RingGroup(id) => ring_group::visit(self, id),
            Destination::Hangup => {
                self.note(Reason::HangupConfigured);
                self.end(Ending::HungUp)
            }
            Destination::Forward(target) => {
                self.note(Reason::ForwardNotBuilt { target });
                self.end_saying(Ending::NotBuilt, say::NOT_BUILT)
            }
            Destination::Menu(_)
            | Destination::Hours(_)
            | Destination::Conference(_)
            | Destination::Assistant(_)
            | Destination::Voicemail(_)
            | Destination::Queue(_) => {
                let place = destination.place().map(|place| self.name(place));
                self.trace.extend(place.map(|place| Reason::NotBuilt { place }));
                self.end_saying(Ending::NotBuilt, say::NOT_BUILT)
            }
        }
    }

    fn dial_ended(&mut self, dialing: Dialing, result: DialResult) {
        self.note(Reason::DialEnded { result });
        match result {
            DialResult::Completed => drop(self.end(Ending::Completed)),
            DialResult::Canceled => drop(self.end(Ending::CallerLeft)),
            DialResult::Unknown => drop(self.end(Ending::ResultUnknown)),
            DialResult::Busy | DialResult::Failed | DialResult::NoAnswer => match dialing {
                Dialing::Group(hunt) => ring_group::unanswered(self, hunt),
                Dialing::Extension(_) => drop(self.end_saying(Ending::NoAnswer, say::EXTENSION_UNAVAILABLE)),
                Dialing::Outside => drop(self.end(Ending::NoAnswer)),
            },
        }
    }

    /// Leaves a way that leads nowhere: once to the company's fallback, then to a sentence and the end.
    pub(crate) fn give_up(&mut self, ending: Ending, sentence: &'static str) -> Option<Destination> {
        if self.call.fell_back || self.plan.company.fallback == Destination::Hangup {
            return self.end_saying(ending, sentence);
        }
        self.call.fell_back = true;
        let fallback = self.plan.company.fallback.clone();
        let to = self.destination_name(&fallback);
        self.note(Reason::CompanyFallback { to });
        Some(fallback)
    }

    pub(crate) fn ring(&mut self, targets: SmallVec<[Target; 4]>, timeout_s: u16, dialing: Dialing) {
        self.actions.push(Action::Dial(Dial { targets, timeout_s }));
        self.call.stage = Stage::Dialing(dialing);
    }

    pub(crate) fn ring_outside(&mut self, number: std::sync::Arc<str>) {
        self.ring(smallvec::smallvec![Target::Outside { number }], OUTSIDE_TIMEOUT_S, Dialing::Outside);
    }

    /// Ends the call. Gives `None`, so that a visit can end with it.
    pub(crate) fn end(&mut self, ending: Ending) -> Option<Destination> {
        self.actions.push(Action::Hangup);
        self.call.stage = Stage::Ended(ending);
        self.note(Reason::Ended { ending });
        None
    }

    pub(crate) fn end_saying(&mut self, ending: Ending, sentence: &'static str) -> Option<Destination> {
        self.actions.push(Action::Say(Cow::Borrowed(sentence)));
        self.end(ending)
    }

    fn already_ended(&mut self, ending: Ending) {
        self.actions.push(Action::Hangup);
        self.call.stage = Stage::Ended(ending);
        self.note(Reason::AlreadyEnded { ending });
    }

    fn caller_left(&mut self) {
        self.call.stage = Stage::Ended(Ending::CallerLeft);
        self.note(Reason::Ended { ending: Ending::CallerLeft });
    }

    fn unexpected(&mut self) {
        self.note(Reason::UnexpectedEvent);
        self.end(Ending::Unexpected);
    }

    pub(crate) fn name(&self, place: Place) -> PlaceName {
        PlaceName { kind: place.kind, id: place.id, name: self.plan.name_of(place) }
    }

    pub(crate) fn destination_name(&self, destination: &Destination) -> crate::trace::DestinationName {
        use crate::trace::DestinationName;
        match (destination, destination.place()) {
            (_, Some(place)) => DestinationName::Place(self.name(place)),
            (Destination::Forward(target), None) => DestinationName::Forward(target.clone()),
            (_, None) => DestinationName::Hangup,
        }
    }
}

/// The sentences a caller may hear before the call ends; the original's words, said once.
pub(crate) mod say {
    pub(crate) const EXTENSION_NOT_FOUND: &str = "Extension not found";
    pub(crate) const EXTENSION_UNAVAILABLE: &str = "Extension is not available. Goodbye.";
    pub(crate) const NUMBER_NOT_CONFIGURED: &str = "DID destination not configured";
    pub(crate) const NOT_CONFIGURED: &str = "Destination not configured";
    pub(crate) const NOBODY_AVAILABLE: &str = "No agents available. Goodbye.";
    pub(crate) const OUTBOUND_REFUSED: &str = "Outbound call not permitted";
    pub(crate) const NOT_BUILT: &str = "This service is not available. Goodbye.";
}
