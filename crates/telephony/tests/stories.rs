//! Every story holds, the stories tell of every reason there is, and a story that is wrong is caught.

use opbx_routing::Reason;
use opbx_telephony::story::{Fault, index, tell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every story of `scenarios/`: its name and its text.
fn stories() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(root().join("scenarios")).expect("the folder of stories");
    let mut stories = Vec::new();
    for path in entries.map(|entry| entry.expect("a story").path()) {
        if path.extension().is_some_and(|extension| extension == "txt") {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            stories.push((name, std::fs::read_to_string(&path).expect("a readable story")));
        }
    }
    stories.sort();
    stories
}

#[test]
fn every_story_in_scenarios_holds() {
    let stories = stories();
    for (name, text) in &stories {
        assert_eq!(tell(text).faults, Vec::<Fault>::new(), "{name}");
        assert!(text.starts_with("# "), "{name} does not begin with what it tells");
    }
    assert!(stories.len() >= 140, "only {} stories", stories.len());
}

#[test]
fn the_index_and_the_folder_agree() {
    let written = std::fs::read_to_string(root().join("scenarios/INDEX.md")).expect("the index of stories");
    assert!(
        written == index(&stories(), &written),
        "run `cargo xtask story --bless` and read what it changes"
    );
}

#[test]
fn a_defect_that_is_disproved_elsewhere_names_tests_that_exist() {
    let written = std::fs::read_to_string(root().join("scenarios/INDEX.md")).expect("the index of stories");
    let (_, elsewhere) = written.split_once("## Disproved elsewhere").expect("the part by hand");
    let mut named = 0;
    for row in elsewhere.lines().filter(|line| line.starts_with("| ") && line.contains("::")) {
        let test = row.trim_end_matches('|').rsplit('|').next().expect("a cell").trim().trim_matches('`');
        let (file, name) = test.split_once("::").expect("file::test");
        named += 1;
        // A copy of the tree that holds the routing crates alone judges what it has.
        if let Ok(text) = std::fs::read_to_string(root().join(file)) {
            assert!(text.contains(&format!("fn {name}(")), "{file} has no test {name}");
        } else {
            assert!(!root().join("crates/http").exists(), "there is no {file}");
        }
    }
    assert!(named >= 5, "only {named} rows name a test");
}

/// Names every reason once: the list, and the compiler's word that it is whole.
macro_rules! reasons {
    ($($variant:ident),+ $(,)?) => {
        const REASONS: &[&str] = &[$(stringify!($variant)),+];

        fn variant(reason: &Reason) -> &'static str {
            match reason {
                $(Reason::$variant { .. } => stringify!($variant)),+
            }
        }
    };
}

reasons! {
    Arrived, NumberDialled, NumberInactive, NumberUnknown, ExtensionDialled, ExtensionUnknown, ExtensionPoints,
    ExtensionVoicemail, Forwarded, ForwardUnusable, EmergencyDialled, OutboundAllowed, OutsideRung, OutboundRefused,
    GroupOrder, RotationUnavailable, NotRung, GroupAttempt, Ringing, DialEnded, NobodyAvailable, NobodyAnswered,
    GroupFallback, HoursJudged, MenuPlayed, KeyPressed, DirectlyDialled, NoKey, WrongKey, MenuGivenUp, MenuFailover,
    PinAsked, PinEntered, RoomJoined, RoomLeft, AssistantCalled, AssistantUnreachable, AssistantFallback, MessageAsked,
    MessageLeft, NoMessage, Goes, CompanyFallback, Missing, Inactive, NotBuilt, Loop, NumberLoop, TooDeep,
    RecordingDecided, RecordingAnnounced, CallerBlocked, CallerAnonymous, CallerTooOften, CallerRateUnknown,
    FeatureDialled, FeatureRefused, LastCaller, NoMailbox, BoxPinEntered, MailboxOpened, MailboxUnavailable,
    MessagePlayed, MessageHandled,
    HangupConfigured, UnexpectedEvent, AlreadyEnded, Ended,
}

/// What tells apart the reasons of one code: why a call was refused, forwarded, not rung, how hours judged, how it ended.
fn finer(reason: &Reason) -> Option<String> {
    let told = serde_json::to_value(reason).expect("a reason serialises");
    let word = |value: &serde_json::Value| match value {
        serde_json::Value::String(word) => word.clone(),
        other => other.as_object().and_then(|fields| fields.keys().next().cloned()).unwrap_or_default(),
    };
    match reason {
        Reason::OutboundRefused { .. } | Reason::Forwarded { .. } | Reason::NotRung { .. } => {
            Some(word(&told["why"]))
        }
        Reason::HoursJudged { .. } => Some(word(&told["verdict"]["why"])),
        Reason::Ended { .. } => Some(word(&told["ending"])),
        Reason::PinEntered { .. } => Some(word(&told["entry"])),
        Reason::DialEnded { .. } => Some(word(&told["result"])),
        _ => None,
    }
}

const FINER: &[(&str, &[&str])] = &[
    (
        "OutboundRefused",
        &[
            "not_originated",
            "no_extension",
            "not_permitted",
            "not_a_number",
            "no_rule",
            "no_trunk",
            "country_not_allowed",
            "too_many_calls",
            "too_many_minutes",
        ],
    ),
    ("Forwarded", &["always", "do_not_disturb", "busy", "no_answer", "unreachable"]),
    ("NotRung", &["inactive", "busy", "do_not_disturb", "not_a_person", "named_twice"]),
    ("HoursJudged", &["inactive", "manual", "exception", "weekday", "day_before"]),
    ("PinEntered", &["nothing", "wrong", "participant", "host"]),
    ("DialEnded", &["completed", "busy", "canceled", "failed", "no_answer", "unknown"]),
    (
        "Ended",
        &[
            "completed",
            "caller_left",
            "no_answer",
            "message_left",
            "no_message",
            "no_choice",
            "not_found",
            "unavailable",
            "misconfigured",
            "not_built",
            "refused",
            "result_unknown",
            "hung_up",
            "unexpected",
        ],
    ),
];

