//! What new things may be called, and how a name is written where it is used.

use crate::process::Usage;
use crate::sources::empty_word;

/// The longest part of a name; a table's name is made of two and must fit PostgreSQL's 63 bytes.
const LEN_MAX: usize = 30;
/// Words that Rust keeps for itself.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// A model's name in its two parts.
pub(super) fn model(name: &str) -> Result<(&str, &str), Usage> {
    let parts = name.split_once('.').filter(|(module, short)| is_name(module, '_') && is_name(short, '_'));
    parts.ok_or_else(|| {
        refused(
            name,
            "a model is called MODULE.NAME, each of small letters, digits and `_`, such as pbx.announcement",
        )
    })
}

pub(super) fn feature(name: &str) -> Result<(), Usage> {
    let rule =
        "a feature is called by one singular noun of small letters, digits and `_`, such as ring_group";
    if is_name(name, '_') && !name.ends_with('s') { Ok(()) } else { Err(refused(name, rule)) }
}

pub(super) fn adr(name: &str) -> Result<(), Usage> {
    let rule =
        "a decision is named for what was decided, in small letters, digits and `-`, such as two-typed-pools";
    let is_long_enough =
        name.contains('-') && name.split('-').all(|word| is_name(word, '-') || is_number(word));
    if is_long_enough && empty_word(name).is_none() { Ok(()) } else { Err(refused(name, rule)) }
}

fn refused(name: &str, rule: &str) -> Usage {
    Usage(format!(
        "{name:?} will not do: {rule}. Words that say nothing (utils, common, service…) and Rust's own are no names"
    ))
}

fn is_name(name: &str, joint: char) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint;
    (1..=LEN_MAX).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(letters)
        && !name.ends_with(joint)
        && !name.contains(&format!("{joint}{joint}"))
        && (joint == '-' || !KEYWORDS.contains(&name))
        && empty_word(name).is_none()
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// `ring_group` as `RingGroup`.
pub(super) fn camel(name: &str) -> String {
    name.split('_').map(capital).collect()
}

/// `ring_group` as `Ring group`.
pub(super) fn title(name: &str) -> String {
    capital(&words(name))
}

/// `two-typed-pools` as `Two typed pools`.
pub(super) fn sentence(name: &str) -> String {
    capital(&name.replace('-', " "))
}

pub(super) fn words(name: &str) -> String {
    name.replace('_', " ")
}

pub(super) fn article(name: &str) -> &'static str {
    if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
