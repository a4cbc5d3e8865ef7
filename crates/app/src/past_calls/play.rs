//! One past call: the core decides each step, and dice say what callers press and who answers.

use super::who::People;
use crate::hooks::{DetailRecord, SessionDirection};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use opbx_routing::{
    Action, Asking, Call, Dial, DialResult, Event, Facts, Gather, Keys, PinEntry, Plan, Record, Recording,
    RingGroupId, Stage, Target, Ticket,
};
use opbx_telephony::ledger::{CallSheet, Ledger};
use opbx_telephony::simulation::dice::Dice;
use opbx_telephony::simulator::decide;
use opbx_telephony::{CallStatus, Entry, Opening};
use serde_json::json;
use std::collections::HashMap;

/// Messages that are older were heard.
pub(super) const HEARD_AFTER: SignedDuration = SignedDuration::from_hours(40);
/// More steps than callers of any patience take.
const STEPS_MAX: usize = 60;
/// What a minute of a call outside costs, in ten-thousandths.
const MINUTE_COSTS: i64 = 120;

/// A call that is over.
pub(super) struct Played {
    pub(super) entries: Vec<Entry>,
    /// The engine's last word on it.
    pub(super) record: DetailRecord,
    pub(super) answered_at: Option<Timestamp>,
    /// How long they talked.
    pub(super) talk_s: i64,
    pub(super) leaves_message: bool,
    /// Whether the company has its conversations recorded.
    pub(super) is_recorded: bool,
    pub(super) number: Option<String>,
}

pub(super) struct Player<'p> {
    plan: &'p Plan,
    people: People,
    dice: Dice,
    /// How far each group's rotation is.
    turns: HashMap<RingGroupId, u64>,
}

/// A call while it goes on.
struct Going {
    now: Timestamp,
    is_working_hour: bool,
    answered_at: Option<Timestamp>,
    is_recorded: bool,
}

/// What follows, and after how many seconds.
type Next = (Event, i64);

impl<'p> Player<'p> {
    pub(super) fn of(plan: &'p Plan, seed: u64) -> Option<Self> {
        let dice = Dice::new(seed, 1, "history");
        Some(Self { plan, people: People::of(plan)?, dice, turns: HashMap::new() })
    }

    /// Plays one call from its arrival to its end.
    pub(super) fn play(&mut self, call_id: &str, at: Timestamp) -> Played {
        let opening = self.people.opening(&mut self.dice);
        let local = at.to_zoned(self.plan.company.zone.time_zone().clone());
        let is_working_hour = (8..18).contains(&local.hour()) && local.weekday().to_monday_one_offset() <= 5;
        let mut going = Going { now: at, is_working_hour, answered_at: None, is_recorded: false };
        let mut call = Call::new(opening.direction, opening.from.clone(), opening.to.clone());
        let (mut event, mut entries) = (Event::Arrived, Vec::new());
        for _ in 0..STEPS_MAX {
            let mut facts = Facts::at(going.now, self.dice.roll());
            let turns = &mut self.turns;
            let step = decide(self.plan, &call, &event, &mut facts, |claim| {
                let turn = turns.entry(claim.group).or_default();
                *turn += 1;
                Ticket::Drawn(*turn)
            });
            let opened = matches!(event, Event::Arrived).then(|| opening.clone());
            entries.push(Entry::new(self.plan, call_id, opened, event, facts, &step));
            call = step.call;
            let next = step.actions.iter().find_map(|action| self.next(action, &call.stage, &mut going));
            let Some((follows, after_s)) = next else { break };
            event = follows;
            going.now = going.now.saturating_add(after_s.seconds()).unwrap_or(going.now);
        }
        over(call_id, &opening, entries, &going)
    }

    fn next(&mut self, action: &Action, stage: &Stage, going: &mut Going) -> Option<Next> {
        match action {
            Action::Dial(dial) => Some(self.rung(dial, going)),
            Action::Join(_) => {
                going.answered_at.get_or_insert(going.now);
                Some((Event::DialEnded(DialResult::Completed), self.between(120, 2_400)))
            }
            Action::Gather(gather) => Some(self.asked(gather, stage)),
            Action::Record(record) => Some(self.spoken(record)),
            Action::Say(_) | Action::Play(_) | Action::Change(_) | Action::Reject(_) | Action::Hangup => None,
        }
    }

    fn rung(&mut self, dial: &Dial, going: &mut Going) -> Next {
        let timeout_s = i64::from(dial.timeout_s).max(2);
        if self.dice.chance(5) {
            return (Event::DialEnded(DialResult::Canceled), self.between(1, timeout_s));
        }
        let (mut busy, mut failed) = (0, 0);
        for target in &dial.targets {
            let (answers, is_busy, fails) = match target {
                Target::Extension { .. } if going.is_working_hour => (58, 9, 1),
                Target::Extension { .. } => (12, 1, 1),
                Target::Assistant { .. } => (97, 0, 3),
                Target::Outside { .. } | Target::Sip { .. } => (72, 8, 3),
            };
            let lot = self.dice.below(100);
            if lot < answers {
                let rings_s = self.between(2, timeout_s.min(22));
                going.answered_at.get_or_insert(later(going.now, rings_s));
                going.is_recorded |= dial.record.is_some();
                return (Event::DialEnded(DialResult::Completed), rings_s + self.talks());
            }
            busy += usize::from(lot < answers + is_busy);
            failed += usize::from((answers + is_busy..answers + is_busy + fails).contains(&lot));
        }
        let all = dial.targets.len();
        if busy == all {
            (Event::DialEnded(DialResult::Busy), self.between(1, 3))
        } else if failed == all {
            (Event::DialEnded(DialResult::Failed), 1)
        } else {
            (Event::DialEnded(DialResult::NoAnswer), timeout_s)
        }
    }

