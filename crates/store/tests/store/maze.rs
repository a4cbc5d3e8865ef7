//! A module whose models lead to each other in every way, records of it that nobody chose, and domains on them.

use opbx_kernel::{Operator, RecordId, Scope, Timestamp};
use opbx_platform::{DestinationRef, Model, Registry, Value, Values, World};
use opbx_store::{Store, Tx};
use opbx_testkit::{module, registry_with};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};

const MODULE: &str = r#"
name = "maze"
title = "Maze"
version = "1.0"
depends = ["base"]
category = "Tests"
"#;

const NODE: &str = r#"
name = "maze.node"
order = "home desc, name"

[fields]
name = { type = "char", size = 60, required = true, folded = true }
code = { type = "char", size = 40, folded = false }
note = { type = "text" }
level = { type = "integer" }
price = { type = "decimal", digits = 3 }
day = { type = "date" }
at = { type = "datetime" }
state = { type = "selection", options = ["new", "in_work", "done"] }
flag = { type = "boolean" }
goal = { type = "destination" }
facts = { type = "json" }
blob = { type = "binary" }
pin = { type = "secret" }
parent = { type = "many2one", to = "maze.node", on_delete = "set_null" }
friend = { type = "many2one", to = "maze.node", on_delete = "set_null" }
home = { type = "many2one", to = "maze.place", on_delete = "set_null" }
land = { type = "many2one", to = "res.country", on_delete = "restrict" }
kids = { type = "one2many", to = "maze.node", inverse = "parent" }
leaves = { type = "one2many", to = "maze.leaf", inverse = "node" }
places = { type = "many2many", to = "maze.place" }
peers = { type = "many2many", to = "maze.node" }
lands = { type = "many2many", to = "res.country" }
active = { type = "boolean", default = true }
"#;

const LEAF: &str = r#"
name = "maze.leaf"
order = "node, size desc"

[fields]
name = { type = "char", size = 60 }
size = { type = "integer", required = true, default = 1 }
node = { type = "many2one", to = "maze.node", on_delete = "cascade" }
active = { type = "boolean", default = true }
"#;

const PLACE: &str = r#"
name = "maze.place"
order = "rank desc, name"

[fields]
name = { type = "char", size = 60, required = true }
rank = { type = "integer" }
parent = { type = "many2one", to = "maze.place", on_delete = "set_null" }
"#;

pub(crate) fn registry() -> Registry {
    let files = [
        ("module.toml", MODULE),
        ("node/model.toml", NODE),
        ("leaf/model.toml", LEAF),
        ("place/model.toml", PLACE),
    ];
    registry_with(vec![module("maze", &files)])
}

const COUNTRIES: &[(&str, &str)] =
    &[("BE", "België"), ("DE", "Deutschland"), ("GR", "Ελλάς"), ("TR", "Türkiye")];
const MODELS: &[&str] = &["maze.place", "maze.node", "maze.leaf"];
const PLACES: usize = 12;
const NODES: usize = 40;
const LEAVES: usize = 50;

/// Letters of many scripts, and what means something to a pattern or to SQL.
const LETTERS: &[&str] = &[
    "a",
    "A",
    "b",
    "é",
    "É",
    "e\u{301}",
    "ß",
    "SS",
    "ẞ",
    "ı",
    "I",
    "İ",
    "i",
    "ς",
    "σ",
    "Σ",
    "Я",
    "я",
    "中",
    "文",
    "م",
    "😀",
    "👩\u{200d}👧",
    "ﬁ",
    "ǅ",
    "％",
    "＿",
    "%",
    "_",
    "\\",
    "*",
    "?",
    "[",
    "]",
    "^",
    "'",
    "\"",
    "$1",
    "--",
];

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(LETTERS), 1..4).prop_map(|parts| parts.concat())
}

/// Texts of few letters, so that they meet.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![2 => text(), 1 => prop::sample::select(vec!["a", "A", "é", "ß", "i", "σ"]).prop_map(str::to_owned)]
}

const INSTANTS: &[&str] = &[
    "1969-12-31T23:59:59.5Z",
    "1985-07-01T12:00:00Z",
    "2026-03-14T23:30:00Z",
    "2026-03-15T00:00:00Z",
    "2026-03-15T22:59:59.999999Z",
    "2026-03-29T00:59:59Z",
    "2026-03-29T01:00:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00.000001Z",
    "2027-01-01T04:30:00Z",
    "2065-07-01T22:30:00Z",
];

