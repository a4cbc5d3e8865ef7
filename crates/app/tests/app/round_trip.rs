//! What is exported can be applied elsewhere and comes out the same, whatever it is: random companies, and every shape
//! of model.

use opbx_app::apply::{ApplyError, Options, apply, apply_with, plan};
use opbx_app::configuration::export::export;
use opbx_app::tenants;
use opbx_store::Store;
use opbx_testkit::{TestDb, module, on_both_databases, product_registry, registry_with};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::fmt::Write as _;

/// Random companies that each database sees.
const CASES: usize = 6;

/// Every kind of field, lists in lists, records that name each other, and two that cannot do without each other.
const LAB: &[(&str, &str)] = &[
    ("module.toml", "name = \"lab\"\ntitle = \"Lab\"\nversion = \"1.0\"\ndepends = [\"base\", \"pbx\"]\n"),
    ("tag/model.toml", "name = \"lab.tag\"\n[fields]\nname = { type = \"char\", required = true }\n"),
    (
        "menu/model.toml",
        r#"
name = "lab.menu"
[fields]
name = { type = "char", required = true, unique = "tenant" }
greeting = { type = "text" }
price = { type = "decimal", digits = 2 }
opens = { type = "date" }
changed = { type = "datetime" }
kind = { type = "selection", options = ["day", "night"], default = "day" }
loud = { type = "boolean", default = true }
extra = { type = "json" }
picture = { type = "binary" }
pin = { type = "secret" }
above = { type = "many2one", to = "lab.menu", on_delete = "set_null" }
tags = { type = "many2many", to = "lab.tag" }
fallback = { type = "destination", default = "hangup" }
options = { type = "one2many", to = "lab.menu.option", inverse = "menu", max = 20 }
"#,
    ),
    (
        "option/model.toml",
        r#"
name = "lab.menu.option"
order = "digit"
unique = [["menu", "digit"]]
[fields]
menu = { type = "many2one", to = "lab.menu", on_delete = "cascade", required = true }
digit = { type = "char", size = 1, required = true }
to = { type = "many2one", to = "lab.menu", on_delete = "set_null" }
words = { type = "one2many", to = "lab.menu.word", inverse = "option" }
"#,
    ),
    (
        "word/model.toml",
        r#"
name = "lab.menu.word"
order = "sequence, id"
[fields]
option = { type = "many2one", to = "lab.menu.option", on_delete = "cascade", required = true }
text = { type = "char", size = 200, required = true }
sequence = { type = "integer", default = 10 }
"#,
    ),
    (
        "hen/model.toml",
        "name = \"lab.hen\"\n[fields]\nname = { type = \"char\", required = true }\negg = { type = \"many2one\", to = \"lab.egg\", required = true }\n",
    ),
    (
        "egg/model.toml",
        "name = \"lab.egg\"\n[fields]\nname = { type = \"char\", required = true }\nhen = { type = \"many2one\", to = \"lab.hen\", required = true }\n",
    ),
    (
        "lead/model.toml",
        "name = \"lab.lead\"\nconfig = false\n[fields]\nname = { type = \"char\", required = true }\n",
    ),
];

const LAB_FILE: &str = r#"
tenant = { slug = "red", name = "Red" }

[lab.tag.b]
name = "B"

[lab.tag.a]
name = "A"

[lab.menu.main]
name = "Main \"quoted\" \\ menu"
greeting = """
Good morning, "friend".
	Tab, and a \\ and \u0022\u0022\u0022.

End."""
price = 12.50
opens = 2026-12-24
changed = 2026-12-24T18:05:00.123456Z
kind = "night"
loud = false
extra = { deep = [1, 2.5, { "odd key" = true }], text = "x" }
pin = "4711"
above = "sub"
tags = ["b", "a"]
fallback = "extension:front"

[[lab.menu.main.options]]
digit = "2"
to = "main"

[[lab.menu.main.options]]
digit = "1"
to = "sub"
words = [{ text = "one" }, { text = "first" }]

[lab.menu.sub]
name = "Sub"
above = "main"
fallback = "forward:+442079460018"
options = [{ digit = "9", words = [{ text = "nine", sequence = 7 }, { text = "last", sequence = 3 }] }]

[pbx.extension.front]
number = "1000"
name = "Front"

[res.company.main]
name = "Red"
country = "base.be"
"#;

async fn lab(db: &TestDb) -> Store {
    let store = db.store(registry_with(vec![module("lab", LAB)])).await;
    tenants::install_shared_data(&store).await.expect("the countries are installed");
    store
}

