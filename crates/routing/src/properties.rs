//! What must hold for every call: properties on generated companies, calls and event sequences.

mod generate;

use crate::plan::Strategy as Ringing;
use crate::trace::Tell as _;
use crate::way::{Spot, Stop, Way};
use crate::{
    Account, Action, Asking, BlockedCaller, Call, CallerRate, Change, Destination, Dial, DialResult, Dialing,
    Direction, Ending, Event, Extension, ExtensionId, ExtensionKind, Facts, HOPS_MAX, Keys, Limits, Mailbox,
    MailboxPage, MailboxQuery, Message, MessageId, Number, Person, PinEntry, Plan, PlanParts, Reason,
    Recording, RingGroup, RingGroupId, Stage, Step, Target, Ticket, TicketClaim, Usage, Wanted, step,
};
use generate::{Doing, EXTENSIONS, STEPS_MAX, call, company, doings, plan, results};
use opbx_kernel::{E164, Language, TenantId};
use proptest::prelude::{Just, ProptestConfig, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use std::collections::HashMap;

/// Few enough for every day; `PROPTEST_CASES` asks for more.
fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(256))
}

fn facts(draw: u64) -> Facts {
    Facts::at("2026-12-24T18:05:00Z".parse().expect("an instant"), draw)
}

/// Runs one step as a driver does: finds out what is wanted, then asks again.
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
        for wanted in &step.wanted {
            match wanted {
                Wanted::Ticket(claim) => facts.tickets.push((*claim, draw(*claim))),
                Wanted::Usage(spender) => facts.learn_usage(*spender, Usage { calls: 1, minutes_today: 50 }),
                Wanted::CallerRate => facts.caller_rate = Some(CallerRate::Counted(3)),
                Wanted::LastCaller(id) => facts.last_caller = Some((*id, Some("+442079460018".into()))),
                Wanted::Mailbox(query) => facts.learn_mailbox(*query, Mailbox::Page(page(*query))),
            }
        }
    }
}

/// A box of two new messages and a saved one.
fn page(query: MailboxQuery) -> MailboxPage {
    let ids = if query.saved { 3..=3 } else { 1..=2 };
    let after = query.after.map_or(0, MessageId::get);
    let next = ids.into_iter().find(|id| *id > after).map(|id| Message {
        id: MessageId::new(id).expect("positive"),
        // The first is kept by OPBX, the others by the engine.
        url: if id == 1 { "".into() } else { "https://example.com/message.mp3".into() },
    });
    MailboxPage { new: 2, saved: 1, next }
}

/// What happens next to a call, by where it stands; nothing once it has ended.
fn next(call: &Call, doing: &Doing) -> Option<Event> {
    match &call.stage {
        Stage::New => Some(Event::Arrived),
        Stage::Dialing(_) => Some(Event::DialEnded(doing.result)),
        Stage::Asking(Asking::Menu { .. } | Asking::BoxNumber { .. } | Asking::Mailbox(_)) => {
            Some(Event::KeysPressed(doing.keys.clone()))
        }
        Stage::Asking(Asking::Pin { .. } | Asking::BoxPin { .. }) => Some(Event::PinEntered(doing.pin)),
        Stage::Recording(_) => Some(Event::Recorded(doing.recording.clone())),
        Stage::Ended(_) => None,
    }
}

/// Plays a call to its end and gives every step of it.
fn played(plan: &Plan, call: &Call, doings: &[Doing], draw: u64) -> Vec<Step> {
    let mut steps = vec![driven(plan, call, &Event::Arrived, facts(draw), |_| Ticket::Drawn(draw))];
    for at in 0..STEPS_MAX {
        let last = steps.last().expect("there is a first step");
        let Some(event) = next(&last.call, &doings[at.min(doings.len() - 1)]) else { return steps };
        steps.push(driven(plan, &last.call, &event, facts(draw), |_| Ticket::Unavailable));
    }
    panic!("the call never ended");
}

fn dials(step: &Step) -> impl Iterator<Item = &Dial> {
    step.actions.iter().filter_map(|action| match action {
        Action::Dial(dial) => Some(dial),
        _ => None,
    })
}

