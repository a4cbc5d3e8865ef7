//! Spares calls the wait for a Redis that is away: after a failure nobody asks for a while, then one does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Open after a failure; lets one question through per rest until one is answered.
///
/// `now` is the time since some fixed instant, the same at every call.
pub(crate) struct Circuit {
    rest: Duration,
    /// When the next question may pass, in microseconds; zero while all may.
    closes_at_us: AtomicU64,
}

impl Circuit {
    pub(crate) fn new(rest: Duration) -> Self {
        Self { rest, closes_at_us: AtomicU64::new(0) }
    }

    /// Whether this question may be asked now.
    pub(crate) fn admits(&self, now: Duration) -> bool {
        let closes_at_us = self.closes_at_us.load(Ordering::Relaxed);
        if closes_at_us == 0 {
            return true;
        }
        if micros(now) < closes_at_us {
            return false;
        }
        // Whoever moves the instant forward is the one that asks; the others still rest.
        self.closes_at_us
            .compare_exchange(closes_at_us, self.rested_us(now), Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// Notes an answer; true if there was none before.
    pub(crate) fn note_success(&self) -> bool {
        self.closes_at_us.load(Ordering::Relaxed) != 0 && self.closes_at_us.swap(0, Ordering::Relaxed) != 0
    }

    /// Notes a failure; true if it is the first one.
    pub(crate) fn note_failure(&self, now: Duration) -> bool {
        self.closes_at_us.swap(self.rested_us(now), Ordering::Relaxed) == 0
    }

    fn rested_us(&self, now: Duration) -> u64 {
        // Never zero, which would mean that all may ask.
        micros(now.saturating_add(self.rest)).max(1)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn after_a_failure_nobody_asks_until_the_rest_is_over_and_then_one_does() {
        let circuit = Circuit::new(s(1));
        assert!(circuit.admits(s(0)));
        assert!(circuit.note_failure(s(0)));
        assert!(!circuit.admits(Duration::from_millis(999)));

        assert!(circuit.admits(s(1)));
        assert!(!circuit.admits(s(1)), "one question passes per rest");
        assert!(!circuit.note_failure(s(1)), "only the first failure is news");
        assert!(circuit.admits(s(2)));
    }

    #[test]
    fn an_answer_lets_everybody_ask_again() {
        let circuit = Circuit::new(s(1));
        circuit.note_failure(s(0));
        assert!(circuit.note_success());
        assert!(circuit.admits(s(0)) && circuit.admits(s(0)));
        assert!(!circuit.note_success(), "only the first answer is news");
    }

    #[test]
    fn a_question_that_is_never_answered_stops_nobody_for_longer_than_one_rest() {
        let circuit = Circuit::new(s(1));
        circuit.note_failure(s(0));
        assert!(circuit.admits(s(1)));
        assert!(circuit.admits(s(2)), "whoever asked was dropped, and the next one asks");
    }
}
