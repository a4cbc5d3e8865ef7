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
fn every_operator_is_read_as_what_it_is_made_of() {
    let like = |field: &str, op, text: &str| {
        Domain::Term(Term { field: field.to_owned(), op, operand: Operand::One(text.into()) })
    };
    for (json, expected) in [
        (json!([["name", "not like", "x"]]), !Domain::like("name", "x")),
        (json!([["name", "not ilike", "x"]]), !Domain::ilike("name", "x")),
        (json!([["name", "=like", "x%"]]), like("name", Op::EqLike, "x%")),
        (json!([["name", "not =ilike", ""]]), !like("name", Op::EqIlike, "")),
        (json!([["name", "not ilike", ""]]), !Domain::All),
        (json!([["strategy", "ilike", "RAND"]]), Domain::ilike("strategy", "RAND")),
        (json!([["turns", "=?", false]]), Domain::All),
        (json!([["turns", "=?", 0]]), Domain::All),
        (json!([["turns", "=?", 3]]), Domain::eq("turns", 3)),
        (json!([["tags.label", "=?", ""]]), Domain::any("tags", Domain::All)),
        (json!([["turns", "=", [1, 2]]]), Domain::is_in("turns", [1, 2])),
        (json!([["key", "!=", false]]), Domain::is_set("key")),
        (json!([["extra", "=", null]]), Domain::is_unset("extra")),
        (json!([["children", "=", 7]]), Domain::eq("children", id(7))),
        (
            json!([["tags", "not in", [7, false]]]),
            Domain::not_in("tags", [Value::Record(id(7)), Value::Null]),
        ),
        (json!([["created_by", "!=", 7]]), Domain::ne("created_by", id(7))),
        (json!([["id", "<=", 7]]), Domain::le("id", id(7))),
    ] {
        assert_eq!(parse(&json), expected, "{json}");
        assert_eq!(parse(&parse(&json).to_json()), expected, "{json} written and read again");
    }
}

#[test]
fn paths_and_any_lead_through_relations() {
    let x = || Domain::eq("label", "x");
    for (json, expected) in [
        (json!([["tags.label", "=", "x"]]), Domain::any("tags", x())),
        (
            json!([["parent.children.tags.label", "=", "x"]]),
            Domain::any("parent", Domain::any("children", Domain::any("tags", x()))),
        ),
        (json!([["tags", "any", [["label", "=", "x"]]]]), Domain::any("tags", x())),
        (json!([["tags", "not any", ["!", ["label", "=", "x"]]]]), !Domain::any("tags", !x())),
        (json!([["tags.label", "!=", "x"]]), Domain::any("tags", Domain::ne("label", "x"))),
        (json!([["tags.label", "not like", "x"]]), Domain::any("tags", !Domain::like("label", "x"))),
        (json!([["parent", "any", []]]), Domain::any("parent", Domain::All)),
        (json!([["parent", "=", "x"]]), Domain::any("parent", Domain::eq("name", "x"))),
        (json!([["parent", "!=", "x"]]), !Domain::any("parent", Domain::eq("name", "x"))),
        (json!([["tags", "ilike", "x"]]), Domain::any("tags", Domain::ilike("label", "x"))),
        (json!([["tags", "not ilike", "x"]]), !Domain::any("tags", Domain::ilike("label", "x"))),
        (json!([["parent", "ilike", ""]]), Domain::All),
        (
            json!([["parent", "in", ["x", 7, false]]]),
            Domain::any("parent", Domain::is_in("name", ["x"]))
                .or(Domain::is_in("parent", [Value::Record(id(7)), Value::Null])),
        ),
        (json!([["parent", "child_of", 7]]), Domain::child_of("parent", [id(7)])),
        (json!([["id", "parent_of", [7, "x"]]]), Domain::parent_of("id", [Value::Record(id(7)), "x".into()])),
        (
            json!([["tags.thing", "child_of", 7]]),
            Domain::any("tags", Domain::any("thing", Domain::child_of("id", [id(7)]))),
        ),
        (
            json!([["children", "child_of", false]]),
            Domain::any("children", Domain::child_of("id", Vec::<RecordId>::new())),
        ),
    ] {
        assert_eq!(parse(&json), expected, "{json}");
        assert_eq!(parse(&parse(&json).to_json()), expected, "{json} written and read again");
    }
}

