//! HTTP as engines and operators meet it: a whole node in process, asked without a socket.

mod base_url;
mod callbacks;
mod contradictions;
mod health;
mod isolation;
mod logs;
mod refusals;
mod repeats;
mod requests;
mod tokens;
