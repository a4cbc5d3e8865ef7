//! Every rule that values can break, and how the refusal names it.

use crate::lab::{id, registry, sample, scope, values};
use opbx_kernel::Kind;
use opbx_platform::{DestinationRef, Value, Values};
use opbx_store::{SaveError, StoreError, Tx};
use opbx_testkit::{on_both_databases, tenant};

fn with(name: &str, field: &str, value: Value) -> Values {
    let mut values = sample(name);
    values.insert(field.to_owned(), value);
    values
}

async fn taken(tx: &mut Tx, values: Values) -> Vec<String> {
    match tx.create("lab.sample", values).await {
        Err(SaveError::Taken { model, fields }) if model == "lab.sample" => fields,
        other => panic!("expected Taken, found {other:?}"),
    }
}

on_both_databases! {
    async fn all_fields_at_fault_are_named_at_once(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let bad = values([
            ("level", Value::Int(101)),
            ("state", "lost".into()),
            ("day", "tomorrow".into()),
            ("facts", Value::Json("a\u{0}b".into())),
        ]);
        let refused = tx.create("lab.sample", bad).await;
        let Err(SaveError::Invalid { faults, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(faults.keys().collect::<Vec<_>>(), ["day", "facts", "level", "name", "state"]);
        tx.create("lab.sample", sample("a")).await.expect("nothing was asked of the database: it goes on");
    }

    async fn an_unknown_field_and_a_list_of_others_records_are_refused(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        for name in ["nonsense", "tenant_id", "id", "version", "name_folded"] {
            let refused = tx.create("lab.sample", with("a", name, Value::Int(1))).await;
            assert!(matches!(&refused, Err(SaveError::UnknownField { field, .. }) if field == name), "{refused:?}");
        }
        let refused = tx.create("lab.sample", with("a", "parts", Value::Records(vec![]))).await;
        assert!(matches!(refused, Err(SaveError::NotWritable { .. })));
    }

    async fn a_number_is_taken_even_by_an_archived_record(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let mut first = with("a", "code", "X".into());
        first.insert("active".to_owned(), Value::Bool(false));
        tx.create("lab.sample", first).await.expect("a sample");
        tx.create("lab.sample", with("b", "code", "x".into())).await.expect("another case is another code");
        assert_eq!(taken(&mut tx, with("c", "code", "X".into())).await, ["code"]);
        let spent = tx.create("lab.sample", sample("d")).await;
        assert!(matches!(spent, Err(SaveError::Store(StoreError::Spent))), "{spent:?}");
        assert!(tx.commit().await.is_err(), "what failed is not committed");
    }

    async fn a_name_is_taken_whatever_its_case_until_its_holder_is_archived(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let first = tx.create("lab.sample", with("a", "label", "Straße".into())).await.expect("a sample");
        tx.commit().await.expect("it lasts");
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert_eq!(taken(&mut tx, with("b", "label", "STRASSE".into())).await, ["label"]);
        drop(tx);
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.update("lab.sample", first, values([("active", Value::Bool(false))]), None).await.expect("archived");
        tx.create("lab.sample", with("b", "label", "STRASSE".into())).await.expect("the name is free");
        let back = tx.update("lab.sample", first, values([("active", Value::Bool(true))]), None).await;
        assert!(matches!(&back, Err(SaveError::Taken { fields, .. }) if fields == &["label"]), "{back:?}");
    }

    async fn fields_that_are_unique_together_are_named_together(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let owner = tx.create("lab.sample", sample("a")).await.expect("a sample");
        let part = || values([("name", "p".into()), ("sample", Value::Record(owner))]);
        tx.create("lab.part", part()).await.expect("a part");
        let refused = tx.create("lab.part", part()).await;
        let Err(error @ SaveError::Taken { .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(error.to_string(), "another record of lab.part has the same sample, rank");
        assert_eq!(error.code().kind, Kind::Conflict);
    }

    async fn a_record_that_does_not_exist_cannot_be_named(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let kind = "extension".to_owned();
        for (field, value) in [
            ("parent", Value::Record(id(999))),
            ("origin", Value::Record(id(999))),
            ("tags", Value::Records(vec![id(999)])),
            ("goal", Value::Destination(DestinationRef::Record { kind, id: id(999) })),
        ] {
            let refused = tx.create("lab.sample", with("a", field, value)).await;
            let named = matches!(&refused, Err(SaveError::NoSuchRecord { field: at, .. }) if at == field);
            assert!(named, "{field}: {refused:?}");
        }
    }

    async fn a_change_of_an_older_version_or_of_a_fixed_field_is_refused(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let a = tx.create("lab.sample", with("a", "code", "X".into())).await.expect("a sample");
        tx.update("lab.sample", a, values([("level", Value::Int(1))]), Some(1)).await.expect("a change");
        let late = tx.update("lab.sample", a, values([("level", Value::Int(2))]), Some(1)).await;
        assert!(matches!(late, Err(SaveError::Conflict { current: 2, .. })), "{late:?}");
        let fixed = tx.update("lab.sample", a, values([("code", "Y".into())]), None).await;
        assert!(matches!(&fixed, Err(SaveError::Fixed { field, .. }) if field == "code"), "{fixed:?}");
        let absent = tx.update("lab.sample", id(999), values([("level", Value::Int(2))]), None).await;
        assert!(matches!(absent, Err(SaveError::Absent { .. })), "{absent:?}");
        tx.commit().await.expect("none of these spent the transaction");
    }

    async fn a_scope_of_a_tenant_that_is_not_there_writes_nothing(db: TestDb) {
        let store = db.store(registry()).await;
        let nobody = scope(opbx_kernel::TenantId::new(77).expect("an id"));
        let mut tx = store.begin(&nobody).await.expect("a transaction");
        let refused = tx.create("lab.sample", sample("a")).await;
        assert!(matches!(&refused, Err(SaveError::Absent { model, .. }) if model == "res.tenant"), "{refused:?}");
    }
}
