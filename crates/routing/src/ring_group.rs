//! Ring groups: whom to ring, in which order, how often, and what then.

use crate::action::Target;
use crate::call::{Dialing, Ending, Hunt};
use crate::destination::{Destination, ExtensionId, Place, PlaceKind, RingGroupId};
use crate::extension::{target, why_not_rung};
use crate::facts::{Ticket, TicketClaim, Wanted};
use crate::plan::{RingGroup, Strategy};
use crate::trace::{Reason, WhyNot};
use crate::walk::{Walk, say};
use smallvec::SmallVec;
use std::sync::Arc;

/// The most members of a group that are looked at.
pub const MEMBERS_MAX: usize = 50;

type Order = SmallVec<[ExtensionId; 4]>;

pub(crate) fn visit(walk: &mut Walk<'_>, id: RingGroupId) -> Option<Destination> {
    let plan = walk.plan;
    let place = Place { kind: PlaceKind::RingGroup, id: id.get() };
    let Some(group) = plan.ring_group(id) else { return walk.missing(place) };
    if !group.active {
        return walk.inactive(place);
    }
    let eligible = eligible_members(walk, group);
    let order = ordered(walk, group, eligible);
    let hunt = Hunt { group: id, order, attempts: 0, next: 0 };
    ring_next(walk, group, hunt)
}

/// Goes on after an attempt that nobody answered.
pub(crate) fn unanswered(walk: &mut Walk<'_>, hunt: Hunt) -> Option<Destination> {
    let plan = walk.plan;
    match plan.ring_group(hunt.group) {
        Some(group) if group.active => ring_next(walk, group, hunt),
        // The group went away while it rang: nobody is left to ring, but the caller is not lost.
        _ => walk.missing(Place { kind: PlaceKind::RingGroup, id: hunt.group.get() }),
    }
}

/// Rings the next member (or all of them); the fallback when the turns are used up or nobody can be rung.
fn ring_next(walk: &mut Walk<'_>, group: &RingGroup, mut hunt: Hunt) -> Option<Destination> {
    let targets = next_batch(walk, group, &mut hunt);
    if targets.is_empty() {
        return fall_back(walk, group, hunt.attempts);
    }
    hunt.attempts += 1;
    walk.note(Reason::GroupAttempt { group: group.name.clone(), attempt: hunt.attempts });
    let numbers = targets.iter().map(|target| target.number().clone()).collect();
    walk.note(Reason::Ringing { numbers, timeout_s: group.timeout_s });
    walk.ring(targets, group.timeout_s, Dialing::Group(hunt));
    None
}

/// Chooses the phones to ring next and moves the hunt past them.
///
/// Empty when the turns are used up, or when nobody left in them can be rung now.
/// Never holds a phone twice.
fn next_batch(walk: &Walk<'_>, group: &RingGroup, hunt: &mut Hunt) -> SmallVec<[Target; 4]> {
    let turns = u32::from(group.turns.max(1));
    let can_ring = |id: &ExtensionId| {
        walk.plan.extension(*id).filter(|extension| why_not_rung(walk, extension).is_none()).map(target)
    };
    if group.strategy == Strategy::Simultaneous {
        if hunt.attempts >= turns {
            return SmallVec::new();
        }
        return hunt.order.iter().filter_map(can_ring).collect();
    }
    let members = hunt.order.len() as u32;
    while hunt.next < members * turns {
        let id = hunt.order[(hunt.next % members) as usize];
        hunt.next += 1;
        if let Some(target) = can_ring(&id) {
            return smallvec::smallvec![target];
        }
    }
    SmallVec::new()
}

fn fall_back(walk: &mut Walk<'_>, group: &RingGroup, attempts: u32) -> Option<Destination> {
    walk.note(match attempts {
        0 => Reason::NobodyAvailable { group: group.name.clone() },
        attempts => Reason::NobodyAnswered { group: group.name.clone(), attempts },
    });
    if group.fallback == Destination::Hangup {
        let ending = if attempts == 0 { Ending::Unavailable } else { Ending::NoAnswer };
        return walk.end_saying(ending, say::NOBODY_AVAILABLE);
    }
    let to = walk.destination_name(&group.fallback);
    walk.note(Reason::GroupFallback { group: group.name.clone(), to });
    Some(group.fallback.clone())
}

/// The members that can be rung now, each once, in order of priority.
fn eligible_members(walk: &mut Walk<'_>, group: &RingGroup) -> Order {
    let plan = walk.plan;
    let mut order = Order::new();
    for id in group.members.iter().take(MEMBERS_MAX) {
        let Some(extension) = plan.extension(*id) else {
            walk.note(Reason::Missing { kind: PlaceKind::Extension, id: id.get() });
            continue;
        };
        match why_not_rung(walk, extension) {
            Some(why) => walk.note(Reason::NotRung { number: extension.number.clone(), why }),
            None if order.contains(id) => {
                walk.note(Reason::NotRung { number: extension.number.clone(), why: WhyNot::NamedTwice });
            }
            None => order.push(*id),
        }
    }
    order
}

/// Puts the members in the order of this visit and notes it.
fn ordered(walk: &mut Walk<'_>, group: &RingGroup, mut order: Order) -> Order {
    let mut ticket = None;
    match group.strategy {
        Strategy::Simultaneous | Strategy::Sequential => {}
        Strategy::RoundRobin if order.len() > 1 => {
            ticket = claim(walk, group);
            let turn = ticket.unwrap_or(walk.facts.draw);
            let start = (turn % order.len() as u64) as usize;
            order.rotate_left(start);
        }
        Strategy::RoundRobin => {}
        Strategy::Random => shuffle(&mut order, walk.facts.draw),
    }
    if !order.is_empty() {
        let plan = walk.plan;
        let members: SmallVec<[Arc<str>; 4]> = order
            .iter()
            .filter_map(|id| plan.extension(*id))
            .map(|extension| extension.number.clone())
            .collect();
        walk.note(Reason::GroupOrder {
            group: group.name.clone(),
            strategy: group.strategy,
            members,
            ticket,
        });
    }
    order
}

/// This visit's turn in the group's rotation; none while it is unknown, which the step's `wanted` or the trace tells.
fn claim(walk: &mut Walk<'_>, group: &RingGroup) -> Option<u64> {
    let claim = TicketClaim { group: group.id, visit: walk.call.trail.len() as u32 };
    match walk.facts.ticket(claim) {
        Some(Ticket::Drawn(ticket)) => Some(ticket),
        Some(Ticket::Unavailable) => {
            walk.note(Reason::RotationUnavailable { group: group.name.clone() });
            None
        }
        None => {
            walk.wanted.push(Wanted::Ticket(claim));
            None
        }
    }
}

/// Fisher and Yates' shuffle, fed by SplitMix64 from the draw, so that one draw always gives one order.
fn shuffle(order: &mut Order, draw: u64) {
    let mut state = draw;
    for last in (1..order.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        order.swap(last, (mixed % (last as u64 + 1)) as usize);
    }
}
