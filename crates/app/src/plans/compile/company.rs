//! The company that stands for the tenant, and the countries it speaks of.

use super::at::{At, filled};
use super::policies::recording;
use super::prompts::Prompts;
use super::{CompileError, everything};
use crate::models::{ResCompany, ResCompanyBlockedCallersHear, ResCountry};
use crate::records::listed_numbers;
use opbx_kernel::{Country, RecordId};
use opbx_platform::Domain;
use opbx_routing::{Company, Limits, Screening, Treatment, Zone};
use opbx_store::Tx;
use std::collections::HashMap;

/// All countries, by the record that names each.
pub(super) struct Countries(HashMap<RecordId, ResCountry>);

impl Countries {
    pub(super) fn country(&self, at: At, field: &'static str, id: RecordId) -> Result<Country, CompileError> {
        let country = self.0.get(&id).and_then(|country| Country::new(&country.code));
        country.ok_or_else(|| at.refuse(field, format!("there is no country {id}")))
    }
}

pub(super) async fn countries(tx: &mut Tx) -> Result<Countries, CompileError> {
    let all = tx.all::<ResCountry>(&Domain::All).await?;
    Ok(Countries(all.into_iter().map(|country| (country.id, country)).collect()))
}

/// The tenant's first company stands for the tenant, even archived: calls must know their country.
pub(super) async fn compile(
    tx: &mut Tx,
    countries: &Countries,
    prompts: &Prompts,
) -> Result<Company, CompileError> {
    let mut companies = tx.all::<ResCompany>(&everything()).await?;
    companies.sort_by_key(|company| (!company.active, company.id));
    let first = companies.into_iter().next().ok_or(CompileError::NoCompany)?;
    let at = At::of::<ResCompany>(first.id);
    let country = countries.0.get(&first.country);
    let emergency = country.and_then(|country| country.emergency_numbers.as_deref()).unwrap_or_default();
    let allowed = first.allowed_countries.iter();
    Ok(Company {
        country: country.and_then(|country| Country::new(&country.code)),
        zone: zone(at, &first.time_zone)?,
        emergency_numbers: listed_numbers(emergency).map(Into::into).collect(),
        fallback: at.destination("fallback", first.fallback)?,
        caller_id: filled(first.caller_id),
        allowed_countries: allowed
            .map(|id| countries.country(at, "allowed_countries", *id))
            .collect::<Result<_, _>>()?,
        limits: Limits {
            calls_max: at.optional("outbound_calls_max", first.outbound_calls_max)?,
            minutes_per_day_max: at
                .optional("outbound_minutes_per_day_max", first.outbound_minutes_per_day_max)?,
        },
        recording: recording(
            at,
            prompts,
            first.recording.as_str(),
            first.recording_announcement,
            first.recording_retention_days,
        )?,
        screening: Screening {
            refuses_anonymous: first.anonymous_callers_refused,
            treatment: match first.blocked_callers_hear {
                ResCompanyBlockedCallersHear::Rejected => Treatment::Rejected,
                ResCompanyBlockedCallersHear::Busy => Treatment::Busy,
                ResCompanyBlockedCallersHear::Sentence => Treatment::Sentence,
            },
            caller_calls_max: at.optional("caller_calls_max", first.caller_calls_max)?,
            caller_window_s: at.small("caller_window_s", first.caller_window_s)?,
        },
        name: first.name.into(),
    })
}

pub(super) fn zone(at: At, name: &str) -> Result<Zone, CompileError> {
    Zone::new(name).ok_or_else(|| at.refuse("time_zone", format!("{name:?} is no time zone")))
}
