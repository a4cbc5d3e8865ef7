//! The same suite on both backends, and what only Redis can do: be shared, be slow, be away and come back.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod bus;
mod callers;
mod connecting;
mod nodes;
mod outage;
mod rates;
mod rotation;
mod usage;
