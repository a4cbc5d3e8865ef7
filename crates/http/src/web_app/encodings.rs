//! Compressed forms of a file, which the build leaves beside it, and which of them an asker wants (RFC 9110, section 12.5.3).

use axum::http::{HeaderMap, header};

/// How a file may be compressed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// As `Accept-Encoding` calls it.
    pub(super) name: &'static str,
    /// What follows the name of the file.
    pub(super) ending: &'static str,
}

/// The smallest first.
const FORMS: [Form; 2] = [Form { name: "br", ending: ".br" }, Form { name: "gzip", ending: ".gz" }];

pub(super) fn is_form(name: &str) -> bool {
    FORMS.iter().any(|form| name.ends_with(form.ending))
}

/// The forms that an asker takes, the smallest first. How much each is liked is not weighed: whoever takes it at all is
/// served best by the fewest bytes.
pub(super) fn wanted(headers: &HeaderMap) -> impl Iterator<Item = &'static Form> {
    let said = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let said: Vec<(&str, bool)> = said.flat_map(|list| list.split(',')).map(weighed).collect();
    FORMS.iter().filter(move |form| {
        let named = |name: &str| said.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        named(form.name).or_else(|| named("*")).is_some_and(|(_, is_taken)| *is_taken)
    })
}

/// A name, and whether it is taken: `q=0` says that it is not.
fn weighed(part: &str) -> (&str, bool) {
    let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
    let weight = parameters.trim().strip_prefix("q=").map(str::trim);
    let is_refused = weight.is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
    (name.trim(), !is_refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted_by(said: &'static str) -> Vec<&'static str> {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, said.parse().expect("a header"))]);
        wanted(&headers).map(|form| form.name).collect()
    }

    #[test]
    fn the_smallest_form_comes_first_and_what_is_refused_not_at_all() {
        assert_eq!(wanted_by("gzip, deflate, br, zstd"), ["br", "gzip"]);
        assert_eq!(wanted_by("gzip;q=1.0, br; q=0"), ["gzip"]);
        assert_eq!(wanted_by("GZIP"), ["gzip"]);
        assert_eq!(wanted_by("*"), ["br", "gzip"]);
        assert_eq!(wanted_by("br;q=0.0, *;q=0.1"), ["gzip"]);
        for none in ["identity", "", "*;q=0", "brotli"] {
            assert!(wanted_by(none).is_empty(), "{none}");
        }
        assert_eq!(wanted(&HeaderMap::new()).next(), None);
    }
}
