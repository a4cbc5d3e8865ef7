//! The benchmarks of `docs/benchmarks.md`: `bench [--quick] [--only NAME]` prints their table for the machine at hand.
#![allow(clippy::print_stdout, reason = "this program prints")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time, and paces its load by sleeping")]

mod broken;
mod by_hand;
mod fleet;
mod hooks;
mod lists;
mod live;
mod load;
mod node;
mod pieces;
mod plan;
mod records;
mod report;
mod requests;
mod samples;
mod startup;
mod step;
mod webhook;

use broken::Broken;
use report::Report;
use std::process::ExitCode;

/// What `--only` takes, in the order in which all of them run.
const NAMES: [&str; 9] = ["step", "plan", "records", "hooks", "lists", "pieces", "startup", "voice", "live"];

/// How large everything is.
#[derive(Debug, Clone, Copy)]
struct Scale {
    /// Whether this run asserts that all works, and is too small to measure anything.
    is_quick: bool,
    /// Extensions and ring groups of the one large plan.
    extensions: usize,
    groups: usize,
    /// Contacts to read, and deeds on records in one turn.
    contacts: usize,
    deeds: usize,
    /// Calls of one company's history.
    calls: usize,
    /// How often something short is timed.
    rounds: usize,
    /// Tenants of the large installation.
    tenants: usize,
    /// Tenants of the two installations that idle memory is told from.
    idle_tenants: [usize; 2],
    /// Pairs of load: one on the product, one on the bare handler.
    pairs: usize,
    load_s: f64,
    connections: usize,
    /// Browsers that hear live updates, and the changes that each of them hears.
    sockets: usize,
    commits: usize,
}

impl Scale {
    const FULL: Self = Self {
        is_quick: false,
        extensions: 10_000,
        groups: 1_000,
        contacts: 1_000,
        deeds: 200,
        calls: 1_000_000,
        rounds: 2_000,
        tenants: 1_000,
        idle_tenants: [100, 200],
        pairs: 3,
        load_s: 1.0,
        connections: 16,
        sockets: 1_000,
        commits: 200,
    };
    const QUICK: Self = Self {
        is_quick: true,
        extensions: 100,
        groups: 10,
        contacts: 100,
        deeds: 2,
        calls: 10_000,
        rounds: 20,
        tenants: 10,
        idle_tenants: [1, 2],
        pairs: 1,
        load_s: 0.1,
        connections: 2,
        sockets: 10,
        commits: 5,
    };
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [load::CHILD, rest @ ..] => load::child(rest),
        [startup::CHILD, folder] => on_runtime(startup::child(folder)),
        _ => Choice::read(&words).and_then(|choice| on_runtime(choice.run(&words))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(broken) => {
            println!("{broken}");
            ExitCode::FAILURE
        }
    }
}

fn on_runtime(work: impl Future<Output = Result<(), Broken>>) -> Result<(), Broken> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Broken::new("start the runtime", error))?.block_on(work)
}

/// What was asked for.
struct Choice<'a> {
    scale: Scale,
    only: Option<&'a str>,
}

impl<'a> Choice<'a> {
    fn read(words: &[&'a str]) -> Result<Self, Broken> {
        let usage =
            || Broken::new("read the arguments", format!("bench [--quick] [--only {}]", NAMES.join("|")));
        let mut choice = Self { scale: Scale::FULL, only: None };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--quick" => choice.scale = Scale::QUICK,
                "--only" => {
                    let name = words.next().filter(|name| NAMES.contains(name)).ok_or_else(usage)?;
                    choice.only = Some(name);
                }
                _ => return Err(usage()),
            }
        }
        Ok(choice)
    }

    async fn run(self, words: &[&str]) -> Result<(), Broken> {
        let wants = |name| self.only.is_none_or(|only| only == name);
        let (scale, mut report) = (self.scale, Report::new(words));
        if wants("step") {
            step::run(scale, &mut report)?;
        }
        if wants("plan") {
            plan::run(scale, &mut report).await?;
        }
        if wants("records") {
            records::run(scale, &mut report).await?;
        }
        if wants("hooks") {
            hooks::run(scale, &mut report).await?;
        }
        if wants("lists") {
            lists::run(scale, &mut report).await?;
        }
        if wants("pieces") {
            pieces::run(scale, &mut report).await?;
        }
        if wants("startup") {
            startup::run(scale, &mut report).await?;
        }
        if wants("voice") {
            webhook::run(scale, &mut report).await?;
        }
        if wants("live") {
            live::run(scale, &mut report).await?;
        }
        report.print(scale.is_quick);
        Ok(())
    }
}
