//! The smallest story of a broken law: lines are left out as long as the law stays broken.

use super::laws::Law;
use super::script::Script;
use crate::story::play::Play;
use crate::story::scene::Scene;
use std::sync::Arc;

/// The most stories that are tried.
const TRIES_MAX: usize = 20_000;

#[derive(Clone)]
struct Case {
    scene: Vec<String>,
    script: Script,
}

/// Makes a broken call small, and tells it as a story.
pub(super) fn story(law: &Law, scene: &[String], script: &Script) -> String {
    let mut case = Case { scene: scene.to_vec(), script: script.clone() };
    let mut tries = 0;
    // Each round makes the case smaller, or is the last.
    loop {
        let smaller = candidates(&case).find(|smaller| {
            tries += 1;
            tries < TRIES_MAX && breaks(law, smaller)
        });
        match smaller {
            Some(smaller) => case = smaller,
            None => break,
        }
    }
    let told = read(&case).map_or_else(String::new, |scene| case.script.told(&scene).0);
    format!("# Broken: {}.\n{}\n\n{told}", law.says, case.scene.join("\n"))
}

fn read(case: &Case) -> Option<Arc<Scene>> {
    super::read(&case.scene).ok()
}

fn breaks(law: &Law, case: &Case) -> bool {
    read(case).is_some_and(|scene| {
        let (_, play): (String, Play) = case.script.told(&scene);
        play.calls() > 0 && (law.check)(&play).is_err()
    })
}

/// Everything that is one step smaller.
fn candidates(case: &Case) -> impl Iterator<Item = Case> + '_ {
    let lines = (0..case.scene.len()).map(|at| without_line(case, at));
    let clauses = (0..case.scene.len()).flat_map(|at| without_clauses(case, at));
    let events = (0..case.script.lines.len()).rev().map(|at| {
        let mut smaller = case.clone();
        smaller.script.lines.remove(at);
        smaller
    });
    events.chain(lines).chain(clauses)
}

/// Takes a line out of the scene; what pointed at it hangs up instead.
fn without_line(case: &Case, at: usize) -> Case {
    let mut smaller = case.clone();
    let gone = smaller.scene.remove(at);
    let mut words = gone.split_whitespace();
    if let (Some(kind), Some(name)) = (words.next(), words.next()) {
        let named = format!("{kind} {}", name.trim_end_matches([',', ':']));
        for line in &mut smaller.scene {
            let begins = line.starts_with(&named);
            if !begins {
                *line = line.replace(&format!("-> {named}"), "-> hangup");
            }
        }
    }
    smaller
}

/// Takes one of the parts between commas out of a line.
fn without_clauses(case: &Case, at: usize) -> impl Iterator<Item = Case> + '_ {
    let parts: Vec<&str> = case.scene[at].split(", ").collect();
    let count = parts.len();
    (1..count).map(move |gone| {
        let mut smaller = case.clone();
        let kept = parts.iter().enumerate().filter(|(part, _)| *part != gone).map(|(_, text)| *text);
        smaller.scene[at] = kept.collect::<Vec<_>>().join(", ");
        smaller
    })
}
