//! Hours against a slow, obvious reference: every minute of a year, in twenty time zones.

use super::{DAY_MIN, Exception, Hours, Override, Range, Why};
use crate::{Destination, HoursId, Zone};
use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

fn range(text: &str) -> Range {
    let minutes = |clock: &str| {
        let (hours, minutes) = clock.split_once(':').expect("HH:MM");
        hours.parse::<u16>().expect("hours") * 60 + minutes.parse::<u16>().expect("minutes")
    };
    let (start, end) = text.split_once('-').expect("HH:MM-HH:MM");
    Range::new(minutes(start), minutes(end)).expect("times of day")
}

fn ranges(text: &str) -> Vec<Range> {
    text.split_whitespace().map(range).collect()
}

/// Split days, a night shift, a day that never closes, one that never opens, and exceptions on and beside the nights
/// on which clocks change.
fn schedule(zone: &str) -> Hours {
    let exception = |date, name: &str, text| Exception { date, name: name.into(), ranges: ranges(text) };
    Hours {
        id: HoursId::new(1).expect("positive"),
        name: "Office".into(),
        active: true,
        zone: Zone::new(zone).expect("a zone of the database"),
        week: [
            ranges("09:00-12:30 13:15-17:00"),
            ranges("08:00-12:00 11:00-14:00"),
            ranges("00:00-24:00"),
            ranges("22:00-02:30"),
            ranges("09:00-00:00 18:00-06:00"),
            ranges(""),
            ranges("01:15-03:45 23:59-00:01"),
        ],
        exceptions: vec![
            exception(date(2026, 1, 1), "New Year", ""),
            exception(date(2026, 3, 8), "Spring forward", "01:30-03:30"),
            exception(date(2026, 3, 29), "Sommerzeit", "00:00-24:00"),
            exception(date(2026, 7, 3), "Long night", "20:00-05:00"),
            exception(date(2026, 7, 4), "Day after", "10:00-11:00"),
            exception(date(2026, 10, 25), "Winterzeit", "01:00-02:30"),
            exception(date(2026, 11, 1), "Fall back", ""),
            exception(date(2026, 12, 24), "Christmas Eve", "09:00-12:00"),
            exception(date(2026, 12, 24), "Told twice", "00:00-24:00"),
        ],
        manual: None,
        open: Destination::Hangup,
        closed: Destination::Hangup,
    }
}

/// Every minute of every date, painted open or closed by hand.
fn painted(hours: &Hours) -> HashMap<Date, Vec<bool>> {
    let mut days = HashMap::new();
    let mut today = date(2025, 12, 30);
    while today < date(2027, 1, 4) {
        days.insert(today, vec![false; DAY_MIN as usize]);
        today = today.tomorrow().expect("far from the end of time");
    }
    let known: Vec<Date> = days.keys().copied().collect();
    let exception = |day: Date| hours.exceptions.iter().find(|exception| exception.date == day);
    for day in known {
        let own = match exception(day) {
            Some(exception) => exception.ranges.clone(),
            None => hours.week[day.weekday().to_monday_zero_offset() as usize].clone(),
        };
        for range in own {
            let mut minute = range.start_min;
            let length = match range.end_min.checked_sub(range.start_min) {
                Some(length) if length > 0 => length,
                _ => DAY_MIN - range.start_min + range.end_min,
            };
            let mut on = day;
            for _ in 0..length {
                // What runs on after midnight does not reach into a date with an exception of its own.
                if (on == day || exception(on).is_none())
                    && let Some(paint) = days.get_mut(&on)
                {
                    paint[minute as usize] = true;
                }
                minute += 1;
                if minute == DAY_MIN {
                    (minute, on) = (0, on.tomorrow().expect("far from the end of time"));
                }
            }
        }
    }
    days
}

