//! Stories: readable tests of what happens to a call. Text in, expected outcome beside it.
//!
//! A story first sets the scene (a small company, in lines), then tells events, each with its time and,
//! after `=>`, what must follow. `docs/stories.md` describes all of it.
//!
//! ```text
//! # Nobody answers: each phone rings once, then the caller is told.
//! group sales sequential 20s 1 turn: 1001 1002 -> hangup
//! 00:00 call +15550100 -> sales => ring 1001
//! 00:20 timeout                 => stop 1001, ring 1002
//! 00:40 timeout                 => stop 1002, say "No agents available. Goodbye.", end no_answer
//! because nobody in ring group "sales" answered in 2 attempts
//! record no_answer: 1001 no_answer, 1002 no_answer
//! ```

pub(crate) mod happening;
mod index;
mod outcome;
pub(crate) mod play;
pub(crate) mod scene;
mod teller;
mod words;
mod world;

pub use index::index;

use happening::Arrival;
use opbx_routing::Reason;
use std::fmt;

/// A line of a story that does not hold, or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// A story told: every fault in it, and its text with what really happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub faults: Vec<Fault>,
    /// The same text with each expectation replaced by the outcome.
    pub blessed: String,
    /// Every reason that its decisions gave, in order.
    pub reasons: Vec<Reason>,
}

/// Tells a story against the core, the ledger and fake time.
pub fn tell(text: &str) -> Told {
    let mut faults = Vec::new();
    let called: Vec<String> = text.lines().filter_map(called).collect();
    let scene = scene::Scene::read(text, called.iter().map(String::as_str), &mut faults);
    let mut teller = teller::Teller::new(scene);
    let mut blessed = String::new();
    for (at, line) in text.lines().enumerate() {
        let told = teller.line(line);
        if let Err(message) = &told.verdict {
            faults.push(Fault { line: at + 1, message: message.clone() });
        }
        blessed.push_str(&told.blessed);
        blessed.push('\n');
    }
    if !teller.heard_anything() {
        faults.push(Fault { line: 1, message: "the story tells no event".into() });
    }
    faults.sort_by_key(|fault| fault.line);
    Told { faults, blessed, reasons: teller.reasons() }
}

/// What an event line calls: `sales` of `00:00 call +15550100 -> sales => ring 1001`.
fn called(line: &str) -> Option<String> {
    let told = line.split("=>").next()?.trim();
    let (_, what) = told.split_once(' ')?;
    Arrival::read(what.trim()).map(|arrival| arrival.to)
}
