//! A target: something that takes bytes from outside, with what must hold whatever they are.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// The longest sentence that a refusal may be, in characters.
const SENTENCE_LEN_MAX: usize = 1_300;

/// What a target made of an input. Inputs that are told apart here are worth building upon.
pub(crate) type Judged = Result<Seen, String>;

/// A fingerprint of what was said of an input: the same for all that were refused for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Seen(u64);

/// Tries one input.
pub(crate) type Judge = Box<dyn Fn(&[u8]) -> Judged + Send + Sync>;

pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Valid inputs to begin with, besides those of the corpus.
    pub(crate) examples: Vec<Vec<u8>>,
    /// What the format is made of.
    pub(crate) words: &'static [&'static str],
    /// The fault, where something does not hold that must.
    pub(crate) judge: Judge,
}

impl Seen {
    /// Of an input that was taken; `shape` says roughly what it was.
    pub(crate) fn taken(shape: impl std::hash::Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        ("taken", shape).hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Of an input that was refused, if it was refused in a way that a person can read.
    pub(crate) fn refused(sentence: &str) -> Judged {
        readable(sentence)?;
        let mut hasher = DefaultHasher::new();
        without_details(sentence).hash(&mut hasher);
        Ok(Self(hasher.finish()))
    }
}

/// Tells what makes a text no sentence: emptiness, length, or characters that a terminal obeys.
pub(crate) fn readable(sentence: &str) -> Result<(), String> {
    if sentence.trim().is_empty() {
        return Err("a refusal says nothing".into());
    }
    let len = sentence.chars().count();
    if len > SENTENCE_LEN_MAX {
        return Err(format!("a refusal of {len} characters: {sentence:.200}…"));
    }
    match sentence.chars().find(|c| c.is_control()) {
        Some(c) => Err(format!("a refusal holds {c:?}: {sentence:?}")),
        None => Ok(()),
    }
}

/// The words of a sentence without what it quotes and counts.
fn without_details(sentence: &str) -> String {
    let mut plain = String::new();
    let mut quoted = None;
    for c in sentence.chars() {
        match quoted {
            Some(end) if c == end => quoted = None,
            Some(_) => {}
            None if matches!(c, '`' | '"') => quoted = Some(c),
            None if c.is_ascii_digit() => {}
            None => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_for_one_reason_are_one_and_unreadable_ones_are_faults() {
        let one = Seen::refused("m/a.toml:1: found the unknown key `x`").expect("a sentence");
        assert_eq!(Seen::refused("m/a.toml:77: found the unknown key `long`"), Ok(one));
        assert_ne!(Seen::refused("m/a.toml:77: not TOML"), Ok(one));
        assert!(Seen::refused("").is_err());
        assert!(Seen::refused("a bell \u{7}").is_err());
        assert!(Seen::refused(&"a".repeat(SENTENCE_LEN_MAX + 1)).is_err());
    }
}
