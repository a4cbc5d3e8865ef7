//! The ledger comes to the same sheet whatever order a call's entries come in, and however often.

use jiff::SignedDuration;
use opbx_kernel::{E164, TenantId, Timestamp};
use opbx_routing::{
    Company, Destination, DialResult, Direction, Event, Extension, ExtensionId, ExtensionKind, Number,
    Person, Plan, PlanParts, RingGroup, RingGroupId, Strategy as Ringing,
};
use opbx_telephony::entry::replay;
use opbx_telephony::ledger::Ledger;
use opbx_telephony::simulator::{Answers, Caller, simulate};
use opbx_telephony::{CallStatus, Entry, LegStatus, Opening};
use proptest::prelude::{ProptestConfig, Strategy, prop, prop_assert_eq, proptest};

fn plan() -> Plan {
    let ids: Vec<ExtensionId> = (1..=3).map(|id| ExtensionId::new(id).expect("positive")).collect();
    let phone = |id: &ExtensionId| Extension {
        id: *id,
        number: (1000 + id.get()).to_string().into(),
        name: "".into(),
        active: true,
        kind: ExtensionKind::User(Person::ringing(30)),
    };
    let group = RingGroupId::new(1).expect("positive");
    Plan::from(PlanParts {
        numbers: vec![Number {
            number: E164::new("+12125550100").expect("E.164"),
            name: "".into(),
            destination: Destination::RingGroup(group),
            active: true,
            recording: opbx_routing::RecordingPolicy::default(),
        }],
        extensions: ids.iter().map(phone).collect(),
        ring_groups: vec![RingGroup {
            id: group,
            name: "Sales".into(),
            strategy: Ringing::RoundRobin,
            timeout_s: 20,
            turns: 2,
            members: ids,
            fallback: Destination::Hangup,
            active: true,
        }],
        ..PlanParts::empty(TenantId::new(1).expect("positive"), 3, Company::named("Acme"))
    })
}

fn played(answers: &str) -> Ledger {
    let opening = Opening {
        direction: Direction::Inbound,
        from: "+442079460018".into(),
        to: "+12125550100".into(),
        from_name: String::new(),
        token: None,
        session: None,
    };
    let at: Timestamp = "2026-12-24T18:05:00Z".parse().expect("an instant");
    let answers = answers.parse::<Answers>().expect("answers");
    simulate(&plan(), &opening, at, &Caller::silent(&answers)).1
}

/// Entries in any order, some of them twice or thrice.
fn shuffled(entries: Vec<Entry>) -> impl Strategy<Value = Vec<Entry>> {
    let copies = prop::collection::vec(1usize..=3, entries.len());
    copies
        .prop_map(move |copies| {
            entries
                .iter()
                .zip(copies)
                .flat_map(|(entry, times)| vec![entry.clone(); times])
                .collect::<Vec<_>>()
        })
        .prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_order_and_any_repeats_come_to_the_same_sheet(
        entries in shuffled(played("1003=yes").entries().to_vec()),
    ) {
        let mut ledger = Ledger::default();
        for entry in entries {
            ledger.add(entry);
        }
        prop_assert_eq!(ledger.sheet(), played("1003=yes").sheet());
    }

    #[test]
    fn of_two_results_for_one_step_the_first_stays_whichever_is_told_first(swapped: bool) {
        let first = played("").entries().to_vec();
        let mut late = first[1].clone();
        late.event = Event::DialEnded(DialResult::Completed);
        late.facts.now += SignedDuration::from_secs(5);
        let mut told = vec![first[0].clone(), first[1].clone(), late];
        if swapped {
            told.swap(1, 2);
        }
        let mut ledger = Ledger::default();
        for entry in told {
            ledger.add(entry);
        }
        prop_assert_eq!(&ledger.entries()[1], &first[1]);
    }
}

#[test]
fn a_sheet_tells_who_was_rung_and_who_answered() {
    let sheet = played("1003=yes").sheet().expect("a call");
    assert_eq!(sheet.status, CallStatus::Completed);
    assert_eq!(sheet.answered_by.as_deref(), Some("1003"));
    assert_eq!(sheet.number(), Some("+12125550100"));
    let legs: Vec<_> = sheet.legs.iter().map(|leg| (leg.target.as_str(), leg.status)).collect();
    assert_eq!(
        legs,
        [("1001", LegStatus::NoAnswer), ("1002", LegStatus::NoAnswer), ("1003", LegStatus::Answered)]
    );
    assert_eq!(sheet.timeline.first().map(|moment| moment.at), Some(sheet.started_at));
    assert_eq!(sheet.timeline.last().map(|moment| moment.at), sheet.ended_at);
}

#[test]
fn what_is_stored_replays_to_the_same_trace() {
    let ledger = played("1001=busy,1002=fails");
    let stored: Ledger =
        serde_json::from_slice(&serde_json::to_vec(&ledger).expect("json")).expect("and back");
    let plan = plan();
    let replayed = replay(stored.entries(), |entry| (entry.plan_version == plan.version).then_some(&plan));
    assert_eq!(replayed.len(), ledger.entries().len());
    for (step, entry) in replayed.iter().zip(ledger.entries()) {
        assert_eq!(step.trace, entry.trace);
    }
    assert!(replay(stored.entries(), |_| None).is_empty(), "without its plan nothing is replayed");
}
