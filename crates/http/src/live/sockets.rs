//! How many sockets are open on this node, and the bounds that they keep to.

use opbx_kernel::{TenantId, UserId};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sockets of one node.
pub(super) const SOCKETS_MAX: usize = 20_000;
/// Sockets that have not shown yet whose they are.
pub(super) const UNPROVEN_MAX: usize = 2_000;
/// Of these, sockets of one sender. A proxy that is not believed is one, however many are behind it.
pub(super) const UNPROVEN_PER_SENDER_MAX: usize = 200;
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
    unproven_senders: HashMap<String, usize>,
    tenants: HashMap<TenantId, usize>,
    users: HashMap<(TenantId, UserId), usize>,
}

/// An open socket; counted as long as it is there.
pub(super) struct Seat {
    sockets: Sockets,
    whose: Whose,
}

enum Whose {
    Unproven { sender: String },
    Proven(TenantId, UserId),
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
    pub(super) fn open(&self, sender: String) -> Option<Seat> {
        let mut counts = self.counts();
        let of_sender = counts.unproven_senders.get(&sender).copied().unwrap_or(0);
        let is_full = counts.all >= SOCKETS_MAX || counts.unproven >= UNPROVEN_MAX;
        if is_full || of_sender >= UNPROVEN_PER_SENDER_MAX {
            return None;
        }
        counts.all += 1;
        counts.unproven += 1;
        counts.unproven_senders.insert(sender.clone(), of_sender + 1);
        Some(Seat { sockets: self.clone(), whose: Whose::Unproven { sender } })
    }
}

impl Counts {
    fn forget_unproven(&mut self, sender: &str) {
        self.unproven -= 1;
        one_less(&mut self.unproven_senders, sender);
    }
}

fn one_less<K: Eq + Hash + Borrow<Q>, Q: Eq + Hash + ?Sized>(counts: &mut HashMap<K, usize>, key: &Q) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Seat {
    /// Counts it as a user's, once; false where the user or the tenant has too many.
    pub(super) fn prove(&mut self, tenant: TenantId, user: UserId) -> bool {
        let Whose::Unproven { sender } = &self.whose else { return true };
        let mut counts = self.sockets.counts();
        let of_tenant = counts.tenants.get(&tenant).copied().unwrap_or(0);
        let of_user = counts.users.get(&(tenant, user)).copied().unwrap_or(0);
        if of_tenant >= PER_TENANT_MAX || of_user >= PER_USER_MAX {
            return false;
        }
        counts.forget_unproven(sender);
        counts.tenants.insert(tenant, of_tenant + 1);
        counts.users.insert((tenant, user), of_user + 1);
        drop(counts);
        self.whose = Whose::Proven(tenant, user);
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.sockets.counts();
        counts.all -= 1;
        match &self.whose {
            Whose::Unproven { sender } => counts.forget_unproven(sender),
            Whose::Proven(tenant, user) => {
                one_less(&mut counts.tenants, tenant);
                one_less(&mut counts.users, &(*tenant, *user));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "192.0.2.1";

    fn ids(tenant: i64, user: i64) -> (TenantId, UserId) {
        (TenantId::new(tenant).expect("positive"), UserId::new(user).expect("positive"))
    }

    #[test]
    fn a_user_has_so_many_sockets_and_another_user_is_not_held_up() {
        let sockets = Sockets::default();
        let (tenant, user) = ids(1, 1);
        let mut seats: Vec<Seat> = Vec::new();
        for _ in 0..PER_USER_MAX {
            let mut seat = sockets.open(HERE.to_owned()).expect("room");
            assert!(seat.prove(tenant, user));
            seats.push(seat);
        }
        let mut one_more = sockets.open(HERE.to_owned()).expect("room");
        assert_eq!(sockets.open_now(), (PER_USER_MAX, 1));
        assert!(!one_more.prove(tenant, user));
        assert!(one_more.prove(tenant, ids(1, 2).1));
        seats.pop();
        assert!(sockets.open(HERE.to_owned()).expect("room").prove(tenant, user), "one was closed");
        drop((seats, one_more));
        let counts = sockets.counts();
        assert_eq!((counts.all, counts.unproven), (0, 0));
        assert!(counts.tenants.is_empty() && counts.users.is_empty() && counts.unproven_senders.is_empty());
    }

    #[test]
    fn sockets_that_show_nobody_are_bounded() {
        let sockets = Sockets::default();
        let seats: Vec<Seat> = (0..UNPROVEN_MAX).filter_map(|nth| sockets.open(nth.to_string())).collect();
        assert_eq!(seats.len(), UNPROVEN_MAX);
        assert!(sockets.open(HERE.to_owned()).is_none());
        drop(seats);
        assert!(sockets.open(HERE.to_owned()).is_some());
    }

    #[test]
    fn a_sender_that_shows_nobody_keeps_no_other_out() {
        let sockets = Sockets::default();
        let (tenant, user) = ids(1, 1);
        let open = || sockets.open(HERE.to_owned());
        let mut seats: Vec<Seat> = (0..=UNPROVEN_PER_SENDER_MAX).filter_map(|_| open()).collect();
        assert_eq!(seats.len(), UNPROVEN_PER_SENDER_MAX);
        assert!(sockets.open("192.0.2.2".to_owned()).is_some(), "another sender");
        assert!(seats[0].prove(tenant, user));
        seats.extend(open());
        assert_eq!(seats.len(), UNPROVEN_PER_SENDER_MAX + 1, "one of them showed whose it is");
        drop(seats);
        assert!(sockets.counts().unproven_senders.is_empty());
    }
}
