//! A text in other languages than its own: a JSON object by language, which stands beside the text.

use serde_json::{Map, Value as Json};

/// The language of every text that stands in its own column; translations stand beside it.
pub const BASE_LANGUAGE: &str = "en";
/// What else is the base language: what Odoo's clients say when nobody chose one.
const BASE_LANGUAGE_ALIAS: &str = "en_US";
/// The longest name of a language, in bytes: `sr_RS@latin`.
const LANGUAGE_LEN_MAX: usize = 16;

/// The language whose translation a scope reads and writes, as `fr` or `fr_BE`; `None` is the base text itself.
pub fn translated_language(language: &str) -> Option<String> {
    let language = language.replace('-', "_");
    let fits = (2..=LANGUAGE_LEN_MAX).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'@');
    (fits && language != BASE_LANGUAGE && language != BASE_LANGUAGE_ALIAS).then_some(language)
}

/// The translations of one text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Translations(Map<String, Json>);

impl Translations {
    /// Reads what a column holds; whatever is no object holds none.
    pub fn from_json(json: &Json) -> Self {
        Self(json.as_object().cloned().unwrap_or_default())
    }

    /// The object to store; `None` where there are none.
    pub fn into_json(self) -> Option<Json> {
        (!self.0.is_empty()).then_some(Json::Object(self.0))
    }

    /// The text in this language itself.
    pub fn own(&self, language: &str) -> Option<&str> {
        self.0.get(language)?.as_str()
    }

    /// The text in this language, or in the one that it is a variant of: `fr` for `fr_BE`.
    pub fn best(&self, language: &str) -> Option<&str> {
        let wider = || self.own(language.split('_').next().unwrap_or(language));
        self.own(language).or_else(wider)
    }

    /// Sets one translation, or takes it away.
    pub fn set(&mut self, language: &str, text: Option<&str>) {
        match text {
            Some(text) => self.0.insert(language.to_owned(), Json::from(text)),
            None => self.0.remove(language),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_has_no_translation_and_every_other_language_has_its_own() {
        assert_eq!(translated_language("en"), None);
        assert_eq!(translated_language("en-US"), None);
        assert_eq!(translated_language("fr-BE").as_deref(), Some("fr_BE"));
        assert_eq!(translated_language("en_GB").as_deref(), Some("en_GB"));
        for nonsense in ["", "x", "a'b", "abcdefghijklmnopq"] {
            assert_eq!(translated_language(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_variant_falls_back_to_its_language() {
        let mut texts = Translations::default();
        texts.set("fr", Some("Bonjour"));
        assert_eq!((texts.best("fr_BE"), texts.best("nl")), (Some("Bonjour"), None));
        texts.set("fr_BE", Some("Salut"));
        assert_eq!((texts.best("fr_BE"), texts.own("fr")), (Some("Salut"), Some("Bonjour")));
        texts.set("fr", None);
        texts.set("fr_BE", None);
        assert_eq!(texts.into_json(), None);
    }
}
