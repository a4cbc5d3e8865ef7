//! The fuzzer: `fuzz [TARGET]… [--seconds N] [--seed N] [--cases N]` throws changed inputs at every parser, and ends with a count.
#![allow(clippy::print_stdout, reason = "this program prints")]
#![expect(
    clippy::disallowed_methods,
    reason = "it is given seconds to run, and ends an input that never ends"
)]

mod corpus;
mod mutate;
mod run;
mod target;
mod targets;

use std::process::ExitCode;
use std::time::Duration;

/// What a run is given where the command line does not say.
const SECONDS: u64 = 10;
const SEED: u64 = 1;

/// What was asked for.
struct Choice {
    names: Vec<String>,
    limits: run::Limits,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let choice = match read(&words) {
        Ok(choice) => choice,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::FAILURE;
        }
    };
    let (mut passed, mut failed) = (0, 0);
    for (name, make) in targets::ALL {
        if !choice.names.is_empty() && !choice.names.iter().any(|wanted| wanted == name) {
            continue;
        }
        let report = run::run(*make, choice.limits);
        println!("{report}");
        if report.broken.is_empty() {
            passed += 1;
        } else {
            failed += 1;
        }
        if report.is_stuck {
            // The thread that never ends goes with the process; the targets that are left would fight it for the machine.
            break;
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(words: &[String]) -> Result<Choice, String> {
    let limits = run::Limits { time: Duration::from_secs(SECONDS), cases: u64::MAX, seed: SEED };
    let mut choice = Choice { names: Vec::new(), limits };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut number = || {
            let number = words.next().and_then(|text| text.parse::<u64>().ok());
            number.ok_or_else(|| format!("{word} takes a whole number"))
        };
        match word.as_str() {
            "--seconds" => choice.limits.time = Duration::from_secs(number()?),
            "--cases" => choice.limits.cases = number()?,
            "--seed" => choice.limits.seed = number()?,
            name if targets::ALL.iter().any(|(known, _)| *known == name) => {
                choice.names.push(name.to_owned());
            }
            other => {
                let names: Vec<&str> = targets::ALL.iter().map(|(name, _)| *name).collect();
                let names = names.join(", ");
                return Err(format!(
                    "{other:?} is no target: fuzz [TARGET]… [--seconds N] [--cases N] [--seed N], with {names}"
                ));
            }
        }
    }
    Ok(choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_of_the_corpus_still_holds() {
        for (name, make) in targets::ALL {
            let target = make();
            assert_eq!(target.name, *name);
            let inputs = corpus::of(name);
            assert!(!inputs.is_empty(), "fuzz/corpus/{name} is empty");
            for (file, input) in inputs {
                let judged = run::judged(&target, &input);
                assert!(judged.is_ok(), "fuzz/corpus/{name}/{file}: {}", judged.err().unwrap_or_default());
            }
        }
    }

    #[test]
    fn every_target_holds_for_its_own_examples_and_a_few_changes_of_them() {
        for (_, make) in targets::ALL {
            let report =
                run::run(*make, run::Limits { time: Duration::from_secs(SECONDS), cases: 50, seed: 3 });
            assert!(report.broken.is_empty(), "{report}");
            assert!(report.cases >= 50, "{report}");
        }
    }

    #[test]
    fn a_command_line_names_targets_and_bounds() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let choice = read(&words("domains --seed 7 --seconds 2")).expect("a command line");
        assert_eq!((choice.names, choice.limits.seed), (vec!["domains".to_owned()], 7));
        assert_eq!(choice.limits.time, Duration::from_secs(2));
        assert!(read(&words("domans")).is_err());
        assert!(read(&words("--seed x")).is_err());
    }
}
