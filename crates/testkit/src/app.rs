//! A whole node in process: database, application and HTTP routes, without a socket.

mod browser;
mod carried;
mod company;
mod people;
mod stored;
mod voice;

pub use browser::{Browser, Frame, socket_refused};
pub use carried::DOMAIN_KEY;
pub use company::{Company, company};
pub use people::Person;
pub use stored::StoredCall;
pub use voice::{Ask, Heard, Reply};

use crate::{Engine, TestDb};
use axum::Router;
use opbx_app::apply::{Applied, ApplyError, apply};
use opbx_app::attachments::Objects;
use opbx_app::fetch::{Fetcher, Guard};
use opbx_app::journal::Journal;
use opbx_app::{App, Outside, Parts, modules, tenants};
use opbx_cluster::Cluster;
use opbx_http::HttpConfig;
use opbx_kernel::{Operator, Scope, TenantId};
use opbx_platform::Registry;
use opbx_store::{Store, Tx};
use opbx_telephony::Backend;
use opbx_telephony::backend::NoBackend;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// Where the servers are that tests start.
const LOOPBACK: &str = "127.0.0.0/8";
/// Nothing that a test waits for takes longer on a sound machine.
pub const WAIT_MAX: Duration = Duration::from_secs(20);
/// The Redis that tests of several nodes share.
const REDIS_ENV: &str = "OPBX_TEST_REDIS";
/// How long a killed node's blocking work may take to end.
const KILL_WAIT_MAX: Duration = Duration::from_secs(5);
/// How often a condition that nobody announces is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A node that lives as long as this value; others may share its database.
pub struct TestApp {
    db: Arc<TestDb>,
    folder: TempDir,
    node: &'static str,
    cluster: Cluster,
    config: HttpConfig,
    outside: Outside,
    backend: Arc<dyn Backend>,
    running: Option<Running>,
}

/// The application on a runtime of its own, so that it can be killed whole.
struct Running {
    runtime: Runtime,
    app: App,
    router: Router,
}

impl TestApp {
    /// Starts a node that shares nothing, on a database with the product's models.
    pub async fn start(db: impl Into<Arc<TestDb>>) -> Self {
        Self::start_with(db, Cluster::memory(), HttpConfig::default()).await
    }

    /// Starts a node that shares nothing, reached as an operator says.
    pub async fn start_with_http(db: impl Into<Arc<TestDb>>, config: HttpConfig) -> Self {
        Self::start_with(db, Cluster::memory(), config).await
    }

    /// Starts a node with a given cluster and what an operator says of HTTP.
    pub async fn start_with(db: impl Into<Arc<TestDb>>, cluster: Cluster, config: HttpConfig) -> Self {
        Self::node(db.into(), "node-a", cluster, config, Outside::default()).await
    }

    /// Starts a node that shares nothing, that reaches people, by a mail server.
    pub async fn start_with_outside(db: impl Into<Arc<TestDb>>, outside: Outside) -> Self {
        Self::node(db.into(), "node-a", Cluster::memory(), HttpConfig::default(), outside).await
    }

    /// Starts a node whose engine is this.
    pub async fn start_with_backend(db: impl Into<Arc<TestDb>>, backend: impl Backend) -> Self {
        let (cluster, config) = (Cluster::memory(), HttpConfig::default());
        let outside = Outside::default();
        Self::node_of(db.into(), "node-a", cluster, config, outside, Arc::new(backend)).await
    }

    /// Starts another node on the same database and cluster, with a journal of its own.
    pub async fn second_node(&self) -> Self {
        self.second_node_with(self.cluster.clone()).await
    }

    /// Starts another node on the same database that shares nothing else: whose words do not reach this one.
    pub async fn second_node_apart(&self) -> Self {
        self.second_node_with(Cluster::memory()).await
    }

    /// Like `second_node`, with a handle of its own on what nodes share.
    pub async fn second_node_with(&self, cluster: Cluster) -> Self {
        let (config, outside, backend) = (self.config.clone(), self.outside.clone(), self.backend.clone());
        Self::node_of(self.db.clone(), "node-b", cluster, config, outside, backend).await
    }

    /// Starts a node on the tests' Redis, and a second one that shares it under a prefix of their own.
    pub async fn two_on_redis(db: impl Into<Arc<TestDb>>) -> (Self, Self) {
        let url = std::env::var(REDIS_ENV);
        let url = url.expect("no Redis to test on: run `cargo xtask test`, or set OPBX_TEST_REDIS");
        let prefix = format!("two-{:016x}", u64::from_le_bytes(opbx_app::entropy::bytes()));
        let cluster = async || Cluster::connect(&url, &prefix).await.expect("Redis answers");
        let first = Self::start_with(db, cluster().await, HttpConfig::default()).await;
        let second = first.second_node_with(cluster().await).await;
        (first, second)
    }

    async fn node(
        db: Arc<TestDb>,
        node: &'static str,
        cluster: Cluster,
        config: HttpConfig,
        outside: Outside,
    ) -> Self {
        // No test reaches a network, unless it brings an engine of its own.
        Self::node_of(db, node, cluster, config, outside, Arc::new(NoBackend)).await
    }

    async fn node_of(
        db: Arc<TestDb>,
        node: &'static str,
        cluster: Cluster,
        config: HttpConfig,
        outside: Outside,
        backend: Arc<dyn Backend>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let mut started = Self { db, folder, node, cluster, config, outside, backend, running: None };
        started.run().await;
        started
    }

