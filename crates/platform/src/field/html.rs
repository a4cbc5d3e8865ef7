//! Markup that came from outside, reduced to what cannot run anything in a browser.

use super::TEXT_LEN_MAX;

/// The longest markup that is even parsed, in bytes; a longer one has too many characters and is refused as it is.
const PARSED_LEN_MAX: usize = TEXT_LEN_MAX * 4;
/// Tags that one text may open; the parser's time grows with the square of how deep they lie.
pub(super) const TAGS_MAX: usize = 5_000;

/// Removes scripts, styles, event handlers, frames and addresses that run something; text stays.
///
/// What comes back is clean, and cleaning it again changes nothing. Markup that `check` refuses by its size is given
/// back as it came.
pub(super) fn clean(markup: &str) -> String {
    if is_too_large(markup) { markup.to_owned() } else { ammonia::clean(markup) }
}

/// Whether markup is beyond what is cleaned, and so must never be stored.
pub(super) fn is_too_large(markup: &str) -> bool {
    markup.len() > PARSED_LEN_MAX || markup.bytes().filter(|byte| *byte == b'<').count() > TAGS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_runs_is_removed_and_what_is_read_stays() {
        for (markup, cleaned) in [
            ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
            ("<script>alert(1)</script>after", "after"),
            ("<p onclick=\"x()\" style=\"position:fixed\">a</p>", "<p>a</p>"),
            (
                "<a href=\"javascript:alert(1)\">x</a><img src=x onerror=alert(1)>",
                "<a rel=\"noopener noreferrer\">x</a><img src=\"x\">",
            ),
            ("<iframe src=\"https://example.com\"></iframe>1 < 2", "1 &lt; 2"),
            ("<svg><animate onbegin=alert(1)></svg>text", "text"),
            ("a\0b", "ab"),
        ] {
            assert_eq!(clean(markup), cleaned, "{markup}");
        }
    }

    #[test]
    fn the_deepest_markup_that_is_cleaned_takes_no_stack_and_little_time() {
        for tag in ["<div>", "<b>", "<a href=x>", "<table><tr><td>", "<p><b>"] {
            let deep = tag.repeat(TAGS_MAX / tag.matches('<').count());
            assert!(!clean(&deep).contains("<script"));
        }
        assert!(is_too_large(&"<b>".repeat(TAGS_MAX + 1)));
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "<p>", "</p>", "<script>", "</script>", "<svg>", "<math>", "<style>", "</style>", "<a href='", "'>",
                    "javascript:", "<img src=x onerror=y>", "&lt;", "<!--", "-->", "text", "<table>", "<b", "\"", ">",
                ]),
                0..12,
            )
        ) {
            let once = clean(&pieces.concat());
            // What a second reading leaves alone holds nothing that would have been removed.
            prop_assert_eq!(clean(&once), once);
        }
    }
}
