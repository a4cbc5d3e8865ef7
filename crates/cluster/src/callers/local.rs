//! The counters of one node, in bounded memory.

use super::{CALLS_MAX, Caller};
use crate::limits::Limits;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

pub(super) struct Local {
    callers: Mutex<HashMap<Caller, Vec<(String, i64)>>>,
    callers_max: usize,
}

impl Local {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { callers: Mutex::default(), callers_max: limits.callers_max }
    }

    pub(super) fn count(&self, caller: Caller, call: &str, now_ms: i64, window_ms: i64) -> Option<u32> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= self.callers_max && !callers.contains_key(&caller) {
            callers.retain(|_, calls| calls.last().is_some_and(|(_, at)| now_ms - at < window_ms));
            if callers.len() >= self.callers_max {
                return None;
            }
        }
        let calls = callers.entry(caller).or_default();
        calls.retain(|(_, at)| now_ms - at < window_ms);
        if calls.iter().all(|(known, _)| known != call) {
            if calls.len() >= CALLS_MAX {
                calls.remove(0);
            }
            calls.push((call.to_owned(), now_ms));
        }
        Some(calls.len() as u32)
    }
}
