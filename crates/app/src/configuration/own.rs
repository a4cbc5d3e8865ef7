//! A tenant's configuration file in the hands of its owner, who is not the operator: no other tenant, and nothing of the
//! machine's environment, can be reached with it.

use super::apply::{Applied, ApplyError, Options, apply_with, plan as plan_file};
use super::difference::Difference;
use super::export::{ExportError, Exported, export as export_tenant};
use crate::App;
use crate::models::ResTenant;
use crate::records::{self, Deed, RecordError};
use opbx_kernel::{Code, Kind, RecordId, Scope};
use opbx_platform::Record as _;
use opbx_platform::source::SourceError;
use opbx_store::{ReadError, StoreError};

/// How the text is called in sentences about it.
pub const FILE: &str = "configuration";

#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// Nothing was changed.
    #[error("the configuration has {} mistakes", .0.len())]
    Mistakes(Vec<SourceError>),
    #[error("{0}")]
    Apply(ApplyError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OwnError {
    pub fn code(&self) -> Code {
        match self {
            Self::Mistakes(_) => Code::new(Kind::Invalid, "configuration_mistaken"),
            Self::Apply(_) | Self::Export(_) => Code::new(Kind::Unavailable, "configuration_unusable_now"),
            Self::Record(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl From<ApplyError> for OwnError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Mistakes(mistakes) => Self::Mistakes(mistakes),
            other => Self::Apply(other),
        }
    }
}

/// Writes the configuration of the asker's tenant.
pub async fn export(app: &App, scope: &Scope) -> Result<Exported, OwnError> {
    let own = own_slug(app, scope).await?;
    Ok(export_tenant(app.store(), Some(&own)).await?)
}

/// Tells what a file would change.
pub async fn plan(app: &App, scope: &Scope, text: &str, prune: bool) -> Result<Difference, OwnError> {
    let own = own_slug(app, scope).await?;
    Ok(plan_file(app.store(), FILE, text, &options(&own, prune, scope)).await?)
}

/// Brings the asker's tenant to what a file says.
pub async fn apply(app: &App, scope: &Scope, text: &str, prune: bool) -> Result<Applied, OwnError> {
    let own = own_slug(app, scope).await?;
    Ok(apply_with(app.store(), FILE, text, &options(&own, prune, scope)).await?)
}

fn options<'o>(own: &'o str, prune: bool, scope: &'o Scope) -> Options<'o> {
    Options { tenant: Some(own), prune, environment: &|_| None, request: scope.request() }
}

/// The slug of the asker's tenant, for whoever may change the tenant itself.
async fn own_slug(app: &App, scope: &Scope) -> Result<String, OwnError> {
    let unknown = || ReadError::UnknownModel(ResTenant::MODEL.to_owned());
    let model = app.store().registry().model(ResTenant::MODEL).ok_or_else(unknown)?;
    records::require(scope, model, Deed::Update)?;
    let id = RecordId::new(scope.tenant().get()).expect("a tenant's id is a record's id");
    let mut tx = app.store().read(&Scope::system(scope.tenant(), "find the tenant's own name")).await?;
    let tenant = tx.get::<ResTenant>(id).await?.ok_or_else(unknown)?;
    Ok(tenant.slug)
}
