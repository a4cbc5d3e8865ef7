//! A node as `opbx serve` runs one: database, journal, background work, and the real router on loopback.

use crate::broken::{Broken, While as _, check};
use crate::fleet;
use axum::Router;
use opbx_app::attachments::Objects;
use opbx_app::journal::{Journal, JournalError};
use opbx_app::{App, Outside, Parts};
use opbx_cluster::Cluster;
use opbx_http::HttpConfig;
use opbx_kernel::seal::Keyring;
use opbx_kernel::{Operator, Scope, SystemClock};
use opbx_store::Store;
use opbx_telephony::backend::NoBackend;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How long anything in the background may take before the run counts as broken.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(600);
/// How often something in the background is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A server on a free port of loopback; gone when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(router: Router) -> Result<Self, Broken> {
        let listener = TcpListener::bind("127.0.0.1:0").await.doing("listen on loopback")?;
        let address = listener.local_addr().doing("find the port")?;
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            // It serves until it is dropped; an error of one connection ends that connection only.
            let _ = axum::serve(listener, service).await;
        });
        Ok(Self { address, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts the application on a store, with its journal and objects in a folder and nobody outside.
pub(crate) async fn start(store: Store, keyring: Keyring, folder: &Path) -> Result<App, Broken> {
    let clock = Arc::new(SystemClock);
    let app = App::start(Parts {
        store,
        cluster: Cluster::memory(),
        clock: clock.clone(),
        keyring,
        journal: journal(&folder.join("journal")).await?,
        objects: Objects::open(folder.join("objects"), clock).doing("open the object store")?,
        fetcher: opbx_testkit::fetcher(),
        outside: Outside::default(),
        backend: Arc::new(NoBackend),
    });
    app.await.doing("start the application")
}

pub(crate) struct Node {
    pub(crate) app: App,
    pub(crate) server: Server,
}

impl Node {
    /// Starts on the database of a folder.
    pub(crate) async fn start(folder: &Path) -> Result<Self, Broken> {
        let (store, keyring) = fleet::open(folder).await?;
        let app = start(store, keyring, folder).await?;
        let config = HttpConfig { listen_url: "http://127.0.0.1".into(), ..HttpConfig::default() };
        let server = Server::start(opbx_http::router(app.clone(), config)).await?;
        Ok(Self { app, server })
    }

    /// Waits until every tenant's plan is compiled.
    pub(crate) async fn warm(&self) -> Result<(), Broken> {
        let is_warm = || self.app.plans().directory().lines().all(|line| line.plan_version().is_some());
        wait_until("every plan is compiled", async || Ok(is_warm())).await
    }

    /// How many records of the journal are in the database.
    pub(crate) async fn ingested(&self) -> Result<u64, Broken> {
        let directory = self.app.plans().directory();
        let line = directory.lines().next().ok_or_else(|| Broken::new("find a tenant", "there is none"))?;
        let scope = Scope::system(line.tenant.id, "read the journal's position");
        let mut tx = self.app.store().read(&scope).await.doing("read the journal's position")?;
        tx.journal_position(self.app.journal().node()).await.doing("read the journal's position")
    }

    /// Waits until `count` records of the journal are in the database.
    pub(crate) async fn drained(&self, count: u64) -> Result<(), Broken> {
        wait_until("the journal is ingested", async || Ok(self.ingested().await? >= count)).await?;
        let ingested = self.ingested().await?;
        check(
            ingested == count,
            &format!("{count} records were journaled and no more ({ingested} were ingested)"),
        )
    }

    /// How many calls the database holds, of all tenants.
    pub(crate) async fn calls(&self) -> Result<u64, Broken> {
        let operator = Operator::because("count the calls");
        let mut calls = 0;
        for tenant in self.app.store().tenants(&operator).await.doing("list the tenants")? {
            let scope = Scope::system(tenant.id, operator.reason());
            let mut tx = self.app.store().read(&scope).await.doing("count the calls")?;
            calls += tx.count("pbx.call", &opbx_platform::Domain::All).await.doing("count the calls")?;
        }
        Ok(calls)
    }

    pub(crate) async fn stop(self) {
        drop(self.server);
        self.app.shut_down().await;
    }
}

/// Opens a journal. A node that was just stopped may hold it until its last connection is gone.
pub(crate) async fn journal(folder: &Path) -> Result<Journal, Broken> {
    let until = Instant::now() + WAIT_MAX;
    loop {
        match Journal::open(folder, "bench") {
            Err(JournalError::InUse(_)) if Instant::now() < until => tokio::time::sleep(LOOK_AGAIN).await,
            opened => return opened.doing("open the journal"),
        }
    }
}

/// Looks again and again until something holds, for `WAIT_MAX` at most.
pub(crate) async fn wait_until(
    claim: &str,
    holds: impl AsyncFn() -> Result<bool, Broken>,
) -> Result<(), Broken> {
    let until = Instant::now() + WAIT_MAX;
    while !holds().await? {
        check(Instant::now() < until, claim)?;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}
