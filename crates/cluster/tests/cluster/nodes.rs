//! Two nodes to test with, on either backend, and a Redis of a test's own to stop and start.

use bytes::Bytes;
use opbx_cluster::{Answer, AnswerKey, Cluster, Limits, RotationClaim};
use opbx_kernel::TenantId;
use std::future::Future;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

/// How long a condition may take to come true before the test fails.
pub(crate) const CONDITION_WAIT_MAX: Duration = Duration::from_secs(15);
/// How long anything may take before it counts as stuck.
const TEST_WAIT_MAX: Duration = Duration::from_secs(45);
const CONDITION_LOOK_EVERY: Duration = Duration::from_millis(5);

/// Two handles on one shared state. In memory both are the same node.
pub(crate) struct Nodes(pub(crate) [Cluster; 2]);

impl Nodes {
    pub(crate) fn memory(limits: &Limits) -> Self {
        let node = Cluster::memory_within(limits);
        Self([node.clone(), node])
    }

    pub(crate) async fn redis(limits: &Limits) -> Self {
        Self::at(&redis_url(), limits).await
    }

    pub(crate) async fn at(url: &str, limits: &Limits) -> Self {
        let prefix = prefix();
        let one = Cluster::connect_within(url, &prefix, limits).await.unwrap();
        let other = Cluster::connect_within(url, &prefix, limits).await.unwrap();
        Self([one, other])
    }
}

/// Runs each of these functions of this module on both backends, as a test of its own.
macro_rules! on_both_backends {
    ($($test:ident)+) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let nodes = crate::nodes::Nodes::memory(&crate::nodes::patient());
                crate::nodes::soon(super::$test(nodes)).await;
            })+
        }
        mod redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let nodes = crate::nodes::Nodes::redis(&crate::nodes::patient()).await;
                crate::nodes::soon(super::$test(nodes)).await;
            })+
        }
    };
}
pub(crate) use on_both_backends;

/// Limits under which a busy machine is not mistaken for a Redis that is away.
pub(crate) fn patient() -> Limits {
    Limits { redis_wait_max: Duration::from_secs(5), ..Limits::default() }
}

pub(crate) fn redis_url() -> String {
    std::env::var("OPBX_TEST_REDIS")
        .expect("no Redis to test with: run `cargo xtask test`, or set OPBX_TEST_REDIS to its URL")
}

pub(crate) fn prefix() -> String {
    format!("test-{}", uuid::Uuid::new_v4().simple())
}

pub(crate) fn tenant(id: i64) -> TenantId {
    TenantId::new(id).unwrap()
}

pub(crate) fn key(call: &str) -> AnswerKey {
    AnswerKey { tenant: tenant(1), call: call.into(), step: 1, digest: [7; 32] }
}

pub(crate) fn claim(call: &str) -> RotationClaim {
    RotationClaim { tenant: tenant(1), group: 5, call: call.into(), visit: 0 }
}

pub(crate) fn said(body: impl Into<Bytes>) -> Answer {
    Answer { status: 200, body: body.into() }
}

/// Looks until the condition holds; fails the test if it does not within a bound.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let deadline = Instant::now() + CONDITION_WAIT_MAX;
    let mut looks = tokio::time::interval(CONDITION_LOOK_EVERY);
    while !condition().await {
        assert!(Instant::now() < deadline, "this never came true: {what}");
        looks.tick().await;
    }
}

/// Fails the test if this does not end within a bound.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(TEST_WAIT_MAX, what)
        .await
        .expect("the test waits for something that does not happen")
}

/// A Redis that belongs to one test, which may stop, freeze and start it.
pub(crate) struct OwnRedis {
    port: u16,
    folder: TempDir,
    process: Option<Child>,
}

impl OwnRedis {
    pub(crate) async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut redis = Self { port, folder: tempfile::tempdir().unwrap(), process: None };
        redis.run().await;
        redis
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it, empty, on its port, and waits until it answers.
    pub(crate) async fn run(&mut self) {
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("no redis-server on the PATH: run `cargo xtask test`, or install Redis");
        self.process = Some(process);
        let url = self.url();
        until("the test's own Redis answers", || async { Cluster::connect(&url, "ready").await.is_ok() })
            .await;
    }

    pub(crate) fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Freezes it: connections stay open and nothing answers.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.process.as_ref().expect("it runs").id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
