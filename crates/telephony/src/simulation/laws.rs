//! The laws: what holds for every call, whatever went wrong around it.

use crate::entry::{Entry, replay};
use crate::ledger::{Ledger, LegStatus};
use crate::story::play::Play;
use opbx_routing::{
    Account, Action, DialResult, Dialing, Direction, Ending, Event, ExtensionId, ExtensionKind, Facts,
    HOPS_MAX, Limits, Plan, Presence, Reason, Spender, Stage, Target, step,
};

pub(super) struct Law {
    /// Completes "the law that …".
    pub(super) says: &'static str,
    /// Tells how a call broke it.
    pub(super) check: fn(&Play) -> Result<(), String>,
}

pub(super) const LAWS: &[Law] = &[
    Law { says: "a call ends exactly once, with a reason", check: ends_once },
    Law { says: "an ended call stays ended", check: stays_ended },
    Law { says: "a replay gives the same trace and actions", check: replays },
    Law { says: "the ledger comes to one sheet in any order, however often it is told", check: one_sheet },
    Law { says: "an entry that is lost for a while changes nothing once it is there", check: comes_late },
    Law { says: "nobody is rung after an answer", check: nobody_after_an_answer },
    Law { says: "every leg that was rung ends", check: legs_end },
    Law { says: "no phone is dialled twice in one batch", check: no_phone_twice },
    Law { says: "only people who can be reached are rung", check: reachable },
    Law { says: "an emergency goes out at once", check: emergency },
    Law { says: "an outside number is rung only as permission, rule and limits allow", check: outside },
    Law {
        says: "a caller is told of a recording once, before it, and an emergency is never recorded",
        check: recording,
    },
    Law { says: "a caller who is turned away rings nobody", check: turned_away },
    Law { says: "a code is never dialled as a number", check: codes },
    Law { says: "a message that was left is kept, once", check: messages },
    Law { says: "a call makes no more than its hops", check: hops },
    Law { says: "a place is visited again only because the caller chose so", check: no_circle },
];

fn holds(condition: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if condition { Ok(()) } else { Err(otherwise()) }
}

fn dials(entry: &Entry) -> impl Iterator<Item = &Target> {
    entry.actions.iter().flat_map(|action| match action {
        Action::Dial(dial) => dial.targets.as_slice(),
        _ => &[],
    })
}

fn ends_once(play: &Play) -> Result<(), String> {
    let ending = play.call().ending();
    holds(ending.is_some(), || format!("it still stands at {:?}", play.call().stage))?;
    if play.has_forked() {
        return Ok(());
    }
    let ended = |reason: &&Reason| matches!(reason, Reason::Ended { .. });
    let endings = play.ledger().entries().iter().flat_map(|entry| &entry.trace).filter(ended).count();
    holds(endings == 1, || format!("its trace tells of {endings} endings"))
}

fn stays_ended(play: &Play) -> Result<(), String> {
    let Some((.., last)) = play.decided() else { return Ok(()) };
    for event in [Event::Arrived, Event::DialEnded(DialResult::NoAnswer), Event::CallerLeft] {
        let facts = Facts::at(jiff::Timestamp::UNIX_EPOCH, 0);
        let after = step(play.plan(), last.call.clone(), &event, &facts);
        let is_quiet = after.actions.iter().all(|action| *action == Action::Hangup);
        holds(is_quiet && after.call.stage == last.call.stage, || {
            format!("{event:?} is answered {:?}", after.actions)
        })?;
    }
    Ok(())
}

fn replays(play: &Play) -> Result<(), String> {
    if play.has_forked() {
        return Ok(());
    }
    let entries = play.ledger().entries();
    let replayed = replay(entries, |entry| play.plan_of(entry));
    holds(replayed.len() == entries.len(), || format!("{} of {} steps", replayed.len(), entries.len()))?;
    for (step, entry) in replayed.iter().zip(entries) {
        let same = step.trace == entry.trace && step.actions[..] == entry.actions[..];
        holds(same, || format!("step {}: {:?} and then {:?}", entry.step, entry.trace, step.trace))?;
    }
    Ok(())
}

fn told(entries: impl Iterator<Item = Entry>) -> Ledger {
    let mut ledger = Ledger::default();
    entries.for_each(|entry| {
        ledger.add(entry);
    });
    ledger
}

fn one_sheet(play: &Play) -> Result<(), String> {
    let (journal, sheet) = (play.journal(), play.ledger().sheet());
    let halves = journal.split_at(journal.len() / 2);
    let orders: [Vec<&Entry>; 3] = [
        journal.iter().rev().collect(),
        journal.iter().rev().chain(journal).collect(),
        halves.1.iter().chain(halves.0).chain(halves.1.iter().rev()).collect(),
    ];
    for order in orders {
        let other = told(order.into_iter().cloned()).sheet();
        holds(other == sheet, || format!("{sheet:?} and then {other:?}"))?;
    }
    Ok(())
}

