//! Whether the shared state works, for `/health` and `doctor`.

use crate::link::Link;

/// What the backend says of itself now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// `memory` or `redis`.
    pub backend: &'static str,
    pub ok: bool,
    /// One sentence for the operator: where, and what follows if it is not ok. Never holds a password.
    pub detail: String,
}

impl Health {
    pub(crate) fn memory() -> Self {
        Self { backend: "memory", ok: true, detail: "kept in this process: right for one node".into() }
    }

    /// Asks at once, also while calls rest: so the monitor is often the first to see Redis come back.
    pub(crate) async fn redis(link: &Link) -> Self {
        let (ok, detail) = match link.ping().await {
            Ok(()) => (true, format!("{} answers", link.address)),
            Err(away) => (
                false,
                format!(
                    "{} does not answer ({away}): calls are routed, repeats are recognised per node, fair rotation is best effort",
                    link.address
                ),
            ),
        };
        Self { backend: "redis", ok, detail }
    }
}
