//! The rates of one node, in bounded memory.

use super::{Rate, millis, within};
use crate::limits::Limits;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// When deeds were counted, in ms, the oldest first.
type Deeds = Arc<Mutex<VecDeque<i64>>>;

pub(super) struct Local {
    keys: Cache<String, Deeds>,
}

impl Local {
    pub(super) fn new(limits: &Limits) -> Self {
        let keys = Cache::builder()
            .max_capacity(limits.rate_keys_max)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { keys }
    }

    pub(super) async fn take(&self, key: &str, limit: u32, window: Duration, now_ms: i64) -> Rate {
        let deeds = self.keys.get_with_by_ref(key, async { Deeds::default() }).await;
        let mut deeds = deeds.lock().unwrap_or_else(PoisonError::into_inner);
        let begin_ms = now_ms.saturating_sub(millis(window));
        while deeds.front().is_some_and(|at| *at <= begin_ms) {
            deeds.pop_front();
        }
        let limit = limit as usize;
        let until = |at: i64| within(window, at.saturating_sub(begin_ms));
        if deeds.len() >= limit {
            // With a smaller limit than others have, several must leave before one fits.
            let leaves = deeds.get(deeds.len() - limit).copied().unwrap_or(now_ms);
            return Rate::Wait(until(leaves));
        }
        deeds.push_back(now_ms);
        let remaining = u32::try_from(limit - deeds.len()).unwrap_or(0);
        Rate::Allowed { remaining, reset: until(deeds.front().copied().unwrap_or(now_ms)) }
    }
}
