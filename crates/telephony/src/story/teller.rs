//! The teller: plays a story's events line by line and compares what follows.

use super::scene::{Scene, is_setting};
use crate::entry::{Entry, Opening, replay};
use crate::ledger::Ledger;
use crate::simulator::decide;
use jiff::{SignedDuration, Timestamp};
use opbx_routing::{
    Action, Call, Dial, DialResult, Direction, Ending, Event, Facts, RingGroupId, Stage, Step, Ticket,
    TicketClaim,
};
use std::collections::HashMap;

/// A line told: its text as it would be blessed, and what is wrong with it.
pub(super) struct Line {
    pub(super) blessed: String,
    pub(super) verdict: Result<(), String>,
}

pub(super) struct Teller {
    scene: Scene,
    midnight: Timestamp,
    calls: u64,
    call: Call,
    ledger: Ledger,
    /// The dial that is ringing, and since when.
    ringing: Option<(Dial, SignedDuration)>,
    connected: Option<String>,
    /// The last event as it was given, for a repeat.
    last: Option<(Call, Event, Facts, Step)>,
    turns: HashMap<RingGroupId, u64>,
}

/// Renders and judges one event's outcome.
type Outcome = Result<String, String>;

impl Teller {
    pub(super) fn new(scene: Scene) -> Self {
        Self {
            scene,
            midnight: "2026-03-02T09:00:00Z".parse().expect("an instant"),
            calls: 0,
            call: Call::new(Direction::Inbound, "", ""),
            ledger: Ledger::default(),
            ringing: None,
            connected: None,
            last: None,
            turns: HashMap::new(),
        }
    }

    pub(super) fn heard_anything(&self) -> bool {
        self.calls > 0
    }

