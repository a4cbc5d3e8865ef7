//! A stand-in for Cloudonix: its REST API, calls that obey CXML as documented, webhooks and recordings.
//!
//! Built from the published facts, never from what our own code sends: it shares no line with the adapter, and what
//! the adapter has wrong shows here as a fault. For tests and for `opbx dev`; no caller ever hears it.

mod audio;
mod call;
mod carrier;
mod chaos;
pub mod day;
mod dice;
mod fault;
mod markup;
mod player;
mod rest;
mod script;
mod state;
mod transcript;
pub mod verbs;

pub use call::{Disposition, End, NewCall, Origin, Played};
pub use carrier::{CallError, Endpoints, FakeCloudonix, NewDomain, Options, Pace, StartError};
pub use chaos::Chaos;
pub use dice::Dice;
pub use fault::{CallFault, Fault};
pub use script::{Caller, Message, Phone, Reply, Script, Talk};
pub use transcript::Transcript;
