//! Domains: parsed, judged and built, and never panicking.

use super::*;
use crate::Registry;
use crate::model::Model;
use crate::module::ModuleSource;
use opbx_kernel::RecordId;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const MODEL: &str = r#"
name = "t.thing"
[fields]
name = { type = "char", size = 50 }
code = { type = "char" }
note = { type = "text" }
turns = { type = "integer" }
active = { type = "boolean" }
day = { type = "date" }
at = { type = "datetime" }
price = { type = "decimal" }
strategy = { type = "selection", options = ["random", "sequential"] }
parent = { type = "many2one", to = "t.thing" }
children = { type = "one2many", to = "t.thing", inverse = "parent" }
tags = { type = "many2many", to = "t.tag" }
count = { type = "many2one", to = "t.count" }
target = { type = "destination" }
key = { type = "secret" }
extra = { type = "json" }
"#;

const TAG: &str = r#"
name = "t.tag"
[fields]
label = { type = "char" }
active = { type = "boolean" }
thing = { type = "many2one", to = "t.thing" }
"#;

/// A model without a name, and without a tree.
const COUNT: &str = r#"
name = "t.count"
[fields]
number = { type = "integer" }
"#;

fn registry() -> &'static Registry {
    static REGISTRY: std::sync::OnceLock<Registry> = std::sync::OnceLock::new();
    REGISTRY.get_or_init(build)
}

fn build() -> Registry {
    let files = vec![
        ("module.toml".to_owned(), "name = \"t\"".to_owned()),
        ("thing/model.toml".to_owned(), MODEL.to_owned()),
        ("tag/model.toml".to_owned(), TAG.to_owned()),
        ("count/model.toml".to_owned(), COUNT.to_owned()),
    ];
    let registry = Registry::from_modules(&[ModuleSource { name: "t".to_owned(), files }]);
    registry.unwrap_or_else(|error| panic!("{error}"))
}

fn model() -> &'static Model {
    registry().model("t.thing").expect("declared above")
}

fn id(raw: i64) -> RecordId {
    RecordId::new(raw).expect("a test's id is an id")
}

/// Wednesday noon of 15 July 2026 in Berlin.
fn reading() -> Reading<'static> {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone");
    Reading::new(registry(), "2026-07-15T10:00:00Z".parse().expect("an instant")).within(zone)
}

fn try_parse(json: &Json) -> Result<Domain, DomainError> {
    Domain::parse(&reading(), model(), json)
}

