//! Finding records by name.

use crate::lab::{scope, values};
use opbx_platform::{Domain, Value};
use opbx_store::Tx;
use opbx_testkit::{TestDb, desk_registry, on_both_databases, tenant};

async fn tickets(db: &TestDb) -> Tx {
    let store = db.store(desk_registry()).await;
    let mut tx = store.begin(&scope(tenant(&store, "red").await)).await.expect("a transaction");
    for (name, code) in [("Zebra", "100"), ("Big zebra", "200"), ("Äpfel", "Z1"), ("Other", "300")] {
        tx.create("desk.ticket", values([("name", name.into()), ("code", code.into())]))
            .await
            .expect("a ticket");
    }
    let archived = values([("name", "Zebra, archived".into()), ("active", Value::Bool(false))]);
    tx.create("desk.ticket", archived).await.expect("a ticket");
    tx
}

async fn found(tx: &mut Tx, text: &str, limit: usize) -> Vec<String> {
    let named = tx.name_search("desk.ticket", text, &Domain::All, limit).await.expect("names");
    named.into_iter().map(|named| named.name).collect()
}

on_both_databases! {
    async fn names_that_begin_with_the_text_come_first_and_every_listed_field_is_looked_at(db: TestDb) {
        let mut tx = tickets(&db).await;
        assert_eq!(found(&mut tx, "ZEB", 10).await, ["Zebra", "Big zebra"]);
        assert_eq!(found(&mut tx, "z", 10).await, ["Zebra", "Äpfel", "Big zebra"]);
        assert_eq!(found(&mut tx, "ä", 10).await, ["Äpfel"]);
        assert_eq!(found(&mut tx, "00", 2).await, ["Big zebra", "Other"]);
        assert_eq!(found(&mut tx, "", 2).await, ["Big zebra", "Other"]);
        assert!(found(&mut tx, "nothing\0", 10).await.is_empty());
    }

    async fn a_domain_narrows_what_is_found_by_name(db: TestDb) {
        let mut tx = tickets(&db).await;
        let named = tx.name_search("desk.ticket", "zebra", &Domain::eq("code", "200"), 10).await.expect("names");
        assert_eq!(named.len(), 1);
        let archived = tx.name_search("desk.ticket", "zebra", &Domain::eq("active", false), 10).await.expect("names");
        assert_eq!(archived[0].name, "Zebra, archived");
    }
}
