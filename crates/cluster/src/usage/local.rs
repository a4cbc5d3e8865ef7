//! The counters of one node, in bounded memory.

use super::{Account, Spent};
use crate::limits::Limits;
use opbx_kernel::TenantId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

pub(super) struct Local {
    accounts: Mutex<HashMap<(TenantId, i64), Counted>>,
    accounts_max: usize,
    reservation_ttl_ms: i64,
}

#[derive(Default)]
struct Counted {
    day: i32,
    seconds: u64,
    /// In the order of their reservation.
    calls: Vec<(String, i64)>,
}

impl Local {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            accounts: Mutex::default(),
            accounts_max: limits.usage_accounts_max,
            reservation_ttl_ms: limits.rotation_claim_ttl.as_millis() as i64,
        }
    }

    fn with<T>(&self, account: Account, work: impl FnOnce(&mut Counted) -> T) -> T {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= self.accounts_max && !accounts.contains_key(&(account.tenant, account.spender)) {
            // Whoever spends nothing today has nothing to remember.
            accounts.retain(|_, counted| !counted.calls.is_empty() || counted.day >= account.day);
        }
        let counted = accounts.entry((account.tenant, account.spender)).or_default();
        if counted.day < account.day {
            (counted.day, counted.seconds) = (account.day, 0);
        }
        work(counted)
    }

    pub(super) fn reserve(&self, account: Account, call: &str, now_ms: i64) -> Spent {
        self.with(account, |counted| {
            counted.calls.retain(|(_, since)| now_ms - since < self.reservation_ttl_ms);
            let known = counted.calls.iter().position(|(known, _)| known == call);
            let calls_before = known.unwrap_or_else(|| {
                counted.calls.push((call.to_owned(), now_ms));
                counted.calls.len() - 1
            });
            Spent { calls_before: calls_before as u32, seconds_today: counted.seconds }
        })
    }

    pub(super) fn settle(&self, account: Account, call: &str, ended_ms: Option<i64>) {
        self.with(account, |counted| {
            let Some(at) = counted.calls.iter().position(|(known, _)| known == call) else { return };
            let (_, since_ms) = counted.calls.remove(at);
            let length_ms = ended_ms.map_or(0, |ended_ms| ended_ms.saturating_sub(since_ms));
            counted.seconds = counted.seconds.saturating_add(u64::try_from(length_ms / 1_000).unwrap_or(0));
        });
    }

    pub(super) fn restore(&self, account: Account, seconds_today: u64, calls: &[(String, i64)]) {
        self.with(account, |counted| {
            counted.seconds = counted.seconds.max(seconds_today);
            for (call, since) in calls {
                if counted.calls.iter().all(|(known, _)| known != call) {
                    counted.calls.push((call.clone(), *since));
                }
            }
        });
    }
}
