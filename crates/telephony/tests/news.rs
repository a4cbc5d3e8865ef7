//! News and steps of one call come to the same sheet whatever order they come in, and however often.

use opbx_kernel::{E164, TenantId, Timestamp};
use opbx_routing::{
    Company, Destination, Direction, Extension, ExtensionId, ExtensionKind, Number, Person, Plan, PlanParts,
    RecordingPolicy,
};
use opbx_telephony::ledger::Ledger;
use opbx_telephony::simulator::{Answers, Caller, simulate};
use opbx_telephony::{
    CallStatus, DetailRecord, Entry, LegStatus, News, Opening, SessionDirection, SessionStatus, SessionUpdate,
};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert_eq, proptest};
use serde_json::Value as Json;

fn at(text: &str) -> Timestamp {
    format!("2026-12-24T{text}Z").parse().expect("an instant")
}

/// The steps of a call that rings 1001, which answers.
fn steps() -> Vec<Entry> {
    let phone = ExtensionId::new(1).expect("positive");
    let plan = Plan::from(PlanParts {
        numbers: vec![Number {
            number: E164::new("+12125550100").expect("E.164"),
            name: "".into(),
            destination: Destination::Extension(phone),
            active: true,
            recording: RecordingPolicy::default(),
        }],
        extensions: vec![Extension {
            id: phone,
            number: "1001".into(),
            name: "".into(),
            active: true,
            kind: ExtensionKind::User(Person::ringing(30)),
        }],
        ..PlanParts::empty(TenantId::new(1).expect("positive"), 3, Company::named("Acme"))
    });
    let opening = Opening {
        direction: Direction::Inbound,
        from: "+442079460018".into(),
        to: "+12125550100".into(),
        from_name: String::new(),
        token: None,
        session: None,
    };
    let answers = "1001=yes".parse::<Answers>().expect("answers");
    let (_, ledger) = simulate(&plan, &opening, at("18:05:00"), &Caller::silent(&answers));
    ledger.entries().to_vec()
}

fn update(event: &str, modified: &str, status: SessionStatus, answered: Option<&str>) -> News {
    News::of_update(&SessionUpdate {
        session: 7,
        token: Some("CA1".into()),
        event: event.into(),
        domain_id: None,
        domain: None,
        subscriber: None,
        outgoing_subscriber: None,
        from: "+442079460018".into(),
        to: "+1001".into(),
        direction: SessionDirection::Incoming,
        status,
        created_at: at("18:04:59"),
        modified_at: at(modified),
        call_started_at: Some(at("18:04:59")),
        call_answered_at: answered.map(at),
        time_limit_s: None,
        vapp_server: None,
        action: None,
        reason: None,
        last_error: None,
        call_ids: Vec::new(),
        profile: Json::Null,
    })
}

fn record(disposition: &str, billsec_s: i64, answered: Option<&str>) -> News {
    News::of_record(&DetailRecord {
        at: at("18:08:01"),
        token: Some("CA1".into()),
        session: Some(7),
        call_id: "sip-1".into(),
        from: "+442079460018".into(),
        to: "+12125550100".into(),
        disposition: disposition.into(),
        duration_s: 181,
        billsec_s,
        direction: None,
        status: None,
        call_started_at: Some(at("18:04:59")),
        call_answered_at: answered.map(at),
        call_ended_at: Some(at("18:08:00")),
        domain: None,
        subscriber: None,
        trunk: None,
        application: None,
        route: None,
        rated_cost: Some(1_250),
        approx_cost: None,
        sell_cost: None,
        vapp_server: None,
        recording_url: None,
        raw: Json::Null,
    })
}

fn updates() -> Vec<News> {
    vec![
        update("a", "18:05:00", SessionStatus::Processing, None),
        update("b", "18:05:01", SessionStatus::Ringing, None),
        update("c", "18:05:09", SessionStatus::Connected, Some("18:05:08")),
        update("d", "18:05:10", SessionStatus::Answer, Some("18:05:08")),
    ]
}

#[derive(Debug, Clone)]
enum Piece {
    Step(Box<Entry>),
    News(Box<News>),
}

fn pieces() -> Vec<Piece> {
    let told = updates().into_iter().chain([
        record("ANSWERED", 172, Some("18:05:08")),
        News::of_word("ringing", at("18:05:01")),
        News::of_word("completed", at("18:08:02")),
    ]);
    steps()
        .into_iter()
        .map(|step| Piece::Step(Box::new(step)))
        .chain(told.map(|news| Piece::News(Box::new(news))))
        .collect()
}

fn told(pieces: impl IntoIterator<Item = Piece>) -> Ledger {
    let mut ledger = Ledger::default();
    for piece in pieces {
        match piece {
            Piece::Step(entry) => ledger.add(*entry),
            Piece::News(news) => ledger.hear(*news),
        };
    }
    ledger
}

