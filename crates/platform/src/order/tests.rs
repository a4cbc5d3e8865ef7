//! Orders: read, written back, and refused by name.

use super::*;
use crate::Registry;
use crate::module::ModuleSource;

const MODEL: &str = r#"
name = "t.thing"
[fields]
name = { type = "char" }
parent = { type = "many2one", to = "t.thing" }
children = { type = "one2many", to = "t.thing", inverse = "parent" }
key = { type = "secret" }
extra = { type = "json" }
"#;

fn model() -> Model {
    let files = vec![
        ("module.toml".to_owned(), "name = \"t\"".to_owned()),
        ("thing/model.toml".to_owned(), MODEL.to_owned()),
    ];
    let registry = Registry::from_modules(&[ModuleSource { name: "t".to_owned(), files }]);
    registry.unwrap_or_else(|error| panic!("{error}")).model("t.thing").cloned().expect("declared above")
}

fn refusal(text: &str) -> String {
    OrderBy::parse(&model(), text).expect_err("a mistake").to_string()
}

#[test]
fn an_order_is_read_and_written_back() {
    let order = OrderBy::parse(&model(), " name DESC Nulls LAST,parent ,id asc, created_at nulls first");
    let order = order.expect("an order");
    assert_eq!(
        order.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["name desc nulls last", "parent", "id", "created_at nulls first"]
    );
    assert_eq!(OrderBy::parse(&model(), "  "), Ok(Vec::new()));
    assert_eq!(OrderBy::of(&model()), [OrderBy::asc("name"), OrderBy::asc("id")]);
}

#[test]
fn an_illegal_order_is_refused_by_name() {
    assert_eq!(refusal("naem"), "\"naem\": found the unknown field `naem`, did you mean `name`?");
    assert_eq!(refusal("children"), "\"children\": nothing can be sorted by a list of records");
    assert_eq!(refusal("key desc"), "\"key desc\": nothing can be sorted by a secret");
    let expected = "expected a field, then asc or desc, then nulls first or nulls last";
    for text in ["name,", "name up", "name desc nulls", "name nulls last desc", "name asc asc", ","] {
        assert!(refusal(text).ends_with(expected), "{text}: {}", refusal(text));
    }
    assert!(refusal("name; DROP TABLE t_thing --").ends_with(expected), "whatever is no word of ours");
    assert!(refusal("name\"").contains("unknown field"), "nor any name of ours");
    assert_eq!(refusal(&"name,".repeat(30)), "an order has at most 16 fields");
}
