//! The web app in a real browser: Playwright, Debian's Chromium, and the binary that was just built.

use crate::counts::{self, Counts};
use crate::process::{self, Stream, Usage};
use crate::{generate, tools, web, workspace};
use anyhow::ensure;
use std::path::PathBuf;
use std::process::Command;

/// Pictures of the rooms, below the target folder.
const SHOTS: &str = "shots";
/// Pictures that the README shows.
const PICTURES: &str = "docs/pictures";
const PICTURES_BYTES_MAX: u64 = 300_000;

/// The tier of `cargo xtask test`.
pub(crate) fn tier() -> anyhow::Result<Counts> {
    if !generate::has_node() {
        println!("{}, to test in a browser", web::NO_NODE);
        return Ok(Counts::default());
    }
    let browser = match tools::browser() {
        Ok(browser) => browser,
        Err(error) => {
            println!("nothing is tested in a browser: {error:#}");
            return Ok(Counts::default());
        }
    };
    let mut counts = Counts::default();
    let mut run = playwright(&browser, "browser")?;
    let ended_well = process::watch(&mut run, Stream::Out, |line| {
        counts += counts::of_playwright(line).unwrap_or_default();
    })?;
    ensure!(
        ended_well || counts.failed > 0,
        "Playwright ended with a fault that is no failing test; see above"
    );
    ensure!(counts != Counts::default(), "no test ran");
    Ok(counts)
}

/// The stage of `cargo xtask soak`: journeys that take minutes.
pub(crate) fn long() -> anyhow::Result<()> {
    // A tree without such journeys has none that fail.
    process::run(playwright(&tools::browser()?, "long")?.arg("--pass-with-no-tests"))
}

/// `cargo xtask shots`: every room of the demo company, wide and narrow, light and dark.
pub(crate) fn shots(args: &[String]) -> anyhow::Result<()> {
    let mut rooms = Vec::new();
    let mut is_for_readme = false;
    for arg in args {
        match arg.as_str() {
            "--readme" => is_for_readme = true,
            flag if flag.starts_with('-') => {
                return Err(Usage(format!("`shots` does not know {flag:?}: shots [ROOM]… [--readme]")).into());
            }
            room => rooms.push(room),
        }
    }
    ensure!(generate::has_node(), web::NO_NODE);
    let folder = workspace::target()?.join(SHOTS);
    let mut run = playwright(&tools::browser()?, "shots")?;
    run.env("OPBX_SHOTS", &folder);
    let pictures = workspace::root().join(PICTURES);
    if is_for_readme {
        run.env("OPBX_PICTURES", &pictures);
    }
    if !rooms.is_empty() {
        run.arg("--grep").arg(rooms.join("|"));
    }
    process::run(&mut run)?;
    println!("the pictures are in {}", folder.display());
    if is_for_readme {
        let sizes = std::fs::read_dir(&pictures)?.map(|entry| Ok(entry?.metadata()?.len()));
        let bytes = sizes.sum::<std::io::Result<u64>>()?;
        println!("those of the README are in {PICTURES}: {bytes} bytes");
        ensure!(bytes <= PICTURES_BYTES_MAX, "they may have {PICTURES_BYTES_MAX} bytes together");
    }
    Ok(())
}

/// Playwright on one of its projects, with the app and the binary as they are now.
fn playwright(browser: &PathBuf, project: &str) -> anyhow::Result<Command> {
    let product = generate::product()?;
    web::build(&product)?;
    let mut command = generate::npm();
    command.args(["exec", "--offline", "--", "playwright", "test"]).arg(format!("--project={project}"));
    command.env("OPBX_BIN", product).env("OPBX_CHROMIUM", browser).env("CI", "true");
    Ok(command)
}
