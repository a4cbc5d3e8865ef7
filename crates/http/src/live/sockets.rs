//! How many sockets are open on this node, and the bounds that they keep to.

use opbx_kernel::{TenantId, UserId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sockets of one node.
pub(super) const SOCKETS_MAX: usize = 20_000;
/// Sockets that have not shown yet whose they are.
pub(super) const UNPROVEN_MAX: usize = 2_000;
/// Sockets of one tenant.
pub(super) const PER_TENANT_MAX: usize = 5_000;
/// Sockets of one user: tabs and devices.
pub(super) const PER_USER_MAX: usize = 50;

/// The open sockets of a node. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Sockets(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    all: usize,
    unproven: usize,
    tenants: HashMap<TenantId, usize>,
    users: HashMap<(TenantId, UserId), usize>,
}

/// An open socket; counted as long as it is there.
pub(super) struct Seat {
    sockets: Sockets,
    whose: Option<(TenantId, UserId)>,
}

impl Sockets {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are open and show whose they are, and how many do not yet.
    pub(crate) fn open_now(&self) -> (usize, usize) {
        let counts = self.counts();
        (counts.all - counts.unproven, counts.unproven)
    }

    /// Counts a socket; none where there are too many.
    pub(super) fn open(&self) -> Option<Seat> {
        let mut counts = self.counts();
        if counts.all >= SOCKETS_MAX || counts.unproven >= UNPROVEN_MAX {
            return None;
        }
        counts.all += 1;
        counts.unproven += 1;
        Some(Seat { sockets: self.clone(), whose: None })
    }
}

impl Seat {
    /// Counts it as a user's, once; false where the user or the tenant has too many.
    pub(super) fn prove(&mut self, tenant: TenantId, user: UserId) -> bool {
        if self.whose.is_some() {
            return true;
        }
        let mut counts = self.sockets.counts();
        let of_tenant = counts.tenants.get(&tenant).copied().unwrap_or(0);
        let of_user = counts.users.get(&(tenant, user)).copied().unwrap_or(0);
        if of_tenant >= PER_TENANT_MAX || of_user >= PER_USER_MAX {
            return false;
        }
        counts.unproven -= 1;
        counts.tenants.insert(tenant, of_tenant + 1);
        counts.users.insert((tenant, user), of_user + 1);
        drop(counts);
        self.whose = Some((tenant, user));
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.sockets.counts();
        counts.all -= 1;
        let Some((tenant, user)) = self.whose else {
            counts.unproven -= 1;
            return;
        };
        if let Some(count) = counts.tenants.get_mut(&tenant) {
            *count -= 1;
            if *count == 0 {
                counts.tenants.remove(&tenant);
            }
        }
        if let Some(count) = counts.users.get_mut(&(tenant, user)) {
            *count -= 1;
            if *count == 0 {
                counts.users.remove(&(tenant, user));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(tenant: i64, user: i64) -> (TenantId, UserId) {
        (TenantId::new(tenant).expect("positive"), UserId::new(user).expect("positive"))
    }

    #[test]
    fn a_user_has_so_many_sockets_and_another_user_is_not_held_up() {
        let sockets = Sockets::default();
        let (tenant, user) = ids(1, 1);
        let mut seats: Vec<Seat> = Vec::new();
        for _ in 0..PER_USER_MAX {
            let mut seat = sockets.open().expect("room");
            assert!(seat.prove(tenant, user));
            seats.push(seat);
        }
        let mut one_more = sockets.open().expect("room");
        assert_eq!(sockets.open_now(), (PER_USER_MAX, 1));
        assert!(!one_more.prove(tenant, user));
        assert!(one_more.prove(tenant, ids(1, 2).1));
        seats.pop();
        assert!(sockets.open().expect("room").prove(tenant, user), "one was closed");
        drop((seats, one_more));
        let counts = sockets.counts();
        assert_eq!((counts.all, counts.unproven), (0, 0));
        assert!(counts.tenants.is_empty() && counts.users.is_empty());
    }

    #[test]
    fn sockets_that_show_nobody_are_bounded() {
        let sockets = Sockets::default();
        let seats: Vec<Seat> = (0..UNPROVEN_MAX).filter_map(|_| sockets.open()).collect();
        assert_eq!(seats.len(), UNPROVEN_MAX);
        assert!(sockets.open().is_none());
        drop(seats);
        assert!(sockets.open().is_some());
    }
}
