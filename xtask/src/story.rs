//! `cargo xtask story`: plays the call stories of `scenarios/` against the core, under fake time.

use crate::process;
use std::process::Command;

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    process::become_program(command().args(args))
}

/// The runner over all stories; what follows narrows or blesses them.
pub(crate) fn command() -> Command {
    let mut command = process::cargo();
    command.args(["run", "--quiet", "--package", "opbx-telephony", "--bin", "story", "--"]);
    command.args(["--scenarios", "scenarios"]);
    command
}
