//! Backend: what OPBX asks of an engine beside the answers to its questions: what it shall know, and what it shall do
//! with a live call.
//!
//! One method is one request over the engine's own interface, so that whoever asks can pace and repeat requests.

mod error;
mod none;
mod simulated;

pub use error::BackendError;
pub use none::NoBackend;
pub use simulated::{SimulatedBackend, SimulatedDomain};

use opbx_routing::Dial;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use zeroize::Zeroizing;

/// A question to the engine while it is under way.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, BackendError>> + Send + 'a>>;

/// The most records of one kind that are taken from an engine.
pub const REMOTE_MAX: usize = 20_000;

/// Which domain of the engine is meant, and the key that opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    pub uuid: String,
    /// The domain's name, where it is known.
    pub name: Option<String>,
    pub key: Zeroizing<String>,
}

/// A domain as the engine knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainFacts {
    pub name: String,
    pub uuid: Option<String>,
    pub no_answer_timeout_s: Option<u16>,
    /// `mp3` or `wav`.
    pub recording_format: Option<String>,
    pub package: Option<String>,
}

/// How a domain shall treat its calls, and whom it shall tell of them.
#[derive(Clone, PartialEq, Eq)]
pub struct DomainWish {
    pub no_answer_timeout_s: u16,
    pub recording_format: String,
    pub session_update_url: String,
    pub cdr_url: String,
    /// The bearer that the engine shows where it asks.
    pub requests_key: Zeroizing<String>,
}

/// Where an engine asks what to do with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    pub id: String,
    pub uuid: Option<String>,
    pub name: String,
    pub url: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationWish {
    pub name: String,
    pub url: String,
}

/// Who may register a phone at the engine.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscriber {
    pub id: String,
    pub uuid: Option<String>,
    pub number: String,
    pub active: bool,
    /// Few engines tell it.
    pub password: Option<Zeroizing<String>>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct SubscriberWish {
    pub number: String,
    pub password: Zeroizing<String>,
    pub active: bool,
}

/// A way out to, or in from, the public network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierTrunk {
    pub id: String,
    pub name: String,
    pub host: Option<String>,
    pub port: Option<u16>,
    pub transport: Option<String>,
    pub prefix: Option<String>,
    /// As the engine says it: `inbound`, `outbound`, `public-outbound`.
    pub direction: String,
    pub active: bool,
}

impl CarrierTrunk {
    /// Whether calls can leave by it.
    pub fn goes_out(&self) -> bool {
        let direction = self.direction.to_ascii_lowercase();
        direction.ends_with("outbound") || direction == "bidirectional" || direction == "both"
    }
}

/// A voice that reads text to callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    pub id: String,
    pub name: String,
    pub provider: String,
    /// BCP 47, as the engine says it.
    pub language: String,
    pub gender: Option<String>,
    pub premium: bool,
    pub pricing: Option<String>,
}

/// A number that the engine leads to an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutedNumber {
    pub id: String,
    pub number: String,
    pub application: Option<String>,
    pub active: bool,
}

/// A call to be started: the destination rings first; once it answers, the engine asks `url` what to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Originate {
    pub destination: String,
    pub caller_id: Option<String>,
    pub url: String,
    pub ring_timeout_s: u16,
    pub time_limit_s: u32,
}

/// An engine that can be asked. Implemented by the adapter of each engine, and by the simulator.
pub trait Backend: Send + Sync + 'static {
    /// The engine's name, for sentences.
    fn engine(&self) -> &'static str;

    fn domain<'a>(&'a self, access: &'a Access) -> Asking<'a, DomainFacts>;
    fn set_domain<'a>(&'a self, access: &'a Access, wish: &'a DomainWish) -> Asking<'a, ()>;

    fn create_application<'a>(
        &'a self,
        access: &'a Access,
        wish: &'a ApplicationWish,
    ) -> Asking<'a, Application>;
    fn set_application<'a>(
        &'a self,
        access: &'a Access,
        id: &'a str,
        wish: &'a ApplicationWish,
    ) -> Asking<'a, ()>;
    /// Asks this application about every call that nothing else claims.
    fn make_default<'a>(&'a self, access: &'a Access, application: &'a str) -> Asking<'a, ()>;

    fn subscribers<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<Subscriber>>;
    fn create_subscriber<'a>(
        &'a self,
        access: &'a Access,
        wish: &'a SubscriberWish,
    ) -> Asking<'a, Subscriber>;
    fn set_subscriber<'a>(
        &'a self,
        access: &'a Access,
        id: &'a str,
        wish: &'a SubscriberWish,
    ) -> Asking<'a, ()>;
    fn delete_subscriber<'a>(&'a self, access: &'a Access, id: &'a str) -> Asking<'a, ()>;

    fn trunks<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<CarrierTrunk>>;
    fn voices<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<Voice>>;

    fn numbers<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<RoutedNumber>>;
    fn route_number<'a>(
        &'a self,
        access: &'a Access,
        number: &'a str,
        application: &'a str,
    ) -> Asking<'a, RoutedNumber>;
    fn forget_number<'a>(&'a self, access: &'a Access, id: &'a str) -> Asking<'a, ()>;

    /// Starts a call; answers with the engine's name for it.
    fn originate<'a>(&'a self, access: &'a Access, call: &'a Originate) -> Asking<'a, String>;
    fn hang_up<'a>(&'a self, access: &'a Access, session: &'a str) -> Asking<'a, ()>;
    /// Takes a live call out of what it does, and lets it ring these.
    fn transfer<'a>(&'a self, access: &'a Access, session: &'a str, to: &'a Dial) -> Asking<'a, ()>;
    /// Ends a live call by itself after so many seconds.
    fn limit<'a>(&'a self, access: &'a Access, session: &'a str, time_limit_s: u32) -> Asking<'a, ()>;
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Access({})", self.uuid)
    }
}

impl fmt::Debug for DomainWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The addresses hold a secret path.
        write!(f, "DomainWish({} s, {})", self.no_answer_timeout_s, self.recording_format)
    }
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscriber({}, {}, active: {})", self.id, self.number, self.active)
    }
}

impl fmt::Debug for SubscriberWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubscriberWish({}, active: {})", self.number, self.active)
    }
}
