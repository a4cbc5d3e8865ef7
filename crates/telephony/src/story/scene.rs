//! The scene of a story: a small company, written in lines. Each line adds to what the lines before it said.

mod groups;
mod hours;
mod menus;
mod names;
mod outbound;
mod people;
mod places;
mod policies;

use super::Fault;
use super::words::{Words, is_short};
pub(super) use hours::instant;
use names::{Kind, Names};
use opbx_kernel::{Country, E164, TenantId};
use opbx_routing::{
    AssistantId, Company, ConferenceId, Destination, ExtensionId, HoursId, MenuId, Number, Plan, PlanParts,
    QueueId, RecordingPolicy, RingGroupId, VoicemailId,
};
pub(super) use people::zone;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The id of a record that no story has.
const NOTHING: i64 = 9_999;

/// The words that begin a line of the scene.
const SETTINGS: &[&str] = &[
    "company",
    "number",
    "extension",
    "group",
    "menu",
    "hours",
    "room",
    "conference",
    "assistant",
    "voicemail",
    "trunk",
    "code",
    "blocked",
    "rule",
];

/// A company, what the story calls things, and each plan it had.
#[derive(Clone)]
pub(crate) struct Scene {
    parts: PlanParts,
    names: Names,
    /// The number that leads to a destination which the story's events call by name.
    dialled: BTreeMap<String, String>,
    /// By version, from 1. The last one is in force.
    plans: Vec<Arc<Plan>>,
}

pub(crate) fn is_setting(line: &str) -> bool {
    line.split([' ', ',']).next().is_some_and(|word| SETTINGS.contains(&word))
}

