//! The store on both databases: one suite, each test twice.

mod counters;
mod domains;
mod isolation;
mod lab;
mod maze;
mod orders;
mod plan_versions;
mod records;
mod removal;
mod schemas;
mod secrets;
mod violations;
