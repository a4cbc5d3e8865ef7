//! Reading in shapes: what comes out, and in how many statements.

use opbx_app::records::{self, RecordError, Shape, ShapeError};
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_platform::command::read_values;
use opbx_platform::{Domain, Values};
use opbx_store::{Search, Store, Tx};
use opbx_testkit::{BOSS, CLERK, desk_registry, on_both_databases, tenant};
use serde_json::{Value as Json, json};

async fn by(store: &Store, tenant: TenantId, group: &str) -> Tx {
    let scope = Scope::user(tenant, UserId::new(7).expect("an id"), vec![group.to_owned()]);
    store.begin(&scope).await.expect("a transaction")
}

async fn create(tx: &mut Tx, model: &str, json: &Json) -> RecordId {
    let models = tx.models();
    let model = models.model(model).expect("a known model");
    let values: Values = read_values(&models, model, json.as_object().expect("an object")).expect("values");
    records::create(tx, model, values).await.unwrap_or_else(|error| panic!("{error}"))
}

fn shape(json: &Json) -> Shape {
    Shape::parse(json).unwrap_or_else(|error| panic!("{error}"))
}

async fn read(tx: &mut Tx, wanted: &Json) -> Result<Json, RecordError> {
    let models = tx.models();
    let model = models.model("desk.ticket").expect("a known model");
    let read = records::search_read(tx, model, &Domain::All, Search::default(), &shape(wanted)).await?;
    let mut out = Vec::new();
    read.write_json(&mut out);
    Ok(serde_json::from_slice(&out).expect("JSON"))
}

on_both_databases! {
    async fn a_shape_brings_the_records_that_records_name(db: TestDb) {
        let store = db.store(desk_registry()).await;
        let red = tenant(&store, "red").await;
        let mut tx = by(&store, red, BOSS).await;
        let parent = create(&mut tx, "desk.ticket", &json!({"name": "a \"parent\"", "price": "1.50"})).await;
        let child = json!({"name": "b", "parent": parent.get(), "day": "2026-03-01", "at": "2026-03-01T10:00:00Z",
            "notes": [[0, 0, {"text": "one"}], [0, 0, {"text": "two"}]], "labels": [[0, 0, {"name": "l"}]]});
        let child = create(&mut tx, "desk.ticket", &child).await;
        let wanted = json!({
            "name": {}, "day": {}, "at": {}, "price": {}, "active": {},
            "parent": {"fields": {"display_name": {}}},
            "notes": {"fields": {"text": {}, "ticket": {"fields": ["name"]}}, "limit": 1},
            "labels": {"fields": ["name"]},
        });
        let before = tx.statements();
        let found = read(&mut tx, &wanted).await.expect("records");
        // The tickets, their two lists, and the four fields whose records are read too.
        assert_eq!(tx.statements() - before, 7);
        let notes = &found[1]["notes"];
        assert_eq!(notes[0]["text"], "one");
        assert_eq!(notes[0]["ticket"], json!({"id": child.get(), "version": 1, "name": "b"}));
        assert_eq!(notes[1].as_object().expect("an object").keys().collect::<Vec<_>>(), ["id"]);
        assert_eq!(found[1]["parent"], json!({"id": parent.get(), "version": 1, "display_name": "a \"parent\""}));
        assert_eq!(found[1]["labels"][0]["name"], "l");
        assert_eq!(found[0]["parent"], Json::Null);
        assert_eq!((&found[0]["price"], &found[1]["price"]), (&json!("1.5"), &Json::Null));
        assert_eq!((&found[1]["day"], &found[1]["at"], &found[1]["active"]), (&json!("2026-03-01"), &json!("2026-03-01T10:00:00Z"), &json!(true)));
    }

    async fn reading_plain_fields_costs_one_statement_however_many_records(db: TestDb) {
        let store = db.store(desk_registry()).await;
        let red = tenant(&store, "red").await;
        let mut tx = by(&store, red, CLERK).await;
        for n in 0..30 {
            create(&mut tx, "desk.ticket", &json!({"name": format!("t{n}")})).await;
        }
        let before = tx.statements();
        let found = read(&mut tx, &json!(["name", "level", "state", "owner", "day", "parent"])).await.expect("records");
        assert_eq!((found.as_array().map(Vec::len), tx.statements() - before), (Some(30), 1));
    }

    async fn a_record_out_of_reach_is_told_by_its_id_alone(db: TestDb) {
        let store = db.store(desk_registry()).await;
        let red = tenant(&store, "red").await;
        let mut tx = by(&store, red, BOSS).await;
        let theirs = create(&mut tx, "desk.ticket", &json!({"name": "theirs", "owner": 8})).await;
        create(&mut tx, "desk.ticket", &json!({"name": "mine", "owner": 7, "parent": theirs.get()})).await;
        tx.commit().await.expect("it lasts");
        let mut tx = by(&store, red, CLERK).await;
        let found = read(&mut tx, &json!({"parent": {"fields": ["name", "owner"]}})).await.expect("records");
        assert_eq!(found[0]["parent"], json!({"id": theirs.get()}));
        let hidden = read(&mut tx, &json!(["margin"])).await.expect_err("no such field for a clerk");
        assert_eq!(hidden.code().name, "unknown_field");
        let nobodys = by(&store, red, "desk.nobody");
        drop(tx);
        let refused = read(&mut nobodys.await, &json!(["name"])).await.expect_err("not theirs to read");
        assert_eq!(refused.to_string(), "the groups of this user may not read records of desk.ticket");
    }
}

#[test]
fn a_shape_that_makes_no_sense_is_refused_with_its_path() {
    let refused = |json: Json| Shape::parse(&json).expect_err("no shape");
    let not = |path: &str| ShapeError::NotAShape { path: path.to_owned() };
    assert_eq!(refused(json!(1)), not(""));
    assert_eq!(refused(json!({"a": {"fields": {"b": 1}}})), not("a.b"));
    assert_eq!(refused(json!({"a": {"limit": -1}})), not("a"));
    assert_eq!(refused(json!({"a": {"fuelds": []}})), not("a"));
    let mut deep = json!({});
    for _ in 0..records::SHAPE_DEPTH_MAX {
        deep = json!({"a": {"fields": deep}});
    }
    assert!(matches!(refused(deep), ShapeError::TooDeep { .. }));
    let wide: Vec<String> = (0..=records::SHAPE_FIELDS_MAX).map(|n| n.to_string()).collect();
    assert_eq!(refused(json!(wide)), ShapeError::TooManyFields);
}