#[test]
fn days_and_relative_dates_are_settled_in_the_zone_of_the_asker() {
    let instant = |text: &str| text.parse::<jiff::Timestamp>().expect("an instant");
    let (from, to) = (instant("2026-07-14T22:00:00Z"), instant("2026-07-15T22:00:00Z"));
    let whole = || Domain::ge("at", from).and(Domain::lt("at", to));
    for (json, expected) in [
        (json!([["day", "=", "today"]]), Domain::eq("day", jiff::civil::date(2026, 7, 15))),
        (json!([["day", "<", "now -12H"]]), Domain::lt("day", jiff::civil::date(2026, 7, 15))),
        (
            json!([["day", "in", ["today", false]]]),
            Domain::is_in("day", [Value::Date(jiff::civil::date(2026, 7, 15)), Value::Null]),
        ),
        (json!([["at", "=", "today"]]), whole()),
        (json!([["at", "!=", "2026-07-15"]]), !whole()),
        (json!([["at", "<", "today"]]), Domain::lt("at", from)),
        (json!([["at", "<=", "today"]]), Domain::lt("at", to)),
        (json!([["at", ">", "today"]]), Domain::ge("at", to)),
        (json!([["at", ">=", "today"]]), Domain::ge("at", from)),
        (json!([["at", ">", "now -1H"]]), Domain::gt("at", instant("2026-07-15T09:00:00Z"))),
        (json!([["at", "in", ["today", "now"]]]), Domain::is_in("at", [reading().now]).or(whole())),
        (json!([["at", "not in", ["today"]]]), !whole()),
    ] {
        assert_eq!(parse(&json), expected, "{json}");
    }
    let part = |json: Json| match parse(&json) {
        Domain::Part(term) => (term.field, term.part, term.op, term.operand),
        other => panic!("{json}: {other:?}"),
    };
    let month = ("at".to_owned(), Part::Month, Op::In, Operand::Many(vec![Value::Int(7), Value::Null]));
    assert_eq!(part(json!([["at.month_number", "in", [7, false]]])), month);
    let in_july = [("at", Value::Instant(instant("2026-06-30T22:00:00Z")))];
    assert!(holds(&parse(&json!([["at.month_number", "=", 7]])), &in_july), "July has begun in Berlin");
    assert!(holds(&parse(&json!([["at.hour_number", "<", 1]])), &in_july));
}

#[test]
fn a_mistake_on_the_way_is_named_as_one_of_the_term() {
    for (json, expected) in [
        (
            json!([["tags.lable", "=", "x"]]),
            "[\"tags.lable\",\"=\",\"x\"]: found the unknown field `lable`, did you mean `label`?",
        ),
        (
            json!([["tags", "any", [["lable", "=", "x"]]]]),
            "[\"lable\",\"=\",\"x\"]: found the unknown field `lable`, did you mean `label`?",
        ),
        (
            json!([["name.label", "=", "x"]]),
            "[\"name.label\",\"=\",\"x\"]: `name` holds a text, no path leads through it",
        ),
        (
            json!([["at.moth_number", "=", 1]]),
            "[\"at.moth_number\",\"=\",1]: found the unknown part of a date `moth_number`, did you mean `month_number`?",
        ),
        (
            json!([["day.hour_number", "=", 1]]),
            "[\"day.hour_number\",\"=\",1]: `day` holds a date, which has no `hour_number`",
        ),
        (
            json!([["at.hour_number", "like", 1]]),
            "[\"at.hour_number\",\"like\",1]: \"like\" does not go with a field that holds a part of a date",
        ),
        (
            json!([["at.hour_number", "=", "x"]]),
            "[\"at.hour_number\",\"=\",\"x\"]: the value must be a whole number",
        ),
        (
            json!([["at", "=", "tomorrow"]]),
            "[\"at\",\"=\",\"tomorrow\"]: the value must be a date, an instant (RFC 3339), or relative: today or now, then terms such as +3d -1m =1d =6m =3H +monday =week_start",
        ),
        (json!([["at", "=", 3]]), "[\"at\",\"=\",3]: the value must be an instant (RFC 3339)"),
        (
            json!([["count", "ilike", "x"]]),
            "[\"count\",\"ilike\",\"x\"]: the value must be a record's id: the records of t.count have no name",
        ),
        (
            json!([["count", "child_of", 1]]),
            "[\"count\",\"child_of\",1]: t.count forms no tree: expected a many2one `parent` to itself",
        ),
        (
            json!([["turns", "child_of", 1]]),
            "[\"turns\",\"child_of\",1]: \"child_of\" does not go with a field that holds a whole number",
        ),
        (
            json!([["turns", "any", []]]),
            "[\"turns\",\"any\",[]]: \"any\" does not go with a field that holds a whole number",
        ),
        (
            json!([["parent", "<", 1]]),
            "[\"parent\",\"<\",1]: \"<\" does not go with a field that holds a record's id",
        ),
        (
            json!([["turns", "=!", 1]]),
            "[\"turns\",\"=!\",1]: found the unknown operator `=!`, did you mean `=`?",
        ),
        (
            json!([["key", "in", [false]]]),
            "[\"key\",\"in\",[false]]: \"in\" does not go with a field that holds a secret",
        ),
        (
            json!([["name\" OR 1=1 --", "=", 1]]),
            "[\"name\\\" OR 1=1 --\",\"=\",1]: found the unknown field `name\" OR 1=1 --`, did you mean `name`?",
        ),
        (
            json!([["name", "=", "a\u{0}b"]]),
            "[\"name\",\"=\",\"a\\u0000b\"]: the value must not hold a NUL character",
        ),
    ] {
        let refusal = refusal(&json);
        let sentence = refusal.split(", expected").next().unwrap_or_default();
        assert_eq!(sentence, expected.split(", expected").next().unwrap_or_default(), "{json}");
    }
}

