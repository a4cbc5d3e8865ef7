//! Every daily job, as `cargo xtask JOB`. It knows the workspace from outside and imports nothing of it.
#![expect(clippy::print_stdout, reason = "the terminal is where this program speaks")]
#![expect(
    clippy::disallowed_methods,
    reason = "it times jobs and waits for processes of its own; no test of it does"
)]

mod adding;
mod architecture;
mod bench;
mod browser;
mod bucket;
mod check;
mod contract;
mod counts;
mod demo;
mod dev;
mod fuzz;
mod generate;
mod mutants;
mod packaging;
mod page;
mod postgres;
mod process;
mod redis;
mod server;
mod sim;
mod skeletons;
mod soak;
mod sources;
mod story;
mod suggest;
mod test;
mod tools;
mod web;
mod workspace;
mod yaml;

use std::process::ExitCode;

/// The exit code for a command line that makes no sense, as the shell's own tools use it.
const EXIT_USAGE: u8 = 2;

struct Job {
    name: &'static str,
    says: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const JOBS: &[Job] = &[
    Job {
        name: "demo",
        says: "build, then serve a demo company from target/demo: demo [-- ARGS]",
        run: demo::run,
    },
    Job { name: "test", says: "everything: test [--tier NAME]… [-- NEXTEST ARGS]", run: test::run },
    Job { name: "check", says: "format, architecture, clippy and licences alone", run: check::run },
    Job { name: "story", says: "the call stories: story [NAME] [--bless]", run: story::run },
    Job {
        name: "sim",
        says: "random calls: sim --seed N [--calls M]; or broken rules: sim --mutants [NAME]…",
        run: sim::run,
    },
    Job {
        name: "fuzz",
        says: "changed inputs for every parser: fuzz [TARGET]… [--seconds N] [--seed N]",
        run: fuzz::run,
    },
    Job {
        name: "soak",
        says: "the long runs, for nights: soak [STAGE]… [--minutes N] [--seed N]",
        run: soak::run,
    },
    Job {
        name: "new",
        says: "files to begin with: new model MODULE.NAME | new feature NAME | new adr NAME",
        run: skeletons::run,
    },
    Job { name: "gen", says: "the web client's types, from the contract of the API", run: generate::run },
    Job {
        name: "dev",
        says: "the demo company, a carrier, and the web app reloaded while it is written",
        run: dev::run,
    },
    Job {
        name: "shots",
        says: "pictures of every room, into target/shots: shots [ROOM]… [--readme]",
        run: browser::shots,
    },
    Job { name: "web", says: "the web app, built into web/dist where it is not up to date", run: web::run },
    Job {
        name: "bench",
        says: "measure the budgets in release mode: bench [ARGS]; in a browser: bench web",
        run: bench::run,
    },
    Job { name: "help", says: "this list", run: help },
];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "help".into());
    let name = if matches!(name.as_str(), "-h" | "--help") { "help" } else { name.as_str() };
    let rest: Vec<String> = args.collect();

    let Some(job) = JOBS.iter().find(|job| job.name == name) else {
        let nearest = suggest::nearest(name, JOBS.iter().map(|job| job.name));
        let hint = nearest.map(|near| format!(" Did you mean `{near}`?")).unwrap_or_default();
        eprintln!("there is no job {name:?}.{hint} `cargo xtask help` lists them.");
        return ExitCode::from(EXIT_USAGE);
    };
    match (job.run)(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let usage = error.is::<process::Usage>();
            // `test` has said everything by its last line, which must stay the last one.
            if !error.is::<test::Failed>() {
                eprintln!("{name}: {error:#}");
            }
            if usage { ExitCode::from(EXIT_USAGE) } else { ExitCode::FAILURE }
        }
    }
}

fn help(_args: &[String]) -> anyhow::Result<()> {
    println!("cargo xtask JOB\n");
    for job in JOBS {
        println!("  {:<7} {}", job.name, job.says);
    }
    println!("\ntiers of `test`: {}", test::tier_names().join(", "));
    Ok(())
}
