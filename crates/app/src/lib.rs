//! Use cases: what OPBX does, one module per feature. They own transactions.

mod app;
pub mod attachments;
pub mod business_hours;
pub mod configuration;
pub mod crons;
pub mod entropy;
pub mod groups;
pub mod ingest;
pub mod jobs;
pub mod journal;
pub mod keys;
pub mod models;
pub mod modules;
pub mod outbox;
pub mod owners;
mod partners;
mod phone_changes;
pub mod plans;
pub mod prompts;
pub mod records;
pub mod resources;
pub mod retention;
pub mod ring_groups;
pub mod secrets;
pub mod sequences;
pub mod sessions;
pub mod tenants;
pub mod usage;
pub mod users;
pub mod voice;

pub use app::{App, Parts};
pub use configuration::apply;
pub use opbx_store::SaveError;
