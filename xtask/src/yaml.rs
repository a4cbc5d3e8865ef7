//! YAML as far as our own files use it, read strictly: whatever it does not know is a fault.
//!
//! Block mappings and lists, plain and double-quoted texts, lists in brackets, anchors of mappings with `<<: *name`.

use std::collections::BTreeMap;

/// Deeper than this, nothing of ours is.
const DEPTH_MAX: usize = 12;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    Empty,
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(own, _)| own == key).map(|(_, node)| node)
    }

    pub(crate) fn entries(&self) -> &[(String, Node)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    pub(crate) fn items(&self) -> &[Node] {
        if let Self::List(items) = self { items } else { &[] }
    }

    pub(crate) fn text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }
}

struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

/// Reads a file, or says what is wrong in which line.
pub(crate) fn parse(text: &str) -> Result<Node, String> {
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        if line.contains('\t') {
            return Err(format!("line {number}: a tab"));
        }
        let trimmed = uncommented(line).trim_end();
        if trimmed.trim_start().is_empty() {
            continue;
        }
        let indent = trimmed.len() - trimmed.trim_start().len();
        lines.push(Line { number, indent, text: trimmed.trim_start() });
    }
    let mut reader = Reader { lines, at: 0, anchors: BTreeMap::new() };
    let node = reader.block(0, 0)?;
    match reader.lines.get(reader.at) {
        Some(line) => Err(format!("line {}: stands out of place", line.number)),
        None => Ok(node),
    }
}

/// A line without its comment: `#` begins one at the start, or behind a space and outside of quotes.
fn uncommented(line: &str) -> &str {
    let mut quoted = false;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted && before == ' ' => return &line[..at],
            _ => {}
        }
        before = c;
    }
    line
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
    anchors: BTreeMap<String, Node>,
}

impl Reader<'_> {
    fn block(&mut self, indent: usize, depth: usize) -> Result<Node, String> {
        let Some(first) = self.lines.get(self.at).filter(|line| line.indent == indent) else {
            return Ok(Node::Empty);
        };
        if depth > DEPTH_MAX {
            return Err(format!("line {}: too deep", first.number));
        }
        if first.text.starts_with("- ") { self.list(indent, depth) } else { self.map(indent, depth) }
    }

    fn list(&mut self, indent: usize, depth: usize) -> Result<Node, String> {
        let mut items = Vec::new();
        while let Some(line) = self.lines.get_mut(self.at).filter(|line| line.indent == indent) {
            let Some(rest) = line.text.strip_prefix("- ") else {
                return Err(format!("line {}: an item of a list begins with \"- \"", line.number));
            };
            if is_entry(rest) {
                // The item is a mapping whose first key stands behind the dash.
                (line.indent, line.text) = (indent + 2, rest);
                items.push(self.map(indent + 2, depth + 1)?);
            } else {
                items.push(scalar(rest, line.number)?);
                self.at += 1;
            }
        }
        Ok(Node::List(items))
    }

    fn map(&mut self, indent: usize, depth: usize) -> Result<Node, String> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        while let Some(line) = self.lines.get(self.at).filter(|line| line.indent == indent) {
            let number = line.number;
            let Some((key, rest)) = entry(line.text) else {
                return Err(format!("line {number}: neither a key nor an item"));
            };
            let (key, rest) = (key.to_owned(), rest.to_owned());
            self.at += 1;
            if key == "<<" {
                let name = rest.strip_prefix('*').unwrap_or_default();
                let Some(base) = self.anchors.get(name) else {
                    return Err(format!("line {number}: nothing is called {name:?}"));
                };
                entries.extend(base.entries().to_vec());
                continue;
            }
            let value = match rest.strip_prefix('&') {
                Some(name) => {
                    let value = self.inside(indent, depth)?;
                    self.anchors.insert(name.to_owned(), value.clone());
                    value
                }
                None if rest.is_empty() => self.inside(indent, depth)?,
                None => scalar(&rest, number)?,
            };
            if entries.iter().any(|(own, _)| *own == key) {
                return Err(format!("line {number}: the key {key:?} stands there twice"));
            }
            entries.push((key, value));
        }
        Ok(Node::Map(entries))
    }

    /// What stands deeper than a key, if anything does.
    fn inside(&mut self, indent: usize, depth: usize) -> Result<Node, String> {
        match self.lines.get(self.at).map(|line| line.indent) {
            Some(inner) if inner > indent => self.block(inner, depth + 1),
            _ => Ok(Node::Empty),
        }
    }
}

fn entry(text: &str) -> Option<(&str, &str)> {
    let (key, rest) = text.split_once(':')?;
    let is_key = !key.is_empty() && !key.contains([' ', '"', '[', '{']);
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix(' ')?.trim_start() };
    is_key.then_some((key, rest))
}

fn is_entry(text: &str) -> bool {
    entry(text).is_some()
}

fn scalar(text: &str, number: usize) -> Result<Node, String> {
    if let Some(rest) = text.strip_prefix('[') {
        let Some(inner) = rest.strip_suffix(']') else {
            return Err(format!("line {number}: a bracket is not closed"));
        };
        let items = inner.split(',').map(str::trim).filter(|item| !item.is_empty());
        return items.map(|item| scalar(item, number)).collect::<Result<_, _>>().map(Node::List);
    }
    if let Some(rest) = text.strip_prefix('"') {
        let Some(inner) = rest.strip_suffix('"').filter(|inner| !inner.contains(['"', '\\'])) else {
            return Err(format!("line {number}: a quote is not closed"));
        };
        return Ok(Node::Text(inner.to_owned()));
    }
    // Characters with which other things begin than a plain text.
    if text.starts_with(['{', '}', ']', '\'', '|', '>', '*', '&', '!', '%', '@', '`']) || text.ends_with(':')
    {
        return Err(format!("line {number}: {text:?} is more than our files say"));
    }
    Ok(Node::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_our_files_say_is_read() {
        let text = "# a file\nx: &base\n  a: 1 # one\n  b: [\"p\", r]\ns:\n  n:\n    <<: *base\n    l:\n      - k: v\n        w: \"x # y\"\n      - plain:text\n  e:\n";
        let node = parse(text).expect("YAML");
        let n = node.get("s").and_then(|s| s.get("n")).expect("a service");
        assert_eq!(n.get("a").map(Node::text), Some("1"));
        let list = n.get("l").expect("a list").items();
        assert_eq!(list[0].get("w").map(Node::text), Some("x # y"));
        assert_eq!(list[1], Node::Text("plain:text".into()));
        assert_eq!(node.get("s").and_then(|s| s.get("e")), Some(&Node::Empty));
    }

    #[test]
    fn what_is_out_of_place_is_told_with_its_line() {
        for (text, line) in [
            ("a: 1\na: 2\n", "line 2"),
            ("a: 1\n  b: 2\n", "line 2"),
            ("a:\n  - x\n  b: 1\n", "line 3"),
            ("a: [x\n", "line 1"),
            ("a: \"x\n", "line 1"),
            ("\ta: 1\n", "line 1"),
            ("a: *b\n", "line 1"),
            ("<<: *b\n", "line 1"),
            ("only words\n", "line 1"),
        ] {
            let fault = parse(text).expect_err(text);
            assert!(fault.starts_with(line), "{text}: {fault}");
        }
    }
}
