//! Commands in the lists of records, copies, and versions, through the one door.

use opbx_app::records::{self, RecordError};
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_platform::command::read_values;
use opbx_platform::{Model, Value, Values};
use opbx_store::{SaveError, Store, Tx};
use opbx_testkit::{BOSS, CLERK, TestDb, desk_registry, on_both_databases, tenant};
use serde_json::{Value as Json, json};

struct Desk {
    store: Store,
    tenant: TenantId,
}

async fn desk(db: &TestDb) -> Desk {
    let store = db.store(desk_registry()).await;
    let tenant = tenant(&store, "red").await;
    Desk { store, tenant }
}

impl Desk {
    async fn by(&self, group: &str) -> Tx {
        let scope = Scope::user(self.tenant, UserId::new(7).expect("an id"), vec![group.to_owned()]);
        self.store.begin(&scope).await.expect("a transaction")
    }

    fn model(&self, name: &str) -> &Model {
        self.store.registry().model(name).expect("a known model")
    }

    fn values(&self, tx: &Tx, json: &Json) -> Values {
        let models = tx.models();
        let model = models.model("desk.ticket").expect("a known model");
        read_values(&models, model, json.as_object().expect("an object"))
            .unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    async fn create(&self, tx: &mut Tx, json: Json) -> Result<RecordId, RecordError> {
        let values = self.values(tx, &json);
        records::create(tx, self.model("desk.ticket"), values).await
    }

    async fn update(
        &self,
        tx: &mut Tx,
        id: RecordId,
        json: Json,
        version: Option<i64>,
    ) -> Result<(), RecordError> {
        let values = self.values(tx, &json);
        records::update(tx, self.model("desk.ticket"), id, values, version).await
    }
}

async fn list(tx: &mut Tx, id: RecordId, field: &str) -> Vec<RecordId> {
    let rows = tx.read("desk.ticket", &[id], &[field]).await.expect("rows");
    if let Value::Records(ids) = &rows[0].values[0] { ids.clone() } else { panic!("{rows:?}") }
}

async fn texts(tx: &mut Tx, ids: &[RecordId]) -> Vec<Value> {
    tx.read("desk.note", ids, &["text"])
        .await
        .expect("rows")
        .into_iter()
        .map(|row| row.values[0].clone())
        .collect()
}

async fn version(tx: &mut Tx, id: RecordId) -> i64 {
    tx.read("desk.ticket", &[id], &[]).await.expect("rows")[0].version
}

on_both_databases! {
    async fn a_record_is_made_and_changed_with_the_records_that_belong_to_it(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.by(BOSS).await;
        let given = json!({"name": "t", "notes": [[0, 0, {"text": "a"}], [0, 0, {"text": "b"}], [0, 0, {"text": "c"}]]});
        let id = desk.create(&mut tx, given).await.expect("a ticket");
        let notes = list(&mut tx, id, "notes").await;
        assert_eq!(texts(&mut tx, &notes).await, ["a", "b", "c"].map(Value::from));
        let [a, b, c] = notes.as_slice() else { panic!("{notes:?}") };
        let change = json!({"notes": [[1, a.get(), {"text": "A"}], [2, b.get(), 0], [3, c.get(), 0], [0, 0, {"text": "d"}]]});
        desk.update(&mut tx, id, change, Some(1)).await.expect("a change");
        let notes = list(&mut tx, id, "notes").await;
        assert_eq!(texts(&mut tx, &notes).await, ["A", "d"].map(Value::from));
        assert!(texts(&mut tx, &[*c]).await.is_empty(), "what cannot be without its ticket is deleted");
        assert_eq!(version(&mut tx, id).await, 2, "a list that changes makes its record younger");
        desk.update(&mut tx, id, json!({"notes": [[5]]}), Some(2)).await.expect("cleared");
        assert!(list(&mut tx, id, "notes").await.is_empty());
    }

    async fn children_that_can_be_alone_are_linked_and_let_go(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.by(BOSS).await;
        let mut made = Vec::new();
        for name in ["parent", "x", "y", "z"] {
            made.push(desk.create(&mut tx, json!({"name": name})).await.expect("a ticket"));
        }
        let [parent, x, y, z] = made[..] else { panic!() };
        let set = |ids: &[RecordId]| json!({"children": ids.iter().map(|id| id.get()).collect::<Vec<_>>()});
        desk.update(&mut tx, parent, set(&[x, y]), None).await.expect("a plain list is a whole list");
        assert_eq!(list(&mut tx, parent, "children").await, [x, y]);
        desk.update(&mut tx, parent, json!({"children": [[4, z.get(), 0], [3, x.get(), 0]]}), None).await.expect("commands");
        assert_eq!(list(&mut tx, parent, "children").await, [y, z]);
        desk.update(&mut tx, parent, json!({"children": [[6, 0, [x.get()]]]}), None).await.expect("a whole list");
        assert_eq!(list(&mut tx, parent, "children").await, [x]);
        let before = version(&mut tx, parent).await;
        desk.update(&mut tx, parent, set(&[x]), None).await.expect("the same list");
        assert_eq!(version(&mut tx, parent).await, before);
        assert_eq!(texts(&mut tx, &[]).await.len(), 0);
        let stranger = desk.update(&mut tx, parent, json!({"children": [[1, y.get(), {"name": "q"}]]}), None).await;
        assert!(matches!(stranger, Err(RecordError::NotInList { .. })), "{stranger:?}");
        assert!(tx.commit().await.is_err(), "a change that failed halfway does not last");
    }

    async fn links_take_every_command(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.by(BOSS).await;
        let id = desk.create(&mut tx, json!({"name": "t", "labels": [[0, 0, {"name": "a"}], [0, 0, {"name": "b"}]]})).await.expect("a ticket");
        let labels = list(&mut tx, id, "labels").await;
        let [a, b] = labels.as_slice() else { panic!("{labels:?}") };
        desk.update(&mut tx, id, json!({"labels": [[1, a.get(), {"name": "A"}], [3, b.get()]]}), Some(1)).await.expect("commands");
        assert_eq!(list(&mut tx, id, "labels").await, [*a]);
        desk.update(&mut tx, id, json!({"labels": [[4, b.get()], [2, a.get()]]}), None).await.expect("commands");
        assert_eq!(list(&mut tx, id, "labels").await, [*b]);
        assert!(tx.read("desk.label", &[*a], &[]).await.expect("rows").is_empty());
        desk.update(&mut tx, id, json!({"labels": [[5], [6, 0, [b.get()]]]}), None).await.expect("commands");
        assert_eq!(list(&mut tx, id, "labels").await, [*b]);
        desk.update(&mut tx, id, json!({"labels": [[5]]}), None).await.expect("commands");
        assert!(list(&mut tx, id, "labels").await.is_empty());
    }

    async fn commands_ask_for_rights_and_rules_of_the_records_they_reach(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.by(BOSS).await;
        let hidden = values([("name", "hidden".into()), ("hidden", true.into())]);
        let hidden = records::create(&mut tx, desk.model("desk.label"), hidden).await.expect("a label");
        let note = json!({"name": "t", "notes": [[0, 0, {"text": "a"}]], "labels": [[0, 0, {"name": "open"}]]});
        let id = desk.create(&mut tx, note).await.expect("a ticket");
        let (notes, labels) = (list(&mut tx, id, "notes").await, list(&mut tx, id, "labels").await);
        tx.commit().await.expect("it lasts");
        for (change, name) in [
            (json!({"notes": [[2, notes[0].get()]]}), "not_allowed"),
            (json!({"notes": [[5]]}), "not_allowed"),
            (json!({"labels": [[1, labels[0].get(), {"name": "x"}]]}), "not_allowed"),
            (json!({"labels": [[4, hidden.get()]]}), "no_such_record"),
            (json!({"labels": [[0, 0, {"name": "x", "hidden": true}]]}), "rule_forbids_result"),
            (json!({"children": [[0, 0, {"name": "too hard", "level": 7}]]}), "rule_forbids_result"),
        ] {
            let mut tx = desk.by(CLERK).await;
            let refused = desk.update(&mut tx, id, change.clone(), None).await.expect_err("refused");
            assert_eq!(refused.code().name, name, "{change}: {refused}");
            drop(tx);
        }
        let mut tx = desk.by(CLERK).await;
        let mine = json!({"notes": [[1, notes[0].get(), {"text": "changed"}], [0, 0, {"text": "new"}]]});
        desk.update(&mut tx, id, mine, None).await.expect("a clerk may write notes");
    }

    async fn lists_and_depths_have_bounds(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.by(BOSS).await;
        let notes: Vec<Json> = (0..6).map(|n| json!([0, 0, {"text": format!("{n}")}])).collect();
        let refused = desk.create(&mut tx, json!({"name": "t", "notes": notes})).await;
        assert!(matches!(&refused, Err(RecordError::ListTooLong { max: 5, .. })), "{refused:?}");
        drop(tx);
        let mut tx = desk.by(BOSS).await;
        let mut inner = json!({"name": "3"});
        for name in ["2", "1", "0"] {
            inner = json!({"name": name, "children": [[0, 0, inner]]});
        }
        desk.create(&mut tx, inner.clone()).await.expect("three deep");
        let values = desk.values(&tx, &inner);
        let command = opbx_platform::Command::Create(values);
        let deeper = Values::from([("name".to_owned(), "-1".into()), ("children".to_owned(), Value::Commands(vec![command]))]);
        let refused = records::create(&mut tx, desk.model("desk.ticket"), deeper).await;
        assert!(refused.is_err(), "four deep");
    }

    async fn an_expected_version_is_kept_to_with_lists_too(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.by(BOSS).await;
        let id = desk.create(&mut tx, json!({"name": "t"})).await.expect("a ticket");
        desk.update(&mut tx, id, json!({"notes": [[0, 0, {"text": "a"}]]}), Some(1)).await.expect("a change");
        let late = desk.update(&mut tx, id, json!({"notes": [[0, 0, {"text": "b"}]]}), Some(1)).await;
        assert!(matches!(late, Err(RecordError::Save(SaveError::Conflict { current: 2, .. }))), "{late:?}");
        assert_eq!(list(&mut tx, id, "notes").await.len(), 1);
    }

    async fn a_copy_has_what_may_stand_twice_and_a_name_of_its_own(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.by(BOSS).await;
        let given = json!({"name": "Sales", "code": "S", "owner": 7, "level": 3, "margin": "1.5", "pin": "4711",
            "notes": [[0, 0, {"text": "a"}]], "labels": [[0, 0, {"name": "l"}]]});
        let id = desk.create(&mut tx, given).await.expect("a ticket");
        let model = desk.model("desk.ticket");
        let copy = records::copy(&mut tx, model, id, Values::new()).await.expect("a copy");
        let fields = ["name", "code", "owner", "level", "margin", "notes", "labels"];
        let labels = list(&mut tx, id, "labels").await;
        let rows = tx.read("desk.ticket", &[copy], &fields).await.expect("rows");
        let margin = Value::Decimal("1.5".parse().expect("a decimal"));
        let none = Value::Records(Vec::new());
        assert_eq!(
            rows[0].values,
            ["Sales (copy)".into(), Value::Null, Value::Int(7), Value::Int(3), margin, none, Value::Records(labels)]
        );
        assert_eq!(tx.reveal("desk.ticket", copy, "pin").await.expect("an answer"), None);
        let again = records::copy(&mut tx, model, id, values([("level", Value::Int(1))])).await.expect("a copy");
        let rows = tx.read("desk.ticket", &[again], &["name", "level"]).await.expect("rows");
        assert_eq!(rows[0].values, ["Sales (copy 2)".into(), Value::Int(1)]);
        tx.commit().await.expect("it lasts");

        let mut tx = desk.by(CLERK).await;
        let clerks = records::copy(&mut tx, model, id, Values::new()).await.expect("a clerk may, too");
        let margin = tx.as_system("a test").read("desk.ticket", &[clerks], &["margin"]).await.expect("rows");
        assert_eq!(margin[0].values, [Value::Null], "what a clerk cannot see is not copied");
    }
}

fn values<const N: usize>(pairs: [(&str, Value); N]) -> Values {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
