//! The simulator: an engine that rings nothing. It obeys the core under fake time and tells what would happen.

use crate::entry::{Entry, Opening};
use crate::ledger::Ledger;
use jiff::{SignedDuration, Timestamp};
use opbx_routing::{
    Action, Call, CallerRate, ConferenceId, Dial, DialResult, Event, Facts, Gather, HOPS_MAX, Keys, Mailbox,
    MailboxPage, PinEntry, Plan, Recording, Stage, Step, Ticket, TicketClaim, Usage, Wanted, step,
};
use std::collections::HashMap;
use std::str::FromStr;

/// Above any number of steps that a plan can ask for: 17 groups of 50 members in 9 turns.
const STEPS_MAX: u32 = 17 * 50 * 9 + 2;
/// Each round learns at least one of the at most three things that each hop can want, or of what a phone asks for.
const ROUNDS_MAX: usize = 3 * (HOPS_MAX + 1) + 4;
/// How long a simulated caller takes to press the keys of one answer.
const PRESS_S: i64 = 2;
/// How long a simulated conversation lasts.
const TALK_S: i64 = 30;
/// How long a phone rings before somebody takes it.
const PICK_UP_S: i64 = 5;

/// What a party does when rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    Busy,
    Fails,
}

/// What each party does, by number; whoever is not named does not answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers(HashMap<String, Answer>);

/// A text that tells no answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} tells no answer: expected NUMBER=yes, NUMBER=no, NUMBER=busy or NUMBER=fails, with commas between"
)]
pub struct InvalidAnswers(String);

impl FromStr for Answers {
    type Err = InvalidAnswers;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut answers = HashMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let invalid = || InvalidAnswers(part.to_owned());
            let (number, answer) = part.split_once('=').ok_or_else(invalid)?;
            let answer = match answer.trim() {
                "yes" => Answer::Yes,
                "no" => Answer::No,
                "busy" => Answer::Busy,
                "fails" => Answer::Fails,
                _ => return Err(invalid()),
            };
            answers.insert(number.trim().to_owned(), answer);
        }
        Ok(Self(answers))
    }
}

impl Answers {
    fn of(&self, number: &str) -> Answer {
        self.0.get(number).copied().unwrap_or(Answer::No)
    }

    /// How a dial ends, and after how many seconds.
    fn result(&self, dial: &Dial) -> (DialResult, i64) {
        let answers: Vec<Answer> = dial.targets.iter().map(|target| self.of(target.number())).collect();
        let all = |answer| answers.iter().all(|given| *given == answer);
        if answers.contains(&Answer::Yes) {
            (DialResult::Completed, PICK_UP_S + TALK_S)
        } else if all(Answer::Busy) {
            (DialResult::Busy, 0)
        } else if all(Answer::Fails) {
            (DialResult::Failed, 0)
        } else {
            (DialResult::NoAnswer, i64::from(dial.timeout_s))
        }
    }
}

/// One step of a simulated call.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// Since the call arrived.
    pub after: SignedDuration,
    pub event: Event,
    pub step: Step,
}

/// What the caller does, beside whom they call.
pub struct Caller<'a> {
    pub answers: &'a Answers,
    /// What is pressed at each question, in order; after the last one nothing is.
    pub keys: &'a [Keys],
    /// How long a message the caller leaves; none leaves nothing.
    pub message_s: Option<u32>,
    /// What an entered PIN opens. The core never sees one, so whoever knows them says.
    pub pin: &'a dyn Fn(ConferenceId, &str) -> PinEntry,
}

/// Decides one step as a driver does, where nobody has spent anything on outside calls.
pub fn decide(
    plan: &Plan,
    call: &Call,
    event: &Event,
    facts: &mut Facts,
    mut claim: impl FnMut(TicketClaim) -> Ticket,
) -> Step {
    decide_with(plan, call, event, facts, |wanted, facts| match wanted {
        Wanted::Ticket(wanted) => facts.tickets.push((wanted, claim(wanted))),
        Wanted::Usage(spender) => facts.learn_usage(spender, Usage::default()),
        Wanted::CallerRate => facts.caller_rate = Some(CallerRate::Counted(1)),
        Wanted::LastCaller(extension) => facts.last_caller = Some((extension, None)),
        Wanted::Mailbox(query) => facts.learn_mailbox(query, Mailbox::Page(MailboxPage::default())),
    })
}

