//! Business hours: open or closed at an instant, and where a call goes then.

use crate::destination::{Destination, HoursId, Place, PlaceKind};
use crate::trace::Reason;
use crate::walk::{Walk, say};
use crate::{Ending, Zone};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Minutes from midnight to midnight.
pub const DAY_MIN: u16 = 24 * 60;

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub id: HoursId,
    pub name: Arc<str>,
    /// An inactive schedule is closed.
    pub active: bool,
    pub zone: Zone,
    /// The open ranges of each weekday, Monday first.
    pub week: [Vec<Range>; 7],
    /// At most one counts for a date: the first.
    pub exceptions: Vec<Exception>,
    pub manual: Option<Override>,
    pub open: Destination,
    pub closed: Destination,
}

/// A time of day, `start` inclusive, `end` exclusive. An end at or before the start lies on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Range {
    /// Minutes after midnight, 0 to 1439.
    pub start_min: u16,
    /// Minutes after midnight, 0 to 1440.
    pub end_min: u16,
}

/// What holds on one date instead of its weekday's ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    pub date: Date,
    pub name: Arc<str>,
    /// Empty: closed all day.
    pub ranges: Vec<Range>,
}

/// Somebody's word that wins over the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub open: bool,
    /// None: until it is taken back.
    pub until: Option<Timestamp>,
}

/// Whether a schedule is open, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub open: bool,
    /// What the clock on the wall says, in the schedule's zone.
    pub local: DateTime,
    pub why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Inactive,
    Manual {
        until: Option<DateTime>,
    },
    Exception {
        name: Arc<str>,
        ranges: Vec<Range>,
    },
    Weekday {
        ranges: Vec<Range>,
    },
    /// A range of the day before that crosses midnight.
    DayBefore {
        range: Range,
    },
}

impl Hours {
    /// Judges an instant.
    ///
    /// The manual override first, then the exceptions of the date, then the weekday. An exception rules its whole
    /// date: a night shift of the day before does not reach into it. In the hour that comes twice in autumn both count
    /// as the clock on the wall shows them; the hour that is left out in spring never comes.
    pub fn at(&self, now: Timestamp) -> Verdict {
        let local = self.local(now);
        let verdict = |open, why| Verdict { open, local, why };
        if !self.active {
            return verdict(false, Why::Inactive);
        }
        if let Some(manual) = self.manual.filter(|manual| manual.until.is_none_or(|until| now < until)) {
            return verdict(manual.open, Why::Manual { until: manual.until.map(|until| self.local(until)) });
        }
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let today = self.exception(local.date());
        let ranges = today.map_or(self.weekday(local.date()), |exception| &exception.ranges);
        let open = ranges.iter().any(|range| range.holds(minute));
        if let Some(exception) = today {
            let why = Why::Exception { name: exception.name.clone(), ranges: exception.ranges.clone() };
            return verdict(open, why);
        }
        match self.carried_over(local.date(), minute) {
            Some(range) if !open => verdict(true, Why::DayBefore { range }),
            _ => verdict(open, Why::Weekday { ranges: ranges.to_vec() }),
        }
    }

    fn local(&self, instant: Timestamp) -> DateTime {
        self.zone.time_zone().to_datetime(instant)
    }

    fn exception(&self, date: Date) -> Option<&Exception> {
        self.exceptions.iter().find(|exception| exception.date == date)
    }

    fn weekday(&self, date: Date) -> &[Range] {
        &self.week[date.weekday().to_monday_zero_offset() as usize]
    }

    /// The range of the day before that still lasts at this minute.
    fn carried_over(&self, date: Date, minute: u16) -> Option<Range> {
        let before = date.yesterday().ok()?;
        let ranges = self.exception(before).map_or(self.weekday(before), |exception| &exception.ranges);
        ranges.iter().find(|range| range.crosses_midnight() && minute < range.end_min).copied()
    }
}

impl Range {
    /// A range of minutes after midnight; `None` where they are no times of day.
    pub fn new(start_min: u16, end_min: u16) -> Option<Self> {
        (start_min < DAY_MIN && end_min <= DAY_MIN).then_some(Self { start_min, end_min })
    }

    fn crosses_midnight(self) -> bool {
        self.end_min <= self.start_min
    }

    /// Whether the range holds this minute of the day it begins on.
    fn holds(self, minute: u16) -> bool {
        self.start_min <= minute && (minute < self.end_min || self.crosses_midnight())
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.start_min, self.end_min);
        write!(f, "{:02}:{:02}–{:02}:{:02}", start / 60, start % 60, end / 60, end % 60)
    }
}

pub(crate) fn visit(walk: &mut Walk<'_>, id: HoursId) -> Option<Destination> {
    let plan = walk.plan;
    let Some(hours) = plan.hours(id) else {
        return walk.missing(Place { kind: PlaceKind::Hours, id: id.get() });
    };
    let verdict = hours.at(walk.facts.now);
    let to = if verdict.open { &hours.open } else { &hours.closed };
    walk.note(Reason::HoursJudged { hours: hours.name.clone(), verdict });
    if *to == Destination::Hangup {
        walk.note(Reason::HangupConfigured);
        return walk.end_saying(Ending::Unavailable, say::CLOSED);
    }
    let name = walk.destination_name(to);
    walk.note(Reason::Goes { to: name });
    Some(to.clone())
}

#[cfg(test)]
mod tests;
