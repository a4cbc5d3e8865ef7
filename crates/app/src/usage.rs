//! What was already spent on outside calls, as a decision asks for it.

use crate::app::App;
use crate::plans::LoadedPlan;
use crate::voice::Happened;
use opbx_routing::{Spender, Usage};

/// What a spender has spent, the call that asks not among it.
pub async fn usage_of(_app: &App, _loaded: &LoadedPlan, _happened: &Happened, _spender: Spender) -> Usage {
    Usage::default()
}
