//! Which way imports run: the table, and the faults it finds in what cargo tells about the workspace.

#[cfg(test)]
mod tests;

use crate::{process, workspace};
use serde_json::Value;
use std::fmt;

/// Something that breaks a rule of the house, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) file: String,
    pub(crate) fault: String,
    pub(crate) fix: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    fix: {}", self.file, self.fault, self.fix)
    }
}

enum May {
    Import(&'static [&'static str]),
    ImportAllBut(&'static [&'static str]),
}

use May::{Import, ImportAllBut};

/// The arrows of `docs/architecture.md`. A new one gets an ADR before it gets a line here.
const TABLE: &[(&str, May)] = &[
    ("opbx-kernel", Import(&[])),
    ("opbx-routing", Import(&["opbx-kernel"])),
    ("opbx-platform", Import(&["opbx-kernel"])),
    ("opbx-cluster", Import(&["opbx-kernel"])),
    ("opbx-store", Import(PURE)),
    ("opbx-script", Import(PURE)),
    ("opbx-telephony", Import(PURE)),
    ("opbx-cloudonix", Import(ADAPTER)),
    ("opbx-fake-cloudonix", Import(&["opbx-kernel"])),
    ("opbx-asterisk", Import(ADAPTER)),
    ("opbx-sip", Import(ADAPTER)),
    (
        "opbx-app",
        Import(&[
            "opbx-kernel",
            "opbx-routing",
            "opbx-platform",
            "opbx-store",
            "opbx-script",
            "opbx-telephony",
            "opbx-cluster",
        ]),
    ),
    (
        "opbx-http",
        Import(&[
            "opbx-kernel",
            "opbx-routing",
            "opbx-platform",
            "opbx-app",
            "opbx-cloudonix",
            "opbx-web-app",
        ]),
    ),
    ("opbx-web-app", Import(&[])),
    (
        "opbx-agent",
        Import(&["opbx-kernel", "opbx-routing", "opbx-platform", "opbx-telephony", "opbx-asterisk"]),
    ),
    ("opbx", ImportAllBut(&["opbx-testkit", "xtask"])),
    ("opbx-testkit", ImportAllBut(&["xtask"])),
    ("xtask", Import(&[])),
];

/// Functions from facts to a decision: nothing in them waits, logs, or reads a clock.
pub(crate) const PURE: &[&str] = &["opbx-kernel", "opbx-routing", "opbx-platform"];
const ADAPTER: &[&str] = &["opbx-kernel", "opbx-routing", "opbx-platform", "opbx-telephony"];
/// What waits, stores, serves, calls out or draws numbers, and so cannot stand below the pure three.
const NOT_BELOW_PURE: &[&str] = &["tokio", "sqlx", "axum", "reqwest", "rand"];
/// Anybody's tests may use it.
const TESTKIT: &str = "opbx-testkit";

/// Asks cargo, and returns every fault in the arrows of this workspace.
pub(crate) fn findings() -> anyhow::Result<Vec<Finding>> {
    let mut findings = arrows(&workspace::metadata()?);
    for name in PURE {
        // Asked crate by crate: one graph for the whole workspace would show features that only others switch on.
        let mut tree = process::cargo();
        tree.args(["tree", "--package", name, "--edges", "normal", "--prefix", "depth", "--format", " {p}"]);
        findings.extend(reach(name, &process::output(&mut tree)?));
    }
    Ok(findings)
}

/// Judges every import between our own crates in the output of `cargo metadata --no-deps`.
///
/// Build dependencies count like normal ones; tests may use the testkit besides.
pub(crate) fn arrows(metadata: &Value) -> Vec<Finding> {
    let packages = || metadata["packages"].as_array().into_iter().flatten();
    let ours: Vec<&str> = packages().filter_map(|package| package["name"].as_str()).collect();
    let mut findings = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap_or_default();
        let file = manifest_of(metadata, package);
        let Some((_, may)) = TABLE.iter().find(|(known, _)| *known == name) else {
            findings.push(Finding {
                file,
                fault: format!("the crate `{name}` is missing from the table of imports"),
                fix: "write an ADR, then add the crate to docs/architecture.md and to TABLE in xtask/src/architecture.rs"
                    .into(),
            });
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = dependency["name"].as_str().unwrap_or_default();
            let for_tests = dependency["kind"].as_str() == Some("dev");
            if !ours.contains(&to) || allowed(may, to) || (for_tests && to == TESTKIT) {
                continue;
            }
            findings.push(Finding {
                file: file.clone(),
                fault: format!("`{name}` may not import `{to}`"),
                fix: "remove the dependency and move the code to the side that may know it (docs/architecture.md, \"Which way imports run\")"
                    .into(),
            });
        }
    }
    findings
}

/// Looks for what must not stand below a pure crate, in the output of `cargo tree --prefix depth`.
pub(crate) fn reach(pure: &str, tree: &str) -> Vec<Finding> {
    let mut chain: Vec<&str> = Vec::new();
    let mut findings: Vec<Finding> = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let Some((depth, name)) =
            words.next().and_then(|depth| depth.parse::<usize>().ok()).zip(words.next())
        else {
            continue;
        };
        chain.truncate(depth);
        chain.push(name);
        let seen = || findings.iter().any(|found| found.fault.contains(&format!("`{name}`")));
        if NOT_BELOW_PURE.contains(&name) && !seen() {
            findings.push(Finding {
                file: format!("crates/{}/Cargo.toml", pure.trim_start_matches("opbx-")),
                fault: format!("`{name}` is reachable from a pure crate: {}", chain.join(" -> ")),
                fix: "drop the dependency or the feature that brings it in; pass its result in as a value"
                    .into(),
            });
        }
    }
    findings
}

fn allowed(may: &May, to: &str) -> bool {
    match may {
        Import(list) => list.contains(&to),
        ImportAllBut(list) => !list.contains(&to),
    }
}

fn manifest_of(metadata: &Value, package: &Value) -> String {
    let path = package["manifest_path"].as_str().unwrap_or("Cargo.toml");
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    path.strip_prefix(root).unwrap_or(path).trim_start_matches('/').to_owned()
}
