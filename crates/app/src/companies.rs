//! The company's own settings: where stray calls go, how much may be spent outside, whom it takes calls from.

use crate::App;
use crate::models::{ResCompany, ResCompanyDraft, ResCountry};
use crate::resources::{self, ResourceError, Stored};
use crate::targets::{self, Targets, Unfit};
use crate::tenants;
use opbx_kernel::{Code, Kind, RecordId, Scope};
use opbx_platform::{Domain, Record as _, Value, Values};
use opbx_store::Tx;
use std::collections::HashMap;

/// A company with what its settings name.
#[derive(Debug, Clone)]
pub struct Settings {
    pub company: ResCompany,
    /// Codes of countries by their records.
    pub countries: HashMap<RecordId, Country>,
    pub targets: Targets,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    pub code: String,
    pub name: String,
    pub emergency_numbers: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("where stray calls shall go {0}")]
    Fallback(Unfit),
    /// By its place in what was given.
    #[error("there is no country {0:?}")]
    NoCountry(String),
    #[error(transparent)]
    Resource(#[from] ResourceError),
}

impl SettingsError {
    pub fn code(&self) -> Code {
        match self {
            Self::Fallback(_) => Code::new(Kind::Invalid, "target_unfit"),
            Self::NoCountry(_) => Code::new(Kind::Invalid, "no_country"),
            Self::Resource(error) => error.code(),
        }
    }
}

/// Codes of countries, where they are to change.
#[derive(Debug, Clone, Default)]
pub struct Places {
    pub country: Option<String>,
    pub allowed: Option<Vec<String>>,
}

/// The settings of the asker's company.
pub async fn get(app: &App, scope: &Scope) -> Result<Stored<Settings>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let id = own(&mut tx).await?;
    let Stored { record: company, created_at, updated_at } =
        resources::get_in::<ResCompany>(&mut tx, id).await?;
    let ids = std::iter::once(company.country).chain(company.allowed_countries.iter().copied());
    let countries = tx.all::<ResCountry>(&Domain::is_in("id", ids.map(Value::Record))).await?;
    let countries = countries.into_iter().map(|country| {
        let emergency = country.emergency_numbers.unwrap_or_default();
        let emergency_numbers = crate::records::listed_numbers(&emergency).map(str::to_owned).collect();
        (country.id, Country { code: country.code, name: country.name, emergency_numbers })
    });
    let countries = countries.collect();
    let named: Vec<_> = company.fallback.iter().collect();
    let targets = targets::read(&mut tx, &named).await?;
    Ok(Stored { record: Settings { company, countries, targets }, created_at, updated_at })
}

/// Changes the settings of the asker's company.
pub async fn update(
    app: &App,
    scope: &Scope,
    mut draft: ResCompanyDraft,
    places: Places,
    expected: Option<i64>,
) -> Result<(), SettingsError> {
    let mut tx = app.store().begin(scope).await.map_err(ResourceError::from)?;
    let id = own(&mut tx).await?;
    if let Some(code) = places.country {
        draft.country = Some(country(&mut tx, &code).await?);
    }
    if let Some(codes) = places.allowed {
        let mut allowed = Vec::with_capacity(codes.len());
        for code in codes {
            let found = country(&mut tx, &code).await?;
            if !allowed.contains(&found) {
                allowed.push(found);
            }
        }
        draft.allowed_countries = Some(allowed);
    }
    // Whoever saves what a company is called and where it is has looked at it.
    if draft.name.is_some() || draft.country.is_some() || draft.time_zone.is_some() {
        draft.confirmed = Some(true);
    }
    if let Some(Some(to)) = &draft.fallback {
        let held = resources::get_in::<ResCompany>(&mut tx, id).await?.record.fallback;
        if held.as_ref() != Some(to) {
            targets::require_fit(&mut tx, to).await?.map_err(SettingsError::Fallback)?;
        }
    }
    resources::update_in(&mut tx, id, draft, Values::new(), expected).await?;
    tx.commit().await.map_err(ResourceError::from)?;
    Ok(())
}

/// The asker's company.
pub(crate) async fn own(tx: &mut Tx) -> Result<RecordId, ResourceError> {
    let company = tenants::company(tx, None).await?;
    company.map(|company| company.id).ok_or(ResourceError::Absent { model: ResCompany::MODEL })
}

async fn country(tx: &mut Tx, code: &str) -> Result<RecordId, SettingsError> {
    let domain = Domain::eq("code", code.to_ascii_uppercase().as_str());
    let found = tx.all::<ResCountry>(&domain).await.map_err(ResourceError::from)?;
    found.first().map(|country| country.id).ok_or_else(|| SettingsError::NoCountry(code.to_owned()))
}