impl Scene {
    /// Reads the lines of a text that set the scene. `called` is what its events call, in order.
    pub(crate) fn read<'a>(
        text: &str,
        called: impl Iterator<Item = &'a str>,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let company = Company {
            country: Country::new("US"),
            emergency_numbers: vec!["911".into()],
            ..Company::named("Story")
        };
        let mut scene = Self {
            parts: PlanParts::empty(TenantId::new(1).expect("positive"), 1, company),
            names: Names::default(),
            dialled: BTreeMap::new(),
            plans: Vec::new(),
        };
        let settings = || text.lines().enumerate().filter(|(_, line)| is_setting(line));
        // Names come first, so that lines may point at what a later line says.
        for (_, line) in settings() {
            scene.names.declare(line);
        }
        for (at, line) in settings() {
            if let Err(message) = scene.set(line) {
                faults.push(Fault { line: at + 1, message });
            }
        }
        for name in called {
            scene.number(name);
        }
        scene.plans = vec![Arc::new(Plan::from(scene.parts.clone()))];
        scene
    }

    /// Changes the company while the story goes on: the plan gets its next version.
    pub(super) fn change(&mut self, line: &str) -> Result<(), String> {
        self.names.declare(line);
        self.set(line)?;
        self.parts.version += 1;
        self.plans.push(Arc::new(Plan::from(self.parts.clone())));
        Ok(())
    }

    pub(super) fn plan(&self) -> &Arc<Plan> {
        self.plans.last().expect("a scene has its first plan from the start")
    }

    pub(super) fn plan_of(&self, version: i64) -> Option<&Plan> {
        self.plans.get(usize::try_from(version - 1).ok()?).map(AsRef::as_ref)
    }

    /// What to dial for a word of the story.
    pub(super) fn number_for(&self, called: &str) -> String {
        self.dialled.get(called).cloned().unwrap_or_else(|| called.to_owned())
    }

    pub(super) fn extension_id(&self, number: &str) -> Result<ExtensionId, String> {
        self.names.extension(number).ok_or_else(|| format!("the story has no extension {number}"))
    }

    pub(super) fn voicemail_id(&self, name: &str) -> Result<VoicemailId, String> {
        Ok(id(self.names.id(Kind::Voicemail, name)?))
    }

    fn set(&mut self, line: &str) -> Result<(), String> {
        let mut words = Words::of(line)?;
        let kind = words.any("what it is about")?;
        match kind {
            "company" => self.set_company(&mut words),
            "number" => self.set_number(&mut words),
            "extension" => self.set_extension(&mut words),
            "group" => self.set_group(&mut words),
            "menu" => self.set_menu(&mut words),
            "hours" => self.set_hours(&mut words),
            "room" | "conference" => self.set_room(&mut words),
            "assistant" => self.set_assistant(&mut words),
            "voicemail" => self.set_voicemail(&mut words),
            "trunk" => self.set_trunk(&mut words),
            "code" => self.set_code(&mut words),
            "blocked" => self.set_blocked(&mut words),
            _ => self.set_rule(&mut words),
        }
    }

    /// The id of what this line is about, and its name.
    fn named<'a, Id: TryFrom<i64>>(
        &mut self,
        kind: Kind,
        words: &mut Words<'a>,
    ) -> Result<(Id, &'a str), String> {
        let name = words.any("a name")?;
        Ok((id(self.names.id(kind, name)?), name))
    }

    /// Where something leads: after an arrow, or at once.
    fn destination(&mut self, words: &mut Words<'_>) -> Result<Destination, String> {
        let word = words.any("a destination")?;
        if let Some(kind) = Kind::of(word) {
            let name = words.any("a name")?;
            let known =
                if kind == Kind::Queue { self.names.queue(name) } else { self.names.id(kind, name)? };
            return place(kind, known);
        }
        match word {
            "hangup" => Ok(Destination::Hangup),
            "nothing" => place(Kind::Group, NOTHING),
            "missing" => match words.any("a kind of destination")? {
                "extension" => Ok(Destination::Extension(id(NOTHING))),
                kind => place(
                    Kind::of(kind).ok_or_else(|| format!("{kind:?} is no kind of destination"))?,
                    NOTHING,
                ),
            },
            "forward" => Ok(Destination::Forward(words.any("what to forward to")?.into())),
            "extension" => Ok(Destination::Extension(self.extension(words.any("its number")?))),
            _ if is_short(word) => Ok(Destination::Extension(self.extension(word))),
            _ if word.starts_with('+') || word.starts_with("sip:") || word.starts_with("sips:") => {
                Ok(Destination::Forward(word.into()))
            }
            name => {
                let (kind, known) = self.names.only(name)?;
                place(kind, known)
            }
        }
    }

    fn arrow(&mut self, words: &mut Words<'_>) -> Result<Destination, String> {
        words.must("->")?;
        self.destination(words)
    }

    /// Gives a destination that an event calls by name a number of its own.
    fn number(&mut self, called: &str) {
        let is_dialled = |c: char| c.is_ascii_digit() || "+*#() -".contains(c);
        if called.chars().all(is_dialled) || self.dialled.contains_key(called) {
            return;
        }
        let Ok(mut words) = Words::of(called) else { return };
        let Ok(destination) = self.destination(&mut words) else { return };
        let number = format!("+12125559{:03}", self.dialled.len());
        self.dialled.insert(called.to_owned(), number.clone());
        let number = E164::new(&number).expect("eleven digits");
        self.parts.numbers.push(Number {
            number,
            name: "".into(),
            destination,
            active: true,
            recording: RecordingPolicy::default(),
        });
    }
}

/// Replaces the record that is the same one, or adds it.
fn put<T>(records: &mut Vec<T>, record: T, is_same: impl Fn(&T) -> bool) {
    match records.iter().position(is_same) {
        Some(at) => records[at] = record,
        None => records.push(record),
    }
}

/// What the records know of this one so far.
fn known<T: Clone>(records: &[T], is_same: impl Fn(&T) -> bool) -> Option<T> {
    records.iter().find(|record| is_same(record)).cloned()
}

fn id<Id: TryFrom<i64>>(known: i64) -> Id {
    Id::try_from(known).ok().expect("a story's ids are positive and small")
}

fn place(kind: Kind, known: i64) -> Result<Destination, String> {
    Ok(match kind {
        Kind::Group => Destination::RingGroup(id::<RingGroupId>(known)),
        Kind::Menu => Destination::Menu(id::<MenuId>(known)),
        Kind::Hours => Destination::Hours(id::<HoursId>(known)),
        Kind::Room => Destination::Conference(id::<ConferenceId>(known)),
        Kind::Assistant => Destination::Assistant(id::<AssistantId>(known)),
        Kind::Voicemail => Destination::Voicemail(id::<VoicemailId>(known)),
        Kind::Queue => Destination::Queue(id::<QueueId>(known)),
        Kind::Trunk | Kind::Rule => return Err("a trunk or a rule is nowhere a call can be sent".into()),
    })
}
