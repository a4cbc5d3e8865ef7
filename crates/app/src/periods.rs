//! Periods as people write them: days in their own zone, or instants.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use opbx_kernel::Timestamp;
use opbx_platform::Domain;

/// From an instant on, and up to another that is no part of it; either may be open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// What is neither a day nor an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a day such as 2026-03-01, or an instant such as 2026-03-01T12:00:00Z")]
pub struct NoInstant;

/// A bound as it was written.
enum Bound {
    Day(Date),
    At(Timestamp),
}

fn bound(text: &str, zone: &TimeZone) -> Result<Bound, NoInstant> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Bound::At(at));
    }
    if text.len() > "2026-03-01".len() {
        let local: DateTime = text.parse().map_err(|_| NoInstant)?;
        return local.to_zoned(zone.clone()).map(|at| Bound::At(at.timestamp())).map_err(|_| NoInstant);
    }
    text.parse().map(Bound::Day).map_err(|_| NoInstant)
}

/// The zone of an IANA name; UTC for one that is not known.
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// When a day begins in a zone.
pub fn midnight(day: Date, zone: &TimeZone) -> Result<Timestamp, NoInstant> {
    day.to_zoned(zone.clone()).map(|at| at.timestamp()).map_err(|_| NoInstant)
}

/// The beginning of a period.
pub fn beginning(text: &str, zone: &TimeZone) -> Result<Timestamp, NoInstant> {
    match bound(text, zone)? {
        Bound::Day(day) => midnight(day, zone),
        Bound::At(at) => Ok(at),
    }
}

/// The end of a period: a day, or an instant, is part of it.
pub fn ending(text: &str, zone: &TimeZone) -> Result<Timestamp, NoInstant> {
    match bound(text, zone)? {
        Bound::Day(day) => midnight(day.checked_add(1.day()).map_err(|_| NoInstant)?, zone),
        Bound::At(at) => at.checked_add(SignedDuration::from_micros(1)).map_err(|_| NoInstant),
    }
}

impl Period {
    /// What happened in it, by the field that says when.
    pub fn domain(self, field: &str) -> Domain {
        let from = self.from.map_or(Domain::All, |from| Domain::ge(field, from));
        match self.until {
            Some(until) => from.and(Domain::lt(field, until)),
            None => from,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_day_is_whole_and_lies_in_the_zone_of_whoever_asks() {
        let berlin = zone("Europe/Berlin");
        assert_eq!(beginning("2026-03-01", &berlin), Ok(at("2026-02-28T23:00:00Z")));
        assert_eq!(ending("2026-03-29", &berlin), Ok(at("2026-03-29T22:00:00Z")), "a day of 23 hours");
        assert_eq!(beginning("2026-03-01 08:30:00", &berlin), Ok(at("2026-03-01T07:30:00Z")));
        assert_eq!(beginning("2026-03-01T12:00:00Z", &berlin), Ok(at("2026-03-01T12:00:00Z")));
        assert_eq!(ending("2026-03-01T12:00:00Z", &berlin), Ok(at("2026-03-01T12:00:00.000001Z")));
        for bad in ["", "yesterday", "2026-02-30", "2026-03-01T25:00"] {
            assert_eq!(beginning(bad, &berlin), Err(NoInstant), "{bad}");
        }
    }
}
