//! The parts of a date that domains compare: `at.month_number`, as it is in a zone.

use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The years whose changes between summer and winter time count: from the first on, and before the second.
///
/// An instant before them is told by the offset that stood at their start, one after them by that at their end, so
/// that a statement stays small. Both databases and the judge in memory hold to this.
pub const ZONE_YEARS: (i16, i16) = (1990, 2060);
/// Changes of a zone's offset within `ZONE_YEARS` that are looked at; no zone has more than four in a year.
const CHANGES_MAX: usize = 4 * 70;

/// A part of a date or datetime, as a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Year,
    /// 1 to 4
    Quarter,
    /// 1 to 12
    Month,
    /// 1 to 53, ISO 8601
    IsoWeek,
    /// 1 to 366
    DayOfYear,
    /// 1 to 31
    DayOfMonth,
    /// 0 (Sunday) to 6, as PostgreSQL and Odoo count
    DayOfWeek,
    Hour,
    Minute,
    /// Without its fraction.
    Second,
}

impl Part {
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("year_number", Self::Year),
        ("quarter_number", Self::Quarter),
        ("month_number", Self::Month),
        ("iso_week_number", Self::IsoWeek),
        ("day_of_year", Self::DayOfYear),
        ("day_of_month", Self::DayOfMonth),
        ("day_of_week", Self::DayOfWeek),
        ("hour_number", Self::Hour),
        ("minute_number", Self::Minute),
        ("second_number", Self::Second),
    ];

    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, part)| *part)
    }

    /// The word that follows the field's name and a dot.
    pub fn as_str(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, part)| *part == self);
        found.map(|(word, _)| *word).expect("every part has its word")
    }

    /// Whether a day alone does not have this part.
    pub fn is_of_time(self) -> bool {
        matches!(self, Self::Hour | Self::Minute | Self::Second)
    }

    pub fn of_date(self, day: Date) -> i64 {
        self.of(day.to_datetime(jiff::civil::Time::midnight()))
    }

    pub fn of_instant(self, at: Timestamp, zone: &TimeZone) -> i64 {
        let shift = SignedDuration::from_secs(offset_s(zone, at).into());
        // At the very ends of time there is no room for the offset.
        let shifted = at.checked_add(shift).unwrap_or(at);
        self.of(TimeZone::UTC.to_datetime(shifted))
    }

    fn of(self, local: DateTime) -> i64 {
        match self {
            Self::Year => local.year().into(),
            Self::Quarter => i64::from((local.month() - 1) / 3 + 1),
            Self::Month => local.month().into(),
            Self::IsoWeek => local.date().iso_week_date().week().into(),
            Self::DayOfYear => local.day_of_year().into(),
            Self::DayOfMonth => local.day().into(),
            Self::DayOfWeek => local.weekday().to_sunday_zero_offset().into(),
            Self::Hour => local.hour().into(),
            Self::Minute => local.minute().into(),
            Self::Second => local.second().into(),
        }
    }
}

/// How far a zone's clocks are ahead of UTC at an instant; outside `ZONE_YEARS`, at their nearer end.
pub fn offset_s(zone: &TimeZone, at: Timestamp) -> i32 {
    let (start, end) = zone_bounds();
    zone.to_offset(at.clamp(start, end)).seconds()
}

/// A zone within `ZONE_YEARS`: what its offset is at first, and each instant at which it becomes another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneOffsets {
    pub first_s: i32,
    /// In the order of time.
    pub changes: Vec<(Timestamp, i32)>,
}

impl ZoneOffsets {
    pub fn of(zone: &TimeZone) -> Self {
        let (start, end) = zone_bounds();
        let first_s = zone.to_offset(start).seconds();
        let mut changes: Vec<(Timestamp, i32)> = Vec::new();
        for change in zone.following(start).take(CHANGES_MAX) {
            if change.timestamp() > end {
                break;
            }
            let (before, after) = (changes.last().map_or(first_s, |(_, s)| *s), change.offset().seconds());
            // A change of the zone's name alone is none here.
            if before != after {
                changes.push((change.timestamp(), after));
            }
        }
        Self { first_s, changes }
    }
}

fn zone_bounds() -> (Timestamp, Timestamp) {
    let new_year = |year| TimeZone::UTC.to_timestamp(date(year, 1, 1).at(0, 0, 0, 0));
    let said = "these years are within the calendar";
    (new_year(ZONE_YEARS.0).expect(said), new_year(ZONE_YEARS.1).expect(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn every_part_is_told_as_the_zones_clocks_show_it() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let instant = at("2026-06-30T22:30:15.9Z");
        let told = |part: Part| part.of_instant(instant, &berlin);
        assert_eq!(
            Part::WORDS.iter().map(|(_, part)| told(*part)).collect::<Vec<_>>(),
            [2026, 3, 7, 27, 182, 1, 3, 0, 30, 15]
        );
        assert_eq!(Part::Hour.of_instant(at("2026-01-01T22:30:00Z"), &berlin), 23);
        assert_eq!(Part::IsoWeek.of_date(date(2027, 1, 1)), 53);
        assert_eq!(Part::DayOfWeek.of_date(date(2026, 3, 1)), 0, "a Sunday");
    }

    #[test]
    fn the_changes_of_a_zone_say_the_same_offset_at_every_instant() {
        for name in ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"] {
            let zone = TimeZone::get(name).expect("a zone");
            let offsets = ZoneOffsets::of(&zone);
            for day in 0..(90 * 53) {
                let instant =
                    at("1980-01-01T00:30:00Z") + SignedDuration::from_hours(day * 24 * 7 + day % 24);
                let last = offsets.changes.iter().rev().find(|(change, _)| *change <= instant);
                let said = last.map_or(offsets.first_s, |(_, s)| *s);
                assert_eq!(said, offset_s(&zone, instant), "{name} {instant}");
            }
        }
    }
}
