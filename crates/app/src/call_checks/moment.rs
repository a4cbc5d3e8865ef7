//! The moment of a check: an instant, or a weekday and a time of day, so that a check means the same next year.

use crate::models::{PbxCallCheck, PbxCallCheckWeekday};
use crate::simulation::instant;
use jiff::civil::{Time, Weekday};
use opbx_kernel::Timestamp;
use opbx_routing::Zone;

/// Why a check is about no moment; each names the field at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMoment {
    #[error("a check is about a moment or about a weekday, not both")]
    Both,
    #[error("a weekday needs a time of day, and a time of day a weekday")]
    Half,
    #[error("{0:?} is no time: expected one such as 2026-12-24 18:05, or with an offset")]
    NoTime(String),
    #[error("{0:?} is no time zone")]
    NoZone(String),
}

/// The moment that a check is about when it runs: that weekday's next one after today, where it names a weekday.
///
/// Times are of the check's zone, else of the company's. A time of day that a clock change leaves out comes an hour
/// later.
pub(super) fn of(check: &PbxCallCheck, company: &Zone, now: Timestamp) -> Result<Timestamp, BadMoment> {
    let zone = match &check.time_zone {
        Some(name) => Zone::new(name).ok_or_else(|| BadMoment::NoZone(name.clone()))?,
        None => company.clone(),
    };
    match (&check.at, check.weekday, &check.time_of_day) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Err(BadMoment::Both),
        (Some(text), None, None) => {
            instant(Some(text), &zone, now).map_err(|_| BadMoment::NoTime(text.clone()))
        }
        (None, Some(weekday), Some(time)) => next(weekday, time, &zone, now),
        (None, Some(_), None) | (None, None, Some(_)) => Err(BadMoment::Half),
        (None, None, None) => Ok(now),
    }
}

fn next(
    weekday: PbxCallCheckWeekday,
    time: &str,
    zone: &Zone,
    now: Timestamp,
) -> Result<Timestamp, BadMoment> {
    let no_time = || BadMoment::NoTime(time.to_owned());
    let time_of_day = Time::strptime("%H:%M", time).map_err(|_| no_time())?;
    let zone = zone.time_zone();
    let today = now.to_zoned(zone.clone()).date();
    let day = today.nth_weekday(1, day(weekday)).map_err(|_| no_time())?;
    let moment = day.to_datetime(time_of_day).to_zoned(zone.clone()).map_err(|_| no_time())?;
    Ok(moment.timestamp())
}

fn day(weekday: PbxCallCheckWeekday) -> Weekday {
    match weekday {
        PbxCallCheckWeekday::Monday => Weekday::Monday,
        PbxCallCheckWeekday::Tuesday => Weekday::Tuesday,
        PbxCallCheckWeekday::Wednesday => Weekday::Wednesday,
        PbxCallCheckWeekday::Thursday => Weekday::Thursday,
        PbxCallCheckWeekday::Friday => Weekday::Friday,
        PbxCallCheckWeekday::Saturday => Weekday::Saturday,
        PbxCallCheckWeekday::Sunday => Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekday_is_its_next_one_after_today_in_the_zone() {
        let zone = Zone::new("Europe/Paris").expect("a zone");
        let next = |now: &str| {
            let now = now.parse().expect("an instant");
            next(PbxCallCheckWeekday::Monday, "10:05", &zone, now).expect("a moment").to_string()
        };
        assert_eq!(next("2026-03-01T08:00:00Z"), "2026-03-02T09:05:00Z");
        assert_eq!(next("2026-03-02T08:00:00Z"), "2026-03-09T09:05:00Z", "on a Monday it is the next one");
        assert_eq!(next("2026-03-23T12:00:00Z"), "2026-03-30T08:05:00Z", "clocks went forward between");
        assert_eq!(next("2026-03-01T23:30:00Z"), "2026-03-09T09:05:00Z", "it is Monday in Paris already");
    }
}
