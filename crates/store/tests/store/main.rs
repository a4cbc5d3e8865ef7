//! The store on both databases: one suite, each test twice.

mod catalogue;
mod counters;
mod domains;
mod groups;
mod isolation;
mod kinds;
mod lab;
mod maze;
mod migrations;
mod names;
mod orders;
mod plan_versions;
mod reach;
mod records;
mod removal;
mod schemas;
mod secrets;
mod violations;
