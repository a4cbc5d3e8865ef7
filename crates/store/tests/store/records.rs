//! Creating, reading, changing, and what comes back.

use crate::lab::{id, registry, sample, scope, values};
use opbx_kernel::{Operator, RecordId, Scope, UserId};
use opbx_platform::record::Cells;
use opbx_platform::{DestinationRef, Domain, OrderBy, Record, Row, ShapeError, Value, Values};
use opbx_store::{ReadError, SaveError, Search};
use opbx_testkit::{on_both_databases, tenant};
use serde_json::json;

fn every_kind() -> Values {
    values([
        ("name", "Ärzte % _ \\ 'quoted' \"twice\"".into()),
        ("code", "A-1".into()),
        ("label", "Label".into()),
        ("body", "line\nline".into()),
        ("level", Value::Int(-5)),
        ("price", Value::Decimal("1234567.8901".parse().expect("a decimal"))),
        ("day", Value::Date("2024-02-29".parse().expect("a date"))),
        ("at", Value::Instant("2026-03-01T10:00:00.123456Z".parse().expect("an instant"))),
        ("state", "done".into()),
        ("goal", Value::Destination(DestinationRef::Forward("+442079460018".into()))),
        ("facts", Value::Json(json!({"a": [1, 2.5, null], "ü": "x"}))),
        ("blob", Value::Bytes(vec![0, 255, 1])),
        ("active", Value::Bool(false)),
    ])
}

#[derive(Debug, PartialEq)]
struct Sample {
    id: RecordId,
    name: String,
    parent: Option<RecordId>,
    tags: Vec<RecordId>,
}

impl Record for Sample {
    const MODEL: &'static str = "lab.sample";
    const FIELDS: &'static [&'static str] = &["name", "parent", "tags"];

    fn from_row(row: Row) -> Result<Self, ShapeError> {
        let mut cells = Cells::of::<Self>(row.values);
        Ok(Self { id: row.id, name: cells.take()?, parent: cells.take()?, tags: cells.take()? })
    }
}

