//! `cargo xtask soak`: the long runs that no server has time for on every change. For nights, and before a release.

use crate::process::{self, Usage};
use crate::{adding, browser, contract, fuzz, mutants, sim, test};
use std::process::Command;
use std::time::Instant;

/// What a run is given where the command line does not say.
const MINUTES: u64 = 5;
const SEED: u64 = 1;
/// The contract is one target; a night is for all of its two hundred routes.
const MINUTES_OF_CONTRACT: u64 = 12;
/// Seeds that the simulation runs with, one after the other, and calls of each.
const SIM_SEEDS: u64 = 200;
const SIM_CALLS: &str = "1000";
/// Cases of every property, and domains tried on each database.
const CASES: &str = "4096";
const DOMAINS: &str = "10000";
/// Our own crates optimised, for a fuzzer is worth as much as it tries; the others keep what was built of them.
const OPTIMISED: (&str, &str) = ("CARGO_PROFILE_DEV_OPT_LEVEL", "2");

const USAGE: &str = "soak [STAGE]… [--minutes N] [--seed N]";

struct Stage {
    name: &'static str,
    run: fn(&Bounds) -> anyhow::Result<()>,
}

/// What changes from night to night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    /// For each target of the fuzzer; a multiple of it for the contract.
    minutes: u64,
    seed: u64,
}

const STAGES: &[Stage] = &[
    Stage { name: "fuzz", run: fuzzed },
    Stage { name: "sim", run: simulated },
    Stage {
        name: "properties",
        run: |_| test::rust_with("soak", &[("PROPTEST_CASES", CASES), ("OPBX_DOMAINS", DOMAINS)]),
    },
    Stage { name: "page", run: |_| adding::follow() },
    Stage {
        name: "contract",
        run: |bounds| contract::whole(bounds.minutes * MINUTES_OF_CONTRACT, bounds.seed),
    },
    Stage { name: "browser", run: |_| browser::long() },
    Stage { name: "mutants", run: |_| mutants::run(&[]) },
];

/// Runs the stages, also after one failed, and ends with a line that counts.
pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    let (names, bounds) = read(args)?;
    let (mut passed, mut failed) = (0, 0);
    for stage in STAGES.iter().filter(|stage| names.is_empty() || names.iter().any(|name| name == stage.name))
    {
        println!("\n== {} ==", stage.name);
        let began = Instant::now();
        let ended = (stage.run)(&bounds);
        let minutes = began.elapsed().as_secs_f64() / 60.0;
        match ended {
            Ok(()) => {
                passed += 1;
                println!("soak {}: held for {minutes:.1} min", stage.name);
            }
            Err(error) => {
                failed += 1;
                println!("soak {}: FAILED after {minutes:.1} min: {error:#}", stage.name);
            }
        }
    }
    println!("\n{passed} passed, {failed} failed");
    anyhow::ensure!(failed == 0, "seed {} shows it again", bounds.seed);
    Ok(())
}

fn read(args: &[String]) -> Result<(Vec<String>, Bounds), Usage> {
    let (mut names, mut bounds) = (Vec::new(), Bounds { minutes: MINUTES, seed: SEED });
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut number = || {
            let number = args.next().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
            number.ok_or_else(|| Usage(format!("{arg} takes a whole number above 0: {USAGE}")))
        };
        match arg.as_str() {
            "--minutes" => bounds.minutes = number()?,
            "--seed" => bounds.seed = number()?,
            name if STAGES.iter().any(|stage| stage.name == name) => names.push(name.to_owned()),
            other => {
                let known: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
                return Err(Usage(format!("{other:?} is no stage: {USAGE}, with {}", known.join(", "))));
            }
        }
    }
    Ok((names, bounds))
}

fn fuzzed(bounds: &Bounds) -> anyhow::Result<()> {
    let mut build = process::cargo();
    process::run(build.env(OPTIMISED.0, OPTIMISED.1).args([
        "build",
        "--quiet",
        "--workspace",
        "--bin",
        "fuzz",
    ]))?;
    let seconds = (bounds.minutes * 60).to_string();
    let mut fuzz = Command::new(fuzz::program()?);
    process::run(fuzz.args(["--seconds", &seconds, "--seed", &bounds.seed.to_string()]))
}

fn simulated(bounds: &Bounds) -> anyhow::Result<()> {
    let program = sim::command()?;
    for seed in bounds.seed..bounds.seed.saturating_add(SIM_SEEDS) {
        let mut sim = Command::new(program.get_program());
        process::run(sim.args(["--seed", &seed.to_string(), "--calls", SIM_CALLS]))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn stages_and_bounds_are_read_and_strangers_refused() {
        let (names, bounds) = read(&words("fuzz page --minutes 2 --seed 9")).expect("a sound line");
        assert_eq!((names, bounds), (words("fuzz page"), Bounds { minutes: 2, seed: 9 }));
        assert!(
            read(&words("fuz"))
                .expect_err("no stage")
                .0
                .contains("fuzz, sim, properties, page, contract, browser, mutants")
        );
        assert!(read(&words("--minutes 0")).is_err());
    }
}
