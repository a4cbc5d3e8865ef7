//! Case folding, done once and in Rust, so that both databases match and sort alike.

use unicode_normalization::UnicodeNormalization;

/// Folds a text for matching and sorting without regard to case or Unicode form.
///
/// ```
/// assert_eq!(opbx_kernel::fold::fold("Straße ÄRZTE"), opbx_kernel::fold::fold("STRASSE ärzte"));
/// ```
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Upper before lower case: "ß" and "ſ" meet "ss" and "s" only on the way up.
    text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}
