//! What an application is asked, and how a page ends.

use crate::application::{DOMAIN, REQUESTS_KEY, Stage, sound};
use opbx_fake_cloudonix::{Caller, Disposition, End, NewCall, Options, Script};

#[tokio::test]
async fn a_voice_request_says_what_the_documentation_says_and_nothing_of_a_dial() {
    let stage = Stage::open().await;
    stage.page("/route", "<Hangup/>");
    let mut call = NewCall::inbound("+442079460018", "+12125550100");
    call.diverted = Some("+12125550199@carrier.example".into());
    call.script.caller.name = "Ada".into();
    let played = stage.fake.call(DOMAIN, call).await.expect("a domain");
    sound(&played);
    let asked = &stage.heard("/route")[0];
    let told: Vec<(&str, &str)> =
        asked.told.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        told,
        [
            ("CallSid", played.call_id.as_str()),
            ("CallerName", "Ada"),
            ("Direction", "inbound"),
            ("Diverted", "+12125550199@carrier.example"),
            ("Domain", DOMAIN),
            ("From", "+442079460018"),
            ("Session", played.token.as_str()),
            ("To", "+12125550100"),
        ]
    );
    assert!(asked.body.is_object(), "a POST carries JSON");
    let header = |name: &str| asked.headers[name].to_str().expect("text").to_owned();
    assert_eq!(header("authorization"), format!("Bearer {REQUESTS_KEY}"));
    assert_eq!(header("x-cx-apikey"), REQUESTS_KEY);
    assert_eq!((played.end, played.disposition), (End::HungUp, Disposition::NoAnswer));
    assert_ne!(played.call_id, played.token, "the name of the SIP call is not the session's token");
}

#[tokio::test]
async fn the_call_sid_can_be_the_sessions_token() {
    let stage = Stage::open_with(|options| Options { call_sid_is_token: true, ..options }).await;
    stage.page("/route", "<Hangup/>");
    let played = stage.call(Script::default()).await;
    assert_eq!(stage.heard("/route")[0].said("CallSid"), Some(played.token.as_str()));
}

#[tokio::test]
async fn an_application_is_asked_by_get_unless_it_says_post() {
    let stage = Stage::open().await;
    stage.page("/route", "<Redirect method=\"GET\">/next</Redirect>");
    stage.page("/next", "<Hangup/>");
    sound(&stage.call(Script::default()).await);
    let next = &stage.heard("/next")[0];
    assert_eq!((next.method.as_str(), next.said("Direction")), ("GET", Some("inbound")), "in the query");
    let url = stage.at("/plain");
    let row = serde_json::json!({ "name": "plain", "type": "cxml", "url": url });
    let (status, made) = stage.api("POST", &format!("/domains/{DOMAIN}/applications"), Some(row)).await;
    assert_eq!((status, &made["method"]), (201, &serde_json::json!("GET")));
    let id = &made["id"];
    let chosen = serde_json::json!({ "defaultApplication": id });
    assert_eq!(stage.api("PATCH", &format!("/domains/{DOMAIN}"), Some(chosen)).await.0, 200);
    stage.page("/plain", "<Hangup/>");
    sound(&stage.call(Script::default()).await);
    assert_eq!(stage.heard("/plain")[0].method, "GET");
}

#[tokio::test]
async fn a_page_whose_verbs_are_over_ends_the_call() {
    let stage = Stage::open().await;
    stage.page("/route", "<Say>Hello there.</Say>");
    let played = stage.call(Script::default()).await;
    sound(&played);
    assert_eq!((played.end, played.disposition), (End::Finished, Disposition::Answered));
    assert_eq!(played.billsec_s, 1, "speech takes its time: {}", played.transcript);
}

#[tokio::test]
async fn what_follows_a_redirect_is_never_reached() {
    let stage = Stage::open().await;
    stage.page("/route", "<Redirect>next?step=2</Redirect><Say>Never said.</Say>");
    stage.page("/next", "<Hangup/>");
    let played = stage.call(Script::default()).await;
    sound(&played);
    assert_eq!(stage.asked(), ["/route", "/next"], "an address is relative to its page");
    assert_eq!(stage.heard("/next")[0].said("step"), Some("2"));
    assert!(!played.transcript.has("Never said."));
}

#[tokio::test]
async fn a_refusal_has_a_code_for_each_reason_and_early_media_before_it_is_billed() {
    let stage = Stage::open().await;
    for (reason, code, disposition) in [
        ("rejected", 486, Disposition::Busy),
        ("busy", 486, Disposition::Busy),
        ("congestion", 500, Disposition::Congestion),
        ("failed", 603, Disposition::Failed),
    ] {
        stage.page("/route", &format!("<Reject reason=\"{reason}\"/>"));
        let played = stage.call(Script::default()).await;
        assert_eq!((played.end, played.disposition), (End::Rejected(code), disposition), "{reason}");
        assert_eq!(played.billsec_s, 0);
    }
    stage.page("/route", "<Say answer=\"false\">We are closed today, and tomorrow too.</Say><Reject/>");
    let played = stage.call(Script::default()).await;
    sound(&played);
    assert_eq!((played.disposition, played.billsec_s), (Disposition::Busy, 3), "{}", played.transcript);
}

#[tokio::test]
async fn a_caller_who_hangs_up_before_an_answer_cancels_the_call() {
    let stage = Stage::open().await;
    stage.page("/route", "<Pause length=\"30\"/><Say>Hello.</Say>");
    let played = stage.call(Script::caller(Caller::default().hangs_up_after(4))).await;
    sound(&played);
    assert_eq!((played.end, played.disposition), (End::CallerLeft, Disposition::Cancelled));
    assert_eq!((played.duration_s, played.billsec_s), (4, 0));
}

#[tokio::test]
async fn a_number_of_its_own_has_its_own_application_and_a_dead_one_has_none() {
    let stage = Stage::open().await;
    stage.page("/route", "<Hangup/>");
    stage.page("/own", "<Hangup/>");
    let application =
        serde_json::json!({ "name": "own", "type": "cxml", "url": stage.at("/own"), "method": "POST" });
    let (_, made) = stage.api("POST", &format!("/domains/{DOMAIN}/applications"), Some(application)).await;
    let dnid = serde_json::json!({ "dnid": "+12125550177", "applicationId": made["id"] });
    assert_eq!(stage.api("POST", &format!("/domains/{DOMAIN}/dnids"), Some(dnid)).await.0, 201);
    let call = NewCall::inbound("+442079460018", "+12125550177");
    sound(&stage.fake.call(DOMAIN, call.clone()).await.expect("a domain"));
    assert_eq!(stage.asked(), ["/own"]);
    let off = serde_json::json!({ "active": false });
    stage.api("PUT", &format!("/domains/{DOMAIN}/applications/own"), Some(off)).await;
    let played = stage.fake.call(DOMAIN, call).await.expect("a domain");
    assert_eq!(played.disposition, Disposition::Congestion);
    assert_eq!(played.faults[0].to_string(), "no application takes a call to +12125550177");
}
