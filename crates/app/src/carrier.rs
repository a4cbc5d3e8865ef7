//! The carrier: what OPBX tells the engine of a tenant, reads from it, and does with its live calls.
//!
//! A local change never waits for the carrier. It leaves a job behind in its own transaction, and a state on the record
//! that says whether the carrier knows it: `unconfigured`, `pending`, `synced`, or `failed` with the reason.

mod account;
mod breaker;
mod calls;
mod catalogue;
pub(crate) mod changes;
mod compare;
mod error;
mod extensions;
mod line;
mod passwords;
mod provision;
mod settings;
mod sync;

pub use breaker::{Circuit, FAILURES_MAX, OPEN_FOR};
pub use calls::{NewCall, extension_with, hang_up, limit, originate, transfer};
pub use catalogue::{Filters, Voices, trunks, voices};
pub use compare::{Comparison, Difference};
pub use error::CarrierError;
pub use extensions::{Reset, reset_password};
pub use line::{LATER_MAX, NOW_MAX, WINDOW};
pub use opbx_telephony::backend::CarrierTrunk;
pub use passwords::sip_password;
pub use provision::Addresses;
pub use settings::{
    HOOK_SECRET_OVERLAP, Saved, SettingsView, generate_requests_key, get, provision, rotate_hook_secret,
    save, validate,
};
pub use sync::{SyncOutcome, Synced, Tally, compare, sync};

use crate::app::App;
use crate::jobs::Handlers;
use breaker::Breakers;
use catalogue::Catalogue;
use opbx_kernel::Timestamp;
use opbx_telephony::Backend;
use std::sync::Arc;

/// What one node keeps of the carrier: the way to it, and what it knows of its health.
pub struct Carrier {
    backend: Arc<dyn Backend>,
    breakers: Breakers,
    catalogue: Catalogue,
}

impl Carrier {
    pub(crate) fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend, breakers: Breakers::default(), catalogue: Catalogue::default() }
    }

    /// How many domains are left alone, and how many are tried again.
    pub(crate) fn circuits(&self, now: Timestamp) -> (usize, usize) {
        self.breakers.counts(now)
    }

    /// The engine's name, for sentences.
    pub fn engine(&self) -> &'static str {
        self.backend.engine()
    }
}

/// Adds the jobs of this feature.
pub(crate) fn with_handlers(handlers: Handlers, app: &App) -> Handlers {
    handlers
        .with(provision::Provision(app.clone()))
        .with(extensions::Push(app.clone()))
        .with(sync::SyncAll(app.clone()))
}
