//! Compact keys: a SHA-256 of the whole key, so that its size does not depend on what a caller sent.

use sha2::{Digest, Sha256};
use std::fmt;

use crate::answers::AnswerKey;
use crate::rotation::RotationClaim;

/// Stands for a key wherever it is kept. Two keys share one only if SHA-256 is broken.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Invariant, here and below: all parts but the last have a fixed size, so no two keys read alike.
    pub(crate) fn of_answer(key: &AnswerKey) -> Self {
        let mut fixed = [0; 8 + 4 + 32];
        fixed[..8].copy_from_slice(&key.tenant.get().to_be_bytes());
        fixed[8..12].copy_from_slice(&key.step.to_be_bytes());
        fixed[12..].copy_from_slice(&key.digest);
        Self(Sha256::new().chain_update(fixed).chain_update(&key.call).finalize().into())
    }

    pub(crate) fn of_claim(claim: &RotationClaim) -> Self {
        let mut fixed = [0; 8 + 8 + 4];
        fixed[..8].copy_from_slice(&claim.tenant.get().to_be_bytes());
        fixed[8..16].copy_from_slice(&claim.group.to_be_bytes());
        fixed[16..].copy_from_slice(&claim.visit.to_be_bytes());
        Self(Sha256::new().chain_update(fixed).chain_update(&claim.call).finalize().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
