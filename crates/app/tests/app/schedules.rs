//! Schedules: a job when their time comes, one for all nodes, and none for times that were missed.

use jiff::SignedDuration;
use opbx_app::crons::enqueue_due;
use opbx_app::models::{IrCron, IrCronDraft, IrJob};
use opbx_app::records::{self, RecordError};
use opbx_kernel::{RecordId, Scope, TenantId};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value, Values};
use opbx_store::Store;
use opbx_testkit::{TestDb, on_both_databases, product_registry, tenant};

async fn schedule(store: &Store, tenant: TenantId, draft: IrCronDraft) -> RecordId {
    let draft = IrCronDraft { name: Some("test".into()), kind: Some("test.kind".into()), ..draft };
    let mut tx = store.begin(&Scope::system(tenant, "a test")).await.expect("a transaction");
    let model = store.registry().model("ir.cron").expect("the model");
    let id = records::create(&mut tx, model, draft.into_values()).await.expect("a schedule");
    tx.commit().await.expect("it lasts");
    id
}

async fn jobs(store: &Store, tenant: TenantId) -> Vec<IrJob> {
    let mut tx = store.read(&Scope::system(tenant, "a test")).await.expect("a transaction");
    tx.all::<IrJob>(&Domain::All).await.expect("jobs")
}

async fn next_run(store: &Store, tenant: TenantId, id: RecordId) -> Option<String> {
    let mut tx = store.read(&Scope::system(tenant, "a test")).await.expect("a transaction");
    let cron = tx.get::<IrCron>(id).await.expect("an answer").expect("the schedule");
    cron.next_run.map(|at| at.to_string())
}

async fn look(db: &TestDb, store: &Store) -> usize {
    enqueue_due(store, &**db.clock()).await.expect("schedules are looked at")
}

on_both_databases! {
    async fn each_time_brings_one_job_over_all_nodes_and_missed_times_none(db: TestDb) {
        let store = db.store(product_registry()).await;
        let other = db.open(product_registry()).await;
        let red = tenant(&store, "red").await;
        let cron = schedule(&store, red, IrCronDraft { every_s: Some(Some(600)), ..IrCronDraft::default() }).await;
        assert_eq!(look(&db, &store).await, 0, "the first time is worked out");
        assert_eq!(next_run(&store, red, cron).await.as_deref(), Some("2026-03-01T12:10:00Z"));
        assert_eq!(look(&db, &store).await, 0);
        db.clock().advance(SignedDuration::from_mins(10));
        let nodes = [&store, &other, &store, &other].map(|store| {
            let (store, clock) = (store.clone(), db.clock().clone());
            tokio::spawn(async move { enqueue_due(&store, &*clock).await.expect("schedules are looked at") })
        });
        let mut enqueued = 0;
        for node in nodes {
            enqueued += node.await.expect("no panic");
        }
        assert_eq!((enqueued, jobs(&store, red).await.len()), (1, 1));
        assert_eq!(next_run(&store, red, cron).await.as_deref(), Some("2026-03-01T12:20:00Z"));
        // Nobody ran the job, and everybody was away for hours: one waits, and the beat is kept.
        db.clock().advance(SignedDuration::from_mins(185));
        assert_eq!(look(&db, &store).await, 1);
        assert_eq!(jobs(&store, red).await.len(), 1, "it waits already");
        assert_eq!(next_run(&store, red, cron).await.as_deref(), Some("2026-03-01T15:20:00Z"));
    }

    async fn a_time_of_day_is_the_companys_and_an_archived_schedule_rests(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let draft = IrCronDraft {
            at: Some(Some("02:00".into())),
            time_zone: Some("America/New_York".into()),
            ..IrCronDraft::default()
        };
        let cron = schedule(&store, red, draft).await;
        look(&db, &store).await;
        assert_eq!(next_run(&store, red, cron).await.as_deref(), Some("2026-03-02T07:00:00Z"));
        let mut tx = store.begin(&Scope::system(red, "a test")).await.expect("a transaction");
        tx.update("ir.cron", cron, Values::from([("active".into(), false.into())]), None).await.expect("archived");
        tx.commit().await.expect("it lasts");
        db.clock().advance(SignedDuration::from_hours(48));
        assert_eq!((look(&db, &store).await, jobs(&store, red).await.len()), (0, 0));
    }

    async fn a_schedule_that_says_no_time_is_refused(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let cron = schedule(&store, red, IrCronDraft { every_s: Some(Some(60)), ..IrCronDraft::default() }).await;
        let model = store.registry().model("ir.cron").expect("the model");
        let mut tx = store.begin(&Scope::system(red, "a test")).await.expect("a transaction");
        for (field, value) in [("every_s", Value::Null), ("at", "12:00".into())] {
            let values = Values::from([(field.to_owned(), value)]);
            let refused = records::update(&mut tx, model, cron, values, None).await;
            assert!(matches!(refused, Err(RecordError::Schedule(_))), "{field}: {refused:?}");
        }
        let both = Values::from([("every_s".to_owned(), Value::Null), ("at".to_owned(), "12:00".into())]);
        records::update(&mut tx, model, cron, both, None).await.expect("the other way");
    }
}
