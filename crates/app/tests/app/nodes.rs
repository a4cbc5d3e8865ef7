//! Nodes that are killed, and nodes that tell of one call at once: nothing is lost and nothing comes twice.

use opbx_app::ingest::Ingester;
use opbx_app::journal::{Journal, Record};
use opbx_cluster::Cluster;
use opbx_telephony::Entry;
use opbx_testkit::{HttpConfig, StoredCall, TestApp, TestDb, company, on_both_databases};
use std::path::Path;
use std::sync::Arc;

const KEY: &str = "key-of-acme";

async fn started(db: TestDb) -> (TestApp, opbx_kernel::TenantId) {
    let app = TestApp::start(db).await;
    let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
    (app, tenant)
}

/// The four steps of a call that three phones were rung for, as the node journaled them.
async fn entries_of_a_call(app: &TestApp) -> Vec<Entry> {
    let mut heard = app.voice(KEY).send().await;
    for result in ["no-answer", "busy", "completed"] {
        app.db().clock().advance(jiff::SignedDuration::from_secs(20));
        heard = app.follow(&heard, result).await;
    }
    let journaled = app.app().journal().read_after(0, 100).expect("readable");
    let entries = journaled.into_iter().filter_map(|(_, record)| match record {
        Record::Step(entry) => Some(*entry),
        Record::Plan(_) => None,
    });
    let entries: Vec<_> = entries.collect();
    assert_eq!(entries.len(), 4);
    entries
}

fn renamed(entry: &Entry, call: &str) -> Record {
    Record::Step(Box::new(Entry { call_id: call.to_owned(), ..entry.clone() }))
}

/// Another node's journal, with its way into the store.
fn node(app: &TestApp, folder: &Path, name: &str) -> (Arc<Journal>, Ingester) {
    let journal = Arc::new(Journal::open(&folder.join(name), name).expect("a journal"));
    (journal.clone(), Ingester::new(app.store().clone(), journal))
}

/// Every order of four.
fn orders() -> Vec<[usize; 4]> {
    let all = (0..256).map(|n: usize| [n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6 & 3]);
    all.filter(|order| (0..4).all(|step| order.contains(&step))).collect()
}