    pub(super) fn line(&mut self, line: &str) -> Line {
        let kept = |verdict| Line { blessed: line.to_owned(), verdict };
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') || is_setting(trimmed) {
            return kept(Ok(()));
        }
        if let Some(sentence) = trimmed.strip_prefix("because ") {
            return kept(self.because(sentence));
        }
        if let Some(expected) = trimmed.strip_prefix("record") {
            let record = self.record();
            let verdict =
                (record == expected.trim()).then_some(()).ok_or_else(|| format!("the record says: {record}"));
            return Line { blessed: format!("record {record}"), verdict };
        }
        let (told, expected) = line.split_once("=>").unwrap_or((line, ""));
        match self.event(told.trim()) {
            Err(message) => kept(Err(message)),
            Ok(outcome) => {
                let verdict = (outcome == expected.trim())
                    .then_some(())
                    .ok_or_else(|| format!("what follows is: {outcome}"));
                Line { blessed: format!("{}=> {outcome}", pad(told)), verdict }
            }
        }
    }

    fn because(&self, sentence: &str) -> Result<(), String> {
        let Some((.., step)) = &self.last else { return Err("nothing happened yet".into()) };
        let sentences: Vec<String> = step.trace.iter().map(ToString::to_string).collect();
        match sentences.iter().any(|told| told == sentence.trim()) {
            true => Ok(()),
            false => Err(format!("the reasons are:\n  because {}", sentences.join("\n  because "))),
        }
    }

    /// The call's row and legs, and proof that its entries replay to the same trace.
    fn record(&self) -> String {
        let Some(sheet) = self.ledger.sheet() else { return "nothing".into() };
        let replayed = replay(self.ledger.entries(), |_| Some(&self.scene.plan));
        let same = replayed.iter().map(|step| &step.trace).eq(self
            .ledger
            .entries()
            .iter()
            .map(|entry| &entry.trace));
        if !same {
            return "replays to another trace".into();
        }
        let legs = sheet.legs.iter().map(|leg| format!("{} {}", leg.target, leg.status.as_str()));
        let legs: Vec<String> = legs.collect();
        let legs = if legs.is_empty() { "no legs".to_owned() } else { legs.join(", ") };
        format!("{}: {legs}", sheet.status.as_str())
    }

    fn event(&mut self, told: &str) -> Outcome {
        let (time, what) = told.split_once(' ').ok_or("a line begins with its time: MM:SS")?;
        let at = clock(time)?;
        let what = what.trim();
        if let Some(number) = what.strip_prefix("answer ") {
            return self.answer(number.trim());
        }
        if what == "repeat" {
            return self.repeat();
        }
        let event = match what {
            "timeout" => self.timeout(at)?,
            "busy" => Event::DialEnded(DialResult::Busy),
            "fails" => Event::DialEnded(DialResult::Failed),
            "caller hangs up" => Event::DialEnded(DialResult::Canceled),
            "caller leaves" => Event::CallerLeft,
            "no result" => Event::DialEnded(DialResult::Unknown),
            "hangup" => Event::DialEnded(DialResult::Completed),
            _ => return self.arrive(at, what),
        };
        if matches!(event, Event::DialEnded(_)) && self.ringing.is_none() {
            return Err("nothing rings".into());
        }
        Ok(self.step(at, event, None))
    }

    fn arrive(&mut self, at: SignedDuration, what: &str) -> Outcome {
        let unknown = || format!("{what:?} is no event");
        let (head, to) = what.split_once("->").ok_or_else(unknown)?;
        let (direction, from) = match head.trim().split_once(' ') {
            Some(("call", from)) => (Direction::Inbound, from),
            Some(("dial", from)) => (Direction::Subscriber, from),
            Some(("outbound", from)) => (Direction::Outbound, from),
            Some(("api", from)) => (Direction::OutboundApi, from),
            _ => return Err(unknown()),
        };
        let to = self.scene.number_for(to.trim());
        self.calls += 1;
        self.call = Call::new(direction, from.trim(), to.clone());
        (self.ledger, self.ringing, self.connected) = (Ledger::default(), None, None);
        let opening = Opening { direction, from: from.trim().into(), to, from_name: String::new() };
        Ok(self.step(at, Event::Arrived, Some(opening)))
    }

    fn step(&mut self, at: SignedDuration, event: Event, opening: Option<Opening>) -> String {
        let before = self.call.clone();
        let mut facts = Facts::at(self.midnight + at, self.calls);
        let (turns, counter) = (&mut self.turns, self.scene.counter);
        let claim = |wanted: TicketClaim| {
            let turn = turns.entry(wanted.group).or_default();
            let ticket = if counter { Ticket::Drawn(*turn) } else { Ticket::Unavailable };
            *turn += 1;
            ticket
        };
        let step = decide(&self.scene.plan, &before, &event, &mut facts, claim);
        self.ledger.add(Entry::new(&self.scene.plan, "story", opening, event.clone(), facts.clone(), &step));
        self.call = step.call.clone();
        let outcome = self.follow(at, &event, &step);
        self.last = Some((before, event, facts, step));
        outcome
    }

    /// Puts into words what an engine does on these actions, and remembers what rings.
    fn follow(&mut self, at: SignedDuration, event: &Event, step: &Step) -> String {
        let mut words = Vec::new();
        let stopped = self.ringing.take().filter(|_| self.connected.is_none());
        self.connected = None;
        if let (Some((dial, _)), true) = (&stopped, !matches!(event, Event::Arrived)) {
            words.push(format!("stop {}", numbers(dial)));
        }
        for action in &step.actions {
            match action {
                Action::Say(text) => words.push(format!("say \"{text}\"")),
                Action::Dial(dial) => {
                    words.push(format!("ring {}", numbers(dial)));
                    self.ringing = Some((dial.clone(), at));
                }
                Action::Play(prompt) => words.push(format!("play {prompt}")),
                Action::Gather(gather) => {
                    let prompts: Vec<String> = gather.prompts.iter().map(ToString::to_string).collect();
                    words.push(format!("ask {}", prompts.join(" then ")));
                }
                Action::Join(join) => words.push(format!("join {}", join.room)),
                Action::Record(record) => words.push(format!("record {}", record.mailbox)),
                Action::Hangup => {}
            }
        }
        if let Stage::Ended(ending) = &step.call.stage {
            words.push(format!("end {}", Ending::as_str(*ending)));
        }
        words.join(", ")
    }

    fn answer(&mut self, number: &str) -> Outcome {
        let (dial, _) = self.ringing.as_ref().ok_or("nothing rings")?;
        if !dial.targets.iter().any(|target| **target.number() == *number) {
            return Err(format!("{number} does not ring"));
        }
        self.connected = Some(number.to_owned());
        let others: Vec<&str> =
            dial.targets.iter().map(|target| &**target.number()).filter(|other| *other != number).collect();
        let stopped = if others.is_empty() { String::new() } else { format!("stop {}, ", others.join(" ")) };
        Ok(format!("{stopped}connect {number}"))
    }

    fn timeout(&self, at: SignedDuration) -> Result<Event, String> {
        let (dial, since) = self.ringing.as_ref().ok_or("nothing rings")?;
        let due = *since + SignedDuration::from_secs(i64::from(dial.timeout_s));
        if due != at {
            let due_s = due.as_secs();
            return Err(format!("the time is out at {:02}:{:02}", due_s / 60, due_s % 60));
        }
        Ok(Event::DialEnded(DialResult::NoAnswer))
    }

    /// Gives the last event once more, as a webhook that comes twice. Nothing may change.
    fn repeat(&mut self) -> Outcome {
        let (before, event, facts, step) = self.last.clone().ok_or("nothing happened yet")?;
        let again = opbx_routing::step(&self.scene.plan, before, &event, &facts);
        if again != step {
            return Err("the repeat was answered otherwise".into());
        }
        let opening = None;
        let changed = self.ledger.add(Entry::new(&self.scene.plan, "story", opening, event, facts, &again));
        if changed { Err("the repeat changed the record".into()) } else { Ok("the same".into()) }
    }
}

fn numbers(dial: &Dial) -> String {
    let numbers: Vec<&str> = dial.targets.iter().map(|target| &**target.number()).collect();
    numbers.join(" ")
}

fn clock(text: &str) -> Result<SignedDuration, String> {
    let (minutes, seconds) =
        text.split_once(':').ok_or_else(|| format!("{text:?} is no time: expected MM:SS"))?;
    match (minutes.parse::<i64>(), seconds.parse::<i64>()) {
        (Ok(minutes @ 0..=999), Ok(seconds @ 0..=59)) => {
            Ok(SignedDuration::from_secs(minutes * 60 + seconds))
        }
        _ => Err(format!("{text:?} is no time: expected MM:SS")),
    }
}

/// Keeps the arrows of a story in one column where they were.
fn pad(told: &str) -> String {
    if told.ends_with(' ') { told.to_owned() } else { format!("{told} ") }
}
