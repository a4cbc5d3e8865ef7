//! The rates of many nodes: one script on Redis counts and judges at once.

use super::{Rate, millis, within};
use crate::link::Link;
use crate::rotation::Unavailable;
use redis::Script;
use std::sync::Arc;
use std::time::Duration;

/// KEYS: what was counted. ARGV: now in ms, the window in ms, the limit, a name that no other deed has.
/// Returns whether it may be done, how often more, and in how many ms the next one leaves.
const TAKE: &str = r"
local begin = ARGV[1] - ARGV[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', begin)
local count = redis.call('ZCARD', KEYS[1])
local limit = tonumber(ARGV[3])
if count >= limit then
  local leaves = redis.call('ZRANGE', KEYS[1], count - limit, count - limit, 'WITHSCORES')[2]
  return {0, 0, leaves - begin}
end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
return {1, limit - count - 1, oldest - begin}
";

pub(super) struct Shared {
    link: Arc<Link>,
    take: Script,
}

impl Shared {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self { link, take: Script::new(TAKE) }
    }

    pub(super) async fn take(
        &self,
        key: &str,
        limit: u32,
        window: Duration,
        now_ms: i64,
    ) -> Result<Rate, Unavailable> {
        let mut invocation = self.take.prepare_invoke();
        invocation
            .key(self.link.name("rate", key))
            .arg(now_ms)
            .arg(millis(window))
            .arg(limit)
            .arg(self.link.token());
        let mut connection = self.link.connection.clone();
        let (allowed, remaining, ms): (u8, u32, i64) =
            self.link.ask(invocation.invoke_async(&mut connection)).await.map_err(|_| Unavailable)?;
        let until = within(window, ms);
        Ok(if allowed == 1 { Rate::Allowed { remaining, reset: until } } else { Rate::Wait(until) })
    }
}
