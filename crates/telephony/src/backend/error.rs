//! Why an engine did not do what it was asked, each with what a person can do about it.

use opbx_kernel::{Code, Kind};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    #[error("no engine is connected that could do this")]
    NoEngine,
    #[error(
        "the engine does not accept the API key: make one for this domain at the engine, and save it in the settings"
    )]
    WrongKey,
    #[error(
        "the API key may not do this: it must be this very domain's, with the rights of its administrator"
    )]
    NotAllowed,
    #[error("the engine knows no such {what}")]
    Absent { what: &'static str },
    #[error("the engine has such a {what} already")]
    Taken { what: &'static str },
    #[error("the engine's quota is used up or the account is not paid for: see the account at the engine")]
    Quota,
    #[error("the engine refuses this (status {status}): {reason}")]
    Refused { status: u16, reason: String },
    #[error("the engine asks to wait: too many requests")]
    TooMany { wait: Option<Duration> },
    #[error("the engine is out of order (status {status})")]
    Failing { status: u16, wait: Option<Duration> },
    #[error("the engine cannot be reached: {0}")]
    Unreachable(String),
    #[error("the engine did not answer within {} s", .0.as_secs())]
    Late(Duration),
    #[error("the engine's answer cannot be read: {0}")]
    Garbled(String),
}

impl BackendError {
    /// Whether the same request may go better in a moment.
    pub fn passes(&self) -> bool {
        matches!(self, Self::TooMany { .. } | Self::Failing { .. } | Self::Unreachable(_) | Self::Late(_))
    }

    /// Whether the engine as a whole does not work, rather than this one request.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Failing { .. } | Self::Unreachable(_) | Self::Late(_))
    }

    /// How long the engine asked to be left alone.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooMany { wait } | Self::Failing { wait, .. } => *wait,
            _ => None,
        }
    }

    pub fn code(&self) -> Code {
        match self {
            Self::NoEngine => Code::new(Kind::Unavailable, "no_engine"),
            // Never `Unauthenticated`: who is not known here is OPBX, not whoever asked OPBX.
            Self::WrongKey => Code::new(Kind::Invalid, "carrier_key_wrong"),
            Self::NotAllowed => Code::new(Kind::Invalid, "carrier_key_weak"),
            Self::Absent { .. } => Code::new(Kind::Absent, "carrier_absent"),
            Self::Taken { .. } => Code::new(Kind::Conflict, "carrier_taken"),
            Self::Quota => Code::new(Kind::Unavailable, "carrier_quota"),
            Self::Refused { .. } => Code::new(Kind::Invalid, "carrier_refused"),
            Self::TooMany { .. } => Code::new(Kind::Unavailable, "carrier_busy"),
            Self::Failing { .. } | Self::Unreachable(_) | Self::Late(_) => {
                Code::new(Kind::Unavailable, "carrier_away")
            }
            Self::Garbled(_) => Code::new(Kind::Unavailable, "carrier_garbled"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again_and_no_refusal_is_an_outage() {
        let late = BackendError::Late(Duration::from_secs(30));
        let busy = BackendError::TooMany { wait: Some(Duration::from_secs(3)) };
        assert!(late.passes() && late.is_outage());
        assert!(busy.passes() && !busy.is_outage());
        assert_eq!(busy.wait(), Some(Duration::from_secs(3)));
        for refusal in [BackendError::WrongKey, BackendError::Quota, BackendError::Absent { what: "call" }] {
            assert!(!refusal.passes() && !refusal.is_outage(), "{refusal}");
            assert_ne!(refusal.code().kind, Kind::Unauthenticated, "nobody is logged out by it");
        }
    }
}
