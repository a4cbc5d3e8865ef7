//! Every bound of this crate, by name.

use std::time::Duration;

/// How long a repeat gets the bytes of the first answer.
pub const ANSWER_TTL: Duration = Duration::from_secs(10 * 60);

/// How long a claim returns the same ticket: the enforced limit of a call.
pub const ROTATION_CLAIM_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// The memory that kept answers may take on one node; the oldest unused ones leave first.
const ANSWERS_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How long a request waits for another of the same node to answer first, before it answers by itself.
///
/// Invariant: longer than `ANSWER_NODE_WAIT_MAX`, so that one request per node does the waiting for another
/// node and the others follow it.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(3);

/// How long a node waits for another node to answer first.
const ANSWER_NODE_WAIT_MAX: Duration = Duration::from_secs(2);

/// How long a node may work on an answer before another takes over, as when it died.
///
/// Invariant: shorter than `ANSWER_NODE_WAIT_MAX`, so that of the nodes that wait one takes over, not all.
const ANSWER_LOCK_TTL: Duration = Duration::from_millis(1500);

/// Claims remembered in memory, about 200 bytes each. Beyond this the least recently used is forgotten, and a repeat
/// of it would advance the rotation once more.
const ROTATION_CLAIMS_MAX: u64 = 500_000;

/// Counters remembered in memory. Beyond this the least recently used group starts over.
const ROTATION_GROUPS_MAX: u64 = 1_000_000;

/// Accounts of outside calls remembered in memory before those that spend nothing today are forgotten.
const USAGE_ACCOUNTS_MAX: usize = 1_000_000;

/// Callers remembered in memory before calls are let through uncounted.
const CALLERS_MAX: usize = 100_000;

/// Keys of rates remembered in memory. Beyond this the least recently used one is forgotten, and may begin anew.
const RATE_KEYS_MAX: u64 = 200_000;

/// Messages a subscriber may be behind before it is told that it lagged.
const BUS_BUFFER_MAX: usize = 1024;

/// How long one question to Redis may take.
const REDIS_WAIT_MAX: Duration = Duration::from_millis(50);

/// How long nobody asks Redis again after it failed to answer.
const REDIS_REST: Duration = Duration::from_secs(1);

/// The bounds of one `Cluster`. The defaults are right for production; tests shorten them.
#[derive(Debug, Clone)]
pub struct Limits {
    pub answer_ttl: Duration,
    pub answers_bytes_max: u64,
    pub answer_wait_max: Duration,
    pub answer_node_wait_max: Duration,
    pub answer_lock_ttl: Duration,
    pub rotation_claim_ttl: Duration,
    pub rotation_claims_max: u64,
    pub rotation_groups_max: u64,
    pub usage_accounts_max: usize,
    pub callers_max: usize,
    pub rate_keys_max: u64,
    pub bus_buffer_max: usize,
    pub redis_wait_max: Duration,
    pub redis_rest: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer_ttl: ANSWER_TTL,
            answers_bytes_max: ANSWERS_BYTES_MAX,
            answer_wait_max: ANSWER_WAIT_MAX,
            answer_node_wait_max: ANSWER_NODE_WAIT_MAX,
            answer_lock_ttl: ANSWER_LOCK_TTL,
            rotation_claim_ttl: ROTATION_CLAIM_TTL,
            rotation_claims_max: ROTATION_CLAIMS_MAX,
            rotation_groups_max: ROTATION_GROUPS_MAX,
            usage_accounts_max: USAGE_ACCOUNTS_MAX,
            callers_max: CALLERS_MAX,
            rate_keys_max: RATE_KEYS_MAX,
            bus_buffer_max: BUS_BUFFER_MAX,
            redis_wait_max: REDIS_WAIT_MAX,
            redis_rest: REDIS_REST,
        }
    }
}
