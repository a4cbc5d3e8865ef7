//! `opbx simulate` on the demo company: every destination, in words and as JSON.

use crate::process::{run, stderr, stdout};
use serde_json::Value as Json;
use tempfile::TempDir;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/data/company.toml");
const CALLER: &str = "+442079460018";
const MAIN: &str = "+12125550100";
/// A Tuesday in office hours, and an hour of the night.
const OPEN: &str = "2026-03-03 10:00";
const NIGHT: &str = "2026-03-03 03:00";
const PINS: [&str; 2] = ["2468", "13579"];

struct Demo {
    data: String,
    _folder: TempDir,
}

impl Demo {
    fn applied() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().display().to_string();
        let applied = run(&["config", "apply", DEMO, "--data", &data]);
        assert!(applied.status.success(), "{}", stderr(&applied));
        let again = stdout(&run(&["config", "apply", DEMO, "--data", &data]));
        assert!(again.contains("0 created, 0 updated"), "{again}");
        Self { data, _folder: folder }
    }

    fn told(&self, options: &[&str]) -> String {
        let output = run(&[&["simulate", "--data", &self.data], options].concat());
        assert!(output.status.success(), "{options:?}: {}", stderr(&output));
        let told = stdout(&output);
        for pin in PINS {
            assert!(!told.contains(pin), "the PIN {pin} was told:\n{told}");
        }
        told
    }

    fn main(&self, at: &str, options: &[&str]) -> String {
        self.told(&[&["--from", CALLER, "--to", MAIN, "--at", at], options].concat())
    }

    fn in_json(&self, options: &[&str]) -> Json {
        serde_json::from_str(&self.told(&[options, &["--json"]].concat())).expect("JSON")
    }
}

fn assert_tells(told: &str, sentences: &[&str]) {
    let mut rest = told;
    for sentence in sentences {
        let at =
            rest.find(sentence).unwrap_or_else(|| panic!("{sentence:?} is not, in its turn, in:\n{told}"));
        rest = &rest[at + sentence.len()..];
    }
}

#[test]
fn every_way_of_the_demo_company_is_explained() {
    let demo = Demo::applied();
    let chosen = demo.main(OPEN, &["--keys", ",7,1", "--answer", "1002=yes"]);
    assert_tells(
        &chosen,
        &[
            "hours \"Office\"",
            "open:",
            "menu \"Main menu\" plays",
            "no key was pressed",
            "7 means nothing",
            "key 1 of menu \"Main menu\" → ring group \"Sales\"",
            "ring 1001, 1002",
            "Result: completed",
        ],
    );
    let dialled = demo.main(OPEN, &["--keys", "9,9,1003", "--answer", "1003=no,+12125550199=yes"]);
    assert_tells(
        &dialled,
        &[
            "9 means nothing",
            "9 means nothing",
            "extension 1003 was dialled in menu",
            "1003 forwards calls that are not answered → forward to +12125550199",
            "outbound rule \"United States\"",
            "answered by +12125550199",
        ],
    );
    let given_up = demo.main(OPEN, &["--answer", "1000=busy", "--no-message"]);
    assert_tells(
        &given_up,
        &["gives up after 3 turns", "failover", "voicemail of 1000", "no message was left"],
    );
    let night = demo.main(NIGHT, &["--message", "300"]);
    assert_tells(
        &night,
        &["closed:", "voicemail \"Office\" takes a message of at most 120 s", "a message of 120 s"],
    );
    let host = demo.main(OPEN, &["--keys", "3,1111,13579"]);
    assert_tells(
        &host,
        &["the PIN is wrong", "the PIN is the host's", "joins conference room \"Weekly call\" as its host"],
    );
    let refused = demo.main(OPEN, &["--keys", "3,1,2,3"]);
    assert_tells(&refused, &["the PIN is wrong", "the PIN is wrong", "the PIN is wrong", "the call ends"]);
    let assistant = demo.main(OPEN, &["--keys", "4", "--answer", "+12125550160=fails,1000=yes"]);
    assert_tells(
        &assistant,
        &["call AI assistant \"Concierge\"", "fallback of AI assistant", "answered by 1000"],
    );
}

