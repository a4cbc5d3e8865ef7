//! Commands as clients send them.

use super::*;
use crate::module::ModuleSource;
use serde_json::json;

fn registry() -> Registry {
    let model = r#"
name = "t.thing"
[fields]
name = { type = "char" }
parent = { type = "many2one", to = "t.thing" }
children = { type = "one2many", to = "t.thing", inverse = "parent" }
tags = { type = "many2many", to = "t.thing" }
"#;
    let files = vec![
        ("module.toml".to_owned(), "name = \"t\"".to_owned()),
        ("thing/model.toml".to_owned(), model.to_owned()),
    ];
    let registry = Registry::from_modules(&[ModuleSource { name: "t".to_owned(), files }]);
    registry.unwrap_or_else(|error| panic!("{error}"))
}

fn read(json: &Json) -> Result<Values, InvalidValues> {
    let registry = registry();
    let model = registry.model("t.thing").expect("declared");
    read_values(&registry, model, json.as_object().expect("an object"))
}

fn id(raw: i64) -> RecordId {
    RecordId::new(raw).expect("an id")
}

#[test]
fn each_command_is_read_in_the_forms_that_clients_send() {
    let given = json!({"children": [
        [0, 0, {"name": "new"}], [0, "virtual_1", {"name": "newer"}], [1, 5, {"name": "changed"}], [2, 6, 0],
        [3, 7], [4, 8, false], [5], [5, 0, 0], [6, 0, [1, 2]]
    ]});
    let read = read(&given).expect("commands");
    let named = |name: &str| Values::from([("name".to_owned(), Value::from(name))]);
    let expected = vec![
        Command::Create(named("new")),
        Command::Create(named("newer")),
        Command::Update(id(5), named("changed")),
        Command::Delete(id(6)),
        Command::Unlink(id(7)),
        Command::Link(id(8)),
        Command::Clear,
        Command::Clear,
        Command::Set(vec![id(1), id(2)]),
    ];
    assert_eq!(read.get("children"), Some(&Value::Commands(expected)));
}

#[test]
fn a_plain_list_of_ids_stays_one() {
    let read = read(&json!({"tags": [3, 4], "name": "x"})).expect("values");
    assert_eq!(read.get("tags"), Some(&Value::Records(vec![id(3), id(4)])));
}

#[test]
fn faults_inside_commands_say_where_they_are() {
    let faults =
        read(&json!({"children": [[0, 0, {"nam": 1, "name": 2}], [7], 4], "x": 1})).expect_err("faults");
    let names: Vec<&str> = faults.keys().map(String::as_str).collect();
    assert_eq!(names, ["children.0.nam", "children.0.name", "children.1", "children.2", "x"]);
}

#[test]
fn records_are_created_in_records_only_so_deep() {
    let mut inner = json!({"name": "x"});
    for _ in 0..NESTING_MAX {
        inner = json!({"children": [[0, 0, inner]]});
    }
    assert!(read(&inner).is_ok());
    let faults = read(&json!({"children": [[0, 0, inner]]})).expect_err("too deep");
    assert!(faults.values().all(|fault| *fault == FieldError::TooDeep { max: NESTING_MAX }), "{faults:?}");
}