const DAYS: &[&str] =
    &["1969-12-31", "2024-02-29", "2026-03-14", "2026-03-15", "2026-03-29", "2026-12-31", "2027-01-01"];

fn instant() -> impl Strategy<Value = Timestamp> {
    prop::sample::select(INSTANTS).prop_map(|text| text.parse().expect("an instant"))
}

fn or_unset(held: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![4 => held, 1 => Just(Value::Null)].boxed()
}

fn one_of(ids: &[RecordId]) -> BoxedStrategy<Value> {
    match ids {
        [] => Just(Value::Null).boxed(),
        ids => or_unset(prop::sample::select(ids.to_vec()).prop_map(Value::Record)),
    }
}

fn some_of(ids: &[RecordId]) -> BoxedStrategy<Value> {
    let some = prop::collection::btree_set(prop::sample::select(ids.to_vec()), 0..4);
    some.prop_map(|ids| Value::Records(ids.into_iter().collect())).boxed()
}

fn value(field: &str) -> BoxedStrategy<Value> {
    let goals = ["hangup", "ring_group:3", "forward:sip:a'b@example.com"];
    match field {
        "name" => text().prop_map(Value::Text).boxed(),
        "level" | "rank" => or_unset((-3_i64..=3).prop_map(Value::Int)),
        "size" => (0_i64..4).prop_map(Value::Int).boxed(),
        "price" => or_unset((-30_i64..30).prop_map(|n| Value::Decimal(rust_decimal::Decimal::new(n * 5, 1)))),
        "day" => {
            or_unset(prop::sample::select(DAYS).prop_map(|day| Value::Date(day.parse().expect("a day"))))
        }
        "at" => or_unset(instant().prop_map(Value::Instant)),
        "state" => or_unset(prop::sample::select(vec!["new", "in_work", "done"]).prop_map(Value::from)),
        "flag" => any::<bool>().prop_map(Value::Bool).boxed(),
        "active" => prop::bool::weighted(0.75).prop_map(Value::Bool).boxed(),
        "goal" => or_unset(prop::sample::select(goals.to_vec()).prop_map(|goal| {
            Value::Destination(if goal.starts_with("ring") {
                DestinationRef::Hangup
            } else {
                goal.parse().expect("a goal")
            })
        })),
        "facts" => or_unset(Just(Value::Json(json!({ "a": [1, false] })))),
        "blob" => or_unset(Just(Value::Bytes(vec![0, 1]))),
        "pin" => or_unset(Just(Value::Bytes(b"1234".to_vec()))),
        _ => or_unset(word().prop_map(Value::Text)),
    }
}

