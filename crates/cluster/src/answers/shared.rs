//! Answers between nodes: one node makes the answer, the others wait for it, and all return what was kept first.

use redis::Script;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

use super::{Answer, Origin, wire};
use crate::fingerprint::Fingerprint;
use crate::limits::Limits;
use crate::link::{Away, Link};

/// Pauses between looks at what another node is making: doubling from the first to the second.
const LOOK_DELAY_MIN: Duration = Duration::from_millis(2);
const LOOK_DELAY_MAX: Duration = Duration::from_millis(50);

/// KEYS: the answer. ARGV: our mark, its life in ms. Returns nothing if the turn is ours, else what is there.
const CLAIM: &str = r"
local value = redis.call('GET', KEYS[1])
if value then return value end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
";

/// KEYS: the answer. ARGV: our answer, its life in ms. Returns nothing if ours is kept, else the one that was first.
const KEEP: &str = r"
local value = redis.call('GET', KEYS[1])
if value and string.byte(value) == 65 then return value end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
";

/// KEYS: the answer. ARGV: our mark. Removes the mark, but never another's mark nor an answer.
const RELEASE: &str = r"
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return false
";

pub(super) struct Shared(Arc<Inner>);

struct Inner {
    link: Arc<Link>,
    claim: Script,
    keep: Script,
    release: Script,
    answer_ttl_ms: u64,
    mark_ttl_ms: u64,
    node_wait_max: Duration,
}

pub(super) enum Claim {
    /// Another node answered before.
    Answered(Answer),
    /// This node makes the answer.
    Ours(Turn),
    /// Redis is away: every node for itself.
    Alone,
}

/// The right to make an answer. Dropped without `keep`, it is given up, so that the next node can try.
pub(super) struct Turn {
    shared: Arc<Inner>,
    key: String,
    mark: Vec<u8>,
    held: bool,
}

impl Shared {
    pub(super) fn new(limits: &Limits, link: Arc<Link>) -> Self {
        Self(Arc::new(Inner {
            link,
            claim: Script::new(CLAIM),
            keep: Script::new(KEEP),
            release: Script::new(RELEASE),
            answer_ttl_ms: limits.answer_ttl.as_millis() as u64,
            mark_ttl_ms: limits.answer_lock_ttl.as_millis() as u64,
            node_wait_max: limits.answer_node_wait_max,
        }))
    }

    /// What any node kept.
    pub(super) async fn get(&self, at: Fingerprint) -> Option<Answer> {
        let link = &self.0.link;
        let mut connection = link.connection.clone();
        let name = link.name("answer", at);
        let mut get = redis::cmd("GET");
        get.arg(name);
        let value: Option<Vec<u8>> = link.ask(get.query_async(&mut connection)).await.ok().flatten();
        value.and_then(wire::decode)
    }

    /// Takes the turn, or waits for the node that has it, no longer than `Limits::answer_node_wait_max`.
    pub(super) async fn claim(&self, at: Fingerprint) -> Claim {
        let shared = &self.0;
        let key = shared.link.name("answer", at);
        let mark = wire::mark(&shared.link.token());
        // Held from before the first question: if this is dropped while the reply is on its way, Redis may have taken the mark.
        let mut turn = Turn { shared: Arc::clone(shared), key, mark, held: true };
        let until = Instant::now() + shared.node_wait_max;
        let mut delay = LOOK_DELAY_MIN;
        loop {
            match shared.run(&shared.claim, &turn.key, &turn.mark, Some(shared.mark_ttl_ms)).await {
                Ok(None) => return Claim::Ours(turn),
                Ok(Some(value)) => {
                    if let Some(answer) = wire::decode(value) {
                        turn.held = false;
                        return Claim::Answered(answer);
                    }
                }
                Err(away) => {
                    // A question that was asked may have taken the mark all the same.
                    turn.held = !matches!(away, Away::Resting);
                    return Claim::Alone;
                }
            }
            if Instant::now() >= until {
                turn.held = false;
                return Claim::Ours(turn);
            }
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(LOOK_DELAY_MAX);
        }
    }
}

impl Turn {
    /// Keeps the answer for the other nodes; if one of them was faster, theirs is returned in its place.
    pub(super) async fn keep(mut self, answer: Answer) -> (Answer, Origin) {
        let shared = Arc::clone(&self.shared);
        let value = wire::encode(&answer);
        let faster = shared.run(&shared.keep, &self.key, &value, Some(shared.answer_ttl_ms)).await;
        self.held = faster.is_err();
        match faster.ok().flatten().and_then(wire::decode) {
            Some(theirs) => (theirs, Origin::Repeat),
            None => (answer, Origin::First),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.held {
            return;
        }
        // Outside a runtime nobody can be told; the mark then ends by itself.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let shared = Arc::clone(&self.shared);
        let (key, mark) = (std::mem::take(&mut self.key), std::mem::take(&mut self.mark));
        runtime.spawn(async move {
            // With Redis away the mark ends by itself too.
            let _ = shared.run(&shared.release, &key, &mark, None).await;
        });
    }
}

impl Inner {
    async fn run(
        &self,
        script: &Script,
        key: &str,
        value: &[u8],
        ttl_ms: Option<u64>,
    ) -> Result<Option<Vec<u8>>, Away> {
        let mut invocation = script.prepare_invoke();
        invocation.key(key).arg(value).arg(ttl_ms);
        let mut connection = self.link.connection.clone();
        self.link.ask(invocation.invoke_async(&mut connection)).await
    }
}
