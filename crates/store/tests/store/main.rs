//! The store on both databases: one suite, each test twice.

mod domains;
mod isolation;
mod kinds;
mod lab;
mod plan_versions;
mod records;
mod removal;
mod schemas;
mod secrets;
mod violations;