/// One of each event there is.
fn every_event() -> Vec<Event> {
    vec![
        Event::Arrived,
        Event::DialEnded(DialResult::NoAnswer),
        Event::KeysPressed(Keys::new("1")),
        Event::PinEntered(PinEntry::Host),
        Event::Recorded(Recording { url: Some("https://example.com/r.mp3".into()), length_s: None }),
        Event::CallerLeft,
    ]
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_call_ends_exactly_once_with_a_reason(plan in plan(), call in call(), doings in doings(), draw: u64) {
        let steps = played(&plan, &call, &doings, draw);
        let endings = steps.iter().flat_map(|step| &step.trace).filter(|reason| matches!(reason, Reason::Ended { .. }));
        prop_assert_eq!(endings.count(), 1);
        let last = steps.last().expect("there is a first step");
        prop_assert!(last.call.trail.len() <= HOPS_MAX + 1);
        prop_assert!(matches!(last.actions.last(), Some(Action::Hangup | Action::Reject(_))), "{:?}", last.actions);
        for event in every_event() {
            let after = step(&plan, last.call.clone(), &event, &facts(draw));
            prop_assert!(after.actions.iter().all(|action| *action == Action::Hangup), "an ended call went on");
            prop_assert_eq!(&after.call.stage, &last.call.stage);
        }
    }

    #[test]
    fn an_event_out_of_place_ends_the_call_and_rings_nobody(
        plan in plan(), call in call(), doings in doings(), draw: u64, at in 0usize..6, which in 0usize..6,
    ) {
        let steps = played(&plan, &call, &doings, draw);
        let stand = &steps[at.min(steps.len() - 1)].call;
        let event = &every_event()[which];
        let fits = next(stand, &doings[0]).is_some_and(|fitting| std::mem::discriminant(&fitting) == std::mem::discriminant(event));
        if !fits && stand.ending().is_none() {
            let after = step(&plan, stand.clone(), event, &facts(draw));
            let expected = if *event == Event::CallerLeft { Ending::CallerLeft } else { Ending::Unexpected };
            prop_assert_eq!(after.call.ending(), Some(expected));
            prop_assert!(after.actions.iter().all(|action| *action == Action::Hangup));
        }
    }

    #[test]
    fn what_a_step_ends_with_is_what_the_call_waits_for(plan in plan(), call in call(), doings in doings(), draw: u64) {
        for step in played(&plan, &call, &doings, draw) {
            let waits = match (&step.call.stage, step.actions.last()) {
                (Stage::Dialing(Dialing::Conference(room)), Some(Action::Join(join))) => join.room == *room,
                (Stage::Dialing(dialing), Some(Action::Dial(_))) => !matches!(dialing, Dialing::Conference(_)),
                (Stage::Asking(Asking::Pin { .. } | Asking::BoxPin { .. }), Some(Action::Gather(gather))) => gather.secret,
                (Stage::Asking(_), Some(Action::Gather(gather))) => !gather.secret,
                (Stage::Recording(mailbox), Some(Action::Record(record))) => record.mailbox == *mailbox,
                (Stage::Ended(_), Some(Action::Hangup)) => true,
                (Stage::Ended(Ending::Blocked), Some(Action::Reject(_))) => step.actions.len() == 1,
                _ => false,
            };
            prop_assert!(waits, "{:?} after {:?}", step.call.stage, step.actions);
            // Only what is heard or changed may stand before it.
            let before = &step.actions[..step.actions.len() - 1];
            prop_assert!(before.iter().all(|action| matches!(action, Action::Say(_) | Action::Play(_) | Action::Change(_))));
        }
    }

    #[test]
    fn the_same_input_gives_the_same_output_also_after_a_journey(
        plan in plan(), call in call(), doings in doings(), draw: u64,
    ) {
        let steps = played(&plan, &call, &doings, draw);
        let stored: Plan = serde_json::from_slice(&serde_json::to_vec(&plan).expect("a plan serialises")).expect("and back");
        prop_assert_eq!(&stored, &plan);
        prop_assert_eq!(&played(&stored, &call, &doings, draw), &steps);
        for step in steps {
            let sealed = postcard::to_stdvec(&step.call).expect("a call serialises");
            prop_assert_eq!(postcard::from_bytes::<Call>(&sealed).expect("and back"), step.call);
            let told: Vec<Reason> =
                serde_json::from_slice(&serde_json::to_vec(&step.trace).expect("a trace serialises")).expect("and back");
            prop_assert_eq!(told, step.trace);
            let obeyed: Vec<Action> =
                serde_json::from_slice(&serde_json::to_vec(&step.actions).expect("actions serialise")).expect("and back");
            prop_assert_eq!(&obeyed[..], &step.actions[..]);
        }
    }

    #[test]
    fn every_reason_is_a_sentence(plan in plan(), call in call(), doings in doings(), draw: u64) {
        for reason in played(&plan, &call, &doings, draw).iter().flat_map(|step| &step.trace) {
            let (english, french) = (reason.to_string(), reason.told_in(Language::French));
            prop_assert!(english.len() > 3, "{:?}", reason);
            prop_assert!(french.len() > 3 && french != english, "{}: {}", english, french);
        }
    }

    #[test]
    fn the_way_that_reasons_tell_is_the_one_that_the_call_went(plan in plan(), call in call(), doings in doings(), draw: u64) {
        let steps = played(&plan, &call, &doings, draw);
        let mut way = Way::new(&plan);
        for reason in steps.iter().flat_map(|step| &step.trace) {
            let about = way.tell(reason);
            let is_twice = |stop| about.records.iter().filter(|other| *other == stop).count() > 1;
            prop_assert!(!about.records.iter().any(is_twice), "{:?} of {:?}", about, reason);
        }
        let mut went = steps.last().expect("there is a first step").call.trail.to_vec();
        went.dedup();
        let mut passed = way.passed().iter();
        for place in went {
            let stop = Stop::Spot(Spot::Place(place));
            prop_assert!(passed.any(|passed| *passed == stop), "{:?} is not told in its place: {:?}", place, way.passed());
        }
    }

    #[test]
    fn no_phone_is_dialled_twice_in_one_batch(plan in plan(), call in call(), doings in doings(), draw: u64) {
        for step in played(&plan, &call, &doings, draw) {
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
        plan in plan(), call in call(), doings in doings(), before in 0usize..4, draw: u64,
        last in prop_oneof![Just(DialResult::Completed), Just(DialResult::Unknown), Just(DialResult::Canceled)],
    ) {
        let mut doings = doings;
        doings.truncate(before + 1);
        for doing in &mut doings {
            doing.result = DialResult::NoAnswer;
        }
        doings.last_mut().expect("one at least").result = last;
        for pair in played(&plan, &call, &doings, draw).windows(2) {
            let told = pair[1].trace.iter().any(|reason| *reason == Reason::DialEnded { result: last });
            prop_assert!(!told || pair[1].call.ending().is_some());
        }
    }

    #[test]
    fn nothing_of_another_tenant_appears(mine in plan(), theirs in plan(), call in call(), doings in doings(), draw: u64) {
        // The same numbers and ids exist in both; only names tell them apart.
        let (mine, theirs) = (marked(&mine, "mine"), marked(&theirs, "theirs"));
        for (plan, foreign) in [(&mine, "theirs"), (&theirs, "mine")] {
            for step in played(plan, &call, &doings, draw) {
                let told = format!("{step:?}");
                prop_assert!(!told.contains(foreign));
            }
        }
    }

    #[test]
    fn an_outside_number_is_rung_only_as_an_outbound_rule_and_its_limits_allow(
        plan in plan(), call in call(), doings in doings(), draw: u64,
    ) {
        for step in played(&plan, &call, &doings, draw) {
            let Stage::Dialing(Dialing::Outside(outside)) = &step.call.stage else { continue };
            let Some(rule) = outside.rule else {
                prop_assert!(plan.company.emergency_numbers.contains(&outside.number));
                continue;
            };
            let rule = plan.outbound_rule(rule).expect("a rule that allowed a call exists");
            prop_assert!(rule.active && (rule.country.is_some() || rule.prefix.is_some()));
            if rule.country.is_some() || rule.prefix.as_deref().is_some_and(|prefix| prefix.starts_with("+44")) {
                prop_assert!(outside.number.starts_with("+44"), "{} by {:?}", outside.number, rule);
            }
            let used_up = |limits: Limits| {
                limits.calls_max.is_some_and(|max| max <= 1) || limits.minutes_per_day_max.is_some_and(|max| max <= 50)
            };
            prop_assert!(!used_up(plan.company.limits));
            if let Account::Dialled(id) | Account::Forwarded(id) = outside.account {
                let extension = plan.extension(id).expect("whoever pays exists");
                let ExtensionKind::User(person) = &extension.kind else { panic!("only people pay") };
                prop_assert!(extension.active && person.dials_out && !used_up(person.limits));
            }
        }
    }

    #[test]
    fn a_place_is_visited_again_only_because_the_caller_chose_so(
        plan in plan(), call in call(), doings in doings(), draw: u64,
    ) {
        let steps = played(&plan, &call, &doings, draw);
        let trail = &steps.last().expect("there is a first step").call.trail;
        // Between two choices, no place stands twice.
        let mut cuts: Vec<usize> = steps.iter().map(|step| usize::from(step.call.chosen_at)).chain([0, trail.len()]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        for cut in cuts.windows(2) {
            let stretch = &trail[cut[0]..cut[1]];
            for (at, place) in stretch.iter().enumerate() {
                prop_assert!(!stretch[..at].contains(place), "{:?} twice in {:?}", place, stretch);
            }
        }
    }

    #[test]
    fn a_caller_is_told_of_a_recording_once_at_most_and_an_emergency_is_neither_recorded_nor_held_up(
        plan in plan(), call in call(), doings in doings(), draw: u64,
    ) {
        let steps = played(&plan, &call, &doings, draw);
        let told = steps.iter().flat_map(|step| &step.trace).filter(|reason| **reason == Reason::RecordingAnnounced);
        prop_assert!(told.count() <= 1);
        for step in &steps {
            if matches!(&step.call.stage, Stage::Dialing(Dialing::Outside(outside)) if outside.rule.is_none()) {
                prop_assert!(dials(step).all(|dial| dial.record.is_none()));
                prop_assert!(step.actions.iter().all(|action| matches!(action, Action::Dial(_))), "{:?}", step.actions);
            }
        }
    }

    #[test]
    fn a_caller_who_is_turned_away_rings_nobody(plan in plan(), call in call(), doings in doings(), draw: u64) {
        let steps = played(&plan, &call, &doings, draw);
        let away = |reason: &Reason| {
            matches!(reason, Reason::CallerBlocked { .. } | Reason::CallerAnonymous | Reason::CallerTooOften { .. })
        };
        if steps[0].trace.iter().any(away) {
            prop_assert_eq!(call.direction, Direction::Inbound);
            prop_assert_eq!(steps[0].call.ending(), Some(Ending::Blocked));
            prop_assert!(dials(&steps[0]).next().is_none());
        }
    }

    #[test]
    fn a_code_is_never_dialled_as_a_number(
        plan in plan(), code in "[*#][0-9*#]{0,8}", from in 1000i64..1008, doings in doings(), draw: u64,
    ) {
        let call = Call::new(Direction::Subscriber, from.to_string(), code.clone());
        for step in played(&plan, &call, &doings, draw) {
            for target in dials(&step).flat_map(|dial| &dial.targets) {
                prop_assert!(!target.number().contains(['*', '#']), "{} rings {:?}", code, target);
            }
        }
    }

    #[test]
    fn a_phone_changes_nothing_but_what_is_its_own_and_forwards_out_only_where_it_may_dial(
        plan in plan(), call in call(), doings in doings(), draw: u64,
    ) {
        for step in played(&plan, &call, &doings, draw) {
            for action in &step.actions {
                let Action::Change(change) = action else { continue };
                let extension = match change {
                    Change::DoNotDisturb { extension, .. } | Change::Forward { extension, .. } => extension,
                    Change::Message { .. } => continue,
                };
                let owner = plan.extension(*extension).expect("it is there");
                prop_assert_eq!(call.from.trim_start_matches('+'), &*owner.number);
                let ExtensionKind::User(person) = &owner.kind else { panic!("only people have phones") };
                if let Change::Forward { to: Some(to), .. } = change
                    && let Some(number) = E164::new(to)
                    && plan.number(&number).is_none()
                {
                    prop_assert!(owner.active && person.dials_out);
                }
            }
        }
    }

    #[test]
    fn the_blocklist_agrees_with_a_slow_search(
        blocked in prop::collection::vec(generate::blocked_caller(), 0..30), caller in "\\+(44|1)[0-9]{1,4}", later: bool,
    ) {
        let called = E164::new("+12125550100").expect("E.164");
        let now = facts(0).now + jiff::SignedDuration::from_hours(if later { 48 } else { 0 });
        let holds = |entry: &&BlockedCaller| {
            let fits = if entry.is_prefix { caller.starts_with(&*entry.pattern) } else { caller == *entry.pattern };
            fits && entry.active
                && entry.number.as_ref().is_none_or(|number| *number == called)
                && entry.expires_at.is_none_or(|ends| now < ends)
        };
        let expected = blocked.iter().any(|entry| holds(&entry));
        let list = crate::screening::Blocklist::from(blocked.clone());
        let found = list.find(&caller, &called, now);
        prop_assert_eq!(found.is_some(), expected);
        prop_assert!(found.is_none_or(|entry| holds(&entry)));
    }

    #[test]
    fn round_robin_gives_each_member_its_share_whatever_happens(
        members in 1i64..=EXTENSIONS, calls in 1usize..40, result in results(), repeats in prop::collection::vec(0usize..3, 40),
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
            driven(&plan, &first.call, &Event::DialEnded(result), facts(at as u64), &mut claim);
        }
        let share = calls / members as usize;
        for id in 1..=members {
            let rung = first_rung.get(&ExtensionId::new(id).expect("positive")).copied().unwrap_or(0);
            prop_assert!(rung == share || rung == share + 1, "{rung} of {calls} calls for one of {members}");
        }
    }
}

/// The same plan with every name marked.
fn marked(plan: &Plan, mark: &str) -> Plan {
    let mut parts = PlanParts::from(plan.clone());
    let names = (parts.ring_groups.iter_mut().map(|it| &mut it.name))
        .chain(parts.extensions.iter_mut().map(|it| &mut it.name))
        .chain(parts.menus.iter_mut().map(|it| &mut it.name))
        .chain(parts.hours.iter_mut().map(|it| &mut it.name))
        .chain(parts.conferences.iter_mut().map(|it| &mut it.name))
        .chain(parts.assistants.iter_mut().map(|it| &mut it.name))
        .chain(parts.voicemails.iter_mut().map(|it| &mut it.name))
        .chain(parts.trunks.iter_mut().map(|it| &mut it.name))
        .chain(parts.outbound_rules.iter_mut().map(|it| &mut it.name));
    for name in names {
        *name = format!("{mark} {name}").into();
    }
    Plan::from(parts)
}

fn rotating(members: i64) -> Plan {
    let ids: Vec<_> = (1..=members).map(|id| ExtensionId::new(id).expect("positive")).collect();
    let group = RingGroupId::new(1).expect("positive");
    let tenant = TenantId::new(1).expect("positive");
    Plan::from(PlanParts {
        numbers: vec![Number {
            number: E164::new("+12125550100").expect("E.164"),
            name: "".into(),
            destination: Destination::RingGroup(group),
            active: true,
            recording: crate::RecordingPolicy::default(),
        }],
        extensions: ids.iter().map(|id| extension(*id, ExtensionKind::User(Person::ringing(30)))).collect(),
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
        ..PlanParts::empty(tenant, 1, company(Destination::Hangup, Limits::default()))
    })
}

fn extension(id: ExtensionId, kind: ExtensionKind) -> Extension {
    Extension { id, number: format!("{}", 1000 + id.get()).into(), name: "".into(), active: true, kind }
}

#[test]
fn a_chain_of_seventeen_hops_goes_to_the_company_fallback_and_says_so() {
    let id = |id| ExtensionId::new(id).expect("positive");
    let chain =
        (1..=20).map(|at| extension(id(at), ExtensionKind::Points(Destination::Extension(id(at + 1)))));
    let mut parts = PlanParts::from(rotating(1));
    parts.company.fallback = Destination::Extension(id(50));
    parts.extensions = chain.chain([extension(id(50), ExtensionKind::User(Person::ringing(30)))]).collect();
    let call = Call::new(Direction::Subscriber, "1050", "1001");
    let step = step(&Plan::from(parts), call, &Event::Arrived, &facts(0));
    assert!(step.trace.contains(&Reason::TooDeep { hops: HOPS_MAX }), "{:?}", step.trace);
    assert!(matches!(step.call.stage, Stage::Dialing(Dialing::Extension(_))), "{:?}", step.call);
}
