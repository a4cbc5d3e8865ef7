//! CXML: the markup that tells Cloudonix what to do. Written in the documented case, pretty enough for a person.
//!
//! Source: Cloudonix, "Verb/dial", "Verb/dial/number", "Verb/say", "Verb/hangup".

use opbx_routing::{Action, Dial, Target};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::io;

/// The content type of every answer to a voice request, errors included.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// Renders actions. `after_dial` is where the result of a dial is sent; without it, nothing follows a dial.
pub fn render(actions: &[Action], after_dial: Option<&str>) -> String {
    document(|writer| {
        for action in actions {
            match action {
                Action::Say(text) => say(writer, text)?,
                Action::Dial(to) => dial(writer, to, after_dial)?,
                Action::Hangup => hangup(writer)?,
                Action::Play(_) | Action::Gather(_) | Action::Join(_) | Action::Record(_) => {}
            }
        }
        Ok(())
    })
}

/// Renders a sentence and the end: what a caller hears of an error.
pub fn render_error(sentence: &str) -> String {
    document(|writer| {
        say(writer, sentence)?;
        hangup(writer)
    })
}

type Xml = Writer<Vec<u8>>;

fn document(write: impl FnOnce(&mut Xml) -> io::Result<()>) -> String {
    let mut writer = Writer::new_with_indent(Vec::with_capacity(512), b' ', 2);
    let written = (|| {
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        writer.write_event(Event::Start(BytesStart::new("Response")))?;
        write(&mut writer)?;
        writer.write_event(Event::End(BytesEnd::new("Response")))
    })();
    written.expect("writing into memory does not fail");
    let mut text = String::from_utf8(writer.into_inner()).expect("what is written is UTF-8");
    text.push('\n');
    text
}

fn say(writer: &mut Xml, sentence: &str) -> io::Result<()> {
    leaf(writer, "Say", sentence)
}

fn hangup(writer: &mut Xml) -> io::Result<()> {
    writer.write_event(Event::Empty(BytesStart::new("Hangup")))
}

fn dial(writer: &mut Xml, dial: &Dial, after: Option<&str>) -> io::Result<()> {
    let timeout_s = dial.timeout_s.to_string();
    let mut start = BytesStart::new("Dial");
    start.push_attribute(("timeout", timeout_s.as_str()));
    if let Some(action) = after {
        start.push_attribute(("action", action));
    }
    writer.write_event(Event::Start(start))?;
    for target in &dial.targets {
        match target {
            Target::Extension { number, .. } | Target::Outside { number } => leaf(writer, "Number", number)?,
            Target::Sip { .. } | Target::Assistant { .. } => {}
        }
    }
    writer.write_event(Event::End(BytesEnd::new("Dial")))
}

fn leaf(writer: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    writer.write_event(Event::Text(BytesText::new(&speakable(text))))?;
    writer.write_event(Event::End(BytesEnd::new(name)))
}

/// Leaves out what XML 1.0 cannot hold even escaped.
fn speakable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}
