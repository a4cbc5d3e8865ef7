//! What a batch brings to light of calls, counted once the batch is lasting: a batch that is tried anew counts once.

use ::metrics::counter;
use opbx_telephony::ledger::CallSheet;

/// The calls of one transaction that began, were answered and ended by it.
#[derive(Debug, Default)]
#[must_use = "what a lasting batch tells is counted"]
pub(crate) struct CallTally {
    started: Vec<&'static str>,
    answered: Vec<&'static str>,
    ended: Vec<&'static str>,
}

/// What was known of a call before a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Before {
    pub(crate) is_stored: bool,
    pub(crate) was_answered: bool,
    pub(crate) has_ended: bool,
}

impl Before {
    /// The two as one: calls that turn out to be one were counted already.
    pub(crate) fn joined(self, other: Self) -> Self {
        Self {
            is_stored: self.is_stored || other.is_stored,
            was_answered: self.was_answered || other.was_answered,
            has_ended: self.has_ended || other.has_ended,
        }
    }
}

impl CallTally {
    /// Notes what is new in a call.
    pub(crate) fn note(&mut self, before: Before, sheet: &CallSheet) {
        if !before.is_stored {
            self.started.push(sheet.direction());
        }
        if !before.was_answered && sheet.answered_at.is_some() {
            self.answered.push(sheet.direction());
        }
        if !before.has_ended && sheet.ended_at.is_some() {
            self.ended.push(sheet.ending.map_or("untold", |ending| ending.as_str()));
        }
    }

    /// Counts it all. Call it once the transaction is committed.
    pub(crate) fn count(self) {
        for direction in self.started {
            counter!("opbx_calls_started_total", "direction" => direction).increment(1);
        }
        for direction in self.answered {
            counter!("opbx_calls_answered_total", "direction" => direction).increment(1);
        }
        for reason in self.ended {
            counter!("opbx_calls_ended_total", "reason" => reason).increment(1);
        }
    }
}
