//! Use cases on both databases, with the background work that belongs to them.

mod apply;
mod apply_lists;
mod deeds;
mod ingestion;
mod mistakes;
mod nodes;
mod owners;
mod plans;
mod reading;
mod record_lists;
mod refused;
mod rights;
