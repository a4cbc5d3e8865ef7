//! What happens to one random call: drawn as it goes, and kept so that it can be played again with less.

use super::company::{BOXES, DIALLED_CODES, EXTENSIONS, KEYS, NUMBERS, OUTSIDE, change};
use super::dice::Dice;
use crate::story::happening::{Arrival, Aside, Happening, message};
use crate::story::play::Play;
use crate::story::scene::Scene;
use jiff::{SignedDuration, Timestamp};
use opbx_routing::{
    Asking, DialResult, Dialing, Direction, Event, Keys, PinEntry, Presence, Recording, Stage, Usage,
};
use std::sync::Arc;

/// More than any call of these companies can take. Beyond it, a call never ends.
const HAPPENINGS_MAX: usize = 2_000;
/// 2026-01-01, from when the calls are drawn.
const YEAR_BEGINS_S: i64 = 1_767_225_600;
const YEAR_MIN: u64 = 365 * 24 * 60;
/// An instant that hours know special days around, in minutes of the year: 23 December.
const HOLIDAYS_MIN: u64 = 356 * 24 * 60;

/// One line of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line {
    Aside(Aside),
    /// With how many seconds after the line before. What is due at a time comes when it is due.
    Event(i64, Happening),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    pub(super) lines: Vec<Line>,
}

impl Script {
    /// Draws a call and plays it, from its arrival to its end or to [`HAPPENINGS_MAX`].
    pub(super) fn played(scene: &Arc<Scene>, dice: &mut Dice) -> (Self, Play) {
        let (mut script, mut stand) = (Self::default(), Stand::new(scene.clone()));
        for line in opening(dice) {
            script.perform(&mut stand, line);
        }
        while stand.goes_on() && script.lines.len() < HAPPENINGS_MAX {
            if dice.chance(45) {
                let fault = fault(dice, &stand.play);
                script.perform(&mut stand, fault);
            }
            if stand.goes_on() {
                let event = event(dice, &stand.play);
                script.perform(&mut stand, event);
            }
        }
        (script, stand.play)
    }

    fn perform(&mut self, stand: &mut Stand, line: Line) {
        if stand.perform(&line).is_some() {
            self.lines.push(line);
        }
    }

    /// Plays it again in a scene; what does not fit there is left out. Gives the story that was told.
    pub(super) fn told(&self, scene: &Arc<Scene>) -> (String, Play) {
        let (mut stand, mut story) = (Stand::new(scene.clone()), String::new());
        for line in &self.lines {
            if let Some(told) = stand.perform(line) {
                story.push_str(&told);
                story.push('\n');
            }
        }
        (story, stand.play)
    }

    /// What went wrong on purpose.
    pub(super) fn faults(&self) -> impl Iterator<Item = &'static str> {
        self.lines.iter().filter_map(|line| match line {
            Line::Aside(Aside::Counter(false)) => Some("counter away"),
            Line::Aside(Aside::Fails(_)) => Some("operation fails"),
            Line::Aside(Aside::Now(_)) => Some("plan changes"),
            Line::Event(_, Happening::Repeated) => Some("repeated"),
            Line::Event(_, Happening::AskedAgain) => Some("asked again"),
            Line::Event(_, Happening::ProcessDied) => Some("process died"),
            Line::Event(_, Happening::Late(_)) => Some("late"),
            Line::Event(_, Happening::Stray(_)) => Some("stray"),
            Line::Aside(_) | Line::Event(..) => None,
        })
    }
}

/// A play and its clock.
struct Stand {
    play: Play,
    at: SignedDuration,
}

impl Stand {
    fn new(scene: Arc<Scene>) -> Self {
        Self { play: Play::new(scene), at: SignedDuration::ZERO }
    }

    fn goes_on(&self) -> bool {
        self.play.calls() > 0 && self.play.call().ending().is_none()
    }