on_both_databases! {
    async fn records_are_read_as_structs_in_the_models_order(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let b = tx.create("lab.sample", sample("b")).await.expect("a sample");
        let mut child = sample("A");
        child.insert("parent".to_owned(), Value::Record(b));
        let a = tx.create("lab.sample", child).await.expect("a sample");
        let read = |id, name: &str, parent| Sample { id, name: name.to_owned(), parent, tags: Vec::new() };
        let all = tx.all::<Sample>(&Domain::All).await.expect("samples");
        assert_eq!(all, [read(a, "A", Some(b)), read(b, "b", None)]);
        assert_eq!(tx.get::<Sample>(b).await.expect("an answer"), Some(read(b, "b", None)));
        assert_eq!(tx.get::<Sample>(id(999)).await.expect("an answer"), None);
    }

    async fn every_kind_of_field_comes_back_as_it_went_in(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let created = tx.create("lab.sample", every_kind()).await.expect("a sample");
        tx.commit().await.expect("it lasts");

        let mut tx = store.read(&red).await.expect("a transaction");
        let expected = every_kind();
        let fields: Vec<&str> = expected.keys().map(String::as_str).collect();
        let rows = tx.read("lab.sample", &[created], &fields).await.expect("it is read");
        for ((name, value), read) in expected.iter().zip(&rows[0].values) {
            assert_eq!(value, read, "{name}");
        }
        assert_eq!(rows[0].version, 1);
    }

    async fn what_is_not_given_takes_its_default_and_the_rest_is_unset(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let created = tx.create("lab.sample", sample("a")).await.expect("a sample");
        let fields = ["level", "state", "active", "goal", "price", "day", "at", "facts", "blob", "tags", "parts"];
        let rows = tx.read("lab.sample", &[created], &fields).await.expect("it is read");
        let hangup = Value::Destination(DestinationRef::Hangup);
        let none = Value::Records(Vec::new());
        let unset = || Value::Null;
        assert_eq!(
            rows[0].values,
            [Value::Int(3), "new".into(), true.into(), hangup, unset(), unset(), unset(), unset(), unset(), none.clone(), none],
        );
    }

    async fn lists_of_records_are_read_in_order_and_replaced_whole(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let owner = tx.create("lab.sample", sample("a")).await.expect("a sample");
        let mut parts = Vec::new();
        for rank in 1..=3 {
            let part = values([("name", "p".into()), ("rank", Value::Int(rank)), ("sample", Value::Record(owner))]);
            parts.push(tx.create("lab.part", part).await.expect("a part"));
        }
        let tags = |ids: &[opbx_kernel::RecordId]| values([("tags", Value::Records(ids.to_vec()))]);
        tx.update("lab.sample", owner, tags(&[parts[2], parts[0], parts[0]]), None).await.expect("tags are set");
        let rows = tx.read("lab.sample", &[owner], &["tags", "parts"]).await.expect("it is read");
        // By the parts' own order: highest rank first.
        let by_rank = Value::Records(vec![parts[2], parts[1], parts[0]]);
        assert_eq!(rows[0].values, [Value::Records(vec![parts[0], parts[2]]), by_rank]);
        assert_eq!(rows[0].version, 2);

        tx.update("lab.sample", owner, tags(&[parts[2], parts[0]]), None).await.expect("the same tags");
        tx.update("lab.sample", owner, tags(&[parts[1]]), None).await.expect("other tags");
        let rows = tx.read("lab.sample", &[owner], &["tags"]).await.expect("it is read");
        assert_eq!((rows[0].version, &rows[0].values[0]), (3, &Value::Records(vec![parts[1]])));
    }

    async fn a_change_that_changes_nothing_writes_nothing(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let mut given = every_kind();
        given.insert("pin".to_owned(), Value::Bytes(b"4711".to_vec()));
        let created = tx.create("lab.sample", given.clone()).await.expect("a sample");
        tx.update("lab.sample", created, given, Some(1)).await.expect("the same again");
        let rows = tx.read("lab.sample", &[created], &[]).await.expect("it is read");
        assert_eq!(rows[0].version, 1);
        tx.update("lab.sample", created, values([("level", Value::Int(4))]), Some(1)).await.expect("a change");
        let rows = tx.read("lab.sample", &[created], &["level"]).await.expect("it is read");
        assert_eq!((rows[0].version, &rows[0].values[0]), (2, &Value::Int(4)));
    }

    async fn who_wrote_and_when_is_kept(db: TestDb) {
        let store = db.store(registry()).await;
        let red = tenant(&store, "red").await;
        let user = Scope::user(red, UserId::new(42).expect("an id"), Vec::new());
        let mut tx = store.begin(&user).await.expect("a transaction");
        let created = tx.create("lab.sample", sample("a")).await.expect("a sample");
        tx.commit().await.expect("it lasts");
        let then = opbx_kernel::Clock::now(&**db.clock());
        db.clock().advance("1s".parse().expect("a duration"));
        let mut tx = store.begin(&scope(red)).await.expect("a transaction");
        tx.update("lab.sample", created, values([("level", Value::Int(4))]), None).await.expect("a change");
        let stamps = ["created_at", "created_by", "updated_at", "updated_by"];
        let rows = tx.read("lab.sample", &[created], &stamps).await.expect("it is read");
        let now = opbx_kernel::Clock::now(&**db.clock());
        assert_eq!(rows[0].values, [Value::Instant(then), Value::Int(42), Value::Instant(now), Value::Null]);
    }

    async fn a_dropped_transaction_leaves_nothing_behind(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.create("lab.sample", sample("a")).await.expect("a sample");
        drop(tx);
        let mut tx = store.begin(&red).await.expect("the writer is free again");
        assert_eq!(tx.count("lab.sample", &Domain::All).await.expect("a count"), 0);
    }

    async fn archived_records_are_found_only_when_asked_for(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.create("lab.sample", sample("kept")).await.expect("a sample");
        let mut archived = sample("archived");
        archived.insert("active".to_owned(), Value::Bool(false));
        tx.create("lab.sample", archived).await.expect("a sample");
        let count = |archived| Search { archived, ..Search::default() };
        assert_eq!(tx.search("lab.sample", &Domain::All, count(false)).await.expect("rows").len(), 1);
        assert_eq!(tx.search("lab.sample", &Domain::All, count(true)).await.expect("rows").len(), 2);
        assert_eq!(tx.count("lab.sample", &Domain::All).await.expect("a count"), 1);
        assert_eq!(tx.count("lab.sample", &Domain::eq("active", false)).await.expect("a count"), 1);
    }

    async fn rows_are_sorted_folded_and_cut_to_limit_and_offset(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let rows = ["b", "Ä", "a", "C"].map(sample).to_vec();
        tx.insert_many("lab.sample", rows).await.expect("samples");
        let search = Search { fields: &["name"], limit: 2, offset: 1, ..Search::default() };
        let names = |rows: Vec<opbx_platform::Row>| rows.into_iter().map(|row| row.values[0].clone()).collect::<Vec<_>>();
        let rows = tx.search("lab.sample", &Domain::All, search).await.expect("rows");
        assert_eq!(names(rows), [Value::from("b"), "C".into()]);
        let order = [OrderBy::desc("name")];
        let search = Search { fields: &["name"], order: Some(&order), limit: 1, ..Search::default() };
        let rows = tx.search("lab.sample", &Domain::All, search).await.expect("rows");
        assert_eq!(names(rows), [Value::from("Ä")]);
    }

    async fn many_records_are_inserted_in_order_and_ids_are_never_given_twice(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let ticks = |from: i64| (from..from + 500).map(|n| values([("number", Value::Int(n))])).collect::<Vec<_>>();
        let ids = tx.insert_many("lab.tick", ticks(0)).await.expect("ticks");
        let rows = tx.read("lab.tick", &ids, &["number"]).await.expect("rows");
        let numbers: Vec<_> = rows.into_iter().map(|row| row.values[0].clone()).collect();
        assert_eq!(numbers, (0..500).map(Value::Int).collect::<Vec<_>>());
        assert_eq!(tx.delete_where("lab.tick", &Domain::ge("number", 100_i64)).await.expect("deleted"), 400);
        assert_eq!(tx.count("lab.tick", &Domain::All).await.expect("a count"), 100);
        let more = tx.insert_many("lab.tick", ticks(1000)).await.expect("ticks");
        assert!(more.iter().all(|id| id > ids.last().expect("an id")), "a deleted record's id came back");
        let unwanted = tx.delete_where("lab.sample", &Domain::All).await;
        assert!(matches!(unwanted, Err(SaveError::NotMachineWritten { .. })), "{unwanted:?}");
    }

    async fn the_journals_position_only_moves_forward(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert_eq!(tx.journal_position("node-1").await.expect("a position"), 0);
        assert!(tx.advance_journal("node-1", 7).await.expect("moved"));
        assert!(!tx.advance_journal("node-1", 7).await.expect("not moved"));
        assert!(!tx.advance_journal("node-1", 3).await.expect("not moved"));
        assert_eq!(tx.journal_position("node-1").await.expect("a position"), 7);
        assert_eq!(tx.journal_position("node-2").await.expect("a position"), 0);
    }

    async fn an_external_id_stands_for_one_record_after_another_and_goes_with_it(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let a = tx.create("lab.sample", sample("a")).await.expect("a sample");
        let b = tx.create("lab.sample", sample("b")).await.expect("a sample");
        assert_eq!(tx.external("config", "main").await.expect("an answer"), None);
        tx.set_external("config", "main", "lab.sample", a).await.expect("named");
        tx.set_external("config", "main", "lab.sample", b).await.expect("named anew");
        assert_eq!(tx.external("config", "main").await.expect("an answer"), Some(("lab.sample".to_owned(), b)));
        tx.delete("lab.sample", b).await.expect("deleted");
        assert_eq!(tx.external("config", "main").await.expect("an answer"), None);
    }

    async fn shared_records_are_written_by_the_operator_and_read_by_all(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let operator = Operator::because("a test");
        let country = |name: &str| values([("code", "BE".into()), ("name", name.into())]);
        store.save_shared(&operator, "res.country", "code", vec![country("Belgium")]).await.expect("saved");
        store.save_shared(&operator, "res.country", "code", vec![country("België")]).await.expect("saved again");
        let mut tx = store.begin(&red).await.expect("a transaction");
        let search = Search { fields: &["name"], ..Search::default() };
        let rows = tx.search("res.country", &Domain::eq("code", "BE"), search).await.expect("rows");
        assert_eq!(rows.iter().map(|row| row.values[0].clone()).collect::<Vec<_>>(), [Value::from("België")]);
        let mut lands = sample("a");
        lands.insert("origin".to_owned(), Value::Record(rows[0].id));
        lands.insert("lands".to_owned(), Value::Records(vec![rows[0].id]));
        tx.create("lab.sample", lands).await.expect("a sample names a country");
        let refused = tx.create("res.country", country("x")).await;
        assert!(matches!(refused, Err(SaveError::OperatorOnly { .. })), "{refused:?}");
    }

    async fn unknown_names_and_too_much_at_once_are_refused_by_name(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.read(&red).await.expect("a transaction");
        let unknown = tx.search("lab.nothing", &Domain::All, Search::default()).await;
        assert!(matches!(unknown, Err(ReadError::UnknownModel(name)) if name == "lab.nothing"));
        let unknown = tx.read("lab.sample", &[id(1)], &["nonsense"]).await;
        assert!(matches!(unknown, Err(ReadError::UnknownField { field, .. }) if field == "nonsense"));
        let unknown = tx.count("lab.sample", &Domain::eq("nonsense", 1_i64)).await;
        assert!(matches!(unknown, Err(ReadError::UnknownField { .. })));
        let folded = tx.count("lab.sample", &Domain::ilike("body", "x")).await;
        assert!(matches!(folded, Err(ReadError::NotComparable { .. })), "{folded:?}");
        let greedy = Search { limit: opbx_store::SEARCH_LIMIT_MAX + 1, ..Search::default() };
        let greedy = tx.search("lab.sample", &Domain::All, greedy).await;
        assert!(matches!(greedy, Err(ReadError::TooMany { .. })));
        let written = tx.create("lab.sample", sample("a")).await;
        assert!(matches!(written, Err(SaveError::ReadOnly)));
    }
}
