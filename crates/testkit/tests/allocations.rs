//! How often a step of a call asks for memory. A program of its own, because it counts with its own allocator.

use opbx_kernel::{E164, TenantId};
use opbx_routing::{
    Call, Company, Destination, DialResult, Direction, Event, Extension, ExtensionId, ExtensionKind, Facts,
    Number, Person, Plan, PlanParts, RingGroup, RingGroupId, Step, Strategy, step,
};

const CALLED: &str = "+12125550100";
/// An arrival that rings five at once: three texts and the trace, and three lists longer than four.
const ARRIVAL_MAX: u64 = 10;
/// A dial that ended, after which one other phone rings: the trace.
const DIAL_ENDED_MAX: u64 = 2;

fn plan(strategy: Strategy) -> Plan {
    let extension = |at: i64| Extension {
        id: ExtensionId::new(at).expect("an id"),
        number: (1_000 + at).to_string().into(),
        name: format!("Person {at}").into(),
        active: true,
        kind: ExtensionKind::User(Person::ringing(30)),
    };
    let group = RingGroupId::new(1).expect("an id");
    let company = Company { emergency_numbers: vec!["911".into()], ..Company::named("Bench") };
    Plan::from(PlanParts {
        numbers: vec![Number {
            number: E164::new(CALLED).expect("a number"),
            name: "Main".into(),
            destination: Destination::RingGroup(group),
            active: true,
            recording: opbx_routing::RecordingPolicy::default(),
        }],
        extensions: (1..=5).map(extension).collect(),
        ring_groups: vec![RingGroup {
            id: group,
            name: "Sales".into(),
            strategy,
            timeout_s: 20,
            turns: 2,
            members: (1..=5).map(|at| ExtensionId::new(at).expect("an id")).collect(),
            fallback: Destination::Hangup,
            active: true,
        }],
        ..PlanParts::empty(TenantId::new(1).expect("an id"), 1, company)
    })
}

/// Decides a step, and counts the memory that was asked for meanwhile.
fn counted(plan: &Plan, call: Call, event: &Event) -> (Step, u64) {
    let facts = Facts::at("2026-03-01T12:00:00Z".parse().expect("an instant"), 7);
    let mut decided = None;
    let counts = allocation_counter::measure(|| decided = Some(step(plan, call, event, &facts)));
    (decided.expect("a step is always decided"), counts.count_total)
}

#[test]
fn a_step_asks_for_memory_a_handful_of_times() {
    let call = || Call::new(Direction::Inbound, "+442079460018", CALLED);
    let (arrived, count) = counted(&plan(Strategy::Simultaneous), call(), &Event::Arrived);
    assert!(arrived.call.ending().is_none(), "it rings");
    assert!((1..=ARRIVAL_MAX).contains(&count), "an arrival asked {count} times");

    let hunting = plan(Strategy::Sequential);
    let (arrived, _) = counted(&hunting, call(), &Event::Arrived);
    let (next, count) = counted(&hunting, arrived.call, &Event::DialEnded(DialResult::NoAnswer));
    assert!(next.call.ending().is_none(), "the next one rings");
    assert!((1..=DIAL_ENDED_MAX).contains(&count), "a dial that ended asked {count} times");
}
