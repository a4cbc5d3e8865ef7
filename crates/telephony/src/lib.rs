//! The call driver: what is kept of a call, and the engine that exists only in memory.
//!
//! [`ledger`] keeps one call's entries and folds them into its row, legs and timeline, whatever order they
//! come in. [`simulator`] is an engine that obeys the core under fake time; [`story`] tells it what happens
//! in readable text, and [`simulation`] plays random calls by the same means.

pub mod backend;
pub mod entry;
pub mod ledger;
pub mod simulation;
pub mod simulator;
pub mod story;

pub use backend::{Access, Asking, Backend, BackendError};
pub use entry::{Entry, Opening};
pub use ledger::{CallSheet, CallStatus, Leg, LegStatus, Moment};
