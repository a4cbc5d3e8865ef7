//! Two nodes behind a real HAProxy: either of them is killed under load, and no caller notices.

mod balancer;
mod client;

use crate::process::{Server, opbx};
use balancer::Balancer;
pub(crate) use balancer::free_port;
use client::{Client, Played};
use opbx_app::models::{PbxCall, PbxCdr, PbxSessionUpdate};
use opbx_kernel::seal::Keyring;
use opbx_kernel::{Operator, Scope, SystemClock, TenantId};
use opbx_platform::Domain;
use opbx_store::{Store, StoreConfig};
use opbx_testkit::{Engine, TestDb, company};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const KEY: &str = "key-of-acme";
/// Calls played in each stretch: both nodes up, the first dead, both again, the second dead.
const CALLS_PER_STRETCH: usize = 40;
/// Callers at the same time.
const CALLERS: usize = 4;
/// A call whose answer was lost with a killed node may be decided anew, with another turn of the rotation; so many are
/// under way at each of two kills.
const UNFAIR_MAX: usize = 2 * CALLERS;
/// How often, at most, something that must come is looked for.
const LOOKS_MAX: u32 = 900;
const LOOK: Duration = Duration::from_millis(50);

/// What the two nodes share.
struct Place {
    folder: tempfile::TempDir,
    database: String,
    redis: String,
    prefix: String,
}

impl Place {
    fn data(&self, node: &str) -> PathBuf {
        self.folder.path().join(node)
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    /// Starts a node on a port that the balancer knows.
    fn node(&self, name: &str, port: u16) -> Server {
        let mut command = opbx(&["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"]);
        command.arg(self.data(name)).args(["--database", &self.database]);
        command.env("OPBX_REDIS", &self.redis).env("OPBX_REDIS_PREFIX", &self.prefix);
        command.env("OPBX_KEYS", self.keys()).env("OPBX_LOG", "warn");
        command.env("OPBX_OWNER_PASSWORD", "Two-Nodes-1").env("OPBX_TRUSTED_PROXIES", "127.0.0.1");
        Server::start(command)
    }

    /// Brings the company in.
    fn configure(&self) {
        let file = self.folder.path().join("acme.toml");
        let acme = company("acme", KEY).strategy("round_robin").turns(1);
        std::fs::write(&file, acme.toml()).expect("a file");
        let mut command = opbx(&["config", "apply", "--data"]);
        command.arg(self.data("a")).args(["--database", &self.database]).arg(&file);
        command.env("OPBX_KEYS", self.keys());
        let output = command.output().expect("the binary runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    async fn store(&self, url: &str) -> Store {
        let keys = std::fs::read_to_string(self.keys()).expect("the keys that the first start made");
        let registry = opbx_app::modules::registry(None).expect("the built-in modules");
        let config = StoreConfig { url: url.parse().expect("a URL") };
        let keyring = Keyring::parse(&keys).expect("keys");
        Store::open(config, Arc::new(registry), keyring, Arc::new(SystemClock)).await.expect("the database")
    }
}

/// What is stored once everything has arrived.
struct Stored {
    calls: Vec<PbxCall>,
    records: Vec<PbxCdr>,
    updates: Vec<PbxSessionUpdate>,
}

async fn stored(store: &Store, tenant: TenantId, calls: usize) -> Stored {
    let mut looks = tokio::time::interval(LOOK);
    let mut seen = 0;
    for _ in 0..LOOKS_MAX {
        looks.tick().await;
        let mut tx = store.read(&Scope::system(tenant, "a test")).await.expect("a transaction");
        let all = tx.all::<PbxCall>(&Domain::All).await.expect("calls");
        seen = all.len();
        let ended = all.iter().filter(|call| call.ended_at.is_some()).count();
        if seen >= calls && ended >= calls {
            return Stored {
                calls: all,
                records: tx.all(&Domain::All).await.expect("detail records"),
                updates: tx.all(&Domain::All).await.expect("session updates"),
            };
        }
    }
    panic!("of {calls} calls {seen} came to the database");
}

/// Plays so many calls, several at a time, through the balancer.
fn play(balancer: &Balancer, count: &AtomicUsize, until: usize) -> Vec<Played> {
    let client = Client::new(balancer.address(), KEY);
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut played = Vec::new();
                    loop {
                        let at = count.fetch_add(1, Ordering::SeqCst);
                        if at >= until {
                            count.fetch_sub(1, Ordering::SeqCst);
                            return played;
                        }
                        played.push(client.play(at));
                    }
                })
            })
            .collect();
        callers.into_iter().flat_map(|caller| caller.join().expect("a caller does not panic")).collect()
    })
}

