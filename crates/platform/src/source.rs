//! TOML texts with the line of every key and value, so that a mistake can be pointed at.

use std::fmt;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// The largest text that is even parsed, in bytes.
pub const DOCUMENT_LEN_MAX: usize = 1 << 20;
/// How alike a wrong word must be to a right one to be offered instead (Jaro-Winkler).
const SUGGESTION_MIN: f64 = 0.75;

/// A mistake in a file: `base/user/model.toml:7: ...`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct SourceError {
    pub file: String,
    pub line: usize,
    pub message: String,
}

/// The longest name of a file, and the longest message, of a mistake; in characters.
const FILE_LEN_MAX: usize = 200;
const MESSAGE_LEN_MAX: usize = 1_000;

impl SourceError {
    /// Makes a mistake that is one line of bounded length, whatever the file holds that is repeated in it.
    pub fn new(file: &str, line: usize, message: &str) -> Self {
        Self { file: plain(file, FILE_LEN_MAX), line, message: plain(message, MESSAGE_LEN_MAX) }
    }
}

/// Where a key or value stands; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    file: Arc<str>,
    line: usize,
    column: usize,
}

/// A parsed file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    root: Table,
}

/// A table, its entries in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    place: Place,
    entries: Vec<Entry>,
}

/// A key with its value; an element of a list has its list's key.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    key: String,
    place: Place,
    item: Item,
}

/// What stands right of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Text(String),
    Integer(i64),
    /// As written, for numbers must not pass through a binary float.
    Float(String),
    Flag(bool),
    /// A date or an instant, as TOML writes it.
    Datetime(String),
    List(Vec<Entry>),
    Table(Table),
}

impl Place {
    pub fn file(&self) -> &str {
        &self.file
    }

    pub fn line(&self) -> usize {
        self.line
    }

    pub fn column(&self) -> usize {
        self.column
    }

    /// Makes a mistake of this place.
    pub fn refuse(&self, message: impl fmt::Display) -> SourceError {
        SourceError::new(&self.file, self.line, &message.to_string())
    }
}

impl Document {
    /// Parses a text; `file` is the name that mistakes are reported under.
    pub fn parse(file: &str, text: &str) -> Result<Self, SourceError> {
        Self::parse_up_to(file, text, DOCUMENT_LEN_MAX)
    }

    /// Like `parse`, for texts that may be as long as `len_max` bytes.
    pub fn parse_up_to(file: &str, text: &str, len_max: usize) -> Result<Self, SourceError> {
        let lines = Lines::of(file, text);
        if text.len() > len_max {
            let message = format!("found {} bytes, expected at most {len_max}", text.len());
            return Err(lines.place(0).refuse(message));
        }
        let root = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(text.len(), |span| span.start);
            lines.place(at).refuse(format!("not TOML: {}", error.message()))
        })?;
        Ok(Self { root: lines.table(root.span().start, root.get_ref())? })
    }

    pub fn root(&self) -> &Table {
        &self.root
    }
}

