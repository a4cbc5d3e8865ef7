//! The store on both databases: one suite, each test twice.

mod catalogue;
mod counters;
mod domains;
mod isolation;
mod kinds;
mod lab;
mod maze;
mod migrations;
mod orders;
mod plan_versions;
mod records;
mod removal;
mod schemas;
mod secrets;
mod violations;
