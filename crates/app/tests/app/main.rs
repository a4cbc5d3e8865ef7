//! Use cases on both databases, with the background work that belongs to them.

mod apply;
mod apply_lists;
mod attachments;
mod configuration;
mod deeds;
mod destinations;
mod groups;
mod ingestion;
mod jobs;
mod messages;
mod mistakes;
mod nodes;
mod outbox;
mod owners;
mod partners;
mod plans;
mod reading;
mod record_lists;
mod refused;
mod retention;
mod rights;
mod round_trip;
mod rules;
mod schedules;
mod secrets;
mod sequences;
