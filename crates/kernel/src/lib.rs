//! What every other crate may know: ids, Scope, languages, phone numbers, Clock, sealing and error codes.
//!
//! Pure: nothing here waits, logs, reads a clock by itself or draws a random number.

pub mod clock;
pub mod code;
pub mod fold;
pub mod ids;
pub mod language;
pub mod network;
pub mod phone;
pub mod scope;
pub mod seal;

pub use clock::{Clock, ManualClock, SystemClock};
pub use code::{Code, Kind};
pub use ids::{CompanyId, InvalidId, RecordId, TenantId, UserId};
pub use jiff::Timestamp;
pub use language::Language;
pub use network::{InvalidNetwork, Network};
pub use phone::{Country, E164};
pub use scope::{Actor, Companies, Operator, Scope};
