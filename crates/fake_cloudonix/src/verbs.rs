//! The words of CXML, from `verbs.toml`, and what is wrong with a word that is used.

use crate::fault::Fault;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const LIST: &str = include_str!("../verbs.toml");

/// Whether a word is in the vendor's documentation, or of a dialect that is taken besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    Documented,
    Dialect,
}

/// One verb or noun.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    pub mark: Mark,
    /// Where it is written down.
    pub source: String,
    inside: Vec<String>,
    #[serde(default)]
    documented: BTreeMap<String, String>,
    #[serde(default)]
    dialect: BTreeMap<String, String>,
    #[serde(default)]
    free: bool,
}

/// All words, by the name as it is documented.
pub fn all() -> &'static BTreeMap<String, Word> {
    static WORDS: OnceLock<BTreeMap<String, Word>> = OnceLock::new();
    WORDS.get_or_init(|| toml::from_str(LIST).expect("the list in this crate is well formed, as a test says"))
}

/// Finds a word however its letters are cased, and gives the documented spelling.
pub(crate) fn find(name: &str) -> Option<(&'static str, &'static Word)> {
    all()
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(known, word)| (known.as_str(), word))
}

impl Word {
    pub(crate) fn may_stand_in(&self, parent: &str) -> bool {
        self.inside.iter().any(|inside| inside == parent)
    }

    /// Says what is wrong with an attribute, if anything is.
    pub(crate) fn judge(&self, verb: &str, attribute: &str, value: &str) -> Option<Fault> {
        let known = self.documented.get(attribute).or_else(|| self.dialect.get(attribute));
        match known {
            None if self.free => None,
            None => Some(Fault::UnknownAttribute { verb: verb.to_owned(), attribute: attribute.to_owned() }),
            Some(kind) if is(kind, value) => None,
            Some(kind) => Some(Fault::BadValue {
                verb: verb.to_owned(),
                attribute: attribute.to_owned(),
                value: value.to_owned(),
                expected: kind.clone(),
            }),
        }
    }
}

fn is(kind: &str, value: &str) -> bool {
    let number = || value.parse::<u32>().ok();
    match kind {
        "text" => true,
        "url" => !value.trim().is_empty(),
        "number" => number().is_some(),
        "positive" => number().is_some_and(|number| number > 0),
        "boolean" => matches!(value, "true" | "false"),
        "keys" => value.chars().all(|key| key.is_ascii_digit() || matches!(key, '*' | '#')),
        words => words.split('|').any(|word| word == value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_says_where_it_comes_from_and_stands_somewhere() {
        for (name, word) in all() {
            assert!(!word.source.is_empty(), "{name} has no source");
            assert!(name == "Response" || !word.inside.is_empty(), "{name} can stand nowhere");
            assert!(word.inside.iter().all(|parent| all().contains_key(parent)), "{name}");
            let twice = word.documented.keys().any(|attribute| word.dialect.contains_key(attribute));
            assert!(!twice, "{name} has an attribute that is both documented and dialect");
        }
        assert_eq!(all()["Gather"].mark, Mark::Documented);
        assert_eq!(all()["Service"].mark, Mark::Dialect);
    }

    #[test]
    fn a_value_outside_of_what_is_documented_is_a_fault() {
        let gather = &all()["Gather"];
        assert_eq!(gather.judge("Gather", "numDigits", "4"), None);
        assert_eq!(gather.judge("Gather", "finishOnKey", ""), None, "an empty one ends at no key");
        for (attribute, value) in [("numDigits", "0"), ("method", "PUT"), ("actionOnEmptyResult", "yes")] {
            assert!(
                matches!(gather.judge("Gather", attribute, value), Some(Fault::BadValue { .. })),
                "{attribute}"
            );
        }
        assert!(matches!(gather.judge("Gather", "digits", "4"), Some(Fault::UnknownAttribute { .. })));
        assert_eq!(
            all()["Service"].judge("Service", "agent-id", "7"),
            None,
            "a service has parameters of its own"
        );
    }
}
