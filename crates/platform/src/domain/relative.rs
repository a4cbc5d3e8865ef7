//! Dates and instants as domains write them: ISO 8601, or relative to now: `today -1m =1d`, `+monday`, `now -2H`.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Terms of one relative date at most.
pub const RELATIVE_TERMS_MAX: usize = 16;
/// Digits of one number in a relative date at most.
const DIGITS_MAX: usize = 6;

const WEEKDAYS: &[(&str, Weekday)] = &[
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// A whole day, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Day(Date),
    Instant(Timestamp),
}

/// Where and when a relative date begins.
pub(super) struct Here<'a> {
    pub(super) now: Timestamp,
    pub(super) zone: &'a TimeZone,
    pub(super) week_start: Weekday,
}

/// The first instant of a day in a zone.
pub(super) fn day_start(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(day.to_datetime(Time::midnight())).ok()
}

/// Reads a text; the error says what was expected.
///
/// `YYYY-MM-DD` is a day. A date with a time is an instant: as its offset says, else UTC. Anything else is relative:
/// `today` (a day) or `now`, which may be left out, then terms from the left: `+3d`, `-1m`, `=1d`, `=6m`, `=3H`
/// (d w m y H M S), `+monday` (the next one, or this day), `-friday`, `=monday` and `=week_start` (of this week).
/// `=` with a number or a weekday also sets all that is smaller to its start. The clock is that of the zone.
pub(super) fn moment(text: &str, here: &Here<'_>) -> Result<Moment, String> {
    if let Some(fixed) = iso(text) {
        return bounded(fixed, here.zone);
    }
    let expected = || {
        "must be a date, an instant (RFC 3339), or relative: today or now, then terms such as +3d -1m =1d =6m =3H \
         +monday =week_start"
            .to_owned()
    };
    let mut words = text.split_ascii_whitespace().peekable();
    let mut is_day = false;
    match words.peek() {
        None => return Err(expected()),
        Some(&"today") => {
            is_day = true;
            words.next();
        }
        Some(&"now") => {
            words.next();
        }
        Some(_) => {}
    }
    let mut local = here.zone.to_datetime(here.now);
    if is_day {
        local = midnight(local);
    }
    for (count, word) in words.enumerate() {
        if count == RELATIVE_TERMS_MAX {
            return Err(format!("must have at most {RELATIVE_TERMS_MAX} terms"));
        }
        let unfit =
            |step: Option<DateTime>| step.ok_or_else(|| format!("{word:?} leads out of the calendar"));
        let Some((sign, rest)) = word.split_at_checked(1).filter(|(sign, _)| ["+", "-", "="].contains(sign))
        else {
            return Err(expected());
        };
        if let Some(weekday) = weekday(rest, here.week_start) {
            local = unfit(to_weekday(local, sign, weekday, here.week_start))?;
            continue;
        }
        let (Some(unit), Some(number)) = (rest.chars().last(), number(rest)) else { return Err(expected()) };
        is_day &= !matches!(unit, 'H' | 'M' | 'S');
        local = match sign {
            "=" if unit == 'w' => return Err("must not set a week: = goes with d m y H M S".to_owned()),
            "=" => unfit(set(local, unit, number))?,
            "-" => unfit(shift(local, unit, -number).ok_or_else(expected)?)?,
            _ => unfit(shift(local, unit, number).ok_or_else(expected)?)?,
        };
    }
    let moment = match is_day {
        true => Some(Moment::Day(local.date())),
        false => here.zone.to_timestamp(local).ok().map(Moment::Instant),
    };
    bounded(moment.ok_or_else(|| "leads out of the calendar".to_owned())?, here.zone)
}

/// Years of four digits only: what both databases write alike.
fn bounded(moment: Moment, zone: &TimeZone) -> Result<Moment, String> {
    let year = match moment {
        Moment::Day(day) => day.year(),
        Moment::Instant(at) => zone.to_datetime(at).year(),
    };
    let fits = (2..=9998).contains(&year);
    if fits { Ok(moment) } else { Err("must be within the years 2 to 9998".to_owned()) }
}

fn iso(text: &str) -> Option<Moment> {
    if let Ok(day) = text.parse::<Date>()
        && day.to_string() == text
    {
        return Some(Moment::Day(day));
    }
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let naive = text.parse::<DateTime>().ok().filter(|_| text.contains(':'))?;
        TimeZone::UTC.to_timestamp(naive).ok()
    });
    at.map(|at| Moment::Instant(opbx_kernel::clock::to_micros(at)))
}

fn midnight(local: DateTime) -> DateTime {
    local.date().to_datetime(Time::midnight())
}

