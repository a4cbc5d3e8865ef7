//! A story being played: the core, its driver and an engine, with one call in hand.

use super::happening::{Arrival, Aside, Happening};
use super::outcome::{self, numbers};
use super::scene::Scene;
use super::world::World;
use crate::entry::{Entry, Opening, replay};
use crate::ledger::Ledger;
use crate::simulator::decide_with;
use jiff::SignedDuration;
use opbx_routing::{
    Account, Action, Asking, Call, Change, Dial, DialResult, Direction, Ending, Event, Facts, Plan, Spender,
    Stage, Step, Wanted,
};
use std::sync::Arc;

/// What follows, in words; or why that cannot happen.
pub(super) type Outcome = Result<String, String>;

#[derive(Clone)]
pub(crate) struct Play {
    scene: Arc<Scene>,
    world: World,
    /// How many calls there were, this one among them.
    calls: u64,
    call: Call,
    opening: Option<Opening>,
    originated: bool,
    ledger: Ledger,
    /// Every entry as it was written, also those that the ledger did not take.
    journal: Vec<Entry>,
    waiting: Option<Waiting>,
    connected: Option<String>,
    last: Option<Last>,
    /// Whether a step was decided twice, and otherwise.
    forked: bool,
}

/// What the engine does now, and since when.
#[derive(Clone)]
struct Waiting {
    since: SignedDuration,
    ringing: Option<Dial>,
    /// How long the next key is waited for.
    key_s: Option<u16>,
}

/// The last event as it was given.
#[derive(Clone)]
struct Last {
    before: Call,
    event: Event,
    facts: Facts,
    step: Step,
    /// The plan that it was decided by.
    plan: Arc<Plan>,
}

impl Play {
    pub(crate) fn new(scene: Arc<Scene>) -> Self {
        Self {
            scene,
            world: World::new(),
            calls: 0,
            call: Call::new(Direction::Inbound, "", ""),
            opening: None,
            originated: false,
            ledger: Ledger::default(),
            journal: Vec::new(),
            waiting: None,
            connected: None,
            last: None,
            forked: false,
        }
    }

    pub(super) fn scene(&self) -> &Scene {
        &self.scene
    }

    pub(crate) fn plan(&self) -> &Plan {
        self.scene.plan()
    }