on_both_databases! {
    async fn a_node_killed_before_it_ingested_loses_nothing(db: TestDb) {
        let (mut app, tenant) = started(db).await;
        let held = app.hold_ingestion().await;
        let first = app.voice(KEY).send().await;
        let second = app.follow(&first, "no-answer").await;
        let other = app.voice(KEY).call("CA2").send().await;
        assert_eq!(second.rings, ["1002"]);
        app.kill().await;
        drop(held);
        app.start_again().await;
        app.ingest().await;
        let calls = app.calls(tenant).await;
        assert_eq!(calls.iter().map(|call| call.call.call_id.as_str()).collect::<Vec<_>>(), ["CA1", "CA2"]);
        assert_eq!(calls[0].rung(), [("1001", "no_answer"), ("1002", "ringing")]);
        assert_eq!((calls[0].entries.len(), calls[1].entries.len()), (2, 1));

        assert!(app.follow(&second, "completed").await.ends_silently(), "the call goes on after the restart");
        assert_eq!(app.follow(&other, "busy").await.rings, ["1002"]);
        app.ingest().await;
        assert_eq!(app.calls(tenant).await[0].rung(), [("1001", "no_answer"), ("1002", "answered")]);
        assert_eq!(app.plan_snapshots(tenant).await.len(), 1);
    }

    async fn a_node_killed_again_and_again_tells_each_step_once(db: TestDb) {
        let (mut app, tenant) = started(db).await;
        let mut heard = app.voice(KEY).send().await;
        for result in ["no-answer", "no-answer", "completed"] {
            app.restart().await;
            heard = app.follow(&heard, result).await;
        }
        app.restart().await;
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!(call.rung(), [("1001", "no_answer"), ("1002", "no_answer"), ("1003", "answered")]);
        assert_eq!((call.entries.len(), call.call.steps), (4, 4));
        assert_eq!(call.moments().iter().filter(|kind| **kind == "ended").count(), 1);
    }

    async fn a_shut_down_ingests_what_was_journaled(db: TestDb) {
        let (app, tenant) = started(db).await;
        app.voice(KEY).send().await;
        let db = app.shut_down().await;
        let after = TestApp::start(db).await;
        assert_eq!(after.only_call(tenant).await.rung(), [("1001", "ringing")]);
    }

    async fn the_journals_of_two_nodes_come_to_the_same_rows_in_any_order(db: TestDb) {
        let (app, tenant) = started(db).await;
        let entries = entries_of_a_call(&app).await;
        app.ingest().await;
        let folder = tempfile::tempdir().expect("a folder");
        let (one, mut from_one) = node(&app, folder.path(), "node-x");
        let (other, mut from_other) = node(&app, folder.path(), "node-y");
        for order in orders() {
            let call = format!("{order:?}");
            for (at, step) in order.into_iter().enumerate() {
                let record = renamed(&entries[step], &call);
                // Each step is ingested by itself, from the one journal or the other.
                let (journal, ingester) =
                    if (at + step) % 2 == 0 { (&one, &mut from_one) } else { (&other, &mut from_other) };
                journal.append(&record).expect("appended");
                assert_eq!(ingester.ingest().await.expect("ingested"), 1);
            }
        }
        let content = |call: &StoredCall| call.content().replace(&call.call.call_id, "CA1");
        let calls = app.calls(tenant).await;
        assert_eq!(calls.len(), 25);
        let first = calls.iter().find(|call| call.call.call_id == "CA1").expect("the node's own");
        assert_eq!(first.entries.len(), 4);
        for call in &calls {
            assert_eq!(content(call), content(first), "in the order {}", call.call.call_id);
        }
    }

    async fn two_nodes_that_ingest_the_same_calls_at_once_lose_no_step(db: TestDb) {
        const CALLS: usize = 40;
        let (app, tenant) = started(db).await;
        let entries = entries_of_a_call(&app).await;
        let folder = tempfile::tempdir().expect("a folder");
        let (one, mut from_one) = node(&app, folder.path(), "node-x");
        let (other, mut from_other) = node(&app, folder.path(), "node-y");
        let names: Vec<String> = (0..CALLS).map(|at| format!("both-{at:02}")).collect();
        let append = |journal: &Journal, step: usize| {
            for name in &names {
                journal.append(&renamed(&entries[step], name)).expect("appended");
            }
        };
        // First both tell of calls that nobody knows yet, then both add to the same rows.
        for (of_one, of_other) in [(0, 1), (2, 3)] {
            append(&one, of_one);
            append(&other, of_other);
            let (here, there) = tokio::join!(from_one.ingest(), from_other.ingest());
            assert_eq!((here.expect("ingested"), there.expect("ingested")), (CALLS, CALLS));
        }
        app.ingest().await;
        let calls = app.calls(tenant).await;
        assert_eq!(calls.len(), CALLS + 1);
        for call in &calls {
            assert_eq!(call.entries.len(), 4, "{} lost a step", call.call.call_id);
            assert_eq!(call.rung(), calls[0].rung());
        }
        assert!(!folder.path().join("node-x/refused.jsonl").exists(), "nothing was set aside");
        assert!(!folder.path().join("node-y/refused.jsonl").exists(), "nothing was set aside");
    }

    async fn nodes_that_share_redis_give_a_repeat_the_same_bytes_and_a_turn_once(db: TestDb) {
        let (url, prefix) = redis(&db);
        let app = TestApp::start_with(db, connected(&url, &prefix).await, HttpConfig::default()).await;
        let tenant = app.apply(&company("acme", KEY).strategy("round_robin").toml()).await.tenant;
        let other = app.second_node_with(connected(&url, &prefix).await).await;
        for (call, phone) in [("CA1", "1001"), ("CA2", "1002"), ("CA3", "1001")] {
            let here = app.voice(KEY).call(call);
            let there = other.voice(KEY).call(call);
            let (here, there) = tokio::join!(here.send(), there.send());
            assert_eq!(here.rings, [phone]);
            assert_eq!(here.body, there.body, "whichever node was first");
            assert!(app.follow(&here, "completed").await.ends_silently());
            assert!(
                other.follow(&there, "no-answer").await.rings.is_empty(),
                "the other node knows that it is over"
            );
        }
        app.ingest().await;
        other.ingest().await;
        let calls = app.calls(tenant).await;
        assert_eq!(calls.iter().map(|call| call.entries.len()).collect::<Vec<_>>(), [2, 2, 2]);
    }
}

/// Where Redis is, and a prefix that no other test has.
fn redis(db: &TestDb) -> (String, String) {
    let url = std::env::var("OPBX_TEST_REDIS");
    let url = url.expect("no Redis to test on: run `cargo xtask test`, or set OPBX_TEST_REDIS");
    (url, db.url().to_string())
}

async fn connected(url: &str, prefix: &str) -> Cluster {
    Cluster::connect(url, prefix).await.expect("Redis answers")
}