fn parse(json: &Json) -> Domain {
    try_parse(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn refusal(json: &Json) -> String {
    try_parse(json).expect_err("a mistake").to_string()
}

/// Whether a domain holds for a record whose unnamed fields are unset.
fn holds(domain: &Domain, values: &[(&str, Value)]) -> bool {
    let mut world = World::new(registry());
    world.insert(
        model(),
        id(1),
        values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    );
    world.holds(model(), id(1), domain)
}

#[test]
fn prefix_lists_become_trees() {
    assert_eq!(parse(&json!([])), Domain::All);
    let (a, b, c) = (Domain::eq("turns", 1), Domain::eq("turns", 2), Domain::eq("active", true));
    let terms = (json!(["turns", "=", 1]), json!(["turns", "=", 2]), json!(["active", "=", true]));
    let (one, two, three) = &terms;
    assert_eq!(parse(&json!([one])), a);
    assert_eq!(parse(&json!([one, two, three])), a.clone().and(b.clone()).and(c.clone()));
    assert_eq!(parse(&json!(["|", one, two, three])), a.clone().or(b.clone()).and(c.clone()));
    assert_eq!(parse(&json!(["|", one, "&", two, three])), a.clone().or(b.clone().and(c.clone())));
    assert_eq!(parse(&json!(["|", "|", one, two, three])), Domain::Or(vec![a.clone(), b.clone(), c.clone()]));
    assert_eq!(parse(&json!(["!", one, two])), (!a.clone()).and(b));
    assert_eq!(parse(&json!(["!", "!", one])), a);
    assert_eq!(parse(&json!([[1, "=", 1]])), Domain::All);
    assert_eq!(parse(&json!([[0, "=", 1]])), Domain::none());
    assert_eq!(parse(&json!(["|", [0, "=", 1], three])), c);
}

#[test]
fn operands_take_the_type_of_their_field() {
    assert_eq!(
        parse(&json!([["parent", "in", [7, false]]])),
        Domain::is_in("parent", [Value::Record(id(7)), Value::Null])
    );
    assert_eq!(parse(&json!([["id", "=", 7]])), Domain::eq("id", id(7)));
    assert_eq!(parse(&json!([["parent", "=", false]])), Domain::is_unset("parent"));
    assert_eq!(parse(&json!([["active", "=", false]])), Domain::eq("active", false));
    assert_eq!(parse(&json!([["strategy", "<>", "random"]])), Domain::ne("strategy", "random"));
    assert_eq!(parse(&json!([["name", "ilike", "x"]])), Domain::ilike("name", "x"));
    assert_eq!(parse(&json!([["name", "ilike", ""]])), Domain::All);
    assert!(matches!(
        parse(&json!([["at", ">=", "2026-01-01T00:00:00Z"]])),
        Domain::Term(Term { op: Op::Ge, operand: Operand::One(Value::Instant(_)), .. })
    ));
    assert!(matches!(parse(&json!([["created_at", "<", "2026-01-01T00:00:00Z"]])), Domain::Term(_)));
}

#[test]
fn a_mistake_names_the_term_and_what_is_wrong_with_it() {
    let rows = [
        (
            json!([["naem", "=", "x"]]),
            "[\"naem\",\"=\",\"x\"]: found the unknown field `naem`, did you mean `name`?",
        ),
        (
            json!([["key", "=", "x"]]),
            "[\"key\",\"=\",\"x\"]: the value must be false: of a secret only whether it is set can be asked",
        ),
        (
            json!([["code", "ilike", "x"]]),
            "[\"code\",\"ilike\",\"x\"]: \"ilike\" does not go with a field that holds a text that is not folded",
        ),
        (
            json!([["active", "<", true]]),
            "[\"active\",\"<\",true]: \"<\" does not go with a field that holds true or false",
        ),
        (
            json!([["turns", "=", "1"]]),
            "[\"turns\",\"=\",\"1\"]: the value must be a whole number, not a text",
        ),
        (json!([["turns", "in", 1]]), "[\"turns\",\"in\",1]: the value must be a list"),
        (
            json!([["turns", "<", null]]),
            "[\"turns\",\"<\",null]: the value must be set: nothing is before or after an unset value",
        ),
        (
            json!([["strategy", "=", "loud"]]),
            "[\"strategy\",\"=\",\"loud\"]: the value must be one of: random, sequential",
        ),
        (json!([["name", "like", null]]), "[\"name\",\"like\",null]: the value must be a text"),
        (json!(["|", ["turns", "=", 1]]), "'|' needs 2 conditions after it"),
        (json!(["!"]), "'!' needs 1 conditions after it"),
        (
            json!("x"),
            "a domain is a list of terms [field, operator, value] and of \"&\", \"|\", \"!\"; found \"x\"",
        ),
        (
            json!([["turns", "="]]),
            "a domain is a list of terms [field, operator, value] and of \"&\", \"|\", \"!\"; found [\"turns\",\"=\"]",
        ),
    ];
    for (json, expected) in rows {
        assert_eq!(refusal(&json), expected);
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let term = json!(["turns", "=", 1]);
    let many = Json::Array(vec![term.clone(); TERMS_MAX]);
    assert!(try_parse(&many).is_ok());
    let too_many = Json::Array(vec![term.clone(); TERMS_MAX + 1]);
    assert_eq!(try_parse(&too_many), Err(DomainError::TooManyTerms));
    let list = json!([["turns", "in", vec![1; OPERANDS_MAX + 1]]]);
    assert!(refusal(&list).contains("at most"), "{}", refusal(&list));
    // `|` and `&` in turn: each pair is two levels more.
    let mut deep = vec![term.clone()];
    for level in 0..DEPTH_MAX {
        deep.splice(0..0, [json!(if level % 2 == 0 { "|" } else { "&" }), term.clone()]);
    }
    assert_eq!(try_parse(&Json::Array(deep)), Err(DomainError::TooDeep));
    let endless = Json::Array(vec![json!("!"); 1_000_000]);
    assert_eq!(try_parse(&endless), Err(DomainError::TooManyTerms));
}

#[test]
fn unset_values_are_unequal_to_everything_but_unset() {
    for (domain, expected) in [
        (Domain::eq("turns", 1), false),
        (Domain::ne("turns", 1), true),
        (Domain::is_unset("turns"), true),
        (Domain::is_set("turns"), false),
        (Domain::lt("turns", 1), false),
        (Domain::ge("turns", 1), false),
        (Domain::is_in("turns", [1, 2]), false),
        (Domain::not_in("turns", [1, 2]), true),
        (Domain::is_in("turns", [Value::Int(1), Value::Null]), true),
        (Domain::not_in("turns", [Value::Int(1), Value::Null]), false),
        (Domain::like("name", "%"), false),
        (!Domain::like("name", "x"), true),
        (Domain::eq("active", false), true),
        (Domain::ne("active", true), true),
        (Domain::none(), false),
        (Domain::All, true),
    ] {
        assert_eq!(holds(&domain, &[]), expected, "{domain:?}");
    }
}

#[test]
fn order_follows_the_type_and_text_goes_by_bytes() {
    let values = [
        ("turns", Value::Int(10)),
        ("code", "b".into()),
        ("price", Value::Decimal("1.50".parse().expect("a decimal"))),
    ];
    let holds = |domain: Domain| holds(&domain, &values);
    assert!(holds(Domain::gt("turns", 9)) && !holds(Domain::gt("turns", 10)));
    assert!(holds(Domain::gt("code", "B")) && holds(Domain::lt("code", "ba")));
    let price: rust_decimal::Decimal = "1.5".parse().expect("a decimal");
    assert!(holds(Domain::eq("price", price)) && holds(Domain::le("price", price)));
}

#[test]
fn like_finds_anywhere_with_wildcards_and_ilike_folds() {
    let matches = |domain: Domain, text: &str| holds(&domain, &[("name", text.into())]);
    assert!(matches(Domain::like("name", "ales"), "Sales team"));
    assert!(!matches(Domain::like("name", "sales"), "Sales team"));
    assert!(matches(Domain::ilike("name", "SALES"), "Sales team"));
    assert!(matches(Domain::ilike("name", "STRASSE"), "Lange Straße 5"));
    assert!(matches(Domain::like("name", "S_l%m"), "Sales team"));
    assert!(!matches(Domain::like("name", "S_les team_"), "Sales team"));
    assert!(
        matches(Domain::like("name", r"C:\"), r"on C:\ there"),
        "a backslash is a character like any other"
    );
    assert!(
        !matches(Domain::like("name", &"%a".repeat(40)), &"ab".repeat(30)),
        "and backtracking stays quick"
    );
}

/// The rule in its simplest words, to compare the quick one with.
fn like_by_definition(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|skip| like_by_definition(&text[skip..], rest)),
        Some((c, rest)) => {
            text.first().is_some_and(|first| *c == '_' || c == first) && like_by_definition(&text[1..], rest)
        }
    }
}

fn any_term() -> impl Strategy<Value = Json> {
    let field = prop::sample::select(vec![
        "name", "code", "turns", "active", "parent", "strategy", "id", "nope", "key",
    ]);
    let words: Vec<&str> = vec!["=", "!=", "<", ">=", "in", "not in", "like", "ilike", "child_of", "x"];
    let operand = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3_i64..4).prop_map(Json::from),
        "[a-c%_]{0,3}".prop_map(Json::from),
        prop::collection::vec((-3_i64..4).prop_map(Json::from), 0..3).prop_map(Json::from),
    ];
    (field, prop::sample::select(words), operand).prop_map(|(field, op, operand)| json!([field, op, operand]))
}

fn any_item() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => any_term(),
        2 => prop::sample::select(vec!["&", "|", "!", "?"]).prop_map(Json::from),
        1 => (-1_i64..2).prop_map(Json::from),
        1 => (0_i64..2).prop_map(|left| json!([left, "=", 1])),
    ]
}

