//! What a client writes in a domain is bound, never written into a statement.

use super::*;
use crate::dialect::Dialect;
use opbx_kernel::{Scope, TenantId};
use opbx_platform::module::ModuleSource;
use opbx_platform::{OrderBy, Reading, Registry};
use serde_json::{Value as Json, json};

const MODEL: &str = r#"
name = "t.thing"
[fields]
name = { type = "char", folded = true }
note = { type = "text" }
turns = { type = "integer" }
at = { type = "datetime" }
goal = { type = "destination" }
parent = { type = "many2one", to = "t.thing", on_delete = "set_null" }
children = { type = "one2many", to = "t.thing", inverse = "parent" }
friends = { type = "many2many", to = "t.thing" }
"#;

fn registry() -> Registry {
    let files = vec![
        ("module.toml".to_owned(), "name = \"t\"".to_owned()),
        ("thing/model.toml".to_owned(), MODEL.to_owned()),
    ];
    Registry::from_modules(&[ModuleSource { name: "t".to_owned(), files }]).unwrap_or_else(|e| panic!("{e}"))
}

/// The statement of a search, and how many values it binds.
fn statement(dialect: Dialect, registry: &Registry, list: &Json) -> (String, usize) {
    let model = registry.model("t.thing").expect("declared above");
    let reading = Reading::new(registry, "2026-07-15T10:00:00Z".parse().expect("an instant"));
    let domain = Domain::parse(&reading, model, list).unwrap_or_else(|error| panic!("{list}: {error}"));
    let scope = Scope::system(TenantId::new(7).expect("a tenant's id"), "a test");
    let visible = Visible::in_dialect(dialect, registry, model, &scope);
    let statement = visible.search(&[], &domain, Some(&OrderBy::of(model)), 10, 0).expect("a statement");
    let (sql, values, _) = statement.into_parts();
    (sql, values.0.len())
}

const HOSTILE: &[&str] = &[
    "x'; DROP TABLE t_thing; --",
    "\" OR \"1\"=\"1",
    "$1",
    "?",
    "%s %1$s {} {0}",
    "\\' OR 1=1 /*",
    "a]b[c*",
    "\u{202e}）＇；",
    ":name @p1",
];

/// A domain with a place for any text.
type Shape = Box<dyn Fn(&str) -> Json>;

#[test]
fn texts_never_change_a_statement() {
    let registry = registry();
    let long = "x' OR '1'='1".repeat(300);
    let shapes: Vec<Shape> = vec![
        Box::new(|text| json!([["name", "=", text], ["note", "!=", text]])),
        Box::new(|text| json!([["name", "in", [text, "b", false]]])),
        Box::new(|text| json!([["name", "ilike", text], ["note", "not like", text]])),
        Box::new(|text| json!([["name", "=ilike", text], ["note", "=like", text]])),
        Box::new(|text| json!([["name", "<", text]])),
        Box::new(|text| json!(["|", ["parent", "ilike", text], ["friends", "=", text]])),
        Box::new(|text| json!([["parent.children.friends.name", "=", text]])),
        Box::new(|text| json!([["parent", "child_of", ["a", text]]])),
        Box::new(|text| json!([["friends", "not any", [["name", "like", text]]]])),
    ];
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        for shape in &shapes {
            let expected = statement(dialect, &registry, &shape("a"));
            for text in HOSTILE.iter().copied().chain([long.as_str()]) {
                assert_eq!(statement(dialect, &registry, &shape(text)), expected, "{text}");
            }
        }
        let part = |number: i64| statement(dialect, &registry, &json!([["at.month_number", "=", number]]));
        assert_eq!(part(1), part(-2_000_000_000));
    }
}

#[test]
fn a_field_is_one_of_the_models_or_no_statement_is_written() {
    let registry = registry();
    let model = registry.model("t.thing").expect("declared above");
    let scope = Scope::system(TenantId::new(7).expect("a tenant's id"), "a test");
    let visible = Visible::in_dialect(Dialect::Sqlite, &registry, model, &scope);
    for name in HOSTILE.iter().copied().chain(["tenant_id", "name_folded", "t_thing.id", "", "\0"]) {
        let domains = [
            Domain::eq(name, "x"),
            Domain::any(name, Domain::All),
            Domain::any("parent", Domain::ilike(name, "x")),
            Domain::child_of(name, ["x"]),
        ];
        for domain in domains {
            assert!(condition(&visible, &domain).is_err(), "{domain:?}");
        }
        let order = visible.search(&[], &Domain::All, Some(&[OrderBy::asc(name)]), 1, 0);
        assert!(order.is_err(), "{name}");
    }
}

#[test]
fn every_table_of_a_statement_is_fenced() {
    let registry = registry();
    let list = json!([
        ["parent.children.name", "=", "x"],
        ["friends", "any", [["parent", "child_of", "x"]]],
        ["children", "=", false]
    ]);
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        let (sql, _) = statement(dialect, &registry, &list);
        let named = sql.matches("FROM \"t_thing").count() + sql.matches("JOIN \"t_thing").count();
        assert_eq!(sql.matches("\"tenant_id\" = ").count(), named, "{sql}");
        assert!(named >= 8, "{sql}");
    }
}
