//! The walk of a call through destinations, up to the next thing an engine must do.

use crate::action::{Action, Change, Dial, Gather, Join, Record, Rejection, Target};
use crate::call::{Account, Asking, Call, Dialing, Ending, Stage};
use crate::destination::{Destination, Place};
use crate::event::{DialResult, Event};
use crate::facts::{Facts, Spender, Usage, Wanted};
use crate::plan::Plan;
use crate::prompt::Prompt;
use crate::trace::{DestinationName, PlaceName, Reason};
use crate::{
    arrival, assistant, conference, extension, forward, hours, listening, menu, outbound, recording,
    ring_group, voicemail,
};
use opbx_kernel::E164;
use smallvec::SmallVec;
use std::borrow::Cow;

/// The most records a call may be sent through; the company's fallback may be one more.
pub const HOPS_MAX: usize = 16;

/// What [`step`] decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub call: Call,
    /// In order. Empty only when the caller has already left.
    pub actions: SmallVec<[Action; 2]>,
    pub trace: Vec<Reason>,
    /// What the decision lacked. When there is any, find it out and ask again with it in the facts.
    pub wanted: SmallVec<[Wanted; 1]>,
}

/// Decides what happens next to a call.
///
/// Total: every plan, call, event and facts give an answer. The same input gives the same output.
///
/// ```
/// use opbx_routing::{Call, Direction, Event, Facts, Plan, PlanParts, Company, Ending, step};
/// let tenant = opbx_kernel::TenantId::new(1).unwrap();
/// let plan = Plan::from(PlanParts::empty(tenant, 1, Company::named("Demo")));
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
        numbers: SmallVec::new(),
    };
    walk.call.steps = walk.call.steps.saturating_add(1);
    match (std::mem::replace(&mut walk.call.stage, Stage::New), event) {
        (Stage::Ended(ending), _) => walk.already_ended(ending),
        (_, Event::CallerLeft) => walk.caller_left(),
        (Stage::New, Event::Arrived) => arrival::arrived(&mut walk),
        (Stage::Dialing(dialing), Event::DialEnded(result)) => {
            let next = walk.dial_ended(dialing, *result);
            walk.go_on(next);
        }
        (Stage::Asking(Asking::Menu { menu, turn }), Event::KeysPressed(keys)) => {
            let next = menu::chosen(&mut walk, menu, turn, keys);
            walk.go_on(next);
        }
        (Stage::Asking(Asking::Pin { room, turn }), Event::PinEntered(entry)) => {
            let next = conference::pin_entered(&mut walk, room, turn, *entry);
            walk.go_on(next);
        }
        (Stage::Asking(Asking::BoxNumber { turn }), Event::KeysPressed(keys)) => {
            listening::number_entered(&mut walk, turn, keys);
        }
        (Stage::Asking(Asking::BoxPin { mailbox, turn }), Event::PinEntered(entry)) => {
            listening::pin_entered(&mut walk, mailbox, turn, *entry);
        }
        (Stage::Asking(Asking::Mailbox(stand)), Event::KeysPressed(keys)) => {
            listening::chosen(&mut walk, stand, keys);
        }
        (Stage::Recording(mailbox), Event::Recorded(recording)) => {
            let next = voicemail::recorded(&mut walk, mailbox, recording);
            walk.go_on(next);
        }
        (Stage::New | Stage::Dialing(_) | Stage::Asking(_) | Stage::Recording(_), _) => walk.unexpected(),
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
    pub(crate) wanted: SmallVec<[Wanted; 1]>,
    /// The company's own numbers that this walk was forwarded to: they are no places, and could go in circles unseen.
    pub(crate) numbers: SmallVec<[E164; 1]>,
}

impl<'a> Walk<'a> {
    pub(crate) fn note(&mut self, reason: Reason) {
        self.trace.push(reason);
    }

    /// Sends the call on, until something must be done outside.
    pub(crate) fn go_to(&mut self, destination: Destination) {
        self.go_on(Some(destination));
    }

    fn go_on(&mut self, mut next: Option<Destination>) {
        // Bounded: each round lengthens the trail or the list of numbers, or ends the walk.
        while let Some(destination) = next {
            next = self.visit(destination);
        }
    }