impl Table {
    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn line(&self) -> usize {
        self.place.line
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub fn require(&self, key: &str) -> Result<&Entry, SourceError> {
        self.get(key).ok_or_else(|| self.place.refuse(format!("`{key}` is missing")))
    }

    /// The mistakes of keys that are none of `known`, each with the nearest right one.
    pub fn unknown_keys(&self, known: &[&str]) -> Vec<SourceError> {
        let unknown = self.entries.iter().filter(|entry| !known.contains(&entry.key.as_str()));
        unknown.map(|entry| entry.refuse(unknown_word("key", &entry.key, known.iter().copied()))).collect()
    }
}

impl Entry {
    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn item(&self) -> &Item {
        &self.item
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn line(&self) -> usize {
        self.place.line
    }

    pub fn refuse(&self, message: impl fmt::Display) -> SourceError {
        self.place.refuse(message)
    }

    /// Makes the mistake of a value that is not what it should be.
    pub fn expected(&self, expected: impl fmt::Display) -> SourceError {
        self.refuse(format!("`{}`: found {}, expected {expected}", self.key, self.item))
    }

    pub fn text(&self) -> Result<&str, SourceError> {
        match &self.item {
            Item::Text(text) => Ok(text),
            _ => Err(self.expected("a text in quotes")),
        }
    }

    pub fn integer(&self) -> Result<i64, SourceError> {
        match self.item {
            Item::Integer(number) => Ok(number),
            _ => Err(self.expected("a whole number")),
        }
    }

    /// A whole number that is no less than `min` and no more than `max`.
    pub fn integer_within(&self, min: i64, max: i64) -> Result<i64, SourceError> {
        let number = self.integer()?;
        if (min..=max).contains(&number) { Ok(number) } else { Err(self.expected(format!("{min} to {max}"))) }
    }

    pub fn flag(&self) -> Result<bool, SourceError> {
        match self.item {
            Item::Flag(flag) => Ok(flag),
            _ => Err(self.expected("true or false")),
        }
    }

    pub fn list(&self) -> Result<&[Entry], SourceError> {
        match &self.item {
            Item::List(elements) => Ok(elements),
            _ => Err(self.expected("a list")),
        }
    }

    /// A list of texts, which may be empty.
    pub fn texts(&self) -> Result<Vec<&str>, SourceError> {
        self.list()?.iter().map(Self::text).collect()
    }

    pub fn table(&self) -> Result<&Table, SourceError> {
        match &self.item {
            Item::Table(table) => Ok(table),
            _ => Err(self.expected("a table")),
        }
    }

    /// One of a few words.
    pub fn word<'a>(&self, known: &[&'a str]) -> Result<&'a str, SourceError> {
        let found = self.text()?;
        let right = known.iter().copied().find(|word| *word == found);
        right.ok_or_else(|| {
            let what = format!("word for `{}`", self.key);
            self.refuse(unknown_word(&what, found, known.iter().copied()))
        })
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{:?}", shortened(text)),
            Self::Integer(number) => number.fmt(f),
            Self::Float(text) | Self::Datetime(text) => f.write_str(text),
            Self::Flag(flag) => flag.fmt(f),
            Self::List(_) => f.write_str("a list"),
            Self::Table(_) => f.write_str("a table"),
        }
    }
}

/// Says that a word is unknown, and which known one was probably meant.
pub fn unknown_word<'a>(what: &str, found: &str, known: impl Iterator<Item = &'a str>) -> String {
    let found = plain(found, QUOTED_LEN_MAX);
    let known: Vec<&str> = known.collect();
    let alike = known.iter().map(|word| (strsim::jaro_winkler(&found, word), word));
    match alike.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((score, word)) if score >= SUGGESTION_MIN => {
            format!("found the unknown {what} `{found}`, did you mean `{word}`?")
        }
        _ => {
            let listed = &known[..known.len().min(KNOWN_LISTED_MAX)];
            format!("found the unknown {what} `{found}`, expected one of: {}", listed.join(", "))
        }
    }
}

