//! Session updates and the record of a call.

use crate::application::{DOMAIN, Heard, REQUESTS_KEY, Stage, empty, sound};
use opbx_fake_cloudonix::{Chaos, Endpoints, Options, Phone, Script, Talk};
use serde_json::json;

const DIAL: &str = "<Dial timeout=\"20\"><Number>1001</Number></Dial><Hangup/>";

async fn hooked(change: impl FnOnce(Options) -> Options) -> Stage {
    let stage = Stage::open_with(change).await;
    let endpoints = Endpoints {
        voice: stage.at("/route"),
        session_update: Some(stage.at("/updates")),
        cdr: Some(stage.at("/cdr")),
        requests_key: REQUESTS_KEY.into(),
    };
    stage.fake.provision(DOMAIN, &endpoints).expect("a domain");
    stage.page("/route", DIAL);
    for path in ["/updates", "/cdr"] {
        stage.answer(path, 200, "application/json", empty().to_string().as_bytes());
    }
    stage
}

fn talks() -> Script {
    let talk = Talk::PhoneLeaves { after_s: 30 };
    Script::default().phone("1001", Phone::Answers { after_s: 5, talk })
}

#[tokio::test]
async fn a_call_brings_at_least_ten_updates_and_one_record() {
    let stage = hooked(|options| options).await;
    let played = stage.call(talks()).await;
    sound(&played);
    let updates = stage.heard("/updates");
    assert!(updates.len() >= 10, "{}", updates.len());
    let mut statuses: Vec<&str> =
        updates.iter().filter_map(|update| update.body["status"].as_str()).collect();
    statuses.dedup();
    assert_eq!(statuses, ["processing", "ringing", "connected", "completed"]);
    let connected = updates.iter().find(|update| update.body["status"] == "connected").expect("connected");
    let body = &connected.body;
    let started = body["callStartTime"].as_i64().expect("milliseconds");
    assert_eq!(body["callAnswerTime"].as_i64(), Some(started + 5_000));
    assert_eq!((&body["direction"], &body["callIds"]), (&json!("incoming"), &json!([played.call_id])));
    assert!(body["id"].is_u64() && body["eventId"].as_str().is_some_and(|id| id.len() == 36), "{body}");
    assert_eq!(connected.headers["authorization"], format!("Bearer {REQUESTS_KEY}"));
    let cdr = &stage.heard("/cdr")[..];
    let [Heard { body: cdr, .. }] = cdr else { panic!("one record, not {}", cdr.len()) };
    assert_eq!(cdr["disposition"], "ANSWERED");
    assert_eq!((&cdr["duration"], &cdr["billsec"]), (&json!(35), &json!(30)));
    assert_eq!(cdr["session"]["callEndTime"].as_i64(), Some(started + 35_000));
    assert_eq!(cdr["owner"]["domain"]["uuid"].as_str(), stage.fake.uuid(DOMAIN).as_deref());
    assert_eq!(cdr["call_id"], json!(played.call_id));
}

#[tokio::test]
async fn the_shortest_call_brings_ten_updates_too() {
    let stage = hooked(|options| options).await;
    stage.page("/route", "<Reject/>");
    sound(&stage.call(Script::default()).await);
    let updates = stage.heard("/updates");
    assert_eq!(updates.len(), 10);
    let ids: std::collections::BTreeSet<_> =
        updates.iter().map(|update| update.body["eventId"].to_string()).collect();
    assert_eq!(ids.len(), 10, "each is an event of its own");
    let cdr = &stage.heard("/cdr")[0].body;
    assert_eq!((&cdr["disposition"], &cdr["session"]["callAnswerTime"]), (&json!("BUSY"), &json!(0)));
}

#[tokio::test]
async fn chaos_tells_everything_in_another_order_and_some_of_it_twice() {
    let chaos = Chaos { repeated_percent: 40, ..Chaos::of(5) };
    let stage = hooked(|options| Options { chaos: Some(chaos), ..options }).await;
    let played = stage.call(talks()).await;
    sound(&played);
    let told: Vec<String> =
        stage.heard("/updates").iter().map(|update| update.body["eventId"].to_string()).collect();
    let events: std::collections::BTreeSet<_> = told.iter().collect();
    assert_eq!(events.len(), played.updates as usize, "nothing is lost");
    assert!(told.len() > events.len(), "something is repeated");
    assert!(!stage.heard("/cdr").is_empty());
}

#[tokio::test]
async fn a_webhook_that_is_not_taken_is_tried_again_and_then_a_fault() {
    let stage = hooked(|options| options).await;
    stage.answer("/cdr", 500, "text/plain", b"no");
    let played = stage.call(talks()).await;
    assert_eq!(stage.heard("/cdr").len(), 3);
    let faults: Vec<String> = played.faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, ["the cdr webhook was not taken: answered with 500"]);
}

#[tokio::test]
async fn a_signature_is_sent_where_a_secret_is_set_and_only_there() {
    let stage = hooked(|options| options).await;
    sound(&stage.call(talks()).await);
    assert!(!stage.heard("/cdr")[0].headers.contains_key("x-cloudonix-signature"));
    let stage = hooked(|options| Options { signing_secret: Some("secret".into()), ..options }).await;
    sound(&stage.call(talks()).await);
    let cdr = &stage.heard("/cdr")[0];
    let signature = cdr.headers["x-cloudonix-signature"].to_str().expect("text");
    assert_eq!(signature.len(), 64);
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"secret").expect("a key");
    mac.update(cdr.raw());
    let expected: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(signature, expected);
}
