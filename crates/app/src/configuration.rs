//! A tenant's configuration as one readable file: `config export` writes it, `plan` compares, `apply` brings it about.
//!
//! A record's table is named by its model and a name of its own, which stays when the record is renamed. Names are kept
//! as external ids of the module `config`. The whole way of a file: read (`file`), laid out flat with every name
//! resolved (`nodes`), matched with the records there are (`matching`), compared (`difference`), written (`execute`).

pub mod apply;
mod difference;
mod execute;
pub mod export;
mod file;
mod matching;
mod names;
mod nodes;
mod order;
mod outline;
pub mod own;
mod prune;
mod snapshot;
mod text;
mod unique;

pub use difference::{Change, Deed, Difference, FieldChange, Kept, Shown};

/// The module under whose name a configuration file's external ids are kept.
const HOME: &str = "config";
