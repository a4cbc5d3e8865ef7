//! In what a call differs from what was expected, in sentences.

use super::Course;
use crate::ways::Passed;
use opbx_kernel::Language;
use opbx_routing::trace::Tell as _;
use opbx_routing::{Ending, PlaceKind};

/// What differs; empty where all is as expected.
///
/// Ways are told apart at the first place where they part: what follows is another way.
pub(super) fn differences(language: Language, expected: &Course, found: &Course) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(parting(language, &expected.way, &found.way));
    if expected.end.reason != found.end.reason {
        let (was, is) = (ending(language, &expected.end.reason), ending(language, &found.end.reason));
        told.push(language.choose(
            format!("The call ends with \"{is}\", and \"{was}\" was expected."),
            format!("L’appel se termine ainsi : {is} ; attendu : {was}."),
        ));
    }
    match (&expected.end.answered_by, &found.end.answered_by) {
        (was, is) if was == is => {}
        (Some(was), Some(is)) => told.push(language.choose(
            format!("{is} takes the call, and {was} was expected."),
            format!("{is} prend l’appel ; {was} était attendu."),
        )),
        (Some(was), None) => told.push(language.choose(
            format!("Nobody takes the call, and {was} was expected."),
            format!("Personne ne prend l’appel ; {was} était attendu."),
        )),
        (None, Some(is)) => told.push(language.choose(
            format!("{is} takes the call, and nobody was expected to."),
            format!("{is} prend l’appel ; personne n’était attendu."),
        )),
        (None, None) => {}
    }
    told
}

fn parting(language: Language, expected: &[Passed], found: &[Passed]) -> Option<String> {
    let name = |passed: &Passed| name(language, passed);
    let same = expected.iter().zip(found).take_while(|(was, is)| was.node == is.node).count();
    let after = match same.checked_sub(1).and_then(|last| found.get(last)) {
        None => language.choose("At first", "Au début,").to_owned(),
        Some(last) => language.choose(format!("After {}", name(last)), format!("Après {},", name(last))),
    };
    match (expected.get(same), found.get(same)) {
        (None, None) => None,
        (Some(was), Some(is)) => Some(language.choose(
            format!("{after} the call goes to {}, and {} was expected.", name(is), name(was)),
            format!("{after} l’appel va ici : {} ; attendu : {}.", name(is), name(was)),
        )),
        (Some(was), None) => Some(language.choose(
            format!("{after} the call goes nowhere, and {} was expected.", name(was)),
            format!("{after} l’appel ne va nulle part ; attendu : {}.", name(was)),
        )),
        (None, Some(is)) => Some(language.choose(
            format!("{after} the call goes on to {}, and was expected to go nowhere.", name(is)),
            format!("{after} l’appel continue : {} ; rien d’autre n’était attendu.", name(is)),
        )),
    }
}

fn name(language: Language, passed: &Passed) -> String {
    match (passed.kind.as_str(), passed.label.as_str()) {
        (_, "") => passed.node.clone(),
        ("hangup", _) => language.choose("the end", "la fin").to_owned(),
        ("forward", label) => label.to_owned(),
        (kind, label) => {
            let kind = kind_of(language, kind);
            language.choose(format!("{kind} \"{label}\""), format!("{kind} « {label} »"))
        }
    }
}

fn kind_of(language: Language, kind: &str) -> String {
    let place = match kind {
        "phone_number" => return language.choose("phone number", "numéro").to_owned(),
        "outbound_rule" => return language.choose("outbound rule", "règle de sortie").to_owned(),
        "trunk" => return language.choose("trunk", "ligne réseau").to_owned(),
        "extension" => PlaceKind::Extension,
        "ring_group" => PlaceKind::RingGroup,
        "ivr_menu" => PlaceKind::Menu,
        "business_hours" => PlaceKind::Hours,
        "conference_room" => PlaceKind::Conference,
        // What was expected by an older word still reads the same.
        "assistant" | "ai_assistant" => PlaceKind::Assistant,
        "voicemail" => PlaceKind::Voicemail,
        other => return other.replace('_', " "),
    };
    place.told_in(language)
}

/// An ending by its stable word, or as it stands where this version knows no such word.
fn ending(language: Language, word: &str) -> String {
    let known = Ending::ALL.into_iter().find(|ending| ending.as_str() == word);
    known.map_or_else(|| word.replace('_', " "), |ending| ending.told_in(language))
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
        assert_eq!(differences(Language::English, &expected, &expected), Vec::<String>::new());
        let elsewhere = course(&["Sales", "Night"], "no_answer", None);
        assert_eq!(
            differences(Language::English, &expected, &elsewhere),
            [
                "After ring group \"Sales\" the call goes to ring group \"Night\", and ring group \"Help\" was expected.",
                "The call ends with \"no answer\", and \"completed\" was expected.",
                "Nobody takes the call, and 1001 was expected.",
            ]
        );
        let longer = course(&["Sales", "Help", "Night"], "completed", Some("1002"));
        assert_eq!(
            differences(Language::English, &expected, &longer),
            [
                "After ring group \"Help\" the call goes on to ring group \"Night\", and was expected to go nowhere.",
                "1002 takes the call, and 1001 was expected.",
            ]
        );
        let nothing = course(&[], "completed", Some("1001"));
        assert_eq!(
            differences(Language::English, &expected, &nothing),
            ["At first the call goes nowhere, and ring group \"Sales\" was expected."]
        );
        assert_eq!(
            differences(Language::French, &expected, &elsewhere),
            [
                "Après groupe d’appel « Sales », l’appel va ici : groupe d’appel « Night » ; attendu : groupe d’appel « Help ».",
                "L’appel se termine ainsi : personne n’a répondu ; attendu : la conversation est terminée.",
                "Personne ne prend l’appel ; 1001 était attendu.",
            ]
        );
    }
}
