//! Every story holds, and a story that is wrong is caught.

use opbx_telephony::story::{Fault, tell};
use std::path::Path;

#[test]
fn every_story_in_scenarios_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut told = 0;
    for entry in std::fs::read_dir(&folder).expect("the folder of stories") {
        let path = entry.expect("a story").path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable story");
        assert_eq!(tell(&text).faults, Vec::<Fault>::new(), "{}", path.display());
        assert!(text.starts_with("# "), "{} does not begin with what it tells", path.display());
        told += 1;
    }
    assert!(told >= 15, "only {told} stories");
}

const STORY: &str = "group sales sequential 20s 1 turn: 1001 1002 -> hangup
00:00 call +15550100 -> sales => ring 1001
00:20 timeout => stop 1001, ring 1002
";

fn faulty_line(story: &str) -> Option<usize> {
    tell(story).faults.first().map(|fault| fault.line)
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
fn blessing_writes_what_happened_and_keeps_the_rest() {
    let wrong = STORY.replace("ring 1002", "ring 1003");
    assert_eq!(tell(&wrong).blessed, STORY);
}
