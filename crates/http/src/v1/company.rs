//! The company's settings: where stray calls go, how much may be spent outside, whom it takes calls from.

use super::destinations::{DestinationInput, DestinationView, require_assistants};
use super::words::{instant, record_id};
use crate::Web;
use crate::api::{Access, Api, Expected, Input, Names, Patch, Problem, Signed, Versioned};
use axum::extract::State;
use opbx_app::companies::{self, Places, Settings, SettingsError};
use opbx_app::models::{ResCompanyBlockedCallersHear, ResCompanyDraft, ResCompanyRecording};
use opbx_app::resources::{ResourceError, Stored};
use opbx_kernel::RecordId;
use opbx_platform::DestinationRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Settings";
const NAMES: Names = &[
    ("time_zone", "timezone"),
    ("recording_announcement", "recording_announcement_id"),
    ("caller_window_s", "caller_window"),
];

pub(super) fn declare(api: &mut Api) {
    api.get("/settings/company", "company.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show the company's settings").gives::<Shown>(200, "The settings.");
    })
    .put("/settings/company", "company.update", Access::OWNERS, update, |operation| {
        operation.about(TAG, "Change the company's settings").gives::<Written>(200, "The changed settings.");
    });
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Recording {
    Inherit,
    Never,
    Always,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum BlockedHear {
    Rejected,
    Busy,
    Sentence,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Changed {
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    /// ISO 3166-1, two letters.
    country: Option<CountryCode>,
    /// A name of the IANA database.
    #[schemars(length(max = 64))]
    timezone: Option<String>,
    /// Where a call goes that its configuration leads nowhere.
    #[schemars(extend("x-may-be-empty" = true))]
    fallback: Option<DestinationInput>,
    /// Shown on outside calls where neither rule nor person has a number to show.
    caller_id: Patch<String>,
    /// Empty is unlimited.
    outbound_calls_max: Patch<i64>,
    outbound_minutes_per_day_max: Patch<i64>,
    /// The only countries that may be called; none allows what the outbound rules allow.
    #[schemars(length(max = 300))]
    allowed_countries: Option<Vec<CountryCode>>,
    recording: Option<Recording>,
    /// A prompt that is told before recording.
    recording_announcement_id: Patch<i64>,
    recording_retention_days: Patch<i64>,
    blocked_callers_hear: Option<BlockedHear>,
    anonymous_callers_refused: Option<bool>,
    /// Calls of one caller at most, within `caller_window` seconds; empty takes any number.
    caller_calls_max: Patch<i64>,
    #[schemars(range(min = 1, max = 86400))]
    caller_window: Option<i64>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct CountryCode(#[schemars(regex(pattern = "^[A-Za-z]{2}$"))] String);

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: SettingsView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: SettingsView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SettingsView {
    id: i64,
    organization_id: i64,
    name: String,
    country: Option<String>,
    country_name: Option<String>,
    emergency_numbers: Vec<String>,
    timezone: String,
    fallback: DestinationView,
    caller_id: Option<String>,
    outbound_calls_max: Option<i64>,
    outbound_minutes_per_day_max: Option<i64>,
    allowed_countries: Vec<String>,
    recording: Recording,
    recording_announcement_id: Option<i64>,
    recording_retention_days: Option<i64>,
    blocked_callers_hear: BlockedHear,
    anonymous_callers_refused: bool,
    caller_calls_max: Option<i64>,
    caller_window: i64,
    created_at: Option<String>,
    updated_at: Option<String>,
}

impl Changed {
    fn into_parts(self) -> Result<(ResCompanyDraft, Places), Problem> {
        let announcement = match self.recording_announcement_id {
            Patch::Keep => None,
            Patch::Clear => Some(None),
            Patch::Set(id) => Some(Some(record_id(id, "recording_announcement_id")?)),
        };
        let draft = ResCompanyDraft {
            name: self.name,
            time_zone: self.timezone,
            fallback: self.fallback.map(|to| to.read("fallback")).transpose()?.map(Some),
            caller_id: self.caller_id.into_draft(),
            outbound_calls_max: self.outbound_calls_max.into_draft(),
            outbound_minutes_per_day_max: self.outbound_minutes_per_day_max.into_draft(),
            recording: self.recording.map(|recording| match recording {
                Recording::Inherit => ResCompanyRecording::Inherit,
                Recording::Never => ResCompanyRecording::Never,
                Recording::Always => ResCompanyRecording::Always,
            }),
            recording_announcement: announcement,
            recording_retention_days: self.recording_retention_days.into_draft(),
            blocked_callers_hear: self.blocked_callers_hear.map(|hear| match hear {
                BlockedHear::Rejected => ResCompanyBlockedCallersHear::Rejected,
                BlockedHear::Busy => ResCompanyBlockedCallersHear::Busy,
                BlockedHear::Sentence => ResCompanyBlockedCallersHear::Sentence,
            }),
            anonymous_callers_refused: self.anonymous_callers_refused,
            caller_calls_max: self.caller_calls_max.into_draft(),
            caller_window_s: self.caller_window,
            ..ResCompanyDraft::default()
        };
        let allowed = self.allowed_countries.map(|codes| codes.into_iter().map(|code| code.0).collect());
        Ok((draft, Places { country: self.country.map(|code| code.0), allowed }))
    }
}

fn view(asker: &Signed, stored: Stored<Settings>) -> SettingsView {
    let Stored { record: Settings { company, countries, targets }, created_at, updated_at } = stored;
    let code = |id: &RecordId| countries.get(id).map(|country| country.code.clone());
    let mut allowed: Vec<String> = company.allowed_countries.iter().filter_map(code).collect();
    allowed.sort_unstable();
    let own = countries.get(&company.country);
    let fallback = company.fallback.unwrap_or(DestinationRef::Hangup);
    SettingsView {
        id: company.id.get(),
        organization_id: asker.tenant.get(),
        name: company.name,
        country: own.map(|country| country.code.clone()),
        country_name: own.map(|country| country.name.clone()),
        emergency_numbers: own.map(|country| country.emergency_numbers.clone()).unwrap_or_default(),
        timezone: company.time_zone,
        fallback: DestinationView::of(&fallback, &targets),
        caller_id: company.caller_id,
        outbound_calls_max: company.outbound_calls_max,
        outbound_minutes_per_day_max: company.outbound_minutes_per_day_max,
        allowed_countries: allowed,
        recording: match company.recording {
            ResCompanyRecording::Inherit => Recording::Inherit,
            ResCompanyRecording::Never => Recording::Never,
            ResCompanyRecording::Always => Recording::Always,
        },
        recording_announcement_id: company.recording_announcement.map(RecordId::get),
        recording_retention_days: company.recording_retention_days,
        blocked_callers_hear: match company.blocked_callers_hear {
            ResCompanyBlockedCallersHear::Rejected => BlockedHear::Rejected,
            ResCompanyBlockedCallersHear::Busy => BlockedHear::Busy,
            ResCompanyBlockedCallersHear::Sentence => BlockedHear::Sentence,
        },
        anonymous_callers_refused: company.anonymous_callers_refused,
        caller_calls_max: company.caller_calls_max,
        caller_window: company.caller_window_s,
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

fn problem(error: SettingsError) -> Problem {
    match error {
        SettingsError::Fallback(unfit) => {
            Problem::field("fallback", format!("The selected destination {unfit}."))
        }
        SettingsError::NoCountry(code) => {
            Problem::field("country", format!("There is no country {code} in ISO 3166-1."))
        }
        SettingsError::Resource(error) => Problem::of(error, NAMES),
    }
}

async fn shown(web: &Web, asker: &Signed) -> Result<(i64, SettingsView), ResourceError> {
    let stored = companies::get(&web.app, &asker.scope).await?;
    Ok((stored.record.company.version, view(asker, stored)))
}

async fn show(State(web): State<Web>, asker: Signed) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = shown(&web, &asker).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Expected(expected): Expected,
    Input(changed): Input<Changed>,
) -> Result<Versioned<Written>, Problem> {
    let named = changed.fallback.as_ref().and_then(|to| to.assistant("fallback"));
    require_assistants(&web, &asker, named.into_iter().collect()).await?;
    let (draft, places) = changed.into_parts()?;
    companies::update(&web.app, &asker.scope, draft, places, expected).await.map_err(problem)?;
    let (version, data) = shown(&web, &asker).await?;
    Ok(Versioned::ok(version, Written { message: "Company settings updated successfully.", data }))
}
