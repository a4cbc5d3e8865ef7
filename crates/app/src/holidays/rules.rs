//! The rules of holidays as they are written down in `data/holidays.txt`, which says what each word means.

use super::calendar;
use jiff::civil::{Date, Weekday};
use std::collections::BTreeMap;

/// What is known of a country.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Codes with names.
    pub(super) regions: Vec<(String, String)>,
    pub(super) rules: Vec<Rule>,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) when: When,
    pub(super) name: String,
    from: Option<i16>,
    until: Option<i16>,
    except: Vec<i16>,
    /// Empty is the whole country.
    pub(super) regions: Vec<String>,
    pub(super) weekend: Option<Weekend>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    Fixed {
        month: i8,
        day: i8,
    },
    After(Anchor, i64),
    Nth {
        weekday: Weekday,
        nth: i8,
        month: i8,
    },
    OnOrAfter {
        weekday: Weekday,
        month: i8,
        day: i8,
    },
    /// Known dates of what is not computed: in other years it is, too, and nobody knows when.
    Known(Vec<Date>),
    /// These days and no others.
    Only(Vec<Date>),
    /// Between two holidays.
    Bridge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Easter,
    Orthodox,
    Rosh,
    Pesach,
    Atzmaut,
    Vernal,
    Autumnal,
    Brigid,
}

/// What becomes of a holiday on a weekend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weekend {
    Next,
    Sunday,
    Us,
    Before,
}

impl Rule {
    pub(super) fn counts_in(&self, year: i16) -> bool {
        self.from.is_none_or(|from| from <= year)
            && self.until.is_none_or(|until| year <= until)
            && !self.except.contains(&year)
    }

    /// Whether it is kept in a year without anybody here knowing when.
    pub(super) fn is_unknown(&self, year: i16) -> bool {
        let is_known = |dates: &[Date]| dates.iter().any(|date| date.year() == year);
        self.counts_in(year) && matches!(&self.when, When::Known(dates) if !is_known(dates))
    }
}

impl When {
    /// The days of a year.
    pub(super) fn dates(&self, year: i16) -> Vec<Date> {
        let one = match self {
            Self::Fixed { month, day } => Date::new(year, *month, *day).ok(),
            Self::After(anchor, days) => anchor.day(year).and_then(|day| calendar::later(day, *days)),
            Self::Nth { weekday, nth, month } => Date::new(year, *month, 1)
                .ok()
                .and_then(|first| first.nth_weekday_of_month(*nth, *weekday).ok()),
            Self::OnOrAfter { weekday, month, day } => {
                Date::new(year, *month, *day).ok().and_then(|day| calendar::on_or_after(day, *weekday))
            }
            Self::Known(dates) | Self::Only(dates) => {
                return dates.iter().copied().filter(|date| date.year() == year).collect();
            }
            Self::Bridge => None,
        };
        one.into_iter().collect()
    }
}

impl Anchor {
    fn day(self, year: i16) -> Option<Date> {
        match self {
            Self::Easter => calendar::easter(year),
            Self::Orthodox => calendar::orthodox_easter(year),
            Self::Rosh => calendar::rosh_hashanah(year),
            Self::Pesach => calendar::passover(year),
            Self::Atzmaut => calendar::atzmaut(year),
            Self::Vernal => calendar::equinox(year, false),
            Self::Autumnal => calendar::equinox(year, true),
            Self::Brigid => calendar::brigid(year),
        }
    }
}

/// Reads all countries by their codes; the error names the line.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, Rules>, String> {
    let mut countries: BTreeMap<String, Rules> = BTreeMap::new();
    let mut current = String::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = || format!("line {number}: {line:?}");
        if let Some(code) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            code.clone_into(&mut current);
            countries.insert(current.clone(), Rules::default());
            continue;
        }
        let country = countries.get_mut(&current).ok_or_else(wrong)?;
        if let Some(region) = line.strip_prefix("region ") {
            let (code, name) = region.split_once(' ').ok_or_else(wrong)?;
            country.regions.push((code.to_owned(), name.to_owned()));
        } else {
            let rule = rule(line).ok_or_else(wrong)?;
            let is_region = |code: &String| country.regions.iter().any(|(known, _)| known == code);
            if !rule.regions.iter().all(is_region) {
                return Err(wrong());
            }
            country.rules.push(rule);
        }
    }
    Ok(countries)
}

fn rule(line: &str) -> Option<Rule> {
    let mut parts = line.split(';').map(str::trim);
    let when = when(parts.next()?)?;
    let name = parts.next().filter(|name| !name.is_empty())?.to_owned();
    let mut rule =
        Rule { when, name, from: None, until: None, except: Vec::new(), regions: Vec::new(), weekend: None };
    for option in parts {
        let (word, value) = option.split_once(' ')?;
        match word {
            "from" => rule.from = Some(value.parse().ok()?),
            "until" => rule.until = Some(value.parse().ok()?),
            "not" => rule.except.push(value.parse().ok()?),
            "in" => rule.regions = value.split(',').map(str::to_owned).collect(),
            "weekend" => {
                rule.weekend = Some(match value {
                    "next" => Weekend::Next,
                    "sunday" => Weekend::Sunday,
                    "us" => Weekend::Us,
                    "before" => Weekend::Before,
                    _ => return None,
                });
            }
            _ => return None,
        }
    }
    Some(rule)
}

fn when(text: &str) -> Option<When> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["=", dates @ ..] => Some(When::Known(parsed(dates)?)),
        ["on", dates @ ..] => Some(When::Only(parsed(dates)?)),
        ["bridge"] => Some(When::Bridge),
        [day, ">=", from] => {
            let (month, from) = day_of_year(from)?;
            Some(When::OnOrAfter { weekday: weekday(day)?, month, day: from })
        }
        [day, nth, month] => {
            Some(When::Nth { weekday: weekday(day)?, nth: nth.parse().ok()?, month: month.parse().ok()? })
        }
        [one] => {
            if let Some((month, day)) = day_of_year(one) {
                return Some(When::Fixed { month, day });
            }
            let end = one.find(['+', '-']).unwrap_or(one.len());
            let (name, days) = one.split_at(end);
            let days = if days.is_empty() { 0 } else { days.parse().ok()? };
            Some(When::After(anchor(name)?, days))
        }
        _ => None,
    }
}

fn parsed(dates: &[&str]) -> Option<Vec<Date>> {
    dates.iter().map(|date| date.parse().ok()).collect()
}

fn day_of_year(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A leap year has all days that there are.
    Date::new(2024, month, day).ok().map(|_| (month, day))
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

fn anchor(word: &str) -> Option<Anchor> {
    Some(match word {
        "easter" => Anchor::Easter,
        "orthodox" => Anchor::Orthodox,
        "rosh" => Anchor::Rosh,
        "pesach" => Anchor::Pesach,
        "atzmaut" => Anchor::Atzmaut,
        "vernal" => Anchor::Vernal,
        "autumnal" => Anchor::Autumnal,
        "brigid" => Anchor::Brigid,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_says_nothing_is_named() {
        assert_eq!(
            read("[US]\n\n01-01 ; New Year\n13-01 ; Never").expect_err("no month"),
            "line 4: \"13-01 ; Never\""
        );
        for wrong in [
            "01-01",
            "01-01 ;",
            "fry 1 03 ; Day",
            "easter2 ; Day",
            "01-01 ; Day ; in XX",
            "01-01 ; Day ; weekend never",
        ] {
            assert!(read(&format!("[US]\n{wrong}")).is_err(), "{wrong}");
        }
        assert!(read("01-01 ; Of no country").is_err());
    }
}
