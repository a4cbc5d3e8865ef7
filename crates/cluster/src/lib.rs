//! What nodes share beside the database: answers, rotation tickets and the bus. The only home of Redis.
//!
//! In memory by default; on Redis 6 or Valkey when an URL is given. With Redis away every call is still
//! answered: answers are kept per node, rotation says `Unavailable`, and `health` says why.

mod answers;
mod bus;
mod callers;
mod circuit;
mod connect;
mod fingerprint;
mod health;
mod limits;
mod link;
mod presence;
mod rates;
mod rotation;
mod usage;

use std::sync::Arc;

pub use answers::{Answer, AnswerKey, Answers, Origin};
pub use bus::{Bus, Message, Missed, Subscription};
pub use callers::Callers;
pub use connect::ConnectError;
pub use health::Health;
pub use limits::{ANSWER_TTL, Limits, ROTATION_CLAIM_TTL};
pub use presence::{NODES_MAX as PRESENCE_NODES_MAX, Presence};
pub use rates::{RATE_LIMIT_MAX, Rate, Rates};
pub use rotation::{Rotation, RotationClaim, Unavailable};
pub use usage::{Account, Spent, Usage};

use link::Link;

/// One node's handle on what nodes share. Cheap to clone; all clones are the same node.
#[derive(Clone)]
pub struct Cluster(Arc<Parts>);

struct Parts {
    answers: Answers,
    rotation: Rotation,
    usage: Usage,
    presence: Presence,
    callers: Callers,
    rates: Rates,
    bus: Bus,
    link: Option<Arc<Link>>,
}

impl Cluster {
    /// Shares nothing: right for an installation of one node.
    pub fn memory() -> Self {
        Self::memory_within(&Limits::default())
    }

    /// Like `memory`, with other bounds than the named defaults.
    pub fn memory_within(limits: &Limits) -> Self {
        Self::assemble(limits, Bus::local(limits), None)
    }

    /// Joins the nodes that use the same Redis and the same prefix, and checks that it answers.
    ///
    /// The prefix starts every key, so that two installations can share one Redis. Once connected, a
    /// lost connection is made again by itself.
    pub async fn connect(redis_url: &str, prefix: &str) -> Result<Self, ConnectError> {
        Self::connect_within(redis_url, prefix, &Limits::default()).await
    }

    /// Like `connect`, with other bounds than the named defaults.
    pub async fn connect_within(
        redis_url: &str,
        prefix: &str,
        limits: &Limits,
    ) -> Result<Self, ConnectError> {
        let (link, bus) = connect::connect(redis_url, prefix, limits).await?;
        Ok(Self::assemble(limits, bus, Some(link)))
    }

    fn assemble(limits: &Limits, bus: Bus, link: Option<Arc<Link>>) -> Self {
        let answers = Answers::new(limits, link.clone());
        let rotation = match &link {
            Some(link) => Rotation::shared(limits, Arc::clone(link)),
            None => Rotation::local(limits),
        };
        let usage = Usage::new(limits, link.clone());
        let presence = Presence::new(link.clone());
        let callers = Callers::new(limits, link.clone());
        let rates = Rates::new(limits, link.clone());
        Self(Arc::new(Parts { answers, rotation, usage, presence, callers, rates, bus, link }))
    }

    /// The answers already given to webhooks, so that a repeat gets the same bytes.
    pub fn answers(&self) -> &Answers {
        &self.0.answers
    }

    /// Whose turn it is in a ring group.
    pub fn rotation(&self) -> &Rotation {
        &self.0.rotation
    }

    /// What is spent on outside calls.
    pub fn usage(&self) -> &Usage {
        &self.0.usage
    }

    /// Who is there: the users with a socket open, on all nodes.
    pub fn presence(&self) -> &Presence {
        &self.0.presence
    }

    /// How often callers call.
    pub fn callers(&self) -> &Callers {
        &self.0.callers
    }

    /// How often something may be done.
    pub fn rates(&self) -> &Rates {
        &self.0.rates
    }

    /// What one node tells the others at once. At most once, best effort.
    pub fn bus(&self) -> &Bus {
        &self.0.bus
    }

    /// Asks the backend whether it answers now; takes no longer than `Limits::redis_wait_max`.
    pub async fn health(&self) -> Health {
        match &self.0.link {
            None => Health::memory(),
            Some(link) => Health::redis(link).await,
        }
    }
}
