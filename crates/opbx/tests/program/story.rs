//! A company from its first settings to its mail: made by the REST API alone, on the real binary, called by a carrier that
//! knows nothing but its published facts.

mod company;
mod day;

use crate::rest::{COMES_WITHIN, Rest};
use company::Company;
use hmac::{Hmac, KeyInit as _, Mac as _};
use opbx_testkit::fake_cloudonix::{Caller, Disposition, NewCall, Phone, Played, Script, Talk};
use opbx_testkit::{Browser, Frame, Received, eventually, on_both_databases};
use reqwest::Method;
use serde_json::{Value as Json, json};
use sha2::Sha256;

const CALLER: &str = "+442079460018";
const MAIN: &str = "+12125550100";
/// Rings Alice at once.
const DIRECT: &str = "+12125550101";
const MESSAGE_S: u32 = 12;
/// What is told of the call. The menu answers before anybody rings; whoever is told of both at once hears of the ringing
/// first.
const MOMENTS: [&str; 4] = ["initiated", "answered", "ringing", "ended"];

on_both_databases! {
    async fn a_call_finds_its_way_to_a_message_and_everybody_hears_of_it(db: TestDb) {
        let company = Company::open(&db).await;
        let mut browser = company.browser().await;
        let caller = Caller::default().presses("1").leaves_a_message(MESSAGE_S);
        let call = NewCall::inbound(CALLER, MAIN).script(Script::caller(caller));
        company.begin(call);
        let live = seen_live(&company).await;
        let told = heard(&mut browser).await;
        check_moments(&told);
        let played = company.over().await;
        history(&company.rest, &live, &played).await;
        records(&company.rest, &played).await;
        message(&company).await;
        webhooks(&company).await;
    }

    async fn a_call_that_goes_on_is_ended_from_here(db: TestDb) {
        let company = Company::open(&db).await;
        let rest = &company.rest;
        let talk = Phone::Answers { after_s: 2, talk: Talk::UntilTold };
        company.begin(NewCall::inbound(CALLER, DIRECT).script(Script::default().phone("1001", talk)));
        let talking = |live: &Json| live["meta"]["by_status"]["connected"] == 1;
        let live = company.meanwhile("/session-updates/active", "somebody talks", talking).await;
        let id = live["data"][0]["call_log_id"].clone();
        let busy = |now: &Json| now["extensions"].as_array().is_some_and(|all| {
            all.iter().any(|one| one["extension_number"] == "1001" && one["state"] == "busy")
        });
        company.meanwhile("/live/snapshot", "1001 is busy", busy).await;
        let done = rest.ask(Method::POST, &format!("/calls/{id}/hangup"), Some(&json!({}))).await;
        assert_eq!(done.status, 200, "{}", done.text());
        let played = company.over().await;
        assert_eq!(played.disposition, Disposition::Answered, "{}", played.transcript);
        let is_over = |call: &Json| !call["ended_at"].is_null();
        let call = rest.until(&format!("/call-logs/{id}"), "it is over", is_over).await;
        assert_eq!((&call["answered_by"], &call["status"]), (&json!("1001"), &json!("completed")));
        let none = |live: &Json| live["meta"]["total_active_calls"] == 0;
        rest.until("/session-updates/active", "none goes on", none).await;
    }
}

/// Looks at the call while it lasts, in every place that tells of live calls.
async fn seen_live(company: &Company) -> Json {
    let rest = &company.rest;
    let one = |live: &Json| live["meta"]["total_active_calls"] == 1;
    let live = company.meanwhile("/session-updates/active", "the call is live", one).await["data"][0].clone();
    assert_eq!((&live["caller_id"], &live["direction"]), (&json!(CALLER), &json!("incoming")), "{live}");
    let rings = |now: &Json| {
        let all = now["extensions"].as_array();
        all.is_some_and(|all| all.iter().any(|one| one["state"] == "ringing"))
    };
    let now = company.meanwhile("/live/snapshot", "somebody's telephone rings", rings).await;
    assert_eq!((&now["counts"]["active"], &now["calls"][0]["from_number"]), (&json!(1), &json!(CALLER)));
    let active = rest.get("/call-logs/active").await;
    assert_eq!(active.as_array().map(Vec::len), Some(1), "{active}");
    live
}

/// The moments of the call, as the socket tells them, up to its end.
async fn heard(browser: &mut Browser) -> Vec<String> {
    let mut moments = Vec::new();
    loop {
        let Frame { event, data, .. } = browser.next().await.expect("the socket is open");
        if event.starts_with("call.") && event != "call.updated" {
            assert_eq!(data["from_number"], CALLER, "{data}");
            moments.push(event["call.".len()..].to_owned());
        }
        if moments.last().is_some_and(|last| last == "ended") {
            return moments;
        }
    }
}

