//! Screening: which callers from outside are turned away. Never an emergency service, never a call from inside.

use crate::action::Rejection;
use crate::call::Ending;
use crate::facts::{CallerRate, Wanted};
use crate::plan::Number;
use crate::trace::Reason;
use crate::walk::{Walk, say};
use jiff::Timestamp;
use opbx_kernel::E164;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::sync::Arc;

/// Words that carriers write in the place of a number that is withheld.
const WITHHELD: [&str; 6] = ["anonymous", "restricted", "private", "unknown", "unavailable", "withheld"];

/// A caller, or a beginning of callers' numbers, that is turned away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockedCaller {
    /// A number in E.164, or its beginning with the `+`.
    pub pattern: Arc<str>,
    pub is_prefix: bool,
    /// The one number of the company that it holds for; none is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<E164>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    pub active: bool,
}

/// What the company does about unwanted callers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screening {
    pub refuses_anonymous: bool,
    pub treatment: Treatment,
    /// How many calls of one caller are taken within the window; none takes any number.
    pub caller_calls_max: Option<u32>,
    pub caller_window_s: u32,
}

/// What a caller hears who is turned away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    #[default]
    Rejected,
    Busy,
    Sentence,
}

/// The blocked callers of a plan: found by their number, or by at most as many lookups as prefixes have lengths.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Blocklist {
    entries: Vec<BlockedCaller>,
    exact: FxHashMap<Arc<str>, SmallVec<[u32; 1]>>,
    prefixes: FxHashMap<Arc<str>, SmallVec<[u32; 1]>>,
    /// Longest first.
    prefix_lengths: SmallVec<[usize; 16]>,
}

impl From<Vec<BlockedCaller>> for Blocklist {
    fn from(entries: Vec<BlockedCaller>) -> Self {
        let mut list = Self { entries, ..Self::default() };
        for (at, entry) in list.entries.iter().enumerate() {
            let found = if entry.is_prefix { &mut list.prefixes } else { &mut list.exact };
            found.entry(entry.pattern.clone()).or_default().push(at as u32);
        }
        list.prefix_lengths = list.prefixes.keys().map(|prefix| prefix.len()).collect();
        list.prefix_lengths.sort_unstable_by(|a, b| b.cmp(a));
        list.prefix_lengths.dedup();
        list
    }
}

impl From<Blocklist> for Vec<BlockedCaller> {
    fn from(list: Blocklist) -> Self {
        list.entries
    }
}

impl Blocklist {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry that turns this caller away: the number itself first, then the longest prefix.
    pub(crate) fn find(&self, caller: &str, called: &E164, now: Timestamp) -> Option<&BlockedCaller> {
        let holds = |entry: &&BlockedCaller| {
            entry.active
                && entry.number.as_ref().is_none_or(|number| number == called)
                && entry.expires_at.is_none_or(|ends| now < ends)
        };
        let of = |found: Option<&SmallVec<[u32; 1]>>| {
            found.into_iter().flatten().filter_map(|at| self.entries.get(*at as usize)).find(holds)
        };
        of(self.exact.get(caller)).or_else(|| {
            let beginnings = self.prefix_lengths.iter().filter_map(|length| caller.get(..*length));
            beginnings.filter_map(|beginning| of(self.prefixes.get(beginning))).next()
        })
    }
}

/// Whether the calling text is no caller at all.
fn is_anonymous(from: &str) -> bool {
    let from = from.trim();
    from.is_empty() || WITHHELD.iter().any(|word| word.eq_ignore_ascii_case(from))
}

/// Turns the caller away where the company wants it so; tells whether the call is over.
pub(crate) fn turned_away(walk: &mut Walk<'_>, called: &Number) -> bool {
    let plan = walk.plan;
    let screening = &plan.company.screening;
    let is_counted = screening.caller_calls_max.is_some();
    if plan.blocklist().is_empty() && !screening.refuses_anonymous && !is_counted {
        return false;
    }
    let from = walk.call.from.trim();
    if is_anonymous(from) {
        if screening.refuses_anonymous {
            walk.note(Reason::CallerAnonymous);
            turn_away(walk, screening.treatment);
        }
        return screening.refuses_anonymous;
    }
    // An emergency service that calls back must get through.
    if plan.company.emergency_number(from).is_some() {
        return false;
    }
    let caller: Arc<str> = match E164::normalise(from, plan.company.country) {
        Some(number) => number.as_str().into(),
        None => from.into(),
    };
    if let Some(entry) = plan.blocklist().find(&caller, &called.number, walk.facts.now) {
        let (pattern, why) = (entry.pattern.clone(), entry.reason.clone());
        walk.note(Reason::CallerBlocked { caller, pattern, why });
        turn_away(walk, screening.treatment);
        return true;
    }
    match screening.caller_calls_max {
        Some(max) => calls_too_often(walk, caller, max),
        None => false,
    }
}

fn calls_too_often(walk: &mut Walk<'_>, caller: Arc<str>, max: u32) -> bool {
    let screening = &walk.plan.company.screening;
    let window_s = screening.caller_window_s;
    match walk.facts.caller_rate {
        None => {
            walk.wanted.push(Wanted::CallerRate);
            false
        }
        Some(CallerRate::Unavailable) => {
            walk.note(Reason::CallerRateUnknown);
            false
        }
        Some(CallerRate::Counted(calls)) if calls > max => {
            walk.note(Reason::CallerTooOften { caller, calls, window_s });
            turn_away(walk, screening.treatment);
            true
        }
        Some(CallerRate::Counted(_)) => false,
    }
}

fn turn_away(walk: &mut Walk<'_>, treatment: Treatment) {
    match treatment {
        Treatment::Sentence => {
            walk.end_saying(Ending::Blocked, say::BLOCKED);
        }
        Treatment::Busy => walk.reject(Rejection::Busy),
        Treatment::Rejected => walk.reject(Rejection::Rejected),
    }
}