/// Exports `red`, applies that to the empty tenant `blue`, and asserts that the two come out the same and have
/// nothing to do.
async fn goes_around(store: &Store) -> String {
    let red = export(store, Some("red")).await.expect("an export").text;
    let difference = plan(store, "red.toml", &red, &Options::default()).await;
    let difference = difference.unwrap_or_else(|error| panic!("{error}\n{red}"));
    assert!(difference.is_empty(), "{difference:#?}\n{red}");
    let options = Options { tenant: Some("blue"), prune: false, ..Options::default() };
    let applied = apply_with(store, "red.toml", &red, &options).await;
    applied.unwrap_or_else(|error| panic!("{error}\n{red}"));
    let again =
        apply_with(store, "red.toml", &red, &Options { prune: true, ..options }).await.expect("applied");
    assert_eq!((again.created, again.updated, again.deleted, again.plan_version), (0, 0, 0, None), "{red}");
    let blue = export(store, Some("blue")).await.expect("an export").text;
    let body = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("tenant = ") && !line.ends_with(" is set"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(body(&red), body(&blue));
    red
}

/// A text that is hard to write.
fn hard_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z][a-zA-Z ]{0,20}[a-z]", "[\\PC\"\\\\#'=\\[\\]]{1,20}x"]
}

/// A company: its extensions, its groups with members, its numbers, its users.
fn random_company() -> impl Strategy<Value = String> {
    let users = prop::collection::vec((hard_text(), any::<bool>(), 0..3_usize), 0..4);
    let extensions = prop::collection::vec((hard_text(), 5..300_i64, any::<bool>(), 0..9_usize), 1..8);
    let groups = prop::collection::vec(
        (
            0..4_usize,
            1..9_i64,
            prop::collection::btree_set(0..8_usize, 0..8),
            0..9_usize,
            "[ -~\n\t]{0,60}",
            any::<bool>(),
        ),
        0..4,
    );
    let numbers = prop::collection::vec((0..9_usize, any::<bool>()), 0..4);
    (users, extensions, groups, numbers).prop_map(|(users, extensions, groups, numbers)| {
        let mut text = String::from("tenant = { slug = \"red\", name = \"Red\" }\n[res.company.main]\nname = \"Red\"\ncountry = \"base.be\"\n");
        let quoted = |text: &str| serde_json::to_string(text).expect("JSON, which TOML's quotes contain");
        let target = |at: usize| match at {
            0 => "\"hangup\"".to_owned(),
            1 => "\"forward:+3222222222\"".to_owned(),
            n if n % 2 == 0 && !groups.is_empty() => format!("\"ring_group:g{}\"", n % groups.len()),
            n => format!("\"extension:e{}\"", n % extensions.len()),
        };
        for (at, (name, active, roles)) in users.iter().enumerate() {
            let roles = &["\"base.group_pbx_user\"", "\"base.group_owner\""][..*roles];
            let _ = writeln!(text, "[res.users.u{at}]\nname = {}\nemail = \"u{at}@red.example\"\nactive = {active}\ngroups = [{}]", quoted(name), roles.join(", "));
        }
        // Nothing may point at itself.
        let rings_another = |at: usize, to: usize| to > 4 && target(to) != format!("\"extension:e{at}\"");
        // A group rings people's telephones alone.
        let is_person = |at: usize| extensions.get(at).is_some_and(|(.., to)| !rings_another(at, *to));
        for (at, (name, ring, dnd, to)) in extensions.iter().enumerate() {
            let _ = writeln!(text, "[pbx.extension.e{at}]\nnumber = \"{}\"\nname = {}\nring_timeout_s = {ring}\ndo_not_disturb = {dnd}", 4000 - at, quoted(name));
            if let Some(user) = users.len().checked_sub(1).map(|last| last.min(*to)) {
                let _ = writeln!(text, "user = \"u{user}\"");
            }
            if rings_another(at, *to) {
                let _ = writeln!(text, "destination = {}", target(*to));
            }
        }
        let strategies = ["simultaneous", "sequential", "round_robin", "random"];
        for (at, (strategy, turns, members, to, description, active)) in groups.iter().enumerate() {
            let members: Vec<String> = members.iter().rev().filter(|member| is_person(**member)).map(|member| match member % 3 {
                0 => format!("{{ extension = \"e{member}\", priority = {} }}", member + 2),
                _ => format!("\"e{member}\""),
            }).collect();
            let own = format!("\"ring_group:g{at}\"");
            // Unset here and there, and never itself.
            let fallback = if *to == 8 || target(*to) == own { "\"\"".to_owned() } else { target(*to) };
            let _ = writeln!(
                text,
                "[pbx.ring_group.g{at}]\nname = \"Group {at}\"\nstrategy = \"{}\"\nturns = {turns}\nmembers = [{}]\nfallback = {fallback}\ndescription = {}\nactive = {active}",
                strategies[*strategy], members.join(", "), quoted(description),
            );
        }
        for (at, (to, active)) in numbers.iter().enumerate() {
            let _ = writeln!(text, "[pbx.number.n{at}]\nnumber = \"+3225550{at}00\"\ndestination = {}\nactive = {active}", target(*to));
        }
        text
    })
}

