//! `cargo xtask test`: the tiers one after the other, each timed, and a last line that counts.

use crate::bucket::Bucket;
use crate::check::WithoutDeny;
use crate::counts::{self, Counts};
use crate::postgres::Postgres;
use crate::process::{self, Stream, Usage};
use crate::redis::Redis;
use crate::{browser, check, contract, fuzz, sim, story, tools, web, workspace};
use std::io::IsTerminal as _;
use std::process::Command;
use std::time::{Duration, Instant};

/// Tests or tiers failed, and the table and the closing line have already said so.
#[derive(Debug)]
pub(crate) struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not everything passed")
    }
}

impl std::error::Error for Failed {}

struct Tier {
    name: &'static str,
    /// Minutes from nothing on two cores; all tiers together stay under 45 (docs/benchmarks.md).
    budget_min: u32,
    run: fn(&Plan) -> anyhow::Result<Counts>,
}

/// In this order. What is still to come (real parts) has the minutes that are left.
const TIERS: &[Tier] = &[
    Tier { name: "check", budget_min: 5, run: |_| check::all(WithoutDeny::GoOn).map(|()| Counts::default()) },
    Tier { name: "build", budget_min: 9, run: |_| build() },
    Tier { name: "rust", budget_min: 8, run: rust },
    Tier { name: "story", budget_min: 1, run: |_| stories() },
    Tier { name: "sim", budget_min: 1, run: |_| simulation() },
    Tier { name: "fuzz", budget_min: 2, run: |_| fuzzing() },
    Tier { name: "live", budget_min: 2, run: |_| live() },
    Tier { name: "contract", budget_min: 4, run: |_| contract::sample() },
    Tier { name: "web", budget_min: 3, run: |_| web::tier() },
    Tier { name: "browser", budget_min: 8, run: |_| browser::tier() },
];
/// Without this one, what follows could only fail too.
const GATE: &str = "build";
/// Short enough to run on every change.
const SIM_CALLS: &str = "2000";
const FUZZ_SECONDS: &str = "9";
/// Given arguments for nextest, only this tier can be meant.
const TIER_WITH_ARGS: &str = "rust";

/// What a command line asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    tiers: Vec<String>,
    nextest_args: Vec<String>,
}

enum End {
    Passed,
    Failed,
    Skipped,
}

struct Row {
    tier: &'static Tier,
    end: End,
    took: Duration,
}

pub(crate) fn tier_names() -> Vec<&'static str> {
    TIERS.iter().map(|tier| tier.name).collect()
}

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    let plan = plan(args)?;
    let mut rows: Vec<Row> = Vec::new();
    let mut total = Counts::default();
    let mut gate_is_shut = false;
    for tier in TIERS.iter().filter(|tier| plan.tiers.iter().any(|name| name == tier.name)) {
        if gate_is_shut {
            rows.push(Row { tier, end: End::Skipped, took: Duration::ZERO });
            continue;
        }
        println!("\n== {} ==", tier.name);
        let started = Instant::now();
        let result = (tier.run)(&plan);
        let end = match &result {
            Ok(counts) if counts.failed == 0 => End::Passed,
            _ => End::Failed,
        };
        match result {
            Ok(counts) => total += counts,
            // A tier that fails without a failing test must still show in the closing line.
            Err(error) => {
                println!("{}: {error:#}", tier.name);
                total.failed += 1;
            }
        }
        gate_is_shut = tier.name == GATE && matches!(end, End::Failed);
        rows.push(Row { tier, end, took: started.elapsed() });
    }
    print_table(&rows);
    println!("\n{total}");
    if total.failed == 0 { Ok(()) } else { Err(Failed.into()) }
}

fn plan(args: &[String]) -> Result<Plan, Usage> {
    let mut plan = Plan::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--tier" => match args.next() {
                Some(name) if TIERS.iter().any(|tier| tier.name == name) => plan.tiers.push(name.clone()),
                _ => return Err(Usage(format!("--tier takes one of: {}", tier_names().join(", ")))),
            },
            "--" => plan.nextest_args.extend(args.by_ref().cloned()),
            other => {
                return Err(Usage(format!(
                    "`test` does not know {other:?}: test [--tier NAME]… [-- NEXTEST ARGS]"
                )));
            }
        }
    }
    if plan.tiers.is_empty() {
        let all = || TIERS.iter().map(|tier| tier.name.to_owned()).collect();
        plan.tiers = if plan.nextest_args.is_empty() { all() } else { vec![TIER_WITH_ARGS.into()] };
    }
    Ok(plan)
}