#[test]
fn a_tree_is_climbed_in_memory_and_a_circle_ends() {
    let mut world = World::new(registry());
    for (child, parent) in [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(5)), (5, Some(4))] {
        let parent = parent.map_or(Value::Null, |parent| Value::Record(id(parent)));
        let name = format!("n{child}");
        let active = ("active".to_owned(), Value::Bool(true));
        let values = [("parent".to_owned(), parent), ("name".to_owned(), name.into()), active];
        world.insert(model(), id(child), values.into());
    }
    let found =
        |json: Json| world.find(model(), &parse(&json)).into_iter().map(RecordId::get).collect::<Vec<_>>();
    assert_eq!(found(json!([["id", "child_of", 2]])), [2, 3]);
    assert_eq!(found(json!([["parent", "parent_of", [3]]])), [1, 2, 3]);
    assert_eq!(found(json!([["parent", "child_of", 4]])), [4, 5]);
    assert_eq!(found(json!([["parent", "child_of", "N2"]])), [2, 3]);
    assert_eq!(found(json!([["id", "child_of", []]])), [0_i64; 0]);
    assert_eq!(found(json!([["children.parent.parent", "=", 1]])), [2]);
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
    let path = format!("{}name", "parent.".repeat(DEPTH_MAX));
    assert_eq!(try_parse(&json!([[path, "=", "x"]])), Err(DomainError::TooDeep));
    let mut nested = json!([]);
    for _ in 0..DEPTH_MAX {
        nested = json!([["parent", "any", nested]]);
    }
    assert_eq!(try_parse(&nested), Err(DomainError::TooDeep));
    let inside = json!([["tags", "any", vec![json!(["label", "=", "x"]); TERMS_MAX / 2 + 1]]]);
    assert_eq!(try_parse(&json!([inside[0], inside[0]])), Err(DomainError::TooManyTerms));
    let lists = vec![json!(["turns", "in", vec![1; OPERANDS_MAX]]); VALUES_MAX / OPERANDS_MAX + 1];
    assert_eq!(try_parse(&Json::Array(lists)), Err(DomainError::TooManyValues));
    let parts = vec![json!(["at.month_number", "=", 1]); DATE_PARTS_MAX + 1];
    assert_eq!(try_parse(&Json::Array(parts)), Err(DomainError::TooManyDateParts));
    let long = refusal(&json!([["name", "ilike", "x".repeat(PATTERN_LEN_MAX + 1)]]));
    assert!(long.ends_with("the value must have at most 4000 bytes to be searched for"), "{long}");
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
        "name",
        "code",
        "turns",
        "active",
        "parent",
        "strategy",
        "id",
        "nope",
        "key",
        "parent.name",
        "tags.label",
        "children.parent.turns",
        "at",
        "day",
        "at.month_number",
        "tags",
    ]);
    let words: Vec<&str> = vec![
        "=",
        "!=",
        "<",
        ">=",
        "in",
        "not in",
        "like",
        "not ilike",
        "=like",
        "=?",
        "child_of",
        "parent_of",
        "any",
        "not any",
        "x",
    ];
    let operand = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3_i64..4).prop_map(Json::from),
        "[a-c%_]{0,3}".prop_map(Json::from),
        prop::collection::vec((-3_i64..4).prop_map(Json::from), 0..3).prop_map(Json::from),
        prop::sample::select(vec!["today -1m", "now", "2026-07-15", "2026-07-15 10:00:00"])
            .prop_map(Json::from),
        (0_i64..2).prop_map(|left| json!([[left, "=", 1], "|", ["id", "=", 1], ["name", "=", "a"]])),
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
