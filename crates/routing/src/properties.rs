//! What must hold for every call: properties on generated plans, calls and event sequences.

use crate::call::{Call, Ending, Stage};
use crate::destination::{Destination, ExtensionId, RingGroupId};
use crate::plan::{
    Company, Extension, ExtensionKind, Number, Plan, PlanParts, RingGroup, Strategy as Ringing,
};
use crate::{
    Action, Dial, DialResult, Dialing, Direction, Event, Facts, HOPS_MAX, MenuId, Reason, Step, Target,
    Ticket, TicketClaim, step,
};
use opbx_kernel::{Country, E164, TenantId};
use proptest::prelude::{
    Just, ProptestConfig, Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use std::collections::HashMap;

const EXTENSIONS: i64 = 6;
const GROUPS: i64 = 5;
const NUMBERS: i64 = 4;
/// Above any number of dials that the generated plans can ask for.
const STEPS_MAX: u32 = 5 * 6 * 9 + 20;

fn extension_id() -> impl Strategy<Value = ExtensionId> {
    // One beyond what exists, so that some destinations point at nothing.
    (1..=EXTENSIONS + 1).prop_map(|id| ExtensionId::new(id).expect("positive"))
}

fn destination() -> impl Strategy<Value = Destination> {
    prop_oneof![
        3 => extension_id().prop_map(Destination::Extension),
        6 => (1..=GROUPS + 1).prop_map(|id| Destination::RingGroup(RingGroupId::new(id).expect("positive"))),
        1 => Just(Destination::Menu(MenuId::new(1).expect("positive"))),
        1 => Just(Destination::Forward("+442079460018".into())),
        2 => Just(Destination::Hangup),
    ]
}

fn extension(id: i64) -> impl Strategy<Value = Extension> {
    let kind = prop_oneof![
        5 => person().prop_map(ExtensionKind::User),
        1 => destination().prop_map(ExtensionKind::Points),
    ];
    (kind, prop::bool::weighted(0.85)).prop_map(move |(kind, active)| Extension {
        id: ExtensionId::new(id).expect("positive"),
        number: format!("{}", 1000 + id).into(),
        name: format!("Person {id}").into(),
        active,
        kind,
    })
}

fn group(id: i64) -> impl Strategy<Value = RingGroup> {
    let strategy = prop_oneof![
        Just(Ringing::Simultaneous),
        Just(Ringing::Sequential),
        Just(Ringing::RoundRobin),
        Just(Ringing::Random)
    ];
    let members = prop::collection::vec(extension_id(), 0..7);
    (strategy, 0u8..5, members, destination(), prop::bool::weighted(0.9)).prop_map(
        move |(strategy, turns, members, fallback, active)| RingGroup {
            id: RingGroupId::new(id).expect("positive"),
            name: format!("Group {id}").into(),
            strategy,
            timeout_s: 20,
            turns,
            members,
            fallback,
            active,
        },
    )
}

fn plan() -> impl Strategy<Value = Plan> {
    let extensions: Vec<_> = (1..=EXTENSIONS).map(extension).collect();
    let groups: Vec<_> = (1..=GROUPS).map(group).collect();
    let numbers = prop::collection::vec((destination(), prop::bool::weighted(0.9)), NUMBERS as usize);
    (extensions, groups, numbers, destination()).prop_map(|(extensions, ring_groups, numbers, fallback)| {
        let numbers = numbers.into_iter().enumerate().map(|(at, (destination, active))| Number {
            number: E164::new(&format!("+1212555010{at}")).expect("E.164"),
            name: "".into(),
            destination,
            active,
        });
        Plan::from(PlanParts {
            tenant: TenantId::new(1).expect("positive"),
            version: 7,
            company: Company {
                name: "Acme".into(),
                country: Country::new("US"),
                emergency_numbers: vec!["911".into()],
                fallback,
            },
            numbers: numbers.collect(),
            extensions,
            ring_groups,
        })
    })
}

fn call() -> impl Strategy<Value = Call> {
    let direction = prop_oneof![
        4 => Just(Direction::Inbound),
        3 => Just(Direction::Subscriber),
        1 => Just(Direction::Application),
        1 => Just(Direction::Outbound),
        1 => Just(Direction::OutboundApi),
    ];
    let to = prop_oneof![
        5 => (0..NUMBERS).prop_map(|at| format!("+1212555010{at}")),
        3 => (1..=EXTENSIONS + 1).prop_map(|id| format!("{}", 1000 + id)),
        1 => Just("911".to_owned()),
        1 => ".{0,20}",
    ];
    (direction, to).prop_map(|(direction, to)| Call::new(direction, "+442079460018", to))
}

/// What happens to each dial in turn; the last one goes on for ever.
fn results() -> impl Strategy<Value = Vec<DialResult>> {
    let result = prop_oneof![
        1 => Just(DialResult::Completed),
        4 => Just(DialResult::Busy),
        1 => Just(DialResult::Canceled),
        4 => Just(DialResult::Failed),
        20 => Just(DialResult::NoAnswer),
        1 => Just(DialResult::Unknown),
    ];
    prop::collection::vec(result, 1..40)
}

fn facts(draw: u64) -> Facts {
    Facts::at("2026-12-24T18:05:00Z".parse().expect("an instant"), draw)
}

/// Runs one step as a driver does: claims what is wanted, then asks again.
fn driven(
    plan: &Plan,
    call: &Call,
    event: &Event,
    mut facts: Facts,
    mut draw: impl FnMut(TicketClaim) -> Ticket,
) -> Step {
    loop {
        let step = step(plan, call.clone(), event, &facts);
        if step.wanted.is_empty() {
            return step;
        }
        facts.tickets.extend(step.wanted.iter().map(|claim| (*claim, draw(*claim))));
    }
}

/// Plays a call to its end and gives every step of it.
fn played(plan: &Plan, call: &Call, results: &[DialResult], draw: u64) -> Vec<Step> {
    let mut steps = vec![driven(plan, call, &Event::Arrived, facts(draw), |_| Ticket::Drawn(draw))];
    for at in 0..STEPS_MAX as usize {
        let last = steps.last().expect("there is a first step");
        if last.call.ending().is_some() {
            return steps;
        }
        let result = results[at.min(results.len() - 1)];
        let event = Event::DialEnded(result);
        let next = driven(plan, &last.call, &event, facts(draw), |_| Ticket::Unavailable);
        steps.push(next);
    }
    panic!("the call never ended");
}

fn dials(step: &Step) -> impl Iterator<Item = &Dial> {
    step.actions.iter().filter_map(|action| match action {
        Action::Dial(dial) => Some(dial),
        _ => None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_call_ends_exactly_once_with_a_reason(plan in plan(), call in call(), results in results(), draw: u64) {
        let steps = played(&plan, &call, &results, draw);
        let endings = steps.iter().flat_map(|step| &step.trace).filter(|reason| matches!(reason, Reason::Ended { .. }));
        prop_assert_eq!(endings.count(), 1);
        let last = steps.last().expect("there is a first step");
        prop_assert!(last.call.trail.len() <= HOPS_MAX + 1);
        prop_assert_eq!(last.actions.last(), Some(&Action::Hangup));
        for event in [Event::Arrived, Event::DialEnded(DialResult::NoAnswer), Event::CallerLeft] {
            let after = step(&plan, last.call.clone(), &event, &facts(draw));
            prop_assert!(dials(&after).next().is_none(), "an ended call was dialled again");
            prop_assert_eq!(&after.call.stage, &last.call.stage);
        }
    }

    #[test]
    fn the_same_input_gives_the_same_output_also_after_a_journey(
        plan in plan(), call in call(), results in results(), draw: u64,
    ) {
        let steps = played(&plan, &call, &results, draw);
        let stored: Plan = serde_json::from_slice(&serde_json::to_vec(&plan).expect("a plan serialises")).expect("and back");
        prop_assert_eq!(&stored, &plan);
        prop_assert_eq!(&played(&stored, &call, &results, draw), &steps);
        for step in steps {
            let sealed = postcard::to_stdvec(&step.call).expect("a call serialises");
            prop_assert_eq!(postcard::from_bytes::<Call>(&sealed).expect("and back"), step.call);
            let told: Vec<Reason> =
                serde_json::from_slice(&serde_json::to_vec(&step.trace).expect("a trace serialises")).expect("and back");
            prop_assert_eq!(told, step.trace);
        }
    }

    #[test]
    fn no_phone_is_dialled_twice_in_one_batch(plan in plan(), call in call(), results in results(), draw: u64) {
        for step in played(&plan, &call, &results, draw) {
            for dial in dials(&step) {
                prop_assert!(!dial.targets.is_empty());
                for (at, target) in dial.targets.iter().enumerate() {
                    prop_assert!(!dial.targets[..at].contains(target), "{:?} twice in {:?}", target, dial);
                }
            }
        }
    }

    #[test]
    fn nobody_is_rung_after_an_answer_or_an_unknown_result(
        plan in plan(), call in call(), before in 0usize..4, draw: u64,
        last in prop_oneof![Just(DialResult::Completed), Just(DialResult::Unknown), Just(DialResult::Canceled)],
    ) {
        let mut results = vec![DialResult::NoAnswer; before];
        results.push(last);
        let steps = played(&plan, &call, &results, draw);
        for pair in steps.windows(2) {
            let told = pair[1].trace.iter().any(|reason| *reason == Reason::DialEnded { result: last });
            prop_assert!(!told || pair[1].call.ending().is_some());
        }
    }

    #[test]
    fn nothing_of_another_tenant_appears(mine in plan(), theirs in plan(), call in call(), results in results(), draw: u64) {
        // The same numbers and ids exist in both; only names tell them apart.
        let renamed = |plan: &Plan, mark: &str| {
            let mut parts = PlanParts::from(plan.clone());
            for group in &mut parts.ring_groups {
                group.name = format!("{mark} {}", group.name).into();
            }
            for extension in &mut parts.extensions {
                extension.name = format!("{mark} {}", extension.name).into();
            }
            Plan::from(parts)
        };
        let (mine, theirs) = (renamed(&mine, "mine"), renamed(&theirs, "theirs"));
        for (plan, foreign) in [(&mine, "theirs"), (&theirs, "mine")] {
            for step in played(plan, &call, &results, draw) {
                let told = format!("{step:?}");
                prop_assert!(!told.contains(foreign));
            }
        }
    }

    #[test]
    fn round_robin_gives_each_member_its_share_whatever_happens(
        members in 1i64..=EXTENSIONS, calls in 1usize..40, results in results(), repeats in prop::collection::vec(0usize..3, 40),
    ) {
        let plan = rotating(members);
        let mut tickets: HashMap<(usize, TicketClaim), u64> = HashMap::new();
        let mut first_rung: HashMap<ExtensionId, usize> = HashMap::new();
        for (at, repeated) in repeats.iter().enumerate().take(calls) {
            let call = Call::new(Direction::Inbound, "+442079460018", "+12125550100");
            let mut claim = |claim| {
                let drawn = tickets.len() as u64;
                Ticket::Drawn(*tickets.entry((at, claim)).or_insert(drawn))
            };
            let first = driven(&plan, &call, &Event::Arrived, facts(at as u64), &mut claim);
            for _ in 0..*repeated {
                prop_assert_eq!(&driven(&plan, &call, &Event::Arrived, facts(at as u64), &mut claim), &first);
            }
            let Some(Target::Extension { id, .. }) = dials(&first).next().map(|dial| dial.targets[0].clone()) else {
                panic!("a group with free members rings one");
            };
            *first_rung.entry(id).or_default() += 1;
            driven(&plan, &first.call, &Event::DialEnded(results[0]), facts(at as u64), &mut claim);
        }
        let share = calls / members as usize;
        for id in 1..=members {
            let rung = first_rung.get(&ExtensionId::new(id).expect("positive")).copied().unwrap_or(0);
            prop_assert!(rung == share || rung == share + 1, "{rung} of {calls} calls for one of {members}");
        }
    }
}

fn rotating(members: i64) -> Plan {
    let ids: Vec<_> = (1..=members).map(|id| ExtensionId::new(id).expect("positive")).collect();
    let group = RingGroupId::new(1).expect("positive");
    Plan::from(PlanParts {
        tenant: TenantId::new(1).expect("positive"),
        version: 1,
        company: Company {
            name: "Acme".into(),
            country: Country::new("US"),
            emergency_numbers: Vec::new(),
            fallback: Destination::Hangup,
        },
        numbers: vec![Number {
            number: E164::new("+12125550100").expect("E.164"),
            name: "".into(),
            destination: Destination::RingGroup(group),
            active: true,
        }],
        extensions: ids
            .iter()
            .map(|id| Extension {
                id: *id,
                number: format!("{}", 1000 + id.get()).into(),
                name: "".into(),
                active: true,
                kind: ExtensionKind::User { ring_timeout_s: 30, do_not_disturb: false },
            })
            .collect(),
        ring_groups: vec![RingGroup {
            id: group,
            name: "Sales".into(),
            strategy: Ringing::RoundRobin,
            timeout_s: 20,
            turns: 1,
            members: ids,
            fallback: Destination::Hangup,
            active: true,
        }],
    })
}

#[test]
fn a_chain_of_seventeen_hops_goes_to_the_company_fallback_and_says_so() {
    let ids: Vec<_> = (1..=20).map(|id| ExtensionId::new(id).expect("positive")).collect();
    let extensions = ids
        .iter()
        .map(|id| Extension {
            id: *id,
            number: format!("{}", 1000 + id.get()).into(),
            name: "".into(),
            active: true,
            kind: ExtensionKind::Points(Destination::Extension(
                ExtensionId::new(id.get() + 1).expect("positive"),
            )),
        })
        .chain([Extension {
            id: ExtensionId::new(50).expect("positive"),
            number: "1050".into(),
            name: "".into(),
            active: true,
            kind: ExtensionKind::User { ring_timeout_s: 30, do_not_disturb: false },
        }])
        .collect();
    let mut parts = PlanParts::from(rotating(1));
    parts.company.fallback = Destination::Extension(ExtensionId::new(50).expect("positive"));
    parts.extensions = extensions;
    let call = Call::new(Direction::Subscriber, "1050", "1001");
    let step = step(&Plan::from(parts), call, &Event::Arrived, &facts(0));
    assert!(step.trace.contains(&Reason::TooDeep { hops: HOPS_MAX }), "{:?}", step.trace);
    assert!(matches!(step.call.stage, Stage::Dialing(Dialing::Extension(_))), "{:?}", step.call);
}

#[test]
fn an_event_out_of_place_ends_the_call_and_rings_nobody() {
    let plan = rotating(2);
    let call = Call::new(Direction::Inbound, "", "+12125550100");
    let step = step(&plan, call, &Event::DialEnded(DialResult::NoAnswer), &facts(0));
    assert_eq!(step.call.ending(), Some(Ending::Unexpected));
    assert_eq!(dials(&step).count(), 0);
}