/// Builds all that the later tiers run, so that their times are their own.
fn build() -> anyhow::Result<Counts> {
    process::run(process::cargo().args(["build", "--workspace", "--bins"]))?;
    process::run(process::cargo().args(["test", "--workspace", "--no-run", "--quiet"]))?;
    Ok(Counts::default())
}

fn rust(plan: &Plan) -> anyhow::Result<Counts> {
    tests(plan, "default", &[])
}

/// Runs every test under another profile of nextest and with other bounds than each run has.
pub(crate) fn rust_with(profile: &str, bounds: &[(&str, &str)]) -> anyhow::Result<()> {
    let counts = tests(&Plan::default(), profile, bounds)?;
    println!("{counts}");
    anyhow::ensure!(counts.failed == 0, "{} tests failed", counts.failed);
    Ok(())
}

/// All tests of the workspace, on SQLite and on a PostgreSQL of their own, with a Redis of their own.
fn tests(plan: &Plan, profile: &str, bounds: &[(&str, &str)]) -> anyhow::Result<Counts> {
    let servers = tools::servers()?;
    let postgres = Postgres::start(&servers.postgres_bin)?;
    let redis = Redis::start(&servers.redis)?;
    // Without one, the tests of objects in a bucket are the only ones left out.
    let bucket = match tools::bucket_server().and_then(|program| Bucket::start(&program)) {
        Ok(bucket) => Some(bucket),
        Err(error) => {
            println!("objects in a bucket are not tested: {error:#}");
            None
        }
    };
    let with_servers = |mut command: Command| {
        command.env("OPBX_TEST_POSTGRES", postgres.url()).env("OPBX_TEST_REDIS", redis.url());
        command.envs(bucket.as_ref().map(|bucket| ("OPBX_TEST_S3", bucket.url())));
        command.envs(bounds.iter().copied());
        command
    };

    let mut counts = match tools::nextest() {
        Ok(nextest) => {
            let mut command = with_servers(nextest.command());
            command.args(["run", "--profile", profile, "--no-tests=fail", "--no-fail-fast", "--color"]);
            command.arg(if std::io::stderr().is_terminal() { "always" } else { "never" });
            counted(command.args(scope(plan)), Stream::Err, counts::of_nextest)?
        }
        Err(error) => {
            println!("{error:#}; using plain `cargo test`, which is slower");
            let mut command = with_servers(process::cargo());
            command.args(["test", "--no-fail-fast", "--lib", "--bins", "--tests"]);
            counted(command.args(scope(plan)), Stream::Out, counts::of_libtest)?
        }
    };
    anyhow::ensure!(counts != Counts::default(), "no test ran");
    // A run that was narrowed by hand is about those tests, not about the examples in the documentation.
    if plan.nextest_args.is_empty() {
        let mut doc = with_servers(process::cargo());
        doc.args(["test", "--doc", "--workspace", "--no-fail-fast", "--quiet"]);
        counts += counted(&mut doc, Stream::Out, counts::of_libtest)?;
    }
    Ok(counts)
}

fn scope(plan: &Plan) -> Vec<String> {
    let names_crates = plan.nextest_args.iter().any(|arg| arg == "-p" || arg.starts_with("--package"));
    let workspace = (!names_crates).then(|| "--workspace".to_owned());
    workspace.into_iter().chain(plan.nextest_args.iter().cloned()).collect()
}

/// One seed, always the same: other seeds are for `soak`.
fn simulation() -> anyhow::Result<Counts> {
    process::run(sim::command()?.args(["--seed", "1", "--calls", SIM_CALLS]))?;
    Ok(Counts { passed: 1, failed: 0 })
}