/// Decides one step as a driver does: lets `learn` put what the core wants into the facts, then asks again.
pub fn decide_with(
    plan: &Plan,
    call: &Call,
    event: &Event,
    facts: &mut Facts,
    mut learn: impl FnMut(Wanted, &mut Facts),
) -> Step {
    let mut decided = step(plan, call.clone(), event, facts);
    for _ in 0..ROUNDS_MAX {
        if decided.wanted.is_empty() {
            break;
        }
        for wanted in &decided.wanted {
            learn(*wanted, facts);
        }
        decided = step(plan, call.clone(), event, facts);
    }
    decided
}

/// Plays a call from its arrival to its end.
pub fn simulate(
    plan: &Plan,
    opening: &Opening,
    at: Timestamp,
    caller: &Caller<'_>,
) -> (Vec<Simulated>, Ledger) {
    let mut call = Call::new(opening.direction, opening.from.clone(), opening.to.clone());
    let (mut event, mut now) = (Event::Arrived, at);
    let (mut told, mut ledger) = (Vec::new(), Ledger::default());
    let mut keys = caller.keys.iter();
    for _ in 0..STEPS_MAX {
        let mut facts = Facts::at(now, 0);
        let step = decide(plan, &call, &event, &mut facts, |_| Ticket::Drawn(0));
        let opening = matches!(event, Event::Arrived).then(|| opening.clone());
        ledger.add(Entry::new(plan, "simulated", opening, event.clone(), facts, &step));
        call = step.call.clone();
        let next = step.actions.iter().find_map(|action| caller.next(action, &call.stage, &mut keys));
        told.push(Simulated { after: now.duration_since(at), event, step });
        let Some((follows, after_s)) = next else { break };
        event = follows;
        now = now.checked_add(SignedDuration::from_secs(after_s)).unwrap_or(now);
    }
    (told, ledger)
}

impl<'a> Caller<'a> {
    /// A caller who presses no key and leaves no message.
    pub fn silent(answers: &'a Answers) -> Self {
        Self { answers, keys: &[], message_s: None, pin: &|_, _| PinEntry::Wrong }
    }
}

impl Caller<'_> {
    /// What follows an action, and after how many seconds; nothing follows what is only heard.
    fn next(
        &self,
        action: &Action,
        stage: &Stage,
        keys: &mut std::slice::Iter<'_, Keys>,
    ) -> Option<(Event, i64)> {
        match action {
            Action::Dial(dial) => {
                let (result, after_s) = self.answers.result(dial);
                Some((Event::DialEnded(result), after_s))
            }
            Action::Join(_) => Some((Event::DialEnded(DialResult::Completed), TALK_S)),
            Action::Gather(gather) => Some(self.pressed(gather, stage, keys.next())),
            Action::Record(record) => Some(self.recorded(record.length_max_s)),
            Action::Say(_) | Action::Play(_) | Action::Change(_) | Action::Reject(_) | Action::Hangup => None,
        }
    }

    fn pressed(&self, gather: &Gather, stage: &Stage, keys: Option<&Keys>) -> (Event, i64) {
        let keys = keys.cloned().unwrap_or_else(|| Keys::new(""));
        let after_s = if keys.is_empty() { i64::from(gather.timeout_s) } else { PRESS_S };
        let event = match stage {
            Stage::Asking(opbx_routing::Asking::Pin { .. }) if keys.is_empty() => {
                Event::PinEntered(PinEntry::Nothing)
            }
            // A box's PIN is its owner's, and a simulated caller is one.
            Stage::Asking(opbx_routing::Asking::BoxPin { .. }) if keys.is_empty() => {
                Event::PinEntered(PinEntry::Nothing)
            }
            Stage::Asking(opbx_routing::Asking::BoxPin { .. }) => Event::PinEntered(PinEntry::Participant),
            Stage::Asking(opbx_routing::Asking::Pin { room, .. }) => {
                Event::PinEntered((self.pin)(*room, keys.as_str()))
            }
            _ => Event::KeysPressed(keys),
        };
        (event, after_s)
    }

    fn recorded(&self, length_max_s: u16) -> (Event, i64) {
        let length_s = self.message_s.map(|length_s| length_s.min(u32::from(length_max_s)));
        let url = length_s.map(|_| "simulated".into());
        (Event::Recorded(Recording { url, length_s }), i64::from(length_s.unwrap_or(0)))
    }
}
