//! Retention: what was kept long enough goes, with what belongs to it, and nothing else does.

use jiff::SignedDuration;
use opbx_app::attachments::collect_attachments_batch;
use opbx_app::jobs::{Handlers, Limits, Runner};
use opbx_app::outbox::CONSUMERS;
use opbx_app::records::{self, RecordError};
use opbx_app::retention::{CALLS_LOOK_MAX, PruneOutbox, Purge};
use opbx_app::{retention, tenants};
use opbx_kernel::{Operator, RecordId, Scope, TenantId};
use opbx_platform::{Domain, OrderBy, Value, Values};
use opbx_store::{NewJob, Search, Store};
use opbx_testkit::{TestDb, on_both_databases, product_registry, tenant};

fn scope(tenant: TenantId) -> Scope {
    Scope::system(tenant, "a test")
}

fn values(pairs: &[(&str, Value)]) -> Values {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

async fn make(store: &Store, tenant: TenantId, model: &str, pairs: &[(&str, Value)]) -> RecordId {
    let mut tx = store.begin(&scope(tenant)).await.expect("a transaction");
    let id = tx.create(model, values(pairs)).await.unwrap_or_else(|error| panic!("{model}: {error}"));
    tx.commit().await.expect("it lasts");
    id
}

/// A call at the clock's instant, with a leg and two moments, and the snapshot of the plan that routed it.
async fn call(db: &TestDb, store: &Store, tenant: TenantId, name: &str, plan: i64) {
    let now = Value::Instant(db.clock_now());
    let snapshot =
        [("plan_version", Value::Int(plan)), ("core_version", "1".into()), ("body", vec![1_u8].into())];
    make(store, tenant, "pbx.plan_snapshot", &snapshot).await;
    let call = [
        ("call_id", name.into()),
        ("direction", "inbound".into()),
        ("started_at", now.clone()),
        ("plan_version", Value::Int(plan)),
    ];
    let call = make(store, tenant, "pbx.call", &call).await;
    let of = |sequence| [("call", Value::Record(call)), ("sequence", Value::Int(sequence))];
    make(store, tenant, "pbx.call.leg", &[&of(0)[..], &[("target", "1001".into())]].concat()).await;
    for sequence in 0..2 {
        let moment = [&of(sequence)[..], &[("at", now.clone()), ("kind", "x".into())]].concat();
        make(store, tenant, "pbx.call.event", &moment).await;
    }
}

async fn run_job(db: &TestDb, store: &Store, tenant: TenantId, kind: &str) {
    let mut tx = store.begin(&scope(tenant)).await.expect("a transaction");
    let id = tx.enqueue(NewJob::of(kind)).await.expect("enqueued").id();
    tx.commit().await.expect("it lasts");
    let (handlers, limits) = (Handlers::default().with(Purge).with(PruneOutbox), Limits::default());
    let mut runner = Runner::new(store.clone(), db.clock().clone(), handlers, "one", limits, || 0);
    assert_eq!(runner.turn().await.expect("a turn"), 1);
    runner.idle().await;
    let mut tx = store.read(&scope(tenant)).await.expect("a transaction");
    let rows = tx.read("ir.job", &[id], &["state", "last_error"]).await.expect("the job");
    assert_eq!(rows[0].values, [Value::from("done"), Value::Null]);
}

async fn count(store: &Store, tenant: TenantId, model: &str) -> u64 {
    let mut tx = store.read(&scope(tenant)).await.expect("a transaction");
    tx.count(model, &Domain::All).await.expect("a count")
}

async fn counts(store: &Store, tenant: TenantId) -> [u64; 4] {
    let mut counts = [0; 4];
    let models = ["pbx.call", "pbx.call.leg", "pbx.call.event", "pbx.plan_snapshot"];
    for (count_of, model) in counts.iter_mut().zip(models) {
        *count_of = count(store, tenant, model).await;
    }
    counts
}

on_both_databases! {
    async fn old_calls_go_with_their_legs_and_the_plans_that_only_they_used(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        call(&db, &store, red, "CA1", 1).await;
        call(&db, &store, red, "CA2", 2).await;
        db.clock().advance(SignedDuration::from_hours(24 * 30));
        call(&db, &store, red, "CA3", 3).await;
        run_job(&db, &store, red, "retention.purge").await;
        assert_eq!(counts(&store, red).await, [3, 3, 6, 3], "nothing is old enough");
        // The tenant's own word counts, and so does that of another one for itself alone.
        let blue = tenant(&store, "blue").await;
        call(&db, &store, blue, "CA1", 1).await;
        make(&store, red, "ir.retention", &[("model", "pbx.call".into()), ("days", Value::Int(20))]).await;
        run_job(&db, &store, red, "retention.purge").await;
        assert_eq!(counts(&store, red).await, [1, 1, 2, 1]);
        assert_eq!(counts(&store, blue).await, [1, 1, 2, 1]);
        db.clock().advance(SignedDuration::from_hours(24 * 30));
        run_job(&db, &store, red, "retention.purge").await;
        assert_eq!(counts(&store, red).await, [0, 0, 0, 1], "the newest plan stays, for it may be in service");
    }

    async fn audit_and_finished_jobs_go_by_age_unless_kept_for_ever(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        make(&store, red, "ir.retention", &[("model", "ir.audit".into())]).await;
        run_job(&db, &store, red, "retention.purge").await;
        let entries = count(&store, red, "ir.audit").await;
        assert!(entries > 0);
        db.clock().advance(SignedDuration::from_hours(24 * 500));
        run_job(&db, &store, red, "retention.purge").await;
        assert_eq!(count(&store, red, "ir.audit").await, entries, "for ever");
        assert_eq!(count(&store, red, "ir.job").await, 1, "the first job is gone");
        let mut tx = store.begin(&scope(red)).await.expect("a transaction");
        let own = tx.search("ir.retention", &Domain::All, Search::default()).await.expect("rows")[0].id;
        tx.delete("ir.retention", own).await.expect("deleted");
        tx.commit().await.expect("it lasts");
        run_job(&db, &store, red, "retention.purge").await;
        assert_eq!(count(&store, red, "ir.audit").await, 1, "only the entry of a moment ago");
    }

    async fn the_outbox_is_shortened_behind_its_readers(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let entries = count(&store, red, "ir.outbox").await;
        db.clock().advance(SignedDuration::from_hours(24 * 8));
        run_job(&db, &store, red, "outbox.prune").await;
        assert_eq!(count(&store, red, "ir.outbox").await, entries, "nobody has read it");
        for consumer in CONSUMERS {
            let mut tx = store.begin(&scope(red)).await.expect("a transaction");
            assert!(tx.advance_outbox(consumer, 0, 1).await.expect("moved"));
            tx.commit().await.expect("it lasts");
        }
        run_job(&db, &store, red, "outbox.prune").await;
        assert_eq!(count(&store, red, "ir.outbox").await, entries - 1);
    }

    async fn every_tenant_is_born_with_its_daily_purge_and_may_set_days_for_known_models_only(db: TestDb) {
        let store = db.store(product_registry()).await;
        let operator = Operator::because("a test");
        let (red, tx) = tenants::begin(&store, &operator, "red", "Red").await.expect("a tenant");
        tx.commit().await.expect("it lasts");
        assert_eq!(count(&store, red, "ir.cron").await, 4);
        let model = store.registry().model("ir.retention").expect("the model");
        let mut tx = store.begin(&scope(red)).await.expect("a transaction");
        let values = Values::from([("model".to_owned(), "pbx.extension".into())]);
        let refused = records::create(&mut tx, model, values).await;
        assert!(matches!(refused, Err(RecordError::NoRetention { .. })), "{refused:?}");
        let kept = retention::kept(&mut tx, store.registry()).await.expect("what is kept");
        let days: Vec<_> = kept.iter().map(|kept| (kept.model.as_str(), kept.days)).collect();
        assert_eq!(days, [
            ("ir.audit", Some(400)),
            ("ir.job", Some(30)),
            ("ir.outbox", Some(7)),
            ("ir.request", Some(1)),
            ("ir.webhook.delivery", Some(30)),
            ("mail.mail", Some(90)),
            ("pbx.call", Some(400)),
            ("pbx.call.recording", Some(400)),
            ("pbx.cdr", Some(400)),
            ("pbx.phone_change", Some(90)),
            ("pbx.session_update", Some(30)),
            ("res.users.session", Some(7)),
            ("res.users.token", Some(7)),
        ]);
    }

    async fn recordings_go_when_their_policy_says_and_messages_when_their_box_does(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let now = db.clock_now();
        let later = |days: i64| Value::Instant(now + SignedDuration::from_hours(24 * days));
        let mut calls = Vec::new();
        for (nth, keep_until) in [Value::Null, later(10), later(30), later(800)].into_iter().enumerate() {
            let name = format!("CA{nth}");
            let call = [("call_id", name.as_str().into()), ("direction", "inbound".into()), ("started_at", Value::Instant(now)), ("recorded", "ready".into())];
            let call = make(&store, red, "pbx.call", &call).await;
            let recording = [
                ("call", Value::Record(call)), ("digest", name.as_str().into()), ("started_at", Value::Instant(now)),
                ("url", "https://example.com/x".into()), ("keep_until", keep_until),
            ];
            let recording = make(&store, red, "pbx.call.recording", &recording).await;
            let sound = [
                ("name", "recording.wav".into()), ("size", Value::Int(1)), ("sha256", "0".repeat(64).as_str().into()),
                ("model", "pbx.call.recording".into()), ("record", Value::Int(recording.get())),
            ];
            make(&store, red, "ir.attachment", &sound).await;
            calls.push(call);
        }
        for (name, days, age) in [("short", Value::Int(5), 0), ("long", Value::Int(50), 0), ("ever", Value::Null, 400)] {
            let mailbox = make(&store, red, "pbx.voicemail", &[("name", name.into()), ("retention_days", days)]).await;
            let left_at = Value::Instant(now - SignedDuration::from_hours(24 * age));
            let message = [("mailbox", Value::Record(mailbox)), ("sequence", Value::Int(1)), ("left_at", left_at), ("url", "x".into())];
            make(&store, red, "pbx.voicemail.message", &message).await;
        }
        let left = async || (count(&store, red, "pbx.call.recording").await, count(&store, red, "pbx.voicemail.message").await);
        run_job(&db, &store, red, "retention.purge").await;
        assert_eq!(left().await, (4, 3), "nothing is old enough");
        db.clock().advance(SignedDuration::from_hours(24 * 11));
        run_job(&db, &store, red, "retention.purge").await;
        assert_eq!(left().await, (3, 2));
        let mut tx = store.read(&scope(red)).await.expect("a transaction");
        let rows = tx.read("pbx.call", &calls, &["recorded"]).await.expect("calls");
        let recorded = |at: usize| rows.iter().find(|row| row.id == calls[at]).expect("a call").values[0].clone();
        assert_eq!([recorded(0), recorded(1), recorded(2)], ["ready".into(), Value::Null, "ready".into()]);
        drop(tx);
        db.clock().advance(SignedDuration::from_hours(24 * 60));
        run_job(&db, &store, red, "retention.purge").await;
        assert_eq!(left().await, (2, 1), "what nobody limits stays as long as the tenant keeps it");
        // A policy may say longer than the tenant does of all other calls.
        for (days, kept) in [(450, 1), (799, 1), (801, 0)] {
            let then = now + SignedDuration::from_hours(24 * days);
            db.clock().advance(then.duration_since(db.clock_now()));
            run_job(&db, &store, red, "retention.purge").await;
            let mut tx = store.begin(&scope(red)).await.expect("a transaction");
            collect_attachments_batch(&mut tx, store.registry(), None, 100).await.expect("a batch");
            let there = tx.read("pbx.call", &calls, &[]).await.expect("calls");
            tx.commit().await.expect("it lasts");
            assert_eq!(there.iter().map(|row| row.id).collect::<Vec<_>>(), calls[4 - kept..], "after {days} days");
            assert_eq!(left().await.0, kept as u64, "after {days} days");
            assert_eq!(count(&store, red, "ir.attachment").await, kept as u64, "its sound, after {days} days");
        }
    }

    async fn calls_that_a_recording_keeps_are_passed_over_however_many_they_are(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let now = db.clock_now();
        let call = |nth: usize| values(&[
            ("call_id", format!("CA{nth}").as_str().into()), ("direction", "inbound".into()), ("started_at", Value::Instant(now)),
        ]);
        let mut tx = store.begin(&scope(red)).await.expect("a transaction");
        let calls = tx.insert_many("pbx.call", (0..CALLS_LOOK_MAX + 2).map(call).collect()).await.expect("calls");
        // All but the last of one instant, and one in their midst.
        let kept: Vec<_> = calls.iter().enumerate().filter(|(nth, _)| ![7, CALLS_LOOK_MAX + 1].contains(nth)).map(|(_, call)| *call).collect();
        let recording = |call: &RecordId| values(&[
            ("call", Value::Record(*call)), ("digest", "x".into()), ("started_at", Value::Instant(now)), ("url", "x".into()),
            ("keep_until", Value::Instant(now + SignedDuration::from_hours(24 * 800))),
        ]);
        tx.insert_many("pbx.call.recording", kept.iter().map(recording).collect()).await.expect("recordings");
        tx.commit().await.expect("it lasts");
        db.clock().advance(SignedDuration::from_hours(24 * 401));
        run_job(&db, &store, red, "retention.purge").await;
        let mut tx = store.read(&scope(red)).await.expect("a transaction");
        let order = [OrderBy::asc("id")];
        let left = tx.search("pbx.call", &Domain::All, Search { order: Some(&order), ..Search::default() }).await.expect("calls");
        assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), kept);
        drop(tx);
        db.clock().advance(SignedDuration::from_hours(24 * 400));
        run_job(&db, &store, red, "retention.purge").await;
        assert_eq!(count(&store, red, "pbx.call").await, 0);
    }

    async fn a_call_that_outlives_its_recording_says_no_more_that_it_was_recorded(db: TestDb) {
        let store = db.store(product_registry()).await;
        let red = tenant(&store, "red").await;
        let started_at = Value::Instant(db.clock_now());
        let call = [("call_id", "CA1".into()), ("direction", "inbound".into()), ("started_at", started_at.clone()), ("recorded", "ready".into())];
        let call = make(&store, red, "pbx.call", &call).await;
        let recording = [("call", Value::Record(call)), ("digest", "x".into()), ("started_at", started_at), ("url", "x".into())];
        make(&store, red, "pbx.call.recording", &recording).await;
        make(&store, red, "ir.retention", &[("model", "pbx.call.recording".into()), ("days", Value::Int(20))]).await;
        db.clock().advance(SignedDuration::from_hours(24 * 21));
        run_job(&db, &store, red, "retention.purge").await;
        assert_eq!(count(&store, red, "pbx.call.recording").await, 0);
        let mut tx = store.read(&scope(red)).await.expect("a transaction");
        assert_eq!(tx.read("pbx.call", &[call], &["recorded"]).await.expect("the call")[0].values, [Value::Null]);
    }
}
