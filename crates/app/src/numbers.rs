//! Telephone numbers: where calls to them go, and taking over many at once from a file.

mod import;

pub use import::{Import, Imported, import};

use crate::App;
use crate::models::{PbxNumber, PbxNumberDraft};
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use crate::targets::{self, Targets, Unfit};
use opbx_kernel::{Code, RecordId, Scope};
use opbx_platform::{DestinationRef, Values};
use opbx_store::Tx;

#[derive(Debug, thiserror::Error)]
pub enum NumberError {
    #[error("where its calls shall go {0}")]
    Target(Unfit),
    #[error(transparent)]
    Resource(#[from] ResourceError),
}

impl NumberError {
    pub fn code(&self) -> Code {
        match self {
            Self::Target(_) => Code::new(opbx_kernel::Kind::Invalid, "target_unfit"),
            Self::Resource(error) => error.code(),
        }
    }
}

/// Where calls to a number shall go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    To(DestinationRef),
    /// To the extension that stands for an AI assistant, and must do so.
    AssistantOf(RecordId),
}

/// Lists numbers, with where their calls go.
pub async fn list(
    app: &App,
    scope: &Scope,
    listing: &Listing,
) -> Result<(Listed<PbxNumber>, Targets), ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listed = resources::list_in::<PbxNumber>(&mut tx, listing).await?;
    let named: Vec<_> = listed.rows.iter().map(|row| &row.record.destination).collect();
    let targets = targets::read(&mut tx, &named).await?;
    Ok((listed, targets))
}

pub async fn get(
    app: &App,
    scope: &Scope,
    id: RecordId,
) -> Result<(Stored<PbxNumber>, Targets), ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let number = resources::get_in::<PbxNumber>(&mut tx, id).await?;
    let targets = targets::read(&mut tx, &[&number.record.destination]).await?;
    Ok((number, targets))
}

/// Creates a number whose calls somebody takes.
pub async fn create(
    app: &App,
    scope: &Scope,
    mut draft: PbxNumberDraft,
    more: Values,
    leads: Leads,
) -> Result<RecordId, NumberError> {
    let mut tx = app.store().begin(scope).await.map_err(ResourceError::from)?;
    let destination = resolved(&mut tx, leads).await?;
    fit(&mut tx, &destination).await?;
    draft.destination = Some(destination);
    let id = resources::create_in(&mut tx, draft, more).await?;
    tx.commit().await.map_err(ResourceError::from)?;
    Ok(id)
}

/// Changes a number. Only a new target must be fit for calls: one that was switched off since keeps nobody from a new name.
pub async fn update(
    app: &App,
    scope: &Scope,
    id: RecordId,
    mut draft: PbxNumberDraft,
    more: Values,
    leads: Option<Leads>,
    expected: Option<i64>,
) -> Result<(), NumberError> {
    let mut tx = app.store().begin(scope).await.map_err(ResourceError::from)?;
    let held = resources::get_in::<PbxNumber>(&mut tx, id).await?.record;
    if draft.number.as_ref() == Some(&held.number) {
        draft.number = None;
    }
    if let Some(leads) = leads {
        let destination = resolved(&mut tx, leads).await?;
        if destination != held.destination {
            fit(&mut tx, &destination).await?;
        }
        draft.destination = Some(destination);
    }
    resources::update_in(&mut tx, id, draft, more, expected).await?;
    tx.commit().await.map_err(ResourceError::from)?;
    Ok(())
}

async fn fit(tx: &mut Tx, destination: &DestinationRef) -> Result<(), NumberError> {
    targets::require_fit(tx, destination).await?.map_err(NumberError::Target)
}

/// Whether the extension is in service is asked with [`fit`]: one that was switched off since may be named again.
async fn resolved(tx: &mut Tx, leads: Leads) -> Result<DestinationRef, NumberError> {
    match leads {
        Leads::To(destination) => Ok(destination),
        Leads::AssistantOf(id) => {
            let stands = targets::require_assistant_in(tx, id).await.map_err(ResourceError::from)?;
            stands.map_err(NumberError::Target)?;
            Ok(targets::extension(id))
        }
    }
}
