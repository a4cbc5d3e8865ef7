//! Generated companies, calls and what happens to them. Some of everything is inactive, missing, or points in a circle.

use crate::conference::Conference;
use crate::hours::{Exception, Override, Range};
use crate::plan::Strategy as Ringing;
use crate::{
    Assistant, AssistantId, BlockedCaller, Call, Company, ConferenceId, Destination, DialResult, Direction,
    Extension, ExtensionId, ExtensionKind, Feature, FeatureCode, Forwards, Hours, HoursId, Keys, Limits,
    Menu, MenuId, MenuKey, Number, OutboundRule, OutboundRuleId, Person, PinEntry, Plan, PlanParts, Prompt,
    QueueId, Reach, Recording, RecordingChoice, RecordingPolicy, RingGroup, RingGroupId, Screening,
    Treatment, Trunk, TrunkId, Voicemail, VoicemailId, Zone,
};
use jiff::civil::date;
use opbx_kernel::{Country, E164, TenantId};
use proptest::option::weighted as maybe;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop, prop_oneof};
use std::sync::Arc;

pub(super) const EXTENSIONS: i64 = 6;
/// Of every other kind of place.
const PLACES: i64 = 3;
const NUMBERS: i64 = 4;
/// Above any number of steps that the generated plans can ask for: menus that go round by keys, and groups between them.
pub(super) const STEPS_MAX: usize = 17 * 6 * 9 + 20;

/// An id of which one more is drawn than exists, so that some destinations point at nothing.
fn id<T: TryFrom<i64> + Clone + std::fmt::Debug + 'static>(exist: i64) -> BoxedStrategy<T> {
    (1..=exist + 1).prop_map(|id| T::try_from(id).ok().expect("positive")).boxed()
}

fn known<T: TryFrom<i64>>(id: i64) -> T {
    T::try_from(id).ok().expect("positive")
}

fn mostly() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.88)
}

// Generators are boxed where they are used often: a plan's would not fit a test's stack otherwise.
pub(super) fn destination() -> BoxedStrategy<Destination> {
    let forward = prop_oneof![
        Just("+442079460018"),
        Just("+12125550101"),
        Just("+33142685300"),
        Just("1003"),
        Just("sip:bob@example.com"),
        Just("nowhere at all"),
    ];
    prop_oneof![
        3 => id::<ExtensionId>(EXTENSIONS).prop_map(Destination::Extension),
        4 => id::<RingGroupId>(PLACES).prop_map(Destination::RingGroup),
        4 => id::<MenuId>(PLACES).prop_map(Destination::Menu),
        3 => id::<HoursId>(PLACES).prop_map(Destination::Hours),
        1 => id::<ConferenceId>(PLACES).prop_map(Destination::Conference),
        1 => id::<AssistantId>(PLACES).prop_map(Destination::Assistant),
        1 => id::<VoicemailId>(PLACES).prop_map(Destination::Voicemail),
        1 => id::<QueueId>(PLACES).prop_map(Destination::Queue),
        2 => forward.prop_map(|target| Destination::Forward(target.into())),
        2 => Just(Destination::Hangup),
    ]
    .boxed()
}

fn limits() -> impl Strategy<Value = Limits> {
    (maybe(0.2, 0u32..4), maybe(0.2, 0u32..100))
        .prop_map(|(calls_max, minutes_per_day_max)| Limits { calls_max, minutes_per_day_max })
}

fn forwards() -> impl Strategy<Value = Forwards> {
    let to = || maybe(0.15, destination());
    (to(), to(), to(), to()).prop_map(|(always, busy, no_answer, unreachable)| Forwards {
        always,
        busy,
        no_answer,
        unreachable,
    })
}

/// Mostly nothing is said of recording.
fn recording() -> BoxedStrategy<RecordingPolicy> {
    let choice = prop_oneof![
        3 => Just(RecordingChoice::Inherit),
        1 => Just(RecordingChoice::Never),
        1 => Just(RecordingChoice::Always),
    ];
    let said = (choice, maybe(0.5, prompt()), maybe(0.3, 1u16..400)).prop_map(
        |(choice, announcement, retention_days)| RecordingPolicy { choice, announcement, retention_days },
    );
    prop_oneof![2 => Just(RecordingPolicy::default()), 1 => said].boxed()
}

