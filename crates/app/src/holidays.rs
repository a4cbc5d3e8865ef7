//! Public holidays: which days of a year are one in a country and its regions, by rules that come with the product.

mod calendar;
mod rules;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use rules::{Rule, Rules, Weekend, When};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The years for which days are told.
pub const YEARS: std::ops::RangeInclusive<i16> = 2020..=2050;
/// How many days a weekend's substitute is looked for.
const SUBSTITUTE_WITHIN: usize = 10;

static RULES: LazyLock<BTreeMap<String, Rules>> = LazyLock::new(|| {
    rules::read(include_str!("../data/holidays.txt"))
        .expect("the rules that come with the product are read by a test")
});

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    pub date: Date,
    pub name: String,
}

/// The holidays of a year, the earliest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Year {
    pub days: Vec<Holiday>,
    /// Holidays that there are, and of whose day in this year nothing is known here.
    pub unknown: Vec<String>,
}

/// A part of a country with holidays of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    pub code: &'static str,
    pub name: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HolidayError {
    #[error("the holidays of this country are not known")]
    NoCountry,
    #[error("the country has no such region")]
    NoRegion,
    #[error("years from {} to {} are known", YEARS.start(), YEARS.end())]
    NoYear,
}

/// The countries whose holidays are known, by code.
pub fn countries() -> impl Iterator<Item = (&'static str, Vec<Region>)> {
    let region = |(code, name): &'static (String, String)| Region { code, name };
    RULES.iter().map(move |(code, rules)| (code.as_str(), rules.regions.iter().map(region).collect()))
}

/// The year that it is in a time zone; in UTC, where nobody knows the zone.
pub fn this_year(now: Timestamp, zone: &str) -> i16 {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    now.to_zoned(zone).year()
}

