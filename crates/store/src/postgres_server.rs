//! A PostgreSQL server as its administrator sees it: roles and databases made and dropped, for setup and for tests.

use crate::connection::administer;
use crate::error::StoreError;
use crate::statement::machinery::definition;

/// The longest name PostgreSQL keeps, in bytes.
pub(crate) const NAME_LEN_MAX: usize = 63;

/// A server, reached as a role that may create roles and databases.
#[derive(Clone)]
pub struct PostgresServer {
    url: String,
}

impl PostgresServer {
    /// `url` is an administrator's: `postgres://postgres@127.0.0.1:5432/postgres`.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }

    /// Makes sure that an ordinary role may log in: no superuser, and bound by row-level security.
    pub async fn ensure_role(&self, name: &str) -> Result<(), StoreError> {
        let name = checked(name)?;
        // Two may do this at once: the loser finds the winner's role there, in one of two ways.
        let sql = format!(
            "DO $$ BEGIN CREATE ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        administer(&self.url, definition(sql)).await
    }

    pub async fn create_database(&self, name: &str, owner: &str) -> Result<(), StoreError> {
        let (name, owner) = (checked(name)?, checked(owner)?);
        administer(&self.url, definition(format!("CREATE DATABASE {name} OWNER {owner}"))).await
    }

    /// Drops a database, ending whatever is connected to it.
    pub async fn drop_database(&self, name: &str) -> Result<(), StoreError> {
        let name = checked(name)?;
        administer(&self.url, definition(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await
    }

    /// The URL of a database on this server for a role that needs no password.
    pub fn url_of(&self, role: &str, database: &str) -> String {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        let host = place.split_once('/').map_or(place, |(host, _)| host);
        format!("postgres://{role}@{host}/{database}")
    }
}

/// Lets only such names into a statement as mean nothing but themselves.
fn checked(name: &str) -> Result<&str, StoreError> {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= NAME_LEN_MAX
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let refused =
        || StoreError::Refused(sqlx::Error::Configuration(format!("{name:?} is no plain name").into()));
    is_plain.then_some(name).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_another_role_keeps_host_and_port() {
        let server = PostgresServer::at("postgres://admin:pw@db:5433/postgres");
        assert_eq!(server.url_of("opbx", "orders"), "postgres://opbx@db:5433/orders");
    }

    #[test]
    fn a_name_that_could_say_more_is_refused() {
        for bad in ["a; drop", "A", "", "1a", "a\"b"] {
            assert!(checked(bad).is_err(), "{bad:?}");
        }
        assert!(checked("opbx_test_1").is_ok());
    }
}
