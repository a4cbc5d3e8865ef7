//! The teller: plays a story line by line and compares what follows with what is written.

use super::happening::{Aside, Happening};
use super::play::{Outcome, Play};
use super::scene::{Scene, is_setting};
use jiff::SignedDuration;
use opbx_routing::Reason;
use std::sync::Arc;

/// A line told: its text as it would be blessed, and what is wrong with it.
pub(super) struct Line {
    pub(super) blessed: String,
    pub(super) verdict: Result<(), String>,
}

pub(super) struct Teller {
    play: Play,
    reasons: Vec<Reason>,
}

impl Teller {
    pub(super) fn new(scene: Scene) -> Self {
        Self { play: Play::new(Arc::new(scene)), reasons: Vec::new() }
    }

    pub(super) fn heard_anything(&self) -> bool {
        self.play.calls() > 0
    }

    /// Every reason that the story's decisions gave.
    pub(super) fn reasons(self) -> Vec<Reason> {
        self.reasons
    }

    pub(super) fn line(&mut self, line: &str) -> Line {
        let kept = |verdict| Line { blessed: line.to_owned(), verdict };
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') || is_setting(trimmed) {
            return kept(Ok(()));
        }
        if let Some(aside) = Aside::read(trimmed, &self.play.scene().plan().company.zone) {
            return kept(aside.and_then(|aside| self.play.aside(&aside)));
        }
        if let Some(sentence) = trimmed.strip_prefix("because ") {
            return kept(self.because(sentence));
        }
        if let Some(expected) = trimmed.strip_prefix("record") {
            let record = self.play.record();
            let verdict =
                (record == expected.trim()).then_some(()).ok_or_else(|| format!("the record says: {record}"));
            return Line { blessed: format!("record {record}"), verdict };
        }
        let (told, expected) = line.split_once("=>").unwrap_or((line, ""));
        match self.event(told.trim()) {
            Err(message) => kept(Err(message)),
            Ok(outcome) => {
                let verdict = (outcome == expected.trim())
                    .then_some(())
                    .ok_or_else(|| format!("what follows is: {outcome}"));
                Line { blessed: format!("{}=> {outcome}", pad(told)), verdict }
            }
        }
    }

    fn because(&self, sentence: &str) -> Result<(), String> {
        let Some(step) = self.play.step() else { return Err("nothing happened yet".into()) };
        let sentences: Vec<String> = step.trace.iter().map(ToString::to_string).collect();
        match sentences.iter().any(|told| told == sentence.trim()) {
            true => Ok(()),
            false => Err(format!("the reasons are:\n  because {}", sentences.join("\n  because "))),
        }
    }

    fn event(&mut self, told: &str) -> Outcome {
        let (time, what) = told.split_once(' ').ok_or("a line begins with its time: MM:SS")?;
        let outcome = self.play.happen(clock(time)?, &Happening::read(what.trim())?)?;
        self.reasons.extend(self.play.step().iter().flat_map(|step| step.trace.iter().cloned()));
        Ok(outcome)
    }
}

fn clock(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("{text:?} is no time: expected MM:SS, minutes up to 999");
    let (minutes, seconds) = text.split_once(':').ok_or_else(wrong)?;
    match (minutes.parse::<i64>(), seconds.parse::<i64>()) {
        (Ok(minutes @ 0..=999), Ok(seconds @ 0..=59)) => {
            Ok(SignedDuration::from_secs(minutes * 60 + seconds))
        }
        _ => Err(wrong()),
    }
}

/// Keeps the arrows of a story in one column where they were.
fn pad(told: &str) -> String {
    if told.ends_with(' ') { told.to_owned() } else { format!("{told} ") }
}