fn record(
    fields: &[&'static str],
    links: Vec<(&'static str, BoxedStrategy<Value>)>,
) -> BoxedStrategy<Values> {
    let plain = fields.iter().map(|name| (*name, value(name)));
    let pairs: Vec<_> =
        plain.chain(links).map(|(name, held)| held.prop_map(move |v| (name.to_owned(), v))).collect();
    pairs.prop_map(|pairs| pairs.into_iter().collect()).boxed()
}

pub(crate) fn some<S: Strategy>(runner: &mut TestRunner, strategy: &S, count: usize) -> Vec<S::Value> {
    (0..count).map(|_| strategy.new_tree(runner).expect("a value").current()).collect()
}

/// What a tenant has: the same in memory and in its database.
pub(crate) struct Maze<'r> {
    pub(crate) world: World<'r>,
    /// By model; `res.country` among them.
    ids: Vec<(&'static str, Vec<RecordId>)>,
}

impl<'r> Maze<'r> {
    /// Fills a tenant with records, trees with circles among them.
    pub(crate) async fn fill(
        store: &Store,
        registry: &'r Registry,
        scope: &Scope,
        runner: &mut TestRunner,
    ) -> Self {
        let mut maze = Self { world: World::new(registry), ids: Vec::new() };
        let country = |code: &str, name: &str| {
            Values::from([("code".to_owned(), code.into()), ("name".to_owned(), name.into())])
        };
        let countries = COUNTRIES.iter().map(|(code, name)| country(code, name)).collect();
        let operator = Operator::because("a test needs countries");
        store.save_shared(&operator, "res.country", "code", countries).await.expect("countries");
        let mut tx = store.begin(scope).await.expect("a transaction");
        let everything = opbx_store::Search { fields: &["code", "name"], ..Default::default() };
        for row in tx.search("res.country", &opbx_platform::Domain::All, everything).await.expect("rows") {
            let held = ["code", "name"].into_iter().map(str::to_owned).zip(row.values).collect();
            maze.put("res.country", row.id, held);
        }
        let place = record(&["name", "rank"], Vec::new());
        let places = some(runner, &place, PLACES);
        maze.insert(&mut tx, "maze.place", places).await;
        let (countries, places) = (maze.ids("res.country").to_vec(), maze.ids("maze.place").to_vec());
        let node = record(
            &[
                "name", "code", "note", "level", "price", "day", "at", "state", "flag", "active", "goal",
                "facts", "blob", "pin",
            ],
            vec![
                ("home", one_of(&places)),
                ("land", one_of(&countries)),
                ("places", some_of(&places)),
                ("lands", some_of(&countries)),
            ],
        );
        let nodes = some(runner, &node, NODES);
        maze.insert(&mut tx, "maze.node", nodes).await;
        let nodes = maze.ids("maze.node").to_vec();
        let leaf = record(&["name", "size", "active"], vec![("node", one_of(&nodes))]);
        let leaves = some(runner, &leaf, LEAVES);
        maze.insert(&mut tx, "maze.leaf", leaves).await;
        maze.link(&mut tx, "maze.place", record(&[], vec![("parent", one_of(&places))]), runner).await;
        let ties = vec![("parent", one_of(&nodes)), ("friend", one_of(&nodes)), ("peers", some_of(&nodes))];
        maze.link(&mut tx, "maze.node", record(&[], ties), runner).await;
        tx.commit().await.expect("a commit");
        maze
    }

    async fn insert(&mut self, tx: &mut Tx, model: &'static str, rows: Vec<Values>) {
        let ids = tx.insert_many(model, rows.clone()).await.expect("records");
        for (id, row) in ids.into_iter().zip(rows) {
            self.put(model, id, row);
        }
    }

    /// Names records that were not there when theirs were made.
    async fn link(
        &mut self,
        tx: &mut Tx,
        model: &'static str,
        links: BoxedStrategy<Values>,
        runner: &mut TestRunner,
    ) {
        for id in self.ids(model).to_vec() {
            let values = some(runner, &links, 1).remove(0);
            tx.update(model, id, values.clone(), None).await.expect("links");
            let mut held =
                self.world.record(&model_of(self.world.registry(), model), id).expect("put before").clone();
            held.extend(values);
            self.world.insert(&model_of(self.world.registry(), model), id, held);
        }
    }

    fn put(&mut self, model: &'static str, id: RecordId, values: Values) {
        let declared = model_of(self.world.registry(), model);
        self.world.insert(&declared, id, values);
        match self.ids.iter_mut().find(|(known, _)| *known == model) {
            Some((_, ids)) => ids.push(id),
            None => self.ids.push((model, vec![id])),
        }
    }

    pub(crate) fn ids(&self, model: &str) -> &[RecordId] {
        self.ids.iter().find(|(known, _)| *known == model).map_or(&[], |(_, ids)| ids)
    }

    /// A model and a prefix list on it that can be read.
    pub(crate) fn domain(&self) -> BoxedStrategy<(&'static str, Json)> {
        let on = |model: &'static str| self.list(model, 3).prop_map(move |list| (model, list)).boxed();
        prop_oneof![5 => on("maze.node"), 1 => on("maze.leaf"), 1 => on("maze.place")].boxed()
    }

    fn list(&self, model: &'static str, depth: usize) -> BoxedStrategy<Json> {
        let leaf = self.term(model, depth).prop_map(|term| vec![term]);
        let condition = leaf.prop_recursive(3, 8, 2, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| [vec![json!("&")], a, b].concat()),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| [vec![json!("|")], a, b].concat()),
                inner.prop_map(|a| [vec![json!("!")], a].concat()),
            ]
        });
        prop::collection::vec(condition, 0..3).prop_map(|parts| Json::Array(parts.concat())).boxed()
    }

    fn term(&self, model: &'static str, depth: usize) -> BoxedStrategy<Json> {
        let constant = (0..2).prop_map(|left| json!([left, "=", 1])).boxed();
        let fields: &[&str] = match model {
            "maze.node" => NODE_FIELDS,
            "maze.leaf" => &["id", "name", "size", "node", "active"],
            "maze.place" => &["id", "name", "rank", "parent"],
            _ => &["id", "name", "code"],
        };
        let terms = fields.iter().map(|field| self.field_term(model, field, depth));
        let each: Vec<_> = terms.chain([constant]).collect();
        prop::sample::select((0..each.len()).collect::<Vec<_>>())
            .prop_flat_map(move |at| each[at].clone())
            .boxed()
    }

    fn field_term(&self, model: &'static str, field: &str, depth: usize) -> BoxedStrategy<Json> {
        let to = match (model, field) {
            (_, "parent" | "friend" | "peers" | "kids") if model != "maze.place" => "maze.node",
            (_, "home" | "places" | "parent") => "maze.place",
            (_, "land" | "lands") => "res.country",
            (_, "leaves") => "maze.leaf",
            (_, "node") => "maze.node",
            (_, "id") => {
                return by_id(field, self.ids(model), matches!(model, "maze.node" | "maze.place"), true);
            }
            _ => return plain_term(field),
        };
        let is_list = matches!(field, "peers" | "kids" | "places" | "leaves" | "lands");
        let by_number = by_id(field, self.ids(to), matches!(to, "maze.node" | "maze.place"), false);
        // Leaves have unset names, which is what a text is compared with, too.
        let by_name = written(field, NAME_OPS, word().prop_map(|text| json!(text)).boxed());
        let any = prop::sample::select(vec!["any", "not any"]);
        let deeper = match depth {
            0 => Just(json!([[1, "=", 1]])).boxed(),
            depth => self.list(to, depth - 1),
        };
        let name = field.to_owned();
        let inside = (any, deeper).prop_map(move |(word, list)| json!([name, word, list]));
        let name = field.to_owned();
        let path = match depth {
            0 => by_number.clone(),
            depth => {
                let dotted = move |term: Json| match term[0].as_str() {
                    Some(inner) => json!([format!("{name}.{inner}"), term[1], term[2]]),
                    None => term,
                };
                self.term(to, depth - 1).prop_map(dotted).boxed()
            }
        };
        let ids_in_list = if is_list { 2 } else { 1 };
        prop_oneof![ids_in_list => by_number, 1 => by_name, 2 => inside, 2 => path].boxed()
    }
}