fn screening() -> impl Strategy<Value = Screening> {
    let treatment = prop_oneof![Just(Treatment::Busy), Just(Treatment::Rejected), Just(Treatment::Sentence)];
    (prop::bool::weighted(0.2), treatment, maybe(0.2, 1u32..6)).prop_map(
        |(refuses_anonymous, treatment, caller_calls_max)| Screening {
            refuses_anonymous,
            treatment,
            caller_calls_max,
            caller_window_s: 60,
        },
    )
}

pub(super) fn blocked_caller() -> impl Strategy<Value = BlockedCaller> {
    let pattern = prop_oneof!["\\+(44|1)[0-9]{0,3}", Just("+442079460018".to_owned())];
    let number =
        maybe(0.3, (0..NUMBERS).prop_map(|at| E164::new(&format!("+1212555010{at}")).expect("E.164")));
    let ends = maybe(0.3, Just("2026-12-25T00:00:00Z".parse().expect("an instant")));
    (pattern, any::<bool>(), number, ends, mostly()).prop_map(
        |(pattern, is_prefix, number, expires_at, active)| BlockedCaller {
            pattern: pattern.into(),
            is_prefix,
            number,
            reason: Some("spam".into()),
            expires_at,
            active,
        },
    )
}

fn feature_codes() -> impl Strategy<Value = Vec<FeatureCode>> {
    let all = [
        ("*97", Feature::OwnVoicemail),
        ("*98", Feature::AnyVoicemail),
        ("*72", Feature::ForwardAll),
        ("*73", Feature::ForwardAllOff),
        ("*7", Feature::ForwardBusy),
        ("*78", Feature::DoNotDisturb),
        ("*79", Feature::DoNotDisturbOff),
        ("*43", Feature::Test),
        ("*69", Feature::CallBack),
    ];
    prop::collection::vec(mostly(), all.len()).prop_map(move |active| {
        let codes = all.iter().zip(active);
        codes
            .map(|((code, feature), active)| FeatureCode { code: (*code).into(), feature: *feature, active })
            .collect()
    })
}

fn person() -> impl Strategy<Value = Person> {
    let voicemail = maybe(0.3, id::<VoicemailId>(PLACES));
    (5u16..300, prop::bool::weighted(0.15), forwards(), voicemail, mostly(), limits(), recording()).prop_map(
        |(ring_timeout_s, do_not_disturb, forward, voicemail, dials_out, limits, recording)| Person {
            ring_timeout_s,
            do_not_disturb,
            forward,
            voicemail,
            dials_out,
            caller_id: None,
            limits,
            recording,
        },
    )
}

