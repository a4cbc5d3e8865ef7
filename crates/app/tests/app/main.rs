//! Use cases on both databases, with the background work that belongs to them.

mod apply;
mod apply_lists;
mod ingestion;
mod jobs;
mod mistakes;
mod nodes;
mod outbox;
mod owners;
mod plans;
mod refused;
mod retention;
mod rights;
mod schedules;
