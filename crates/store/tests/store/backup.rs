//! Backup and restore: one moment of everything, taken back by either kind of database.

use crate::lab::{SAMPLE, registry, registry_of, sample, sample_but, scope, values};
use opbx_kernel::{Operator, RecordId, Scope, TenantId};
use opbx_platform::{Domain, Row, Value};
use opbx_store::{
    BackupTable, FAR_AHEAD, NewJob, RestoreError, Search, Secrets, SnapshotError, Store, secrets_of,
};
use opbx_testkit::{Engine, TestDb, on_both_databases, registry_with, tenant};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

const PIN: &[u8] = b"4711";
/// More than are read at a time.
const MANY: usize = 1_203;

type Copied = Vec<(BackupTable, Vec<Vec<Value>>)>;

fn operator() -> Operator {
    Operator::because("a test")
}

/// Everything, as it comes out of its text form.
async fn copied(store: &Store) -> Copied {
    let mut snapshot = store.snapshot(&operator()).await.expect("a snapshot");
    let copied = drained(&mut snapshot).await;
    snapshot.end().await.expect("it ends");
    copied
}

async fn drained(snapshot: &mut opbx_store::Snapshot) -> Copied {
    let tables = snapshot.tables().to_vec();
    let mut copied = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let table = BackupTable::from_json(&table.to_json()).expect("a table");
        let (mut rows, mut open) = (Vec::new(), snapshot.open(at));
        loop {
            let read = snapshot.next(&mut open).await.expect("rows");
            if read.is_empty() {
                break;
            }
            rows.extend(read.iter().map(|row| {
                let told = table.row_to_json(row).to_string();
                let told: Vec<serde_json::Value> = serde_json::from_str(&told).expect("a list");
                table.row_from_json(&told).expect("a row")
            }));
        }
        copied.push((table, rows));
    }
    copied
}

async fn restored(store: &Store, copied: &Copied, replace: bool) -> Result<(), RestoreError> {
    let mut restore = store.restore(&operator(), replace).await?;
    for (table, rows) in copied {
        restore.table(table.clone()).await?;
        restore.rows(rows).await?;
    }
    restore.finish().await.map(drop)
}

/// The rows of a table, sorted, without the columns named.
fn rows_of(copied: &Copied, table: &str, without: &[&str]) -> Vec<String> {
    let (table, rows) = copied.iter().find(|(own, _)| own.name == table).expect("the table");
    let columns: BTreeMap<&str, usize> =
        table.columns.iter().enumerate().map(|(at, column)| (column.name.as_str(), at)).collect();
    let told = |row: &Vec<Value>| {
        let cells = columns.iter().filter(|(name, _)| !without.contains(name));
        format!("{:?}", cells.map(|(name, at)| (*name, &row[*at])).collect::<Vec<_>>())
    };
    let mut rows: Vec<String> = rows.iter().map(told).collect();
    rows.sort();
    rows
}

async fn create(store: &Store, scope: &Scope, values: opbx_platform::Values) -> RecordId {
    let mut tx = store.begin(scope).await.expect("a transaction");
    let id = tx.create("lab.sample", values).await.expect("a sample");
    tx.commit().await.expect("it lasts");
    id
}

async fn samples(store: &Store, scope: &Scope) -> Vec<Row> {
    let mut tx = store.read(scope).await.expect("a transaction");
    let search = Search { fields: &["name", "level"], ..Search::default() };
    tx.search("lab.sample", &Domain::All, search).await.expect("samples")
}

/// Two tenants with a bit of everything.
struct World {
    red: TenantId,
    blue: TenantId,
    whole: RecordId,
    gone: RecordId,
    job: RecordId,
}

