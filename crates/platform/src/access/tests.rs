//! Rights, rules and field groups as pure judgements.

use super::*;
use crate::domain::World;
use crate::model::Model;
use crate::module::ModuleSource;
use crate::value::Value;
use opbx_kernel::{CompanyId, RecordId, TenantId, UserId};

const GROUPS: &str =
    "model = \"res.groups\"\n[records]\nclerk = { name = \"Clerk\" }\nboss = { name = \"Boss\" }\n";
const NOTE: &str = r#"
name = "m.note"
company = true
[fields]
name = { type = "char" }
owner = { type = "integer" }
level = { type = "integer" }
salary = { type = "integer", groups = ["boss"] }
"#;
const ACCESS: &str = r#"
[rights]
clerk = "ru"
boss = "crud"
[changes]
clerk = ["name"]
[[rules]]
name = "low levels"
deeds = "ru"
domain = [["level", "<", 5]]
[[rules]]
name = "own"
groups = ["clerk"]
domain = [["owner", "=", "$user"]]
[[rules]]
name = "all"
groups = ["boss"]
domain = []
"#;

fn registry_with(access: &str) -> Result<Registry, crate::module::ModuleError> {
    let files = [
        ("module.toml", "name = \"m\""),
        ("data/groups.toml", GROUPS),
        ("groups/model.toml", "name = \"res.groups\"\n[fields]\nname = { type = \"char\" }\n"),
        ("company/model.toml", "name = \"res.company\"\n[fields]\nname = { type = \"char\" }\n"),
        ("note/model.toml", NOTE),
        ("note/access.toml", access),
    ];
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Registry::from_modules(&[ModuleSource { name: "m".to_owned(), files }])
}

fn registry() -> Registry {
    registry_with(ACCESS).unwrap_or_else(|error| panic!("{error}"))
}

fn note(registry: &Registry) -> &Model {
    registry.model("m.note").expect("declared")
}

fn user(groups: &[&str]) -> Scope {
    let groups = groups.iter().map(|group| format!("m.{group}")).collect();
    Scope::user(TenantId::new(1).expect("an id"), UserId::new(7).expect("an id"), groups)
}

/// Which of some notes, as (owner, level, company), somebody reaches.
fn reached(scope: &Scope, deed: Deed) -> Vec<(i64, i64, i64)> {
    let registry = registry();
    let domain = reach(scope, &registry, note(&registry), deed, Timestamp::UNIX_EPOCH).expect("a domain");
    let notes = [(7, 1, 0), (7, 9, 0), (8, 1, 0), (7, 1, 2), (8, 9, 3)];
    let company = |id: i64| RecordId::new(id).map_or(Value::Null, Value::Record);
    let mut world = World::new(&registry);
    let id = |at: usize| RecordId::new(at as i64 + 1).expect("an id");
    for (at, (owner, level, of)) in notes.iter().enumerate() {
        let values =
            [("owner", Value::Int(*owner)), ("level", Value::Int(*level)), ("company", company(*of))];
        let values = values.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        world.insert(note(&registry), id(at), values);
    }
    let holds = |(at, _): &(usize, &(i64, i64, i64))| world.holds(note(&registry), id(*at), &domain);
    notes.iter().enumerate().filter(holds).map(|(_, note)| *note).collect()
}

#[test]
fn global_rules_narrow_and_the_rules_of_groups_widen_each_other() {
    assert_eq!(reached(&user(&["clerk"]), Deed::Read), [(7, 1, 0), (7, 1, 2)]);
    assert_eq!(reached(&user(&["clerk", "boss"]), Deed::Read), [(7, 1, 0), (8, 1, 0), (7, 1, 2)]);
    // The global rule says nothing of deleting, and nobody's rules are no rules.
    assert_eq!(reached(&user(&["clerk"]), Deed::Delete), [(7, 1, 0), (7, 9, 0), (7, 1, 2)]);
    assert_eq!(reached(&user(&[]), Deed::Read), [(7, 1, 0), (8, 1, 0), (7, 1, 2)]);
    let system = Scope::system(TenantId::new(1).expect("an id"), "a test");
    assert_eq!(reached(&system, Deed::Read).len(), 5);
}

#[test]
fn companies_that_were_not_chosen_are_out_of_reach_and_shared_records_are_not() {
    let two = CompanyId::new(2).expect("an id");
    assert_eq!(reached(&user(&["boss"]).with_companies(vec![two]), Deed::Delete).len(), 4);
    let of_none = reached(&user(&["boss"]).with_companies(Vec::new()), Deed::Delete);
    assert!(of_none.iter().all(|note| note.2 == 0), "{of_none:?}");
    assert_eq!(reached(&user(&["boss"]), Deed::Delete).len(), 5);
}

#[test]
fn a_group_that_may_change_some_fields_changes_no_others() {
    let registry = registry();
    let may = |groups: &[&str], field| may_change(&user(groups), note(&registry), field);
    assert!(may(&["clerk"], "name") && !may(&["clerk"], "level"));
    assert!(may(&["clerk", "boss"], "level"), "another group of theirs may");
    assert!(!may(&[], "name"));
}

#[test]
fn a_field_for_others_is_not_in_the_registry_that_somebody_sees() {
    let registry = registry();
    assert!(registry.hides_fields());
    let seen = registry.seen_by(user(&["clerk"]).groups());
    assert!(note(&seen).field("salary").is_none());
    let refused =
        Domain::parse(&Reading::new(&seen, Timestamp::UNIX_EPOCH), note(&seen), &json!([["salary", ">", 1]]))
            .expect_err("unknown");
    assert_eq!(refused.name(), "unknown_field");
    assert!(note(&registry.seen_by(user(&["boss"]).groups())).field("salary").is_some());
}

#[test]
fn mistakes_in_rules_are_named_by_file_and_line() {
    let rule = |line: &str| {
        let text = format!("[[rules]]\nname = \"r\"\n{line}\n");
        registry_with(&text).expect_err("a mistake").mistakes[0].to_string()
    };
    assert_eq!(
        rule("domain = [[\"ovner\", \"=\", \"$user\"]]"),
        "m/note/access.toml:3: the rule `r`: [\"ovner\",\"=\",1]: found the unknown field `ovner`, did you mean `owner`?"
    );
    assert!(rule("domain = [[\"owner\", \"=\", \"$usr\"]]").contains("did you mean `$user`?"));
    assert!(rule("domain = [[\"company\", \"=\", \"$companies\"]]").contains("goes with \"in\""));
    assert!(rule("domain = []\ngroups = [\"clark\"]").contains("expected one that module data declares"));
    assert!(rule("domain = []\ndeeds = \"x\"").contains("crud"));
}
