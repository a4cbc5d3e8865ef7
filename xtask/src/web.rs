//! `cargo xtask web`: builds the web app into `web/dist`, and leaves alone what is up to date.

use crate::counts::{self, Counts};
use crate::process::Stream;
use crate::{generate, process, workspace};
use anyhow::{Context as _, ensure};
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

pub(crate) const NO_NODE: &str = "npm is missing: install Node.js 20 or newer";
/// What the build reads, below `web`.
const SOURCES: [&str; 7] =
    ["src", "public", "index.html", "package-lock.json", "package.json", "vite.config.ts", "compress.mjs"];
/// Deeper than this, something is wrong with the tree itself.
const DEPTH_MAX: usize = 16;
/// What was done last. It goes with what was installed, so that a new installation builds anew.
const STAMPS: &str = "web/node_modules/.opbx";

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    if let Some(arg) = args.first() {
        anyhow::bail!(process::Usage(format!("`web` takes no arguments, and {arg:?} is one")));
    }
    ensure!(generate::has_node(), NO_NODE);
    build(&generate::product()?)
}

/// Brings `web/dist` up to date with its sources, and with the contract of this binary.
pub(crate) fn build(product: &Path) -> anyhow::Result<()> {
    ready(product)?;
    let began = Instant::now();
    if stamped("built").is_some_and(|stamp| Some(stamp) == state()) {
        println!("the web app is up to date");
        return Ok(());
    }
    process::run(generate::npm().args(["run", "--silent", "build"]))?;
    let state = state().context("the build left no web/dist/index.html")?;
    stamp("built", &state)?;
    println!("the web app is built, in {} s", began.elapsed().as_secs());
    Ok(())
}

/// Brings what is installed and written for the build up to date, and builds nothing.
pub(crate) fn ready(product: &Path) -> anyhow::Result<()> {
    ensure!(generate::has_node(), NO_NODE);
    install()?;
    types(product)
}

/// The tier of `cargo xtask test`: what is judged without a server and without a browser.
pub(crate) fn tier() -> anyhow::Result<Counts> {
    if !generate::has_node() {
        println!("{NO_NODE}, to test the web app");
        return Ok(Counts::default());
    }
    let product = generate::product()?;
    ready(&product)?;
    let mut counts = Counts::default();
    let mut note = |name: &str, result: anyhow::Result<()>| {
        println!("web {name}: {}", if result.is_ok() { "ok" } else { "FAILED" });
        match result {
            Ok(()) => counts.passed += 1,
            Err(error) => {
                println!("{error:#}");
                counts.failed += 1;
            }
        }
    };
    note("types", process::run(generate::npm().args(["run", "--silent", "typecheck"])));
    note("rules", process::run(generate::npm().args(["run", "--silent", "lint"])));
    note("build", build(&product));
    note("first load", process::run(Command::new("node").arg(workspace::root().join("web/measure.mjs"))));
    // As a release has it, in the seconds that one small crate takes.
    let mut embedded = process::cargo();
    embedded.args(["test", "--quiet", "--package", "opbx-web-app", "--features", "embedded", "--lib"]);
    note("binary", process::run(&mut embedded));
    let mut tests = Counts::default();
    let mut vitest = generate::npm();
    let ended_well = process::watch(vitest.args(["run", "--silent", "test"]), Stream::Out, |line| {
        tests += counts::of_vitest(line).unwrap_or_default();
    })?;
    counts += tests;
    ensure!(ended_well || tests.failed > 0, "vitest ended with a fault that is no failing test; see above");
    ensure!(tests != Counts::default(), "no test of the web app ran");
    Ok(counts)
}

/// Installs what the lock file names, unless just that is installed.
pub(crate) fn install() -> anyhow::Result<()> {
    let wanted = std::fs::read_to_string(workspace::root().join("web/package-lock.json"))?;
    if stamped("lock").is_some_and(|installed| installed == wanted) {
        return Ok(());
    }
    process::run(generate::npm().args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]))?;
    stamp("lock", &wanted)
}

/// Writes the types of the contract, unless they were written of the same one.
fn types(product: &Path) -> anyhow::Result<()> {
    let contract = generate::contract(product)?;
    let text = std::fs::read_to_string(&contract)?;
    let is_there = workspace::root().join(generate::TYPES).is_file();
    if is_there && stamped("contract").is_some_and(|last| last == text) {
        return Ok(());
    }
    generate::types(&contract)?;
    stamp("contract", &text)
}

/// What was built of what, as a text; none where nothing is built.
fn state() -> Option<String> {
    let web = workspace::root().join("web");
    let mut hasher = DefaultHasher::new();
    for source in SOURCES {
        // One that is not there is a state like any other.
        let _ = digest(&web.join(source), 0, &mut hasher);
    }
    // By its hashed names the page stands for all that it loads.
    let page = std::fs::read_to_string(web.join("dist/index.html")).ok()?;
    Some(format!("{:016x}\n{page}", hasher.finish()))
}

/// Adds names and bytes of a file, or of all below a folder, in an order that is always the same.
fn digest(path: &Path, depth: usize, hasher: &mut DefaultHasher) -> anyhow::Result<()> {
    ensure!(depth <= DEPTH_MAX, "{} lies deeper than {DEPTH_MAX} folders", path.display());
    hasher.write(path.as_os_str().as_encoded_bytes());
    if path.is_dir() {
        let entries = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
        let mut entries: Vec<PathBuf> = entries.collect::<std::io::Result<_>>()?;
        entries.sort();
        for entry in entries {
            digest(&entry, depth + 1, hasher)?;
        }
    } else {
        let bytes = std::fs::read(path)?;
        hasher.write_usize(bytes.len());
        hasher.write(&bytes);
    }
    Ok(())
}

fn stamped(name: &str) -> Option<String> {
    std::fs::read_to_string(workspace::root().join(STAMPS).join(name)).ok()
}

fn stamp(name: &str, text: &str) -> anyhow::Result<()> {
    let folder = workspace::root().join(STAMPS);
    std::fs::create_dir_all(&folder)?;
    Ok(std::fs::write(folder.join(name), text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digested(folder: &Path) -> u64 {
        let mut hasher = DefaultHasher::new();
        digest(folder, 0, &mut hasher).expect("it can be read");
        hasher.finish()
    }

    #[test]
    fn a_change_of_a_name_or_of_a_byte_is_a_change() {
        let folder = tempfile::tempdir().expect("a folder");
        let (src, a) = (folder.path().join("src"), folder.path().join("src/a.ts"));
        std::fs::create_dir(&src).expect("a folder");
        std::fs::write(&a, "1").expect("a file");
        let first = digested(folder.path());
        assert_eq!(digested(folder.path()), first);
        std::fs::write(&a, "2").expect("a file");
        let changed = digested(folder.path());
        assert_ne!(changed, first);
        std::fs::rename(&a, src.join("b.ts")).expect("renamed");
        assert_ne!(digested(folder.path()), changed);
        std::fs::rename(src.join("b.ts"), &a).expect("renamed");
        assert_eq!(digested(folder.path()), changed);
    }
}