#[test]
fn who_may_call_outside_is_explained_with_the_rule() {
    let demo = Demo::applied();
    let call =
        |from: &str, to: &str, answer: &str| demo.told(&["--from", from, "--to", to, "--answer", answer]);
    assert_tells(
        &call("1001", "(212) 555-0188", "+12125550188=fails"),
        &["by trunk \"demo-trunk\", showing +12125550103", "the dial failed", "by trunk \"demo-trunk-2\""],
    );
    assert_tells(&call("1002", "+441614960000", ""), &["refused: no outbound rule allows it"]);
    assert_tells(&call("1000", "+12125550188", ""), &["extension 1000 may not make outside calls"]);
    assert_tells(&call("1000", "911", ""), &["911 is an emergency number"]);
    assert_tells(&call("1001", "3000", ""), &["extension 3000 → conference room \"Weekly call\""]);
    assert_tells(
        &call("1001", "1003", "1003=no"),
        &["forward to +12125550199", "ring +12125550199 by trunk"],
    );
}

#[test]
fn json_tells_everything_by_stable_codes() {
    let demo = Demo::applied();
    let told =
        demo.in_json(&["--from", CALLER, "--to", MAIN, "--at", "2026-12-24 18:05", "--message", "12s"]);
    assert_eq!(
        (&told["tenant"], &told["at"], &told["time_zone"]),
        (&"demo".into(), &"2026-12-24T23:05:00Z".into(), &"America/New_York".into())
    );
    assert_eq!((&told["direction"], &told["ending"]), (&"inbound".into(), &"message_left".into()));
    assert_eq!((&told["number"], &told["messages"][0]["length_s"]), (&MAIN.into(), &12.into()));
    assert!(told["plan_version"].as_i64().is_some() && told["core_version"].is_string());
    let codes: Vec<&str> = told["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .flat_map(|step| step["trace"].as_array().expect("a trace"))
        .filter_map(|reason| reason["code"].as_str())
        .collect();
    assert_eq!(
        codes,
        ["arrived", "number_dialled", "hours_judged", "goes", "message_asked", "message_left", "ended"]
    );
    let kinds: Vec<&str> = told["timeline"]
        .as_array()
        .expect("a timeline")
        .iter()
        .filter_map(|moment| moment["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["started", "played", "recording", "recorded", "said", "ended"]);
    let sentences = told["steps"][0]["sentences"].as_array().expect("sentences");
    assert!(
        sentences[1].as_str().is_some_and(|sentence| sentence.contains("→ hours \"Office\"")),
        "{sentences:?}"
    );
    let outbound = demo.in_json(&["--from", "1002", "--to", CALLER, "--direction", "outbound"]);
    assert_eq!(
        (&outbound["direction"], &outbound["legs"][0]["target"]),
        (&"outbound".into(), &CALLER.into())
    );
}

#[test]
fn an_option_that_cannot_be_understood_is_named() {
    let demo = Demo::applied();
    for (options, reason) in [
        (&["--keys", "1x"][..], "--keys"),
        (&["--keys", "12345678901234567"], "--keys"),
        (&["--message", "long"], "--message"),
        (&["--message", "0s"], "--message"),
        (&["--message", "5s", "--no-message"], "--no-message"),
        (&["--at", "tomorrow"], "--at"),
        (&["--answer", "1001=perhaps"], "--answer"),
        (&["--direction", "sideways"], "--direction"),
        (&["--tenant", "nobody"], "--tenant"),
    ] {
        let call = ["simulate", "--data", &demo.data, "--from", CALLER, "--to", MAIN];
        let refused = run(&[&call[..], options].concat());
        assert!(!refused.status.success(), "{options:?}");
        assert!(stderr(&refused).contains(reason), "{options:?}: {}", stderr(&refused));
    }
}
