//! The counters of many nodes: one script on Redis, so that no two calls are counted as the same one.

use super::{CALLS_MAX, Caller};
use crate::link::Link;
use crate::rotation::Unavailable;
use redis::Script;
use std::fmt::Write as _;
use std::sync::Arc;

/// KEYS: the caller's calls. ARGV: the call, now in ms, the window in ms, the most calls. Returns how many there are.
const COUNT: &str = r"
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2] - ARGV[3])
redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -(ARGV[4] + 1))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('ZCARD', KEYS[1])
";

pub(super) struct Shared {
    link: Arc<Link>,
    count: Script,
}

impl Shared {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self { link, count: Script::new(COUNT) }
    }

    pub(super) async fn count(
        &self,
        (tenant, caller): Caller,
        call: &str,
        now_ms: i64,
        window_ms: i64,
    ) -> Result<u32, Unavailable> {
        let mut hex = String::with_capacity(caller.len() * 2);
        for byte in caller {
            // Writing into a String does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        let mut invocation = self.count.prepare_invoke();
        invocation.key(self.link.name("callers", format_args!("{tenant}:{hex}")));
        invocation.arg(call).arg(now_ms).arg(window_ms).arg(CALLS_MAX);
        let mut connection = self.link.connection.clone();
        self.link.ask(invocation.invoke_async(&mut connection)).await.map_err(|_| Unavailable)
    }
}
