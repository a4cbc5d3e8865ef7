//! Plans and voice settings of all tenants, in memory: what the voice path reads instead of the database.
//!
//! One refresher polls the tenants' plan versions (twice a second, and at once when told) and loads what changed.
//! A plan that fails to compile leaves the last good one in service and raises an alarm in the log.

mod compile;
mod directory;
mod hook_secrets;
mod secrets;
pub mod stored;

pub use compile::{CompileError, Compiled, compile};
pub(crate) use compile::{grouped, schedules};
pub use directory::{Directory, Line, LoadedPlan, Plans, PlansError, VoiceSettings};
pub use hook_secrets::{HookSecrets, PREVIOUS_PATH_HOURS};
pub use secrets::PlanSecrets;
