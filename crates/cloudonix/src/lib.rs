//! Cloudonix, wire only: voice requests in, CXML out, and the token that carries a call between them.
//!
//! Nothing here decides where a call goes, and nothing here opens a socket.

pub mod token;
pub mod wire;

pub use token::{CallToken, Callback, TokenError};
pub use wire::cxml;
pub use wire::hook::{Faults, HookRequest};
pub use wire::request::{RequestError, VoiceRequest};
