//! Stored plans and ledgers: damaged bytes are refused, and whatever still is a plan routes every call to an end.

use crate::target::{Judged, Seen, Target};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use opbx_app::ingest::stored_ledger;
use opbx_app::plans::stored;
use opbx_kernel::{Country, E164, TenantId};
use opbx_routing::{
    Call, Company, DialResult, Direction, Event, Facts, Keys, Number, Plan, PlanParts, Recording, step,
};
use opbx_telephony::{Entry, Opening, ledger::Ledger};
use std::io::Write as _;

/// Steps that a call of a damaged plan is followed for; a call that goes on longer is in a circle of its callers.
const STEPS_MAX: usize = 40;
const DIALLED: [&str; 3] = ["+12125550100", "1001", "911"];
const WORDS: &[&str] = &[
    "\"hangup\"",
    "{\"extension\":1}",
    "{\"ring_group\":1}",
    "{\"menu\":1}",
    "{\"hours\":1}",
    "{\"conference\":1}",
    "{\"voicemail\":1}",
    "{\"assistant\":1}",
    "{\"forward\":\"+442079460018\"}",
    "\"active\":true",
    "\"turns\":0",
    "\"timeout_s\":0",
    "\"members\":[]",
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "1",
    "0",
    "65535",
    "\"UTC\"",
    "\"\"",
    "\"simultaneous\"",
    "\"round_robin\"",
    "\"arrived\"",
    "{\"dial_ended\":\"busy\"}",
    ",",
    ":",
];

pub(crate) fn target() -> Target {
    let plan = plan();
    let text = serde_json::to_vec(&plan).expect("a plan serialises");
    let ledger = serde_json::to_vec(&ledger(&plan)).expect("a ledger serialises");
    let examples = vec![stored::packed(&plan), packed(&ledger), text, ledger];
    Target { name: "stored", examples, words: WORDS, judge: Box::new(judge) }
}

fn judge(input: &[u8]) -> Judged {
    // As it may lie in the database, and as what a sound body could hold.
    let mut said = Vec::new();
    for body in [input.to_vec(), packed(input)] {
        match stored::read(&body) {
            Ok(plan) => said.push(routed(&plan)),
            Err(error) => {
                Seen::refused(&error.to_string())?;
                said.push(error.to_string().chars().filter(|c| c.is_alphabetic()).take(80).collect());
            }
        }
        match stored_ledger(&body) {
            Ok(ledger) => {
                let sheet = ledger.sheet().map(|sheet| (sheet.status, sheet.legs.len()));
                said.push(format!("{sheet:?}"));
            }
            Err(error) => {
                Seen::refused(&error)?;
                said.push(error.chars().filter(|c| c.is_alphabetic()).take(80).collect());
            }
        }
    }
    Ok(Seen::taken(said))
}

/// Follows calls through a plan with everything that can happen to them; says how they ended.
fn routed(plan: &Plan) -> String {
    let mut endings = String::new();
    let news = [
        Event::DialEnded(DialResult::NoAnswer),
        Event::KeysPressed(Keys::new("1")),
        Event::Recorded(Recording { url: None, length_s: None }),
        Event::KeysPressed(Keys::new("")),
    ];
    for dialled in DIALLED {
        for direction in [Direction::Inbound, Direction::Subscriber] {
            let from = if direction == Direction::Inbound { "+442079460018" } else { "1001" };
            let mut call = Call::new(direction, from, dialled);
            let mut event = &Event::Arrived;
            for at in 0..STEPS_MAX {
                call = step(plan, call, event, &facts()).call;
                event = &news[at % news.len()];
                if call.ending().is_some() {
                    break;
                }
            }
            endings.push_str(&format!("{:?}", call.ending()));
        }
    }
    endings
}

fn facts() -> Facts {
    Facts::at("2026-12-24T18:05:00Z".parse().expect("an instant"), 7)
}

fn plan() -> Plan {
    let company = Company {
        country: Country::new("US"),
        emergency_numbers: vec!["911".into()],
        ..Company::named("Acme")
    };
    let tenant = TenantId::new(1).expect("positive");
    let mut parts = PlanParts::empty(tenant, 7, company);
    let number = E164::new(DIALLED[0]).expect("a number");
    parts.numbers.push(Number {
        number,
        name: "Main".into(),
        destination: opbx_routing::Destination::Hangup,
        active: true,
        recording: opbx_routing::RecordingPolicy::default(),
    });
    Plan::from(parts)
}

fn ledger(plan: &Plan) -> Ledger {
    let step = step(plan, Call::new(Direction::Inbound, "1", DIALLED[0]), &Event::Arrived, &facts());
    let opening = Opening {
        direction: Direction::Inbound,
        from: "1".into(),
        to: DIALLED[0].into(),
        from_name: String::new(),
        token: None,
        session: None,
    };
    let mut ledger = Ledger::default();
    ledger.add(Entry::new(plan, "call-1", Some(opening), Event::Arrived, facts(), &step));
    ledger
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("writing into memory does not fail")
}