fn comes_late(play: &Play) -> Result<(), String> {
    let journal = play.journal();
    // Which one is lost follows from the call, so that the same call is always judged alike.
    let lost = journal.len() / 3;
    let others = || journal.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, entry)| entry.clone());
    let mut ledger = told(others());
    if let Some(sheet) = ledger.sheet() {
        holds(sheet.steps == others().map(|entry| entry.step).max().unwrap_or(0), || {
            format!("{} steps without entry {lost}", sheet.steps)
        })?;
    }
    journal.get(lost).cloned().into_iter().for_each(|entry| {
        ledger.add(entry);
    });
    holds(ledger.sheet() == play.ledger().sheet(), || format!("entry {lost} told last: {:?}", ledger.sheet()))
}

fn nobody_after_an_answer(play: &Play) -> Result<(), String> {
    if play.has_forked() {
        return Ok(());
    }
    let over = |entry: &&Entry| {
        use DialResult::{Canceled, Completed, Unknown};
        matches!(entry.event, Event::DialEnded(Completed | Unknown | Canceled) | Event::CallerLeft)
    };
    let Some(answered) = play.ledger().entries().iter().find(over) else { return Ok(()) };
    for entry in play.ledger().entries().iter().filter(|entry| entry.step >= answered.step) {
        let rung: Vec<&Target> = dials(entry).collect();
        holds(rung.is_empty(), || format!("step {} rings {rung:?}", entry.step))?;
    }
    Ok(())
}

fn legs_end(play: &Play) -> Result<(), String> {
    let Some(sheet) = play.ledger().sheet().filter(|_| !play.has_forked()) else { return Ok(()) };
    for leg in &sheet.legs {
        let ended = leg.status != LegStatus::Ringing && leg.ended_at.is_some_and(|at| at >= leg.started_at);
        holds(ended, || format!("{leg:?}"))?;
    }
    holds(sheet.ended_at.is_some() && sheet.ending.is_some(), || "the sheet has no end".into())
}

fn no_phone_twice(play: &Play) -> Result<(), String> {
    for entry in play.journal() {
        let targets: Vec<&Target> = dials(entry).collect();
        for (at, target) in targets.iter().enumerate() {
            holds(!targets[..at].contains(target), || format!("{target:?} in step {}", entry.step))?;
        }
    }
    Ok(())
}

fn reachable(play: &Play) -> Result<(), String> {
    for entry in play.journal() {
        let Some(plan) = play.plan_of(entry) else { return Err("a plan is gone".into()) };
        let in_a_group = entry.trace.iter().any(|reason| matches!(reason, Reason::GroupAttempt { .. }));
        for target in dials(entry) {
            let Target::Extension { id, .. } = target else { continue };
            let person =
                plan.extension(*id).filter(|extension| extension.active).and_then(|it| match &it.kind {
                    ExtensionKind::User(person) => Some(person),
                    ExtensionKind::Points(_) => None,
                });
            holds(person.is_some_and(|person| !person.do_not_disturb), || format!("{target:?} rings"))?;
            let seen =
                entry.facts.presence.iter().find(|(known, _)| known == id).map(|(_, presence)| *presence);
            let free = seen.is_none_or(|presence| presence == Presence::Free);
            holds(free || !in_a_group, || format!("{target:?} rings in a group and is {seen:?}"))?;
        }
    }
    Ok(())
}

fn emergency(play: &Play) -> Result<(), String> {
    for entry in play.journal() {
        let Some(opening) = &entry.opening else { continue };
        let ours = match opening.direction {
            Direction::Inbound => false,
            Direction::OutboundApi => entry.facts.originated,
            Direction::Subscriber | Direction::Application | Direction::Outbound => true,
        };
        if ours && ["911", "+911"].contains(&&*opening.to) {
            let rung =
                dials(entry).any(|target| matches!(target, Target::Outside { number } if **number == *"911"));
            holds(rung, || format!("it is answered {:?}", entry.actions))?;
        }
    }
    Ok(())
}

/// Judges by the facts and the plan alone, in plain words, whether each outside call was allowed.
fn outside(play: &Play) -> Result<(), String> {
    for entry in play.journal() {
        let Some(plan) = play.plan_of(entry) else { return Err("a plan is gone".into()) };
        for reason in &entry.trace {
            let Reason::OutsideRung { number, account, .. } = reason else { continue };
            if plan.company.emergency_numbers.contains(number) {
                continue;
            }
            // A second trunk goes on with what was allowed before.
            if matches!(&entry.event, Event::DialEnded(_)) && !allowed_here(entry, number) {
                continue;
            }
            holds(allowed_here(entry, number), || format!("{number} is rung and no rule was named"))?;
            within(&entry.facts, Spender::Company, plan.company.limits)?;
            if let Account::Dialled(id) | Account::Forwarded(id) = account {
                within(&entry.facts, Spender::Extension(*id), permitted(plan, *id)?)?;
            }
        }
    }
    Ok(())
}

