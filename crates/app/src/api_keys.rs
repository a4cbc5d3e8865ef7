//! API keys: what programs ask with in a user's name. Shown once, kept as a hash, and never stronger than their user.

use crate::models::{ResUsers, ResUsersApikeys, ResUsersApikeysDraft, ResUsersApikeysScope};
use crate::sessions::{Asker, KeyUse, Role, SessionError, asker, hashed, no_session};
use crate::{App, entropy};
use opbx_kernel::seal::same_secret;
use opbx_kernel::{Code, Kind, RecordId, Scope, TenantId, Timestamp};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value, Values};
use opbx_store::{CommitError, ReadError, SaveError, StoreError};
use std::time::Duration;

pub const MODEL: &str = "res.users.apikeys";
/// What a key begins with; a session's token begins otherwise.
pub const TOKEN_PREFIX: &str = "opbxk_";
/// Keys that one user has at most.
pub const KEYS_MAX: usize = 50;
/// How long a key may be in use before it is noted again that it is.
const NOTE_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    #[error("there is no such API key")]
    Absent,
    #[error("a user has at most {KEYS_MAX} API keys: delete one first")]
    TooMany,
    #[error("the key would be over before it begins")]
    Past,
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl ApiKeyError {
    pub fn code(&self) -> Code {
        match self {
            Self::Absent => Code::new(Kind::Absent, "no_record"),
            Self::TooMany => Code::new(Kind::Conflict, "too_many_keys"),
            Self::Past => Code::new(Kind::Invalid, "expires_in_the_past"),
            Self::Session(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

/// A key as it is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub scope: ResUsersApikeysScope,
    pub expires_at: Option<Timestamp>,
}

/// A key that was just made; its text is told once and never again.
pub struct MadeKey {
    pub key: ResUsersApikeys,
    pub text: String,
}

/// The asker's keys; an owner sees everybody's.
pub async fn list(app: &App, asker: &Asker) -> Result<Vec<ResUsersApikeys>, ApiKeyError> {
    let mut tx = app.store().read(&Scope::system(asker.tenant, "show somebody API keys")).await?;
    Ok(tx.all::<ResUsersApikeys>(&reach(asker)).await?)
}

pub async fn get(app: &App, asker: &Asker, id: RecordId) -> Result<ResUsersApikeys, ApiKeyError> {
    let mut tx = app.store().read(&Scope::system(asker.tenant, "show somebody an API key")).await?;
    let found = tx.all::<ResUsersApikeys>(&reach(asker).and(Domain::eq("id", id))).await?;
    found.into_iter().next().ok_or(ApiKeyError::Absent)
}

/// Makes a key of the asker's own.
pub async fn create(app: &App, asker: &Asker, new: NewKey) -> Result<MadeKey, ApiKeyError> {
    asker.require_session()?;
    if new.expires_at.is_some_and(|at| at <= app.clock().now()) {
        return Err(ApiKeyError::Past);
    }
    let user = asker.user_record();
    let mut tx = app.store().begin(&Scope::system(asker.tenant, "a user makes an API key")).await?;
    if tx.count(MODEL, &Domain::eq("user", user)).await? >= KEYS_MAX as u64 {
        return Err(ApiKeyError::TooMany);
    }
    let (prefix, secret) = (entropy::name(), entropy::bytes::<32>());
    let text = format!("{TOKEN_PREFIX}{}_{prefix}_{}", asker.tenant, entropy::text(&secret));
    let draft = ResUsersApikeysDraft {
        user: Some(user),
        name: Some(new.name),
        prefix: Some(prefix),
        key_hash: Some(hashed(&text)),
        scope: Some(new.scope),
        expires_at: Some(new.expires_at),
        last_used_at: None,
    };
    let id = tx.create(MODEL, draft.into_values()).await?;
    let key = tx.get::<ResUsersApikeys>(id).await?.ok_or(ApiKeyError::Absent)?;
    tx.commit().await?;
    Ok(MadeKey { key, text })
}

/// Changes a key's name, scope or end; the key itself stays.
pub async fn update(
    app: &App,
    asker: &Asker,
    id: RecordId,
    draft: ResUsersApikeysDraft,
) -> Result<(), ApiKeyError> {
    asker.require_session()?;
    let allowed = ResUsersApikeysDraft {
        name: draft.name,
        scope: draft.scope,
        expires_at: draft.expires_at,
        ..ResUsersApikeysDraft::default()
    };
    get(app, asker, id).await?;
    let mut tx = app.store().begin(&Scope::system(asker.tenant, "a user changes an API key")).await?;
    tx.update(MODEL, id, allowed.into_values(), None).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a key back at once.
pub async fn delete(app: &App, asker: &Asker, id: RecordId) -> Result<(), ApiKeyError> {
    asker.require_session()?;
    get(app, asker, id).await?;
    let mut tx = app.store().begin(&Scope::system(asker.tenant, "an API key is taken back")).await?;
    match tx.delete(MODEL, id).await {
        Err(SaveError::Absent { .. }) => return Err(ApiKeyError::Absent),
        deleted => deleted?,
    }
    tx.commit().await?;
    Ok(())
}

fn reach(asker: &Asker) -> Domain {
    if asker.role == Some(Role::Owner) { Domain::All } else { Domain::eq("user", asker.user_record()) }
}

/// Tells who asks with a key.
pub(crate) async fn authenticate(app: &App, text: &str) -> Result<Asker, SessionError> {
    let (tenant, prefix) = parts(text).ok_or(SessionError::NoSession)?;
    let scope = Scope::system(tenant, "find out whose API key asks");
    let mut tx = app.store().read(&scope).await?;
    let found = tx.all::<ResUsersApikeys>(&Domain::eq("prefix", prefix)).await?;
    let key = found.into_iter().next().ok_or(SessionError::NoSession)?;
    let held = tx.reveal(MODEL, key.id, "key_hash").await?.ok_or(SessionError::NoSession)?;
    let now = app.clock().now();
    if !same_secret(&held, hashed(text).as_bytes()) || key.expires_at.is_some_and(|at| at <= now) {
        return Err(SessionError::NoSession);
    }
    let mut asker = asker(&mut tx, no_session(), key.user, key.expires_at.unwrap_or(Timestamp::MAX)).await?;
    asker.key = Some(KeyUse { id: key.id, may_write: key.scope == ResUsersApikeysScope::Write });
    drop(tx);
    let is_stale = key.last_used_at.is_none_or(|at| now.duration_since(at).unsigned_abs() >= NOTE_EVERY);
    if is_stale {
        note_used(app, &scope, key.id, now).await?;
    }
    Ok(asker)
}

async fn note_used(app: &App, scope: &Scope, key: RecordId, now: Timestamp) -> Result<(), SessionError> {
    let mut tx = app.store().begin(scope).await?;
    let values = Values::from([("last_used_at".to_owned(), Value::Instant(now))]);
    match tx.update(MODEL, key, values, None).await {
        // Taken back at this moment; the next request is told.
        Err(SaveError::Absent { .. }) => return Ok(()),
        saved => saved?,
    }
    Ok(tx.commit().await.map(drop)?)
}

/// The tenant and the public beginning of `opbxk_{tenant}_{prefix}_{secret}`.
fn parts(text: &str) -> Option<(TenantId, &str)> {
    let mut parts = text.strip_prefix(TOKEN_PREFIX)?.splitn(3, '_');
    let tenant = TenantId::new(parts.next()?.parse().ok()?).ok()?;
    let prefix = parts.next()?;
    parts.next()?;
    Some((tenant, prefix))
}

/// The names of users whose keys are shown.
pub async fn owners_of(
    app: &App,
    asker: &Asker,
    keys: &[ResUsersApikeys],
) -> Result<Vec<ResUsers>, ApiKeyError> {
    let ids: std::collections::BTreeSet<RecordId> = keys.iter().map(|key| key.user).collect();
    let mut tx = app.store().read(&Scope::system(asker.tenant, "name whose API keys these are")).await?;
    let domain = Domain::is_in("id", ids).and(Domain::is_in("active", [true, false]));
    Ok(tx.all::<ResUsers>(&domain).await?)
}