fn model_of(registry: &Registry, name: &str) -> Model {
    registry.model(name).cloned().unwrap_or_else(|| panic!("{name} is declared, as are {MODELS:?}"))
}

const NODE_FIELDS: &[&str] = &[
    "id", "name", "code", "note", "level", "price", "day", "at", "state", "flag", "active", "goal", "facts",
    "blob", "pin", "parent", "friend", "home", "land", "kids", "leaves", "places", "peers", "lands",
];
const EQUAL: &[&str] = &["=", "!=", "<>", "==", "in", "not in", "=?"];
const ORDER: &[&str] = &["<", "<=", ">", ">="];
const LIKE: &[&str] = &["like", "not like", "=like", "not =like"];
const ILIKE: &[&str] = &["ilike", "not ilike", "=ilike", "not =ilike"];
const NAME_OPS: &[&str] =
    &["=", "!=", "in", "not in", "like", "not like", "=like", "ilike", "not ilike", "=ilike", "not =ilike"];

/// A term of one of these operators; lists for those that want one, and unset values for those that take them.
fn written(field: &str, ops: &[&'static str], operand: BoxedStrategy<Json>) -> BoxedStrategy<Json> {
    let field = field.to_owned();
    let many = prop::collection::vec(prop_oneof![5 => operand.clone(), 1 => Just(json!(false))], 0..4);
    let one = (operand, prop::bool::weighted(0.1));
    (prop::sample::select(ops.to_vec()), one, many)
        .prop_map(move |(op, (one, unset), many)| match op {
            "in" | "not in" => json!([field, op, many]),
            "=" | "!=" | "<>" | "==" | "=?" if unset => json!([field, op, false]),
            _ => json!([field, op, one]),
        })
        .boxed()
}

fn by_id(field: &str, ids: &[RecordId], is_tree: bool, is_own: bool) -> BoxedStrategy<Json> {
    // Another tenant's first record, and nobody's.
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).chain([1, 999_999]).collect();
    let id = prop::sample::select(ids).prop_map(|id| json!(id)).boxed();
    let equal = written(field, EQUAL, id.clone());
    let equal = match is_own {
        true => prop_oneof![equal, written(field, ORDER, id.clone())].boxed(),
        false => equal,
    };
    if !is_tree {
        return equal;
    }
    let field = field.to_owned();
    let named = prop_oneof![3 => id, 1 => word().prop_map(|text| json!(text)), 1 => Just(json!(false))];
    let named = prop_oneof![named.clone(), prop::collection::vec(named, 0..3).prop_map(Json::from)];
    let tree = (prop::sample::select(vec!["child_of", "parent_of"]), named)
        .prop_map(move |(op, named)| json!([field, op, named]));
    prop_oneof![1 => equal, 1 => tree].boxed()
}

