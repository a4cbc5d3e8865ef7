//! Who is there: for each tenant the users with a socket open, on this node and, through Redis, on the others.
//!
//! Each node keeps its own list, and renews it before it expires: those of a node that died are gone with it. With
//! Redis away everybody sees whom their own node has.

use opbx_kernel::{TenantId, UserId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::link::Link;

/// Nodes whose lists are read together; far more than an installation has.
pub const NODES_MAX: usize = 64;
/// How long a node's list outlives its last renewal.
const LIST_TTL: Duration = Duration::from_secs(90);

/// The lists of one node, and the way to those of the others.
pub struct Presence {
    own: Mutex<HashMap<TenantId, BTreeMap<UserId, String>>>,
    link: Option<Arc<Link>>,
}

impl Presence {
    pub(crate) fn new(link: Option<Arc<Link>>) -> Self {
        Self { own: Mutex::default(), link }
    }

    fn own(&self) -> MutexGuard<'_, HashMap<TenantId, BTreeMap<UserId, String>>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a user on this node's list, with what others are shown of them.
    pub async fn enter(&self, tenant: TenantId, user: UserId, shown: String) {
        self.own().entry(tenant).or_default().insert(user, shown.clone());
        if let Some(link) = &self.link {
            let mut pipe = redis::pipe();
            let list = list(link, tenant);
            pipe.hset(&list, user.get(), shown).ignore();
            announce(&mut pipe, link, tenant, &list);
            self.say(link, pipe).await;
        }
    }

    /// Takes a user off this node's list.
    pub async fn leave(&self, tenant: TenantId, user: UserId) {
        {
            let mut own = self.own();
            if let Some(users) = own.get_mut(&tenant) {
                users.remove(&user);
                if users.is_empty() {
                    own.remove(&tenant);
                }
            }
        }
        if let Some(link) = &self.link {
            let mut pipe = redis::pipe();
            pipe.hdel(list(link, tenant), user.get()).ignore();
            self.say(link, pipe).await;
        }
    }

    /// Renews this node's lists; call it a few times within 90 s.
    pub async fn renew(&self) {
        let Some(link) = &self.link else { return };
        let own = self.own().clone();
        for (tenant, users) in own {
            let mut pipe = redis::pipe();
            let list = list(link, tenant);
            // Written whole: Redis may have been away, or emptied, when they came.
            for (user, shown) in users {
                pipe.hset(&list, user.get(), shown).ignore();
            }
            announce(&mut pipe, link, tenant, &list);
            self.say(link, pipe).await;
        }
    }

    /// Everybody who is there, with what others are shown of them, in the order of their ids.
    pub async fn members(&self, tenant: TenantId) -> BTreeMap<UserId, String> {
        let mut members = self.own().get(&tenant).cloned().unwrap_or_default();
        if let Some(link) = &self.link {
            match others(link, tenant).await {
                Ok(others) => {
                    for (user, shown) in others {
                        members.entry(user).or_insert(shown);
                    }
                }
                Err(away) => tracing::debug!(reason = %away, "who is on the other nodes is not known"),
            }
        }
        members
    }

    async fn say(&self, link: &Link, pipe: redis::Pipeline) {
        let mut connection = link.connection.clone();
        if let Err(away) = link.ask(pipe.exec_async(&mut connection)).await {
            tracing::debug!(reason = %away, "who is here did not reach the other nodes");
        }
    }
}

/// A node's list: user to what is shown of them.
fn list(link: &Link, tenant: TenantId) -> String {
    link.name("present", format_args!("{tenant}:{}", link.node.simple()))
}

/// The nodes that have a list of this tenant.
fn nodes(link: &Link, tenant: TenantId) -> String {
    link.name("present-nodes", tenant)
}

fn announce(pipe: &mut redis::Pipeline, link: &Link, tenant: TenantId, list: &str) {
    let ttl_s = LIST_TTL.as_secs() as i64;
    let nodes = nodes(link, tenant);
    pipe.expire(list, ttl_s).ignore();
    pipe.sadd(&nodes, link.node.simple().to_string()).ignore();
    pipe.expire(&nodes, ttl_s).ignore();
}

async fn others(link: &Link, tenant: TenantId) -> Result<Vec<(UserId, String)>, crate::link::Away> {
    let mut connection = link.connection.clone();
    let mut ask = redis::cmd("SMEMBERS");
    ask.arg(nodes(link, tenant));
    let nodes: Vec<String> = link.ask(ask.query_async(&mut connection)).await?;
    let own = link.node.simple().to_string();
    let mut pipe = redis::pipe();
    for node in nodes.iter().filter(|node| **node != own).take(NODES_MAX) {
        pipe.hgetall(link.name("present", format_args!("{tenant}:{node}")));
    }
    if pipe.is_empty() {
        return Ok(Vec::new());
    }
    let lists: Vec<Vec<(i64, String)>> = link.ask(pipe.query_async(&mut connection)).await?;
    let users = lists.into_iter().flatten();
    Ok(users.filter_map(|(user, shown)| Some((UserId::new(user).ok()?, shown))).collect())
}
