//! The scene of a story: a small company, written in lines.

use super::Fault;
use opbx_kernel::{Country, E164, TenantId};
use opbx_routing::{
    AssistantId, Company, ConferenceId, Destination, Extension, ExtensionId, ExtensionKind, HoursId, MenuId,
    Number, Person, Plan, PlanParts, QueueId, RingGroup, RingGroupId, Strategy, VoicemailId,
};
use std::collections::BTreeMap;

/// The id of a record that no story has.
const NOTHING: i64 = 9_999;

/// A company and what the story calls things.
pub(super) struct Scene {
    pub(super) plan: Plan,
    /// The number that leads to a destination which a story calls by name.
    dialled: BTreeMap<String, String>,
    /// Whether the rotation counter answers.
    pub(super) counter: bool,
}

/// The words that begin a line of the scene.
const SETTINGS: [&str; 5] = ["company", "number", "extension", "group", "without"];

pub(super) fn is_setting(line: &str) -> bool {
    line.split_whitespace().next().is_some_and(|word| SETTINGS.contains(&word))
}

impl Scene {
    pub(super) fn read(text: &str, faults: &mut Vec<Fault>) -> Self {
        let mut builder = Builder::named(text);
        for (at, line) in text.lines().enumerate().filter(|(_, line)| is_setting(line)) {
            if let Err(message) = builder.setting(line) {
                faults.push(Fault { line: at + 1, message });
            }
        }
        builder.finish(text)
    }

    /// What to dial for a word of the story.
    pub(super) fn number_for(&self, word: &str) -> String {
        self.dialled.get(word).cloned().unwrap_or_else(|| word.to_owned())
    }
}

/// A scene half read. Names are known first, so that groups may name each other.
struct Builder {
    parts: PlanParts,
    extensions: BTreeMap<String, ExtensionId>,
    groups: BTreeMap<String, RingGroupId>,
    counter: bool,
}

