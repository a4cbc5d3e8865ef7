//! A page of CXML as the engine reads it: strictly, but for the case of its tags.

use crate::fault::Fault;
use crate::verbs;
use roxmltree::{Document, Node};

/// The most words that one page may hold.
const WORDS_MAX: usize = 500;

/// A verb or noun, under the documented spelling of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: &'static str,
    attributes: Vec<(String, String)>,
    /// All text in it, trimmed.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn is(&self, attribute: &str, otherwise: bool) -> bool {
        self.attribute(attribute).map_or(otherwise, |value| value == "true")
    }

    pub(crate) fn number(&self, attribute: &str, otherwise: u32) -> u32 {
        self.attribute(attribute).and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    }

    /// Its name and attributes, for a transcript.
    pub(crate) fn told(&self) -> String {
        let attributes =
            self.attributes.iter().filter(|(name, _)| !matches!(name.as_str(), "action" | "token"));
        let told: String = attributes.map(|(name, value)| format!(" {name}={value:?}")).collect();
        format!("{}{told}", self.name)
    }
}

/// Reads a page into its verbs, or says everything that is wrong with it.
pub(crate) fn read(page: &str) -> Result<Vec<Element>, Vec<Fault>> {
    let document = Document::parse(page).map_err(|error| vec![Fault::NotCxml(error.to_string())])?;
    let root = document.root_element();
    if !root.tag_name().name().eq_ignore_ascii_case("Response") {
        return Err(vec![Fault::NotCxml(format!("its root is <{}>", root.tag_name().name()))]);
    }
    if root.descendants().filter(Node::is_element).count() > WORDS_MAX {
        return Err(vec![Fault::NotCxml(format!("more than {WORDS_MAX} verbs and nouns"))]);
    }
    let mut faults = Vec::new();
    if let Some(attribute) = root.attributes().next() {
        faults.push(Fault::UnknownAttribute {
            verb: "Response".into(),
            attribute: attribute.name().to_owned(),
        });
    }
    let loose = root.children().filter(Node::is_text).filter_map(|node| node.text());
    if let Some(text) = loose.map(str::trim).find(|text| !text.is_empty()) {
        faults.push(Fault::NotCxml(format!("text between its verbs: {text:?}")));
    }
    let verbs = children(root, "Response", &mut faults);
    if faults.is_empty() { Ok(verbs) } else { Err(faults) }
}

fn children(node: Node<'_, '_>, parent: &'static str, faults: &mut Vec<Fault>) -> Vec<Element> {
    node.children().filter(Node::is_element).filter_map(|child| element(child, parent, faults)).collect()
}

fn element(node: Node<'_, '_>, parent: &'static str, faults: &mut Vec<Fault>) -> Option<Element> {
    let written = node.tag_name().name();
    let Some((name, word)) = verbs::find(written) else {
        faults.push(Fault::UnknownVerb(written.to_owned()));
        return None;
    };
    if !word.may_stand_in(parent) {
        faults.push(Fault::Misplaced { verb: name.into(), parent: parent.into() });
    }
    let attributes: Vec<(String, String)> = node
        .attributes()
        .map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned()))
        .collect();
    faults.extend(attributes.iter().filter_map(|(attribute, value)| word.judge(name, attribute, value)));
    let text: String = node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    // What stands in a Say is SSML, which is the speaker's and not ours to judge.
    let children = if name == "Say" { Vec::new() } else { children(node, name, faults) };
    Some(Element { name, attributes, text: text.trim().to_owned(), children })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_any_case_are_the_documented_ones() {
        let page = read("<RESPONSE><DIAL timeout='5'><number>1001</number></DIAL><hangup/></RESPONSE>");
        let page = page.expect("a page");
        assert_eq!(page.iter().map(|verb| verb.name).collect::<Vec<_>>(), ["Dial", "Hangup"]);
        assert_eq!((page[0].children[0].name, page[0].children[0].text.as_str()), ("Number", "1001"));
    }

    #[test]
    fn all_that_is_wrong_with_a_page_is_said_at_once() {
        let faults = read("<Response><Dail/><Gather digits='1'><Dial>1</Dial></Gather>oops</Response>");
        let told: Vec<String> = faults.expect_err("faults").iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "the answer is not CXML: text between its verbs: \"oops\"",
                "<Dail> is no verb or noun of CXML",
                "<Gather> has no attribute \"digits\"",
                "<Dial> must not stand in <Gather>",
            ]
        );
        for broken in ["", "<Response>", "{}", "<html/>"] {
            assert!(matches!(read(broken).expect_err("no page")[..], [Fault::NotCxml(_)]), "{broken:?}");
        }
    }
}