    pub(crate) fn plan_of(&self, entry: &Entry) -> Option<&Plan> {
        self.scene.plan_of(entry.plan_version)
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    pub(crate) fn call(&self) -> &Call {
        &self.call
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn journal(&self) -> &[Entry] {
        &self.journal
    }

    pub(crate) fn has_forked(&self) -> bool {
        self.forked
    }

    /// The dial that rings, and when its time is out; nothing where somebody answered it.
    pub(crate) fn ringing(&self) -> Option<(&Dial, SignedDuration)> {
        let waiting = self.waiting.as_ref().filter(|_| self.connected.is_none())?;
        let dial = waiting.ringing.as_ref()?;
        Some((dial, waiting.since + SignedDuration::from_secs(i64::from(dial.timeout_s))))
    }

    /// When nobody pressing a key counts as no key.
    pub(crate) fn key_due(&self) -> Option<SignedDuration> {
        let waiting = self.waiting.as_ref()?;
        Some(waiting.since + SignedDuration::from_secs(i64::from(waiting.key_s?)))
    }

    /// The decision on the last event.
    pub(crate) fn step(&self) -> Option<&Step> {
        self.last.as_ref().map(|last| &last.step)
    }

    /// The last event with the call before it and the facts it was decided on.
    pub(crate) fn decided(&self) -> Option<(&Call, &Event, &Facts, &Step)> {
        self.last.as_ref().map(|last| (&last.before, &last.event, &last.facts, &last.step))
    }

    /// Changes the world around the call.
    pub(crate) fn aside(&mut self, aside: &Aside) -> Result<(), String> {
        match aside {
            Aside::At(instant) => self.world.midnight = *instant,
            Aside::Presence(number, presence) => {
                self.world.is_seen(self.scene.extension_id(number)?, *presence);
            }
            Aside::Usage(None, usage) => {
                self.world.usage.insert(Spender::Company, *usage);
            }
            Aside::Usage(Some(number), usage) => {
                self.world.usage.insert(Spender::Extension(self.scene.extension_id(number)?), *usage);
            }
            Aside::Counter(answers) => self.world.counter = *answers,
            Aside::Rate(calls) => self.world.rate = *calls,
            Aside::LastCaller(number, last) => {
                let id = self.scene.extension_id(number)?;
                self.world.last_callers.insert(id, last.as_str().into());
            }
            Aside::Messages(mailbox, new, saved) => {
                self.world.fill(self.scene.voicemail_id(mailbox)?, *new, *saved);
            }
            Aside::Fails(further) => self.world.fail_after(*further),
            Aside::Now(line) => Arc::make_mut(&mut self.scene).change(line)?,
        }
        Ok(())
    }

    /// Lets something happen, and says what follows.
    pub(crate) fn happen(&mut self, at: SignedDuration, happening: &Happening) -> Outcome {
        match happening {
            Happening::Arrives(arrival) => Ok(self.arrive(at, arrival)),
            Happening::Answered(number) => self.answer(number),
            Happening::RingTimeOut => {
                let (_, due) = self.ringing().ok_or("nothing rings")?;
                is_due("the time is out", due, at)?;
                Ok(self.take(at, Event::DialEnded(DialResult::NoAnswer)))
            }
            Happening::Told(event) => {
                self.fits(at, event)?;
                Ok(self.take(at, event.clone()))
            }
            Happening::Repeated => self.repeat(),
            Happening::AskedAgain => self.again(at),
            Happening::ProcessDied => self.die(),
            Happening::Late(event) => self.late(at, event),
            Happening::Stray(event) => Ok(self.take(at, event.clone())),
        }
    }

    fn arrive(&mut self, at: SignedDuration, arrival: &Arrival) -> String {
        let to = self.scene.number_for(&arrival.to);
        self.calls += 1;
        self.call = Call::new(arrival.direction, arrival.from.clone(), to.clone());
        self.opening = Some(Opening {
            direction: arrival.direction,
            from: arrival.from.clone(),
            to,
            from_name: String::new(),
            token: None,
            session: None,
        });
        self.originated = arrival.originated;
        (self.ledger, self.journal) = (Ledger::default(), Vec::new());
        (self.waiting, self.connected, self.last, self.forked) = (None, None, None, false);
        self.take(at, Event::Arrived)
    }

    /// Whether the call waits for such an event, at this time.
    fn fits(&self, at: SignedDuration, event: &Event) -> Result<(), String> {
        match (event, &self.call.stage) {
            (_, Stage::Ended(ending)) => Err(format!("the call has ended: {}", ending.as_str())),
            (Event::CallerLeft, _) if self.calls > 0 => Ok(()),
            (Event::DialEnded(result), Stage::Dialing(_)) => match (&self.connected, result) {
                (None, _) | (Some(_), DialResult::Completed | DialResult::Unknown) => Ok(()),
                (Some(number), _) => Err(format!("{number} has answered")),
            },
            (Event::DialEnded(_), _) => Err("nothing rings".into()),
            (Event::KeysPressed(keys), Stage::Asking(Asking::Menu { .. })) => match self.key_due() {
                Some(due) if keys.is_empty() => is_due("no key counts as none", due, at),
                _ => Ok(()),
            },
            (Event::KeysPressed(keys), Stage::Asking(Asking::BoxNumber { .. } | Asking::Mailbox(_))) => {
                match self.key_due() {
                    Some(due) if keys.is_empty() => is_due("no key counts as none", due, at),
                    _ => Ok(()),
                }
            }
            (Event::KeysPressed(_), _) => Err("no menu asks for keys".into()),
            (Event::PinEntered(_), Stage::Asking(Asking::Pin { .. } | Asking::BoxPin { .. })) => Ok(()),
            (Event::PinEntered(_), _) => Err("nobody asks for a PIN".into()),
            (Event::Recorded(_), Stage::Recording(_)) => Ok(()),
            (Event::Recorded(_), _) => Err("nothing is recorded".into()),
            (Event::Arrived | Event::CallerLeft, _) => Err("there is no call".into()),
        }
    }

    /// Decides an event as a driver does: the facts, the decision, the journal, and only then the answer.
    fn take(&mut self, at: SignedDuration, event: Event) -> String {
        let before = self.call.clone();
        let mut decided = self.decide(at, &before, &event);
        if !self.world.operates() {
            // The journal could not be written: nothing was answered, and the engine asks again.
            decided = self.decide(at, &before, &event);
        }
        self.write(&self.scene.plan().clone(), &event, &decided);
        if !self.world.operates() {
            // The answer was lost on its way with the process that gave it.
            let again = self.decide(at, &before, &event);
            self.write(&self.scene.plan().clone(), &event, &again);
            self.forked |= again.1.call != decided.1.call;
            decided = again;
        }
        self.follow(at, before, event, decided)
    }

    fn decide(&mut self, at: SignedDuration, call: &Call, event: &Event) -> (Facts, Step) {
        let mut facts = self.world.facts(at, self.calls, self.originated);
        let (plan, calls) = (self.scene.plan().clone(), self.calls);
        let world = &mut self.world;
        let step = decide_with(&plan, call, event, &mut facts, |wanted, facts| match wanted {
            Wanted::Ticket(claim) => facts.tickets.push((claim, world.claim(calls, claim))),
            Wanted::Usage(spender) => facts.learn_usage(spender, world.usage(spender)),
            Wanted::CallerRate => facts.caller_rate = Some(world.caller_rate()),
            Wanted::LastCaller(id) => facts.last_caller = Some((id, world.last_caller(id))),
            Wanted::Mailbox(query) => facts.learn_mailbox(query, world.mailbox(calls, query)),
        });
        (facts, step)
    }

    /// Writes an entry down; tells whether the record of the call changes by it.
    fn write(&mut self, plan: &Plan, event: &Event, (facts, step): &(Facts, Step)) -> bool {
        let opening = self.opening.clone().filter(|_| *event == Event::Arrived);
        let entry = Entry::new(plan, "story", opening, event.clone(), facts.clone(), step);
        self.journal.push(entry.clone());
        self.ledger.add(entry)
    }

    /// Puts into words what an engine does on a decision, and remembers what it does.
    fn follow(&mut self, at: SignedDuration, before: Call, event: Event, decided: (Facts, Step)) -> String {
        let (facts, step) = decided;
        self.call = step.call.clone();
        let mut words = Vec::new();
        let stopped = self.waiting.take().filter(|_| self.connected.is_none());
        self.connected = None;
        if let Some(dial) = stopped.and_then(|waiting| waiting.ringing) {
            words.push(format!("stop {}", numbers(&dial)));
        }
        words.extend(step.actions.iter().filter_map(|action| outcome::action(self.scene.plan(), action)));
        if let Stage::Ended(ending) = &step.call.stage {
            words.push(format!("end {}", Ending::as_str(*ending)));
        }
        let (mut ringing, mut key_s) = (None, None);
        for action in &step.actions {
            match (action, &before.stage) {
                (Action::Dial(dial), _) => ringing = Some(dial.clone()),
                (Action::Gather(gather), _) => key_s = Some(gather.timeout_s),
                (
                    Action::Change(Change::Message { message, fate }),
                    Stage::Asking(Asking::Mailbox(listening)),
                ) => self.world.handle(self.calls, listening.mailbox, *message, *fate),
                _ => {}
            }
        }
        self.waiting = Some(Waiting { since: at, ringing, key_s });
        self.last = Some(Last { before, event, facts, step, plan: self.scene.plan().clone() });
        words.join(", ")
    }

    fn answer(&mut self, number: &str) -> Outcome {
        let (dial, _) = self.ringing().ok_or("nothing rings")?;
        if !outcome::rings(dial, number) {
            return Err(format!("{number} does not ring"));
        }
        let others: Vec<&str> =
            dial.targets.iter().map(|target| &**target.number()).filter(|other| *other != number).collect();
        let stopped = if others.is_empty() { String::new() } else { format!("stop {}, ", others.join(" ")) };
        self.connected = Some(number.to_owned());
        Ok(format!("{stopped}connect {number}"))
    }

    /// Gives the last event once more, as a webhook that comes twice. Nothing may change.
    fn repeat(&mut self) -> Outcome {
        let Last { before, event, facts, step, plan } = self.last.clone().ok_or("nothing happened yet")?;
        let again = opbx_routing::step(&plan, before, &event, &facts);
        if again != step {
            return Err("the repeat was answered otherwise".into());
        }
        let changed = self.write(&plan, &event, &(facts, again));
        if changed { Err("the repeat changed the record".into()) } else { Ok("the same".into()) }
    }

    fn again(&mut self, at: SignedDuration) -> Outcome {
        let Last { before, event, step, .. } = self.last.clone().ok_or("nothing happened yet")?;
        if self.connected.is_some() {
            return Err("somebody has answered: the engine does not ask".into());
        }
        let decided = self.decide(at, &before, &event);
        self.write(&self.scene.plan().clone(), &event, &decided);
        self.forked |= decided.1.call != step.call;
        // What rang rings on where the answer is the same: the engine never heard the first one.
        self.waiting = None;
        Ok(self.follow(at, before, event, decided))
    }

    /// Hands the call to another process, by its sealed form.
    fn die(&mut self) -> Outcome {
        let sealed = postcard::to_stdvec(&self.call).map_err(|error| error.to_string())?;
        let opened: Call = postcard::from_bytes(&sealed).map_err(|error| error.to_string())?;
        let written = serde_json::to_vec(&self.ledger).map_err(|error| error.to_string())?;
        let read: Ledger = serde_json::from_slice(&written).map_err(|error| error.to_string())?;
        if opened != self.call || read != self.ledger {
            return Err("the call came back otherwise".into());
        }
        (self.call, self.ledger) = (opened, read);
        Ok("the same".into())
    }

    fn late(&mut self, at: SignedDuration, event: &Event) -> Outcome {
        let before = self.last.as_ref().ok_or("nothing happened yet")?.before.clone();
        let decided = self.decide(at, &before, event);
        let changed = self.write(&self.scene.plan().clone(), event, &decided);
        self.forked |= changed;
        Ok(if changed { "the record changes" } else { "the record stays" }.to_owned())
    }

    /// The call's row, legs and messages, and proof that its entries replay to the same trace and come to the same
    /// sheet in any order.
    pub(super) fn record(&self) -> String {
        let Some(sheet) = self.ledger.sheet() else { return "nothing".into() };
        let entries = self.ledger.entries();
        let replayed = replay(entries, |entry| self.plan_of(entry));
        if !self.forked
            && !replayed.iter().map(|step| &step.trace).eq(entries.iter().map(|entry| &entry.trace))
        {
            return "replays to another trace".into();
        }
        let mut backwards = Ledger::default();
        for entry in self.journal.iter().rev().chain(&self.journal) {
            backwards.add(entry.clone());
        }
        if backwards.sheet().as_ref() != Some(&sheet) {
            return "comes to another sheet when it is told backwards".into();
        }
        let mut words: Vec<String> = sheet
            .legs
            .iter()
            .map(|leg| {
                let paid = match leg.outside {
                    Some(Account::Company) => " (company's)",
                    Some(Account::Forwarded(_)) => " (forwarded)",
                    Some(Account::Dialled(_)) => " (dialled)",
                    None => "",
                };
                format!("{}{paid} {}", leg.target, leg.status.as_str())
            })
            .collect();
        if words.is_empty() {
            words.push("no legs".into());
        }
        for message in &sheet.messages {
            let mailbox = self.plan().voicemail(message.mailbox).map_or("?", |mailbox| &mailbox.name);
            let length = message.length_s.map(|length_s| format!(" of {length_s}s")).unwrap_or_default();
            words.push(format!("message{length} in {mailbox}"));
        }
        format!("{}: {}", sheet.status.as_str(), words.join(", "))
    }
}

fn is_due(what: &str, due: SignedDuration, at: SignedDuration) -> Result<(), String> {
    let due_s = due.as_secs();
    (due == at).then_some(()).ok_or_else(|| format!("{what} at {:02}:{:02}", due_s / 60, due_s % 60))
}