    fn asked(&mut self, gather: &Gather, stage: &Stage) -> Next {
        let thinks_s = self.between(3, 11);
        let Stage::Asking(asking) = stage else { return (Event::CallerLeft, thinks_s) };
        match asking {
            Asking::Menu { menu, .. } => match self.dice.below(100) {
                0..5 => (Event::CallerLeft, thinks_s),
                5..15 => (Event::KeysPressed(Keys::new("")), i64::from(gather.timeout_s)),
                15..20 => (Event::KeysPressed(Keys::new("8")), thinks_s),
                _ => {
                    let keys = self.plan.menu(*menu).map_or(&[][..], |menu| &menu.keys);
                    // The lower of two draws: what is offered first is chosen most.
                    let many = keys.len() as u64;
                    let at = self.dice.below(many).min(self.dice.below(many)) as usize;
                    let pressed = keys.get(at).map_or("", |key| &*key.keys);
                    (Event::KeysPressed(Keys::new(pressed)), thinks_s)
                }
            },
            Asking::Pin { .. } => {
                let entry = match self.dice.below(10) {
                    0 => PinEntry::Wrong,
                    1 => PinEntry::Host,
                    _ => PinEntry::Participant,
                };
                (Event::PinEntered(entry), thinks_s)
            }
            // Whoever listens to messages needs messages; nobody does in these days.
            Asking::BoxNumber { .. } | Asking::BoxPin { .. } | Asking::Mailbox(_) => {
                (Event::CallerLeft, thinks_s)
            }
        }
    }

    fn spoken(&mut self, record: &Record) -> Next {
        if self.dice.chance(35) {
            return (Event::Recorded(Recording::default()), self.between(2, 6));
        }
        let length_s = self.between(5, 50).min(i64::from(record.length_max_s));
        let url = Some(super::sounds::address(self.dice.roll()).into());
        (Event::Recorded(Recording { url, length_s: u32::try_from(length_s).ok() }), length_s)
    }

    /// Most conversations are short, and some are long.
    fn talks(&mut self) -> i64 {
        match self.dice.below(10) {
            0..=5 => self.between(15, 120),
            6..=8 => self.between(90, 420),
            _ => self.between(400, 1_800),
        }
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        let sides = u64::try_from(most - least + 1).unwrap_or(1);
        least + i64::try_from(self.dice.below(sides)).unwrap_or(0)
    }
}

fn later(at: Timestamp, after_s: i64) -> Timestamp {
    at.saturating_add(after_s.seconds()).unwrap_or(at)
}

/// Writes down what the engine would say of a call that is over.
fn over(call_id: &str, opening: &Opening, entries: Vec<Entry>, going: &Going) -> Played {
    let mut ledger = Ledger::default();
    for entry in &entries {
        ledger.add(entry.clone());
    }
    let sheet = ledger.sheet();
    let started_at = entries.first().map_or(going.now, Entry::at);
    let talk_s = going.answered_at.map_or(0, |at| going.now.duration_since(at).as_secs().max(0));
    let direction = match sheet.as_ref().map_or("inbound", CallSheet::direction) {
        "outbound" => SessionDirection::Outgoing,
        "internal" => SessionDirection::Internal,
        _ => SessionDirection::Incoming,
    };
    let is_paid = direction == SessionDirection::Outgoing && going.answered_at.is_some();
    let record = DetailRecord {
        at: going.now,
        token: Some(call_id.to_owned()),
        session: None,
        call_id: call_id.to_owned(),
        from: opening.from.clone(),
        to: opening.to.clone(),
        disposition: disposition(going.answered_at, sheet.as_ref().map(|sheet| sheet.status)).to_owned(),
        duration_s: going.now.duration_since(started_at).as_secs(),
        billsec_s: talk_s,
        direction: Some(direction),
        status: None,
        call_started_at: Some(started_at),
        call_answered_at: going.answered_at,
        call_ended_at: Some(going.now),
        domain: None,
        subscriber: None,
        trunk: None,
        application: None,
        route: None,
        rated_cost: None,
        approx_cost: None,
        sell_cost: is_paid.then(|| (talk_s + 59) / 60 * MINUTE_COSTS),
        vapp_server: None,
        recording_url: None,
        raw: json!({"example": true}),
    };
    Played {
        entries,
        record,
        answered_at: going.answered_at,
        talk_s,
        leaves_message: sheet.as_ref().is_some_and(|sheet| !sheet.messages.is_empty()),
        is_recorded: going.is_recorded,
        number: sheet.as_ref().and_then(CallSheet::number).map(str::to_owned),
    }
}

fn disposition(answered_at: Option<Timestamp>, status: Option<CallStatus>) -> &'static str {
    match status {
        _ if answered_at.is_some() => "ANSWERED",
        Some(CallStatus::Busy) => "BUSY",
        Some(CallStatus::Canceled) => "CANCEL",
        Some(CallStatus::Failed) => "FAILED",
        _ => "NO ANSWER",
    }
}
