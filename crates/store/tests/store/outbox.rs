//! The outbox: every change in the order of commits, none lost, none skipped, none twice.

use crate::lab::{registry, sample, scope, values};
use opbx_kernel::{Operator, RecordId, Scope};
use opbx_platform::{Domain, Value};
use opbx_store::{OUTBOX_BATCH_MAX, OutboxEntry, Queue, SaveError, Store, topics};
use opbx_testkit::{Engine, WAIT_MAX, on_both_databases, tenant, two_tenants};
use serde_json::json;
use std::collections::BTreeSet;

/// Orders of eight commits that are tried; each is another.
const ORDERS: u64 = 30;

async fn all(store: &Store, scope: &Scope) -> Vec<OutboxEntry> {
    let mut tx = store.read(scope).await.expect("a transaction");
    tx.outbox_after(0, OUTBOX_BATCH_MAX).await.expect("entries")
}

fn sequences(entries: &[OutboxEntry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.sequence).collect()
}

/// The seed's order of 0..8 (Fisher and Yates, drawn from a linear congruence).
fn order(mut seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..8).collect();
    for at in (1..order.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (seed >> 33) as usize % (at + 1));
    }
    order
}

async fn commit_sample(store: Store, scope: Scope, name: String) -> i64 {
    let mut tx = store.begin(&scope).await.expect("a transaction");
    tx.create("lab.sample", sample(&name)).await.expect("a sample");
    tokio::task::yield_now().await;
    tx.commit().await.expect("it lasts").outbox_sequence.expect("a place in the order")
}