/// What the call's own history tells of its way.
async fn history(rest: &Rest, live: &Json, played: &Played) {
    let path = format!("/call-logs/{}", live["call_log_id"]);
    // What was known of its end at first is made right by the carrier's record.
    let call =
        rest.until(&path, "the carrier's record counts", |call| call["duration"] == played.duration_s).await;
    assert_eq!((&call["from_number"], &call["number"]), (&json!(CALLER), &json!(MAIN)), "{call}");
    assert_eq!(
        (&call["duration"], &call["ring_group"]["name"]),
        (&json!(played.duration_s), &json!("Sales")),
        "{call}"
    );
    let id = &live["call_log_id"];
    let legs = rest.get(&format!("/calls/{id}/legs")).await;
    let rung: Vec<&Json> = legs["data"].as_array().expect("legs").iter().map(|leg| &leg["target"]).collect();
    assert_eq!(rung, ["1001", "1002"], "both of the group rang: {legs}");
    let explained = rest.get(&format!("/calls/{id}/explain")).await;
    let sentences = explained["data"]["sentences"].to_string();
    for place in ["Office hours", "Main menu", "Sales", "Front desk"] {
        assert!(sentences.contains(place), "{place} is not in {sentences}");
    }
    assert_eq!(explained["data"]["then"]["same"], true, "{explained}");
}

/// The carrier's record, and every sum that it is part of.
async fn records(rest: &Rest, played: &Played) {
    let list = rest.get("/call-detail-records?per_page=10").await;
    let [record] = list["data"].as_array().expect("a list").as_slice() else { panic!("{list}") };
    let disposition = serde_json::to_value(played.disposition).expect("a word");
    assert_eq!((&record["call_id"], &record["disposition"]), (&json!(played.call_id), &disposition));
    assert_eq!(
        (&record["duration"], &record["billsec"]),
        (&json!(played.duration_s), &json!(played.billsec_s))
    );
    let sums = rest.get("/call-detail-records/statistics").await;
    assert_eq!((&sums["total_calls"], &sums["total_billsec"]), (&json!(1), &json!(played.billsec_s)));
    let counts = rest.get("/call-logs/statistics").await;
    assert_eq!((&counts["total_calls"], &counts["active_calls"]), (&json!(1), &json!(0)), "{counts}");
    for path in ["/call-detail-records/export", "/call-logs/export"] {
        let file = rest.ask(Method::GET, path, None).await;
        assert_eq!(file.status, 200, "{}", file.text());
        let lines: Vec<String> = file.text().lines().map(str::to_owned).collect();
        assert!(file.kind.starts_with("text/csv") && lines.len() == 2, "{path}: {lines:?}");
        assert!(lines[1].contains(CALLER), "{path}: {lines:?}");
    }
    assert_eq!(rest.get("/dashboard").await["data"]["total_calls"], 1);
}

/// The message: listed, heard, and mailed with its sound.
async fn message(company: &Company) {
    let rest = &company.rest;
    let list =
        rest.until("/voicemail-messages", "the message is there", |list| list["meta"]["total"] == 1).await;
    let message = &list["data"][0];
    assert_eq!(
        (&message["from_number"], &message["voicemail_box_name"]),
        (&json!(CALLER), &json!("Front desk"))
    );
    assert_eq!((&message["length"], &message["heard"]), (&json!(MESSAGE_S), &json!(false)), "{message}");
    let path = format!("/voicemail-messages/{}/audio", message["id"]);
    eventually(COMES_WITHIN, "its sound was fetched", async || {
        rest.ask(Method::GET, &path, None).await.status == 200
    })
    .await;
    let sound = rest.ask(Method::GET, &path, None).await;
    assert!(
        sound.kind.starts_with("audio/") && sound.body.len() > 1_000,
        "{} {}",
        sound.kind,
        sound.body.len()
    );
    eventually(COMES_WITHIN, "the mail has come", async || company.mails.mails().len() == 1).await;
    let mail = company.mails.mails().remove(0);
    assert_eq!(mail.to, [company::OWNER]);
    assert_eq!(mail.part("audio/").body, sound.body, "the sound itself is in the mail");
}

/// Each moment is told once, with the beginning first and the end last.
fn check_moments(told: &[String]) {
    let is_told = |moment: &&str| told.iter().any(|told| told == moment);
    assert!(told.len() == MOMENTS.len() && MOMENTS.iter().all(is_told), "{told:?}");
    assert_eq!((told[0].as_str(), told[3].as_str()), ("initiated", "ended"), "{told:?}");
}

/// What the receiver was told: what the socket told, once and in order, and the message; signed with the secret that was shown.
async fn webhooks(company: &Company) {
    let told =
        || company.receiver.received().into_iter().filter(|one| one.event() != "test").collect::<Vec<_>>();
    eventually(COMES_WITHIN, "every event was delivered", async || told().len() > MOMENTS.len()).await;
    let told = told();
    // Calls and messages are subjects of their own; between them there is no order.
    let (calls, others): (Vec<&str>, Vec<&str>) =
        told.iter().map(Received::event).partition(|event| event.starts_with("call."));
    let calls: Vec<String> =
        calls.iter().map(|event| event["call.".len()..].replace("started", "initiated")).collect();
    check_moments(&calls);
    assert_eq!(others, ["voicemail.left"]);
    for one in &told {
        assert!(is_genuine(&company.webhook_secret, one), "{}", one.header("opbx-signature"));
        let body = one.json();
        assert_eq!(body["data"]["from_number"], CALLER, "{body}");
    }
    assert!(!is_genuine("whsec_another", &told[0]), "another secret signs otherwise");
}

/// As docs/webhooks.md says: HMAC-SHA256 of the time, a dot and the body.
fn is_genuine(secret: &str, received: &Received) -> bool {
    let header = received.header("opbx-signature");
    let part = |name: &str| header.split(',').find_map(|part| part.strip_prefix(name)).unwrap_or_default();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{}.", part("t=")).as_bytes());
    mac.update(&received.body);
    let own: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    own == part("v1=")
}
