//! Whatever Cloudonix would not take fails the call, and is written down.

use crate::application::{Stage, sound};
use opbx_fake_cloudonix::{Disposition, End, Script};

/// The faults of one call, in words.
async fn faults(stage: &Stage) -> Vec<String> {
    let played = stage.call(Script::default()).await;
    assert_eq!(played.end, End::Faulty, "{}", played.transcript);
    assert!(!stage.fake.faults().is_empty(), "a fault is remembered");
    played.faults.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn an_unknown_verb_attribute_or_value_fails_the_call_before_any_verb_is_obeyed() {
    let stage = Stage::open().await;
    for (page, told) in [
        ("<Say>Hello.</Say><Enqueue>sales</Enqueue>", "<Enqueue> is no verb or noun of CXML"),
        ("<Gather partialResult=\"x\"/>", "<Gather> has no attribute \"partialResult\""),
        ("<Dial timeout=\"soon\"/>", "<Dial timeout=\"soon\">: expected positive"),
        ("<Number>1001</Number>", "<Number> must not stand in <Response>"),
    ] {
        stage.page("/route", page);
        assert_eq!(faults(&stage).await, [told]);
    }
    assert!(stage.fake.played().iter().all(|played| !played.transcript.has("\"Hello.\"")));
}

#[tokio::test]
async fn an_answer_that_is_no_page_fails_the_call() {
    let stage = Stage::open().await;
    assert_eq!(faults(&stage).await, ["the application answered 404 at /route"]);
    stage.answer("/route", 200, "application/json", b"{}");
    assert_eq!(faults(&stage).await, ["the answer is not CXML: its content type is \"application/json\""]);
    stage.answer("/route", 200, "text/xml", b"<Response><Say>");
    assert!(faults(&stage).await[0].starts_with("the answer is not CXML"));
    stage.page("/route", "<Redirect>ftp://elsewhere/</Redirect>");
    assert_eq!(faults(&stage).await, ["\"ftp://elsewhere/\" is no address"]);
}

#[tokio::test]
async fn what_is_played_must_be_audio() {
    let stage = Stage::open().await;
    stage.page("/route", "<Play>/welcome.wav</Play><Hangup/>");
    assert!(faults(&stage).await[0].ends_with("is nothing to play: it is answered with 404"));
    stage.answer("/welcome.wav", 200, "text/html", b"<html/>");
    assert!(faults(&stage).await[0].contains("text/html"));
    stage.answer("/welcome.wav", 200, "audio/wav", b"");
    assert!(faults(&stage).await[0].ends_with("it is empty"));
    stage.answer("/welcome.wav", 200, "audio/mpeg", b"\xff\xfb\x54\xc0");
    let played = stage.call(Script::default()).await;
    sound(&played);
    assert_eq!(played.billsec_s, 5);
}

#[tokio::test]
async fn a_call_that_turns_in_circles_is_stopped() {
    let stage = Stage::open().await;
    stage.page("/route", "<Redirect>/route</Redirect>");
    let played = stage.call(Script::default()).await;
    assert_eq!(played.faults[0].to_string(), "a call of more than 100 stages");
    assert_eq!(stage.asked().len(), 100);
    assert_eq!(played.disposition, Disposition::Congestion);
}

#[tokio::test]
async fn a_call_without_end_is_stopped() {
    let stage = Stage::open().await;
    stage.page("/route", "<Pause length=\"100000\"/>");
    assert_eq!(faults(&stage).await, ["a call longer than 14400 s"]);
}

#[tokio::test]
async fn tags_in_capitals_are_obeyed() {
    let stage = Stage::open().await;
    stage.answer("/route", 200, "application/xml", b"<RESPONSE><SAY>Hello.</SAY><HANGUP/></RESPONSE>");
    let played = stage.call(Script::default()).await;
    sound(&played);
    assert_eq!(played.end, End::HungUp);
}
