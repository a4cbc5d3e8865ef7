//! What an answer of a receiver comes to: the terms of delivery, free of sockets and database.

use super::deliver::RESPONSE_LEN_MAX;
use crate::fetch::FetchError;
use crate::jobs::pause;
use jiff::SignedDuration;
use opbx_kernel::Timestamp;
use std::time::Duration;

/// How long, and how often, a delivery is tried.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub attempts_max: i64,
    pub age_max: SignedDuration,
    /// For how long everything may fail before the webhook is stopped.
    pub failing_max: SignedDuration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            attempts_max: 60,
            age_max: SignedDuration::from_hours(24),
            failing_max: SignedDuration::from_hours(72),
        }
    }
}

/// What one try brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tried {
    pub(super) outcome: Result<u16, FetchError>,
    pub(super) response: String,
    pub(super) took: Duration,
}

/// What becomes of a delivery after a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    Delivered,
    Again(Timestamp),
    Dead,
    /// The receiver said that it is gone for good.
    Gone,
}

/// The answer of a receiver that wants to hear no more.
const GONE: u16 = 410;

impl Tried {
    /// Judges a try: the `attempt`-th of a delivery that has waited since `since`.
    pub(super) fn settle(
        &self,
        terms: &Terms,
        attempt: i64,
        since: Timestamp,
        now: Timestamp,
        draw: u64,
    ) -> Settled {
        match self.outcome {
            Ok(200..=299) => return Settled::Delivered,
            Ok(GONE) => return Settled::Gone,
            _ => {}
        }
        let pause = pause(u32::try_from(attempt).unwrap_or(u32::MAX), draw);
        let again = now.saturating_add(pause).unwrap_or(now);
        if attempt >= terms.attempts_max || again.duration_since(since) > terms.age_max {
            Settled::Dead
        } else {
            Settled::Again(again)
        }
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().copied()
    }

    /// What went wrong, in a sentence; none where it went well.
    pub(super) fn complaint(&self) -> Option<String> {
        match &self.outcome {
            Ok(200..=299) => None,
            Ok(status @ 300..=399) => Some(format!("answered {status}: redirects are not followed")),
            Ok(status) => Some(format!("answered {status}")),
            Err(error) => Some(error.to_string().chars().take(300).collect()),
        }
    }

    /// The beginning of what was answered, as a text that every database takes.
    pub(super) fn response(&self) -> Option<String> {
        let text: String = self.response.chars().filter(|c| *c != '\0').collect();
        let end = text.floor_char_boundary(RESPONSE_LEN_MAX);
        (end > 0).then(|| text[..end].to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(outcome: Result<u16, FetchError>) -> Tried {
        Tried { outcome, response: "ä\0".repeat(1_000), took: Duration::ZERO }
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    #[test]
    fn a_receiver_that_took_it_is_done_and_one_that_is_gone_is_left_alone() {
        let terms = Terms::default();
        let settle = |outcome| tried(outcome).settle(&terms, 1, at(0), at(0), 0);
        assert_eq!(settle(Ok(204)), Settled::Delivered);
        assert_eq!(settle(Ok(410)), Settled::Gone);
        for again in [Ok(302), Ok(404), Ok(500), Err(FetchError::TimedOut), Err(FetchError::Private)] {
            assert!(matches!(settle(again.clone()), Settled::Again(_)), "{again:?}");
        }
    }

    #[test]
    fn a_delivery_is_tried_for_a_day_with_growing_pauses_and_a_bound() {
        let terms = Terms::default();
        let (mut now, mut attempt) = (at(0), 1);
        while let Settled::Again(next) = tried(Ok(500)).settle(&terms, attempt, at(0), now, 500) {
            assert!(next > now);
            (now, attempt) = (next, attempt + 1);
        }
        assert!(now > at(22) && now <= at(24), "{now}");
        assert!(attempt < terms.attempts_max, "{attempt}");
        let few = Terms { attempts_max: 3, ..terms };
        assert_eq!(tried(Ok(500)).settle(&few, 3, at(0), at(0), 0), Settled::Dead);
    }

    #[test]
    fn what_is_kept_of_an_answer_is_a_kilobyte_of_text() {
        let response = tried(Ok(500)).response().expect("a text");
        assert_eq!(response.len(), 1_024);
        assert!(!response.contains('\0'));
    }
}
