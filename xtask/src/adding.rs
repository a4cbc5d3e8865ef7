//! Follows the newcomer's page on a copy of the tree: what it tells must compile, pass its tests and be called in a story.

use crate::page;
use crate::{process, workspace};
use anyhow::Context as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const PAGE: &str = "docs/adding.md";
/// The heading under which a destination is built; `cargo xtask new feature` builds another by the same steps.
pub(crate) const DESTINATION: &str = "A destination";
/// What a workspace is made of.
const PARTS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "clippy.toml",
    "rustfmt.toml",
    ".cargo",
    "crates",
    "modules",
    "scenarios",
    "docs",
    "xtask",
    "fuzz",
];

/// Follows the page, builds what came of it and runs the tests that know it.
pub(crate) fn follow() -> anyhow::Result<()> {
    let tree = workspace::target()?.join("adding/tree");
    copied(&tree)?;
    let blocks = page::read(&fs::read_to_string(workspace::root().join(PAGE))?)?;
    page::follow(&tree, &blocks).with_context(|| format!("{PAGE} cannot be followed"))?;
    let story = ["run", "--quiet", "-p", "opbx-telephony", "--bin", "story", "--"];
    for arguments in [
        // The story that the page adds, and then all of them with the index that is written of them.
        &[&story[..], &["announcement"]].concat()[..],
        &[&story[..], &["--bless"]].concat()[..],
        // Its properties, and the stories with the one that the page adds.
        &[
            "test",
            "--quiet",
            "-p",
            "opbx-platform",
            "-p",
            "opbx-routing",
            "-p",
            "opbx-telephony",
            "--lib",
            "--tests",
        ][..],
        // Records, rights and the plan, on SQLite alone.
        &[
            "test", "--quiet", "-p", "opbx-app", "--lib", "--tests", "--", "deeds", "plans", "--skip",
            "postgres",
        ],
        &["clippy", "--quiet", "--workspace", "--", "-D", "warnings"],
    ] {
        process::run(&mut in_tree(&tree, arguments)?)?;
    }
    Ok(())
}

/// A cargo in the copy. It shares the target folder: other people's crates are built there already, and ours differ by their path.
fn in_tree(tree: &Path, arguments: &[&str]) -> anyhow::Result<Command> {
    let mut cargo = process::cargo();
    cargo.current_dir(tree).env("CARGO_TARGET_DIR", workspace::target()?);
    cargo.args(arguments);
    Ok(cargo)
}

/// Copies the tree at work, as it is, into a folder of its own.
pub(crate) fn copied(tree: &Path) -> anyhow::Result<()> {
    if tree.exists() {
        fs::remove_dir_all(tree)?;
    }
    fs::create_dir_all(tree)?;
    for part in PARTS {
        let from = workspace::root().join(part);
        if from.exists() {
            copy(&from, &tree.join(part))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &PathBuf) -> anyhow::Result<()> {
    if !from.is_dir() {
        fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        // What was built is no part of the tree.
        if name != "target" {
            copy(&from.join(&name), &to.join(&name))?;
        }
    }
    Ok(())
}
