//! Use cases on both databases, with the background work that belongs to them.

mod apply;
mod apply_lists;
mod configuration;
mod ingestion;
mod mistakes;
mod nodes;
mod owners;
mod plans;
mod refused;
mod rights;
mod round_trip;
