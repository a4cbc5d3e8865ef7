//! Rotation for many nodes: one script on Redis, so that no two nodes ever take the same ticket.

use redis::Script;
use std::sync::Arc;

use super::{RotationClaim, Unavailable};
use crate::fingerprint::Fingerprint;
use crate::limits::Limits;
use crate::link::Link;

/// KEYS: the claim, the counter. ARGV: the claim's life in ms. Returns the ticket.
const CLAIM: &str = r"
local ticket = redis.call('GET', KEYS[1])
if ticket then return tonumber(ticket) end
ticket = redis.call('INCR', KEYS[2]) - 1
redis.call('SET', KEYS[1], ticket, 'PX', ARGV[1])
return ticket
";

pub(super) struct Shared {
    link: Arc<Link>,
    script: Script,
    claim_ttl_ms: u64,
}

impl Shared {
    pub(super) fn new(limits: &Limits, link: Arc<Link>) -> Self {
        let claim_ttl_ms = limits.rotation_claim_ttl.as_millis() as u64;
        Self { link, script: Script::new(CLAIM), claim_ttl_ms }
    }

    pub(super) async fn claim(&self, claim: &RotationClaim) -> Result<u64, Unavailable> {
        let mut invocation = self.script.prepare_invoke();
        invocation
            .key(self.link.name("claim", Fingerprint::of_claim(claim)))
            .key(self.link.name("rotation", format_args!("{}:{}", claim.tenant, claim.group)))
            .arg(self.claim_ttl_ms);
        let mut connection = self.link.connection.clone();
        self.link.ask(invocation.invoke_async(&mut connection)).await.map_err(|_| Unavailable)
    }
}