fn number(rest: &str) -> Option<i64> {
    let digits = &rest[..rest.len() - rest.chars().last()?.len_utf8()];
    let fits = (1..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { digits.parse().ok() } else { None }
}

fn weekday(word: &str, week_start: Weekday) -> Option<Weekday> {
    if word == "week_start" {
        return Some(week_start);
    }
    WEEKDAYS.iter().find(|(known, _)| *known == word).map(|(_, day)| *day)
}

/// Within the week that begins on `week_start`; `+` never goes back, `-` never forward, `=` sets midnight, too.
fn to_weekday(local: DateTime, sign: &str, wanted: Weekday, week_start: Weekday) -> Option<DateTime> {
    let place = |day: Weekday| i64::from(day.since(week_start));
    let mut days = place(wanted) - place(local.weekday());
    match sign {
        "+" if days < 0 => days += 7,
        "-" if days > 0 => days -= 7,
        _ => {}
    }
    let moved = local.checked_add(Span::new().try_days(days).ok()?).ok()?;
    Some(if sign == "=" { midnight(moved) } else { moved })
}

/// `None` for a unit that there is not; `Some(None)` where the calendar ends.
fn shift(local: DateTime, unit: char, number: i64) -> Option<Option<DateTime>> {
    let span = match unit {
        'd' => Span::new().try_days(number),
        'w' => Span::new().try_weeks(number),
        'm' => Span::new().try_months(number),
        'y' => Span::new().try_years(number),
        'H' => Span::new().try_hours(number),
        'M' => Span::new().try_minutes(number),
        'S' => Span::new().try_seconds(number),
        _ => return None,
    };
    Some(span.ok().and_then(|span| local.checked_add(span).ok()))
}

/// A day beyond the month's last is its last.
fn set(local: DateTime, unit: char, number: i64) -> Option<DateTime> {
    let small = i8::try_from(number).ok();
    let in_month = |first: Date, day: i8| first.with().day(day.min(first.days_in_month())).build().ok();
    let date = local.date();
    let day = match unit {
        'd' => in_month(date.first_of_month(), small.filter(|day| *day >= 1)?)?,
        'm' => in_month(date.first_of_month().with().month(small?).build().ok()?, date.day())?,
        'y' => in_month(
            date.first_of_month().with().year(i16::try_from(number).ok()?).build().ok()?,
            date.day(),
        )?,
        'H' => return Some(date.to_datetime(Time::new(small?, 0, 0, 0).ok()?)),
        'M' => return Some(date.to_datetime(Time::new(local.hour(), small?, 0, 0).ok()?)),
        'S' => return Some(date.to_datetime(Time::new(local.hour(), local.minute(), small?, 0).ok()?)),
        _ => return None,
    };
    Some(day.to_datetime(Time::midnight()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        // A Wednesday, 01:30 on the clocks of Berlin.
        let now = "2026-07-14T23:30:45.5Z".parse().expect("an instant");
        match moment(text, &Here { now, zone: &zone, week_start: Weekday::Monday }) {
            Ok(Moment::Day(day)) => day.to_string(),
            Ok(Moment::Instant(at)) => at.to_string(),
            Err(error) => error,
        }
    }

    #[test]
    fn relative_dates_go_by_the_zones_clock_from_left_to_right() {
        for (text, expected) in [
            ("today", "2026-07-15"),
            ("now", "2026-07-14T23:30:45.5Z"),
            ("today +3d", "2026-07-18"),
            ("today -1m =1d", "2026-06-01"),
            ("today +1w", "2026-07-22"),
            ("today =31d =2m", "2026-02-28"),
            ("today -1y", "2025-07-15"),
            ("today =2024y", "2024-07-15"),
            ("today +3H", "2026-07-15T01:00:00Z"),
            ("-2H", "2026-07-14T21:30:45.5Z"),
            ("+90M", "2026-07-15T01:00:45.5Z"),
            ("now =3H", "2026-07-15T01:00:00Z"),
            ("=1d", "2026-06-30T22:00:00Z"),
            ("=6m", "2026-06-14T22:00:00Z"),
            ("now =10S", "2026-07-14T23:30:10Z"),
            ("today +monday", "2026-07-20"),
            ("today -monday", "2026-07-13"),
            ("today +wednesday", "2026-07-15"),
            ("today =sunday", "2026-07-19"),
            ("=week_start", "2026-07-12T22:00:00Z"),
            ("2026-03-29", "2026-03-29"),
            ("2026-03-29T10:00:00+02:00", "2026-03-29T08:00:00Z"),
            ("2026-03-29 10:00:00", "2026-03-29T10:00:00Z"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused_with_what_was_expected() {
        for text in
            ["", "tomorrow", "today 3d", "today +d", "today +3x", "today +1234567d", "+", "today now", "=é"]
        {
            assert!(told(text).starts_with("must be a date, an instant"), "{text}: {}", told(text));
        }
        assert_eq!(told("today =3w"), "must not set a week: = goes with d m y H M S");
        assert_eq!(told("today =13m"), "\"=13m\" leads out of the calendar");
        assert_eq!(told("today =0d"), "\"=0d\" leads out of the calendar");
        assert_eq!(told("today +9000y"), "\"+9000y\" leads out of the calendar");
        assert_eq!(told("0001-01-01"), "must be within the years 2 to 9998");
        let many = format!("today{}", " +1d".repeat(RELATIVE_TERMS_MAX + 1));
        assert_eq!(told(&many), "must have at most 16 terms");
    }
}
