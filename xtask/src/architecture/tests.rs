//! Breaks each rule about imports once.

use super::*;
use serde_json::json;

/// A workspace of crates with their dependencies: (crate, [(to, kind)]), where kind is normal, dev or build.
fn workspace(crates: &[(&str, &[(&str, &str)])]) -> Value {
    let packages: Vec<Value> = crates
        .iter()
        .map(|(name, dependencies)| {
            let dependencies: Vec<Value> = dependencies
                .iter()
                .map(|(to, kind)| json!({ "name": to, "kind": (*kind != "normal").then_some(kind) }))
                .collect();
            let folder = name.trim_start_matches("opbx-");
            json!({ "name": name, "manifest_path": format!("/w/crates/{folder}/Cargo.toml"), "dependencies": dependencies })
        })
        .collect();
    json!({ "workspace_root": "/w", "packages": packages })
}

fn faults(crates: &[(&str, &[(&str, &str)])]) -> Vec<String> {
    arrows(&workspace(crates))
        .into_iter()
        .map(|finding| format!("{}: {}", finding.file, finding.fault))
        .collect()
}

const NONE: &[(&str, &str)] = &[];

#[test]
fn the_arrows_of_the_table_are_allowed() {
    let sound: &[(&str, &[(&str, &str)])] = &[
        ("opbx-kernel", &[("serde", "normal")]),
        ("opbx-routing", &[("opbx-kernel", "normal"), ("opbx-testkit", "dev")]),
        ("opbx-platform", &[("opbx-kernel", "normal")]),
        ("opbx-store", &[("opbx-platform", "normal"), ("sqlx", "normal")]),
        ("opbx-app", &[("opbx-store", "normal"), ("opbx-platform", "build"), ("opbx-testkit", "dev")]),
        ("opbx", &[("opbx-app", "normal"), ("opbx-store", "normal")]),
        ("opbx-testkit", &[("opbx-app", "normal")]),
        ("xtask", &[("anyhow", "normal")]),
    ];
    assert_eq!(faults(sound), Vec::<String>::new());
}

#[test]
fn an_arrow_against_the_table_is_found_in_its_manifest() {
    let found = faults(&[("opbx-http", &[("opbx-store", "normal")]), ("opbx-store", NONE)]);
    assert_eq!(found, ["crates/http/Cargo.toml: `opbx-http` may not import `opbx-store`"]);
}

#[test]
fn a_build_dependency_counts_as_an_import() {
    let found = faults(&[("opbx-routing", &[("opbx-platform", "build")]), ("opbx-platform", NONE)]);
    assert_eq!(found, ["crates/routing/Cargo.toml: `opbx-routing` may not import `opbx-platform`"]);
}

#[test]
fn only_tests_may_use_the_testkit() {
    let found = faults(&[("opbx", &[("opbx-testkit", "normal")]), ("opbx-testkit", NONE)]);
    assert_eq!(found, ["crates/opbx/Cargo.toml: `opbx` may not import `opbx-testkit`"]);
    assert_eq!(faults(&[("opbx", &[("opbx-testkit", "dev")]), ("opbx-testkit", NONE)]), Vec::<String>::new());
}

#[test]
fn a_test_may_not_turn_an_arrow_around_either() {
    let found = faults(&[("opbx-kernel", &[("opbx-store", "dev")]), ("opbx-store", NONE)]);
    assert_eq!(found, ["crates/kernel/Cargo.toml: `opbx-kernel` may not import `opbx-store`"]);
}

#[test]
fn xtask_imports_nothing_of_ours() {
    let found = faults(&[("xtask", &[("opbx-kernel", "normal")]), ("opbx-kernel", NONE)]);
    assert_eq!(found, ["crates/xtask/Cargo.toml: `xtask` may not import `opbx-kernel`"]);
}

#[test]
fn a_crate_missing_from_the_table_is_found() {
    let found = faults(&[("opbx-billing", NONE)]);
    assert_eq!(
        found,
        ["crates/billing/Cargo.toml: the crate `opbx-billing` is missing from the table of imports"]
    );
}

#[test]
fn every_arrow_of_the_table_leads_to_a_crate_of_the_table() {
    for (from, may) in TABLE {
        let (Import(list) | ImportAllBut(list)) = may;
        for to in *list {
            assert!(TABLE.iter().any(|(known, _)| known == to), "{from} -> {to}");
        }
    }
}

#[test]
fn what_waits_or_draws_numbers_is_found_below_a_pure_crate_with_its_way_in() {
    let tree = "0 opbx-kernel v0.1.0 (/w/crates/kernel)\n1 jiff v0.2.4\n2 rand_core v0.9.0\n\
                1 rust_decimal v1.43.0\n2 rand v0.8.8\n1 serde v1.0.0\n";
    let found = reach("opbx-kernel", tree);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].file, "crates/kernel/Cargo.toml");
    assert!(found[0].fault.ends_with("opbx-kernel -> rust_decimal -> rand"), "{}", found[0].fault);

    for name in ["tokio", "sqlx", "axum", "reqwest", "rand"] {
        assert_eq!(
            reach("opbx-routing", &format!("0 opbx-routing v0.1.0\n1 {name} v1.0.0\n")).len(),
            1,
            "{name}"
        );
    }
}

#[test]
fn a_fault_is_printed_with_its_file_and_its_fix() {
    let shown = arrows(&workspace(&[("opbx-billing", NONE)]))[0].to_string();
    assert!(shown.starts_with("crates/billing/Cargo.toml: ") && shown.contains("\n    fix: "), "{shown}");
}
