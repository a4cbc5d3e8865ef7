//! Jobs in the hands of runners: each done once, none lost, nobody starved.

use jiff::SignedDuration;
use opbx_app::jobs::{self, Doing, Handler, Handlers, JobError, Lane, Limits, Runner, Work};
use opbx_app::records::RecordError;
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_platform::Value;
use opbx_store::{NewJob, Store};
use opbx_testkit::{TestDb, on_both_databases, product_registry, tenant, two_tenants};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

const KIND: &str = "test.deed";

/// What the handler of these tests does, as a job's payload names it.
#[derive(Clone, Default)]
struct Deeds {
    done: Arc<Mutex<Vec<(TenantId, u32)>>>,
    begun: Arc<Notify>,
}

impl Handler for Deeds {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(async move {
            self.done.lock().expect("no panic").push((work.tenant(), work.attempt()));
            self.begun.notify_one();
            match work.payload().as_str() {
                Some("again") => Err(JobError::Again("nobody answers".to_owned())),
                Some("never") => Err(JobError::Never("this makes no sense".to_owned())),
                Some("panic") => panic!("a mistake in a handler"),
                Some("hang") => std::future::pending().await,
                Some("cancel itself") => {
                    let mut tx = work.store().begin(work.scope()).await?;
                    let rows =
                        tx.search("ir.job", &opbx_platform::Domain::All, opbx_store::Search::default());
                    let id = rows.await?[0].id;
                    assert!(tx.cancel_job(id).await?);
                    tx.commit().await?;
                    work.progress(50).await
                }
                _ => work.progress(50).await,
            }
        })
    }
}

/// A handler of a lane that never comes to an end.
struct Hanging(&'static str, Lane);

impl Handler for Hanging {
    fn kind(&self) -> &'static str {
        self.0
    }

    fn lane(&self) -> Lane {
        self.1
    }

    fn run<'a>(&'a self, _: &'a Work) -> Doing<'a> {
        Box::pin(std::future::pending())
    }
}

impl Deeds {
    fn runner(&self, db: &TestDb, store: &Store, name: &str, limits: Limits) -> Runner {
        let handlers = Handlers::default().with(self.clone());
        Runner::new(store.clone(), db.clock().clone(), handlers, name, limits, || 1_000)
    }

    fn done(&self) -> Vec<(TenantId, u32)> {
        self.done.lock().expect("no panic").clone()
    }
}

async fn leave(store: &Store, tenant: TenantId, deed: &str) -> RecordId {
    let mut tx = store.begin(&Scope::system(tenant, "a test")).await.expect("a transaction");
    let id = tx.enqueue(NewJob::of(KIND).with(json!(deed)).attempts(2)).await.expect("enqueued").id();
    tx.commit().await.expect("it lasts");
    id
}

async fn state(store: &Store, tenant: TenantId, id: RecordId) -> (String, i64, String) {
    let mut tx = store.read(&Scope::system(tenant, "a test")).await.expect("a transaction");
    let rows = tx.read("ir.job", &[id], &["state", "attempts", "last_error"]).await.expect("a job");
    let text = |value: &Value| if let Value::Text(text) = value { text.clone() } else { String::new() };
    let [state, Value::Int(attempts), error] = rows[0].values.as_slice() else { panic!("{rows:?}") };
    (text(state), *attempts, text(error))
}