/// Some of the pieces in any order, some of them twice or thrice.
fn shuffled() -> impl Strategy<Value = Vec<usize>> {
    let count = pieces().len();
    prop::collection::vec(0usize..=3, count)
        .prop_map(|times| {
            times.iter().enumerate().flat_map(|(at, times)| vec![at; *times]).collect::<Vec<_>>()
        })
        .prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_told_comes_to_one_sheet_in_any_order_and_however_often(order in shuffled(), split in any::<prop::sample::Index>()) {
        let all = pieces();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let expected = told(sorted.into_iter().map(|at| all[at].clone()));
        let ledger = told(order.iter().map(|at| all[*at].clone()));
        prop_assert_eq!(ledger.sheet(), expected.sheet());
        prop_assert_eq!(&ledger, &expected);

        // Told to two ledgers that turn out to be of one call.
        let middle = split.index(order.len() + 1);
        let mut one = told(order[..middle].iter().map(|at| all[*at].clone()));
        one.absorb(told(order[middle..].iter().map(|at| all[*at].clone())));
        prop_assert_eq!(one.sheet(), expected.sheet());

        // And through the store.
        let written = serde_json::to_vec(&ledger).expect("a ledger serialises");
        let read: Ledger = serde_json::from_slice(&written).expect("and back");
        prop_assert_eq!(read, ledger);
    }
}

#[test]
fn the_engine_says_when_and_how_long_and_the_conversation_how_it_ended() {
    let sheet = told(pieces()).sheet().expect("a call");
    assert_eq!((sheet.status, sheet.answered_by.as_deref()), (CallStatus::Completed, Some("1001")));
    assert_eq!((sheet.started_at, sheet.answered_at), (at("18:05:00"), Some(at("18:05:08"))));
    assert_eq!(sheet.ended_at, Some(at("18:08:00")));
    assert_eq!((sheet.duration_s, sheet.billsec_s, sheet.cost), (Some(181), Some(172), Some(1_250)));
    assert_eq!(sheet.engine, Some(("answered", at("18:08:00"))));
    assert_eq!(sheet.legs[0].answered_at, Some(at("18:05:08")));
    let moments: Vec<_> = sheet.timeline.iter().map(|moment| moment.kind.as_str()).collect();
    assert_eq!(moments, ["started", "ringing", "answered", "dial_ended", "ended"]);
    let sequence: Vec<u32> = sheet.timeline.iter().map(|moment| moment.sequence).collect();
    assert_eq!(sequence, [1, 2, 3, 4, 5]);
}

#[test]
fn a_call_whose_end_only_the_record_tells_is_over() {
    let first = Piece::Step(Box::new(steps()[0].clone()));
    let heard = |record| told([first.clone(), Piece::News(Box::new(record))]).sheet().expect("a call");
    let answered = heard(record("ANSWERED", 172, Some("18:05:08")));
    assert_eq!((answered.status, answered.answered_by.as_deref()), (CallStatus::Completed, Some("1001")));
    assert_eq!(
        (answered.legs[0].status, answered.legs[0].ended_at),
        (LegStatus::Answered, Some(at("18:08:00")))
    );
    for (word, status, leg) in [
        ("NO ANSWER", CallStatus::NoAnswer, LegStatus::NoAnswer),
        ("BUSY", CallStatus::Busy, LegStatus::Busy),
        ("FAILED", CallStatus::Failed, LegStatus::Failed),
        ("CANCELLED", CallStatus::Canceled, LegStatus::Canceled),
    ] {
        let sheet = heard(record(word, 0, None));
        assert_eq!((sheet.status, sheet.legs[0].status, sheet.answered_at), (status, leg, None), "{word}");
    }
}

#[test]
fn a_call_known_by_its_updates_alone_goes_on_until_its_record() {
    let mut ledger = Ledger::default();
    let mut seen = Vec::new();
    for update in updates() {
        ledger.hear(update);
        let sheet = ledger.sheet().expect("a call");
        seen.push((sheet.status, sheet.engine.map(|(word, _)| word)));
    }
    assert_eq!(
        seen,
        [
            (CallStatus::Initiated, Some("processing")),
            (CallStatus::Initiated, Some("ringing")),
            (CallStatus::Answered, Some("connected")),
            (CallStatus::Answered, Some("connected")),
        ]
    );
    let sheet = ledger.sheet().expect("a call");
    assert_eq!((sheet.opening.to.as_str(), sheet.direction(), sheet.steps), ("1001", "inbound", 0));
    ledger.hear(record("ANSWERED", 172, Some("18:05:08")));
    let sheet = ledger.sheet().expect("a call");
    assert_eq!((sheet.status, sheet.ended_at), (CallStatus::Completed, Some(at("18:08:00"))));
    assert_eq!((sheet.plan_version, sheet.ending), (None, None));
}

#[test]
fn ledgers_from_before_there_were_news_are_still_read() {
    let entries = steps();
    let read: Ledger =
        serde_json::from_slice(&serde_json::to_vec(&entries).expect("json")).expect("a ledger");
    assert_eq!(read.entries(), entries);
    assert_eq!(serde_json::to_value(&read).expect("json"), serde_json::to_value(&entries).expect("json"));
}
