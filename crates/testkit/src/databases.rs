//! A database for one test: a SQLite file in a folder of its own, or a database of its own on a PostgreSQL server.

use opbx_kernel::seal::{KEY_LEN, Keyring};
use opbx_kernel::{ManualClock, Operator, Timestamp};
use opbx_platform::Registry;
use opbx_store::{DatabaseUrl, PostgresServer, Store, StoreConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Names the PostgreSQL server for tests, as an administrator: `postgres://postgres@127.0.0.1:54329/postgres`.
pub const POSTGRES_ENV: &str = "OPBX_TEST_POSTGRES";

/// The ordinary role that tests connect as, so that row-level security binds them.
const ROLE: &str = "opbx_test";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// An empty database that lives as long as this value.
pub struct TestDb {
    engine: Engine,
    url: DatabaseUrl,
    clock: Arc<ManualClock>,
    place: Place,
}

enum Place {
    Folder(tempfile::TempDir),
    Server { server: PostgresServer, name: String },
}

impl TestDb {
    /// Creates an empty database, or fails the test with a line that says what to do.
    pub async fn create(engine: Engine) -> Self {
        let (place, url) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("the temporary folder can be written");
                let url = format!("sqlite://{}", folder.path().join("test.db").display());
                (Place::Folder(folder), url)
            }
            Engine::Postgres => {
                let Ok(admin) = std::env::var(POSTGRES_ENV) else {
                    panic!("no PostgreSQL to test on: run `cargo xtask test`, or set {POSTGRES_ENV}");
                };
                let server = PostgresServer::at(admin);
                let name = free_name();
                server.ensure_role(ROLE).await.expect("the test role can be made");
                server.create_database(&name, ROLE).await.expect("a test database can be made");
                let url = server.url_of(ROLE, &name);
                (Place::Server { server, name }, url)
            }
        };
        let noon: Timestamp = "2026-03-01T12:00:00Z".parse().expect("an instant");
        let url = url.parse().expect("the URL just made is one");
        Self { engine, url, clock: Arc::new(ManualClock::at(noon)), place }
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The URL of a PostgreSQL database for another role of the server; a SQLite file's own.
    pub fn url_as(&self, role: &str) -> String {
        match &self.place {
            Place::Folder(_) => self.url.to_string(),
            Place::Server { server, name } => server.url_of(role, name),
        }
    }

    /// Stands at noon on the first of March 2026 until it is moved.
    pub fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }

    pub fn clock_now(&self) -> Timestamp {
        opbx_kernel::Clock::now(&*self.clock)
    }

    /// The file of a SQLite database.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Folder(folder) => Some(folder.path().join("test.db")),
            Place::Server { .. } => None,
        }
    }

    pub fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(folder) => Some(folder.path()),
            Place::Server { .. } => None,
        }
    }

    /// The keys that every test database is sealed with.
    pub fn keyring() -> Keyring {
        Keyring::new(Zeroizing::new([7; KEY_LEN]), Vec::new())
    }

    /// Opens a store on this database; the schema is left as it is.
    pub async fn open(&self, registry: Registry) -> Store {
        self.open_with(registry, Self::keyring()).await
    }

    /// Opens a store whose secrets are sealed by these keys; the schema is left as it is.
    pub async fn open_with(&self, registry: Registry, keyring: Keyring) -> Store {
        let config = StoreConfig { url: self.url.clone() };
        Store::open(config, Arc::new(registry), keyring, Arc::clone(&self.clock) as _)
            .await
            .expect("the test database opens")
    }

    /// Opens a store and lets the schema follow the models.
    pub async fn store(&self, registry: Registry) -> Store {
        let store = self.open(registry).await;
        store
            .sync_schema(&Operator::because("a test needs tables"))
            .await
            .expect("the schema follows the models");
        store
    }
}

/// A name that no other test has, whatever process it runs in.
#[expect(clippy::disallowed_methods, reason = "a database's name decides nothing that a test looks at")]
fn free_name() -> String {
    format!("opbx_test_{:016x}", rand::random::<u64>())
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let Place::Server { server, name } = &self.place else { return };
        let (server, name) = (server.clone(), name.clone());
        // On a thread and runtime of its own: a failed test unwinds through here, inside the test's runtime.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(server.drop_database(&name)))
        });
        // A database that stays behind hurts nobody, and there may be a panic on its way already.
        drop(dropping.join());
    }
}
