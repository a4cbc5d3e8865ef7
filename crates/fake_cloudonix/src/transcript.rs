//! What was asked, answered and done in a call, for people and for tests.

use std::fmt;

/// The most lines that are kept of one call.
const LINES_MAX: usize = 2_000;

/// A call told in lines, each with its time since the call began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript(Vec<(u64, String)>);

impl Transcript {
    pub(crate) fn tell(&mut self, at_ms: u64, line: impl Into<String>) {
        if self.0.len() < LINES_MAX {
            self.0.push((at_ms, line.into()));
        }
    }

    /// The lines without their times.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, line)| line.as_str())
    }

    /// Whether any line holds a text.
    pub fn has(&self, text: &str) -> bool {
        self.lines().any(|line| line.contains(text))
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = None;
        for (at_ms, line) in &self.0 {
            let at_s = at_ms / 1_000;
            if last == Some(at_s) {
                writeln!(f, "       {line}")?;
            } else {
                writeln!(f, "{:02}:{:02}  {line}", at_s / 60, at_s % 60)?;
            }
            last = Some(at_s);
        }
        Ok(())
    }
}
