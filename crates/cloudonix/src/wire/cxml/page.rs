//! A page of CXML being written: every text and attribute escaped once, and rid of what XML cannot hold.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

pub(super) struct Page(Writer<Vec<u8>>);

/// Names with their values.
pub(super) type Attributes<'a> = [(&'a str, &'a str)];

impl Page {
    pub(super) fn begin() -> Self {
        let mut page = Self(Writer::new_with_indent(Vec::with_capacity(1_024), b' ', 2));
        page.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        page.open("Response", &[]);
        page
    }

    pub(super) fn end(mut self) -> String {
        self.close("Response");
        let mut text = String::from_utf8(self.0.into_inner()).expect("what is written is UTF-8");
        text.push('\n');
        text
    }

    pub(super) fn open(&mut self, name: &str, attributes: &Attributes<'_>) {
        self.write(Event::Start(tag(name, attributes)));
    }

    pub(super) fn close(&mut self, name: &str) {
        self.write(Event::End(BytesEnd::new(name)));
    }

    pub(super) fn empty(&mut self, name: &str, attributes: &Attributes<'_>) {
        self.write(Event::Empty(tag(name, attributes)));
    }

    pub(super) fn leaf(&mut self, name: &str, attributes: &Attributes<'_>, text: &str) {
        self.open(name, attributes);
        self.write(Event::Text(BytesText::new(&holdable(text))));
        self.close(name);
    }

    fn write(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("writing into memory does not fail");
    }
}

fn tag<'a>(name: &'a str, attributes: &Attributes<'_>) -> BytesStart<'a> {
    let mut tag = BytesStart::new(name);
    for (name, value) in attributes {
        tag.push_attribute((*name, holdable(value).as_str()));
    }
    tag
}

/// Leaves out what XML 1.0 cannot hold even escaped. Where lines break, one space keeps the words apart.
fn holdable(text: &str) -> String {
    let mut held = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' if held.ends_with(' ') => {}
            '\n' | '\r' | '\t' => held.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => held.push(c),
        }
    }
    held
}

/// Whether a text can name an attribute, without a namespace. Stricter than XML: ASCII only, as engines expect.
pub(super) fn is_name(text: &str) -> bool {
    let mut letters = text.bytes();
    let first = letters.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
