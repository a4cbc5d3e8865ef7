//! The simulation is exact, sees a broken law, and tells it small.

use super::laws::Law;
use super::script::Script;
use super::{Dice, company, read, run, run_by};
use crate::story::tell;
use opbx_routing::{Action, Target};

#[test]
fn three_thousand_calls_keep_every_law() {
    let tally = run(7, 0..3_000).unwrap_or_else(|broken| panic!("{broken}"));
    assert_eq!(tally.calls, 3_000);
    assert!(tally.steps > 2 * tally.calls, "{tally}");
    // A simulation that tells little proves little.
    for ending in ["completed", "caller_left", "no_answer", "message_left", "no_choice", "refused", "hung_up"]
    {
        assert!(tally.endings.contains_key(ending), "no call ended {ending}: {tally}");
    }
    for fault in
        ["repeated", "asked again", "process died", "late", "operation fails", "plan changes", "counter away"]
    {
        assert!(tally.faults.contains_key(fault), "nothing was {fault}: {tally}");
    }
    assert!(tally.forked * 20 < tally.calls, "too many calls are not compared: {tally}");
}

#[test]
fn a_seed_plays_the_same_calls_and_another_seed_others() {
    let played = |seed| run(seed, 0..100).unwrap_or_else(|broken| panic!("{broken}"));
    assert_eq!(played(3), played(3));
    assert_ne!(played(3).digest, played(4).digest);
}

#[test]
fn every_random_call_can_be_told_as_a_story() {
    for number in 0..200 {
        let lines = company::lines(&mut Dice::new(9, number, "company"));
        let scene = read(&lines).expect("a random company can be read");
        let (script, play) = Script::played(&scene, &mut Dice::new(9, number, "call"));
        let (told, again) = script.told(&scene);
        assert_eq!(again.ledger(), play.ledger(), "it is played again alike");
        let story = format!("{}\n\n{told}", lines.join("\n"));
        assert_eq!(tell(&story).faults, [], "{story}");
    }
}

/// A law that does not hold: 1003 has a phone.
const NEVER_1003: Law = Law {
    says: "1003 never rings",
    check: |play| {
        let rings = |target: &Target| **target.number() == *"1003";
        let rung = play.journal().iter().flat_map(|entry| &entry.actions).any(|action| match action {
            Action::Dial(dial) => dial.targets.iter().any(rings),
            _ => false,
        });
        if rung { Err("it rang".into()) } else { Ok(()) }
    },
};

#[test]
fn a_broken_law_is_told_as_a_small_story_that_can_be_told_again() {
    let broken = run_by(&[NEVER_1003], 5, 0..1_000).expect_err("1003 rings in one of these calls");
    assert_eq!(broken.law, "1003 never rings");
    assert_eq!(tell(&broken.story).faults, [], "{}", broken.story);
    let lines = broken.story.lines().filter(|line| !line.is_empty()).count();
    assert!(lines <= 7, "{}", broken.story);
    let again =
        run_by(&[NEVER_1003], 5, broken.call..broken.call + 1).expect_err("the call alone breaks it too");
    assert_eq!(again.story, broken.story);
}