async fn world(store: &Store) -> World {
    let (red, blue) = (tenant(store, "red").await, tenant(store, "blue").await);
    let scope_of_red = scope(red);
    let mut tx = store.begin(&scope_of_red).await.expect("a transaction");
    let part = tx.create("lab.part", values([("name", "p".into())])).await.expect("a part");
    let mut whole = values([
        ("name", "Ärzte % _ \\ \"twice\"".into()),
        ("body", "line\nline".into()),
        ("price", Value::Decimal("-1234567.8901".parse().expect("a decimal"))),
        ("day", Value::Date("2024-02-29".parse().expect("a date"))),
        ("at", Value::Instant("1969-03-01T10:00:00.123456Z".parse().expect("an instant"))),
        ("weight", Value::Float(0.1)),
        ("facts", Value::Json(json!({"a": [1, 2.5, null], "ü": "x"}))),
        ("blob", Value::Bytes(vec![0, 255, 1])),
        ("pin", Value::Bytes(PIN.to_vec())),
        ("active", Value::Bool(false)),
    ]);
    whole.insert("tags".to_owned(), Value::Records(vec![part]));
    let whole = tx.create("lab.sample", whole).await.expect("a sample");
    let mut child = sample("child");
    child.insert("parent".to_owned(), Value::Record(whole));
    tx.create("lab.sample", child).await.expect("a sample");
    tx.advance_journal("node-1", 42).await.expect("a position");
    let job = tx.enqueue(NewJob::of("greet").keyed("once")).await.expect("a job").id();
    tx.commit().await.expect("it lasts");
    let mut tx = store.begin(&scope_of_red).await.expect("a transaction");
    assert_eq!(
        tx.claim_jobs("a", &["greet"], Duration::from_secs(3_600), 1).await.expect("claimed").len(),
        1
    );
    tx.commit().await.expect("it lasts");

    create(store, &scope(blue), sample("blue's")).await;
    let gone = create(store, &scope(blue), sample("gone")).await;
    let mut tx = store.begin(&scope(blue)).await.expect("a transaction");
    tx.delete("lab.sample", gone).await.expect("deleted");
    tx.commit().await.expect("it lasts");
    let mut tx = store.begin(&scope(blue)).await.expect("a transaction");
    let ticks: Vec<_> = (0..MANY).map(|number| values([("number", Value::Int(number as i64))])).collect();
    for ticks in ticks.chunks(1_000) {
        tx.insert_many("lab.tick", ticks.to_vec()).await.expect("ticks");
    }
    tx.commit().await.expect("it lasts");
    World { red, blue, whole, gone, job }
}

async fn is_all_back(copied: &Copied, world: &World, store: &Store) {
    let again = self::copied(store).await;
    assert_eq!(again.len(), copied.len());
    for (table, _) in copied {
        let changed: &[&str] = match table.name.as_str() {
            "res_tenant" => &["plan_version"],
            "ir_job" => &["due_at", "lease_until"],
            _ => &[],
        };
        let (old, new) = (rows_of(copied, &table.name, changed), rows_of(&again, &table.name, changed));
        assert_eq!(old, new, "{}", table.name);
    }
    assert_eq!(rows_of(&again, "lab_tick", &[]).len(), MANY);
    assert_eq!(rows_of(&again, "lab_sample_tags_rel", &[]).len(), 1);
    let due = store.plan_schema(&operator()).await.expect("a plan");
    assert!(due.is_empty(), "indexes, references and fences are there: {due:?}");

    let (red, blue) = (scope(world.red), scope(world.blue));
    let mut tx = store.read(&red).await.expect("a transaction");
    let pin = tx.reveal("lab.sample", world.whole, "pin").await.expect("an answer");
    assert_eq!(pin.as_deref(), Some(PIN), "secrets open where they stood");
    assert_eq!(tx.journal_position("node-1").await.expect("a position"), 42);
    drop(tx);
    assert_eq!(samples(store, &blue).await.len(), 1, "nobody sees another tenant's");
    assert!(create(store, &blue, sample("new")).await > world.gone, "no id is given again");
    let mut tx = store.begin(&red).await.expect("a transaction");
    let jobs = tx.claim_jobs("b", &["greet"], Duration::from_secs(60), 9).await.expect("claimed");
    assert_eq!(
        jobs.iter().map(|job| job.id).collect::<Vec<_>>(),
        [world.job],
        "nobody waits for its dead runner"
    );
    drop(tx);
    let ahead = store.tenants(&operator()).await.expect("tenants");
    assert!(ahead.iter().all(|tenant| tenant.plan_version >= FAR_AHEAD), "{ahead:?}");
}

