//! `cargo xtask fuzz`: changed inputs for every parser, in the time that is given.

use crate::{process, workspace};
use std::path::PathBuf;
use std::process::Command;

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    process::become_program(command()?.args(args))
}

/// The fuzzer, built; what follows narrows or bounds it.
pub(crate) fn command() -> anyhow::Result<Command> {
    // As a part of the whole workspace: alone it would want the dependencies built once more, with fewer features.
    process::run(process::cargo().args(["build", "--quiet", "--workspace", "--bin", "fuzz"]))?;
    Ok(Command::new(program()?))
}

/// Where the fuzzer lies once it is built.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    Ok(workspace::target()?.join("debug/fuzz"))
}
