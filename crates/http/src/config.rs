//! What the operator says about how OPBX is reached.

pub use opbx_kernel::{InvalidNetwork, Network};
pub use opbx_web_app::Files;

use opbx_app::sessions::LoginRates;
use std::time::Duration;

/// How this node is reached, and whom it believes.
#[derive(Debug, Clone, Default)]
pub struct HttpConfig {
    /// The URL under which engines and browsers reach this installation, where a tenant sets none of its own.
    pub public_url: Option<String>,
    /// The URL of the listener itself, for when nothing better is known.
    pub listen_url: String,
    /// Whose `X-Forwarded-…` headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// On loopback, believe the Host header, so that the demo works through any tunnel of the developer's.
    pub demo: bool,
    /// Who may ask for health from elsewhere than loopback: a bearer token.
    pub health_token: Option<String>,
    /// Who may ask for metrics from elsewhere than this machine: a bearer token.
    pub metrics_token: Option<String>,
    /// Other origins whose pages may use this installation, as `https://desk.example.com`.
    pub origins: Vec<String>,
    /// Whether the contract and the page to try it on are nobody's to see.
    pub hides_contract: bool,
    /// The key that clients of live updates name; unset is `opbx`.
    pub live_key: Option<String>,
    /// Where the web app comes from.
    pub web_app: Files,
    pub limits: Limits,
}

/// How much is taken on, and how fast.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests of one user, or from one address that is not signed in, within a minute; 0 does not count.
    pub api_per_min: u32,
    /// Requests of all users of one tenant together, within a minute.
    pub tenant_per_min: u32,
    /// Voice requests of one tenant within a minute.
    pub voice_per_min: u32,
    /// Webhooks for one tenant within a minute, or from one address that proves nothing.
    pub hooks_per_min: u32,
    pub login: LoginRates,
    /// API requests at once; more wait a moment.
    pub api_at_once: usize,
    pub voice_at_once: usize,
    pub hooks_at_once: usize,
    /// How long a request of the API may take.
    pub api_time_max: Duration,
    /// How long a caller may hear nothing.
    pub voice_time_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            api_per_min: 600,
            tenant_per_min: 6_000,
            voice_per_min: 10_000,
            hooks_per_min: 10_000,
            login: LoginRates::default(),
            api_at_once: 256,
            voice_at_once: 1_024,
            hooks_at_once: 256,
            api_time_max: Duration::from_secs(60),
            voice_time_max: Duration::from_secs(10),
        }
    }
}

/// The key of live updates, where the operator gives none. It is no secret.
const LIVE_KEY: &str = "opbx";

impl HttpConfig {
    /// The key that clients of live updates name.
    pub fn live_key(&self) -> &str {
        self.live_key.as_deref().unwrap_or(LIVE_KEY)
    }
}