fn any_domain() -> impl Strategy<Value = Domain> {
    let leaf = prop_oneof![
        Just(Domain::All),
        Just(Domain::none()),
        (0_i64..3).prop_map(|n| Domain::eq("turns", n)),
        (0_i64..3).prop_map(|n| Domain::ne("turns", n)),
        (0_i64..3).prop_map(|n| Domain::lt("turns", n)),
        prop::collection::vec(0_i64..3, 0..3).prop_map(|all| Domain::not_in("turns", all)),
        Just(Domain::is_unset("turns")),
        "[ab%_]{0,3}".prop_map(|text| Domain::like("name", &text)),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.and(b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.or(b)),
            inner.prop_map(|a| !a),
        ]
    })
}

fn any_record() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let turns = prop::option::of(0_i64..3).prop_map(Value::from);
    let name = prop::option::of("[ab]{0,4}").prop_map(Value::from);
    (turns, name).prop_map(|(turns, name)| vec![("turns", turns), ("name", name)])
}

proptest! {
    #[test]
    fn parsing_never_panics_and_keeps_its_bounds(items in prop::collection::vec(any_item(), 0..12)) {
        if let Ok(domain) = try_parse(&Json::Array(items)) {
            holds(&domain, &[]);
            prop_assert_eq!(try_parse(&domain.to_json()), Ok(domain));
        }
    }

    #[test]
    fn de_morgan_holds(a in any_domain(), b in any_domain(), values in any_record()) {
        let holds = |domain: Domain| holds(&domain, &values);
        prop_assert_eq!(holds(!a.clone().and(b.clone())), holds((!a.clone()).or(!b.clone())));
        prop_assert_eq!(holds(!a.clone().or(b.clone())), holds((!a).and(!b)));
    }

    #[test]
    fn and_or_and_not_mean_what_they_say(a in any_domain(), b in any_domain(), values in any_record()) {
        let holds = |domain: Domain| holds(&domain, &values);
        let (left, right) = (holds(a.clone()), holds(b.clone()));
        prop_assert_eq!(holds(a.clone().and(b.clone())), left && right);
        prop_assert_eq!(holds(a.clone().or(b)), left || right);
        prop_assert_eq!(holds(!a), !left);
    }

    #[test]
    fn like_agrees_with_its_definition(text in "[ab]{0,8}", pattern in "[ab%_]{0,6}") {
        let text_chars: Vec<char> = text.chars().collect();
        let by_definition =
            |pattern: &str| like_by_definition(&text_chars, &pattern.chars().collect::<Vec<_>>());
        let values = [("name", Value::Text(text.clone()))];
        let found = holds(&Domain::like("name", &pattern), &values);
        prop_assert_eq!(found, by_definition(&format!("%{pattern}%")));
        let term = Term { field: "name".to_owned(), op: Op::EqLike, operand: Operand::One(pattern.as_str().into()) };
        prop_assert_eq!(holds(&Domain::Term(term), &values), by_definition(&pattern));
    }
}
