//! `cargo xtask story`: plays the call stories of `scenarios/` against the core, under fake time.

use crate::{process, workspace};
use std::process::Command;

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    process::become_program(command()?.args(args))
}

/// The runner over all stories, built; what follows narrows or blesses them.
pub(crate) fn command() -> anyhow::Result<Command> {
    // As a part of the whole workspace: alone it would want the dependencies built once more, with fewer features.
    process::run(process::cargo().args(["build", "--quiet", "--workspace", "--bin", "story"]))?;
    let mut command = Command::new(workspace::target()?.join("debug/story"));
    command.current_dir(workspace::root()).args(["--scenarios", "scenarios"]);
    Ok(command)
}