on_both_databases! {
    async fn eight_commits_at_once_have_their_places_and_a_reader_skips_none(db: TestDb) {
        const ROUNDS: i64 = 12;
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let before = all(&store, &red).await.len() as i64;
        let (watched, who) = (store.clone(), red.clone());
        let reader = tokio::spawn(async move {
            let mut seen: Vec<i64> = Vec::new();
            let mut position = before;
            while position < before + 8 * ROUNDS {
                let mut tx = watched.read(&who).await.expect("a transaction");
                let entries = tx.outbox_after(position, 3).await.expect("entries");
                seen.extend(sequences(&entries));
                position = entries.last().map_or(position, |last| last.sequence);
            }
            seen
        });
        let mut places = BTreeSet::new();
        for round in 0..ROUNDS {
            let commits: Vec<_> = (0..8)
                .map(|n| tokio::spawn(commit_sample(store.clone(), red.clone(), format!("{round}-{n}"))))
                .collect();
            for commit in commits {
                assert!(places.insert(commit.await.expect("no panic")), "a place was given twice");
            }
        }
        assert_eq!(places, (before + 1..=before + 8 * ROUNDS).collect());
        let seen = tokio::time::timeout(WAIT_MAX, reader).await.expect("the reader catches up").expect("no panic");
        assert_eq!(seen, (before + 1..=before + 8 * ROUNDS).collect::<Vec<_>>(), "in order, none skipped");
    }

    async fn places_follow_the_order_of_commits_whatever_the_order_of_writes(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let one_writer = db.engine() == Engine::Sqlite;
        for seed in 0..ORDERS {
            let mut open: Vec<Option<opbx_store::Tx>> = Vec::new();
            let mut committed = Vec::new();
            for n in 0..8 {
                let mut tx = store.begin(&red).await.expect("a transaction");
                let record = tx.create("lab.sample", sample(&format!("{seed}-{n}"))).await.expect("a sample");
                if one_writer {
                    tx.commit().await.expect("it lasts");
                } else {
                    open.push(Some(tx));
                }
                committed.push(record);
            }
            let order = if one_writer { (0..8).collect() } else { order(seed) };
            for at in order.iter().filter(|_| !one_writer) {
                open[*at].take().expect("each once").commit().await.expect("it lasts");
            }
            let entries = all(&store, &red).await;
            let records: Vec<RecordId> = entries.iter().rev().take(8).rev().filter_map(|e| e.record).collect();
            let expected: Vec<RecordId> = order.iter().map(|at| committed[*at]).collect();
            assert_eq!(records, expected, "order {order:?}");
            assert_eq!(sequences(&entries), (1..=entries.len() as i64).collect::<Vec<_>>());
        }
    }

    async fn a_transaction_publishes_each_record_once_and_a_dropped_one_nothing(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let before = all(&store, &red).await.len();
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.create("lab.sample", sample("dropped")).await.expect("a sample");
        drop(tx);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let a = tx.create("lab.sample", sample("a")).await.expect("a sample");
        tx.update("lab.sample", a, sample("aa"), None).await.expect("a change");
        let b = tx.create("lab.sample", sample("b")).await.expect("a sample");
        tx.delete("lab.sample", b).await.expect("deleted again");
        tx.commit().await.expect("it lasts");
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.update("lab.sample", a, sample("a"), None).await.expect("a change");
        tx.update("lab.sample", a, values([("level", Value::Int(9))]), None).await.expect("a change");
        tx.publish("greeting", json!({"to": "all"})).expect("a transaction that writes");
        tx.commit().await.expect("it lasts");
        let entries: Vec<_> = all(&store, &red).await.into_iter().skip(before)
            .map(|entry| (entry.topic, entry.record, entry.record_version, entry.payload)).collect();
        assert_eq!(entries, [
            (topics::CREATED.to_owned(), Some(a), Some(2), json!({})),
            (topics::UPDATED.to_owned(), Some(a), Some(4), json!({"fields": ["level", "name"]})),
            ("greeting".to_owned(), None, None, json!({"to": "all"})),
        ]);
    }

    async fn a_changed_plan_is_told_with_its_version(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.create("pbx.extension", values([("number", "100".into()), ("name", "x".into())])).await.expect("created");
        let committed = tx.commit().await.expect("it lasts");
        let last = all(&store, &red).await.pop().expect("an entry");
        assert_eq!((last.topic.as_str(), &last.payload), (topics::PLAN, &json!({"version": 1})));
        assert_eq!((committed.plan_version, committed.outbox_sequence), (Some(1), Some(last.sequence)));
        let heads = store.outbox_heads(&Operator::because("a test")).await.expect("heads");
        assert_eq!(heads, [(red.tenant(), last.sequence)]);
    }

    async fn calls_take_no_lock_and_get_their_places_afterwards(db: TestDb) {
        let store = db.store(registry()).await;
        let (red, blue) = two_tenants(&store).await;
        let (red, blue) = (scope(red), scope(blue));
        let before = all(&store, &red).await.len() as i64;
        let call = |name: &str| values([
            ("call_id", name.into()),
            ("direction", "inbound".into()),
            ("started_at", Value::Instant("2026-03-01T12:00:00Z".parse().expect("an instant"))),
        ]);
        let operator = Operator::because("a test");
        let waiting = async || store.tenants_waiting(&operator, Queue::Outbox, db.clock_now()).await.expect("tenants");
        // While somebody holds the tenant's row, a call is committed all the same.
        let held = match db.engine() {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let mut tx = store.begin(&red).await.expect("a transaction");
                assert_eq!(tx.order_outbox().await.expect("nothing waits"), 0);
                Some(tx)
            }
        };
        let mut tx = store.begin(&red).await.expect("a transaction");
        let first = tx.create("pbx.call", call("CA1")).await.expect("a call");
        assert_eq!(tx.commit().await.expect("it lasts").outbox_sequence, None);
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.update("pbx.call", first, values([("status", "ringing".into())]), None).await.expect("a change");
        tx.turn_to(&operator, &blue).await.expect("calls have no order of the tenant");
        tx.create("pbx.call", call("CA2")).await.expect("a call");
        tx.commit().await.expect("it lasts");
        drop(held);
        assert_eq!(all(&store, &red).await.len() as i64, before, "not in the order yet");
        assert_eq!(waiting().await, [red.tenant(), blue.tenant()]);
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert_eq!(tx.order_outbox().await.expect("ordered"), 2);
        assert_eq!(tx.order_outbox().await.expect("ordered"), 0);
        tx.turn_to(&operator, &blue).await.expect("the next tenant");
        assert_eq!(tx.order_outbox().await.expect("ordered"), 1);
        tx.commit().await.expect("it lasts");
        assert_eq!(waiting().await, []);
        let entries = all(&store, &red).await.split_off(usize::try_from(before).expect("small"));
        let told: Vec<_> = entries.iter()
            .map(|entry| (entry.sequence - before, entry.topic.as_str(), entry.record, entry.record_version)).collect();
        assert_eq!(told, [(1, topics::CREATED, Some(first), Some(1)), (2, topics::UPDATED, Some(first), Some(2))]);
    }

    async fn two_that_order_at_once_give_no_place_twice(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let before = all(&store, &red).await.len() as i64;
        let mut tx = store.begin(&red).await.expect("a transaction");
        let calls = (0..40).map(|n| values([
            ("call_id", Value::Text(format!("CA{n}"))),
            ("direction", "inbound".into()),
            ("started_at", Value::Instant("2026-03-01T12:00:00Z".parse().expect("an instant"))),
        ])).collect();
        tx.insert_many("pbx.call", calls).await.expect("calls");
        tx.commit().await.expect("it lasts");
        let ordering: Vec<_> = (0..4).map(|n| {
            let (store, red) = (store.clone(), red.clone());
            tokio::spawn(async move {
                commit_sample(store.clone(), red.clone(), format!("s{n}")).await;
                let mut tx = store.begin(&red).await.expect("a transaction");
                let ordered = tx.order_outbox().await.expect("ordered");
                tx.commit().await.expect("it lasts");
                ordered
            })
        }).collect();
        let mut ordered = 0;
        for task in ordering {
            ordered += task.await.expect("no panic");
        }
        assert_eq!(ordered, 40);
        assert_eq!(sequences(&all(&store, &red).await), (1..=before + 44).collect::<Vec<_>>());
    }

    async fn a_reader_moves_on_once_and_what_all_have_passed_is_pruned(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        for n in 0..4 {
            commit_sample(store.clone(), red.clone(), format!("s{n}")).await;
        }
        let entries = all(&store, &red).await.len() as i64;
        let advance = async |consumer: &str, from: i64, to: i64| {
            let mut tx = store.begin(&red).await.expect("a transaction");
            let moved = tx.advance_outbox(consumer, from, to).await.expect("an answer");
            tx.commit().await.expect("it lasts");
            moved
        };
        assert!(advance("mail", 0, 2).await);
        assert!(!advance("mail", 0, 3).await, "another node was there");
        assert!(!advance("hooks", 1, 3).await, "nobody begins in the middle");
        assert!(advance("mail", 2, 4).await);
        assert!(advance("hooks", 0, 3).await);
        let mut tx = store.read(&red).await.expect("a transaction");
        assert_eq!(tx.outbox_position("mail").await.expect("a position"), 4);
        assert_eq!(tx.outbox_position("nobody").await.expect("a position"), 0);
        drop(tx);
        let prune = async |consumers: &[&str], hours: i64| {
            let before = db.clock_now() + jiff::SignedDuration::from_hours(hours);
            let mut tx = store.begin(&red).await.expect("a transaction");
            let pruned = tx.prune_outbox(consumers, before).await.expect("pruned");
            tx.commit().await.expect("it lasts");
            pruned
        };
        assert_eq!(prune(&["mail", "hooks", "late"], 1).await, 0, "one has read nothing yet");
        assert_eq!(prune(&["mail", "hooks"], -1).await, 0, "they are too young");
        assert_eq!(prune(&["mail", "hooks"], 1).await, 3);
        assert_eq!(sequences(&all(&store, &red).await), (4..=entries).collect::<Vec<_>>());
    }

    async fn nobody_writes_into_the_outbox_by_hand(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        commit_sample(store.clone(), red.clone(), "a".to_owned()).await;
        let mut tx = store.begin(&red).await.expect("a transaction");
        let refused = tx.delete_where("ir.outbox", &Domain::All).await;
        assert!(matches!(refused, Err(SaveError::KeptHere { .. })), "{refused:?}");
        let own = RecordId::new(red.tenant().get()).expect("an id");
        let forged = tx.update("res.tenant", own, values([("outbox_sequence", Value::Int(9))]), None).await;
        assert!(matches!(forged, Err(SaveError::NotWritable { .. })), "{forged:?}");
    }
}
