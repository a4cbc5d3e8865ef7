//! What was told already, so that a repeat is told to nobody. Bounded: the calls heard of longest ago are forgotten first.

use crate::events::{CallFacts, CallMoment};
use opbx_kernel::RecordId;
use opbx_kernel::Timestamp;
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

/// Calls and messages remembered. A call forgotten that changes once more tells only what is news by its age.
const REMEMBERED_MAX: usize = 20_000;
/// What happened longer ago than this is no news, where it is not known whether it was told.
const NEWS_AGE_MAX: Duration = Duration::from_secs(600);

/// What one reader told of calls and voicemail messages.
pub(super) struct Memory {
    /// What happened before is not told unless the call is known: whoever listens asked for it when they came.
    since: Timestamp,
    calls: HashMap<RecordId, Known>,
    messages: HashSet<RecordId>,
    order: VecDeque<Entry>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Known {
    version: i64,
    moments: u8,
}

enum Entry {
    Call(RecordId),
    Message(RecordId),
}

impl Memory {
    pub(super) fn new(since: Timestamp) -> Self {
        Self { since, calls: HashMap::new(), messages: HashSet::new(), order: VecDeque::new() }
    }

    /// What of a call's state is news, and whether its row is. Remembers all of it.
    pub(super) fn news_of(&mut self, call: &CallFacts, now: Timestamp) -> Vec<CallMoment> {
        let known = self.calls.get(&call.id).copied();
        if known.is_none() {
            self.remember(Entry::Call(call.id));
        }
        let mut state = known.unwrap_or_default();
        let mut news = Vec::new();
        for moment in call.moments() {
            let bit = 1 << moment as u8;
            let is_old = known.is_none() && self.is_old(call.at(moment), now);
            if state.moments & bit == 0 && !is_old {
                news.push(moment);
            }
            state.moments |= bit;
        }
        if news.is_empty() && call.version > state.version {
            news.push(CallMoment::Updated);
        }
        state.version = state.version.max(call.version);
        self.calls.insert(call.id, state);
        news
    }

    /// Remembers a call as told.
    pub(super) fn learn(&mut self, call: &CallFacts) {
        let moments = call.moments().fold(0, |moments, moment| moments | 1 << moment as u8);
        if self.calls.insert(call.id, Known { version: call.version, moments }).is_none() {
            self.remember(Entry::Call(call.id));
        }
    }

    /// Whether a message is news. Remembers it.
    pub(super) fn is_new_message(&mut self, id: RecordId, left_at: Timestamp, now: Timestamp) -> bool {
        if !self.messages.insert(id) {
            return false;
        }
        self.remember(Entry::Message(id));
        !self.is_old(Some(left_at), now)
    }

    fn is_old(&self, at: Option<Timestamp>, now: Timestamp) -> bool {
        at.is_some_and(|at| at < self.since || now.duration_since(at).unsigned_abs() > NEWS_AGE_MAX)
    }

    fn remember(&mut self, entry: Entry) {
        self.order.push_back(entry);
        if self.order.len() > REMEMBERED_MAX {
            match self.order.pop_front() {
                Some(Entry::Call(id)) => drop(self.calls.remove(&id)),
                Some(Entry::Message(id)) => drop(self.messages.remove(&id)),
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CallMoment::{Answered, Ended, Initiated, Ringing, Updated};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    fn call(id: i64, version: i64) -> CallFacts {
        CallFacts {
            id: RecordId::new(id).expect("positive"),
            version,
            call_id: format!("call-{id}"),
            session_id: None,
            direction: "inbound".to_owned(),
            from_number: None,
            from_name: None,
            to_number: None,
            number: None,
            number_id: None,
            status: "initiated".to_owned(),
            end_reason: None,
            started_at: at(100),
            answered_at: None,
            ended_at: None,
            answered_by: None,
            extension_id: None,
            from_extension_id: None,
            legs: Vec::new(),
        }
    }

    #[test]
    fn coalesced_and_repeated_looks_tell_each_moment_once() {
        let mut memory = Memory::new(at(50));
        assert_eq!(memory.news_of(&call(1, 1), at(100)), [Initiated]);
        assert!(memory.news_of(&call(1, 1), at(100)).is_empty());
        let over = CallFacts {
            status: "completed".to_owned(),
            answered_at: Some(at(103)),
            ended_at: Some(at(109)),
            ..call(1, 3)
        };
        assert_eq!(memory.news_of(&over, at(110)), [Answered, Ended]);
        let late = CallFacts { status: "ringing".to_owned(), ..call(1, 2) };
        assert_eq!(memory.news_of(&late, at(110)), [Ringing], "what was skipped is told late, and once");
        assert_eq!(memory.news_of(&CallFacts { version: 4, ..over.clone() }, at(111)), [Updated]);
        assert!(memory.news_of(&CallFacts { version: 4, ..over }, at(111)).is_empty());
    }

    #[test]
    fn what_is_long_over_is_no_news_to_who_just_came() {
        let mut memory = Memory::new(at(200));
        let running = CallFacts { ended_at: Some(at(300)), ..call(1, 5) };
        assert_eq!(memory.news_of(&running, at(301)), [Ended], "it began before anybody listened");
        let over = CallFacts { ended_at: Some(at(150)), ..call(2, 5) };
        assert_eq!(memory.news_of(&over, at(301)), [Updated]);
        assert!(!memory.is_new_message(RecordId::new(1).expect("positive"), at(150), at(301)));
        assert!(memory.is_new_message(RecordId::new(2).expect("positive"), at(300), at(301)));
        assert!(!memory.is_new_message(RecordId::new(2).expect("positive"), at(300), at(301)));
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut memory = Memory::new(at(50));
        for id in 1..=(REMEMBERED_MAX as i64 + 10) {
            memory.learn(&call(id, 1));
        }
        assert_eq!(memory.calls.len(), REMEMBERED_MAX);
        assert_eq!(memory.order.len(), REMEMBERED_MAX);
    }
}
