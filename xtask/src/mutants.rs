//! `cargo xtask sim --mutants`: breaks each rule of a call on purpose, and fails where no test notices.

mod list;

use crate::architecture::Finding;
use crate::{process, workspace};
use anyhow::{Context as _, bail};
use list::{MUTANTS, Mutant};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The crates that decide about calls, copied so that the tree at work is never broken.
const CRATES: [&str; 3] = ["kernel", "routing", "telephony"];
/// How long the tests of one mutant may take; one that goes round for ever is caught by this.
const MUTANT_WAIT_S: u64 = 300;
/// Cases per property: a broken rule shows soon.
const CASES: &str = "128";

/// Runs the mutants, or those whose names are given.
pub(crate) fn run(only: &[String]) -> anyhow::Result<()> {
    let unknown = only.iter().find(|name| MUTANTS.iter().all(|mutant| mutant.name != **name));
    if let Some(name) = unknown {
        return Err(process::Usage(format!("there is no mutant {name:?}")).into());
    }
    let tree = copied()?;
    tested(&tree, None).context("the rules as they are do not pass their tests")?;
    let chosen =
        MUTANTS.iter().filter(|mutant| only.is_empty() || only.iter().any(|name| name == mutant.name));
    let (mut total, mut survivors) = (0, Vec::new());
    for mutant in chosen {
        total += 1;
        let begun = Instant::now();
        let caught = judged(&tree, mutant)?;
        let seconds = begun.elapsed().as_secs();
        match caught {
            Some(by) => println!("caught   {:<42} {seconds:>3} s  {by}", mutant.name),
            None => {
                println!("SURVIVED {:<42} {seconds:>3} s  {}", mutant.name, mutant.rule);
                survivors.push(mutant.name);
            }
        }
    }
    println!("{} of {total} mutants caught", total - survivors.len());
    if survivors.is_empty() { Ok(()) } else { bail!("no test notices {}", survivors.join(", ")) }
}

/// Complaints about the list itself: a rule that moved must move here too.
pub(crate) fn misfits() -> anyhow::Result<Vec<Finding>> {
    let mut misfits = Vec::new();
    for mutant in MUTANTS {
        let path = workspace::root().join(mutant.file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", mutant.file))?;
        let times = text.matches(mutant.find).count();
        if times != 1 {
            misfits.push(Finding {
                file: mutant.file.to_owned(),
                fault: format!("mutant {} finds its rule {times} times, not once", mutant.name),
                fix: "follow the rule in xtask/src/mutants/list.rs".to_owned(),
            });
        }
    }
    Ok(misfits)
}

/// Puts a mutant into the copy, tests it, and takes it out again. Names the test that caught it.
fn judged(tree: &Path, mutant: &Mutant) -> anyhow::Result<Option<String>> {
    let path = tree.join(mutant.file);
    let whole = fs::read_to_string(&path)?;
    if whole.matches(mutant.find).count() != 1 {
        bail!("{}: mutant {} does not find its rule exactly once", mutant.file, mutant.name);
    }
    fs::write(&path, whole.replace(mutant.find, mutant.replace))?;
    let caught = match tested(tree, Some(mutant)) {
        Ok(()) => None,
        Err(error) => match error.downcast::<Caught>() {
            Ok(Caught(by)) => Some(by),
            Err(error) => return Err(error.context(format!("mutant {} does not compile", mutant.name))),
        },
    };
    fs::write(&path, whole)?;
    Ok(caught)
}

/// The test that failed.
#[derive(Debug)]
struct Caught(String);

impl std::fmt::Display for Caught {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Caught {}

fn tested(tree: &Path, mutant: Option<&Mutant>) -> anyhow::Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let packages = ["-p", "opbx-routing", "-p", "opbx-telephony", "--lib", "--tests"];
    let in_tree = |command: &mut Command| {
        command.current_dir(tree).env("CARGO_TARGET_DIR", tree.with_file_name("target"));
        command
            .env("PROPTEST_CASES", CASES)
            .env("PROPTEST_MAX_SHRINK_ITERS", "0")
            .env("RUSTFLAGS", "-Awarnings");
    };
    let mut build = Command::new(&cargo);
    build.args(["test", "--quiet", "--offline", "--no-run"]).args(packages);
    in_tree(&mut build);
    process::output(&mut build)?;
    let mut test = Command::new("timeout");
    test.args(["--kill-after=5", &MUTANT_WAIT_S.to_string(), &cargo, "test", "--offline"]).args(packages);
    // A year of minutes in twenty zones is asked only of who changes hours.
    if mutant.is_some_and(|mutant| !mutant.file.ends_with("hours.rs")) {
        test.args(["--", "--skip", "every_minute_of_a_year"]);
    }
    in_tree(&mut test);
    let output = test.output().context("cannot start the tests")?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = said.lines().find_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    Err(Caught(failed.unwrap_or("a test that never ended").to_owned()).into())
}

/// Copies what decides about calls, with its tests and stories, into a workspace of its own.
fn copied() -> anyhow::Result<PathBuf> {
    let root = workspace::root();
    let tree = workspace::target()?.join("mutants/tree");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    fs::create_dir_all(tree.join("crates"))?;
    for name in CRATES {
        copy_folder(&root.join("crates").join(name), &tree.join("crates").join(name))?;
    }
    copy_folder(&root.join("scenarios"), &tree.join("scenarios"))?;
    copy_folder(&root.join("docs"), &tree.join("docs"))?;
    fs::copy(root.join("Cargo.lock"), tree.join("Cargo.lock"))?;
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let own = manifest
        .replace(r#"members = ["crates/*", "xtask"]"#, r#"members = ["crates/*"]"#)
        .replace("default-members = [\"crates/opbx\"]\n", "");
    fs::write(tree.join("Cargo.toml"), own)?;
    Ok(tree)
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
