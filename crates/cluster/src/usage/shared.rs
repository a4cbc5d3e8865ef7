//! The counters of many nodes: scripts on Redis, so that of two calls that ask at once one is the first.

use super::{Account, Spent};
use crate::limits::Limits;
use crate::link::Link;
use crate::rotation::Unavailable;
use redis::Script;
use std::sync::Arc;

/// KEYS: calls, seconds. ARGV: the call, now in ms, the reservation's life in ms. Returns the rank and the seconds.
/// Two calls of one millisecond are put one after the other, so that ranks are the order of asking.
const RESERVE: &str = r"
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2] - ARGV[3])
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
local since = tonumber(ARGV[2])
if last and tonumber(last) >= since then since = tonumber(last) + 1 end
redis.call('ZADD', KEYS[1], 'NX', since, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local rank = redis.call('ZRANK', KEYS[1], ARGV[1])
return {rank, tonumber(redis.call('GET', KEYS[2]) or 0)}
";

/// KEYS: calls, seconds. ARGV: the call, when it ended in ms (0 where it was not answered), the life of a day's counter.
const SETTLE: &str = r"
local since = redis.call('ZSCORE', KEYS[1], ARGV[1])
if since then
  redis.call('ZREM', KEYS[1], ARGV[1])
  local seconds = math.floor((ARGV[2] - since) / 1000)
  if seconds > 0 then
    redis.call('INCRBY', KEYS[2], seconds)
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
  end
end
return 0
";

/// KEYS: calls, seconds. ARGV: the day's seconds, the life of a day's counter in ms, then pairs of ms and call.
const RESTORE: &str = r"
redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
for at = 3, #ARGV, 2 do redis.call('ZADD', KEYS[1], 'NX', ARGV[at], ARGV[at + 1]) end
return 0
";

/// A day's counter outlives its day, for calls that end after midnight.
const DAY_TTL_MS: u64 = 48 * 60 * 60 * 1_000;

pub(super) struct Shared {
    link: Arc<Link>,
    reserve: Script,
    settle: Script,
    restore: Script,
    reservation_ttl_ms: u64,
}

impl Shared {
    pub(super) fn new(limits: &Limits, link: Arc<Link>) -> Self {
        Self {
            link,
            reserve: Script::new(RESERVE),
            settle: Script::new(SETTLE),
            restore: Script::new(RESTORE),
            reservation_ttl_ms: limits.rotation_claim_ttl.as_millis() as u64,
        }
    }

    fn keys(&self, account: Account) -> [String; 2] {
        let Account { tenant, spender, day } = account;
        [
            self.link.name("outside-calls", format_args!("{tenant}:{spender}")),
            self.link.name("outside-seconds", format_args!("{tenant}:{spender}:{day}")),
        ]
    }

    pub(super) async fn reserve(
        &self,
        account: Account,
        call: &str,
        now_ms: i64,
    ) -> Result<Spent, Unavailable> {
        let [calls, seconds] = self.keys(account);
        let mut invocation = self.reserve.prepare_invoke();
        invocation.key(calls).key(seconds).arg(call).arg(now_ms).arg(self.reservation_ttl_ms);
        let mut connection = self.link.connection.clone();
        let answer: (u32, u64) =
            self.link.ask(invocation.invoke_async(&mut connection)).await.map_err(|_| Unavailable)?;
        Ok(Spent { calls_before: answer.0, seconds_today: answer.1 })
    }

    pub(super) async fn settle(
        &self,
        account: Account,
        call: &str,
        ended_ms: Option<i64>,
    ) -> Result<(), Unavailable> {
        let [calls, day] = self.keys(account);
        let mut invocation = self.settle.prepare_invoke();
        invocation.key(calls).key(day).arg(call).arg(ended_ms.unwrap_or(0)).arg(DAY_TTL_MS);
        let mut connection = self.link.connection.clone();
        let done: i64 =
            self.link.ask(invocation.invoke_async(&mut connection)).await.map_err(|_| Unavailable)?;
        debug_assert_eq!(done, 0);
        Ok(())
    }

    pub(super) async fn restore(
        &self,
        account: Account,
        seconds_today: u64,
        going_on: &[(String, i64)],
    ) -> Result<(), Unavailable> {
        let [calls, day] = self.keys(account);
        let mut invocation = self.restore.prepare_invoke();
        invocation.key(calls).key(day).arg(seconds_today).arg(DAY_TTL_MS);
        for (call, since_ms) in going_on {
            invocation.arg(since_ms).arg(call);
        }
        let mut connection = self.link.connection.clone();
        let done: i64 =
            self.link.ask(invocation.invoke_async(&mut connection)).await.map_err(|_| Unavailable)?;
        debug_assert_eq!(done, 0);
        Ok(())
    }
}
