//! Public holidays: those of a year in a country, and closing a schedule on them.

use super::words::Said;
use crate::Web;
use crate::api::{Access, Api, Expected, Id, Input, Names, Params, Problem, Signed};
use axum::Json;
use axum::extract::{Path, State};
use opbx_app::holidays::{self, Holiday, HolidayError, YEARS};
use opbx_app::{business_hours, places};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;

const TAG: &str = "Business hours";
const NAMES: Names = &[("exceptions", "years")];
/// Years that are imported at once.
const YEARS_MAX: usize = 5;

pub(super) fn declare(api: &mut Api) {
    api.get("/holidays", "holidays.countries", Access::SignedIn, countries, |operation| {
        operation
            .about(TAG, "List the countries and regions whose public holidays are known")
            .gives::<Countries>(200, "By name.");
    })
    .get("/holidays/{country}", "holidays.show", Access::SignedIn, show, |operation| {
        operation
            .path_parameter("country", &json!({"type": "string", "pattern": "^[A-Za-z]{2}$"}))
            .about(TAG, "List the public holidays of a year")
            .gives::<Shown>(200, "The earliest first.");
    })
    .post(
        "/business-hours/{id}/holidays",
        "business_hours.holidays",
        Access::ADMINS,
        import,
        |operation| {
            operation.about(TAG, "Close a schedule on public holidays").gives::<Imported>(
                200,
                "Days of which the schedule says something already are left as they are.",
            );
        },
    );
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Asked {
    /// This year, where it is left out.
    #[schemars(range(min = 2020, max = 2050))]
    year: Option<i64>,
    /// A region's code; left out, the days of the whole country.
    #[schemars(length(max = 8))]
    region: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Import {
    /// ISO 3166-1, two letters.
    #[schemars(length(min = 2, max = 2))]
    country: String,
    #[serde(default)]
    #[schemars(length(max = 8))]
    region: Option<String>,
    #[schemars(length(min = 1, max = 5), inner(range(min = 2020, max = 2050)))]
    years: Vec<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Countries {
    data: Vec<CountryView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CountryView {
    code: String,
    name: String,
    /// Parts of it with holidays of their own.
    regions: Vec<RegionView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RegionView {
    code: &'static str,
    name: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: Vec<HolidayView>,
    /// Holidays that there are, and whose day in this year is not known here.
    unknown: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct HolidayView {
    date: String,
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Imported {
    #[serde(flatten)]
    said: Said,
    data: ImportedView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ImportedView {
    added: usize,
    kept: usize,
    /// Holidays that there are, and whose day in one of these years is not known here: enter them by hand.
    unknown: Vec<String>,
}

impl From<Holiday> for HolidayView {
    fn from(holiday: Holiday) -> Self {
        Self { date: holiday.date.to_string(), name: holiday.name }
    }
}

fn problem(error: HolidayError) -> Problem {
    let text = match error {
        HolidayError::NoCountry => return Problem::absent("Country with known holidays"),
        HolidayError::NoRegion => return Problem::field("region", "The selected region is invalid."),
        HolidayError::NoYear => format!("The year must lie between {} and {}.", YEARS.start(), YEARS.end()),
    };
    Problem::field("year", text)
}

async fn countries(State(web): State<Web>, asker: Signed) -> Result<Json<Countries>, Problem> {
    let named = places::countries(&web.app, &asker.scope).await?;
    let names: HashMap<String, String> =
        named.into_iter().map(|country| (country.code, country.name)).collect();
    let mut data: Vec<CountryView> = holidays::countries()
        .map(|(code, regions)| CountryView {
            name: names.get(code).map_or(code, String::as_str).to_owned(),
            code: code.to_owned(),
            regions: regions
                .into_iter()
                .map(|region| RegionView { code: region.code, name: region.name })
                .collect(),
        })
        .collect();
    data.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Json(Countries { data }))
}

async fn show(
    State(web): State<Web>,
    asker: Signed,
    Path(country): Path<String>,
    Params(asked): Params<Asked>,
) -> Result<Json<Shown>, Problem> {
    let year = match asked.year {
        Some(year) => i16::try_from(year).map_err(|_| problem(HolidayError::NoYear))?,
        None => holidays::this_year(web.app.clock().now(), &asker.time_zone),
    };
    let found = holidays::of(&country, asked.region.as_deref(), year).map_err(problem)?;
    Ok(Json(Shown { data: found.days.into_iter().map(Into::into).collect(), unknown: found.unknown }))
}

async fn import(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(wanted): Input<Import>,
) -> Result<Json<Imported>, Problem> {
    if wanted.years.len() > YEARS_MAX {
        return Err(Problem::field("years", format!("The years field holds at most {YEARS_MAX} years.")));
    }
    let (mut days, mut unknown) = (Vec::new(), Vec::new());
    let mut years = wanted.years;
    years.sort_unstable();
    years.dedup();
    for year in years {
        let year = i16::try_from(year).map_err(|_| problem(HolidayError::NoYear))?;
        let found =
            holidays::of(&wanted.country, wanted.region.as_deref(), year).map_err(|error| match error {
                HolidayError::NoCountry => {
                    Problem::field("country", "The holidays of this country are not known.")
                }
                other => problem(other),
            })?;
        days.extend(found.days);
        unknown.extend(found.unknown);
    }
    unknown.sort();
    unknown.dedup();
    let counted = business_hours::add_holidays(&web.app, &asker.scope, id, days, version).await;
    let counted = counted.map_err(|error| Problem::of(error, NAMES))?;
    let data = ImportedView { added: counted.added, kept: counted.kept, unknown };
    Ok(Json(Imported { said: Said { message: "Holidays added." }, data }))
}
