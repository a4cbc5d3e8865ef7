//! Counters: taken in a transaction without a hole, or for good without waiting, and never twice.

use crate::lab::{registry, sample, scope, values};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::{Domain, Value};
use opbx_store::{Counter, SaveError, Search, Store};
use opbx_testkit::{Engine, TestDb, on_both_databases, tenant, two_tenants};

fn tally(sample: RecordId) -> Counter<'static> {
    let key = values([("sample", Value::Record(sample)), ("day", "always".into())]);
    Counter { model: "lab.tally", key, field: "next", first: 10, step: 5 }
}

async fn counted(store: &Store, scope: &Scope) -> RecordId {
    let mut tx = store.begin(scope).await.expect("a transaction");
    let id = tx.create("lab.sample", sample("a")).await.expect("a sample");
    tx.commit().await.expect("it lasts");
    id
}

on_both_databases! {
    async fn a_counter_begins_at_its_first_number_and_goes_on_by_its_step(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let counter = tally(counted(&store, &red).await);
        for expected in [10, 15, 20] {
            let mut tx = store.begin(&red).await.expect("a transaction");
            assert_eq!(tx.take_number(&counter).await.expect("a number"), expected);
            tx.commit().await.expect("it lasts");
        }
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert_eq!(tx.take_number(&counter).await.expect("a number"), 25);
        assert_eq!(tx.take_number(&counter).await.expect("a number"), 30, "twice in one transaction");
        drop(tx);
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert_eq!(tx.take_number(&counter).await.expect("a number"), 25, "what was rolled back is given again");
        let all = tx.search("lab.tally", &Domain::All, Search { fields: &["next"], ..Search::default() }).await;
        let all = all.expect("rows");
        assert_eq!((all.len(), &all[0].values[0]), (1, &Value::Int(30)));
        assert_eq!(all[0].version, 4, "each number is a change of the counter");
    }

    async fn two_tenants_count_for_themselves(db: TestDb) {
        let store = db.store(registry()).await;
        let (red, blue) = two_tenants(&store).await;
        let (red, blue) = (scope(red), scope(blue));
        let (reds, blues) = (counted(&store, &red).await, counted(&store, &blue).await);
        for (scope, own, other) in [(&red, reds, blues), (&blue, blues, reds)] {
            let mut tx = store.begin(scope).await.expect("a transaction");
            assert_eq!(tx.take_number(&tally(own)).await.expect("a number"), 10);
            for stolen in [tx.take_number(&tally(other)).await, tx.take_number_for_good(&tally(other)).await] {
                assert!(matches!(stolen, Err(SaveError::NoSuchRecord { .. })), "{stolen:?}");
            }
            tx.commit().await.expect("it lasts");
        }
    }

    async fn a_counter_made_in_the_same_transaction_counts(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let counter = tally(tx.create("lab.sample", sample("a")).await.expect("a sample"));
        assert_eq!(tx.take_number_for_good(&counter).await.expect("a number"), 10);
        assert_eq!(tx.take_number(&counter).await.expect("a number"), 15);
        tx.commit().await.expect("it lasts");
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert_eq!(tx.take_number(&counter).await.expect("a number"), 20);
        assert_eq!(tx.take_number_for_good(&counter).await.expect("held by this very transaction"), 25);
    }

    async fn what_is_no_counter_is_refused(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let counter = tally(counted(&store, &red).await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let no_key = Counter { key: values([("sample", counter.key["sample"].clone())]), ..counter.clone() };
        assert!(tx.take_number(&no_key).await.is_err());
        let audited = Counter { model: "lab.sample", key: sample("a"), field: "level", ..counter.clone() };
        assert!(matches!(tx.take_number(&audited).await, Err(SaveError::NotMachineWritten { .. })));
        let not_a_number = Counter { field: "day", ..counter.clone() };
        assert!(tx.take_number(&not_a_number).await.is_err());
        let full = Counter { first: opbx_kernel::ids::ID_END - 2, ..counter };
        assert!(matches!(tx.take_number(&full).await, Err(SaveError::Invalid { .. })));
        let mut tx = store.read(&red).await.expect("a transaction");
        assert!(matches!(tx.take_number_for_good(&full).await, Err(SaveError::ReadOnly)));
    }
}

#[tokio::test]
async fn nobody_waits_for_a_number_that_was_taken_for_good() {
    let db = TestDb::create(Engine::Postgres).await;
    let store = db.store(registry()).await;
    let red = scope(tenant(&store, "red").await);
    let counter = tally(counted(&store, &red).await);
    let mut slow = store.begin(&red).await.expect("a transaction");
    assert_eq!(slow.take_number_for_good(&counter).await.expect("a number"), 10);
    let mut quick = store.begin(&red).await.expect("another, while the first is open");
    assert_eq!(quick.take_number_for_good(&counter).await.expect("a number"), 15);
    quick.commit().await.expect("it lasts");
    drop(slow);
    let mut tx = store.begin(&red).await.expect("a transaction");
    assert_eq!(tx.take_number_for_good(&counter).await.expect("a number"), 20, "a gap, and no repeat");
}
