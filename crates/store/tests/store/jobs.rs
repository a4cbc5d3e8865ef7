//! Jobs: each runs once while its lease holds, is taken over when it ends, and is never put beside its like.

use crate::lab::{registry, sample, scope};
use jiff::SignedDuration;
use opbx_kernel::{Operator, RecordId, Scope};
use opbx_platform::{Domain, Value};
use opbx_store::{ClaimedJob, Enqueued, NewJob, PURGE_MAX, Queue, SaveError, Store};
use opbx_testkit::{Engine, TestDb, on_both_databases, tenant};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);
const KINDS: &[&str] = &["greet"];

async fn enqueue(store: &Store, scope: &Scope, job: NewJob) -> Enqueued {
    let mut tx = store.begin(scope).await.expect("a transaction");
    let enqueued = tx.enqueue(job).await.expect("enqueued");
    tx.commit().await.expect("it lasts");
    enqueued
}

async fn claim(store: &Store, scope: &Scope, runner: &str, limit: usize) -> Vec<ClaimedJob> {
    let mut tx = store.begin(scope).await.expect("a transaction");
    let claimed = tx.claim_jobs(runner, KINDS, LEASE, limit).await.expect("claimed");
    tx.commit().await.expect("it lasts");
    claimed
}

async fn state(store: &Store, scope: &Scope, id: RecordId) -> (String, i64, Option<String>) {
    let mut tx = store.read(scope).await.expect("a transaction");
    let rows = tx.read("ir.job", &[id], &["state", "attempts", "last_error"]).await.expect("a job");
    match rows[0].values.as_slice() {
        [Value::Text(state), Value::Int(attempts), Value::Text(error)] => {
            (state.clone(), *attempts, Some(error.clone()))
        }
        [Value::Text(state), Value::Int(attempts), _] => (state.clone(), *attempts, None),
        other => panic!("{other:?}"),
    }
}

async fn waiting(store: &Store, db: &TestDb) -> usize {
    let operator = Operator::because("a test");
    store.tenants_waiting(&operator, Queue::Jobs, db.clock_now()).await.expect("tenants").len()
}