/// Nine seconds for each target, from one seed.
fn fuzzing() -> anyhow::Result<Counts> {
    counted(fuzz::command()?.args(["--seconds", FUZZ_SECONDS]), Stream::Out, counts::of_closing)
}

/// The libraries with which browsers hear live updates, run by Node.
fn live() -> anyhow::Result<Counts> {
    let folder = workspace::root().join("crates/http/tests/js");
    if !process::answers(Command::new("npm").arg("--version")) {
        println!("npm is missing: install Node.js 20 or newer to test with the libraries of browsers");
        return Ok(Counts::default());
    }
    process::run(
        Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder),
    )?;
    let mut command = process::cargo();
    command.args(["test", "-p", "opbx-http", "--test", "http", "live::libraries", "--", "--ignored"]);
    let counts = counted(&mut command, Stream::Out, counts::of_libtest)?;
    anyhow::ensure!(counts != Counts::default(), "no test ran");
    Ok(counts)
}

fn stories() -> anyhow::Result<Counts> {
    counted(&mut story::command()?, Stream::Out, counts::of_closing)
}

/// Runs a test runner and adds up what it counts; one that ends badly without a count is an error.
fn counted(
    command: &mut Command,
    stream: Stream,
    read: fn(&str) -> Option<Counts>,
) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let ended_well = process::watch(command, stream, |line| counts += read(line).unwrap_or_default())?;
    if !ended_well && counts.failed == 0 {
        let program = command.get_program().to_string_lossy().into_owned();
        anyhow::bail!("{program} ended with a fault that is no failing test; see above");
    }
    Ok(counts)
}

fn print_table(rows: &[Row]) {
    println!("\n{:<8} {:<8} {:>9} {:>9}", "tier", "", "took", "budget");
    for row in rows {
        let word = match row.end {
            End::Passed => "passed",
            End::Failed => "FAILED",
            End::Skipped => "skipped",
        };
        let over =
            if row.took > Duration::from_secs(60 * u64::from(row.tier.budget_min)) { "  over" } else { "" };
        let budget = format!("{} min", row.tier.budget_min);
        println!("{:<8} {:<8} {:>9} {:>9}{over}", row.tier.name, word, shown(row.took), budget);
    }
    let took: Duration = rows.iter().map(|row| row.took).sum();
    let budget: u32 = rows.iter().map(|row| row.tier.budget_min).sum();
    println!("{:<17} {:>9} {:>9}", "all", shown(took), format!("{budget} min"));
}

fn shown(took: Duration) -> String {
    format!("{}:{:02} min", took.as_secs() / 60, took.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(line: &str) -> Result<Plan, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        plan(&args).map_err(|usage| usage.0)
    }

    #[test]
    fn without_arguments_every_tier_runs() {
        assert_eq!(
            planned("").map(|plan| plan.tiers),
            Ok(tier_names().into_iter().map(str::to_owned).collect())
        );
    }

    #[test]
    fn arguments_for_nextest_narrow_the_run_to_its_tier() {
        let plan = planned("-- -p opbx-store rotation").expect("a sound line");
        assert_eq!(plan.tiers, ["rust"]);
        assert_eq!(scope(&plan), ["-p", "opbx-store", "rotation"]);
        let plan = planned("--tier check --tier rust -- rotation").expect("a sound line");
        assert_eq!(plan.tiers, ["check", "rust"]);
        assert_eq!(scope(&plan), ["--workspace", "rotation"]);
    }

    #[test]
    fn a_tier_or_flag_that_is_not_known_is_refused_with_what_is() {
        assert!(planned("--tier browsers").unwrap_err().contains("check, build, rust, story, sim, fuzz"));
        assert!(planned("--tier").unwrap_err().contains("check, build, rust, story, sim, fuzz"));
        assert!(planned("rust").unwrap_err().contains("\"rust\""));
    }

    #[test]
    fn all_tiers_leave_room_in_the_budget_of_the_whole() {
        assert!(TIERS.iter().map(|tier| tier.budget_min).sum::<u32>() <= 45);
        assert!(
            TIERS.iter().any(|tier| tier.name == GATE)
                && TIERS.iter().any(|tier| tier.name == TIER_WITH_ARGS)
        );
    }
}
