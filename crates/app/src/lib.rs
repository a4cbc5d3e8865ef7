//! Use cases: what OPBX does, one module per feature. They own transactions.

mod app;
pub mod configuration;
pub mod entropy;
pub mod ingest;
pub mod journal;
pub mod keys;
pub mod models;
pub mod modules;
pub mod owners;
pub mod plans;
pub mod records;
pub mod tenants;
pub mod voice;

pub use app::{App, Parts};
pub use configuration::apply;
