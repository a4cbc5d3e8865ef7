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

/// Makes a plain word of a text: lower-case ASCII letters and digits, with one `-` for whatever stands between them.
///
/// Empty where nothing of the text has an ASCII form.
///
/// ```
/// assert_eq!(opbx_kernel::fold::slug("  Café & Straße (2)"), "cafe-strasse-2");
/// ```
pub fn slug(text: &str) -> String {
    let mut word = String::with_capacity(text.len());
    // Decomposed, an accent is a character of its own, which is passed over without leaving a gap.
    for c in fold(text).nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
        } else if !word.is_empty() && !word.ends_with('-') {
            word.push('-');
        }
    }
    word.truncate(word.trim_end_matches('-').len());
    word
}
