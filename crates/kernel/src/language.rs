//! The languages in which OPBX itself speaks.

/// A language that what OPBX says can be read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    French,
}

impl Language {
    /// The one that a BCP 47 tag means, regions aside. Whoever reads none of them is spoken to in English.
    ///
    /// ```
    /// use opbx_kernel::Language;
    /// assert_eq!(Language::of("fr-BE"), Language::French);
    /// assert_eq!(Language::of("ja"), Language::English);
    /// ```
    pub fn of(tag: &str) -> Self {
        Self::known(tag).unwrap_or_default()
    }

    /// The same; none for a language that OPBX does not speak.
    pub fn known(tag: &str) -> Option<Self> {
        let base = tag.split(['-', '_']).next().unwrap_or_default();
        let languages = [("en", Self::English), ("fr", Self::French)];
        languages.into_iter().find(|(code, _)| base.eq_ignore_ascii_case(code)).map(|(_, language)| language)
    }

    /// Of the same in each language, this one's.
    pub fn choose<T>(self, english: T, french: T) -> T {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }
}
