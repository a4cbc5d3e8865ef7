//! Rotation for one node, in bounded memory.

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use opbx_kernel::TenantId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::RotationClaim;
use crate::fingerprint::Fingerprint;
use crate::limits::Limits;

pub(super) struct Local {
    claims: Cache<Fingerprint, u64>,
    counters: Cache<(TenantId, i64), Arc<AtomicU64>>,
}

impl Local {
    pub(super) fn new(limits: &Limits) -> Self {
        // Least recently used leaves first: the default policy may refuse new entries, whose repeats are the likeliest.
        let claims = Cache::builder()
            .max_capacity(limits.rotation_claims_max)
            .time_to_live(limits.rotation_claim_ttl)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        let counters = Cache::builder()
            .max_capacity(limits.rotation_groups_max)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { claims, counters }
    }

    pub(super) async fn claim(&self, claim: &RotationClaim) -> u64 {
        self.claims
            .get_with(Fingerprint::of_claim(claim), async {
                let counter = self.counters.get_with((claim.tenant, claim.group), async { Arc::default() });
                counter.await.fetch_add(1, Ordering::Relaxed)
            })
            .await
    }
}