on_both_databases! {
    async fn an_operator_learns_how_much_waits_and_runs_in_all_tenants_together(db: TestDb) {
        let store = db.store(registry()).await;
        let (red, blue) = (scope(tenant(&store, "red").await), scope(tenant(&store, "blue").await));
        let operator = Operator::because("a test");
        let depths = store.queue_depths(&operator).await.expect("numbers");
        assert_eq!((depths.jobs_waiting, depths.jobs_running, depths.first_due), (0, 0, None));
        for owner in [&red, &red, &blue] {
            enqueue(&store, owner, NewJob::of("greet")).await;
        }
        claim(&store, &red, "a", 1).await;
        let depths = store.queue_depths(&operator).await.expect("numbers");
        assert_eq!((depths.jobs_waiting, depths.jobs_running), (2, 1));
        assert_eq!(depths.first_due, Some(db.clock_now()));
        let connections = store.connections();
        assert!((1..=connections.max).contains(&connections.open), "{connections:?}");
        assert!(connections.idle <= connections.open, "{connections:?}");
    }

    async fn a_job_is_run_once_the_transaction_that_left_it_is_committed(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.enqueue(NewJob::of("greet")).await.expect("enqueued");
        drop(tx);
        assert_eq!((waiting(&store, &db).await, claim(&store, &red, "a", 9).await.len()), (0, 0));
        let mut told = store.told();
        told.mark_unchanged();
        let id = enqueue(&store, &red, NewJob::of("greet").with(json!({"who": "Ann"}))).await.id();
        assert!(told.has_changed().expect("the store is open"), "runners of this process hear of it");
        assert_eq!(waiting(&store, &db).await, 1);
        let jobs = claim(&store, &red, "a", 9).await;
        assert_eq!((jobs.len(), jobs[0].id, &jobs[0].payload, jobs[0].attempt), (1, id, &json!({"who": "Ann"}), 1));
        assert_eq!(claim(&store, &red, "b", 9).await, [], "its lease holds");
        assert_eq!(waiting(&store, &db).await, 0);
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert!(tx.finish_job(&jobs[0]).await.expect("an answer"));
        tx.commit().await.expect("it lasts");
        assert_eq!(state(&store, &red, id).await, ("done".to_owned(), 1, None));
    }

    async fn runners_at_once_never_claim_a_job_twice(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        for _ in 0..40 {
            enqueue(&store, &red, NewJob::of("greet")).await;
        }
        let runners: Vec<_> = (0..4).map(|n| {
            let (store, red) = (store.clone(), red.clone());
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let jobs = claim(&store, &red, &format!("runner {n}"), 3).await;
                    if jobs.is_empty() {
                        break mine;
                    }
                    mine.extend(jobs.into_iter().map(|job| job.id));
                }
            })
        }).collect();
        let mut all = BTreeSet::new();
        let mut count = 0;
        for runner in runners {
            let mine = runner.await.expect("no panic");
            count += mine.len();
            all.extend(mine);
        }
        // What one holds another passes over, so the last look may come a moment too early for all to be taken.
        let rest = claim(&store, &red, "the last", 40).await;
        count += rest.len();
        all.extend(rest.into_iter().map(|job| job.id));
        assert_eq!((count, all.len()), (40, 40));
    }

    async fn a_lease_that_ended_is_taken_over_and_the_old_runner_has_no_say(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let id = enqueue(&store, &red, NewJob::of("greet").attempts(2)).await.id();
        let mut old = claim(&store, &red, "old", 1).await.remove(0);
        db.clock().advance(SignedDuration::from_secs(50));
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert!(tx.renew_job(&mut old, LEASE, Some(30)).await.expect("an answer"));
        tx.commit().await.expect("it lasts");
        db.clock().advance(SignedDuration::from_secs(50));
        assert_eq!(claim(&store, &red, "new", 1).await, [], "it was renewed");
        db.clock().advance(SignedDuration::from_secs(11));
        assert_eq!(waiting(&store, &db).await, 1);
        let new = claim(&store, &red, "new", 1).await.remove(0);
        assert_eq!((new.id, new.attempt), (id, 2));
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert!(!tx.renew_job(&mut old, LEASE, None).await.expect("an answer"));
        assert!(!tx.finish_job(&old).await.expect("an answer"));
        assert!(!tx.fail_job(&old, "late", None).await.expect("an answer"));
        tx.commit().await.expect("it lasts");
        assert_eq!(state(&store, &red, id).await.0, "running");
        db.clock().advance(SignedDuration::from_secs(61));
        assert_eq!(claim(&store, &red, "third", 1).await, []);
        let (state, attempts, error) = state(&store, &red, id).await;
        assert_eq!((state.as_str(), attempts), ("dead", 2), "{error:?}");
    }

    async fn a_failed_job_waits_for_its_next_try_and_is_dead_after_the_last(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let id = enqueue(&store, &red, NewJob::of("greet").attempts(2)).await.id();
        for attempt in 1..=2 {
            let job = claim(&store, &red, "a", 1).await.remove(0);
            assert_eq!((job.attempt, job.has_attempts_left()), (attempt, attempt < 2));
            let again = db.clock_now() + SignedDuration::from_secs(10);
            let mut tx = store.begin(&red).await.expect("a transaction");
            assert!(tx.fail_job(&job, "no answer", Some(again)).await.expect("an answer"));
            tx.commit().await.expect("it lasts");
            assert_eq!(claim(&store, &red, "a", 1).await, [], "not yet");
            db.clock().advance(SignedDuration::from_secs(10));
        }
        assert_eq!(state(&store, &red, id).await, ("dead".to_owned(), 2, Some("no answer".to_owned())));
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert!(tx.retry_job(id).await.expect("an answer"));
        tx.commit().await.expect("it lasts");
        assert_eq!(claim(&store, &red, "a", 1).await[0].attempt, 1, "a person gave it all its attempts back");
    }

    async fn a_canceled_job_is_not_run_and_a_running_one_is_taken_from_its_runner(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let first = enqueue(&store, &red, NewJob::of("greet")).await.id();
        let running = claim(&store, &red, "a", 1).await.remove(0);
        let second = enqueue(&store, &red, NewJob::of("greet")).await.id();
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert!(tx.cancel_job(first).await.expect("an answer"));
        assert!(tx.cancel_job(second).await.expect("an answer"));
        assert!(!tx.cancel_job(second).await.expect("an answer"), "it is over already");
        assert!(!tx.finish_job(&running).await.expect("an answer"));
        tx.commit().await.expect("it lasts");
        assert_eq!(claim(&store, &red, "a", 9).await, []);
        assert_eq!(state(&store, &red, first).await.0, "canceled");
    }

    async fn jobs_with_one_key_neither_wait_nor_run_side_by_side(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let job = || NewJob::of("greet").keyed("greet:1");
        let first = enqueue(&store, &red, job()).await;
        assert_eq!(enqueue(&store, &red, job()).await, Enqueued::Waiting(first.id()));
        let running = claim(&store, &red, "a", 9).await.remove(0);
        let second = enqueue(&store, &red, job()).await;
        assert!(matches!(second, Enqueued::New(id) if id != first.id()), "the running one may have looked already");
        assert_eq!(claim(&store, &red, "b", 9).await, [], "not beside the first");
        // The first fails, and finds that another waits in its place.
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.fail_job(&running, "no answer", Some(db.clock_now())).await.expect("noted");
        tx.commit().await.expect("it lasts");
        assert_eq!(state(&store, &red, first.id()).await.0, "canceled");
        assert_eq!(claim(&store, &red, "b", 9).await[0].id, second.id());
    }

    async fn a_waiting_job_is_not_run_before_what_was_added_to_it_is_committed(db: TestDb) {
        if db.engine() == Engine::Sqlite {
            return; // There is one writer: nobody claims while another transaction is open.
        }
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let first = enqueue(&store, &red, NewJob::of("greet").keyed("k")).await;
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.create("lab.sample", sample("what the job should see")).await.expect("a sample");
        assert_eq!(tx.enqueue(NewJob::of("greet").keyed("k")).await.expect("enqueued"), Enqueued::Waiting(first.id()));
        assert_eq!(claim(&store, &red, "a", 9).await, []);
        tx.commit().await.expect("it lasts");
        assert_eq!(claim(&store, &red, "a", 9).await.len(), 1);
    }

    async fn a_job_of_an_unknown_kind_waits_for_a_node_that_knows_it(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        enqueue(&store, &red, NewJob::of("from the future")).await;
        assert_eq!(claim(&store, &red, "a", 9).await, []);
    }

    async fn old_records_go_a_bounded_number_at_a_time(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let rows = (0..450).map(|n| sample(&format!("s{n}"))).collect();
        tx.insert_many("lab.sample", rows).await.expect("samples");
        tx.commit().await.expect("it lasts");
        db.clock().advance(SignedDuration::from_hours(48));
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.create("lab.sample", sample("young")).await.expect("a sample");
        tx.commit().await.expect("it lasts");
        let before = db.clock_now() - SignedDuration::from_hours(24);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let young = Domain::ge("at", before);
        assert_eq!(tx.purge("ir.audit", "at", before, &young).await.expect("purged"), 0, "none of these is old");
        drop(tx);
        let mut purged = Vec::new();
        while purged.last() != Some(&0) {
            let mut tx = store.begin(&red).await.expect("a transaction");
            purged.push(tx.purge("ir.audit", "at", before, &Domain::All).await.expect("purged"));
            tx.commit().await.expect("it lasts");
        }
        // The tenant's own entry is among them.
        assert_eq!(purged, [PURGE_MAX, PURGE_MAX, PURGE_MAX, PURGE_MAX, 51, 0]);
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert_eq!(tx.count("ir.audit", &Domain::All).await.expect("a count"), 1);
        let outbox = tx.purge("ir.outbox", "at", before, &Domain::All).await;
        assert!(matches!(outbox, Err(SaveError::KeptHere { .. })), "{outbox:?}");
    }
}
