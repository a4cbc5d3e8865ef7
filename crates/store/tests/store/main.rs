//! The store on both databases: one suite, each test twice.

mod catalogue;
mod domains;
mod isolation;
mod kinds;
mod lab;
mod migrations;
mod plan_versions;
mod records;
mod removal;
mod schemas;
mod secrets;
mod violations;
