//! The example company: what `serve --demo` brings along, and what an empty company can be filled with to look around.

use crate::App;
use crate::companies;
use crate::configuration::apply::Applied;
use crate::configuration::own::{self, OwnError};
use crate::models::{PbxExtension, ResCompany, ResCompanyDraft};
use crate::resources;
use opbx_kernel::{Code, Kind, Scope};
use opbx_platform::record::Draft as _;
use opbx_platform::{DestinationRef, Domain, Record as _};
use opbx_store::{SaveError, Tx};

/// A whole configuration, as `opbx config apply` takes it.
pub const COMPANY: &str = include_str!("../data/company.toml");
/// Everything before this line says what the company is called and who carries its calls; what follows fits any company.
const SHARED_FROM: &str = "# ---- The numbers people call";
/// A configuration names its tenant; an owner's stays what it is.
const HEAD: &str = "tenant = { slug = \"example\", name = \"Example\" }\n";
/// Whose phone takes the calls that would otherwise be lost.
const RECEPTION: &str = "1000";
/// What a company must have none of, so that nothing of its own is touched.
const OWN: [(&str, &str); 5] = [
    ("pbx.number", "phone number"),
    ("pbx.extension", "extension"),
    ("pbx.ring_group", "ring group"),
    ("pbx.menu", "menu"),
    ("pbx.hours", "schedule"),
];

#[derive(Debug, thiserror::Error)]
pub enum ExampleError {
    #[error("the example fills an empty company only, and this one has {0} of its own")]
    NotEmpty(String),
    #[error(transparent)]
    Own(#[from] OwnError),
}

impl ExampleError {
    pub fn code(&self) -> Code {
        match self {
            Self::NotEmpty(_) => Code::new(Kind::Conflict, "company_not_empty"),
            Self::Own(error) => error.code(),
        }
    }
}

/// The example's records, without the company that they belong to.
pub fn records() -> String {
    let from = COMPANY.find(SHARED_FROM).expect("the example's file says where its head ends");
    format!("{HEAD}{}", &COMPANY[from..])
}

/// Fills the asker's empty company with the example's extensions, groups, hours, menu, boxes and numbers.
pub async fn fill(app: &App, scope: &Scope) -> Result<Applied, ExampleError> {
    let mut tx = app.store().read(scope).await.map_err(OwnError::from)?;
    let own_already = own_records(&mut tx).await.map_err(OwnError::from)?;
    drop(tx);
    if !own_already.is_empty() {
        return Err(ExampleError::NotEmpty(own_already.join(", ")));
    }
    let applied = own::apply(app, scope, &records(), false).await?;
    catch_strays(app, scope).await.map_err(|error| match error {
        SaveError::Read(error) => OwnError::Read(error),
        SaveError::Store(error) => OwnError::Store(error),
        other => OwnError::Record(other.into()),
    })?;
    Ok(applied)
}

/// What the company has of its own, in words: `3 extensions`. Archived records count.
pub(crate) async fn own_records(tx: &mut Tx) -> Result<Vec<String>, opbx_store::ReadError> {
    let mut own = Vec::new();
    for (model, word) in OWN {
        match tx.count(model, &resources::archived_or_not()).await? {
            0 => {}
            1 => own.push(format!("1 {word}")),
            many => own.push(format!("{many} {word}s")),
        }
    }
    Ok(own)
}

/// Sends calls that lead nowhere to the example's reception, unless the company says where they go.
async fn catch_strays(app: &App, scope: &Scope) -> Result<(), SaveError> {
    let mut tx = app.store().begin(scope).await?;
    let reception = tx.all::<PbxExtension>(&Domain::eq("number", RECEPTION)).await?.into_iter().next();
    let Ok(company) = companies::own(&mut tx).await else { return Ok(()) };
    let held = tx.get::<ResCompany>(company).await?.and_then(|company| company.fallback);
    if let Some(reception) = reception
        && matches!(held, None | Some(DestinationRef::Hangup))
    {
        let to = DestinationRef::Record { kind: "extension".to_owned(), id: reception.id };
        let draft = ResCompanyDraft { fallback: Some(Some(to)), ..ResCompanyDraft::default() };
        tx.update(ResCompany::MODEL, company, draft.into_values(), None).await?;
        tx.commit().await.map_err(|error| match error {
            opbx_store::CommitError::Store(error) => SaveError::Store(error),
            opbx_store::CommitError::NoTenant => SaveError::UnknownModel("res.tenant".to_owned()),
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_any_company_says_nothing_of_the_company_itself() {
        let records = records();
        assert!(records.contains("[pbx.number.main-number]") && records.contains("[pbx.hours.office]"));
        assert!(!records.contains("res.company") && !records.contains("cloudonix_settings"), "{records}");
    }
}
