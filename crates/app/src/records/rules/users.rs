//! Users: nobody makes themselves or others more than they are, shuts themselves out, or leaves a tenant without an owner.

use super::Candidate;
use crate::groups;
use crate::models::ResUsers;
use crate::records::RecordError;
use crate::sessions::Role;
use opbx_kernel::{Actor, RecordId};
use opbx_platform::record::Record as _;
use opbx_platform::{Domain, Value};
use opbx_store::{ReadError, Tx};

/// Judges what somebody writes to a user. OPBX itself may write what it likes: a configuration file is its author's word.
pub(super) async fn check(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    let Some((me, mine)) = asker(tx) else { return Ok(()) };
    candidate.learn(tx, &["groups", "active"]).await?;
    let held = records_in(candidate.held.get("groups"));
    let wanted = candidate.given.get("groups").map_or_else(|| held.clone(), |given| records_in(Some(given)));
    let (was, will) = (role(tx, &held).await?, role(tx, &wanted).await?);
    let was_active = candidate.id.is_some() && candidate.held.get("active") != Some(&Value::Bool(false));
    let will_be_active = candidate.value("active") != &Value::Bool(false);
    let is_own = candidate.id == Some(me);
    if is_own && candidate.given.contains_key("groups") && same(&held) != same(&wanted) {
        return Err(RecordError::OwnRole);
    }
    if is_own && was_active && !will_be_active {
        return Err(RecordError::OwnAccount);
    }
    if !is_own && (!manages(mine, was) || !manages(mine, will)) {
        return Err(RecordError::RoleNotYours);
    }
    let stays = will == Some(Role::Owner) && will_be_active;
    if was == Some(Role::Owner) && was_active && !stays {
        require_other_owner(tx, candidate.id).await?;
    }
    Ok(())
}

/// Judges a user once commands in the list of groups are done: what these come to, no command says beforehand.
pub(super) async fn check_whole(tx: &mut Tx, id: RecordId) -> Result<(), RecordError> {
    let Some((me, mine)) = asker(tx) else { return Ok(()) };
    let user = tx.as_system("what a user has come to").get::<ResUsers>(id).await?;
    let Some(user) = user else { return Ok(()) };
    let is = role(tx, &user.groups).await?;
    match (me == id, is == mine) {
        (true, false) => Err(RecordError::OwnRole),
        (false, _) if !manages(mine, is) => Err(RecordError::RoleNotYours),
        _ => Ok(()),
    }
}

/// Refuses to delete oneself, whom one may not manage, and the last owner. Does not bind OPBX itself.
pub async fn may_delete_user(tx: &mut Tx, user: &ResUsers) -> Result<(), RecordError> {
    let Some((me, mine)) = asker(tx) else { return Ok(()) };
    let was = role(tx, &user.groups).await?;
    if me == user.id {
        return Err(RecordError::OwnAccount);
    }
    if !manages(mine, was) {
        return Err(RecordError::RoleNotYours);
    }
    if was == Some(Role::Owner) && user.active {
        require_other_owner(tx, Some(user.id)).await?;
    }
    Ok(())
}

/// Refuses whoever may not manage a user of these groups.
pub async fn may_manage(tx: &mut Tx, groups: &[RecordId]) -> Result<(), RecordError> {
    let was = role(tx, groups).await?;
    match asker(tx) {
        Some((_, mine)) if !manages(mine, was) => Err(RecordError::RoleNotYours),
        _ => Ok(()),
    }
}

/// Whether somebody of one role has a say in users of another: owners in all, administrators in those below them.
fn manages(mine: Option<Role>, other: Option<Role>) -> bool {
    match mine {
        Some(Role::Owner) => true,
        Some(Role::PbxAdmin) => !matches!(other, Some(Role::Owner | Role::PbxAdmin)),
        _ => false,
    }
}

/// The user who asks, with their role; none where OPBX itself does.
fn asker(tx: &Tx) -> Option<(RecordId, Option<Role>)> {
    match tx.scope().actor() {
        Actor::User { id, groups } => RecordId::new(id.get()).ok().map(|me| (me, Role::of(groups))),
        Actor::System { .. } => None,
    }
}

async fn role(tx: &mut Tx, held: &[RecordId]) -> Result<Option<Role>, ReadError> {
    let mut tx = tx.as_system("what role the groups of a user come to");
    Ok(Role::of(&groups::closed(&mut tx, held).await?))
}

async fn require_other_owner(tx: &mut Tx, but: Option<RecordId>) -> Result<(), RecordError> {
    let mut tx = tx.as_system("whether another owner is left");
    let users = tx.all::<ResUsers>(&Domain::eq("active", true)).await?;
    for user in users.iter().filter(|user| Some(user.id) != but) {
        if Role::of(&groups::closed(&mut tx, &user.groups).await?) == Some(Role::Owner) {
            // Held, so that two owners who remove each other at once do not both succeed.
            tx.hold(ResUsers::MODEL, user.id, None).await?;
            return Ok(());
        }
    }
    Err(RecordError::LastOwner)
}

fn records_in(value: Option<&Value>) -> Vec<RecordId> {
    match value {
        Some(Value::Records(ids)) => ids.clone(),
        _ => Vec::new(),
    }
}

fn same(ids: &[RecordId]) -> std::collections::BTreeSet<RecordId> {
    ids.iter().copied().collect()
}
