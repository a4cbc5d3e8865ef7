//! Requests that may come twice: the first is done, the others get what it was answered. In the database, for all nodes.

use crate::models::{IrRequest, IrRequestDraft};
use crate::{App, entropy};
use opbx_kernel::seal::digest;
use opbx_kernel::{Code, Kind, RecordId, Scope, TenantId};
use opbx_platform::Domain;
use opbx_platform::record::Draft as _;
use opbx_store::{CommitError, ReadError, SaveError, StoreError};
use std::time::Duration;

const MODEL: &str = "ir.request";
/// How long an answer is kept.
pub const LIFETIME: Duration = Duration::from_hours(24);
/// How long a request may be under way before somebody else may take it up: its node died.
pub const HOLD: Duration = Duration::from_secs(120);
/// The longest key.
pub const KEY_LEN_MAX: usize = 255;
/// The longest answer that is kept, in bytes.
pub const ANSWER_LEN_MAX: usize = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    #[error("this Idempotency-Key was used for another request")]
    OtherRequest,
    #[error("the first request with this Idempotency-Key is still under way")]
    UnderWay,
    #[error("the kept answer cannot be read")]
    Unreadable,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl IdempotencyError {
    pub fn code(&self) -> Code {
        match self {
            Self::OtherRequest => Code::new(Kind::Invalid, "idempotency_key_reused"),
            Self::UnderWay => Code::new(Kind::Conflict, "request_under_way"),
            Self::Unreadable => Code::new(Kind::Internal, "answer_unreadable"),
            Self::Read(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub status: u16,
    pub content_type: Option<String>,
    pub etag: Option<String>,
    pub body: Vec<u8>,
}

/// What is to be done with a request.
#[derive(Debug)]
pub enum Turn {
    /// It is the first: do it, then `keep` or `release`.
    Do(Claim),
    /// It was done already.
    Repeat(Kept),
}

/// A request that is ours to do.
#[derive(Debug)]
pub struct Claim {
    tenant: TenantId,
    id: RecordId,
    version: i64,
}

/// Whose request it is, and which.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub tenant: TenantId,
    pub user: RecordId,
    pub key: &'a str,
    /// Method, path, query and body.
    pub parts: [&'a [u8]; 4],
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn scope(tenant: TenantId) -> Scope {
    Scope::system(tenant, "keep what a request was answered")
}

/// Claims a request, or finds what it was answered.
pub async fn begin(app: &App, asked: Asked<'_>) -> Result<Turn, IdempotencyError> {
    let now = app.clock().now();
    let key_hash = hex(&digest(&[asked.key.as_bytes()]));
    let fingerprint = hex(&digest(&asked.parts));
    let which = Domain::eq("user", asked.user).and(Domain::eq("key_hash", key_hash.as_str()));
    let mut tx = app.store().begin(&scope(asked.tenant)).await?;
    let found = tx.all::<IrRequest>(&which).await?.into_iter().next();
    let fresh = IrRequestDraft {
        user: Some(asked.user),
        key_hash: Some(key_hash),
        fingerprint: Some(fingerprint.clone()),
        status: Some(None),
        held_until: Some(now + HOLD),
        content_type: Some(None),
        etag: Some(None),
        body: Some(None),
        expires_at: Some(now + LIFETIME),
    };
    let Some(held) = found else {
        return match tx.create(MODEL, fresh.into_values()).await {
            // Another node was first, a moment ago.
            Err(SaveError::Taken { .. }) => Err(IdempotencyError::UnderWay),
            created => {
                let id = created?;
                tx.commit().await?;
                Ok(Turn::Do(Claim { tenant: asked.tenant, id, version: 1 }))
            }
        };
    };
    let is_over = held.expires_at <= now;
    if !is_over && held.fingerprint != fingerprint {
        return Err(IdempotencyError::OtherRequest);
    }
    if let Some(status) = held.status.filter(|_| !is_over) {
        drop(tx);
        return Ok(Turn::Repeat(opened(app, asked.tenant, &held, status)?));
    }
    if !is_over && held.held_until > now {
        return Err(IdempotencyError::UnderWay);
    }
    match tx.update(MODEL, held.id, fresh.into_values(), Some(held.version)).await {
        Err(SaveError::Conflict { .. } | SaveError::Absent { .. }) => Err(IdempotencyError::UnderWay),
        updated => {
            updated?;
            tx.commit().await?;
            Ok(Turn::Do(Claim { tenant: asked.tenant, id: held.id, version: held.version + 1 }))
        }
    }
}

/// Keeps the answer of a request that was done.
pub async fn keep(app: &App, claim: &Claim, kept: Kept) -> Result<(), IdempotencyError> {
    let sealed = app.keyring().seal(entropy::bytes(), &context(claim.tenant, claim.id), &kept.body);
    let draft = IrRequestDraft {
        status: Some(Some(i64::from(kept.status))),
        content_type: Some(kept.content_type),
        etag: Some(kept.etag),
        body: Some(Some(sealed)),
        ..IrRequestDraft::default()
    };
    let mut tx = app.store().begin(&scope(claim.tenant)).await?;
    tx.update(MODEL, claim.id, draft.into_values(), Some(claim.version)).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets a request that came to nothing, so that it may be tried again.
pub async fn release(app: &App, claim: &Claim) -> Result<(), IdempotencyError> {
    let mut tx = app.store().begin(&scope(claim.tenant)).await?;
    tx.delete_where(MODEL, &Domain::eq("id", claim.id)).await?;
    tx.commit().await?;
    Ok(())
}

fn opened(app: &App, tenant: TenantId, held: &IrRequest, status: i64) -> Result<Kept, IdempotencyError> {
    let sealed = held.body.as_deref().unwrap_or_default();
    let context = context(tenant, held.id);
    let body = app.keyring().open(&context, sealed).map_err(|_| IdempotencyError::Unreadable)?;
    let status = u16::try_from(status).map_err(|_| IdempotencyError::Unreadable)?;
    Ok(Kept { status, content_type: held.content_type.clone(), etag: held.etag.clone(), body })
}

/// A sealed answer opens for its own record only.
fn context(tenant: TenantId, id: RecordId) -> Vec<u8> {
    format!("{MODEL}:{tenant}:{id}").into_bytes()
}
