//! Secrets: shown in clear to who may see them, each time on record; and sealed anew after the keys were rotated.

use crate::jobs::{Doing, Handler, JobError, Lane, Work};
use crate::records::{self, Deed, RecordError};
use opbx_kernel::{Actor, Code, Kind, Operator, RecordId, Scope, TenantId};
use opbx_platform::field::FieldKind;
use opbx_platform::{Model, Registry};
use opbx_store::{CommitError, RESEAL_MAX, ReadError, SaveError, Store, StoreError, Tx};
use zeroize::Zeroizing;

/// The longest reason that is kept, in characters.
pub const REASON_LEN_MAX: usize = 500;

#[derive(Debug, thiserror::Error)]
pub enum RevealError {
    #[error("the groups of this user may not be shown secrets of {model}")]
    NotAllowed { model: String },
    #[error("a reason of 1 to {REASON_LEN_MAX} characters is needed")]
    NoReason,
    #[error("there is no record {id} of {model}")]
    Absent { model: String, id: RecordId },
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl RevealError {
    pub fn code(&self) -> Code {
        match self {
            Self::NotAllowed { .. } => Code::new(Kind::Forbidden, "not_allowed"),
            Self::NoReason => Code::new(Kind::Invalid, "reason_missing"),
            Self::Absent { .. } => Code::new(Kind::Absent, "no_record"),
            Self::Record(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

/// Shows a secret in clear; `None` where it is unset. The only way to one for whoever is not OPBX itself.
///
/// The model's `reveal` names the groups that may. Who was shown what, and for which reason, is written in the same
/// transaction: show nothing before it is committed.
pub async fn reveal(
    tx: &mut Tx,
    model: &Model,
    id: RecordId,
    field: &str,
    reason: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, RevealError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().nth(REASON_LEN_MAX).is_some() {
        return Err(RevealError::NoReason);
    }
    records::require(tx.scope(), model, Deed::Read)?;
    let may = match tx.scope().actor() {
        Actor::System { .. } => true,
        Actor::User { groups, .. } => groups.iter().any(|group| model.reveal.contains(group)),
    };
    if !may {
        return Err(RevealError::NotAllowed { model: model.name.to_string() });
    }
    if tx.read(model.name.as_str(), &[id], &[]).await?.is_empty() {
        return Err(RevealError::Absent { model: model.name.to_string(), id });
    }
    let clear = tx.reveal(model.name.as_str(), id, field).await?.map(Zeroizing::new);
    if clear.is_some() {
        tx.note_revealed(model.name.as_str(), id, field, reason).await?;
    }
    Ok(clear)
}

#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// How far the secrets of a tenant were gone through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    model: String,
    after: Option<RecordId>,
}

/// What was found and done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resealed {
    pub resealed: usize,
    /// Secrets that no key opens, and that stay as they are.
    pub unopened: Vec<Unopened>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unopened {
    pub tenant: TenantId,
    pub model: String,
    pub record: RecordId,
    pub field: String,
}

/// Seals up to `limit` records' secrets under the newest key that are under a previous one, from `position` on; answers
/// where to go on, or `None` when the tenant is done. Doing it again does no harm.
pub async fn reseal_batch(
    tx: &mut Tx,
    registry: &Registry,
    position: Option<Position>,
    limit: usize,
) -> Result<(Resealed, Option<Position>), SaveError> {
    let mut models = secretive(registry);
    let (model, after) = match position {
        Some(Position { model, after }) => (models.find(|known| *known == model), after),
        None => (models.next(), None),
    };
    let Some(model) = model else { return Ok((Resealed::default(), None)) };
    let done = tx.reseal(model, after, limit).await?;
    let next = match done.last {
        Some(last) => Some(Position { model: model.to_owned(), after: Some(last) }),
        None => models.next().map(|model| Position { model: model.to_owned(), after: None }),
    };
    let tenant = tx.scope().tenant();
    let unopened = done.unopened.into_iter().map(|(record, field)| {
        let model = model.to_owned();
        Unopened { tenant, model, record, field }
    });
    Ok((Resealed { resealed: done.resealed, unopened: unopened.collect() }, next))
}

/// Goes through the secrets of all tenants, each batch in a transaction of its own, so that calls and users go on
/// meanwhile.
pub async fn reseal_all(store: &Store) -> Result<Resealed, ResealError> {
    let operator = Operator::because("seal the secrets under the newest key");
    let mut all = Resealed::default();
    for tenant in store.tenants(&operator).await? {
        let scope = Scope::system(tenant.id, "seal the secrets under the newest key");
        let mut position = None;
        // Ends, for each batch leaves records behind it for good.
        loop {
            let mut tx = store.begin(&scope).await?;
            let (done, next) = reseal_batch(&mut tx, store.registry(), position, RESEAL_MAX).await?;
            tx.commit().await?;
            all.resealed += done.resealed;
            all.unopened.extend(done.unopened);
            match next {
                Some(next) => position = Some(next),
                None => break,
            }
        }
    }
    Ok(all)
}

/// Seals a tenant's secrets anew, a batch at a time: what was left under a previous key when the keys were rotated.
pub struct Reseal;

impl Handler for Reseal {
    fn kind(&self) -> &'static str {
        "secrets.reseal"
    }

    fn lane(&self) -> Lane {
        Lane::Nightly
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(reseal(work))
    }
}

async fn reseal(work: &Work) -> Result<(), JobError> {
    let mut position = None;
    // Ends, for each batch leaves records behind it for good.
    loop {
        let mut tx = work.store().begin(work.scope()).await?;
        let (done, next) = reseal_batch(&mut tx, work.store().registry(), position, RESEAL_MAX).await?;
        tx.commit().await?;
        for Unopened { tenant, model, record, field } in done.unopened {
            tracing::warn!(%tenant, model, %record, field, "a secret is sealed under a key that is not there");
        }
        let Some(next) = next else { return Ok(()) };
        position = Some(next);
        work.progress(50).await?;
    }
}

/// The models with secrets, in the order of their names.
fn secretive(registry: &Registry) -> impl Iterator<Item = &str> {
    let has_secret =
        |model: &&Model| model.fields.iter().any(|field| matches!(field.kind, FieldKind::Secret));
    registry.models().filter(has_secret).map(|model| model.name.as_str())
}
