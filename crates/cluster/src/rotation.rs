//! Whose turn it is: one ticket per (tenant, group) and visit of a call, however often it is asked for.

mod local;
mod shared;

use opbx_kernel::TenantId;
use std::sync::Arc;

use crate::limits::Limits;
use crate::link::Link;

/// A call's visit to a ring group. The same claim gets the same ticket for 24 h.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationClaim {
    pub tenant: TenantId,
    pub group: i64,
    /// The engine's id of the call, such as Cloudonix' CallSid.
    pub call: String,
    /// How often the call came to the group before.
    pub visit: u32,
}

/// The shared counter does not answer; the caller picks a member by itself and the trace says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shared counters do not answer: what is counted is best effort until they are back")]
pub struct Unavailable;

/// Hands out tickets 0, 1, 2, … per (tenant, group).
pub struct Rotation(Counters);

enum Counters {
    Local(local::Local),
    Shared(shared::Shared),
}

impl Rotation {
    pub(crate) fn local(limits: &Limits) -> Self {
        Self(Counters::Local(local::Local::new(limits)))
    }

    pub(crate) fn shared(limits: &Limits, link: Arc<Link>) -> Self {
        Self(Counters::Shared(shared::Shared::new(limits, link)))
    }

    /// The ticket of this claim: the next one of its group, or the one that this claim got before.
    ///
    /// With Redis away it says `Unavailable` within `Limits::redis_wait_max`, and at once while others
    /// have found it away a moment ago.
    pub async fn claim(&self, claim: RotationClaim) -> Result<u64, Unavailable> {
        match &self.0 {
            Counters::Local(counters) => Ok(counters.claim(&claim).await),
            Counters::Shared(counters) => counters.claim(&claim).await,
        }
    }
}