    /// Enters one destination; gives the next one where it only points further.
    fn visit(&mut self, destination: Destination) -> Option<Destination> {
        if let Some(place) = destination.place() {
            let since_choice = self.call.trail.get(usize::from(self.call.chosen_at)..).unwrap_or_default();
            if since_choice.contains(&place) {
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
            Destination::Menu(id) => menu::visit(self, id),
            Destination::Hours(id) => hours::visit(self, id),
            Destination::Conference(id) => conference::visit(self, id),
            Destination::Assistant(id) => assistant::visit(self, id),
            Destination::Voicemail(id) => voicemail::visit(self, id),
            Destination::Forward(target) => forward::visit(self, &target, Account::Company),
            Destination::Queue(id) => {
                let place = self.name(Place { kind: crate::PlaceKind::Queue, id: id.get() });
                self.note(Reason::NotBuilt { place });
                self.end_saying(Ending::NotBuilt, say::NOT_BUILT)
            }
        }
    }

    fn dial_ended(&mut self, dialing: Dialing, result: DialResult) -> Option<Destination> {
        if let Dialing::Conference(_) = dialing {
            self.note(Reason::RoomLeft { result });
            return conference::left(self, result);
        }
        self.note(Reason::DialEnded { result });
        match (result, dialing) {
            (DialResult::Completed, _) => self.end(Ending::Completed),
            (DialResult::Canceled, _) => self.end(Ending::CallerLeft),
            (DialResult::Unknown, _) => self.end(Ending::ResultUnknown),
            (DialResult::Failed, Dialing::Outside(outside)) => outbound::failed(self, outside),
            (_, Dialing::Group(hunt)) => ring_group::unanswered(self, hunt),
            (result, Dialing::Extension(id)) => extension::unanswered(self, id, result),
            (_, Dialing::Outside(outside)) => outbound::unanswered(self, outside.account),
            (_, Dialing::Sip { owner }) => {
                outbound::unanswered(self, owner.map_or(Account::Company, Account::Forwarded))
            }
            (_, Dialing::Assistant(id)) => assistant::unanswered(self, id),
            (_, Dialing::Conference(_)) => self.end(Ending::Completed),
        }
    }

    /// Leaves a place that is gone.
    pub(crate) fn missing(&mut self, place: Place) -> Option<Destination> {
        self.note(Reason::Missing { kind: place.kind, id: place.id });
        self.give_up(Ending::Misconfigured, say::NOT_CONFIGURED)
    }

    /// Leaves a place that takes no calls.
    pub(crate) fn inactive(&mut self, place: Place) -> Option<Destination> {
        let place = self.name(place);
        self.note(Reason::Inactive { place });
        self.give_up(Ending::Unavailable, say::NOT_CONFIGURED)
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

    /// Notes that the caller wants to go where the call goes next, even if it was there before.
    pub(crate) fn chose(&mut self) {
        self.call.chosen_at = u8::try_from(self.call.trail.len()).unwrap_or(u8::MAX);
    }

    /// What a spender has spent; nothing while that is unknown, which the step's `wanted` tells.
    pub(crate) fn usage(&mut self, spender: Spender) -> Usage {
        self.facts.usage_of(spender).unwrap_or_else(|| {
            self.wanted.push(Wanted::Usage(spender));
            Usage::default()
        })
    }

    pub(crate) fn ring(&mut self, targets: SmallVec<[Target; 4]>, timeout_s: u16, dialing: Dialing) {
        self.dial(Dial { targets, timeout_s, trunk: None, caller_id: None, record: None }, dialing);
    }

    /// Rings. Whether what follows is recorded is decided here, for every way there is to ring somebody.
    pub(crate) fn dial(&mut self, mut dial: Dial, dialing: Dialing) {
        dial.record = recording::decided(self, &dial, &dialing);
        self.actions.push(Action::Dial(dial));
        self.call.stage = Stage::Dialing(dialing);
    }

    pub(crate) fn join(&mut self, join: Join, dialing: Dialing) {
        recording::room(self, &join);
        self.actions.push(Action::Join(join));
        self.call.stage = Stage::Dialing(dialing);
    }

    pub(crate) fn ask(&mut self, gather: Gather, asking: Asking) {
        self.actions.push(Action::Gather(gather));
        self.call.stage = Stage::Asking(asking);
    }

    pub(crate) fn record(&mut self, record: Record) {
        self.call.stage = Stage::Recording(record.mailbox);
        self.actions.push(Action::Record(record));
    }

    pub(crate) fn say(&mut self, sentence: &'static str) {
        self.actions.push(Action::Say(Cow::Borrowed(sentence)));
    }

    pub(crate) fn say_text(&mut self, sentence: String) {
        self.actions.push(Action::Say(Cow::Owned(sentence)));
    }

    pub(crate) fn change(&mut self, change: Change) {
        self.actions.push(Action::Change(change));
    }

    /// Ends a call that was never taken.
    pub(crate) fn reject(&mut self, why: Rejection) {
        self.actions.push(Action::Reject(why));
        self.call.stage = Stage::Ended(Ending::Blocked);
        self.note(Reason::Ended { ending: Ending::Blocked });
    }

    pub(crate) fn play(&mut self, prompt: Prompt) {
        self.actions.push(Action::Play(prompt));
    }

    /// Ends the call. Gives `None`, so that a visit can end with it.
    pub(crate) fn end(&mut self, ending: Ending) -> Option<Destination> {
        self.actions.push(Action::Hangup);
        self.call.stage = Stage::Ended(ending);
        self.note(Reason::Ended { ending });
        None
    }

    pub(crate) fn end_saying(&mut self, ending: Ending, sentence: &'static str) -> Option<Destination> {
        self.say(sentence);
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

    pub(crate) fn destination_name(&self, destination: &Destination) -> DestinationName {
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
    pub(crate) const CLOSED: &str = "We are closed. Goodbye.";
    pub(crate) const CHOOSE: &str = "Please make a choice.";
    pub(crate) const WRONG_KEY: &str = "Invalid menu option, please try again.";
    pub(crate) const NO_CHOICE: &str = "No choice was made. Goodbye.";
    pub(crate) const ENTER_PIN: &str = "Please enter the conference PIN, then press pound.";
    pub(crate) const ENTER_HOST_PIN: &str =
        "If you are the host, please enter your PIN. Otherwise press pound.";
    pub(crate) const WRONG_PIN: &str = "This PIN is not right.";
    pub(crate) const PIN_REFUSED: &str = "This PIN is not right. Goodbye.";
    pub(crate) const ROOM_CLOSED: &str = "Conference room is closed. Goodbye.";
    pub(crate) const ROOM_UNAVAILABLE: &str = "The conference room cannot be joined now. Goodbye.";
    pub(crate) const ASSISTANT_UNAVAILABLE: &str = "The assistant is not available. Goodbye.";
    pub(crate) const LEAVE_A_MESSAGE: &str = "Please leave a message after the tone, then press pound.";
    pub(crate) const MESSAGE_TAKEN: &str = "Thank you. Your message was recorded. Goodbye.";
    pub(crate) const BLOCKED: &str = "Your call cannot be connected. Goodbye.";
    pub(crate) const NO_SUCH_CODE: &str = "This code means nothing. Goodbye.";
    pub(crate) const CODE_WANTS_NUMBER: &str = "Please dial the code with the number behind it.";
    pub(crate) const FORWARD_REFUSED: &str = "Calls cannot be forwarded to this number.";
    pub(crate) const DND_ON: &str = "Do not disturb is on.";
    pub(crate) const DND_OFF: &str = "Do not disturb is off.";
    pub(crate) const NO_LAST_CALLER: &str = "There is no last caller to call back.";
    pub(crate) const NO_MAILBOX: &str = "There is no voicemail box for you.";
    pub(crate) const ENTER_BOX: &str = "Please enter the extension whose messages you want to hear.";
    pub(crate) const ENTER_BOX_PIN: &str = "Please enter the PIN of the box, then press pound.";
    pub(crate) const NO_MESSAGES: &str = "You have no messages. Goodbye.";
    pub(crate) const NO_MORE_MESSAGES: &str = "There are no more messages.";
    pub(crate) const LISTEN: &str = "Press 1 to listen, or star to end.";
    pub(crate) const MESSAGE_CHOICE: &str =
        "Press 1 for the next message, 7 to delete, 9 to save, pound to skip, or star to end.";
    pub(crate) const DELETED: &str = "Message deleted.";
    pub(crate) const SAVED: &str = "Message saved.";
    pub(crate) const MAILBOX_UNAVAILABLE: &str = "Your messages cannot be heard now. Please try again later.";
    pub(crate) const GOODBYE: &str = "Goodbye.";
    pub(crate) const NOT_BUILT: &str = "This service is not available. Goodbye.";
}
