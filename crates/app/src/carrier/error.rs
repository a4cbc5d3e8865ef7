//! Why the carrier did not do what was asked, each with what to do.

use crate::jobs::JobError;
use crate::plans::PlansError;
use crate::records::RecordError;
use opbx_kernel::{Code, Kind};
use opbx_store::{CommitError, ReadError, SaveError, StoreError};
use opbx_telephony::BackendError;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    #[error("the Cloudonix settings are not complete: {0} is missing")]
    Unconfigured(&'static str),
    #[error("the carrier failed several times in a row and is left alone for another {} s", .0.as_secs())]
    Resting(Duration),
    #[error("too much is asked of the carrier at once; try again in {} s", .0.as_secs().max(1))]
    Busy(Duration),
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error("there is no such record")]
    NoRecord,
    #[error("the extension is no person's and has no telephone of its own")]
    NoPerson,
    #[error("only one's own extension can be called from")]
    NotOwn,
    #[error("nobody here has an extension on whose behalf the call could go there")]
    NoExtension,
    #[error(
        "the call cannot be sent to {0}: it is neither a person nor a number that the outbound rules allow"
    )]
    NotDialable(String),
    #[error("the call is over")]
    CallOver,
    #[error(transparent)]
    Plans(#[from] PlansError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl CarrierError {
    pub fn code(&self) -> Code {
        match self {
            Self::Unconfigured(_) => Code::new(Kind::Invalid, "carrier_unconfigured"),
            Self::Resting(_) => Code::new(Kind::Unavailable, "carrier_away"),
            Self::Busy(_) => Code::new(Kind::Unavailable, "carrier_busy"),
            Self::Backend(error) => error.code(),
            Self::NoRecord => Code::new(Kind::Absent, "no_record"),
            Self::NoPerson => Code::new(Kind::Invalid, "no_person"),
            Self::NotOwn => Code::new(Kind::Forbidden, "not_own_extension"),
            Self::NoExtension => Code::new(Kind::Invalid, "no_extension"),
            Self::NotDialable(_) => Code::new(Kind::Invalid, "not_dialable"),
            Self::CallOver => Code::new(Kind::Conflict, "call_over"),
            Self::Plans(error) => Code::new(Kind::Unavailable, error.code().name),
            Self::Record(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Store(_) => Code::new(Kind::Unavailable, "database_away"),
            Self::Commit(_) => Code::new(Kind::Unavailable, "not_committed"),
        }
    }

    /// Whether the same may go better later, without anybody doing something about it.
    pub fn passes(&self) -> bool {
        match self {
            Self::Resting(_) | Self::Busy(_) | Self::Store(_) | Self::Commit(_) => true,
            Self::Backend(error) => error.passes(),
            Self::Read(_) | Self::Save(_) => true,
            _ => false,
        }
    }
}

impl From<CarrierError> for JobError {
    fn from(error: CarrierError) -> Self {
        if error.passes() { Self::Again(error.to_string()) } else { Self::Never(error.to_string()) }
    }
}
