//! Circuit breakers: a domain whose carrier does not work is left alone for a while, then asked once.

use opbx_kernel::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Outages in a row after which a domain is left alone.
pub const FAILURES_MAX: u32 = 5;
/// For how long it is left alone.
pub const OPEN_FOR: Duration = Duration::from_secs(60);
/// For how long one question may try whether it works again, before another does.
const PROBE_MAX: Duration = Duration::from_secs(35);
/// Domains remembered at most; beyond this, those that work are forgotten.
const DOMAINS_MAX: usize = 10_000;

/// How a domain's carrier stands, as a person is shown it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    /// It works.
    Closed,
    /// It is left alone until then.
    Open { until: Timestamp },
    /// One question tries whether it works again.
    HalfOpen,
}

impl Circuit {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum State {
    Failing(u32),
    Open(Timestamp),
    /// With the instant after which another may try.
    Probing(Timestamp),
}

/// The breakers of one node, by domain. A domain that works has none.
#[derive(Default)]
pub(super) struct Breakers(Mutex<HashMap<String, State>>);

impl Breakers {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn circuit(&self, domain: &str, now: Timestamp) -> Circuit {
        match self.lock().get(domain) {
            Some(State::Open(until)) if now < *until => Circuit::Open { until: *until },
            Some(State::Open(_) | State::Probing(_)) => Circuit::HalfOpen,
            Some(State::Failing(_)) | None => Circuit::Closed,
        }
    }

    /// How many domains' circuits are open, and how many half open.
    pub(super) fn counts(&self, now: Timestamp) -> (usize, usize) {
        let states = self.lock();
        let is_open = |state: &&State| matches!(state, State::Open(until) if now < *until);
        let open = states.values().filter(is_open).count();
        let broken = states.values().filter(|state| !matches!(state, State::Failing(_))).count();
        (open, broken - open)
    }

    /// Lets a question pass, or says how long to wait.
    pub(super) fn admit(&self, domain: &str, now: Timestamp) -> Result<(), Duration> {
        let mut states = self.lock();
        let Some(state) = states.get_mut(domain) else { return Ok(()) };
        match state {
            State::Failing(_) => Ok(()),
            State::Open(until) | State::Probing(until) if now < *until => {
                Err(Duration::try_from(until.duration_since(now)).unwrap_or(OPEN_FOR))
            }
            State::Open(_) | State::Probing(_) => {
                *state = State::Probing(after(now, PROBE_MAX));
                Ok(())
            }
        }
    }

    /// Notes how a question ended that was let pass.
    pub(super) fn note(&self, domain: &str, is_outage: bool, now: Timestamp) {
        let mut states = self.lock();
        if !is_outage {
            states.remove(domain);
            return;
        }
        if states.len() >= DOMAINS_MAX && !states.contains_key(domain) {
            states.retain(|_, state| !matches!(state, State::Failing(_)));
        }
        if states.len() >= DOMAINS_MAX && !states.contains_key(domain) {
            return;
        }
        let state = states.entry(domain.to_owned()).or_insert(State::Failing(0));
        *state = match *state {
            State::Failing(failures) if failures + 1 < FAILURES_MAX => State::Failing(failures + 1),
            State::Failing(_) | State::Open(_) | State::Probing(_) => State::Open(after(now, OPEN_FOR)),
        };
    }
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn broken() -> Breakers {
        let breakers = Breakers::default();
        for _ in 0..FAILURES_MAX {
            assert_eq!(breakers.circuit("a", at(0)), Circuit::Closed);
            assert!(breakers.admit("a", at(0)).is_ok());
            breakers.note("a", true, at(0));
        }
        breakers
    }

    #[test]
    fn after_five_outages_in_a_row_nobody_asks_for_a_minute_and_then_one_does() {
        let breakers = broken();
        assert_eq!(breakers.circuit("a", at(0)), Circuit::Open { until: at(60) });
        assert_eq!((breakers.counts(at(0)), breakers.counts(at(60))), ((1, 0), (0, 1)));
        assert_eq!(breakers.admit("a", at(59)), Err(Duration::from_secs(1)));
        assert_eq!(breakers.circuit("a", at(60)), Circuit::HalfOpen);
        assert!(breakers.admit("a", at(60)).is_ok());
        assert!(breakers.admit("a", at(60)).is_err(), "one question tries");
        breakers.note("a", true, at(61));
        assert_eq!(breakers.circuit("a", at(61)), Circuit::Open { until: at(121) });
    }

    #[test]
    fn an_answer_closes_it_and_outages_must_be_in_a_row() {
        let breakers = broken();
        assert!(breakers.admit("a", at(60)).is_ok());
        breakers.note("a", false, at(60));
        assert_eq!(breakers.circuit("a", at(60)), Circuit::Closed);
        for _ in 0..FAILURES_MAX - 1 {
            breakers.note("a", true, at(61));
        }
        breakers.note("a", false, at(61));
        breakers.note("a", true, at(61));
        assert_eq!(breakers.circuit("a", at(61)), Circuit::Closed);
    }

    #[test]
    fn one_domain_s_outage_is_no_other_s_and_a_lost_probe_holds_nobody_up_for_ever() {
        let breakers = broken();
        assert!(breakers.admit("b", at(0)).is_ok());
        assert!(breakers.admit("a", at(60)).is_ok());
        assert!(breakers.admit("a", at(94)).is_err());
        assert!(breakers.admit("a", at(95)).is_ok(), "whoever asked never came back");
    }
}
