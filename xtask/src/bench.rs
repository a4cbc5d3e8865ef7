//! `cargo xtask bench`: measures what `docs/benchmarks.md` sets budgets for, in release mode.

use crate::process;

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    let mut bench = process::cargo();
    bench
        .args(["run", "--release", "--quiet", "--package", "opbx-testkit", "--bin", "bench", "--"])
        .args(args);
    process::become_program(&mut bench)
}
