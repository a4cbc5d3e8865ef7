//! The store on both databases: one suite, each test twice.

mod audit;
mod domains;
mod isolation;
mod jobs;
mod lab;
mod outbox;
mod plan_versions;
mod records;
mod removal;
mod schemas;
mod secrets;
mod violations;
