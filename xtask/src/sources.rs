//! Rules about files that no compiler knows: the opening line, names, manifests, and the form of the documents.

#[cfg(test)]
mod tests;

use crate::architecture::Finding;
use anyhow::Context;
use std::path::Path;

/// The folders whose names and texts are judged; one that does not exist yet is no fault.
const FOLDERS: &[&str] = &["crates", "xtask", "modules", "web/src", "fuzz", "tests", "docs"];
/// Not written by us.
const SKIPPED: &[&str] = &["target", "node_modules", "dist"];
/// Deeper than this, something is wrong with the tree itself.
const DEPTH_MAX: usize = 16;
/// Words that say nothing about what a file is for.
const EMPTY_WORDS: &[&str] =
    &["util", "utils", "common", "helper", "helpers", "manager", "managers", "service", "services", "misc"];
const ADR_FOLDER: &str = "docs/adr/";
const ADR_SECTIONS: &[&str] = &["## Context", "## Decision", "## Price"];
const MAP: &str = "docs/architecture.md";
const MAP_LINES_MAX: usize = 300;

/// Reads the tree, and returns every fault in it.
pub(crate) fn findings(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for folder in FOLDERS {
        walk(root, Path::new(folder), 0, &mut findings)?;
    }
    Ok(findings)
}

/// Judges one file by its path below the root and its text.
pub(crate) fn judge(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fault = |fault: String, fix: &str| {
        findings.push(Finding { file: path.to_owned(), fault, fix: fix.to_owned() });
    };
    if let Some(word) = empty_word(path) {
        fault(
            format!("the word {word:?} says nothing about what is inside"),
            "name it after the one idea it holds",
        );
    }
    if path.ends_with(".rs") && !text.starts_with("//! ") {
        fault("does not open with a `//!` line".into(), "say in its first line what the file is for");
    }
    if path.ends_with("/Cargo.toml") && !text.contains("[lints]\nworkspace = true") {
        fault("does not take the lints of the workspace".into(), "add `[lints]` with `workspace = true`");
    }
    if let Some(name) = path.strip_prefix(ADR_FOLDER) {
        if !is_adr_name(name) {
            fault(
                "is not named like a decision".into(),
                "name it NNNN-what-was-decided.md with the next free number",
            );
        }
        for section in ADR_SECTIONS.iter().filter(|section| !text.lines().any(|line| line == **section)) {
            fault(format!("has no section `{section}`"), "a decision has Context, Decision and Price");
        }
    }
    if path == MAP && text.lines().count() > MAP_LINES_MAX {
        fault(
            format!("is longer than {MAP_LINES_MAX} lines"),
            "it is a map: move details to the crate's own documentation",
        );
    }
    findings
}

fn walk(root: &Path, folder: &Path, depth: usize, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    anyhow::ensure!(depth <= DEPTH_MAX, "{} lies deeper than {DEPTH_MAX} folders", folder.display());
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return Ok(()) };
    let mut entries: Vec<_> = entries.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let path = folder.join(&name);
        let name = name.to_string_lossy();
        if name.starts_with('.') || SKIPPED.contains(&name.as_ref()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(root, &path, depth + 1, findings)?;
        } else {
            let bytes =
                std::fs::read(entry.path()).with_context(|| format!("cannot read {}", path.display()))?;
            findings.extend(judge(&path.to_string_lossy(), &String::from_utf8_lossy(&bytes)));
        }
    }
    Ok(())
}

/// Finds a forbidden word among the words of a path's parts: `call_utils.rs`, `helpers/mod.rs`.
pub(crate) fn empty_word(path: &str) -> Option<&str> {
    path.split(['/', '_', '-', '.']).find(|word| EMPTY_WORDS.contains(word))
}

fn is_adr_name(name: &str) -> bool {
    let Some((number, rest)) = name.split_once('-') else { return false };
    number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit()) && rest.len() > 3 && rest.ends_with(".md")
}