fn plain_term(field: &str) -> BoxedStrategy<Json> {
    let texts = prop_oneof![4 => word().prop_map(|text| json!(text)), 1 => Just(json!("%"))].boxed();
    let both = |a: &[&'static str], b: &[&'static str]| [a, b].concat();
    let moments = |fixed: &[&'static str]| {
        let relative = ["today", "now", "today -1d", "today =week_start", "now +1H", "-1m", "=1d"];
        prop_oneof![3 => prop::sample::select(fixed.to_vec()), 1 => prop::sample::select(relative.to_vec())]
            .prop_map(|text| json!(text))
            .boxed()
    };
    match field {
        "name" => written(field, &[EQUAL, ORDER, LIKE, ILIKE].concat(), texts),
        "code" | "note" => written(field, &[EQUAL, ORDER, LIKE].concat(), texts),
        "level" | "rank" | "size" => {
            written(field, &both(EQUAL, ORDER), (-3_i64..=3).prop_map(|number| json!(number)).boxed())
        }
        "price" => {
            let prices = prop_oneof![
                (-30_i64..30).prop_map(|n| json!((n as f64) * 0.5)),
                (-30_i64..30).prop_map(|n| json!(format!("{n}.500")))
            ];
            written(field, &both(EQUAL, ORDER), prices.boxed())
        }
        "day" => {
            prop_oneof![2 => written(field, &both(EQUAL, ORDER), moments(DAYS)), 1 => part_term(field, 7)]
                .boxed()
        }
        "at" => {
            let all = [DAYS, INSTANTS].concat();
            prop_oneof![2 => written(field, &both(EQUAL, ORDER), moments(&all)), 2 => part_term(field, 10)]
                .boxed()
        }
        "state" => {
            let states =
                prop::sample::select(vec!["new", "in_work", "done"]).prop_map(|state| json!(state)).boxed();
            let patterns =
                prop::sample::select(vec!["N", "n_w", "in", "%O", "_"]).prop_map(|text| json!(text)).boxed();
            prop_oneof![written(field, EQUAL, states), written(field, &both(LIKE, ILIKE), patterns)].boxed()
        }
        "flag" | "active" => written(field, EQUAL, any::<bool>().prop_map(|flag| json!(flag)).boxed()),
        "goal" => {
            let goals = vec!["hangup", "forward:sip:a'b@example.com", "ring_group:9"];
            written(field, EQUAL, prop::sample::select(goals).prop_map(|goal| json!(goal)).boxed())
        }
        _ => written(field, &["=", "!=", "=?"], Just(json!(false)).boxed()),
    }
}

fn part_term(field: &str, words: usize) -> BoxedStrategy<Json> {
    let field = field.to_owned();
    let words: Vec<&str> =
        opbx_platform::domain::Part::WORDS.iter().map(|(word, _)| *word).take(words).collect();
    let number =
        prop_oneof![0_i64..14, 22_i64..32, 2024_i64..2028, Just(365), Just(1969)].prop_map(|n| json!(n));
    let number = number.boxed();
    prop::sample::select(words)
        .prop_flat_map(move |word| {
            written(&format!("{field}.{word}"), &[EQUAL, ORDER].concat(), number.clone())
        })
        .boxed()
}
