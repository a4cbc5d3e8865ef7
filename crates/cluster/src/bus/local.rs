//! The bus inside one node, and the ear through which it hears the others.

use redis::{PushInfo, PushKind, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::broadcast;
use uuid::Uuid;

use super::{Message, wire};

/// What subscribers of this node are told.
#[derive(Debug, Clone)]
pub(crate) enum Signal {
    Message(Message),
    /// The connection was lost and is back: what other nodes said in between is lost.
    Gap,
}

#[derive(Clone)]
pub(crate) struct Local {
    ears: broadcast::Sender<Signal>,
    /// Whether Redis has confirmed a subscription before.
    listened: Arc<AtomicBool>,
}

impl Local {
    pub(crate) fn new(buffer_max: usize) -> Self {
        Self { ears: broadcast::Sender::new(buffer_max), listened: Arc::default() }
    }

    pub(super) fn tell(&self, signal: Signal) {
        // Nobody listening is no failure.
        let _ = self.ears.send(signal);
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.ears.subscribe()
    }

    /// Takes what Redis pushes. A node's own words come back to it, and are dropped: it told them already.
    pub(crate) fn hear(&self, node: Uuid, push: &PushInfo) -> Result<(), std::convert::Infallible> {
        match (&push.kind, push.data.as_slice()) {
            (PushKind::Message, [_, Value::BulkString(payload)]) => match wire::decode(payload) {
                Ok((from, message)) if from != node => self.tell(Signal::Message(message)),
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "a message of another version is skipped"),
            },
            // The first confirmation begins the listening; each later one follows a loss.
            (PushKind::Subscribe, _) if self.listened.swap(true, Ordering::Relaxed) => self.tell(Signal::Gap),
            _ => {}
        }
        Ok(())
    }
}
