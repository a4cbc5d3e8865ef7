//! Cloudonix: voice requests in, CXML out, the token that carries a call between them, and the client of its REST API.
//!
//! Nothing here decides where a call goes, and nothing but [`client`] opens a socket.

pub mod client;
pub mod token;
pub mod wire;

pub use client::{BASE_URL, Client, ClientError};
pub use token::{CallToken, Callback, TokenError};
pub use wire::cxml;
pub use wire::request::{RequestError, VoiceRequest};
