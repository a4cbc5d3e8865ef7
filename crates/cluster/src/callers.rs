//! How often callers call: each call counted once, within a window that moves on.

mod local;
mod shared;

use crate::limits::Limits;
use crate::link::Link;
use opbx_kernel::TenantId;
use opbx_kernel::seal::digest;
use std::sync::Arc;

/// The most calls remembered of one caller. Whoever reaches it is far above any limit.
const CALLS_MAX: usize = 1_000;

/// Who is counted: a tenant's caller, by a digest, because a counter need not know numbers.
type Caller = (TenantId, [u8; 16]);

/// The counters. Shared by all nodes where Redis is; with Redis away, each node counts its own, best effort.
pub struct Callers {
    local: local::Local,
    shared: Option<shared::Shared>,
}

impl Callers {
    pub(crate) fn new(limits: &Limits, link: Option<Arc<Link>>) -> Self {
        Self { local: local::Local::new(limits), shared: link.map(shared::Shared::new) }
    }

    /// Counts a call, and tells how many its caller made within the window, this one among them. The same call counts
    /// once, however often it asks. `None` where no more callers can be remembered.
    pub async fn count(
        &self,
        tenant: TenantId,
        caller: &str,
        call: &str,
        now_ms: i64,
        window_ms: i64,
    ) -> Option<u32> {
        let mut short = [0; 16];
        short.copy_from_slice(&digest(&[b"caller", caller.as_bytes()])[..16]);
        let own = self.local.count((tenant, short), call, now_ms, window_ms);
        match &self.shared {
            Some(shared) => shared.count((tenant, short), call, now_ms, window_ms).await.ok().or(own),
            None => own,
        }
    }
}