/// Compares every minute of 2026 and tells how many of them had a clock change inside the hour before.
fn agrees_all_year(zone: &str) {
    let hours = schedule(zone);
    let days = painted(&hours);
    let tz = jiff::tz::TimeZoneDatabase::bundled().get(zone).expect("a zone of the database");
    let mut now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("an instant");
    let end: Timestamp = "2027-01-01T00:00:00Z".parse().expect("an instant");
    let mut open_minutes = 0_u32;
    while now < end {
        // The offset is looked up once for each quarter of an hour: no zone changes its clock in between.
        let offset = tz.to_offset(now).seconds();
        for _ in 0..15 {
            let local = civil(now.as_second() + i64::from(offset));
            let minute = local.hour() as usize * 60 + local.minute() as usize;
            let expected = days[&local.date()][minute];
            let verdict = hours.at(now);
            assert_eq!(verdict.open, expected, "{zone} at {now}, which is {local} there: {verdict}");
            assert_eq!(verdict.local, local, "{zone} at {now}");
            open_minutes += u32::from(verdict.open);
            now += SignedDuration::from_mins(1);
        }
    }
    assert!((100_000..400_000).contains(&open_minutes), "{open_minutes} open minutes are no mixture");
}

/// The civil time of a count of seconds, by plain arithmetic.
fn civil(seconds: i64) -> DateTime {
    date(1970, 1, 1).at(0, 0, 0, 0) + SignedDuration::from_secs(seconds)
}

macro_rules! every_minute_of_a_year {
    ($($name:ident: $zone:literal),+ $(,)?) => {
        mod hours_agree_with_the_reference_at_every_minute_of_a_year {
            $(#[test] fn $name() { super::agrees_all_year($zone); })+
        }
    };
}

every_minute_of_a_year! {
    utc: "UTC",
    new_york: "America/New_York",
    los_angeles: "America/Los_Angeles",
    phoenix: "America/Phoenix",
    st_johns: "America/St_Johns",
    sao_paulo: "America/Sao_Paulo",
    santiago: "America/Santiago",
    havana: "America/Havana",
    london: "Europe/London",
    dublin: "Europe/Dublin",
    brussels: "Europe/Brussels",
    istanbul: "Europe/Istanbul",
    jerusalem: "Asia/Jerusalem",
    cairo: "Africa/Cairo",
    casablanca: "Africa/Casablanca",
    kolkata: "Asia/Kolkata",
    kathmandu: "Asia/Kathmandu",
    tokyo: "Asia/Tokyo",
    lord_howe: "Australia/Lord_Howe",
    chatham: "Pacific/Chatham",
}

fn at(hours: &Hours, instant: &str) -> super::Verdict {
    hours.at(instant.parse().expect("an instant"))
}

#[test]
fn an_override_wins_until_it_runs_out() {
    let mut hours = schedule("Europe/London");
    hours.manual =
        Some(Override { open: true, until: Some("2026-01-01T12:00:00Z".parse().expect("an instant")) });
    assert!(at(&hours, "2026-01-01T11:59:59Z").open);
    assert!(!at(&hours, "2026-01-01T12:00:00Z").open, "New Year again");
    hours.manual = Some(Override { open: false, until: None });
    let verdict = at(&hours, "2026-01-07T12:00:00Z");
    assert_eq!((verdict.open, verdict.why), (false, Why::Manual { until: None }));
}

#[test]
fn an_inactive_schedule_is_closed_even_against_an_override() {
    let mut hours = schedule("Europe/London");
    hours.manual = Some(Override { open: true, until: None });
    hours.active = false;
    assert_eq!(at(&hours, "2026-01-07T12:00:00Z").why, Why::Inactive);
}

#[test]
fn a_verdict_says_why_as_a_person_would() {
    let hours = schedule("America/New_York");
    let told = |instant| at(&hours, instant).to_string();
    assert_eq!(
        told("2026-12-24T23:05:00Z"),
        "closed: 24 December is \"Christmas Eve\" (special hours 09:00–12:00)"
    );
    assert_eq!(told("2026-11-01T15:00:00Z"), "closed: 1 November is \"Fall back\" (closed all day)");
    assert_eq!(told("2026-01-05T14:00:00Z"), "open: Monday 09:00 is within 09:00–12:30, 13:15–17:00");
    assert_eq!(told("2026-01-05T17:30:00Z"), "closed: Monday 12:30 is outside 09:00–12:30, 13:15–17:00");
    assert_eq!(told("2026-01-10T17:00:00Z"), "closed: nothing is open on a Saturday");
    assert_eq!(
        told("2026-01-10T06:00:00Z"),
        "open: Saturday 01:00 is still within 18:00–06:00 of the day before"
    );
}
