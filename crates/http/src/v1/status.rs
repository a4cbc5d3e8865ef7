//! What most resources say alike: whether they are active, and when they were changed.

use opbx_kernel::Timestamp;
use opbx_platform::Domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Active,
    Inactive,
}

impl Status {
    pub(super) fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Inactive }
    }

    pub(super) fn is_active(self) -> bool {
        self == Self::Active
    }

    pub(super) fn domain(status: Option<Self>) -> Domain {
        status.map_or(Domain::All, |status| Domain::eq("active", status.is_active()))
    }
}

/// RFC 3339, in UTC.
pub(super) fn told(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}
