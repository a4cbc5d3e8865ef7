//! Countries, time zones and currencies: what forms let people choose from.

use crate::App;
use crate::models::{ResCountry, ResCurrency};
use crate::records::listed_numbers;
use crate::resources::ResourceError;
use jiff::tz::TimeZone;
use opbx_kernel::{Scope, Timestamp};
use opbx_platform::Domain;
use std::collections::BTreeMap;

/// A line for each country: its code, then its zones, the usual one first.
const ZONES: &str = include_str!("../data/time_zones.txt");
/// The zone of those who live by no country's.
const UTC: &str = "UTC";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    pub code: String,
    pub name: String,
    pub calling_code: Option<i64>,
    pub emergency_numbers: Vec<String>,
    /// Its time zones; the first is the usual one.
    pub time_zones: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    pub name: &'static str,
    /// East of Greenwich at this moment.
    pub offset_min: i32,
    /// Codes of the countries that keep it.
    pub countries: Vec<&'static str>,
}

/// All countries, by name.
pub async fn countries(app: &App, scope: &Scope) -> Result<Vec<Country>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let mut countries: Vec<Country> = tx
        .all::<ResCountry>(&Domain::All)
        .await?
        .into_iter()
        .map(|country| Country {
            time_zones: zones_of(&country.code).collect(),
            emergency_numbers: listed_numbers(&country.emergency_numbers.unwrap_or_default())
                .map(str::to_owned)
                .collect(),
            code: country.code,
            name: country.name,
            calling_code: country.calling_code,
        })
        .collect();
    countries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(countries)
}

/// All currencies, by code.
pub async fn currencies(app: &App, scope: &Scope) -> Result<Vec<ResCurrency>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    Ok(tx.all::<ResCurrency>(&Domain::All).await?)
}

/// All time zones that some country keeps, and UTC, from west to east.
pub fn zones(now: Timestamp) -> Vec<Zone> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::from([(UTC, Vec::new())]);
    for (country, zones) in lines() {
        for zone in zones {
            by_name.entry(zone).or_default().push(country);
        }
    }
    let mut zones: Vec<Zone> = by_name
        .into_iter()
        .filter_map(|(name, countries)| {
            let offset_min = TimeZone::get(name).ok()?.to_offset(now).seconds() / 60;
            Some(Zone { name, offset_min, countries })
        })
        .collect();
    zones.sort_by_key(|zone| (zone.offset_min, zone.name));
    zones
}

fn zones_of(country: &str) -> impl Iterator<Item = &'static str> {
    lines().filter(move |(code, _)| *code == country).flat_map(|(_, zones)| zones)
}

fn lines() -> impl Iterator<Item = (&'static str, std::str::SplitWhitespace<'static>)> {
    ZONES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_is_known_and_a_country_begins_with_its_usual_one() {
        for (country, zones) in lines() {
            for zone in zones {
                assert!(TimeZone::get(zone).is_ok(), "{country}: {zone}");
            }
        }
        for (country, usual) in
            [("US", "America/New_York"), ("AU", "Australia/Sydney"), ("DE", "Europe/Berlin")]
        {
            assert_eq!(zones_of(country).next(), Some(usual));
        }
        let summer: Timestamp = "2026-07-01T00:00:00Z".parse().expect("an instant");
        let zones = zones(summer);
        let offset = |name: &str| zones.iter().find(|zone| zone.name == name).map(|zone| zone.offset_min);
        assert_eq!(offset("Europe/Berlin"), Some(120), "in summer");
        assert_eq!((offset("UTC"), offset("Asia/Kolkata")), (Some(0), Some(330)));
        assert!(zones.is_sorted_by_key(|zone| zone.offset_min));
    }
}
