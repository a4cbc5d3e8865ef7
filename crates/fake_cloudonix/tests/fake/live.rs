//! Calls that go on, and what the API does with them.

use crate::application::{DOMAIN, Stage};
use opbx_fake_cloudonix::{Disposition, End, NewCall, Phone, Script, Talk};
use serde_json::json;

/// A call whose parties talk until the API says something; its session's token.
async fn talking(stage: &Stage) -> String {
    stage.page("/route", "<Dial action=\"/ended\"><Number>1001</Number></Dial>");
    stage.page("/ended", "<Hangup/>");
    let phone = Phone::Answers { after_s: 3, talk: Talk::UntilTold };
    let call =
        NewCall::inbound("+442079460018", "+12125550100").script(Script::default().phone("1001", phone));
    let token = stage.fake.begin(DOMAIN, call).expect("a domain");
    let connected =
        |stage: &Stage| stage.fake.session(&token).is_some_and(|session| session["status"] == "connected");
    stage.until("the call is connected", connected).await;
    token
}

async fn over(stage: &Stage) -> (End, Disposition) {
    stage.until("the call is over", |stage| stage.fake.played().len() == 1).await;
    let played = stage.fake.played().remove(0);
    assert_eq!(played.faults, [], "{}", played.transcript);
    (played.end, played.disposition)
}

#[tokio::test]
async fn a_live_call_is_listed_shown_and_hung_up() {
    let stage = Stage::open().await;
    let token = talking(&stage).await;
    let path = format!("/calls/{DOMAIN}/sessions");
    let (_, all) = stage.api("GET", &path, None).await;
    assert_eq!(all[0]["token"], json!(token));
    let (_, one) = stage.api("GET", &format!("{path}/{token}"), None).await;
    assert!(one["callAnswerTime"].is_string(), "instants are texts here: {one}");
    assert_eq!(stage.api("DELETE", &format!("{path}/{token}"), None).await.0, 204);
    assert_eq!(over(&stage).await, (End::Ended, Disposition::Answered));
    let (_, none) = stage.api("GET", &path, None).await;
    assert_eq!(none, json!([]));
    assert_eq!(stage.api("DELETE", &format!("{path}/{token}"), None).await.0, 404, "it is over");
}

#[tokio::test]
async fn a_live_call_goes_on_at_another_application() {
    let stage = Stage::open().await;
    let token = talking(&stage).await;
    stage.page("/elsewhere", "<Say>Here you are.</Say><Hangup/>");
    let to = json!({ "url": stage.at("/elsewhere"), "method": "POST" });
    let path = format!("/calls/{DOMAIN}/sessions/{token}/application");
    assert_eq!(stage.api("POST", &path, Some(json!({}))).await.0, 400);
    assert_eq!(stage.api("POST", &path, Some(to)).await.0, 200);
    assert_eq!(over(&stage).await, (End::HungUp, Disposition::Answered));
    assert_eq!(stage.asked(), ["/route", "/elsewhere"], "the dial it was taken from tells nobody");
}

#[tokio::test]
async fn a_page_can_be_given_instead_of_an_address() {
    let stage = Stage::open().await;
    let token = talking(&stage).await;
    let page = json!({ "cxml": "<Response><Dial><Number>1002</Number></Dial></Response>" });
    stage.api("POST", &format!("/calls/{DOMAIN}/sessions/{token}/application"), Some(page)).await;
    assert_eq!(over(&stage).await, (End::Finished, Disposition::Answered));
}

#[tokio::test]
async fn a_time_limit_ends_the_call_when_it_is_over() {
    let stage = Stage::open().await;
    let token = talking(&stage).await;
    let path = format!("/calls/{DOMAIN}/sessions/{token}");
    assert_eq!(stage.api("PATCH", &path, Some(json!({ "timeLimit": 0 }))).await.0, 400);
    assert_eq!(stage.api("PATCH", &path, Some(json!({ "timeLimit": 90 }))).await.0, 200);
    assert_eq!(over(&stage).await, (End::TimeIsUp, Disposition::Answered));
    assert_eq!(stage.fake.played()[0].billsec_s, 90);
}
