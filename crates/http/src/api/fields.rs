//! What is wrong with which field, in sentences for the person who filled it in.

use super::french;
use opbx_kernel::Language;
use serde::Serialize;
use std::collections::BTreeMap;

/// Sentences by field. A field inside a list is named with its place: `members.0.extension_id`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Errors(BTreeMap<String, Vec<String>>);

impl Errors {
    /// One field, one sentence.
    pub(crate) fn of(field: &str, sentence: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, sentence);
        errors
    }

    pub(crate) fn add(&mut self, field: &str, sentence: impl Into<String>) {
        let sentences = self.0.entry(field.to_owned()).or_default();
        let sentence = sentence.into();
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing, or what is wrong as an answer.
    pub(crate) fn into_result(self) -> Result<(), super::Problem> {
        if self.is_empty() { Ok(()) } else { Err(super::Problem::invalid(self)) }
    }

    /// The same in another language.
    pub(crate) fn told_in(&self, language: Language) -> Self {
        let told = |sentences: &Vec<String>| sentences.iter().map(|said| told_in(language, said)).collect();
        Self(self.0.iter().map(|(field, sentences)| (field.clone(), told(sentences))).collect())
    }

    /// The first sentence, and how many more there are.
    pub(crate) fn summary(&self, language: Language) -> String {
        let mut sentences = self.0.values().flatten();
        let first = sentences.next().cloned();
        let first = first.unwrap_or_else(|| told_in(language, "The given data was invalid."));
        match sentences.count() {
            0 => first,
            1 => format!("{first} {}", language.choose("(and 1 more error)", "(et 1 autre erreur)")),
            more => language.choose(
                format!("{first} (and {more} more errors)"),
                format!("{first} (et {more} autres erreurs)"),
            ),
        }
    }
}

/// A sentence of a refusal in another language, or as it is where that language has no words for it.
pub(super) fn told_in(language: Language, sentence: &str) -> String {
    let told = match language {
        Language::English => None,
        Language::French => french::of(sentence),
    };
    told.unwrap_or_else(|| sentence.to_owned())
}

/// How a field is called in a sentence: `extension_number` is "extension number".
pub(crate) fn spoken(field: &str) -> String {
    field.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or(field).replace('_', " ")
}
