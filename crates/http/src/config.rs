//! What the operator says about how OPBX is reached.

pub use opbx_kernel::{InvalidNetwork, Network};

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
    /// Other origins whose pages may use this installation, as `https://desk.example.com`.
    pub origins: Vec<String>,
    /// The key that clients of live updates name; unset is `opbx`.
    pub live_key: Option<String>,
}

/// The key of live updates, where the operator gives none. It is no secret.
const LIVE_KEY: &str = "opbx";

impl HttpConfig {
    /// The key that clients of live updates name.
    pub fn live_key(&self) -> &str {
        self.live_key.as_deref().unwrap_or(LIVE_KEY)
    }
}