    async fn run(&mut self) {
        let runtime =
            Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
        let (db, cluster) = (self.db.clone(), self.cluster.clone());
        let (folder, node) = (self.journal_folder(), self.node);
        let (outside, backend) = (self.outside.clone(), self.backend.clone());
        let started =
            runtime.spawn(async move { started(&db, &folder, node, cluster, outside, backend).await });
        let app = started.await.expect("the application starts");
        let router = opbx_http::router(app.clone(), self.config.clone());
        self.running = Some(Running { runtime, app, router });
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("a test asks a node that runs")
    }

    pub fn app(&self) -> &App {
        &self.running().app
    }

    pub fn store(&self) -> &Store {
        self.app().store()
    }

    pub fn db(&self) -> &Arc<TestDb> {
        &self.db
    }

    pub fn engine(&self) -> Engine {
        self.db.engine()
    }

    pub fn journal_folder(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    /// Moves the clock that this node and its database stand under.
    pub fn advance_hours(&self, hours: i64) {
        self.db.clock().advance(jiff::SignedDuration::from_hours(hours));
    }

    /// Applies a configuration file and takes it into service at once.
    pub async fn apply(&self, text: &str) -> Applied {
        self.try_apply(text).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Like `apply`, for files that may be refused; mistakes name the file `test.toml`.
    pub async fn try_apply(&self, text: &str) -> Result<Applied, ApplyError> {
        let applied = apply(self.store(), "test.toml", text).await?;
        self.refresh().await;
        Ok(applied)
    }

    /// Takes what was committed into service now, instead of within moments.
    pub async fn refresh(&self) {
        self.app().plans().refresh().await.expect("the tenants can be read");
    }

    /// Begins to write to a tenant's records, as OPBX itself.
    pub async fn begin(&self, tenant: TenantId) -> Tx {
        self.store().begin(&Scope::system(tenant, "a test")).await.expect("a transaction")
    }

    /// Begins to read a tenant's records, as OPBX itself.
    pub async fn read(&self, tenant: TenantId) -> Tx {
        self.store().read(&Scope::system(tenant, "a test")).await.expect("a transaction")
    }

    /// Waits until everything that was journaled is in the store, or set aside.
    pub async fn ingest(&self) {
        timeout(WAIT_MAX, self.app().ingested()).await.expect("ingestion catches up");
    }

    /// Keeps anything from being ingested while the transaction that it gives is open.
    ///
    /// Its connection is none of the node's, so that it outlives a kill.
    pub async fn hold_ingestion(&self) -> Tx {
        let store = self.db.open(registry()).await;
        let tenants = store.tenants(&Operator::because("a test")).await.expect("tenants");
        let tenant = tenants.first().expect("a test applies a configuration first").id;
        let mut tx = store.begin(&Scope::system(tenant, "a test")).await.expect("a transaction");
        // The position's row is locked now; moved by nothing, because the transaction is dropped.
        tx.advance_journal(self.node, u64::from(u32::MAX)).await.expect("the position can be held");
        tx
    }

    /// Stops in good order: what was journaled is ingested first.
    pub async fn shut_down(mut self) -> Arc<TestDb> {
        let running = self.running.take().expect("a test asks a node that runs");
        timeout(WAIT_MAX, running.app.shut_down()).await.expect("the application stops");
        running.kill().await;
        self.db.clone()
    }

    /// Kills the node in the middle of whatever it does, and starts it again on the same folder and database.
    pub async fn restart(&mut self) {
        self.kill().await;
        self.run().await;
    }

    /// Kills the node; nothing but its folder and its database stay.
    pub async fn kill(&mut self) {
        self.running.take().expect("a test kills a node that runs").kill().await;
    }

    /// Starts a killed node again.
    pub async fn start_again(&mut self) {
        assert!(self.running.is_none(), "the node runs already");
        self.run().await;
    }
}

impl Running {
    async fn kill(self) {
        let Self { runtime, app, router } = self;
        drop((app, router));
        let killing = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(KILL_WAIT_MAX));
        killing.await.expect("a runtime ends");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Dropping a runtime waits, which is forbidden inside the test's own.
        if let Some(Running { runtime, app, router }) = self.running.take() {
            drop((app, router));
            runtime.shutdown_background();
        }
    }
}

/// Fetches under guard, and from this machine's own servers.
pub fn fetcher() -> Fetcher {
    Fetcher::new(Guard::new(vec![LOOPBACK.parse().expect("a network")])).expect("a fetcher")
}

async fn started(
    db: &TestDb,
    folder: &Path,
    node: &str,
    cluster: Cluster,
    outside: Outside,
    backend: Arc<dyn Backend>,
) -> App {
    let store = db.store(registry()).await;
    tenants::install_shared_data(&store).await.expect("the countries are installed");
    let journal = Journal::open(folder, node).expect("the journal's folder is free");
    let clock = db.clock().clone();
    let objects = Objects::open(folder.join("objects"), clock.clone()).expect("the folder can be written");
    let (keyring, fetcher) = (TestDb::keyring(), fetcher());
    let parts = Parts { store, cluster, clock, keyring, journal, objects, fetcher, outside, backend };
    App::start(parts).await.expect("the tenants can be read")
}

fn registry() -> Registry {
    modules::registry(None).expect("the product's modules are right")
}

/// Waits until a condition that nobody announces holds; fails the test after `within`.
pub async fn eventually(within: Duration, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    if timeout(within, waiting).await.is_err() {
        panic!("not within {within:?}: {what}");
    }
}