/// Plays calls while `happening` happens in their midst.
fn play_while(
    balancer: &Balancer,
    count: &AtomicUsize,
    until: usize,
    happening: impl FnOnce(),
) -> Vec<Played> {
    std::thread::scope(|scope| {
        let playing = scope.spawn(|| play(balancer, count, until));
        while count.load(Ordering::SeqCst) + CALLS_PER_STRETCH / 2 < until {
            std::thread::yield_now();
        }
        happening();
        playing.join().expect("the callers do not panic")
    })
}

fn place(db: &TestDb, folder: tempfile::TempDir) -> Place {
    let redis = std::env::var("OPBX_TEST_REDIS");
    Place {
        folder,
        database: db.url().to_string().replace("postgres://", "postgres://opbx_test@"),
        redis: redis.expect("no Redis to test on: run `cargo xtask test`, or set OPBX_TEST_REDIS"),
        prefix: format!("nodes-{:016x}", u64::from_le_bytes(opbx_app::entropy::bytes())),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_node_may_die_under_load_and_every_call_is_answered_once() {
    let haproxy = balancer::program().expect("no haproxy: run `cargo xtask test`, which installs it");
    let db = TestDb::create(Engine::Postgres).await;
    let place = place(&db, tempfile::tempdir().expect("a folder"));
    let (a_port, b_port) = (balancer::free_port(), balancer::free_port());
    // The first start makes the database, the keys and the company.
    assert!(place.node("a", a_port).terminate(), "the first start ends well");
    place.configure();
    let a = place.node("a", a_port);
    let b = place.node("b", b_port);
    let balancer = Balancer::start(&haproxy, place.folder.path(), &[a_port, b_port]);
    balancer.await_nodes(2);

    let count = AtomicUsize::new(0);
    let stretch = CALLS_PER_STRETCH;
    let mut played = play(&balancer, &count, stretch);
    played.extend(play_while(&balancer, &count, 2 * stretch, || a.kill()));
    let a = place.node("a", a_port);
    balancer.await_nodes(2);
    played.extend(play(&balancer, &count, 3 * stretch));
    played.extend(play_while(&balancer, &count, 4 * stretch, || b.kill()));
    // What its journal held when it died comes in with its return.
    let b = place.node("b", b_port);

    let total = 4 * stretch;
    assert_eq!(played.len(), total, "every call was answered");
    let store = place.store(&place.database).await;
    let operator = Operator::because("a test looks for its calls");
    let tenants = store.tenants(&operator).await.expect("tenants");
    let tenant = tenants.iter().find(|tenant| tenant.slug == "acme").expect("the company").id;
    let stored = stored(&store, tenant, total).await;
    let ids: HashSet<&str> = stored.calls.iter().map(|call| call.call_id.as_str()).collect();
    assert_eq!((ids.len(), stored.calls.len()), (total, total), "each call once");
    assert_eq!(stored.records.len(), total, "each detail record once");
    assert_eq!(stored.updates.len(), total * client::UPDATES, "each session update once");
    assert!(
        stored.calls.iter().all(|call| call.status.as_str() == "completed"),
        "each was answered and ended"
    );

    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &played {
        *first.entry(call.first_rung.as_str()).or_default() += 1;
    }
    let fair = total / 2;
    for (extension, rung) in &first {
        assert!(
            rung.abs_diff(fair) <= UNFAIR_MAX,
            "{extension} was rung first {rung} times of {total}: {first:?}"
        );
    }
    assert_eq!(first.len(), 2, "both phones of the group ring");
    assert!(a.terminate() && b.terminate(), "both stop well");
}
