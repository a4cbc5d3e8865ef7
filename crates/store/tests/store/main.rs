//! The store on both databases: one suite, each test twice.

mod audit;
mod backup;
mod catalogue;
mod counters;
mod domains;
mod groups;
mod isolation;
mod jobs;
mod kinds;
mod lab;
mod maze;
mod migrations;
mod names;
mod orders;
mod outbox;
mod plan_versions;
mod reach;
mod records;
mod removal;
mod schemas;
mod secrets;
mod violations;
