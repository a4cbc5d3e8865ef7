//! All SQL of the product: SQLite and PostgreSQL, the schema that follows the models, and records inside a scope.

mod backup;
mod config;
mod connection;
mod dialect;
mod error;
mod postgres_server;
mod schema;
mod statement;
mod store;
mod tx;
mod views;

pub use backup::{
    BackupColumn, BackupRows, BackupTable, FAR_AHEAD, ROWS_MAX, Restore, RestoreError, Secrets, Snapshot,
    SnapshotError, UnfitLine, secrets_of,
};
pub use config::{
    CONNECTION_WAIT_S, COUNTER_CONNECTIONS_MAX, COUNTER_WAIT_S, LOCK_WAIT_S, POSTGRES_CONNECTIONS_MAX,
    SCHEMA_WAIT_S, SQLITE_READERS_MAX,
};
pub use config::{DatabaseUrl, InvalidDatabaseUrl, StoreConfig};
pub use dialect::DECIMAL_PLACES_MAX;
pub use error::{CommitError, OpenError, ReadError, Referrer, SaveError, SchemaError, StoreError};
pub use postgres_server::PostgresServer;
pub use schema::{SchemaChange, SchemaPlan};
pub use statement::machinery::{LOGIN_TENANTS_MAX, QUEUE_TENANTS_MAX, Queue};
pub use store::{Connections, QueueDepths, Store, TenantRow};
pub use tx::counters::Counter;
pub use tx::delete::{CASCADE_MAX, DELETE_WHERE_MAX, REFERRERS_NAMED_MAX};
pub use tx::group::{
    AGGREGATES_MAX, Aggregate, DatePart, GROUP_KEYS_MAX, GroupBy, GroupOrder, GroupRow, Grouping, Measure,
    ZONE_CHANGES_MAX,
};
pub use tx::jobs::{ATTEMPTS_MAX, ClaimedJob, Enqueued, JOB_ERROR_MAX, NewJob};
pub use tx::outbox::{
    CHANGES_MAX, OUTBOX_BATCH_MAX, OUTBOX_ORDER_MAX, OUTBOX_PRUNE_MAX, OutboxEntry, topics,
};
pub use tx::read::{ALL_MAX, RELATED_ROWS_MAX, SEARCH_LIMIT_MAX, Search};
pub use tx::retention::PURGE_MAX;
pub use tx::save::INSERT_MANY_MAX;
pub use tx::secrets::{RESEAL_MAX, Resealed};
pub use tx::{AsSystem, Committed, NAME_TEXT_LEN_MAX, Named, Published, Tx, UNORDERED_TOLD_MAX};
