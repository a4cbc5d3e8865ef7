//! Plays random calls from a seed: `sim --seed N [--calls M] [--from K]`.
#![allow(clippy::print_stdout, reason = "this program prints")]

use opbx_telephony::simulation;
use std::process::ExitCode;

const USAGE: &str = "sim --seed N [--calls M] [--from K]";
const CALLS: u64 = 10_000;

fn main() -> ExitCode {
    let (seed, from, calls) = match arguments() {
        Ok(asked) => asked,
        Err(message) => {
            println!("{message}");
            return ExitCode::from(2);
        }
    };
    println!("seed {seed}, {calls} calls from {from}");
    match simulation::run(seed, from..from.saturating_add(calls)) {
        Ok(tally) => {
            println!("{tally}");
            ExitCode::SUCCESS
        }
        Err(broken) => {
            println!("{broken}");
            ExitCode::FAILURE
        }
    }
}

/// The seed, the first call and how many.
fn arguments() -> Result<(u64, u64, u64), String> {
    let (mut seed, mut from, mut calls) = (None, 0, CALLS);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let number = arguments.next().and_then(|number| number.parse::<u64>().ok());
            number.ok_or_else(|| format!("{argument} wants a number: {USAGE}"))
        };
        match argument.as_str() {
            "--seed" => seed = Some(number()?),
            "--calls" => calls = number()?,
            "--from" => from = number()?,
            _ => return Err(format!("{argument} is unknown: {USAGE}")),
        }
    }
    seed.map(|seed| (seed, from, calls)).ok_or_else(|| format!("a seed is missing: {USAGE}"))
}
