//! The connection to Redis: every question has a time limit, and a Redis that is away is not asked by everybody.

use redis::aio::ConnectionManager;
use redis::{RedisError, RedisResult};
use std::fmt::Display;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

use crate::circuit::Circuit;

pub(crate) struct Link {
    pub(crate) connection: ConnectionManager,
    pub(crate) address: String,
    pub(crate) prefix: String,
    pub(crate) node: Uuid,
    circuit: Circuit,
    start: Instant,
    wait_max: Duration,
    tokens: AtomicU64,
}

/// Why Redis gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Away {
    #[error("it failed a moment ago and is not asked again yet")]
    Resting,
    #[error("no answer within {} ms", .0.as_millis())]
    Late(Duration),
    #[error("{0}")]
    Failed(RedisError),
}

impl Link {
    pub(crate) fn new(
        connection: ConnectionManager,
        address: String,
        prefix: String,
        node: Uuid,
        wait_max: Duration,
        rest: Duration,
    ) -> Self {
        let circuit = Circuit::new(rest);
        Self {
            connection,
            address,
            prefix,
            node,
            circuit,
            start: Instant::now(),
            wait_max,
            tokens: AtomicU64::new(0),
        }
    }

    /// The full name of a key or channel of this installation.
    pub(crate) fn name(&self, kind: &str, rest: impl Display) -> String {
        format!("{}:{kind}:{rest}", self.prefix)
    }

    /// A text that no other request of any node has.
    pub(crate) fn token(&self) -> String {
        format!("{}:{}", self.node.simple(), self.tokens.fetch_add(1, Ordering::Relaxed))
    }

    /// Waits for a reply, unless Redis failed a moment ago. Never longer than the limit.
    pub(crate) async fn ask<T>(&self, reply: impl Future<Output = RedisResult<T>>) -> Result<T, Away> {
        if self.circuit.admits(self.start.elapsed()) { self.probe(reply).await } else { Err(Away::Resting) }
    }

    /// Waits for a reply even if Redis failed a moment ago.
    pub(crate) async fn probe<T>(&self, reply: impl Future<Output = RedisResult<T>>) -> Result<T, Away> {
        let result = match tokio::time::timeout(self.wait_max, reply).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(Away::Failed(error)),
            Err(_) => Err(Away::Late(self.wait_max)),
        };
        match &result {
            Ok(_) if self.circuit.note_success() => {
                tracing::info!(address = %self.address, "redis answers again");
            }
            Err(away) if self.circuit.note_failure(self.start.elapsed()) => {
                tracing::warn!(address = %self.address, reason = %away, "redis is away: nodes share nothing until it is back");
            }
            Ok(_) | Err(_) => {}
        }
        result
    }

    pub(crate) async fn ping(&self) -> Result<(), Away> {
        let mut connection = self.connection.clone();
        self.probe(async move { redis::cmd("PING").query_async(&mut connection).await }).await
    }
}