    /// Lets a line happen and tells it as a story does; nothing where it does not fit.
    fn perform(&mut self, line: &Line) -> Option<String> {
        match line {
            Line::Aside(aside) => self.play.aside(aside).ok().map(|()| aside.to_string()),
            Line::Event(after_s, happening) => {
                let due = match happening {
                    Happening::RingTimeOut => self.play.ringing().map(|(_, due)| due),
                    Happening::Told(Event::KeysPressed(keys)) if keys.is_empty() => self.play.key_due(),
                    _ => None,
                };
                let at = due.unwrap_or(self.at + SignedDuration::from_secs(*after_s)).max(self.at);
                let outcome = self.play.happen(at, happening).ok()?;
                self.at = at;
                let at_s = at.as_secs();
                Some(format!("{:02}:{:02} {happening} => {outcome}", at_s / 60, at_s % 60))
            }
        }
    }
}

/// When the call comes, what else goes on, and the call itself.
fn opening(dice: &mut Dice) -> Vec<Line> {
    let minute = if dice.chance(30) { HOLIDAYS_MIN + dice.below(4 * 24 * 60) } else { dice.below(YEAR_MIN) };
    let instant = Timestamp::from_second(YEAR_BEGINS_S + 60 * minute as i64).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut lines = vec![Line::Aside(Aside::At(instant))];
    if dice.chance(10) {
        lines.push(Line::Aside(Aside::Counter(false)));
    }
    if dice.chance(20) {
        lines.push(Line::Aside(presence(dice)));
    }
    if dice.chance(40) {
        let usage = Usage { calls: dice.below(4) as u32, minutes_today: dice.below(100) as u32 };
        let whose = dice.chance(70).then(|| dice.pick(&EXTENSIONS).to_owned());
        lines.push(Line::Aside(Aside::Usage(whose, usage)));
    }
    if dice.chance(20) {
        lines.push(Line::Aside(Aside::Rate(dice.below(8) as u32)));
        lines.push(Line::Aside(Aside::LastCaller(dice.pick(&EXTENSIONS).into(), dice.pick(&OUTSIDE).into())));
        let (new, saved) = (dice.below(4) as u32, dice.below(3) as u32);
        lines.push(Line::Aside(Aside::Messages(dice.pick(&BOXES).to_owned(), new, saved)));
    }
    if dice.chance(20) {
        lines.push(Line::Aside(Aside::Fails(1 + dice.below(5) as u32)));
    }
    lines.push(Line::Event(0, Happening::Arrives(arrival(dice))));
    lines
}

fn arrival(dice: &mut Dice) -> Arrival {
    let (direction, originated) = match dice.below(20) {
        0..=11 => (Direction::Inbound, false),
        12..=15 => (Direction::Subscriber, false),
        16 => (Direction::Application, false),
        17 => (Direction::Outbound, false),
        18 => (Direction::OutboundApi, true),
        _ => (Direction::OutboundApi, false),
    };
    let from = match (direction, dice.below(10)) {
        (Direction::Inbound, 0) => "",
        (Direction::Inbound, 1) => dice.pick(&EXTENSIONS),
        (Direction::Inbound, _) => dice.pick(&OUTSIDE),
        (_, 0) => "4999",
        _ => dice.pick(&EXTENSIONS),
    };
    let own = if direction == Direction::Inbound { 94 } else { 20 };
    let to = match dice.below(100) {
        roll if roll < own => dice.pick(&NUMBERS),
        roll if roll < own + (100 - own) * 2 / 5 => dice.pick(&EXTENSIONS),
        roll if roll < 80 => dice.pick(&OUTSIDE),
        _ if direction == Direction::Inbound || dice.chance(40) => {
            dice.pick(&["911", "+911", "1999", "*72", "+12125550199"])
        }
        _ => dice.pick(&DIALLED_CODES),
    };
    Arrival { direction, originated, from: from.to_owned(), to: to.to_owned() }
}

fn presence(dice: &mut Dice) -> Aside {
    let state = dice.pick(&[Presence::Free, Presence::Busy, Presence::Busy, Presence::DoNotDisturb]);
    Aside::Presence(dice.pick(&EXTENSIONS).to_owned(), state)
}

