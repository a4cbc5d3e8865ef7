//! Rates: how often something may be done within a sliding window, over all nodes.

mod local;
mod shared;

use crate::limits::Limits;
use crate::link::Link;
use std::sync::Arc;
use std::time::Duration;

/// The largest limit that is counted exactly; a larger one is cut to this.
pub const RATE_LIMIT_MAX: u32 = 10_000;

/// Whether something may be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// It may, and it is counted.
    Allowed {
        /// How often more within this window.
        remaining: u32,
        /// After so long the oldest of what was counted leaves the window.
        reset: Duration,
    },
    /// Not before so long has passed. Nothing was counted: whoever keeps asking does not shut itself out.
    Wait(Duration),
}

/// The counters. Shared by all nodes where Redis is; with Redis away, each node counts its own, best effort.
pub struct Rates {
    local: local::Local,
    shared: Option<shared::Shared>,
}

impl Rates {
    pub(crate) fn new(limits: &Limits, link: Option<Arc<Link>>) -> Self {
        Self { local: local::Local::new(limits), shared: link.map(shared::Shared::new) }
    }

    /// Counts one deed under `key` if fewer than `limit` were counted within the `window` that ends now.
    ///
    /// Whoever asks about one key with different limits shares one count: the one with the smaller limit leaves the
    /// rest to the others. A limit of 0 allows nothing.
    pub async fn take(&self, key: &str, limit: u32, window: Duration, now_ms: i64) -> Rate {
        let limit = limit.min(RATE_LIMIT_MAX);
        if limit == 0 {
            return Rate::Wait(window);
        }
        let Some(shared) = &self.shared else { return self.local.take(key, limit, window, now_ms).await };
        match shared.take(key, limit, window, now_ms).await {
            Ok(rate) => {
                // Counted here besides, so that a Redis that goes away does not open every gate.
                if matches!(rate, Rate::Allowed { .. }) {
                    self.local.take(key, RATE_LIMIT_MAX, window, now_ms).await;
                }
                rate
            }
            Err(_) => self.local.take(key, limit, window, now_ms).await,
        }
    }
}

/// A length in milliseconds, for clocks that tell these.
fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// No wait is longer than the window, whatever the clocks of nodes say of each other.
fn within(window: Duration, ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0)).clamp(Duration::from_millis(1), window)
}
