//! The store on both databases: one suite, each test twice.

mod domains;
mod groups;
mod isolation;
mod lab;
mod names;
mod plan_versions;
mod reach;
mod records;
mod removal;
mod schemas;
mod secrets;
mod violations;