on_both_databases! {
    async fn everything_comes_back_on_either_kind_of_database(db: TestDb) {
        let store = db.store(registry()).await;
        let world = world(&store).await;
        let copied = copied(&store).await;
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let other = TestDb::create(engine).await;
            let empty = other.open(registry()).await;
            restored(&empty, &copied, false).await.expect("restored");
            is_all_back(&copied, &world, &empty).await;
        }
    }

    async fn what_is_held_already_is_lost_only_where_that_is_said(db: TestDb) {
        let store = db.store(registry()).await;
        let world = world(&store).await;
        let copied = copied(&store).await;
        let other = TestDb::create(db.engine()).await;
        let target = other.store(registry()).await;
        let green = scope(tenant(&target, "green").await);
        create(&target, &green, sample("green's")).await;

        let refused = restored(&target, &copied, false).await.expect_err("it holds a tenant");
        assert!(matches!(refused, RestoreError::HoldsRecords { tenants: 1 }), "{refused}");
        // Given up halfway, whatever was dropped already is there again.
        let mut halfway = target.restore(&operator(), true).await.expect("begun");
        halfway.table(copied[0].0.clone()).await.expect("a table");
        drop(halfway);
        assert_eq!(samples(&target, &green).await.len(), 1);

        restored(&target, &copied, true).await.expect("restored");
        let slugs: Vec<String> =
            target.tenants(&operator()).await.expect("tenants").into_iter().map(|tenant| tenant.slug).collect();
        assert_eq!(slugs, ["red", "blue"]);
        is_all_back(&copied, &world, &target).await;
    }

    async fn what_is_committed_later_is_not_in_it(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let first = create(&store, &red, sample("first")).await;
        let mut snapshot = store.snapshot(&operator()).await.expect("a snapshot");
        create(&store, &red, sample("second")).await;
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.update("lab.sample", first, values([("name", "changed".into())]), None).await.expect("changed");
        tx.commit().await.expect("it lasts");
        let blue = tenant(&store, "blue").await;
        create(&store, &scope(blue), sample("blue's")).await;
        let copied = drained(&mut snapshot).await;
        let rows = rows_of(&copied, "lab_sample", &[]);
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert!(rows[0].contains("first") && !rows[0].contains("changed"), "{rows:?}");
        assert_eq!(rows_of(&copied, "res_tenant", &[]).len(), 1);
    }

    async fn a_commit_is_in_it_whole_or_not_at_all(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
        let writing = tokio::spawn({
            let (store, red, stop, done) = (store.clone(), red.clone(), stop.clone(), done.clone());
            async move {
                while !stop.load(Ordering::SeqCst) {
                    let number = done.load(Ordering::SeqCst) + 1;
                    let mut tx = store.begin(&red).await.expect("a transaction");
                    let tick = values([("number", Value::Int(number))]);
                    tx.create("lab.tick", tick).await.expect("the first half");
                    tokio::task::yield_now().await;
                    let coin = values([("name", "c".into()), ("digits", Value::Int(number % 7))]);
                    tx.create("lab.coin", coin).await.expect("the second half");
                    tx.commit().await.expect("it lasts");
                    done.store(number, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            }
        });
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        for taken in 1..=5 {
            while done.load(Ordering::SeqCst) < taken * 3 {
                looks.tick().await;
            }
            let before = done.load(Ordering::SeqCst);
            let mut snapshot = store.snapshot(&operator()).await.expect("a snapshot");
            let after = done.load(Ordering::SeqCst);
            while done.load(Ordering::SeqCst) <= after + 1 {
                looks.tick().await;
            }
            let copied = drained(&mut snapshot).await;
            snapshot.end().await.expect("it ends");
            let (ticks, coins) = (rows_of(&copied, "lab_tick", &[]).len(), rows_of(&copied, "lab_coin", &[]).len());
            assert_eq!(ticks, coins, "no commit is in it by half");
            let ticks = ticks as i64;
            assert!((before..=after + 1).contains(&ticks), "{before} were committed before, {ticks} are in it");
        }
        stop.store(true, Ordering::SeqCst);
        writing.await.expect("the writer ends");
    }

    async fn an_older_versions_backup_is_upgraded_and_a_newer_ones_refused(db: TestDb) {
        let older = registry_of(&sample_but(&[("slogan", "")]));
        let store = db.store(older.clone()).await;
        let world = world(&store).await;
        let copied = copied(&store).await;
        let other = TestDb::create(db.engine()).await;
        let newer = other.open(registry()).await;
        restored(&newer, &copied, false).await.expect("restored");
        let mut tx = newer.begin(&scope(world.red)).await.expect("a transaction");
        let slogan = values([("slogan", "A slogan".into())]);
        tx.update("lab.sample", world.whole, slogan, None).await.expect("the new column is there");
        tx.commit().await.expect("it lasts");
        let due = newer.plan_schema(&operator()).await.expect("a plan");
        assert!(due.is_empty(), "{due:?}");

        let new = self::copied(&newer).await;
        let third = TestDb::create(db.engine()).await;
        let refused = restored(&third.open(older).await, &new, false).await.expect_err("it would lose a field");
        assert!(matches!(&refused, RestoreError::Schema(_)) && refused.to_string().contains("slogan"), "{refused}");
    }

    async fn records_of_a_module_that_is_not_installed_now_are_in_it(db: TestDb) {
        let store = db.store(registry()).await;
        let world = world(&store).await;
        let product = db.open(registry_with(Vec::new())).await;
        let copied = copied(&product).await;
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let other = TestDb::create(engine).await;
            restored(&other.open(registry_with(Vec::new())).await, &copied, false).await.expect("restored");
            let installed = other.store(registry()).await;
            is_all_back(&self::copied(&store).await, &world, &installed).await;
        }
    }

    async fn a_database_that_has_not_followed_this_version_is_not_read(db: TestDb) {
        let store = db.store(registry_of(&sample_but(&[("slogan", "")]))).await;
        tenant(&store, "red").await;
        let newer = db.open(registry_of(SAMPLE)).await;
        let refused = newer.snapshot(&operator()).await.err().expect("a column is missing");
        assert!(matches!(&refused, SnapshotError::NotFollowed(_)), "{refused}");
        assert!(refused.to_string().contains("lab_sample.slogan"), "{refused}");
        let nothing = TestDb::create(db.engine()).await;
        assert!(nothing.open(registry()).await.snapshot(&operator()).await.is_err(), "an empty one is none");
    }

    async fn secrets_are_tried_with_the_keys(db: TestDb) {
        let store = db.store(registry()).await;
        let _ = world(&store).await;
        let copied = copied(&store).await;
        let (table, rows) = copied.iter().find(|(table, _)| table.name == "lab_sample").expect("samples");
        let tried = |keyring| {
            rows.iter().map(|row| secrets_of(&registry(), &keyring, table, row)).fold((0, 0), |sum, one| {
                let Secrets { opened, unopened } = one;
                (sum.0 + opened, sum.1 + unopened)
            })
        };
        assert_eq!(tried(TestDb::keyring()), (1, 0));
        let other = opbx_kernel::seal::Keyring::new([9; opbx_kernel::seal::KEY_LEN].into(), Vec::new());
        assert_eq!(tried(other), (0, 1));
    }
}
