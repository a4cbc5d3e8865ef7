//! In which order a file's changes can be written: decided before anything is, so that a plan refuses what cannot be.

use super::difference::Changed;
use super::nodes::{Node, Nodes, Wish};
use super::snapshot::Snapshot;
use super::unique::Holding;
use opbx_platform::source::SourceError;
use std::collections::HashSet;

pub(super) struct Order {
    /// Records whose unique values change, each after the one that lets go of what it takes.
    pub(super) moves: Vec<usize>,
    /// New records: those of a round need only what was there, or came in the rounds before.
    pub(super) rounds: Vec<Vec<usize>>,
}

impl Order {
    /// Finds an order; what has none is a mistake.
    pub(super) fn of<'a>(
        nodes: &Nodes<'a>,
        snapshot: &Snapshot<'a>,
        changed: &Changed,
        mistakes: &mut Vec<SourceError>,
    ) -> Self {
        let rounds = rounds(nodes).map_err(|mistake| mistakes.push(mistake));
        let moves = moves(nodes, snapshot, changed).map_err(|mistake| mistakes.push(mistake));
        Self { moves: moves.unwrap_or_default(), rounds: rounds.unwrap_or_default() }
    }
}

fn moves<'a>(
    nodes: &Nodes<'a>,
    snapshot: &Snapshot<'a>,
    changed: &Changed,
) -> Result<Vec<usize>, SourceError> {
    let is_unique = |node: &Node<'_>, number: &usize| {
        let field = node.wishes[*number].field;
        let in_group = || node.model.unique.iter().any(|group| group.contains(&field.name));
        field.unique.is_some() || field.name == "active" || in_group()
    };
    let moving = (0..nodes.all.len()).filter(|at| {
        let node = &nodes.all[*at];
        node.id.is_some() && changed.wishes[*at].iter().any(|number| is_unique(node, number))
    });
    let mut waiting: Vec<usize> = moving.collect();
    let models: HashSet<&str> = waiting.iter().map(|at| nodes.all[*at].model.name.as_str()).collect();
    let mut holding = Holding::of(snapshot, &models);
    let mut moves = Vec::with_capacity(waiting.len());
    // Each round brings at least one record to its place, or some exchange their values.
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|at| {
            let is_free = holding.is_free(nodes, snapshot, *at);
            if is_free {
                holding.moved(nodes, snapshot, *at);
                moves.push(*at);
            }
            !is_free
        });
        if waiting.len() == before {
            let titles: Vec<String> = waiting.iter().map(|at| nodes.title(*at)).collect();
            let message = format!(
                "{} exchange values that may stand once: give one of them another value first",
                titles.join(" and ")
            );
            return Err(nodes.all[waiting[0]].place.refuse(message));
        }
    }
    Ok(moves)
}

/// Those records first whose references all exist, and where none is left of these, those that can do without for now.
fn rounds(nodes: &Nodes<'_>) -> Result<Vec<Vec<usize>>, SourceError> {
    let mut exists: Vec<bool> = nodes.all.iter().map(|node| node.id.is_some()).collect();
    let mut missing: Vec<usize> = (0..nodes.all.len()).filter(|at| !exists[*at]).collect();
    let mut rounds = Vec::new();
    // Each round creates at least one record, or there is a circle of required references.
    while !missing.is_empty() {
        let waits = |wish: &Wish<'_>| wish.content.named().any(|at| !exists[at]);
        let is_whole = |at: &usize| !nodes.all[*at].wishes.iter().any(waits);
        let is_possible = |at: &usize| !required(&nodes.all[*at]).any(waits);
        let (mut ready, mut later): (Vec<usize>, Vec<usize>) = missing.iter().partition(|at| is_whole(at));
        if ready.is_empty() {
            (ready, later) = missing.iter().partition(|at| is_possible(at));
        }
        if ready.is_empty() {
            return Err(circle(nodes, &exists, missing[0]));
        }
        for at in &ready {
            exists[*at] = true;
        }
        rounds.push(ready);
        missing = later;
    }
    Ok(rounds)
}

/// What a record cannot be created without.
fn required<'n, 'a>(node: &'n Node<'a>) -> impl Iterator<Item = &'n Wish<'a>> {
    node.wishes.iter().filter(|wish| wish.field.required && wish.field.default.is_none())
}

/// Names who waits for whom.
fn circle(nodes: &Nodes<'_>, exists: &[bool], start: usize) -> SourceError {
    let mut way = vec![start];
    // A way longer than there are records has come around.
    for _ in 0..=nodes.all.len() {
        let node = &nodes.all[way[way.len() - 1]];
        let next = required(node).flat_map(|wish| wish.content.named()).find(|at| !exists[*at]);
        let Some(next) = next else { break };
        let entered = way.iter().position(|at| *at == next);
        way.push(next);
        if let Some(entered) = entered {
            way.drain(..entered);
            break;
        }
    }
    let mut titles: Vec<String> = way.iter().map(|at| nodes.title(*at)).collect();
    titles.dedup();
    let message =
        format!("its required fields name records that need this one first: {}", titles.join(" → "));
    nodes.all[way[0]].place.refuse(message)
}