#[test]
fn every_reason_is_told_by_a_story() {
    let mut told = BTreeSet::new();
    for reason in stories().iter().flat_map(|(_, text)| tell(text).reasons) {
        told.insert(variant(&reason).to_owned());
        told.extend(finer(&reason).map(|word| format!("{} {word}", variant(&reason))));
    }
    let whole = REASONS.iter().map(|code| (*code).to_owned());
    let fine = FINER.iter().flat_map(|(code, words)| words.iter().map(move |word| format!("{code} {word}")));
    let untold: Vec<String> = whole.chain(fine).filter(|code| !told.contains(code)).collect();
    assert_eq!(untold, Vec::<String>::new(), "no story tells of these");
}

#[test]
fn the_examples_of_the_page_about_stories_hold() {
    let page = std::fs::read_to_string(root().join("docs/stories.md")).expect("the page about stories");
    let mut told = 0;
    for example in page.split("```story\n").skip(1) {
        let (example, _) = example.split_once("```").expect("an example ends");
        assert_eq!(tell(example).faults, Vec::<Fault>::new(), "{example}");
        told += 1;
    }
    assert!(told >= 4, "only {told} examples");
}

const STORY: &str = "group sales sequential 20s 1 turn: 1001 1002 -> hangup
00:00 call +15550100 -> sales => ring 1001
00:20 timeout => stop 1001, ring 1002
";

fn faulty_line(story: &str) -> Option<usize> {
    tell(story).faults.first().map(|fault| fault.line)
}

fn first_fault(story: &str) -> String {
    tell(story).faults.first().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn a_story_that_tells_it_otherwise_is_caught_at_its_line() {
    assert_eq!(faulty_line(STORY), None);
    assert_eq!(faulty_line(&STORY.replace("ring 1002", "ring 1003")), Some(3));
    assert_eq!(faulty_line(&STORY.replace("00:20", "00:21")), Some(3), "the ring time is part of the story");
    assert_eq!(faulty_line(&format!("{STORY}because of nothing")), Some(4));
    assert_eq!(faulty_line(&format!("{STORY}record completed: 1001 answered")), Some(4));
    assert_eq!(faulty_line("group sales sideways: 1001\n00:00 call +15550100 -> sales =>"), Some(1));
    assert_eq!(faulty_line("# nothing happens"), Some(1));
}

#[test]
fn a_line_that_cannot_be_read_says_what_it_may_say() {
    assert_eq!(
        first_fault("trunk north sleepy"),
        "line 1: a trunk line does not know \"sleepy\"; it may say: inactive, active, recorded always|never|inherit, announces PROMPT, keeps 30 days"
    );
    assert_eq!(first_fault("number +12125550100 -> menu none"), "line 1: the story has no menu \"none\"");
    assert_eq!(first_fault("company -> somewhere"), "line 1: the story knows no \"somewhere\"");
    assert_eq!(
        first_fault("company -> a\nmenu a: 1 -> 1001\nvoicemail a"),
        "line 1: \"a\" is a menu and a voicemail: write which is meant"
    );
    assert_eq!(first_fault("extension 1001 \"Ann"), "line 1: a text begins with \" and does not end");
    assert_eq!(
        first_fault("company country Mars"),
        "line 1: \"Mars\" is no country: expected two letters, like GB"
    );
    assert_eq!(
        first_fault("hours office mon-fri nine, open -> 1001"),
        "line 1: a time like 09:00-17:00 is missing"
    );
    assert_eq!(first_fault("at yesterday 10:00").split(':').nth(1), Some(" yesterday 10"));
    assert!(first_fault(&format!("{STORY}00:30 sneezes")).starts_with("line 4: \"sneezes\" is no event;"));
    assert_eq!(first_fault(&format!("{STORY}usage 1003 2 calls")), "line 4: the story has no extension 1003");
}

#[test]
fn what_does_not_fit_where_the_call_stands_is_a_mistake_of_the_story() {
    let fault = |event: &str| first_fault(&format!("{STORY}00:25 {event}"));
    assert_eq!(fault("keys 1"), "line 4: no menu asks for keys");
    assert_eq!(fault("pin right"), "line 4: nobody asks for a PIN");
    assert_eq!(fault("message 3s"), "line 4: nothing is recorded");
    assert_eq!(fault("answer 1001"), "line 4: 1001 does not ring");
    assert_eq!(fault("timeout"), "line 4: the time is out at 00:40");
    let menu = "menu main: 1 -> 1001\n00:00 call +15550100 -> menu main => ask \"Please make a choice.\" for 1 key within 10s\n";
    assert_eq!(first_fault(&format!("{menu}00:05 no keys")), "line 3: no key counts as none at 00:03");
    assert_eq!(first_fault(&format!("{menu}00:05 busy")), "line 3: nothing rings");
}

#[test]
fn blessing_writes_what_happened_and_keeps_the_rest() {
    let wrong = STORY.replace("ring 1002", "ring 1003");
    assert_eq!(tell(&wrong).blessed, STORY);
}
