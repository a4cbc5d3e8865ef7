//! Killed at the worst moment: what was answered is there after a restart.

use crate::process::{Request, Server};
use opbx_app::models::{PbxCall, PbxCallEvent, PbxCallLeg};
use opbx_kernel::seal::Keyring;
use opbx_kernel::{Operator, Scope, SystemClock};
use opbx_platform::Domain;
use opbx_store::{Store, StoreConfig};
use opbx_testkit::{Engine, TestDb, on_both_databases};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Calls made before the process is killed.
const CALLS: usize = 20;
/// How often, at most, the database is looked at for calls that must come.
const LOOKS_MAX: u32 = 600;

async fn open(db: &TestDb, data: &Path) -> Store {
    let url = match db.engine() {
        Engine::Sqlite => format!("sqlite://{}", data.join("opbx.db").display()).parse().expect("a URL"),
        Engine::Postgres => db.url().clone(),
    };
    let keys = std::fs::read_to_string(data.join("keys")).expect("the keys that the first start made");
    let registry = opbx_app::modules::registry(None).expect("the built-in modules");
    let keyring = Keyring::parse(&keys).expect("keys");
    Store::open(StoreConfig { url }, Arc::new(registry), keyring, Arc::new(SystemClock))
        .await
        .expect("the database")
}

/// The calls in the database, once there are as many as were answered.
async fn calls(store: &Store) -> Vec<PbxCall> {
    let operator = Operator::because("a test looks for its calls");
    let tenant = store.tenants(&operator).await.expect("tenants")[0].id;
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..LOOKS_MAX {
        looks.tick().await;
        let mut tx = store.read(&Scope::system(tenant, "a test")).await.expect("a transaction");
        let calls = tx.all::<PbxCall>(&Domain::All).await.expect("calls");
        if calls.len() >= CALLS {
            assert_children(&mut tx, &calls).await;
            return calls;
        }
    }
    panic!("the calls never came");
}

async fn assert_children(tx: &mut opbx_store::Tx, calls: &[PbxCall]) {
    for call in calls {
        let of_call = Domain::eq("call", call.id);
        let legs = tx.all::<PbxCallLeg>(&of_call).await.expect("legs");
        assert_eq!(legs.iter().map(|leg| leg.target.as_str()).collect::<Vec<_>>(), ["1001", "1002"]);
        assert_eq!(tx.all::<PbxCallEvent>(&of_call).await.expect("a timeline").len(), 2, "started, ringing");
    }
}

on_both_databases! {
    async fn a_kill_right_after_an_answer_loses_no_call(db: TestDb) {
        let data = tempfile::tempdir().expect("a folder");
        let server = Server::demo(data.path(), Some(&db));
        let curl = server.printed.lines().map(str::trim).find(|line| line.starts_with("curl ")).expect("a printed call");
        let printed = Request::printed(curl);
        for at in 0..CALLS {
            let body = printed.body.replace("demo-1", &format!("call-{at}"));
            let reply = Request { body, ..printed.clone() }.send();
            assert_eq!(reply.status, 200, "{}", reply.body);
        }
        server.kill();

        let _again = Server::demo(data.path(), Some(&db));
        let calls = calls(&open(&db, data.path()).await).await;
        assert_eq!(calls.len(), CALLS, "each call once");
        for call in calls {
            let trace = call.trace.expect("a trace").to_string();
            assert!(trace.contains("number_dialled") && trace.contains("ringing"), "{trace}");
            assert!(call.inputs.is_some_and(|inputs| !inputs.is_empty()));
            assert_eq!(call.status.as_str(), "ringing");
        }
    }
}
