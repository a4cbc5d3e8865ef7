//! `cargo xtask sim`: random calls from a seed, and the rules broken on purpose.

use crate::{mutants, process, workspace};
use std::process::Command;

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    match args.split_first() {
        Some((first, only)) if first == "--mutants" => mutants::run(only),
        _ => process::become_program(command()?.args(args)),
    }
}

/// The simulation, built; what follows names its seed.
pub(crate) fn command() -> anyhow::Result<Command> {
    // As a part of the whole workspace: alone it would want the dependencies built once more, with fewer features.
    process::run(process::cargo().args(["build", "--quiet", "--workspace", "--bin", "sim"]))?;
    Ok(Command::new(workspace::target()?.join("debug/sim")))
}
