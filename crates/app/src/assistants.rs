//! AI assistants, with what their fallbacks lead to.

use crate::App;
use crate::models::{PbxAssistant, PbxAssistantDraft, PbxAssistantHow};
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use crate::targets::{self, Targets};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::{DestinationRef, Domain, Record as _, Values};
use opbx_store::Tx;

/// The longest name, in characters.
const NAME_LEN_MAX: usize = 100;

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

/// The assistant that a provider answers for under this number, for an extension that stands for the one `held`.
///
/// Where there is none, the one held becomes it, unless somebody else leads there, too: then one is made.
pub(crate) async fn of_provider(
    tx: &mut Tx,
    provider: &str,
    number: &str,
    held: Option<RecordId>,
) -> Result<DestinationRef, ResourceError> {
    let same = Domain::eq("how", PbxAssistantHow::Provider)
        .and(Domain::eq("provider", provider))
        .and(Domain::eq("number", number));
    let known = tx.all::<PbxAssistant>(&same).await?;
    // Of several, the one that is held stays.
    let known = known.iter().find(|known| Some(known.id) == held).or(known.first());
    let id = match (known, own(tx, held).await?) {
        (Some(known), _) => known.id,
        (None, Some(own)) => {
            let was = own.provider.zip(own.number).map(|(provider, number)| name_for(&provider, &number));
            let draft = PbxAssistantDraft {
                // A name that somebody gave it stays.
                name: (was.as_ref() == Some(&own.name)).then(|| name_for(provider, number)),
                provider: Some(Some(provider.to_owned())),
                number: Some(Some(number.to_owned())),
                ..PbxAssistantDraft::default()
            };
            resources::update_in(tx, own.id, draft, Values::new(), None).await?;
            own.id
        }
        (None, None) => {
            let draft = PbxAssistantDraft {
                name: Some(name_for(provider, number)),
                how: Some(PbxAssistantHow::Provider),
                provider: Some(Some(provider.to_owned())),
                number: Some(Some(number.to_owned())),
                ..PbxAssistantDraft::default()
            };
            resources::create_in(tx, draft, Values::new()).await?
        }
    };
    Ok(targets::assistant(id))
}

fn name_for(provider: &str, number: &str) -> String {
    format!("{provider} {number}").chars().take(NAME_LEN_MAX).collect()
}

/// The assistant of a provider that nobody leads to but the one extension that stands for it.
async fn own(tx: &mut Tx, held: Option<RecordId>) -> Result<Option<PbxAssistant>, ResourceError> {
    let Some(id) = held else { return Ok(None) };
    let (by, unseen) = tx.referrers_to(PbxAssistant::MODEL, id).await?;
    if unseen + by.iter().map(|referrer| referrer.count).sum::<u64>() > 1 {
        return Ok(None);
    }
    let assistant = tx.get::<PbxAssistant>(id).await?;
    Ok(assistant.filter(|assistant| assistant.active && assistant.how == PbxAssistantHow::Provider))
}
