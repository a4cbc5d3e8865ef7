//! Where the database is: a URL that was understood, or a sentence that says what is wrong with it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Connections to PostgreSQL that one node holds at most.
pub const POSTGRES_CONNECTIONS_MAX: u32 = 16;
/// Further connections of one node, for counters that do not wait for the transactions that ask.
pub const COUNTER_CONNECTIONS_MAX: u32 = 2;
/// How long such a counter may be held by another transaction before it is waited for like any record.
pub const COUNTER_WAIT_S: u64 = 1;
/// Connections that read a SQLite file beside its one writer.
pub const SQLITE_READERS_MAX: u32 = 4;
/// How long a statement may wait for another transaction's lock.
pub const LOCK_WAIT_S: u64 = 5;
/// How long a node may wait for another that changes the schema.
pub const SCHEMA_WAIT_S: u64 = 600;
/// How long a caller may wait for a free connection; on SQLite, for its turn to write.
pub const CONNECTION_WAIT_S: u64 = 10;

/// What a store needs to know to open.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    pub url: DatabaseUrl,
}

/// `sqlite:///var/lib/opbx/opbx.db` or `postgres://user:password@host:5432/database`.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    /// The whole URL, password and all; `Debug` and `Display` mask it.
    Postgres(String),
}

/// Why a text is no database URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    #[error("a database URL starts with \"sqlite://\" or \"postgres://\"")]
    UnknownScheme,
    #[error("a SQLite URL names a file: \"sqlite:///var/lib/opbx/opbx.db\"")]
    NoFile,
    #[error("a PostgreSQL URL names a host and a database: \"postgres://user:password@host:5432/opbx\"")]
    NoDatabase,
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            // A database in memory would be a different one on every connection.
            let is_file = !path.is_empty() && !path.ends_with('/') && path != ":memory:";
            return is_file.then(|| Self::Sqlite(PathBuf::from(path))).ok_or(InvalidDatabaseUrl::NoFile);
        }
        let rest = text
            .strip_prefix("postgres://")
            .or_else(|| text.strip_prefix("postgresql://"))
            .ok_or(InvalidDatabaseUrl::UnknownScheme)?;
        match rest.split_once('/') {
            Some((host, database)) if !host.is_empty() && !database.is_empty() => {
                Ok(Self::Postgres(text.to_owned()))
            }
            _ => Err(InvalidDatabaseUrl::NoDatabase),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                write!(f, "postgres://{place}")
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_url_are_understood_and_others_refused_by_reason() {
        assert_eq!("sqlite:///a/b.db".parse(), Ok(DatabaseUrl::Sqlite("/a/b.db".into())));
        assert!(matches!("postgresql://u:p@h/db".parse(), Ok(DatabaseUrl::Postgres(_))));
        for (bad, why) in [
            ("mysql://h/db", InvalidDatabaseUrl::UnknownScheme),
            ("", InvalidDatabaseUrl::UnknownScheme),
            ("sqlite://", InvalidDatabaseUrl::NoFile),
            ("sqlite://:memory:", InvalidDatabaseUrl::NoFile),
            ("postgres://host", InvalidDatabaseUrl::NoDatabase),
            ("postgres:///db", InvalidDatabaseUrl::NoDatabase),
        ] {
            assert_eq!(bad.parse::<DatabaseUrl>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: DatabaseUrl = "postgres://opbx:s3cr@t@db.example:5432/opbx".parse().expect("a good URL");
        assert_eq!(url.to_string(), "postgres://db.example:5432/opbx");
        assert!(!format!("{url:?}").contains("s3cr"));
    }
}
