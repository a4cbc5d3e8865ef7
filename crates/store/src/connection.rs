//! The two typed pools behind one enum, and the only place where a text is handed to a database.

use crate::config::{
    CONNECTION_WAIT_S, COUNTER_CONNECTIONS_MAX, COUNTER_WAIT_S, DatabaseUrl, LOCK_WAIT_S,
    POSTGRES_CONNECTIONS_MAX, SCHEMA_WAIT_S, SQLITE_READERS_MAX,
};
use crate::dialect::{self, ColumnType, Dialect, Violation};
use crate::error::StoreError;
use crate::statement::Statement;
use crate::store::Connections;
use opbx_kernel::TenantId;
use opbx_platform::Value;
use sea_query_sqlx::SqlxValues;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
};
use std::time::Duration;

/// Where connections come from.
#[derive(Debug, Clone)]
pub(crate) enum Pools {
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        schema: Box<SqliteConnectOptions>,
    },
    /// Counters have connections of their own: a transaction that waited for a second one of the same pool could wait
    /// for ever.
    Postgres {
        pool: PgPool,
        counters: PgPool,
    },
}

/// An open transaction; dropping it rolls back.
pub(crate) enum Connection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// What went wrong with a statement: a rule of ours, or the database itself.
#[derive(Debug)]
pub(crate) enum Fault {
    Violation(Violation),
    Store(StoreError),
}

impl Pools {
    pub(crate) async fn open(url: &DatabaseUrl) -> Result<Self, sqlx::Error> {
        let wait = Duration::from_secs(CONNECTION_WAIT_S);
        match url {
            DatabaseUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(LOCK_WAIT_S));
                let writer = SqlitePoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(wait)
                    .connect_with(options.clone())
                    .await?;
                let readers = SqlitePoolOptions::new()
                    .max_connections(SQLITE_READERS_MAX)
                    .acquire_timeout(wait)
                    .connect_with(options.clone().pragma("query_only", "ON"))
                    .await?;
                // A table is rebuilt by dropping the old one, which must not pull others along.
                let schema = options.foreign_keys(false).busy_timeout(Duration::from_secs(SCHEMA_WAIT_S));
                Ok(Self::Sqlite { writer, readers, schema: Box::new(schema) })
            }
            DatabaseUrl::Postgres(url) => {
                let options = url.parse::<PgConnectOptions>()?;
                let pool = postgres(POSTGRES_CONNECTIONS_MAX);
                let pool = pool.connect_with(postgres_options(options.clone(), LOCK_WAIT_S)).await?;
                let counters = postgres(COUNTER_CONNECTIONS_MAX);
                let counters = counters.connect_lazy_with(postgres_options(options, COUNTER_WAIT_S));
                Ok(Self::Postgres { pool, counters })
            }
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Begins to read or to write inside a tenant, as `begin_to_read` and `begin_to_write` do outside of any.
    pub(crate) async fn begin_in(&self, tenant: TenantId, writes: bool) -> Result<Connection, StoreError> {
        let dialect = self.dialect();
        let begin = if writes { dialect.begin_to_write() } else { dialect.begin_to_read() };
        let begin = AssertSqlSafe(dialect.begin_in(begin, tenant));
        match self {
            Self::Sqlite { writer, .. } if writes => writer.begin_with(begin).await.map(Connection::Sqlite),
            Self::Sqlite { readers, .. } => readers.begin_with(begin).await.map(Connection::Sqlite),
            Self::Postgres { pool, .. } => pool.begin_with(begin).await.map(Connection::Postgres),
        }
        .map_err(|error| store_error(dialect, error))
    }

    pub(crate) async fn begin_to_read(&self) -> Result<Connection, StoreError> {
        let begin = self.dialect().begin_to_read();
        match self {
            Self::Sqlite { readers, .. } => readers.begin_with(begin).await.map(Connection::Sqlite),
            Self::Postgres { pool, .. } => pool.begin_with(begin).await.map(Connection::Postgres),
        }
        .map_err(|error| store_error(self.dialect(), error))
    }

    pub(crate) async fn begin_to_write(&self) -> Result<Connection, StoreError> {
        let begin = self.dialect().begin_to_write();
        match self {
            Self::Sqlite { writer, .. } => writer.begin_with(begin).await.map(Connection::Sqlite),
            Self::Postgres { pool, .. } => pool.begin_with(begin).await.map(Connection::Postgres),
        }
        .map_err(|error| store_error(self.dialect(), error))
    }

    /// Begins a short transaction beside another one, where the database has more than one writer.
    pub(crate) async fn begin_beside(&self) -> Result<Option<Connection>, StoreError> {
        let begin = self.dialect().begin_to_write();
        match self {
            Self::Sqlite { .. } => Ok(None),
            Self::Postgres { counters, .. } => {
                counters.begin_with(begin).await.map(|tx| Some(Connection::Postgres(tx)))
            }
        }
        .map_err(|error| store_error(self.dialect(), error))
    }

    /// Begins the transaction in which the schema follows the models: nobody else writes meanwhile.
    pub(crate) async fn begin_to_define(&self) -> Result<Connection, StoreError> {
        let begin = self.dialect().begin_to_write();
        match self {
            Self::Sqlite { schema, .. } => {
                // A pool of one that ends with the transaction: the connection's settings must reach nobody else.
                let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with((**schema).clone());
                pool.begin_with(begin).await.map(Connection::Sqlite)
            }
            Self::Postgres { pool, .. } => pool.begin_with(begin).await.map(Connection::Postgres),
        }
        .map_err(|error| store_error(self.dialect(), error))
    }