/// Without an active owner a company would be refused.
const BOSS: &str = r#"
[res.users.boss]
name = "Boss"
email = "boss@red.example"
groups = ["base.group_owner"]
"#;

on_both_databases! {
    async fn random_companies_go_around_unchanged(db: TestDb) {
        let store = db.store(product_registry()).await;
        tenants::install_shared_data(&store).await.expect("the countries are installed");
        let mut runner = TestRunner::deterministic();
        for _ in 0..CASES {
            let text = random_company().new_tree(&mut runner).expect("a company").current() + BOSS;
            let options = Options { prune: true, ..Options::default() };
            let applied = apply_with(&store, "random.toml", &text, &options).await;
            // A file may leave out the owners that the one before it made.
            if let Err(ApplyError::Mistakes(mistakes)) = &applied
                && mistakes.iter().all(|mistake| mistake.message.contains("last owner"))
            {
                apply(&store, "random.toml", &text).await.unwrap_or_else(|error| panic!("{error}\n{text}"));
            } else {
                applied.unwrap_or_else(|error| panic!("{error}\n{text}"));
            }
            let again = apply(&store, "random.toml", &text).await.expect("the same file");
            assert_eq!((again.created, again.updated, again.deleted, again.plan_version), (0, 0, 0, None), "{text}");
            goes_around_fresh(&store).await;
        }
    }

    async fn every_kind_of_field_and_lists_in_lists_go_around(db: TestDb) {
        let store = lab(&db).await;
        let first = apply(&store, "lab.toml", LAB_FILE).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((first.created, first.updated, first.deleted), (6, 0, 0));
        let again = apply(&store, "lab.toml", LAB_FILE).await.expect("applied");
        assert_eq!((again.created, again.updated, again.deleted, again.unchanged), (0, 0, 0, 6));
        let text = goes_around(&store).await;
        for said in [
            "price = 12.5\n", "opens = 2026-12-24\n", "changed = 2026-12-24T18:05:00.123456Z\n",
            "tags = [\"a\", \"b\"]\n", "# pin is set\n", "loud = false\n",
            "{ digit = \"1\", to = \"sub\", words = [{ text = \"one\" }, { text = \"first\" }] }",
            "{ text = \"last\", sequence = 3 }",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        let less = LAB_FILE.replace("words = [{ text = \"one\" }, { text = \"first\" }]", "words = [{ text = \"first\" }]");
        let done = apply(&store, "lab.toml", &less).await.expect("applied");
        assert_eq!((done.created, done.updated, done.deleted), (0, 1, 1), "a word of an option of a menu");
        let text = export(&store, Some("red")).await.expect("an export").text;
        assert!(text.contains("words = [{ text = \"first\" }]"), "{text}");
    }

    async fn a_circle_of_required_references_is_refused_by_name(db: TestDb) {
        let store = lab(&db).await;
        let text = "tenant = { slug = \"red\", name = \"Red\" }\n[lab.hen.berta]\nname = \"Berta\"\negg = \"first\"\n\
            [lab.egg.first]\nname = \"First\"\nhen = \"berta\"\n";
        let error = apply(&store, "lab.toml", text).await.expect_err("a circle").to_string();
        assert_eq!(
            error,
            "lab.toml:2: its required fields name records that need this one first: \
             lab.hen.berta → lab.egg.first → lab.hen.berta"
        );
    }

    async fn what_is_not_configuration_or_stands_inside_others_has_no_table(db: TestDb) {
        let store = lab(&db).await;
        let head = "tenant = { slug = \"red\", name = \"Red\" }\n";
        for (table, said) in [
            ("[lab.lead.x]\nname = \"X\"\n", "lab.lead are not configured"),
            ("[pbx.call.x]\nname = \"X\"\n", "pbx.call are not configured"),
        ] {
            let error = apply(&store, "lab.toml", &format!("{head}{table}")).await.expect_err("refused").to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}

/// Like `goes_around`, where `blue` may hold another company already: what is there and not here is pruned.
async fn goes_around_fresh(store: &Store) {
    let red = export(store, Some("red")).await.expect("an export").text;
    let slug = format!(
        "blue-{}",
        store.tenants(&opbx_kernel::Operator::because("a test")).await.expect("tenants").len()
    );
    let options = Options { tenant: Some(&slug), ..Options::default() };
    let applied = apply_with(store, "red.toml", &red, &options).await;
    applied.unwrap_or_else(|error| panic!("{error}\n{red}"));
    let difference = plan(store, "red.toml", &red, &options).await.expect("a plan");
    assert!(difference.is_empty() && difference.kept.is_empty(), "{difference:#?}\n{red}");
    let blue = export(store, Some(&slug)).await.expect("an export").text;
    let body = |text: &str| {
        text.lines().filter(|line| !line.starts_with("tenant = ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(body(&red), body(&blue));
}
