//! A module's own shape of text: a regular expression that the whole text must match.

use regex::{Regex, RegexBuilder};

/// The longest regular expression, in bytes.
pub const PATTERN_LEN_MAX: usize = 200;
/// What a compiled expression may take, in bytes. Matching takes time in proportion to the text, whatever it is.
const COMPILED_LEN_MAX: usize = 1 << 18;

/// A regular expression that the whole of a text must match, and what people are told of it.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    /// What a text should be, for a sentence: "two capital letters and four digits".
    expected: Option<String>,
    whole: Regex,
}

impl Pattern {
    /// Compiles an expression. Anchors are put around it here; an error says in one line what is wrong.
    pub fn new(source: &str, expected: Option<String>) -> Result<Self, String> {
        if source.is_empty() || source.len() > PATTERN_LEN_MAX {
            return Err(format!(
                "found {} bytes, expected a regular expression of 1 to {PATTERN_LEN_MAX}",
                source.len()
            ));
        }
        // Compiled by itself first: `a)|(b` is right only between the parentheses put around it below.
        let compile = |text: &str| RegexBuilder::new(text).size_limit(COMPILED_LEN_MAX).build();
        let whole = compile(source).and_then(|_| compile(&format!(r"\A(?:{source})\z")));
        let whole = whole.map_err(|error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            format!("not a regular expression: {}", last.trim().trim_start_matches("error: "))
        })?;
        Ok(Self { source: source.to_owned(), expected, whole })
    }

    pub fn matches(&self, text: &str) -> bool {
        self.whole.is_match(text)
    }

    /// The expression as the module wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What a text should be, to stand after "must be".
    pub(super) fn sentence(&self) -> String {
        self.expected.clone().unwrap_or_else(|| format!("of the form {}", self.source))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.expected == other.expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_match_whatever_the_expression_says_of_ends() {
        let either = Pattern::new("a|bc", None).expect("an expression");
        assert!(either.matches("a") && either.matches("bc"));
        assert!(!either.matches("ab") && !either.matches("xbc") && !either.matches("a\n"));
        assert_eq!(Pattern::new("^x$", None).map(|pattern| pattern.matches("x")), Ok(true));
    }

    #[test]
    fn a_broken_or_huge_expression_is_refused_in_one_line() {
        assert_eq!(Pattern::new("(", None).map(drop), Err("not a regular expression: unclosed group".into()));
        assert!(Pattern::new("a)|(b", None).is_err(), "the parentheses around it must not heal it");
        assert!(Pattern::new("(?:\\w{200}){200}", None).is_err());
        assert!(Pattern::new(&"a".repeat(PATTERN_LEN_MAX + 1), None).is_err());
        assert!(Pattern::new("", None).is_err());
    }
}