impl Builder {
    fn named(text: &str) -> Self {
        let mut builder = Self {
            parts: PlanParts::empty(
                TenantId::new(1).expect("positive"),
                1,
                Company {
                    country: Country::new("US"),
                    emergency_numbers: vec!["911".into()],
                    ..Company::named("Story")
                },
            ),
            extensions: BTreeMap::new(),
            groups: BTreeMap::new(),
            counter: true,
        };
        for line in text.lines().filter(|line| is_setting(line)) {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("group"), Some(name)) => builder.name_group(name),
                (Some("extension"), Some(number)) => builder.name_extension(number),
                _ => {}
            }
            let (head, destination) = line.split_once("->").unwrap_or((line, ""));
            let members = head.split_once(':').map_or("", |(_, members)| members);
            for number in members.split_whitespace().chain(destination.split_whitespace().filter(is_short)) {
                builder.name_extension(number);
            }
        }
        builder
    }

    fn name_group(&mut self, name: &str) {
        let next = self.groups.len() as i64 + 1;
        self.groups.entry(name.to_owned()).or_insert(RingGroupId::new(next).expect("positive"));
    }

    /// Makes a plain phone; an `extension` line may say more of it.
    fn name_extension(&mut self, number: &str) {
        if self.extensions.contains_key(number) {
            return;
        }
        let id = ExtensionId::new(self.extensions.len() as i64 + 1).expect("positive");
        self.extensions.insert(number.to_owned(), id);
        self.parts.extensions.push(Extension {
            id,
            number: number.into(),
            name: "".into(),
            active: true,
            kind: ExtensionKind::User(Person::ringing(30)),
        });
    }

    fn setting(&mut self, line: &str) -> Result<(), String> {
        let (head, destination) = match line.split_once("->") {
            Some((head, destination)) => (head.trim(), Some(self.destination(destination.trim())?)),
            None => (line.trim(), None),
        };
        let mut words = head.split_whitespace();
        match words.next() {
            Some("company") => {
                self.parts.company.fallback = destination.ok_or("a company line ends with `-> FALLBACK`")?;
            }
            Some("without") => self.counter = false,
            Some("number") => self.number(words, destination)?,
            Some("extension") => self.extension(words, destination)?,
            _ => self.group(head, destination.unwrap_or(Destination::Hangup))?,
        }
        Ok(())
    }

    fn number<'a>(
        &mut self,
        mut words: impl Iterator<Item = &'a str>,
        destination: Option<Destination>,
    ) -> Result<(), String> {
        let number = words.next().and_then(E164::new).ok_or("a number line begins with a number in E.164")?;
        let active = !words.any(|word| word == "inactive");
        let destination = destination.ok_or("a number line ends with `-> DESTINATION`")?;
        self.parts.numbers.push(Number { number, name: "".into(), destination, active });
        Ok(())
    }

    fn extension<'a>(
        &mut self,
        mut words: impl Iterator<Item = &'a str>,
        destination: Option<Destination>,
    ) -> Result<(), String> {
        let number = words.next().ok_or("an extension line begins with its number")?;
        let id = self.extensions[number];
        let extension = self
            .parts
            .extensions
            .iter_mut()
            .find(|extension| extension.id == id)
            .ok_or("an extension is named before it is set")?;
        let (mut timeout_s, mut dnd) = (30, false);
        for word in words {
            match word {
                "inactive" => extension.active = false,
                "dnd" => dnd = true,
                _ => timeout_s = seconds(word)?,
            }
        }
        extension.kind = match destination {
            Some(destination) => ExtensionKind::Points(destination),
            None => ExtensionKind::User(Person { do_not_disturb: dnd, ..Person::ringing(timeout_s) }),
        };
        Ok(())
    }

    fn group(&mut self, head: &str, fallback: Destination) -> Result<(), String> {
        let (head, members) = head.split_once(':').ok_or("a group line has `: MEMBERS`")?;
        let mut words = head.split_whitespace().skip(1);
        let name = words.next().ok_or("a group has a name")?;
        let strategy = match words.next() {
            Some("simultaneous") => Strategy::Simultaneous,
            Some("sequential") => Strategy::Sequential,
            Some("round_robin") => Strategy::RoundRobin,
            Some("random") => Strategy::Random,
            other => return Err(format!("{other:?} is no strategy")),
        };
        let mut group = RingGroup {
            id: self.groups[name],
            name: name.into(),
            strategy,
            timeout_s: 30,
            turns: 1,
            members: members.split_whitespace().map(|number| self.extensions[number]).collect(),
            fallback,
            active: true,
        };
        for word in words {
            match word {
                "inactive" => group.active = false,
                "turn" | "turns" => {}
                word if word.ends_with('s') => group.timeout_s = seconds(word)?,
                word => {
                    group.turns =
                        word.parse().map_err(|_| format!("{word:?} is neither seconds nor turns"))?;
                }
            }
        }
        self.parts.ring_groups.push(group);
        Ok(())
    }

    fn destination(&self, text: &str) -> Result<Destination, String> {
        let one = "1 is an id";
        Ok(match text.split_once(' ').unwrap_or((text, "")) {
            ("hangup", _) => Destination::Hangup,
            ("nothing", _) => Destination::RingGroup(RingGroupId::new(NOTHING).expect(one)),
            ("forward", target) => Destination::Forward(target.into()),
            ("voicemail", _) => Destination::Voicemail(VoicemailId::new(1).expect(one)),
            ("menu", _) => Destination::Menu(MenuId::new(1).expect(one)),
            ("hours", _) => Destination::Hours(HoursId::new(1).expect(one)),
            ("conference", _) => Destination::Conference(ConferenceId::new(1).expect(one)),
            ("assistant", _) => Destination::Assistant(AssistantId::new(1).expect(one)),
            ("queue", _) => Destination::Queue(QueueId::new(1).expect(one)),
            (word, _) => match (self.groups.get(word), self.extensions.get(word)) {
                (Some(group), _) => Destination::RingGroup(*group),
                (None, Some(extension)) => Destination::Extension(*extension),
                (None, None) => return Err(format!("the story knows no {word:?}")),
            },
        })
    }

    /// Gives every destination that the events call by name a number of its own.
    fn finish(mut self, text: &str) -> Scene {
        let mut dialled = BTreeMap::new();
        let names: Vec<&str> = text
            .lines()
            .filter(|line| line.contains(" call "))
            .filter_map(|line| line.split_once("->"))
            .map(|(_, rest)| rest.split("=>").next().unwrap_or("").trim())
            .collect();
        for name in names {
            if E164::new(name).is_some() || dialled.contains_key(name) || self.extensions.contains_key(name) {
                continue;
            }
            let Ok(destination) = self.destination(name) else { continue };
            let number = format!("+12125559{:03}", dialled.len());
            dialled.insert(name.to_owned(), number.clone());
            let number = E164::new(&number).expect("eleven digits");
            self.parts.numbers.push(Number { number, name: "".into(), destination, active: true });
        }
        Scene { plan: Plan::from(self.parts), dialled, counter: self.counter }
    }
}

/// Whether a word can only be an extension's number.
fn is_short(word: &&str) -> bool {
    (3..=5).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn seconds(word: &str) -> Result<u16, String> {
    word.strip_suffix('s')
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| format!("{word:?} is no time: expected like 20s"))
}
