//! The fake by itself, against an application whose pages each test writes.

mod api;
mod application;
mod calls;
mod dials;
mod live;
mod questions;
mod recordings;
mod strictness;
mod webhooks;
