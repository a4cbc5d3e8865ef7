//! A user's sessions as a list of devices: rotated, shown, and taken back.

use super::{Asker, LIFETIME, MODEL, SessionError, cut, hashed, new_token};
use crate::App;
use crate::models::{ResUsersSession, ResUsersSessionDraft};
use opbx_cluster::Message;
use opbx_kernel::{RecordId, Scope, TenantId, Timestamp};
use opbx_platform::Domain;
use opbx_platform::record::Draft as _;
use opbx_store::{SaveError, Tx};

/// A device on which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInDevice {
    pub id: RecordId,
    /// What it said of itself.
    pub name: Option<String>,
    pub address: Option<String>,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    /// The one that asks.
    pub is_current: bool,
}

/// Exchanges the asker's token for a new one; the old one is over at once. The device stays the same.
pub async fn refresh(app: &App, asker: &Asker) -> Result<(String, Timestamp), SessionError> {
    let token = new_token(asker.tenant);
    let now = app.clock().now();
    let mut tx = app.store().begin(&Scope::system(asker.tenant, "rotate a session's token")).await?;
    let held = tx.get::<ResUsersSession>(asker.session).await?.ok_or(SessionError::NoSession)?;
    let draft = ResUsersSessionDraft {
        token_hash: Some(hashed(&token)),
        last_seen_at: Some(now),
        expires_at: Some(now + LIFETIME),
        ..ResUsersSessionDraft::default()
    };
    // Of two who rotate the same token, one has none any more: only one of them can be its owner.
    match tx.update(MODEL, asker.session, draft.into_values(), Some(held.version)).await {
        Err(SaveError::Absent { .. } | SaveError::Conflict { .. }) => return Err(SessionError::NoSession),
        saved => saved?,
    }
    tx.commit().await?;
    Ok((token, now + LIFETIME))
}

/// The devices on which the asker is signed in, the one used last first.
pub async fn list(app: &App, asker: &Asker) -> Result<Vec<SignedInDevice>, SessionError> {
    let mut tx = app.store().read(&Scope::system(asker.tenant, "show somebody their own devices")).await?;
    let own = of_user(record(asker)).and(Domain::gt("expires_at", app.clock().now()));
    let sessions = tx.all::<ResUsersSession>(&own).await?;
    let device = |session: ResUsersSession| SignedInDevice {
        is_current: session.id == asker.session,
        id: session.id,
        name: session.device.map(|name| cut(&name, 255)),
        address: session.address,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
    };
    Ok(sessions.into_iter().map(device).collect())
}

/// Ends one of the asker's sessions; false where it is none of theirs.
pub async fn end_own(app: &App, asker: &Asker, session: RecordId) -> Result<bool, SessionError> {
    let which = of_user(record(asker)).and(Domain::eq("id", session));
    Ok(end_where(app, asker.tenant, &which).await? > 0)
}

/// Ends all of the asker's sessions but the one that asks; gives how many there were.
pub async fn end_others(app: &App, asker: &Asker) -> Result<usize, SessionError> {
    let which = of_user(record(asker)).and(Domain::ne("id", asker.session));
    end_where(app, asker.tenant, &which).await
}

/// Ends every session of a user: one whose password somebody else set, or who is no user any more.
pub async fn end_all(app: &App, tenant: TenantId, user: RecordId) -> Result<usize, SessionError> {
    end_where(app, tenant, &of_user(user)).await
}

async fn end_where(app: &App, tenant: TenantId, which: &Domain) -> Result<usize, SessionError> {
    let mut tx = app.store().begin(&Scope::system(tenant, "end sessions")).await?;
    let ended = end_in(&mut tx, which).await?;
    tx.commit().await?;
    tell_ended(app, tenant, &ended).await;
    Ok(ended.len())
}

/// Ends sessions inside a transaction that acts as OPBX itself. Tell of them once it is committed.
pub(crate) async fn end_in(tx: &mut Tx, which: &Domain) -> Result<Vec<RecordId>, SaveError> {
    let ended: Vec<RecordId> =
        tx.all::<ResUsersSession>(which).await?.into_iter().map(|session| session.id).collect();
    if !ended.is_empty() {
        tx.delete_where(MODEL, &Domain::is_in("id", ended.iter().copied())).await?;
    }
    Ok(ended)
}

/// Tells all nodes, so that the sockets of these sessions are closed.
pub(crate) async fn tell_ended(app: &App, tenant: TenantId, ended: &[RecordId]) {
    for session in ended {
        app.cluster().bus().publish(Message::SessionRevoked { tenant, session: *session }).await;
    }
}

pub(crate) fn of_user(user: RecordId) -> Domain {
    Domain::eq("user", user)
}

fn record(asker: &Asker) -> RecordId {
    asker.user_record()
}
