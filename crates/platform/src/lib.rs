//! Definitions: models, fields, domains and access, and how they are read from module folders.
//!
//! Pure: a registry is built from texts, and everything here only looks things up in it or judges values by it.

pub mod access;
pub mod codegen;
pub mod command;
pub mod domain;
pub mod field;
pub mod literal;
pub mod model;
pub mod module;
pub mod order;
pub mod record;
pub mod registry;
pub mod source;
pub mod value;

pub use access::Deed;
pub use command::Command;
pub use domain::{Domain, Op, Reading, Term, World};
pub use field::{Field, FieldKind};
pub use model::{Model, ModelName, Tenancy};
pub use order::{Nulls, OrderBy};
pub use record::{Draft, Record, Row, ShapeError};
pub use registry::Registry;
pub use value::{DestinationRef, RecordRef, Value, Values};
