//! How an example says what an answer is: `…` stands for anything, `{{name}}` for what is caught there or known already.

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What examples caught so far, by its name.
pub(super) type Caught = BTreeMap<String, String>;

const ANYTHING: &str = "…";

enum Part<'a> {
    Text(&'a str),
    Anything,
    Name(&'a str),
}

fn parts(pattern: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), pattern);
    while !rest.is_empty() {
        let next = [rest.find(ANYTHING), rest.find("{{")].into_iter().flatten().min().unwrap_or(rest.len());
        if next > 0 {
            parts.push(Part::Text(&rest[..next]));
            rest = &rest[next..];
        } else if let Some(after) = rest.strip_prefix(ANYTHING) {
            parts.push(Part::Anything);
            rest = after;
        } else {
            let (name, after) = rest[2..].split_once("}}").expect("a name ends with }}");
            parts.push(Part::Name(name));
            rest = after;
        }
    }
    parts
}

/// Whether a text is as the pattern says; catches what it names.
pub(super) fn fits(pattern: &str, text: &str, caught: &mut Caught) -> bool {
    let parts = parts(pattern);
    let mut rest = text;
    for (place, part) in parts.iter().enumerate() {
        let known = match part {
            Part::Text(text) => Some((*text).to_owned()),
            Part::Anything => None,
            Part::Name(name) => caught.get(*name).cloned(),
        };
        if let Some(known) = known {
            let Some(after) = rest.strip_prefix(known.as_str()) else { return false };
            rest = after;
            continue;
        }
        let end = match parts.get(place + 1) {
            Some(Part::Text(next)) => rest.find(next),
            Some(_) => panic!("{pattern:?}: two unknowns stand side by side"),
            None => Some(rest.len()),
        };
        let Some(end) = end else { return false };
        if let Part::Name(name) = part {
            caught.insert((*name).to_owned(), rest[..end].to_owned());
        }
        rest = &rest[end..];
    }
    rest.is_empty()
}

/// Says where an answer is not as the pattern says. Members that the pattern leaves out may be anything; a list that
/// ends with `…` may be longer.
pub(super) fn differs(pattern: &Json, found: &Json, at: &str, caught: &mut Caught) -> Option<String> {
    match (pattern, found) {
        (Json::Object(members), Json::Object(_)) => {
            members.iter().find_map(|(name, member)| match found.get(name) {
                None => Some(format!("{at}.{name} is missing")),
                Some(value) => differs(member, value, &format!("{at}.{name}"), caught),
            })
        }
        (Json::Array(wanted), Json::Array(given)) => {
            let open = wanted.last().is_some_and(|last| last == ANYTHING);
            let wanted = if open { &wanted[..wanted.len() - 1] } else { &wanted[..] };
            if given.len() < wanted.len() || !open && given.len() > wanted.len() {
                return Some(format!("{at} has {} entries", given.len()));
            }
            let pairs = wanted.iter().zip(given).enumerate();
            pairs.into_iter().find_map(|(place, (wanted, given))| {
                differs(wanted, given, &format!("{at}[{place}]"), caught)
            })
        }
        (Json::String(pattern), Json::String(text)) => {
            (!fits(pattern, text, caught)).then(|| format!("{at} is {text:?}, not {pattern:?}"))
        }
        (Json::String(pattern), other) if pattern.starts_with("{{") || pattern == ANYTHING => {
            (!fits(pattern, &other.to_string(), caught)).then(|| format!("{at} is {other}, not {pattern:?}"))
        }
        (pattern, found) => (pattern != found).then(|| format!("{at} is {found}, not {pattern}")),
    }
}

/// Puts what is known in the place of its names.
pub(super) fn filled(text: &str, caught: &Caught) -> String {
    let known = parts(text).into_iter().map(|part| match part {
        Part::Text(text) => text.to_owned(),
        Part::Anything => ANYTHING.to_owned(),
        Part::Name(name) => caught
            .get(name)
            .unwrap_or_else(|| panic!("no example before this caught {name:?}: {text}"))
            .clone(),
    });
    known.collect()
}

#[test]
fn patterns_catch_and_compare() {
    let mut caught = Caught::new();
    assert!(fits("https://…/{{slug}}?x={{x}}", "https://a.example/acme?x=7", &mut caught));
    assert_eq!((caught["slug"].as_str(), caught["x"].as_str()), ("acme", "7"));
    assert!(!fits("{{slug}}!", "globex!", &mut caught), "what was caught must come again");
    assert!(!fits("abc", "abcd", &mut caught) && !fits("…z", "abc", &mut caught));
    let pattern = serde_json::json!({"a": [1, "…"], "b": "{{x}}"});
    assert_eq!(differs(&pattern, &serde_json::json!({"a": [1, 2], "b": 7, "c": 0}), "", &mut caught), None);
    assert!(differs(&pattern, &serde_json::json!({"a": [2], "b": 7}), "", &mut caught).is_some());
    assert!(differs(&pattern, &serde_json::json!({"a": [1], "b": 8}), "", &mut caught).is_some());
    assert_eq!(filled("/x/{{x}}", &caught), "/x/7");
}
