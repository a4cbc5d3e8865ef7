//! Use cases: what OPBX does, one module per feature. They own transactions.

mod app;
pub mod apply;
pub mod entropy;
pub mod ingest;
pub mod journal;
pub mod keys;
pub mod models;
pub mod modules;
pub mod owners;
pub mod plans;
pub mod prompts;
pub mod records;
pub mod tenants;
pub mod usage;
pub mod voice;

pub use app::{App, Parts};
