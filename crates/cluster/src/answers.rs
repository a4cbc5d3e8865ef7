//! The answers already given: a repeat gets the same bytes, concurrent repeats wait for the first.

mod shared;
mod wire;

use bytes::Bytes;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use opbx_kernel::TenantId;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::timeout;

use crate::fingerprint::Fingerprint;
use crate::limits::Limits;
use crate::link::Link;
use shared::{Claim, Shared};

/// What one entry takes beside the body: the key, the answer's own fields and the cache's bookkeeping.
const ENTRY_BYTES: usize = 256;

/// How often a repeat waits for another first after one failed; then it answers by itself.
const FIRSTS_MAX: u32 = 16;

/// One question of an engine: equal keys are repeats of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerKey {
    pub tenant: TenantId,
    /// The engine's id of the call, such as Cloudonix' CallSid.
    pub call: String,
    pub step: u32,
    /// A digest of everything in the input that the answer depends on.
    pub digest: [u8; 32],
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

/// Whether the answer was made for this request or for an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    First,
    Repeat,
}

/// Keeps answers for `ANSWER_TTL`: in this node's memory, and on Redis for the other nodes.
pub struct Answers {
    kept: Cache<Fingerprint, Answer>,
    shared: Option<Shared>,
    wait_max: Duration,
}

/// How one attempt to be answered ended.
enum Turn<E> {
    Answered(Answer, Origin),
    Failed(E),
    /// Another request was first and failed; the closure is still unused.
    FirstFailed,
    /// Another request was first and takes too long; the closure is still unused.
    FirstIsSlow,
}

impl Answers {
    pub(crate) fn new(limits: &Limits, link: Option<Arc<Link>>) -> Self {
        // Least recently used leaves first: the default policy may refuse new entries, whose repeats are the likeliest.
        let kept = Cache::builder()
            .max_capacity(limits.answers_bytes_max)
            .weigher(|_, answer: &Answer| u32::try_from(ENTRY_BYTES + answer.body.len()).unwrap_or(u32::MAX))
            .time_to_live(limits.answer_ttl)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        let shared = link.map(|link| Shared::new(limits, link));
        Self { kept, shared, wait_max: limits.answer_wait_max }
    }

    /// The kept answer, if there is one; with Redis away, if this node kept it.
    pub async fn get(&self, key: &AnswerKey) -> Option<Answer> {
        let at = Fingerprint::of_answer(key);
        match (self.kept.get(&at).await, &self.shared) {
            (None, Some(shared)) => shared.get(at).await,
            (kept, _) => kept,
        }
    }

    /// Returns the kept answer, or makes one and keeps it.
    ///
    /// The closure runs at most once per call of this, and of concurrent equal keys only one runs. Its error
    /// goes to its own caller and is not kept: the next one that waits tries. If the first is dropped half-way, the next
    /// takes over. Who waited `Limits::answer_wait_max` answers by itself, so that nothing waits for ever.
    pub async fn get_or_answer<F, Fut, E>(&self, key: AnswerKey, answer: F) -> Result<(Answer, Origin), E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Answer, E>>,
    {
        let at = Fingerprint::of_answer(&key);
        let mut answer = Some(answer);
        for _ in 0..FIRSTS_MAX {
            match self.turn(at, &mut answer).await {
                Turn::Answered(answer, origin) => return Ok((answer, origin)),
                Turn::Failed(error) => return Err(error),
                Turn::FirstFailed => {}
                Turn::FirstIsSlow => break,
            }
        }
        // Not kept: the slow first may still finish, and what it keeps is what later repeats get.
        let answer = answer.expect("a turn that uses the closure ends the loop");
        Ok((answer().await?, Origin::First))
    }

    async fn turn<F, Fut, E>(&self, at: Fingerprint, answer: &mut Option<F>) -> Turn<E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Answer, E>>,
    {
        let first = AtomicBool::new(false);
        let mut origin = Origin::Repeat;
        let mut failed = None;
        let found = {
            let mut turn = pin!(self.kept.optionally_get_with(at, async {
                first.store(true, Ordering::Relaxed);
                match self.make(at, answer.take().expect("a turn starts with the closure unused")).await {
                    Ok((made, by)) => {
                        origin = by;
                        Some(made)
                    }
                    Err(error) => {
                        failed = Some(error);
                        None
                    }
                }
            }));
            match timeout(self.wait_max, turn.as_mut()).await {
                Ok(found) => found,
                // The limit is for those who wait; who makes the answer may finish it.
                Err(_) if first.load(Ordering::Relaxed) => turn.await,
                Err(_) => return Turn::FirstIsSlow,
            }
        };
        match (found, failed) {
            (Some(answer), _) => Turn::Answered(answer, origin),
            (None, Some(error)) => Turn::Failed(error),
            (None, None) => Turn::FirstFailed,
        }
    }

    /// Makes the answer, unless another node has made it or is about to.
    async fn make<F, Fut, E>(&self, at: Fingerprint, answer: F) -> Result<(Answer, Origin), E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Answer, E>>,
    {
        let Some(shared) = &self.shared else { return Ok((answer().await?, Origin::First)) };
        match shared.claim(at).await {
            Claim::Answered(answer) => Ok((answer, Origin::Repeat)),
            Claim::Ours(turn) => {
                // A failed or dropped answer drops the turn, which lets the next node try at once.
                let answer = answer().await?;
                Ok(turn.keep(answer).await)
            }
            Claim::Alone => Ok((answer().await?, Origin::First)),
        }
    }
}
