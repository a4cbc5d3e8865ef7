//! AI assistants, with what their fallbacks lead to.

use crate::App;
use crate::models::{PbxAssistant, PbxAssistantDraft, PbxAssistantHow};
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use crate::targets::{self, Targets};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::{DestinationRef, Domain, Values};
use opbx_store::Tx;

pub async fn list(
    app: &App,
    scope: &Scope,
    listing: &Listing,
) -> Result<(Listed<PbxAssistant>, Targets), ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listed = resources::list_in::<PbxAssistant>(&mut tx, listing).await?;
    let named: Vec<_> = listed.rows.iter().filter_map(|row| row.record.fallback.as_ref()).collect();
    let targets = targets::read(&mut tx, &named).await?;
    Ok((listed, targets))
}

pub async fn get(
    app: &App,
    scope: &Scope,
    id: RecordId,
) -> Result<(Stored<PbxAssistant>, Targets), ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let assistant = resources::get_in::<PbxAssistant>(&mut tx, id).await?;
    let named: Vec<_> = assistant.record.fallback.iter().collect();
    let targets = targets::read(&mut tx, &named).await?;
    Ok((assistant, targets))
}

/// The assistant that a provider answers for under this number; one is made where there is none.
pub(crate) async fn of_provider(
    tx: &mut Tx,
    provider: &str,
    number: &str,
) -> Result<DestinationRef, ResourceError> {
    let same = Domain::eq("how", PbxAssistantHow::Provider)
        .and(Domain::eq("provider", provider))
        .and(Domain::eq("number", number));
    let known = tx.all::<PbxAssistant>(&same).await?.into_iter().next();
    let id = match known {
        Some(known) => known.id,
        None => {
            let draft = PbxAssistantDraft {
                name: Some(format!("{provider} {number}").chars().take(100).collect()),
                how: Some(PbxAssistantHow::Provider),
                provider: Some(Some(provider.to_owned())),
                number: Some(Some(number.to_owned())),
                ..PbxAssistantDraft::default()
            };
            resources::create_in(tx, draft, Values::new()).await?
        }
    };
    Ok(DestinationRef::Record { kind: "assistant".to_owned(), id })
}
