//! Each skeleton is written into a copy of the tree, and passes there what can be judged without a compiler.

use super::*;
use crate::page::follow;
use crate::sources;
use opbx_testkit::models_of;
use tempfile::TempDir;

/// A copy of the whole tree, without what was built.
fn tree() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for a while");
    adding::copied(folder.path()).expect("the tree can be copied");
    folder
}

/// Sources keep the rules of the house, and the modules make a registry.
fn judged(tree: &TempDir) -> usize {
    let findings = sources::findings(tree.path()).expect("the tree can be read");
    assert!(findings.is_empty(), "{findings:#?}");
    models_of(&tree.path().join("modules")).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn read(tree: &TempDir, path: &str) -> String {
    fs::read_to_string(tree.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn a_model_has_its_files_and_its_row_and_is_never_written_twice() {
    let tree = tree();
    let before = judged(&tree);
    let made = model(tree.path(), "pbx.paging_zone").expect("a model");
    assert_eq!(judged(&tree), before + 1);
    assert!(made.files.contains(&"modules/pbx/paging_zone/access.toml".to_owned()), "{made:?}");
    assert!(read(&tree, "modules/pbx/paging_zone/model.toml").contains("title = \"Paging zone\""));
    let row = "    same(\"pbx.paging_zone\", [\"crud\", \"crud\", \"r\", \"r\"]),";
    assert_eq!(read(&tree, DEEDS).lines().filter(|line| *line == row).count(), 1);
    let again = model(tree.path(), "pbx.paging_zone").expect_err("it is there");
    assert!(again.to_string().contains("is there already"), "{again}");
    let nowhere = model(tree.path(), "sales.order").expect_err("no module");
    assert!(nowhere.to_string().contains("modules/sales/module.toml"), "{nowhere}");
}

#[test]
fn a_feature_is_written_where_the_page_says_under_its_own_name() {
    let tree = tree();
    let before = judged(&tree);
    feature(tree.path(), "paging_zone").expect("a feature");
    assert_eq!(judged(&tree), before + 1);
    let rule = read(&tree, "crates/routing/src/paging_zone.rs");
    assert!(rule.contains("pub struct PagingZone {"), "{rule}");
    assert!(read(&tree, "crates/routing/src/destination.rs").contains("    PagingZone(PagingZoneId),\n"));
    for path in ["crates/routing/src/plan.rs", "crates/app/src/plans/compile.rs", "crates/routing/src/lib.rs"]
    {
        let text = read(&tree, path);
        assert!(text.contains("paging_zone") && !text.to_lowercase().contains(INVENTED), "{path}");
    }
    let index = read(&tree, "scenarios/INDEX.md");
    let rows: Vec<&str> = index
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with("| "))
        .collect();
    assert!(
        rows.iter()
            .any(|row| row.starts_with("| paging_zone_is_heard_and_the_call_goes_on | Everybody hears"))
    );
    assert!(rows.is_sorted_by_key(|row| row.split(' ').nth(1)), "the index stays in order");
    // The next one finds every place again.
    feature(tree.path(), "intercom").expect("a second feature");
    assert_eq!(judged(&tree), before + 2);
    assert!(feature(tree.path(), "intercom").is_err());
    assert!(feature(tree.path(), "menu").is_err(), "what is there is not written over");
}

#[test]
fn the_page_can_be_followed_on_the_tree_as_it_is() {
    let tree = tree();
    let before = judged(&tree);
    let blocks = page::read(&read(&tree, adding::PAGE)).expect("the page is sound");
    assert!(blocks.iter().any(|block| block.section == adding::DESTINATION));
    follow(tree.path(), &blocks).unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(judged(&tree), before + 2);
    // The story that the page adds has the form of the others.
    let story = blocks.iter().find(|block| block.path.starts_with("scenarios/")).expect("a story");
    assert!(story.text.starts_with("# ") && story.text.contains(" => "), "{}", story.text);
}

#[test]
fn a_decision_gets_the_next_number_and_all_its_sections() {
    let tree = tree();
    let made = adr(tree.path(), "queues-are-fair").expect("a decision");
    let path = made.files.first().expect("one file").clone();
    assert!(path.starts_with("docs/adr/00") && path.ends_with("-queues-are-fair.md"), "{path}");
    let number: u32 = path["docs/adr/".len()..][..4].parse().expect("a number");
    assert!(read(&tree, &path).starts_with(&format!("# {number}. Queues are fair\n")));
    judged(&tree);
    let others = fs::read_dir(tree.path().join(ADR_FOLDER)).expect("decisions").count();
    assert_eq!(number as usize, others, "numbers have no holes");
    assert!(adr(tree.path(), "queues-are-fair").is_err(), "the same decision twice");
}

#[test]
fn bad_names_are_refused_with_the_rule() {
    for name in
        ["pbx", "pbx.", ".x", "PBX.x", "pbx.Ring", "pbx.a b", "pbx.a__b", "pbx.../x", "pbx.utils", "pbx.type"]
    {
        let error = names::model(name).map(|_| ()).expect_err(name);
        assert!(error.0.contains("MODULE.NAME"), "{error}");
    }
    for name in [
        "",
        "Ring",
        "ring-group",
        "helper",
        "ring_groups",
        "match",
        "9lives",
        "a_very_long_name_that_no_table_takes",
    ] {
        assert!(names::feature(name).is_err(), "{name}");
    }
    for name in ["x", "Two-pools", "two_pools", "a-", "the-common-way", "../up-there"] {
        assert!(names::adr(name).is_err(), "{name}");
    }
    assert!(names::model("pbx.ring_group").is_ok() && names::feature("ring_group").is_ok());
    assert!(names::adr("two-typed-pools").is_ok());
}
