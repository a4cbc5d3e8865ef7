//! The pulse of a node's background work: when each last came through, and how far.

use opbx_kernel::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// Who reads the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutboxReader {
    /// Tells nodes of changed plans.
    Bus,
    /// Makes deliveries of webhooks.
    Webhooks,
}

impl OutboxReader {
    pub(crate) const ALL: [Self; 2] = [Self::Bus, Self::Webhooks];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Bus => "bus",
            Self::Webhooks => "webhooks",
        }
    }
}

/// When background work last came through, in microseconds since 1970; zero is never.
#[derive(Default)]
pub(crate) struct Pulse {
    plans_polled_us: AtomicI64,
    readers: [Reader; OutboxReader::ALL.len()],
}

#[derive(Default)]
struct Reader {
    looked_us: AtomicI64,
    /// The places that it has reached in all tenants' outboxes, added up.
    seen: AtomicI64,
}

impl Pulse {
    pub(crate) fn plans_polled(&self, now: Timestamp) {
        self.plans_polled_us.store(now.as_microsecond(), Ordering::Relaxed);
    }

    /// Notes that a reader looked at all outboxes, and how far it has come in them together.
    pub(crate) fn outbox_read(&self, reader: OutboxReader, seen: i64, now: Timestamp) {
        let reader = &self.readers[reader as usize];
        reader.looked_us.store(now.as_microsecond(), Ordering::Relaxed);
        reader.seen.store(seen, Ordering::Relaxed);
    }

    pub(super) fn plans_age_s(&self, now: Timestamp) -> Option<f64> {
        age_s(&self.plans_polled_us, now)
    }

    pub(super) fn outbox_age_s(&self, reader: OutboxReader, now: Timestamp) -> Option<f64> {
        age_s(&self.readers[reader as usize].looked_us, now)
    }

    pub(super) fn outbox_seen(&self, reader: OutboxReader) -> i64 {
        self.readers[reader as usize].seen.load(Ordering::Relaxed)
    }
}

fn age_s(instant_us: &AtomicI64, now: Timestamp) -> Option<f64> {
    let instant_us = instant_us.load(Ordering::Relaxed);
    let age_us = now.as_microsecond().saturating_sub(instant_us).max(0);
    (instant_us != 0).then_some(age_us as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_came_through_has_no_age_and_the_rest_grows_with_the_clock() {
        let pulse = Pulse::default();
        let at = |seconds| Timestamp::from_second(seconds).expect("an instant");
        assert_eq!(pulse.outbox_age_s(OutboxReader::Webhooks, at(100)), None);
        pulse.outbox_read(OutboxReader::Webhooks, 7, at(100));
        assert_eq!(pulse.outbox_age_s(OutboxReader::Webhooks, at(102)), Some(2.0));
        assert_eq!(pulse.outbox_age_s(OutboxReader::Webhooks, at(99)), Some(0.0), "a clock was put back");
        assert_eq!(pulse.outbox_seen(OutboxReader::Webhooks), 7);
        assert_eq!((pulse.outbox_age_s(OutboxReader::Bus, at(102)), pulse.plans_age_s(at(1))), (None, None));
    }
}
