//! The schema follows the models: once, additively, and never at a loss.

use crate::lab::{SAMPLE, registry, registry_of, sample, scope, values};
use opbx_kernel::Operator;
use opbx_platform::{Domain, Value};
use opbx_store::{SaveError, SchemaError, Search};
use opbx_testkit::{TestDb, on_both_databases, tenant};

fn operator() -> Operator {
    Operator::because("a test")
}

async fn refusals(db: &TestDb, sample: &str) -> Vec<String> {
    match db.open(registry_of(sample)).await.sync_schema(&operator()).await {
        Err(SchemaError::WouldLose(refusals)) => refusals,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

on_both_databases! {
    async fn a_second_look_finds_nothing_to_do(db: TestDb) {
        let store = db.open(registry()).await;
        let planned = store.plan_schema(&operator()).await.expect("a plan");
        assert!(planned.iter().any(|change| change.sentence() == "create the table lab_sample for \"Sample\""));
        assert!(store.plan_schema(&operator()).await.expect("a plan").len() == planned.len(), "a plan does nothing");
        let done = store.sync_schema(&operator()).await.expect("done");
        assert_eq!(done, planned);
        // Introspection finds every declared table, column, index and reference, and nothing else.
        assert_eq!(store.sync_schema(&operator()).await.expect("done"), []);
        assert_eq!(store.plan_schema(&operator()).await.expect("a plan"), []);
    }

    async fn two_nodes_may_start_at_once(db: TestDb) {
        let (a, b) = (db.open(registry()).await, db.open(registry()).await);
        let operator = operator();
        let (one, other) = tokio::join!(a.sync_schema(&operator), b.sync_schema(&operator));
        let (one, other) = (one.expect("done"), other.expect("done"));
        assert!(one.is_empty() != other.is_empty(), "one of them did it all");
    }

    async fn fields_and_rules_are_added_beneath_records_that_exist(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let old = tx.create("lab.sample", sample("old")).await.expect("a sample");
        let part = values([("name", "p".into()), ("sample", Value::Record(old))]);
        let part = tx.create("lab.part", part).await.expect("a part");
        let last = tx.create("lab.sample", sample("last")).await.expect("a sample");
        tx.delete("lab.sample", last).await.expect("deleted");
        tx.commit().await.expect("it lasts");

        let added = r#"
color = { type = "char", size = 9, default = "RED", folded = true, index = true }
shiny = { type = "boolean", default = true }
best = { type = "many2one", to = "lab.part", on_delete = "set_null" }
"#;
        let wider = SAMPLE.replace("size = 20, unique", "size = 30, unique");
        let store = db.open(registry_of(&format!("{wider}{added}"))).await;
        let done = store.sync_schema(&operator()).await.expect("done");
        let sentences: Vec<_> = done.iter().map(|change| change.sentence()).collect();
        assert_eq!(
            sentences,
            [
                "add the column color to lab_sample",
                "add the column color_folded to lab_sample",
                "add the column shiny to lab_sample",
                "add the column best to lab_sample",
                "create the index lab_sample__color__idx on lab_sample (tenant_id, color_folded)",
                "create the index lab_sample__best__idx on lab_sample (tenant_id, best)",
                "let lab_sample refer to lab_part",
            ],
        );
        assert_eq!(store.plan_schema(&operator()).await.expect("a plan"), []);

        let mut tx = store.begin(&red).await.expect("a transaction");
        let search = Search { fields: &["color", "shiny", "best", "parts"], ..Search::default() };
        let rows = tx.search("lab.sample", &Domain::ilike("color", "red"), search).await.expect("rows");
        let parts = Value::Records(vec![part]);
        assert_eq!(rows[0].values, [Value::from("RED"), true.into(), Value::Null, parts]);
        tx.update("lab.sample", old, values([("best", Value::Record(part))]), None).await.expect("a best part");
        let new = tx.create("lab.sample", sample("new")).await.expect("a sample");
        assert!(new > last, "an id was given twice");
        tx.commit().await.expect("it lasts");
    }

    async fn what_would_lose_data_is_refused_by_name(db: TestDb) {
        db.store(registry()).await;
        let line = |name: &str| SAMPLE.lines().find(|line| line.starts_with(name)).expect("a field").to_owned();
        let dropped = SAMPLE.replace(&line("body ="), "");
        assert_eq!(
            refusals(&db, &dropped).await,
            [
                "lab.sample.body is in the database, where 0 records hold a value, but no model declares it: \
                 a migration step must say what becomes of it (rename_field or drop_field)"
            ]
        );
        let retyped = SAMPLE.replace(&line("level ="), "level = { type = \"char\", size = 5 }");
        let refusals = refusals(&db, &retyped).await;
        assert_eq!(
            refusals,
            [
                "lab.sample.level is integer in the database, and would become char, to which no step leads: \
                 give the new field another name"
            ]
        );
    }

    async fn a_new_rule_that_records_break_is_refused_whole(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.insert_many("lab.sample", vec![sample("same"), sample("SAME")]).await.expect("samples");
        tx.commit().await.expect("it lasts");
        let stricter = SAMPLE.replace("folded = true, index = true", "folded = true, unique = \"tenant\"");
        let refused = db.open(registry_of(&stricter)).await.sync_schema(&operator()).await;
        let Err(SchemaError::Broken { sentence }) = refused else { panic!("{refused:?}") };
        assert!(sentence.contains("lab_sample__name__key"), "{sentence}");
        assert_eq!(store.plan_schema(&operator()).await.expect("a plan"), [], "nothing was changed by half");
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert!(!matches!(tx.create("lab.sample", sample("same")).await, Err(SaveError::Taken { .. })));
    }
}
