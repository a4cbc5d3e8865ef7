//! What stops a benchmark: never the clock, always something that does not work.

use std::fmt::Display;

/// What could not be done, and why.
#[derive(Debug, thiserror::Error)]
#[error("could not {deed}: {reason}")]
pub(crate) struct Broken {
    deed: String,
    reason: String,
}

impl Broken {
    pub(crate) fn new(deed: &str, reason: impl Display) -> Self {
        Self { deed: deed.to_owned(), reason: reason.to_string() }
    }
}

/// Says what was being done when an error came.
pub(crate) trait While<T> {
    fn doing(self, deed: &str) -> Result<T, Broken>;
}

impl<T, E: Display> While<T> for Result<T, E> {
    fn doing(self, deed: &str) -> Result<T, Broken> {
        self.map_err(|error| Broken::new(deed, error))
    }
}

/// Refuses a result that is wrong, however fast it came.
pub(crate) fn check(holds: bool, claim: &str) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken::new("go on", format!("this does not hold: {claim}"))) }
}
