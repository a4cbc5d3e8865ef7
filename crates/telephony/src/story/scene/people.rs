//! Lines about the company, its numbers and its extensions.

use super::names::is_extension;
use super::policies::{recording, screening};
use super::{Scene, known, put};
use crate::story::words::{Words, count, is_short, seconds};
use opbx_kernel::{Country, E164};
use opbx_routing::{Extension, ExtensionId, ExtensionKind, Limits, Number, Person, RecordingPolicy, Zone};

const COMPANY: &str = "country GB, no country, zone Europe/London, emergency 999 112, allows GB IE, \
     shows +442079460018, limit 2 calls, limit 60 minutes, recorded always|never, announces PROMPT, keeps 30 days, \
     refuses anonymous, blocked hear busy|rejected|sentence, takes 5 calls in 60s, -> FALLBACK";
const NUMBER: &str = "\"a name\", inactive, active, recorded always|never|inherit, announces PROMPT, keeps 30 days, -> DESTINATION";
const EXTENSION: &str = "\"a name\", 25s, inactive, active, dnd, no dnd, dials out, shows +442079460018, \
     limit 2 calls, limit 60 minutes, recorded always|never|inherit, announces PROMPT, keeps 30 days, voicemail NAME, forwards all|busy|unanswered|unreachable -> DESTINATION, \
     -> DESTINATION";

impl Scene {
    pub(super) fn set_company(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        while let Some(word) = words.bare() {
            match word {
                "country" => self.parts.company.country = Some(country(words.any("a country")?)?),
                "no" => {
                    words.must("country")?;
                    self.parts.company.country = None;
                }
                "zone" => self.parts.company.zone = zone(words.any("a time zone")?)?,
                "emergency" => {
                    self.parts.company.emergency_numbers.clear();
                    while let Some(number) = words.peek().filter(|word| is_digits(word)) {
                        self.parts.company.emergency_numbers.push(number.into());
                        words.take(number);
                    }
                }
                "allows" => {
                    while let Some(code) = words.peek().filter(|word| is_country(word)) {
                        self.parts.company.allowed_countries.push(country(code)?);
                        words.take(code);
                    }
                }
                "shows" => self.parts.company.caller_id = Some(words.any("a number")?.into()),
                "limit" => limit(words, &mut self.parts.company.limits)?,
                "->" => self.parts.company.fallback = self.destination(words)?,
                word if recording(&mut self.parts.company.recording, word, words)? => {}
                word if screening(&mut self.parts.company.screening, word, words)? => {}
                _ => {
                    words.back();
                    break;
                }
            }
        }
        words.finished("a company line", COMPANY)
    }

    pub(super) fn set_number(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let number = words.any("a number in E.164")?;
        let number = E164::new(number).ok_or_else(|| format!("{number:?} is no number in E.164"))?;
        let so_far = known(&self.parts.numbers, |it| it.number == number);
        let is_new = so_far.is_none();
        let destination = opbx_routing::Destination::Hangup;
        let mut set = so_far.unwrap_or(Number {
            number,
            name: "".into(),
            destination,
            active: true,
            recording: RecordingPolicy::default(),
        });
        let mut leads = !is_new;
        loop {
            if let Some(name) = words.quoted() {
                set.name = name.into();
                continue;
            }
            match words.bare() {
                Some("inactive") => set.active = false,
                Some("active") => set.active = true,
                Some("->") => (set.destination, leads) = (self.destination(words)?, true),
                Some(word) if recording(&mut set.recording, word, words)? => {}
                Some(_) => {
                    words.back();
                    break;
                }
                None => break,
            }
        }
        words.finished("a number line", NUMBER)?;
        if !leads {
            return Err("a number line ends with `-> DESTINATION`".into());
        }
        let number = set.number.clone();
        put(&mut self.parts.numbers, set, |it| it.number == number);
        Ok(())
    }