/// The holidays of a country in a year, with those of one region where one is given.
pub fn of(country: &str, region: Option<&str>, year: i16) -> Result<Year, HolidayError> {
    let rules = RULES.get(&country.to_ascii_uppercase()).ok_or(HolidayError::NoCountry)?;
    let region = region.filter(|region| !region.is_empty()).map(str::to_ascii_uppercase);
    if let Some(region) = &region
        && !rules.regions.iter().any(|(code, _)| code == region)
    {
        return Err(HolidayError::NoRegion);
    }
    if !YEARS.contains(&year) {
        return Err(HolidayError::NoYear);
    }
    let counts = |rule: &&Rule| {
        rule.regions.is_empty() || region.as_ref().is_some_and(|region| rule.regions.contains(region))
    };
    let rules: Vec<&Rule> = rules.rules.iter().filter(counts).collect();
    let mut days: BTreeMap<Date, Vec<String>> = BTreeMap::new();
    // What New Year's Day moves to may lie in the year before, and Christmas may go on into the year after.
    for near in year - 1..=year + 1 {
        for (date, name) in drawn(&rules, near) {
            if date.year() == year {
                let names = days.entry(date).or_default();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    let unknown = rules.iter().filter(|rule| rule.is_unknown(year)).map(|rule| rule.name.clone());
    let days = days.into_iter().map(|(date, names)| Holiday { date, name: names.join(" / ") });
    Ok(Year { days: days.collect(), unknown: unknown.collect() })
}

/// The days that the rules give in one year, with what stands in for weekends.
fn drawn(rules: &[&Rule], year: i16) -> Vec<(Date, String)> {
    let mut days = Vec::new();
    for rule in rules.iter().filter(|rule| rule.counts_in(year)) {
        for date in rule.when.dates(year) {
            let is_before = rule.weekend == Some(Weekend::Before) && date.weekday() == Weekday::Sunday;
            let date = if is_before { date.yesterday().unwrap_or(date) } else { date };
            days.push((date, *rule));
        }
    }
    days.sort_by_key(|(date, _)| *date);
    let mut taken: BTreeSet<Date> = days.iter().map(|(date, _)| *date).collect();
    let mut all = Vec::with_capacity(days.len());
    for (date, rule) in days {
        all.push((date, rule.name.clone()));
        if let Some(other) = rule.weekend.and_then(|weekend| weekend.substitute(date, &taken)) {
            taken.insert(other);
            all.push((other, format!("{} (observed)", rule.name)));
        }
    }
    for rule in rules.iter().filter(|rule| rule.when == When::Bridge && rule.counts_in(year)) {
        let between = |date: &Date| {
            let after = date.tomorrow().ok()?;
            let other_side = after.tomorrow().ok()?;
            let is_one =
                !taken.contains(&after) && taken.contains(&other_side) && after.weekday() != Weekday::Sunday;
            is_one.then(|| (after, rule.name.clone()))
        };
        all.extend(taken.iter().filter_map(between));
    }
    all
}

impl Weekend {
    /// The day that is free instead of one of a weekend, as well.
    fn substitute(self, date: Date, taken: &BTreeSet<Date>) -> Option<Date> {
        let day = date.weekday();
        let is_weekend = |day: Weekday| matches!(day, Weekday::Saturday | Weekday::Sunday);
        let next_free = |weekdays_only: bool| {
            std::iter::successors(date.tomorrow().ok(), |date| date.tomorrow().ok())
                .take(SUBSTITUTE_WITHIN)
                .find(|date| !(taken.contains(date) || weekdays_only && is_weekend(date.weekday())))
        };
        match (self, day) {
            (Self::Next, day) if is_weekend(day) => next_free(true),
            (Self::Sunday, Weekday::Sunday) => next_free(false),
            (Self::Us, Weekday::Saturday) => date.yesterday().ok(),
            (Self::Us, Weekday::Sunday) => date.tomorrow().ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(country: &str, region: Option<&str>, date: &str, name: &str) {
        let date: Date = date.parse().expect("a date");
        let year = of(country, region, date.year()).expect("a year");
        let found = year.days.iter().find(|day| day.date == date);
        assert_eq!(found.map(|day| day.name.as_str()), Some(name), "{country} {date}: {:#?}", year.days);
    }

    fn has_not(country: &str, region: Option<&str>, date: &str) {
        let date: Date = date.parse().expect("a date");
        let year = of(country, region, date.year()).expect("a year");
        assert!(!year.days.iter().any(|day| day.date == date), "{country} {date}");
    }

    #[test]
    fn every_country_has_days_in_every_year_in_order_and_none_twice() {
        assert!(countries().count() >= 35);
        for (country, regions) in countries() {
            let regions = regions.iter().map(|region| Some(region.code)).chain([None]);
            for region in regions {
                for year in YEARS {
                    let found = of(country, region, year).expect("a year");
                    assert!(found.days.len() >= 3, "{country} {region:?} {year}");
                    assert!(found.days.windows(2).all(|two| two[0].date < two[1].date), "{country} {year}");
                    assert!(found.days.iter().all(|day| day.name.len() <= 100), "{country} {year}");
                }
            }
        }
    }

    #[test]
    fn the_united_states_observe_the_nearest_weekday() {
        has("US", None, "2026-11-26", "Thanksgiving Day");
        has("US", None, "2025-11-27", "Thanksgiving Day");
        has("US", None, "2026-07-03", "Independence Day (observed)");
        has("US", None, "2027-07-05", "Independence Day (observed)");
        has("US", None, "2026-05-25", "Memorial Day");
        has("US", None, "2027-12-31", "New Year's Day (observed)");
        has("US", None, "2022-06-20", "Juneteenth (observed)");
        has_not("US", None, "2020-06-19");
    }

    #[test]
    fn the_united_kingdom_has_substitute_days_and_nations() {
        has("GB", Some("ENG"), "2027-12-27", "Christmas Day (observed)");
        has("GB", Some("ENG"), "2027-12-28", "Boxing Day (observed)");
        has("GB", Some("ENG"), "2022-12-27", "Christmas Day (observed)");
        has("GB", Some("ENG"), "2026-12-28", "Boxing Day (observed)");
        has("GB", Some("SCT"), "2022-01-03", "New Year's Day (observed)");
        has("GB", Some("SCT"), "2022-01-04", "2nd January (observed)");
        has("GB", Some("ENG"), "2026-08-31", "Summer bank holiday");
        has("GB", Some("SCT"), "2026-08-03", "Summer bank holiday");
        has_not("GB", Some("SCT"), "2026-04-06");
        has("GB", None, "2022-06-02", "Spring bank holiday");
        has_not("GB", None, "2022-05-30");
    }

    #[test]
    fn germany_has_days_of_the_whole_country_and_of_its_states() {
        for (date, name) in [
            ("2026-04-03", "Good Friday"),
            ("2026-04-06", "Easter Monday"),
            ("2026-05-14", "Ascension Day"),
            ("2026-05-25", "Whit Monday"),
            ("2026-10-03", "Day of German Unity"),
        ] {
            has("DE", None, date, name);
        }
        assert_eq!(of("DE", None, 2026).expect("a year").days.len(), 9, "in all states");
        has("DE", Some("BY"), "2026-06-04", "Corpus Christi");
        has_not("DE", Some("BE"), "2026-06-04");
        has("DE", Some("SN"), "2026-11-18", "Day of Repentance and Prayer");
        has("de", Some("hh"), "2026-10-31", "Reformation Day");
    }

    #[test]
    fn other_calendars_are_reckoned() {
        has("GR", None, "2026-04-10", "Good Friday");
        has("RO", None, "2025-04-21", "Easter Monday");
        has("IL", None, "2025-09-23", "Rosh Hashanah");
        has("IL", None, "2026-04-02", "Passover");
        has("IL", None, "2025-05-01", "Independence Day");
        has("IL", None, "2026-09-21", "Yom Kippur");
        has("JP", None, "2026-09-22", "Citizens' Holiday");
        has("JP", None, "2026-03-20", "Vernal Equinox Day");
        has("JP", None, "2026-05-06", "Constitution Memorial Day (observed)");
        has("NZ", None, "2026-07-10", "Matariki");
    }

    #[test]
    fn rules_of_single_countries_hold() {
        has("CA", Some("ON"), "2026-05-18", "Victoria Day");
        has("CA", None, "2029-07-02", "Canada Day (observed)");
        has("AU", Some("NSW"), "2026-04-25", "Anzac Day");
        has("AU", None, "2027-12-27", "Christmas Day (observed)");
        has("NL", None, "2025-04-26", "King's Day");
        has("IE", None, "2026-02-02", "St Brigid's Day");
        has("IE", None, "2030-02-01", "St Brigid's Day");
        has("SE", None, "2026-06-20", "Midsummer Day");
        has("CO", None, "2026-01-12", "Epiphany");
        has("ZA", None, "2026-08-10", "National Women's Day (observed)");
        has("MX", None, "2026-03-16", "Benito Juárez's Birthday");
        has("BR", None, "2026-11-20", "Black Consciousness Day");
        has("TR", None, "2026-03-20", "Ramazan Bayramı");
        assert_eq!(of("TR", None, 2026).expect("a year").unknown, Vec::<String>::new());
        assert_eq!(of("TR", None, 2030).expect("a year").unknown, ["Ramazan Bayramı", "Kurban Bayramı"]);
        assert!(of("AE", None, 2026).expect("a year").unknown.contains(&"Eid al-Fitr".to_owned()));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert_eq!(of("XX", None, 2026), Err(HolidayError::NoCountry));
        assert_eq!(of("DE", Some("XX"), 2026), Err(HolidayError::NoRegion));
        assert_eq!(of("FR", None, 1789), Err(HolidayError::NoYear));
    }
}