    /// Lets SQLite look at how its tables are filled, where they grew; PostgreSQL does so by itself.
    pub(crate) async fn learn(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { writer, .. } => writer.execute(dialect::LEARN).await.map(drop),
            Self::Postgres { .. } => Ok(()),
        }
        .map_err(|error| store_error(self.dialect(), error))
    }

    pub(crate) fn connections(&self) -> Connections {
        fn of<DB: sqlx::Database>(pool: &sqlx::Pool<DB>) -> Connections {
            let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
            // The two numbers are read one after the other.
            let open = pool.size().max(idle);
            Connections { open, idle, max: pool.options().get_max_connections() }
        }
        let (one, other) = match self {
            Self::Sqlite { writer, readers, .. } => (of(writer), of(readers)),
            Self::Postgres { pool, counters } => (of(pool), of(counters)),
        };
        Connections { open: one.open + other.open, idle: one.idle + other.idle, max: one.max + other.max }
    }

    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { pool, counters } => {
                counters.close().await;
                pool.close().await;
            }
        }
    }
}

fn postgres_options(options: PgConnectOptions, lock_wait_s: u64) -> PgConnectOptions {
    let lock_wait = format!("{lock_wait_s}s");
    options.options([
        ("lock_timeout", lock_wait.as_str()),
        ("synchronous_commit", "on"),
        ("client_min_messages", "warning"),
    ])
}

fn postgres(connections_max: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_secs(CONNECTION_WAIT_S))
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(dialect::STEP_DOWN).await.map(drop) })
        })
}

impl Connection {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement and says how many rows it touched.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, Fault> {
        let (sql, values, _) = statement.into_parts();
        let sql = AssertSqlSafe(sql);
        let values = SqlxValues(values);
        match self {
            Self::Sqlite(tx) => {
                sqlx::query_with(sql, values).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            Self::Postgres(tx) => {
                sqlx::query_with(sql, values).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        }
        .map_err(|error| self.fault(error))
    }

    /// Runs a statement and reads its rows by the shape that the statement declares.
    pub(crate) async fn fetch(&mut self, statement: Statement) -> Result<Vec<Vec<Value>>, Fault> {
        let (sql, values, shape) = statement.into_parts();
        let sql = AssertSqlSafe(sql);
        let values = SqlxValues(values);
        match self {
            Self::Sqlite(tx) => match sqlx::query_with(sql, values).fetch_all(&mut **tx).await {
                Ok(rows) => rows.iter().map(|row| cells(row, &shape, dialect::sqlite_cell)).collect(),
                Err(error) => Err(self.fault(error)),
            },
            Self::Postgres(tx) => match sqlx::query_with(sql, values).fetch_all(&mut **tx).await {
                Ok(rows) => rows.iter().map(|row| cells(row, &shape, dialect::postgres_cell)).collect(),
                Err(error) => Err(self.fault(error)),
            },
        }
    }

    /// Runs several statements without parameters: definitions of tables and the like.
    pub(crate) async fn define(&mut self, statements: Vec<Statement>) -> Result<(), Fault> {
        for statement in statements {
            self.execute(statement).await?;
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let dialect = self.dialect();
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
        .map_err(|error| store_error(dialect, error))
    }

    /// Gives up everything that was done, now and not when somebody next uses the connection.
    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        let dialect = self.dialect();
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
        .map_err(|error| store_error(dialect, error))
    }

    fn fault(&self, error: sqlx::Error) -> Fault {
        match self.dialect().violation(&error) {
            Some(Violation::Busy) => Fault::Store(StoreError::Busy),
            Some(violation) => Fault::Violation(violation),
            None => Fault::Store(store_error(self.dialect(), error)),
        }
    }
}

fn cells<R: sqlx::Row>(
    row: &R,
    shape: &[ColumnType],
    read: impl Fn(&R, usize, ColumnType) -> Option<Value>,
) -> Result<Vec<Value>, Fault> {
    let cell = |(at, column): (usize, &ColumnType)| {
        read(row, at, *column).ok_or_else(|| {
            let name = row.columns().get(at).map_or("?", |column| sqlx::Column::name(column));
            Fault::Store(StoreError::Damaged { column: name.to_owned() })
        })
    };
    shape.iter().enumerate().map(cell).collect()
}

pub(crate) fn store_error(dialect: Dialect, error: sqlx::Error) -> StoreError {
    match dialect.violation(&error) {
        Some(Violation::Busy) => StoreError::Busy,
        _ => match error {
            sqlx::Error::PoolTimedOut => StoreError::Busy,
            sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => {
                StoreError::Unreachable(error)
            }
            other => StoreError::Refused(other),
        },
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error) => error,
            // Where no rule of ours can be at fault, a broken one is the database's refusal like any other.
            Fault::Violation(violation) => Self::Refused(sqlx::Error::Protocol(format!("{violation:?}"))),
        }
    }
}

/// Runs one statement outside any transaction, on a connection of its own: databases are created and dropped so.
pub(crate) async fn administer(url: &str, statement: Statement) -> Result<(), StoreError> {
    let error = |error| store_error(Dialect::Postgres, error);
    let mut connection = sqlx::PgConnection::connect(url).await.map_err(error)?;
    let (sql, _, _) = statement.into_parts();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.map_err(error)?;
    connection.close().await.map_err(error)
}