    pub(super) fn set_extension(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let number = words.any("an extension's number")?;
        is_extension(number)?;
        let id = self.extension(number);
        if words.take("gone") {
            self.parts.extensions.retain(|it| it.id != id);
            return words.finished("a line about what is gone", "nothing more");
        }
        let mut set = known(&self.parts.extensions, |it| it.id == id).unwrap_or_else(|| phone(id, number));
        let mut person = match &set.kind {
            ExtensionKind::User(person) => person.clone(),
            ExtensionKind::Points(_) => Person::ringing(30),
        };
        loop {
            if let Some(name) = words.quoted() {
                set.name = name.into();
                continue;
            }
            match words.bare() {
                Some("inactive") => set.active = false,
                Some("active") => set.active = true,
                Some("->") => {
                    set.kind = ExtensionKind::Points(self.destination(words)?);
                    words.finished("after where it leads, an extension line", "nothing more")?;
                    put(&mut self.parts.extensions, set, |it| it.id == id);
                    return Ok(());
                }
                Some(word) if self.set_person(&mut person, word, words)? => {}
                Some(_) => {
                    words.back();
                    break;
                }
                None => break,
            }
        }
        words.finished("an extension line", EXTENSION)?;
        set.kind = ExtensionKind::User(person);
        put(&mut self.parts.extensions, set, |it| it.id == id);
        Ok(())
    }

    /// Takes one thing that is said of a person; tells whether it was one.
    fn set_person(&mut self, person: &mut Person, word: &str, words: &mut Words<'_>) -> Result<bool, String> {
        match word {
            "dnd" => person.do_not_disturb = true,
            "no" => {
                words.must("dnd")?;
                person.do_not_disturb = false;
            }
            "dials" => {
                words.must("out")?;
                person.dials_out = true;
            }
            "shows" => person.caller_id = Some(words.any("a number")?.into()),
            "limit" => limit(words, &mut person.limits)?,
            "voicemail" => {
                let (mailbox, _) = self.named(super::Kind::Voicemail, words)?;
                person.voicemail = Some(mailbox);
            }
            "forwards" => {
                let when = words.any("which calls are forwarded")?;
                let to = Some(self.arrow(words)?);
                match when {
                    "all" => person.forward.always = to,
                    "busy" => person.forward.busy = to,
                    "unanswered" => person.forward.no_answer = to,
                    "unreachable" => person.forward.unreachable = to,
                    _ => {
                        return Err(format!(
                            "{when:?} calls are not forwarded: all, busy, unanswered or unreachable ones are"
                        ));
                    }
                }
            }
            _ if recording(&mut person.recording, word, words)? => {}
            _ => match seconds(word) {
                Some(timeout_s) => person.ring_timeout_s = timeout_s,
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    /// The extension of this number; where no line says more of it, a plain phone.
    pub(super) fn extension(&mut self, number: &str) -> ExtensionId {
        let (id, is_new) = self.names.learn_extension(number);
        if is_new {
            self.parts.extensions.push(phone(id, number));
        }
        id
    }
}

fn phone(id: ExtensionId, number: &str) -> Extension {
    Extension {
        id,
        number: number.into(),
        name: "".into(),
        active: true,
        kind: ExtensionKind::User(Person::ringing(30)),
    }
}

/// `limit 2 calls` or `limit 60 minutes`.
fn limit(words: &mut Words<'_>, limits: &mut Limits) -> Result<(), String> {
    let max = count(words.any("a limit")?, "calls or minutes")?;
    match words.bare() {
        Some("calls" | "call") => limits.calls_max = Some(max),
        Some("minutes" | "minute") => limits.minutes_per_day_max = Some(max),
        _ => return Err("a limit is of calls (at once) or minutes (a day)".into()),
    }
    Ok(())
}

pub(super) fn country(code: &str) -> Result<Country, String> {
    Country::new(code).ok_or_else(|| format!("{code:?} is no country: expected two letters, like GB"))
}

pub(crate) fn zone(name: &str) -> Result<Zone, String> {
    Zone::new(name).ok_or_else(|| format!("{name:?} is no time zone: expected one like Europe/London"))
}

fn is_digits(word: &str) -> bool {
    is_short(word) || (word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_country(word: &str) -> bool {
    word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}