on_both_databases! {
    async fn two_runners_do_each_job_once(db: TestDb) {
        let store = db.store(product_registry()).await;
        let (red, blue) = two_tenants(&store).await;
        for _ in 0..10 {
            leave(&store, red, "do").await;
            leave(&store, blue, "do").await;
        }
        let deeds = Deeds::default();
        let runners = ["one", "other"].map(|name| {
            let mut runner = deeds.runner(&db, &store, name, Limits::default());
            let deeds = deeds.clone();
            tokio::spawn(async move {
                while deeds.done().len() < 20 {
                    runner.turn().await.expect("a turn");
                    runner.idle().await;
                }
            })
        });
        for runner in runners {
            runner.await.expect("no panic");
        }
        let mut done = deeds.done();
        done.sort_unstable();
        let expected: Vec<_> = [red, blue].into_iter().flat_map(|tenant| [(tenant, 1); 10]).collect();
        assert_eq!(done, expected);
    }

    async fn the_job_of_a_killed_runner_is_taken_over_when_its_lease_ends(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let id = leave(&store, red, "hang").await;
        let deeds = Deeds::default();
        let mut killed = deeds.runner(&db, &store, "killed", Limits::default());
        assert_eq!(killed.turn().await.expect("a turn"), 1);
        deeds.begun.notified().await;
        drop(killed);
        let mut heir = deeds.runner(&db, &store, "heir", Limits::default());
        assert_eq!(heir.turn().await.expect("a turn"), 0, "its lease holds");
        db.clock().advance(SignedDuration::from_secs(61));
        assert_eq!(heir.turn().await.expect("a turn"), 1);
        deeds.begun.notified().await;
        assert_eq!(deeds.done(), [(red, 1), (red, 2)]);
        assert_eq!(state(&store, red, id).await.0, "running");
    }

    async fn a_failed_job_is_tried_again_later_and_then_is_dead(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let deeds = Deeds::default();
        let mut runner = deeds.runner(&db, &store, "one", Limits::default());
        let (again, panics, never) =
            (leave(&store, red, "again").await, leave(&store, red, "panic").await, leave(&store, red, "never").await);
        for _ in 0..3 {
            runner.turn().await.expect("a turn");
            runner.idle().await;
        }
        assert_eq!(state(&store, red, never).await, ("dead".to_owned(), 1, "this makes no sense".to_owned()));
        assert_eq!(state(&store, red, again).await, ("waiting".to_owned(), 1, "nobody answers".to_owned()));
        let (panicked, _, error) = state(&store, red, panics).await;
        assert_eq!(panicked, "waiting");
        assert!(error.contains("ended badly"), "{error}");
        assert_eq!(runner.turn().await.expect("a turn"), 0, "not yet");
        db.clock().advance(SignedDuration::from_secs(10));
        assert_eq!(runner.turn().await.expect("a turn"), 2);
        runner.idle().await;
        for id in [again, panics] {
            assert_eq!(state(&store, red, id).await.0, "dead");
        }
    }

    async fn a_tenant_with_many_jobs_holds_up_no_other(db: TestDb) {
        let store = db.store(product_registry()).await;
        let (red, blue) = two_tenants(&store).await;
        for _ in 0..10 {
            leave(&store, red, "hang").await;
        }
        leave(&store, blue, "hang").await;
        let deeds = Deeds::default();
        let limits = Limits { jobs_max: 8, jobs_per_tenant_max: 3, ..Limits::default() };
        let mut runner = deeds.runner(&db, &store, "one", limits);
        assert_eq!(runner.turn().await.expect("a turn"), 4);
        assert_eq!(runner.turn().await.expect("a turn"), 0);
        // Red may have no more; where there is room for few only, the turns go round.
        let few = Limits { jobs_max: 2, jobs_per_tenant_max: 2, ..Limits::default() };
        let (first, second) = (leave(&store, blue, "do").await, leave(&store, blue, "do").await);
        let mut other = deeds.runner(&db, &store, "other", few);
        assert_eq!(other.turn().await.expect("a turn"), 2);
        while state(&store, blue, first).await.0 != "done" {
            other.ended().await;
        }
        assert_eq!(state(&store, blue, second).await.0, "waiting");
    }

    async fn what_fills_one_lane_keeps_no_other_waiting(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let mut tx = store.begin(&Scope::system(red, "a test")).await.expect("a transaction");
        for kind in ["test.carrier", "test.nightly"] {
            for _ in 0..8 {
                tx.enqueue(NewJob::of(kind)).await.expect("enqueued");
            }
        }
        tx.commit().await.expect("it lasts");
        let deeds = Deeds::default();
        let handlers = Handlers::default()
            .with(deeds.clone())
            .with(Hanging("test.carrier", Lane::Carrier))
            .with(Hanging("test.nightly", Lane::Nightly));
        let mut runner = Runner::new(store.clone(), db.clock().clone(), handlers, "one", Limits::default(), || 1_000);
        assert_eq!(runner.turn().await.expect("a turn"), 4 + 1, "as many as one tenant may have in each");
        leave(&store, red, "do").await;
        assert_eq!(runner.turn().await.expect("a turn"), 1);
        deeds.begun.notified().await;
    }

    async fn whoever_may_see_jobs_may_cancel_them_and_let_them_run_again(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let id = leave(&store, red, "do").await;
        let someone = UserId::new(1).expect("an id");
        let scope = |group: &str| Scope::user(red, someone, vec![group.to_owned()]);
        let mut tx = store.begin(&scope("base.group_pbx_user")).await.expect("a transaction");
        for refused in [jobs::cancel(&mut tx, id).await, jobs::retry_now(&mut tx, id).await] {
            assert!(matches!(refused, Err(RecordError::NotAllowed { .. })), "{refused:?}");
        }
        drop(tx);
        let mut tx = store.begin(&scope("base.group_owner")).await.expect("a transaction");
        assert!(jobs::cancel(&mut tx, id).await.expect("an answer"));
        assert!(!jobs::cancel(&mut tx, id).await.expect("an answer"));
        tx.commit().await.expect("it lasts");
        assert_eq!(state(&store, red, id).await.0, "canceled");
        let mut tx = store.begin(&scope("base.group_owner")).await.expect("a transaction");
        assert!(jobs::retry_now(&mut tx, id).await.expect("an answer"));
        tx.commit().await.expect("it lasts");
        assert_eq!(state(&store, red, id).await.0, "waiting");
    }

    async fn a_runner_that_stops_gives_back_what_it_has_not_done(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let id = leave(&store, red, "hang").await;
        let deeds = Deeds::default();
        let mut runner = deeds.runner(&db, &store, "one", Limits::default());
        runner.turn().await.expect("a turn");
        deeds.begun.notified().await;
        runner.stop(Duration::ZERO).await;
        assert_eq!(state(&store, red, id).await, ("waiting".to_owned(), 0, String::new()));
    }

    async fn a_canceled_job_stops_where_it_next_tells_how_far_it_is(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let id = leave(&store, red, "cancel itself").await;
        let deeds = Deeds::default();
        let mut runner = deeds.runner(&db, &store, "one", Limits::default());
        runner.turn().await.expect("a turn");
        runner.idle().await;
        assert_eq!(state(&store, red, id).await.0, "canceled");
    }
}