/// Something that goes wrong, or changes, between two events.
fn fault(dice: &mut Dice, play: &Play) -> Line {
    match dice.below(20) {
        0..=5 => Line::Event(dice.below(2) as i64, Happening::Repeated),
        6..=8 => Line::Event(dice.below(3) as i64, Happening::AskedAgain),
        9..=11 => Line::Event(0, Happening::ProcessDied),
        12..=13 => Line::Aside(Aside::Fails(1 + dice.below(4) as u32)),
        14..=15 => Line::Aside(presence(dice)),
        16 => Line::Aside(Aside::Counter(dice.chance(50))),
        17 => Line::Aside(Aside::Now(change(dice))),
        18 => {
            let late = play.decided().map_or(Event::CallerLeft, |(before, ..)| told(dice, &before.stage));
            Line::Event(1, Happening::Late(late))
        }
        _ if dice.chance(30) => {
            let stage = Stage::Dialing(Dialing::Sip { owner: None });
            Line::Event(1, Happening::Stray(told(dice, &stage)))
        }
        _ => Line::Event(1, Happening::ProcessDied),
    }
}

/// What happens next to a call, by where it stands.
fn event(dice: &mut Dice, play: &Play) -> Line {
    if dice.chance(3) {
        return Line::Event(1, Happening::Told(Event::CallerLeft));
    }
    if let Some((dial, _)) = play.ringing() {
        let target = &dial.targets[dice.below(dial.targets.len() as u64) as usize];
        return match dice.below(20) {
            0..=2 => Line::Event(3, Happening::Answered(target.number().to_string())),
            3..=12 => Line::Event(0, Happening::RingTimeOut),
            _ => Line::Event(2, Happening::Told(told(dice, &play.call().stage))),
        };
    }
    match &play.call().stage {
        // Somebody has answered, or sits in a room.
        Stage::Dialing(_) if dice.chance(90) => {
            Line::Event(30, Happening::Told(Event::DialEnded(DialResult::Completed)))
        }
        Stage::Dialing(_) => Line::Event(30, Happening::Told(Event::DialEnded(DialResult::Unknown))),
        stage => Line::Event(4, Happening::Told(told(dice, stage))),
    }
}

/// What an engine may tell of a call that stands there.
fn told(dice: &mut Dice, stage: &Stage) -> Event {
    match stage {
        Stage::New | Stage::Ended(_) => Event::CallerLeft,
        Stage::Dialing(_) => Event::DialEnded(match dice.below(20) {
            0..=5 => DialResult::Busy,
            6..=12 => DialResult::Failed,
            13..=16 => DialResult::NoAnswer,
            17 => DialResult::Completed,
            18 => DialResult::Canceled,
            _ => DialResult::Unknown,
        }),
        Stage::Asking(Asking::Menu { .. }) if dice.chance(30) => Event::KeysPressed(Keys::new("")),
        Stage::Asking(Asking::Menu { .. }) => Event::KeysPressed(Keys::new(dice.pick(&KEYS))),
        Stage::Asking(Asking::BoxNumber { .. }) => Event::KeysPressed(Keys::new(dice.pick(&EXTENSIONS))),
        Stage::Asking(Asking::Mailbox(_)) => {
            Event::KeysPressed(Keys::new(dice.pick(&["1", "1", "1", "7", "9", "", "5", "*"])))
        }
        Stage::Asking(Asking::Pin { .. } | Asking::BoxPin { .. }) => Event::PinEntered(dice.pick(&[
            PinEntry::Nothing,
            PinEntry::Wrong,
            PinEntry::Participant,
            PinEntry::Host,
        ])),
        Stage::Recording(_) if dice.chance(30) => Event::Recorded(Recording::default()),
        Stage::Recording(_) => Event::Recorded(message(Some(1 + dice.below(20) as u32))),
    }
}
