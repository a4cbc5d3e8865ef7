//! In which language a request is answered.

use axum::http::{HeaderMap, header};
use opbx_kernel::Language;

/// The most languages that a request is listened to.
const WISHES_MAX: usize = 20;

/// What `Accept-Language` asks for: the most wanted of the languages that OPBX speaks; none where it names none of them.
pub(crate) fn wanted(headers: &HeaderMap) -> Option<Language> {
    let text = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let wishes = text.split(',').take(WISHES_MAX).filter_map(|wish| {
        let (tag, weight) = wish.split_once(';').unwrap_or((wish, ""));
        let weight: f32 = match weight.trim().strip_prefix("q=") {
            Some(weight) => weight.trim().parse().ok()?,
            None => 1.0,
        };
        let language = Language::known(tag.trim())?;
        (weight > 0.0).then_some((language, weight))
    });
    // Of wishes that weigh the same, the first counts.
    let mut best: Option<(Language, f32)> = None;
    for (language, weight) in wishes {
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((language, weight));
        }
    }
    best.map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn asked(text: &str) -> Option<Language> {
        let value = HeaderValue::from_bytes(text.as_bytes()).expect("a header");
        wanted(&HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)]))
    }

    #[test]
    fn the_most_wanted_language_that_is_spoken_counts() {
        assert_eq!(wanted(&HeaderMap::new()), None);
        assert_eq!(asked("fr"), Some(Language::French));
        assert_eq!(asked("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5"), Some(Language::French));
        assert_eq!(asked("ja, en;q=0.5, fr;q=0.7"), Some(Language::French));
        assert_eq!(asked("en-GB,fr"), Some(Language::English));
        assert_eq!(asked("fr;q=0, en;q=0.1"), Some(Language::English));
        for nothing in ["", "*", "ja", "fr;q=x", "fr;q=0", "français", ";;,,", "q=1"] {
            assert_eq!(asked(nothing), None, "{nothing}");
        }
    }
}