fn allowed_here(entry: &Entry, number: &str) -> bool {
    let allows =
        |reason: &Reason| matches!(reason, Reason::OutboundAllowed { number: it, .. } if **it == *number);
    entry.trace.iter().any(allows)
}

/// The limits of a person who may dial out.
fn permitted(plan: &Plan, id: ExtensionId) -> Result<Limits, String> {
    match plan.extension(id).map(|extension| (extension.active, &extension.kind)) {
        Some((true, ExtensionKind::User(person))) if person.dials_out => Ok(person.limits),
        other => Err(format!("extension #{id} pays for an outside call: {other:?}")),
    }
}

fn within(facts: &Facts, spender: Spender, limits: Limits) -> Result<(), String> {
    let Some((_, usage)) = facts.usage.iter().find(|(known, _)| *known == spender) else {
        return holds(limits == Limits::default(), || format!("nobody asked what {spender:?} has spent"));
    };
    let calls = limits.calls_max.is_none_or(|max| usage.calls < max);
    let minutes = limits.minutes_per_day_max.is_none_or(|max| usage.minutes_today < max);
    holds(calls && minutes, || format!("{spender:?} has spent {usage:?} of {limits:?}"))
}

fn recording(play: &Play) -> Result<(), String> {
    let told = |entry: &Entry| entry.trace.contains(&Reason::RecordingAnnounced);
    let times = play.ledger().entries().iter().filter(|entry| told(entry)).count();
    holds(play.has_forked() || times <= 1, || format!("the caller is told {times} times"))?;
    for entry in play.journal() {
        let emergency = entry.trace.iter().any(|reason| matches!(reason, Reason::EmergencyDialled { .. }));
        let recorded =
            entry.actions.iter().any(|action| matches!(action, Action::Dial(dial) if dial.record.is_some()));
        holds(!(emergency && (recorded || told(entry))), || {
            format!("an emergency hears {:?}", entry.actions)
        })?;
        let decided = |records| move |reason: &Reason| matches!(reason, Reason::RecordingDecided { records: it, .. } if *it == records);
        let because = entry.trace.iter().any(decided(true));
        holds(recorded == because, || {
            format!("recorded: {recorded}, and the reasons are {:?}", entry.trace)
        })?;
    }
    Ok(())
}

fn turned_away(play: &Play) -> Result<(), String> {
    for entry in play.journal() {
        let away = |reason: &Reason| {
            matches!(
                reason,
                Reason::CallerBlocked { .. } | Reason::CallerAnonymous | Reason::CallerTooOften { .. }
            )
        };
        if entry.trace.iter().any(away) {
            let from_outside = entry.opening.as_ref().is_some_and(|it| it.direction == Direction::Inbound);
            let rings = dials(entry).next().is_some();
            holds(from_outside && !rings, || format!("it is answered {:?}", entry.actions))?;
        }
    }
    Ok(())
}

fn codes(play: &Play) -> Result<(), String> {
    for entry in play.journal() {
        for target in dials(entry) {
            holds(!target.number().contains(['*', '#']), || format!("{target:?} rings"))?;
        }
    }
    Ok(())
}

fn messages(play: &Play) -> Result<(), String> {
    let left = |entry: &&Entry| matches!(&entry.event, Event::Recorded(recording) if recording.url.is_some());
    let told = play.ledger().entries().iter().filter(left).count();
    let kept = play.ledger().sheet().map_or(0, |sheet| sheet.messages.len());
    let is_left = play.call().ending() == Some(Ending::MessageLeft);
    holds(play.has_forked() || told == kept, || format!("{told} told, {kept} kept"))?;
    holds(play.has_forked() || !is_left || kept == 1, || "a message was left and is not there".into())
}

fn hops(play: &Play) -> Result<(), String> {
    let call = play.call();
    holds(call.trail.len() <= HOPS_MAX + 1, || format!("{} places", call.trail.len()))?;
    let rings_a_room = matches!(call.stage, Stage::Dialing(Dialing::Conference(_)));
    holds(!rings_a_room, || "it is over and still in a room".into())
}

fn no_circle(play: &Play) -> Result<(), String> {
    let call = play.call();
    let since_choice = call.trail.get(usize::from(call.chosen_at)..).unwrap_or_default();
    for (at, place) in since_choice.iter().enumerate() {
        holds(!since_choice[..at].contains(place), || format!("{place:?} twice in {since_choice:?}"))?;
    }
    Ok(())
}