fn extension(id: i64) -> impl Strategy<Value = Extension> {
    let kind = prop_oneof![
        5 => person().boxed().prop_map(ExtensionKind::User),
        1 => destination().prop_map(ExtensionKind::Points),
    ];
    (kind, mostly()).prop_map(move |(kind, active)| Extension {
        id: known(id),
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
    let members = prop::collection::vec(self::id::<ExtensionId>(EXTENSIONS), 0..7);
    (strategy, 0u8..5, members, destination(), mostly()).prop_map(
        move |(strategy, turns, members, fallback, active)| RingGroup {
            id: known(id),
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

fn prompt() -> impl Strategy<Value = Prompt> {
    prop_oneof![
        Just(Prompt::text("Welcome")),
        Just(Prompt::Audio("https://example.com/a.mp3?x=1&y=2".into())),
        Just(Prompt::Recording(known(7))),
    ]
}

fn menu(id: i64) -> impl Strategy<Value = Menu> {
    let pressed = prop_oneof![Just("0"), Just("1"), Just("2"), Just("*"), Just("12"), Just("9876543210")];
    let key = (pressed, destination()).prop_map(|(keys, to)| MenuKey { keys: keys.into(), to });
    let keys = prop::collection::vec(key, 0..6);
    let said = (maybe(0.8, prompt()), maybe(0.3, prompt()), maybe(0.3, prompt()));
    (said, keys, 0u8..5, any::<bool>(), destination(), mostly()).prop_map(
        move |((prompt, no_input, wrong_key), keys, turns, direct_dial, failover, active)| Menu {
            id: known(id),
            name: format!("Menu {id}").into(),
            active,
            prompt,
            no_input,
            wrong_key,
            inter_digit_timeout_s: 3,
            timeout_s: 10,
            turns,
            direct_dial,
            keys,
            failover,
        },
    )
}

fn hours(id: i64) -> impl Strategy<Value = Hours> {
    let range = || (0u16..1440, 0u16..=1440).prop_map(|(start_min, end_min)| Range { start_min, end_min });
    let ranges = move || prop::collection::vec(range(), 0..3);
    let exception =
        ranges().prop_map(|ranges| Exception { date: date(2026, 12, 24), name: "Eve".into(), ranges });
    let manual = (any::<bool>(), any::<bool>()).prop_map(|(open, ends)| Override {
        open,
        until: ends.then(|| "2026-12-25T00:00:00Z".parse().expect("an instant")),
    });
    let week = [(); 7].map(|()| ranges());
    let exceptions = prop::collection::vec(exception, 0..2);
    (week, exceptions, maybe(0.2, manual), destination(), destination(), mostly()).prop_map(
        move |(week, exceptions, manual, open, closed, active)| Hours {
            id: known(id),
            name: format!("Hours {id}").into(),
            active,
            zone: Zone::new("Europe/London").expect("a zone"),
            week,
            exceptions,
            manual,
            open,
            closed,
        },
    )
}

fn conference(id: i64) -> impl Strategy<Value = Conference> {
    (any::<bool>(), any::<bool>(), any::<bool>(), mostly()).prop_map(
        move |(asks_pin, has_host_pin, waits_for_host, active)| Conference {
            id: known(id),
            name: format!("Room {id}").into(),
            active,
            asks_pin,
            has_host_pin,
            waits_for_host,
            mutes_on_entry: true,
            announces: false,
            participants_max: 25,
            music_on_hold: true,
            records: false,
        },
    )
}

fn assistant(id: i64) -> impl Strategy<Value = Assistant> {
    let reach = prop_oneof![
        Just(Reach::Provider { provider: "VAPI".into(), number: "+12125550199".into() }),
        Just(Reach::Stream { url: "wss://example.com/talk".into() }),
        Just(Reach::Sip { address: "sip:robot@example.com".into() }),
    ];
    (maybe(0.9, reach), destination(), mostly()).prop_map(move |(reach, fallback, active)| Assistant {
        id: known(id),
        name: format!("Assistant {id}").into(),
        active,
        reach,
        timeout_s: 30,
        fallback,
    })
}

fn voicemail(id: i64) -> impl Strategy<Value = Voicemail> {
    (maybe(0.5, prompt()), mostly()).prop_map(move |(greeting, active)| Voicemail {
        id: known(id),
        name: format!("Box {id}").into(),
        active,
        greeting,
        beep: true,
        length_max_s: 120,
    })
}

fn outbound() -> impl Strategy<Value = (Vec<Trunk>, Vec<OutboundRule>)> {
    let trunk = |id| {
        (mostly(), recording()).prop_map(move |(active, recording)| Trunk {
            id: known(id),
            name: format!("Trunk {id}").into(),
            active,
            recording,
        })
    };
    let rule = |id: i64| {
        let prefix = prop_oneof![Just("+44"), Just("+4420"), Just("20"), Just("+")];
        let trunks = prop::collection::vec(self::id::<TrunkId>(PLACES), 0..4);
        (maybe(0.4, Just("GB")), maybe(0.6, prefix), trunks, mostly()).prop_map(
            move |(country, prefix, trunks, active)| OutboundRule {
                id: known::<OutboundRuleId>(id),
                name: format!("Rule {id}").into(),
                active,
                country: country.and_then(Country::new),
                prefix: prefix.map(Into::into),
                trunks,
                caller_id: None,
            },
        )
    };
    let trunks: Vec<_> = (1..=PLACES).map(trunk).collect();
    let rules: Vec<_> = (1..=PLACES).map(rule).collect();
    (trunks, rules)
}

fn all<S: Strategy + 'static>(one: impl Fn(i64) -> S) -> Vec<BoxedStrategy<S::Value>> {
    (1..=PLACES).map(|id| one(id).boxed()).collect()
}

pub(super) fn company(fallback: Destination, limits: Limits) -> Company {
    Company {
        country: Country::new("US"),
        emergency_numbers: vec!["911".into()],
        fallback,
        limits,
        ..Company::named("Acme")
    }
}

pub(super) fn plan() -> BoxedStrategy<Plan> {
    let extensions: Vec<_> = (1..=EXTENSIONS).map(|id| extension(id).boxed()).collect();
    let numbers = prop::collection::vec((destination(), mostly(), recording()), NUMBERS as usize);
    let blocked = prop::collection::vec(blocked_caller(), 0..4);
    let policies = (recording(), screening(), blocked, feature_codes());
    let people = (extensions, all(group), numbers, destination(), limits());
    let places = (all(menu), all(hours), all(conference), all(assistant), all(voicemail), outbound());
    (people.boxed(), places.boxed(), policies.boxed())
        .prop_map(
            |(
                (extensions, ring_groups, numbers, fallback, limits),
                (menus, hours, conferences, assistants, voicemails, (trunks, outbound_rules)),
                (recording, screening, blocked_callers, feature_codes),
            )| {
                let company = Company { recording, screening, ..company(fallback, limits) };
                let numbers =
                    numbers.into_iter().enumerate().map(|(at, (destination, active, recording))| Number {
                        number: E164::new(&format!("+1212555010{at}")).expect("E.164"),
                        name: "".into(),
                        destination,
                        active,
                        recording,
                    });
                Plan::from(PlanParts {
                    numbers: numbers.collect(),
                    extensions,
                    ring_groups,
                    menus,
                    hours,
                    conferences,
                    assistants,
                    voicemails,
                    trunks,
                    outbound_rules,
                    feature_codes,
                    blocked_callers,
                    ..PlanParts::empty(known::<TenantId>(1), 7, company)
                })
            },
        )
        .boxed()
}

pub(super) fn call() -> impl Strategy<Value = Call> {
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
        1 => Just("+442079460018".to_owned()),
        1 => prop_oneof![Just("911"), Just("+911")].prop_map(str::to_owned),
        2 => prop_oneof![
            Just("*97"), Just("*98"), Just("*721003"), Just("*72+442079460018"), Just("*73"), Just("*78"),
            Just("*79"), Just("*43"), Just("*69"), Just("*1")
        ].prop_map(str::to_owned),
        1 => ".{0,20}",
    ];
    let from = prop_oneof![Just("+442079460018"), Just("1001"), Just("1002"), Just("")];
    (direction, from, to).prop_map(|(direction, from, to)| Call::new(direction, from, to))
}

/// What the world does each time something is asked of it; the last goes on for ever.
#[derive(Debug, Clone)]
pub(super) struct Doing {
    pub(super) result: DialResult,
    pub(super) keys: Keys,
    pub(super) pin: PinEntry,
    pub(super) recording: Recording,
}

pub(super) fn results() -> impl Strategy<Value = DialResult> {
    prop_oneof![
        1 => Just(DialResult::Completed),
        4 => Just(DialResult::Busy),
        1 => Just(DialResult::Canceled),
        4 => Just(DialResult::Failed),
        20 => Just(DialResult::NoAnswer),
        1 => Just(DialResult::Unknown),
    ]
}

pub(super) fn doings() -> impl Strategy<Value = Vec<Doing>> {
    let keys = prop_oneof![
        Just(""),
        Just("0"),
        Just("1"),
        Just("2"),
        Just("*"),
        Just("12"),
        Just("1004"),
        Just("77")
    ];
    let pin = prop_oneof![
        Just(PinEntry::Nothing),
        Just(PinEntry::Wrong),
        Just(PinEntry::Participant),
        Just(PinEntry::Host)
    ];
    let url: Option<Arc<str>> = Some("https://example.com/r.mp3".into());
    let recording = prop_oneof![Just(Recording::default()), Just(Recording { url, length_s: Some(12) })];
    let doing = (results(), keys, pin, recording).prop_map(|(result, keys, pin, recording)| Doing {
        result,
        keys: Keys::new(keys),
        pin,
        recording,
    });
    prop::collection::vec(doing, 1..40)
}
