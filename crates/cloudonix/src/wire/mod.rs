//! What goes over the wire, free of sockets.

pub mod cxml;
pub mod request;
pub mod rest;
