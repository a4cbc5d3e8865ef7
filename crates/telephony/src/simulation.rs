//! The simulation: random calls through random companies from a seed, and the laws that each of them must keep.
//!
//! It plays by the story's own means, so that a broken law can be told as a story: the smallest that still breaks it.

mod company;
pub mod dice;
mod laws;
mod script;
mod smallest;

#[cfg(test)]
mod tests;

use crate::story::play::Play;
use crate::story::scene::Scene;
use dice::Dice;
use laws::{LAWS, Law};
use opbx_routing::Ending;
use script::Script;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// How many calls each company gets.
const CALLS_PER_COMPANY: u64 = 10;

/// What a simulation came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub calls: u64,
    /// Decisions that count: what came twice or too late is not among them.
    pub steps: u64,
    pub endings: BTreeMap<&'static str, u64>,
    /// Everything that went wrong on purpose, by its word in a story.
    pub faults: BTreeMap<&'static str, u64>,
    /// Calls of which a step was decided twice, and otherwise; their replay is not compared.
    pub forked: u64,
    /// Changes with anything that was decided.
    pub digest: u64,
}

/// A law that a call broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub seed: u64,
    /// Which of the seed's calls, from 0.
    pub call: u64,
    pub law: &'static str,
    pub detail: String,
    /// The smallest story found that breaks the same law.
    pub story: String,
}

/// Plays these calls of a seed, and judges each of them. The same seed plays the same calls.
pub fn run(seed: u64, calls: Range<u64>) -> Result<Tally, Box<Broken>> {
    run_by(LAWS, seed, calls)
}

fn run_by(laws: &[Law], seed: u64, calls: Range<u64>) -> Result<Tally, Box<Broken>> {
    let mut tally = Tally::default();
    let mut known: Option<(u64, Vec<String>, Arc<Scene>)> = None;
    for call in calls {
        let number = call / CALLS_PER_COMPANY;
        if known.as_ref().is_none_or(|(of, ..)| *of != number) {
            let lines = company::lines(&mut Dice::new(seed, number, "company"));
            let scene = read(&lines).map_err(|fault| unreadable(seed, call, &lines, fault))?;
            known = Some((number, lines, scene));
        }
        let Some((_, lines, scene)) = &known else { continue };
        let mut dice = Dice::new(seed, call, "call");
        let (script, play) = Script::played(scene, &mut dice);
        if let Some((law, detail)) = broken(laws, &play) {
            let story = smallest::story(law, lines, &script);
            return Err(Box::new(Broken { seed, call, law: law.says, detail, story }));
        }
        tally.count(&script, &play);
    }
    Ok(tally)
}

/// The first law that a call broke, and how.
fn broken<'l>(laws: &'l [Law], play: &Play) -> Option<(&'l Law, String)> {
    laws.iter().find_map(|law| (law.check)(play).err().map(|detail| (law, detail)))
}

/// Reads the lines of a company.
fn read(lines: &[String]) -> Result<Arc<Scene>, String> {
    let mut faults = Vec::new();
    let scene = Scene::read(&lines.join("\n"), std::iter::empty(), &mut faults);
    match faults.first() {
        None => Ok(Arc::new(scene)),
        Some(fault) => Err(fault.to_string()),
    }
}

fn unreadable(seed: u64, call: u64, lines: &[String], detail: String) -> Box<Broken> {
    Box::new(Broken { seed, call, law: "a random company can be read", detail, story: lines.join("\n") })
}

impl Tally {
    fn count(&mut self, script: &Script, play: &Play) {
        self.calls += 1;
        self.steps += play.ledger().entries().len() as u64;
        self.forked += u64::from(play.has_forked());
        *self.endings.entry(play.call().ending().map_or("none", Ending::as_str)).or_default() += 1;
        for fault in script.faults() {
            *self.faults.entry(fault).or_default() += 1;
        }
        for entry in play.ledger().entries() {
            for reason in &entry.trace {
                self.digest = mixed(self.digest, &reason.to_string());
            }
        }
    }
}

/// Fowler, Noll and Vo's hash, 1a, going on from `so_far`.
fn mixed(so_far: u64, text: &str) -> u64 {
    let begin = so_far ^ 0xcbf2_9ce4_8422_2325;
    text.bytes().fold(begin, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |counted: &BTreeMap<&str, u64>| {
            counted.iter().map(|(word, times)| format!("{word} {times}")).collect::<Vec<_>>().join(", ")
        };
        writeln!(f, "endings: {}", listed(&self.endings))?;
        writeln!(f, "faults:  {}", listed(&self.faults))?;
        write!(
            f,
            "{} calls in {} steps kept every law; {} were decided twice and otherwise; digest {:016x}",
            self.calls, self.steps, self.forked, self.digest
        )
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, call {}: broken is the law that {}", self.seed, self.call, self.law)?;
        writeln!(f, "{}\n\n{}", self.detail, self.story)?;
        write!(f, "again: cargo xtask sim --seed {} --from {} --calls 1", self.seed, self.call)
    }
}
