//! What the page's code takes for granted of an answer: members by their paths, and of what kind each is.

use jiff::Timestamp;
use serde_json::Value as Json;

/// Checks members such as `id:id name:text meta.total:number status:active|inactive`.
///
/// Kinds: `id` (a number, or a text of digits), `number`, `text`, `flag`, `list`, `object`, `time`, or the words that are
/// known. A `?` lets a member be null or left out.
#[track_caller]
pub(super) fn reads(value: &Json, members: &str) {
    for member in members.split_whitespace() {
        let (path, kind) = member.split_once(':').expect("a member and its kind");
        let (kind, may_lack) = kind.strip_suffix('?').map_or((kind, false), |kind| (kind, true));
        let found = path.split('.').fold(value, |at, name| &at[name]);
        let is_fine = found.is_null() && may_lack || is(found, kind);
        assert!(is_fine, "the page reads {path} as {kind}, not {found}, in {value}");
    }
}

fn is(found: &Json, kind: &str) -> bool {
    let text = found.as_str();
    match kind {
        "id" => found.is_u64() || text.is_some_and(|text| text.parse::<u64>().is_ok()),
        "number" => found.is_number(),
        "text" => text.is_some(),
        "flag" => found.is_boolean(),
        "list" => found.is_array(),
        "object" => found.is_object(),
        "time" => text.is_some_and(|text| text.parse::<Timestamp>().is_ok()),
        words => text.is_some_and(|text| words.split('|').any(|word| word == text)),
    }
}

/// The rows of a list in its envelope, each with these members; at least one.
#[track_caller]
pub(super) fn rows<'a>(list: &'a Json, members: &str) -> &'a [Json] {
    reads(
        list,
        "data:list meta.total:number meta.current_page:number meta.last_page:number meta.per_page:number \
         meta.from:number? meta.to:number?",
    );
    let rows = list["data"].as_array().expect("a list");
    assert!(!rows.is_empty(), "nothing to look at: {list}");
    for row in rows {
        reads(row, members);
    }
    rows
}

#[test]
#[should_panic(expected = "the page reads a.b as number")]
fn a_member_of_another_kind_is_found_out() {
    reads(&serde_json::json!({ "a": { "b": "7" } }), "a:object a.b:id a.b:number");
}
