//! Secrets: never in clear at rest, never in a row, opened in their own place only.

use crate::lab::{registry, sample, scope, values};
use opbx_platform::{Domain, Value};
use opbx_store::{DatabaseUrl, ReadError, Search};
use opbx_testkit::{Engine, TestDb, on_both_databases, tenant};
use sqlx::Connection as _;

const CLEAR: &[u8] = b"correct horse battery staple";

fn secretive(name: &str) -> opbx_platform::Values {
    let mut values = sample(name);
    values.insert("pin".to_owned(), Value::Bytes(CLEAR.to_vec()));
    values
}

on_both_databases! {
    async fn a_secret_leaves_by_reveal_alone(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let a = tx.create("lab.sample", secretive("a")).await.expect("a sample");
        let b = tx.create("lab.sample", sample("b")).await.expect("a sample");
        let rows = tx.search("lab.sample", &Domain::All, Search { fields: &["pin"], ..Search::default() }).await;
        assert!(rows.expect("rows").iter().all(|row| row.values == [Value::Null]));
        assert_eq!(tx.reveal("lab.sample", a, "pin").await.expect("an answer").as_deref(), Some(CLEAR));
        assert_eq!(tx.reveal("lab.sample", b, "pin").await.expect("an answer"), None);
        assert!(matches!(tx.reveal("lab.sample", a, "name").await, Err(ReadError::UnknownField { .. })));
        let set = tx.count("lab.sample", &Domain::is_set("pin")).await.expect("a count");
        assert_eq!(set, 1);
        let guessed = tx.count("lab.sample", &Domain::eq("pin", CLEAR.to_vec())).await;
        assert!(matches!(guessed, Err(ReadError::NotComparable { .. })), "{guessed:?}");

        let new = values([("pin", Value::Bytes(b"new".to_vec()))]);
        tx.update("lab.sample", a, new, None).await.expect("a new secret");
        assert_eq!(tx.reveal("lab.sample", a, "pin").await.expect("an answer").as_deref(), Some(&b"new"[..]));
        tx.update("lab.sample", a, values([("pin", Value::Null)]), None).await.expect("no secret");
        assert_eq!(tx.reveal("lab.sample", a, "pin").await.expect("an answer"), None);
    }
}

#[tokio::test]
async fn a_secret_is_not_in_the_clear_in_the_files() {
    let db = TestDb::create(Engine::Sqlite).await;
    let store = db.store(registry()).await;
    let red = scope(tenant(&store, "red").await);
    let mut tx = store.begin(&red).await.expect("a transaction");
    tx.create("lab.sample", secretive("a name in the clear")).await.expect("a sample");
    tx.commit().await.expect("it lasts");
    let mut found_name = false;
    for entry in std::fs::read_dir(db.folder().expect("a folder")).expect("a listing") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("its bytes");
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert!(!holds(CLEAR));
        found_name |= holds(b"a name in the clear");
    }
    assert!(found_name, "the search itself works");
}

#[tokio::test]
async fn a_secret_moved_to_another_row_does_not_open() {
    let db = TestDb::create(Engine::Postgres).await;
    let store = db.store(registry()).await;
    let red = tenant(&store, "red").await;
    let mut tx = store.begin(&scope(red)).await.expect("a transaction");
    tx.create("lab.sample", secretive("a")).await.expect("a sample");
    let b = tx.create("lab.sample", secretive("b")).await.expect("a sample");
    tx.commit().await.expect("it lasts");
    let DatabaseUrl::Postgres(url) = db.url() else { panic!("a PostgreSQL database") };
    let mut raw = sqlx::PgConnection::connect(url).await.expect("a connection");
    let enter = sqlx::query("SELECT set_config('opbx.tenant', $1, false)").bind(red.to_string());
    enter.execute(&mut raw).await.expect("a tenant");
    let moved = "UPDATE lab_sample SET pin = (SELECT pin FROM lab_sample WHERE name = 'a')";
    sqlx::query(moved).execute(&mut raw).await.expect("an update");
    let mut tx = store.read(&scope(red)).await.expect("a transaction");
    assert!(matches!(tx.reveal("lab.sample", b, "pin").await, Err(ReadError::Sealed { .. })));
}
