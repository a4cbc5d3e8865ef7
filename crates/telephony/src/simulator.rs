//! The simulator: an engine that rings nothing. It obeys the core under fake time and tells what would happen.

use crate::entry::{Entry, Opening};
use crate::ledger::Ledger;
use jiff::{SignedDuration, Timestamp};
use opbx_routing::{Action, Call, Dial, DialResult, Event, Facts, Plan, Step, Ticket, TicketClaim, step};
use std::collections::HashMap;
use std::str::FromStr;

/// Above any number of dials that a plan can ask for: 17 groups of 50 members in 9 turns.
const STEPS_MAX: u32 = 17 * 50 * 9 + 2;
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

/// Decides one step as a driver does: claims the tickets the core wants, then asks again with them.
///
/// Ends because each round claims at least one more of the at most one ticket per hop.
pub fn decide(
    plan: &Plan,
    call: &Call,
    event: &Event,
    facts: &mut Facts,
    mut claim: impl FnMut(TicketClaim) -> Ticket,
) -> Step {
    loop {
        let decided = step(plan, call.clone(), event, facts);
        if decided.wanted.is_empty() {
            return decided;
        }
        facts.tickets.extend(decided.wanted.iter().map(|wanted| (*wanted, claim(*wanted))));
    }
}

/// Plays a call from its arrival to its end.
pub fn simulate(
    plan: &Plan,
    opening: &Opening,
    at: Timestamp,
    answers: &Answers,
) -> (Vec<Simulated>, Ledger) {
    let mut call = Call::new(opening.direction, opening.from.clone(), opening.to.clone());
    let (mut event, mut now) = (Event::Arrived, at);
    let (mut told, mut ledger) = (Vec::new(), Ledger::default());
    for _ in 0..STEPS_MAX {
        let mut facts = Facts::at(now, 0);
        let step = decide(plan, &call, &event, &mut facts, |_| Ticket::Drawn(0));
        let opening = matches!(event, Event::Arrived).then(|| opening.clone());
        ledger.add(Entry::new(plan, "simulated", opening, event.clone(), facts, &step));
        call = step.call.clone();
        let next = step.actions.iter().find_map(|action| match action {
            Action::Dial(dial) => Some(answers.result(dial)),
            Action::Say(_) | Action::Hangup => None,
        });
        told.push(Simulated { after: now.duration_since(at), event, step });
        let Some((result, after_s)) = next else { break };
        event = Event::DialEnded(result);
        now = now.checked_add(SignedDuration::from_secs(after_s)).unwrap_or(now);
    }
    (told, ledger)
}