/// Of the words that would have been right, so many are listed at most.
const KNOWN_LISTED_MAX: usize = 25;
/// Of a wrong text, so many characters are repeated at most.
pub(crate) const QUOTED_LEN_MAX: usize = 60;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED_LEN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text from outside as a part of a sentence: cut where it is too long, without characters that a terminal obeys.
pub fn plain(text: &str, len_max: usize) -> String {
    let mut plain = String::with_capacity(text.len().min(len_max));
    for (at, c) in text.chars().enumerate() {
        if at == len_max {
            plain.push('…');
            break;
        }
        if c.is_control() { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain
}

/// Turns offsets into lines while a parsed text is copied into an owned tree.
struct Lines<'a> {
    file: Arc<str>,
    text: &'a str,
    /// The offset of each line's first byte.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(file: &str, text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            file: file.into(),
            text,
            starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect(),
        }
    }

    fn place(&self, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let before = self.text.get(self.starts[line - 1]..at).unwrap_or_default();
        Place { file: self.file.clone(), line, column: before.chars().count() + 1 }
    }

    fn table(&self, at: usize, table: &DeTable<'_>) -> Result<Table, SourceError> {
        let entries = table.iter().map(|(key, value)| {
            self.entry(key.get_ref(), key.span().start, value.span().start, value.get_ref())
        });
        Ok(Table { place: self.place(at), entries: entries.collect::<Result<_, _>>()? })
    }

    fn entry(&self, key: &str, at: usize, inner: usize, value: &DeValue<'_>) -> Result<Entry, SourceError> {
        let place = self.place(at);
        let item = match value {
            DeValue::String(text) => Item::Text(text.to_string()),
            DeValue::Integer(number) => {
                let parsed = i64::from_str_radix(number.as_str(), number.radix());
                Item::Integer(parsed.map_err(|_| place.refuse("found a whole number beyond 64 bits"))?)
            }
            DeValue::Float(number) => Item::Float(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Item::Flag(*flag),
            DeValue::Datetime(instant) => Item::Datetime(instant.to_string()),
            DeValue::Array(elements) => {
                let element = |element: &toml::Spanned<DeValue<'_>>| {
                    self.entry(key, element.span().start, element.span().start, element.get_ref())
                };
                Item::List(elements.iter().map(element).collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => Item::Table(self.table(inner, table)?),
        };
        Ok(Entry { key: key.to_owned(), place, item })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Document {
        Document::parse("m/a.toml", text).expect("valid TOML")
    }

    #[test]
    fn every_key_and_element_knows_its_line() {
        let document = parse("name = \"a\"\n\n[fields]\nx = { size = 3 }\ny = [\n  1,\n  2,\n]\n");
        let fields = document.root().require("fields").and_then(Entry::table).expect("a table");
        assert_eq!((fields.line(), fields.entries()[0].line()), (3, 4));
        let size = fields.entries()[0].table().and_then(|table| table.require("size")).expect("a size");
        assert_eq!((size.line(), size.place().column(), size.integer()), (4, 7, Ok(3)));
        let lines: Vec<usize> = fields.entries()[1].list().expect("a list").iter().map(Entry::line).collect();
        assert_eq!(lines, [6, 7]);
    }

    #[test]
    fn a_text_that_is_not_toml_is_refused_with_its_line() {
        let error = Document::parse("m/a.toml", "a = 1\nb = = 2\n").expect_err("not TOML");
        assert_eq!(error.line, 2, "{error}");
        let error = Document::parse("m/a.toml", "a = 1\na = 2\n").expect_err("a key twice");
        assert_eq!(error.line, 2, "{error}");
        let error = Document::parse("m/a.toml", "a = 99999999999999999999").expect_err("too big");
        assert_eq!(error.to_string(), "m/a.toml:1: found a whole number beyond 64 bits");
        assert!(Document::parse("m/a.toml", &"#".repeat(DOCUMENT_LEN_MAX + 1)).is_err());
    }

    #[test]
    fn an_unknown_key_comes_with_the_nearest_right_one() {
        let document = parse("requierd = true\nname = \"x\"\nzzz = 1\n");
        let mistakes = document.root().unknown_keys(&["required", "name"]);
        let texts: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "m/a.toml:1: found the unknown key `requierd`, did you mean `required`?",
                "m/a.toml:3: found the unknown key `zzz`, expected one of: required, name",
            ]
        );
    }

    #[test]
    fn what_a_file_holds_is_repeated_in_one_line_of_bounded_length() {
        let word = format!("a\u{1b}[31m\n{}", "é".repeat(500));
        let text = unknown_word("key", &word, ["name"].into_iter());
        assert!(text.starts_with("found the unknown key `a\\u{1b}[31m\\né"), "{text}");
        assert!(text.chars().count() < 150, "{text}");
        let mistake = SourceError::new(&word, 1, &"x".repeat(5_000));
        assert!(mistake.to_string().chars().all(|c| !c.is_control()));
        assert_eq!(mistake.message.chars().count(), MESSAGE_LEN_MAX + 1);
        assert!(mistake.file.ends_with('…'));
    }

    #[test]
    fn a_wrong_type_says_what_was_found_and_what_was_expected() {
        let document = parse("size = \"ten\"");
        let error = document.root().require("size").and_then(Entry::integer).expect_err("a text");
        assert_eq!(error.to_string(), "m/a.toml:1: `size`: found \"ten\", expected a whole number");
    }
}
