//! Time is passed in: the one place that reads the wall clock, and its stand-in for tests.

use jiff::{SignedDuration, Timestamp};
use std::sync::Mutex;

/// Tells the instant. Everything that needs the time takes one of these, or the instant itself.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;
}

/// The machine's clock, to the microsecond: finer would not survive storage.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        to_micros(Timestamp::now())
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(to_micros(now)))
    }

    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().expect("no thread panics while it holds the clock") += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no thread panics while it holds the clock")
    }
}

/// Cuts an instant to whole microseconds, the precision of both databases.
pub fn to_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).expect("a timestamp cut to microseconds stays in range")
}
