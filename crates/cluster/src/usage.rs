//! What is spent on outside calls: calls going on and seconds of the day, per spender, each call counted once.

mod local;
mod shared;

use crate::limits::Limits;
use crate::link::Link;
use opbx_kernel::TenantId;
use std::sync::Arc;

/// Whose calls are counted, on which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Account {
    pub tenant: TenantId,
    /// The extension that pays; 0 for the company as a whole.
    pub spender: i64,
    /// The date in the company's time zone, as days since 1970. A later day begins at no seconds.
    pub day: i32,
}

/// What an account has spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls that were reserved before the one that asks, and still go on.
    pub calls_before: u32,
    pub seconds_today: u64,
}

/// The counters. Shared by all nodes where Redis is; with Redis away, each node counts its own, best effort.
pub struct Usage {
    local: local::Local,
    shared: Option<shared::Shared>,
}

impl Usage {
    pub(crate) fn new(limits: &Limits, link: Option<Arc<Link>>) -> Self {
        Self { local: local::Local::new(limits), shared: link.map(|link| shared::Shared::new(limits, link)) }
    }

    /// Reserves a call and tells what was spent before it. The same call reserves once, however often it asks:
    /// of two calls that ask at once, one is the first.
    ///
    /// A reservation that is never settled is forgotten after 24 h, the limit of a call.
    pub async fn reserve(&self, account: Account, call: &str, now_ms: i64) -> Spent {
        let own = self.local.reserve(account, call, now_ms);
        match &self.shared {
            Some(shared) => shared.reserve(account, call, now_ms).await.unwrap_or(own),
            None => own,
        }
    }

    /// Ends a reserved call. One that was answered costs the time since its reservation, up to `ended_ms`; one that was
    /// not costs nothing. A call that is not reserved any more costs nothing again.
    pub async fn settle(&self, account: Account, call: &str, ended_ms: Option<i64>) {
        self.local.settle(account, call, ended_ms);
        if let Some(shared) = &self.shared {
            // With Redis away the reservation runs out by itself.
            let _ = shared.settle(account, call, ended_ms).await;
        }
    }

    /// Takes over what the records tell of a day that began before this node did. What is counted already stays.
    pub async fn restore(&self, account: Account, seconds_today: u64, calls: &[(String, i64)]) {
        self.local.restore(account, seconds_today, calls);
        if let Some(shared) = &self.shared {
            let _ = shared.restore(account, seconds_today, calls).await;
        }
    }
}
