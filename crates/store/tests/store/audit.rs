//! The audit: an entry for each change, in its transaction, and nobody who could change one.

use crate::lab::{id, registry, sample, scope, values};
use opbx_kernel::{RecordId, Scope, UserId};
use opbx_platform::{Domain, OrderBy, Value, Values};
use opbx_store::{SaveError, Search, Store};
use opbx_testkit::{on_both_databases, tenant};
use serde_json::{Value as Json, json};

/// deed, record, name, changes, actor
type Entry = (String, i64, String, Json, String);

async fn entries(store: &Store, scope: &Scope, model: &str) -> Vec<Entry> {
    let mut tx = store.read(scope).await.expect("a transaction");
    let fields = ["deed", "record", "record_name", "changes", "actor"];
    let search = Search { fields: &fields, order: Some(&[OrderBy::asc("id")]), ..Search::default() };
    let rows = tx.search("ir.audit", &Domain::eq("model", model), search).await.expect("entries");
    let text = |value: &Value| if let Value::Text(text) = value { text.clone() } else { String::new() };
    let each = rows.into_iter().map(|row| {
        let [deed, Value::Int(record), name, Value::Json(changes), actor] = row.values.as_slice() else {
            panic!("{row:?}")
        };
        (text(deed), *record, text(name), changes.clone(), text(actor))
    });
    each.collect()
}

/// Deed, record and changes of the entries of a model beyond the first `skipped`.
async fn told(store: &Store, scope: &Scope, model: &str, skipped: usize) -> Vec<(String, i64, Json)> {
    let entries = entries(store, scope, model).await.into_iter().skip(skipped);
    entries.map(|(deed, record, _, changes, _)| (deed, record, changes)).collect()
}

async fn create(store: &Store, scope: &Scope, model: &str, values: Values) -> RecordId {
    let mut tx = store.begin(scope).await.expect("a transaction");
    let id = tx.create(model, values).await.expect("a record");
    tx.commit().await.expect("it lasts");
    id
}

