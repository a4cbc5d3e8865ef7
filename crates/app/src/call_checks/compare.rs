//! In what a call differs from what was expected, in sentences.

use super::Course;
use crate::ways::Passed;

/// What differs; empty where all is as expected.
///
/// Ways are told apart at the first place where they part: what follows is another way.
pub(super) fn differences(expected: &Course, found: &Course) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(parting(&expected.way, &found.way));
    if expected.end.reason != found.end.reason {
        let (was, is) = (words(&expected.end.reason), words(&found.end.reason));
        told.push(format!("The call ends with \"{is}\", and \"{was}\" was expected."));
    }
    match (&expected.end.answered_by, &found.end.answered_by) {
        (was, is) if was == is => {}
        (Some(was), Some(is)) => told.push(format!("{is} takes the call, and {was} was expected.")),
        (Some(was), None) => told.push(format!("Nobody takes the call, and {was} was expected.")),
        (None, Some(is)) => told.push(format!("{is} takes the call, and nobody was expected to.")),
        (None, None) => {}
    }
    told
}

fn parting(expected: &[Passed], found: &[Passed]) -> Option<String> {
    let same = expected.iter().zip(found).take_while(|(was, is)| was.node == is.node).count();
    let after = same.checked_sub(1).and_then(|last| found.get(last));
    let after = after.map_or_else(|| "At first".to_owned(), |last| format!("After {}", name(last)));
    match (expected.get(same), found.get(same)) {
        (None, None) => None,
        (Some(was), Some(is)) => {
            Some(format!("{after} the call goes to {}, and {} was expected.", name(is), name(was)))
        }
        (Some(was), None) => Some(format!("{after} the call goes nowhere, and {} was expected.", name(was))),
        (None, Some(is)) => {
            Some(format!("{after} the call goes on to {}, and was expected to go nowhere.", name(is)))
        }
    }
}

fn name(passed: &Passed) -> String {
    match (passed.kind.as_str(), passed.label.as_str()) {
        (_, "") => passed.node.clone(),
        ("hangup", _) => "the end".to_owned(),
        ("forward", label) => label.to_owned(),
        (kind, label) => format!("{} \"{label}\"", words(kind)),
    }
}

fn words(code: &str) -> String {
    match code {
        "ivr_menu" => "menu".to_owned(),
        "ai_assistant" => "AI assistant".to_owned(),
        code => code.replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::End;

    fn course(way: &[&str], reason: &str, answered_by: Option<&str>) -> Course {
        let passed = way.iter().map(|label| Passed {
            kind: "ring_group".to_owned(),
            id: None,
            label: (*label).to_owned(),
            node: format!("ring_group:{label}"),
        });
        let end = End { reason: reason.to_owned(), answered_by: answered_by.map(str::to_owned), node: None };
        Course { way: passed.collect(), end }
    }

    #[test]
    fn what_differs_is_told_where_the_ways_part() {
        let expected = course(&["Sales", "Help"], "completed", Some("1001"));
        assert_eq!(differences(&expected, &expected), Vec::<String>::new());
        let elsewhere = course(&["Sales", "Night"], "no_answer", None);
        assert_eq!(
            differences(&expected, &elsewhere),
            [
                "After ring group \"Sales\" the call goes to ring group \"Night\", and ring group \"Help\" was expected.",
                "The call ends with \"no answer\", and \"completed\" was expected.",
                "Nobody takes the call, and 1001 was expected.",
            ]
        );
        let longer = course(&["Sales", "Help", "Night"], "completed", Some("1002"));
        assert_eq!(
            differences(&expected, &longer),
            [
                "After ring group \"Help\" the call goes on to ring group \"Night\", and was expected to go nowhere.",
                "1002 takes the call, and 1001 was expected.",
            ]
        );
        let nothing = course(&[], "completed", Some("1001"));
        assert_eq!(
            differences(&expected, &nothing),
            ["At first the call goes nowhere, and ring group \"Sales\" was expected."]
        );
    }
}
