//! Who of a tenant has a socket here, each user once however many sockets there are.

use super::{Live, Notice};
use crate::App;
use crate::live::tickets::user_info;
use crate::sessions::Asker;
use opbx_cluster::Message;
use opbx_kernel::{TenantId, UserId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// Members of a presence channel that are shown; those beyond hear everything and are not seen.
pub const MEMBERS_MAX: usize = 1_000;

/// Sockets of each user that are on a presence channel of this node.
#[derive(Default)]
pub(super) struct Here(Mutex<HashMap<(TenantId, UserId), usize>>);

impl Here {
    /// Whether it is the user's first socket.
    fn enter(&self, tenant: TenantId, user: UserId) -> bool {
        let mut here = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sockets = here.entry((tenant, user)).or_default();
        *sockets += 1;
        *sockets == 1
    }

    /// Whether it was the user's last socket.
    fn leave(&self, tenant: TenantId, user: UserId) -> bool {
        let mut here = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sockets) = here.get_mut(&(tenant, user)) else { return false };
        *sockets -= 1;
        let was_last = *sockets == 0;
        if was_last {
            here.remove(&(tenant, user));
        }
        was_last
    }
}

impl Live {
    /// Everybody on a tenant's presence channel, on all nodes: `MEMBERS_MAX` at most, those with the lowest ids.
    pub async fn members(&self, app: &App, tenant: TenantId) -> BTreeMap<UserId, String> {
        members(app, tenant).await
    }

    /// Somebody's socket is on the presence channel: the others are told if it is the first.
    pub async fn enter(&self, app: &App, asker: &Asker) {
        if self.here.enter(asker.tenant, asker.user) {
            let shown = user_info(asker).to_string();
            app.cluster().presence().enter(asker.tenant, asker.user, shown).await;
            self.moved(app, asker.tenant).await;
        }
    }

    /// Somebody's socket left the presence channel: the others are told if it was the last.
    pub async fn leave(&self, app: &App, tenant: TenantId, user: UserId) {
        if self.here.leave(tenant, user) {
            app.cluster().presence().leave(tenant, user).await;
            self.moved(app, tenant).await;
        }
    }

    async fn moved(&self, app: &App, tenant: TenantId) {
        self.notice(tenant, Notice::Presence);
        app.cluster().bus().tell_others(&Message::PresenceMoved { tenant }).await;
    }
}

pub(super) async fn members(app: &App, tenant: TenantId) -> BTreeMap<UserId, String> {
    app.cluster().presence().members(tenant).await.into_iter().take(MEMBERS_MAX).collect()
}
