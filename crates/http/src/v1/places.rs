//! Countries, time zones and currencies, for forms.

use crate::Web;
use crate::api::{Access, Api, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::models::ResCurrency;
use opbx_app::places::{self, Country, Zone};
use schemars::JsonSchema;
use serde::Serialize;

const TAG: &str = "Places";

pub(super) fn declare(api: &mut Api) {
    api.get("/countries", "countries.list", Access::SignedIn, countries, |operation| {
        operation.about(TAG, "List all countries").gives::<Countries>(200, "By name.");
    })
    .get("/time-zones", "time_zones.list", Access::SignedIn, time_zones, |operation| {
        operation.about(TAG, "List all time zones").gives::<TimeZones>(200, "From west to east.");
    })
    .get("/currencies", "currencies.list", Access::SignedIn, currencies, |operation| {
        operation.about(TAG, "List all currencies").gives::<Currencies>(200, "By code.");
    });
}

#[derive(Debug, Serialize, JsonSchema)]
struct Countries {
    data: Vec<CountryView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CountryView {
    /// ISO 3166-1, two letters.
    code: String,
    name: String,
    calling_code: Option<i64>,
    emergency_numbers: Vec<String>,
    /// The zone that most of its people keep, where it has one.
    timezone: Option<&'static str>,
    timezones: Vec<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TimeZones {
    data: Vec<ZoneView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ZoneView {
    /// A name of the IANA database.
    name: &'static str,
    /// From UTC, at this moment: `+01:00`.
    offset: String,
    offset_minutes: i32,
    /// Codes of the countries that keep it.
    countries: Vec<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Currencies {
    data: Vec<CurrencyView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CurrencyView {
    /// ISO 4217, three letters.
    code: String,
    name: String,
    symbol: String,
    /// Of the minor unit.
    digits: i64,
}

impl From<Country> for CountryView {
    fn from(country: Country) -> Self {
        Self {
            code: country.code,
            name: country.name,
            calling_code: country.calling_code,
            emergency_numbers: country.emergency_numbers,
            timezone: country.time_zones.first().copied(),
            timezones: country.time_zones,
        }
    }
}

impl From<Zone> for ZoneView {
    fn from(zone: Zone) -> Self {
        let (sign, min) = (if zone.offset_min < 0 { '-' } else { '+' }, zone.offset_min.abs());
        Self {
            name: zone.name,
            offset: format!("{sign}{:02}:{:02}", min / 60, min % 60),
            offset_minutes: zone.offset_min,
            countries: zone.countries,
        }
    }
}

impl From<ResCurrency> for CurrencyView {
    fn from(currency: ResCurrency) -> Self {
        let ResCurrency { code, name, symbol, digits, .. } = currency;
        Self { code, name, symbol, digits }
    }
}

async fn countries(State(web): State<Web>, asker: Signed) -> Result<Json<Countries>, Problem> {
    let data = places::countries(&web.app, &asker.scope).await?;
    Ok(Json(Countries { data: data.into_iter().map(Into::into).collect() }))
}

async fn time_zones(State(web): State<Web>, _: Signed) -> Json<TimeZones> {
    let data = places::zones(web.app.clock().now());
    Json(TimeZones { data: data.into_iter().map(Into::into).collect() })
}

async fn currencies(State(web): State<Web>, asker: Signed) -> Result<Json<Currencies>, Problem> {
    let data = places::currencies(&web.app, &asker.scope).await?;
    Ok(Json(Currencies { data: data.into_iter().map(Into::into).collect() }))
}
