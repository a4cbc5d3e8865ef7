//! Lines about business hours.

use super::names::Kind;
use super::people::zone;
use super::{Scene, known, put};
use crate::story::words::Words;
use jiff::civil::{Date, DateTime};
use opbx_routing::hours::{Exception, Override, Range};
use opbx_routing::{Destination, Hours, HoursId};

const HOURS: &str = "zone Europe/London, mon-fri 09:00-17:00, sat 09:00-12:00 13:00-15:00, on 2026-12-24 \"Eve\" \
     09:00-12:00, on 2026-12-25 closed, override open|closed|none, override open until 2026-12-24 18:00, inactive, \
     active, open -> DESTINATION, closed -> DESTINATION";
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Scene {
    pub(super) fn set_hours(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let (id, name) = self.named::<HoursId>(Kind::Hours, words)?;
        if words.take("gone") {
            self.parts.hours.retain(|it| it.id != id);
            return words.finished("a line about what is gone", "nothing more");
        }
        let mut set = known(&self.parts.hours, |it| it.id == id).unwrap_or_else(|| Hours {
            id,
            name: name.into(),
            active: true,
            zone: self.parts.company.zone.clone(),
            week: Default::default(),
            exceptions: Vec::new(),
            manual: None,
            open: Destination::Hangup,
            closed: Destination::Hangup,
        });
        while let Some(word) = words.bare() {
            match word {
                "zone" => set.zone = zone(words.any("a time zone")?)?,
                "inactive" => set.active = false,
                "active" => set.active = true,
                "open" => set.open = self.arrow(words)?,
                "closed" => set.closed = self.arrow(words)?,
                "override" => manual(&mut set, words)?,
                "on" => exception(&mut set, words)?,
                _ => match days(word) {
                    Some((first, last)) => {
                        let open = ranges(words)?;
                        (first..=last).for_each(|day| set.week[day].clone_from(&open));
                    }
                    None => {
                        words.back();
                        break;
                    }
                },
            }
        }
        words.finished("an hours line", HOURS)?;
        put(&mut self.parts.hours, set, |it| it.id == id);
        Ok(())
    }
}

/// `sat` or `mon-fri`, Monday being 0.
fn days(word: &str) -> Option<(usize, usize)> {
    let day = |word: &str| DAYS.iter().position(|day| *day == word);
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let (first, last) = (day(first)?, day(last)?);
    (first <= last).then_some((first, last))
}

/// All ranges that come next; none is an error.
fn ranges(words: &mut Words<'_>) -> Result<Vec<Range>, String> {
    let mut ranges = Vec::new();
    while let Some(range) = words.peek().and_then(range) {
        ranges.push(range);
        words.bare();
    }
    if ranges.is_empty() { Err("a time like 09:00-17:00 is missing".into()) } else { Ok(ranges) }
}

fn range(word: &str) -> Option<Range> {
    let (start, end) = word.split_once('-')?;
    Range::new(minute(start)?, minute(end)?)
}

fn minute(time: &str) -> Option<u16> {
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
}

fn exception(hours: &mut Hours, words: &mut Words<'_>) -> Result<(), String> {
    let date: Date = words
        .any("a date")?
        .parse()
        .map_err(|_| "an exception begins with its date, like 2026-12-24".to_owned())?;
    let name = words.quoted().unwrap_or("special day").into();
    let ranges = if words.take("closed") { Vec::new() } else { ranges(words)? };
    hours.exceptions.push(Exception { date, name, ranges });
    Ok(())
}

fn manual(hours: &mut Hours, words: &mut Words<'_>) -> Result<(), String> {
    let open = match words.any("open, closed or none")? {
        "open" => true,
        "closed" => false,
        "none" => {
            hours.manual = None;
            return Ok(());
        }
        other => return Err(format!("{other:?} overrides nothing: expected open, closed or none")),
    };
    let until = match words.take("until") {
        false => None,
        true => {
            let (date, time) = (words.any("a date")?, words.any("a time")?);
            Some(instant(date, time, &hours.zone)?)
        }
    };
    hours.manual = Some(Override { open, until });
    Ok(())
}

/// An instant by a clock on the wall. Of an hour that comes twice, the first.
pub(crate) fn instant(date: &str, time: &str, zone: &opbx_routing::Zone) -> Result<jiff::Timestamp, String> {
    let wrong = || format!("{date} {time} is no date and time: expected like 2026-12-24 18:05");
    let local: DateTime = format!("{date}T{time}").parse().map_err(|_| wrong())?;
    let instant = zone.time_zone().to_ambiguous_timestamp(local).compatible();
    instant.map_err(|_| wrong())
}
