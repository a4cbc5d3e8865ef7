//! Use cases: what OPBX does, one module per feature. They own transactions.

mod app;
pub mod apply;
pub mod crons;
pub mod entropy;
pub mod ingest;
pub mod jobs;
pub mod journal;
pub mod keys;
pub mod models;
pub mod modules;
pub mod outbox;
pub mod owners;
pub mod plans;
pub mod records;
pub mod retention;
pub mod tenants;
pub mod voice;

pub use app::{App, Parts};
