//! Tells the stories of a folder: `story --scenarios DIR [NAME] [--bless]`.
#![allow(clippy::print_stdout, reason = "this program prints")]

use opbx_telephony::story;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            println!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Gives how many stories do not hold.
fn run() -> Result<usize, String> {
    let (mut folder, mut filter, mut bless) = (PathBuf::from("scenarios"), None, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--scenarios" => folder = arguments.next().ok_or("--scenarios wants a folder")?.into(),
            "--bless" => bless = true,
            _ if argument.starts_with('-') => {
                return Err(format!("{argument} is unknown: story [NAME] [--bless]"));
            }
            _ => filter = Some(argument),
        }
    }
    let stories = stories(&folder)?;
    let chosen = stories
        .iter()
        .filter(|path| filter.as_ref().is_none_or(|name| path.to_string_lossy().contains(name)));
    let (mut told, mut failed) = (0, 0);
    for path in chosen {
        told += 1;
        failed += usize::from(!tell(path, bless)?);
    }
    if bless && filter.is_none() {
        index(&folder, &stories)?;
    }
    println!("{} passed, {failed} failed", told - failed);
    if told == 0 { Err("no story was told".into()) } else { Ok(failed) }
}

fn stories(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut stories: Vec<PathBuf> =
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    stories.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    stories.sort();
    Ok(stories)
}

/// Writes the index of the folder anew.
fn index(folder: &Path, stories: &[PathBuf]) -> Result<(), String> {
    let path = folder.join("INDEX.md");
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let stories: Result<Vec<_>, String> = stories.iter().map(|path| Ok((name(path), read(path)?))).collect();
    let written = story::index(&stories?, &std::fs::read_to_string(&path).unwrap_or_default());
    std::fs::write(&path, written).map_err(|error| format!("{}: {error}", path.display()))
}

fn tell(path: &Path, bless: bool) -> Result<bool, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let told = story::tell(&text);
    for fault in &told.faults {
        println!("{}:{fault}", path.display());
    }
    if bless && told.blessed != text {
        std::fs::write(path, &told.blessed).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{}: blessed; read it before you commit it", path.display());
    }
    Ok(told.faults.is_empty())
}
