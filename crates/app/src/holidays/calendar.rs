//! Days that move with sun and moon, reckoned by their own rules.

use jiff::civil::{Date, Weekday, date};
use jiff::{Span, ToSpan as _};

/// So many days later; earlier, where negative.
pub(super) fn later(from: Date, days: i64) -> Option<Date> {
    from.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// Easter Sunday of the western churches (the anonymous Gregorian algorithm).
pub(super) fn easter(year: i16) -> Option<Date> {
    let y = i64::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Easter Sunday of the eastern churches, in our calendar (Meeus' Julian algorithm; 13 days apart from 1900 to 2099).
pub(super) fn orthodox_easter(year: i16) -> Option<Date> {
    let y = i64::from(year);
    let (a, b, c) = (y % 4, y % 7, y % 19);
    let d = (19 * c + 15) % 30;
    let e = (2 * a + 4 * b - d + 34) % 7;
    let (month, day) = ((d + e + 114) / 31, (d + e + 114) % 31 + 1);
    let julian = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    later(julian, 13)
}

/// Days from the Hebrew calendar's beginning to the new moon of a year, put off where it may not begin a year.
fn hebrew_days(year: i64) -> i64 {
    let months = (235 * year - 234).div_euclid(19);
    let parts = 12_084 + 13_753 * months;
    let day = 29 * months + parts.div_euclid(25_920);
    if (3 * (day + 1)).rem_euclid(7) < 3 { day + 1 } else { day }
}

/// Rosh Hashanah of our year: the Hebrew year that begins in its autumn.
pub(super) fn rosh_hashanah(year: i16) -> Option<Date> {
    /// The day before the Hebrew calendar's first, counted as 1 January of the year 1 is 1.
    const EPOCH: i64 = -1_373_427;
    let hebrew = i64::from(year) + 3_761;
    let (before, own, after) = (hebrew_days(hebrew - 1), hebrew_days(hebrew), hebrew_days(hebrew + 1));
    // No year may be too long or too short.
    let delay = match () {
        () if after - own == 356 => 2,
        () if own - before == 382 => 1,
        () => 0,
    };
    later(date(1, 1, 1), EPOCH + own + delay - 1)
}

/// The first day of Passover: always 163 days before the new year that follows.
pub(super) fn passover(year: i16) -> Option<Date> {
    later(rosh_hashanah(year)?, -163)
}

/// Israel's Independence Day: the 5th of Iyar, moved so that neither it nor the day before touches a Sabbath.
pub(super) fn atzmaut(year: i16) -> Option<Date> {
    let fifth = later(passover(year)?, 20)?;
    match fifth.weekday() {
        Weekday::Friday => later(fifth, -1),
        Weekday::Saturday => later(fifth, -2),
        Weekday::Monday => later(fifth, 1),
        _ => Some(fifth),
    }
}

/// The equinoxes in Japan, by the formula that holds from 1980 to 2099.
pub(super) fn equinox(year: i16, autumnal: bool) -> Option<Date> {
    let since = f64::from(year - 1980);
    let (month, base) = if autumnal { (9, 23.248_8) } else { (3, 20.843_1) };
    let day = (base + 0.242_194 * since - (since / 4.0).floor()).floor();
    Date::new(year, month, day as i8).ok()
}

/// Ireland's St Brigid's Day.
pub(super) fn brigid(year: i16) -> Option<Date> {
    let first = Date::new(year, 2, 1).ok()?;
    if first.weekday() == Weekday::Friday { Some(first) } else { on_or_after(first, Weekday::Monday) }
}

/// The first such weekday on or after a day.
pub(super) fn on_or_after(from: Date, weekday: Weekday) -> Option<Date> {
    let days = i64::from(from.weekday().until(weekday));
    from.checked_add(days.days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(of: impl Fn(i16) -> Option<Date>, from: i16, dates: &[&str]) {
        for (year, wanted) in (from..).zip(dates) {
            assert_eq!(of(year).map(|date| date.to_string()).as_deref(), Some(*wanted), "{year}");
        }
    }

    #[test]
    fn easter_falls_where_churches_keep_it() {
        let western = [
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2028-04-16",
            "2029-04-01",
            "2030-04-21",
        ];
        all(easter, 2024, &western);
        let eastern = [
            "2024-05-05",
            "2025-04-20",
            "2026-04-12",
            "2027-05-02",
            "2028-04-16",
            "2029-04-08",
            "2030-04-28",
        ];
        all(orthodox_easter, 2024, &eastern);
    }

    #[test]
    fn the_hebrew_year_begins_where_calendars_say() {
        all(rosh_hashanah, 2023, &["2023-09-16", "2024-10-03", "2025-09-23", "2026-09-12", "2027-10-02"]);
        all(passover, 2024, &["2024-04-23", "2025-04-13", "2026-04-02", "2027-04-22"]);
        all(atzmaut, 2023, &["2023-04-26", "2024-05-14", "2025-05-01", "2026-04-22"]);
    }

    #[test]
    fn the_equinoxes_are_japans() {
        all(|year| equinox(year, false), 2024, &["2024-03-20", "2025-03-20", "2026-03-20", "2027-03-21"]);
        all(|year| equinox(year, true), 2024, &["2024-09-22", "2025-09-23", "2026-09-23", "2027-09-23"]);
    }
}
