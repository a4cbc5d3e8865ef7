//! What one node tells the others at once: at most once, best effort. Nobody's correctness may rest on it.

mod local;
mod wire;

use opbx_kernel::{RecordId, TenantId};
use redis::RedisResult;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::broadcast;

use crate::limits::Limits;
use crate::link::Link;
pub(crate) use local::Local;
use local::Signal;

/// Something another part or node may want to know early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// A commit advanced the tenant's plan version to this one.
    PlanChanged { tenant: TenantId, version: i64 },
    /// A commit left something in the tenant's outbox; `calls` are the records of calls among it.
    Committed { tenant: TenantId, calls: Vec<RecordId> },
    /// Somebody's session is over before its time: its sockets are closed.
    SessionRevoked { tenant: TenantId, session: RecordId },
    /// Who is present in the tenant is another list now.
    PresenceMoved { tenant: TenantId },
}

/// Why no message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missed {
    /// Some messages are lost, because this subscriber was slow or the connection was; look at the source.
    #[error("some messages were missed")]
    Lagged,
    /// The cluster is gone; no message will come any more.
    #[error("the bus is closed")]
    Closed,
}

/// Carries messages to every subscriber of this node and, on Redis, of the others.
pub struct Bus {
    local: Local,
    link: Option<Arc<Link>>,
}

impl Bus {
    pub(crate) fn local(limits: &Limits) -> Self {
        Self { local: Local::new(limits.bus_buffer_max), link: None }
    }

    pub(crate) fn shared(local: Local, link: Arc<Link>) -> Self {
        Self { local, link: Some(link) }
    }

    /// Starts hearing the other nodes; the connection subscribes again by itself after a loss.
    pub(crate) async fn listen(&self) -> RedisResult<()> {
        let Some(link) = &self.link else { return Ok(()) };
        link.connection.clone().subscribe(channel(link)).await
    }

    /// Tells the subscribers of this node at once and the other nodes within `Limits::redis_wait_max`.
    ///
    /// With Redis away the other nodes hear nothing, and nobody is told: they look at the source besides.
    pub async fn publish(&self, message: Message) {
        self.local.tell(Signal::Message(message.clone()));
        self.tell_others(&message).await;
    }

    /// Tells the other nodes only, as `publish` does; nobody where there are none.
    pub async fn tell_others(&self, message: &Message) {
        let Some(link) = &self.link else { return };
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(channel(link)).arg(wire::encode(link.node, message));
        let mut connection = link.connection.clone();
        if let Err(away) = link.ask(publish.exec_async(&mut connection)).await {
            tracing::debug!(reason = %away, "a message did not reach the other nodes");
        }
    }

    /// Whether there may be other nodes to tell.
    pub fn is_shared(&self) -> bool {
        self.link.is_some()
    }

    /// Hears every message from now on, this node's own included.
    pub fn subscribe(&self) -> Subscription {
        Subscription(self.local.subscribe())
    }
}

fn channel(link: &Link) -> String {
    link.name("bus", 1)
}

/// Hears messages in order, with a bounded buffer.
pub struct Subscription(broadcast::Receiver<Signal>);

impl Subscription {
    /// Waits for the next message. Safe to drop and call again: no message is lost by it.
    pub async fn recv(&mut self) -> Result<Message, Missed> {
        match self.0.recv().await {
            Ok(Signal::Message(message)) => Ok(message),
            Ok(Signal::Gap) | Err(broadcast::error::RecvError::Lagged(_)) => Err(Missed::Lagged),
            Err(broadcast::error::RecvError::Closed) => Err(Missed::Closed),
        }
    }
}
