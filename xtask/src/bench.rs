//! `cargo xtask bench`: measures what `docs/benchmarks.md` sets budgets for, in release mode.

use crate::{generate, process, tools, web, workspace};
use anyhow::{Context as _, ensure};
use std::path::Path;
use std::process::Command;

/// What is shipped, with everything inside, in bytes.
const BINARY_BYTES_MAX: u64 = 60_000_000;

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    if args == ["web"] {
        return in_browser();
    }
    let mut bench = process::cargo();
    bench
        .args(["run", "--release", "--quiet", "--package", "opbx-testkit", "--bin", "bench", "--"])
        .args(args);
    process::become_program(&mut bench)
}

/// `bench web`: the app as it is shipped, in a browser.
fn in_browser() -> anyhow::Result<()> {
    let browser = tools::browser()?;
    web::build(&generate::product()?)?;
    process::run(process::cargo().args(["build", "--profile", "dist", "--quiet", "--package", "opbx"]))?;
    let binary = workspace::target()?.join("dist/opbx");
    let size = weigh(&binary)?;
    println!("the binary has {:.1} MB, and the web app is inside", size as f64 / 1e6);
    let mut figures = Command::new("node");
    figures.arg(workspace::root().join("web/figures.mjs"));
    process::run(figures.env("OPBX_BIN", &binary).env("OPBX_CHROMIUM", browser))
}

/// The size of what is shipped, which must not be too large and must have the page in it.
fn weigh(binary: &Path) -> anyhow::Result<u64> {
    let bytes = std::fs::read(binary).with_context(|| binary.display().to_string())?;
    let page = std::fs::read_to_string(workspace::root().join("web/dist/index.html"))?;
    ensure!(has(&bytes, page.as_bytes()), "{} was built without the web app", binary.display());
    let size = bytes.len() as u64;
    ensure!(size <= BINARY_BYTES_MAX, "the binary has {size} bytes, and may have {BINARY_BYTES_MAX}");
    Ok(size)
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn a_page_is_found_in_a_binary_wherever_it_lies() {
        assert!(has(b"\0\0<html>\0", b"<html>") && has(b"<html>", b"<html>"));
        assert!(!has(b"<htm", b"<html>") && !has(b"<html>", b""));
    }
}