on_both_databases! {
    async fn each_change_tells_who_did_what_and_only_what_differs(db: TestDb) {
        let store = db.store(registry()).await;
        let red = tenant(&store, "red").await;
        let ann = values([("name", "Ann".into()), ("email", "ann@example.com".into())]);
        let ann = create(&store, &scope(red), "res.users", ann).await;
        let user = UserId::new(ann.get()).expect("an id");
        let person = Scope::user(red, user, Vec::new()).for_request("r-1");
        let mut first = sample("Old name");
        first.insert("pin".into(), Value::Bytes(b"1234".to_vec()));
        first.insert("blob".into(), Value::Bytes(vec![0; 70]));
        let made = create(&store, &person, "lab.sample", first).await;
        let mut tx = store.begin(&person).await.expect("a transaction");
        let change = values([("name", "New name".into()), ("level", Value::Int(3)), ("pin", Value::Bytes(b"9".to_vec()))]);
        tx.update("lab.sample", made, change, None).await.expect("a change");
        tx.update("lab.sample", made, sample("New name"), None).await.expect("no change");
        tx.commit().await.expect("it lasts");
        let mut tx = store.begin(&scope(red)).await.expect("a transaction");
        tx.delete("lab.sample", made).await.expect("deleted");
        tx.commit().await.expect("it lasts");

        let all = entries(&store, &person, "lab.sample").await;
        let heads: Vec<_> = all.iter().map(|(deed, record, name, _, actor)| {
            (deed.as_str(), *record == made.get(), name.as_str(), actor.as_str())
        }).collect();
        assert_eq!(heads, [
            ("create", true, "Old name", "Ann"),
            ("update", true, "Old name", "Ann"),
            ("delete", true, "New name", "a test"),
        ]);
        assert_eq!(all[0].3["pin"], json!([null, "•••"]));
        assert_eq!(all[0].3["blob"], json!([null, {"bytes": 70}]));
        assert_eq!(all[0].3["level"], json!([null, 3]), "a default is a value like any other");
        assert_eq!(all[1].3, json!({"name": ["Old name", "New name"], "pin": ["•••", "•••"]}));
        assert_eq!(all[2].3["name"], json!(["New name", null]));
        let mut tx = store.read(&person).await.expect("a transaction");
        let by_request = Domain::eq("request", "r-1").and(Domain::eq("user", ann.get()));
        assert_eq!(tx.count("ir.audit", &by_request).await.expect("a count"), 2);
    }

    async fn what_goes_along_with_a_deletion_is_told_as_well(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let gone = create(&store, &red, "lab.sample", sample("gone")).await;
        let part = values([("name", "part".into()), ("sample", Value::Record(gone))]);
        let part = create(&store, &red, "lab.part", part).await;
        let mut friend = sample("friend");
        friend.insert("friend".into(), Value::Record(gone));
        friend.insert("tags".into(), Value::Records(vec![part]));
        let friend = create(&store, &red, "lab.sample", friend).await;
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.delete("lab.sample", gone).await.expect("deleted");
        tx.commit().await.expect("it lasts");
        let mut samples = told(&store, &red, "lab.sample", 2).await;
        samples.sort_by_key(|(deed, _, changes)| (deed.clone(), changes.to_string()));
        assert_eq!(samples[0].0, "delete");
        assert_eq!(samples[1..], [
            ("update".to_owned(), friend.get(), json!({"friend": [gone.get(), null]})),
            ("update".to_owned(), friend.get(), json!({"tags": [[part.get()], []]})),
        ]);
        let parts = told(&store, &red, "lab.part", 1).await;
        assert_eq!((parts.len(), parts[0].0.as_str(), parts[0].1), (1, "delete", part.get()));
        assert_eq!(parts[0].2["sample"], json!([gone.get(), null]));
    }

    async fn what_did_not_happen_and_what_machines_write_leaves_no_entry(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        create(&store, &red, "lab.tick", values([("number", Value::Int(1))])).await;
        assert_eq!(entries(&store, &red, "lab.tick").await, []);
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.create("lab.sample", sample("dropped")).await.expect("a sample");
        drop(tx);
        assert_eq!(entries(&store, &red, "lab.sample").await, []);
        let cron = values([("name", "c".into()), ("kind", "k".into()), ("every_s", Value::Int(60))]);
        let cron = create(&store, &red, "ir.cron", cron).await;
        let mut tx = store.begin(&red).await.expect("a transaction");
        let next = values([("next_run", Value::Instant("2026-03-02T00:00:00Z".parse().expect("an instant")))]);
        tx.update("ir.cron", cron, next, None).await.expect("a change");
        tx.commit().await.expect("it lasts");
        assert_eq!(entries(&store, &red, "ir.cron").await.len(), 1, "a machine's field alone is no entry");
    }

    async fn nobody_changes_an_entry(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        create(&store, &red, "lab.sample", sample("a")).await;
        let mut tx = store.begin(&red).await.expect("a transaction");
        let entry = tx.search("ir.audit", &Domain::All, Search::default()).await.expect("entries")[0].id;
        let forged = values([("actor", "nobody".into())]);
        for refused in [
            tx.create("ir.audit", forged.clone()).await.map(drop),
            tx.update("ir.audit", entry, forged, None).await,
            tx.delete("ir.audit", entry).await,
            tx.delete_where("ir.audit", &Domain::All).await.map(drop),
        ] {
            assert!(matches!(refused, Err(SaveError::KeptHere { .. })), "{refused:?}");
        }
    }

    async fn a_secret_that_was_shown_is_told_without_it(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let made = create(&store, &red, "lab.sample", sample("a")).await;
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.note_revealed("lab.sample", made, "pin", "a test").await.expect("noted");
        let absent = tx.note_revealed("lab.sample", id(999_999), "pin", "a test").await;
        assert!(matches!(absent, Err(SaveError::Absent { .. })), "{absent:?}");
        tx.commit().await.expect("it lasts");
        let told = told(&store, &red, "lab.sample", 1).await;
        assert_eq!(told, [("reveal".to_owned(), made.get(), json!({"pin": ["•••", "•••"]}))]);
    }

    async fn a_large_transaction_tells_of_every_record(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let rows = (0..1_000).map(|n| sample(&format!("s{n}"))).collect();
        tx.insert_many("lab.sample", rows).await.expect("samples");
        let rows = (0..3).map(|n| sample(&format!("t{n}"))).collect();
        tx.insert_many("lab.sample", rows).await.expect("samples");
        tx.commit().await.expect("it lasts");
        assert_eq!(entries(&store, &red, "lab.sample").await.len(), 1_003);
    }
}
