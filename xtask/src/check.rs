//! `cargo xtask check`: what can be judged without running the product. Each fault is printed with its fix.

use crate::{architecture, mutants, packaging, process, sources, tools, workspace};
use anyhow::bail;

/// What to do where cargo-deny cannot be had: a person who asks for the check wants all of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WithoutDeny {
    Fail,
    GoOn,
}

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    if let Some(arg) = args.first() {
        bail!(process::Usage(format!("`check` takes no arguments, and {arg:?} is one")));
    }
    all(WithoutDeny::Fail)
}

/// Runs every check, also after one found something, and names those that did.
pub(crate) fn all(without_deny: WithoutDeny) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    let mut note = |name: &'static str, result: anyhow::Result<()>| {
        println!("check {name}: {}", if result.is_ok() { "ok" } else { "FAILED" });
        if let Err(error) = result {
            println!("{error:#}");
            failed.push(name);
        }
    };
    note("format", format());
    note("architecture", architecture_and_sources());
    note("clippy", clippy());
    note("licences", licences(without_deny));
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn format() -> anyhow::Result<()> {
    let formatted = process::run(process::cargo().args(["fmt", "--all", "--check"]));
    or_fix(formatted, "cargo fmt --all")
}

fn architecture_and_sources() -> anyhow::Result<()> {
    let mut findings = architecture::findings()?;
    findings.extend(sources::findings(workspace::root())?);
    findings.extend(packaging::findings(workspace::root())?);
    findings.extend(mutants::misfits()?);
    for finding in &findings {
        println!("{finding}");
    }
    anyhow::ensure!(findings.is_empty(), "{} faults", findings.len());
    Ok(())
}

fn clippy() -> anyhow::Result<()> {
    let mut clippy = process::cargo();
    clippy.args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    process::run(&mut clippy)
}

fn licences(without_deny: WithoutDeny) -> anyhow::Result<()> {
    let deny = match tools::deny() {
        Ok(deny) => deny,
        Err(error) if without_deny == WithoutDeny::GoOn => {
            println!("licences are not checked: {error:#}");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let mut check = deny.command();
    check.args(["check", "bans", "licenses", "sources"]);
    or_fix(process::run(&mut check), "drop the dependency, or let it in by deny.toml and say why there")
}

/// Puts the fix under the fault, as every finding has it.
fn or_fix(result: anyhow::Result<()>, fix: &str) -> anyhow::Result<()> {
    result.map_err(|fault| anyhow::anyhow!("{fault:#}\n    fix: {fix}"))
}
