//! `Record` and what is served of it.

use crate::application::{DOMAIN, Stage, sound};
use opbx_fake_cloudonix::{Caller, End, Message, Phone, Script, Talk};
use serde_json::json;

fn message(message: Message) -> Script {
    Script::caller(Caller { message: Some(message), ..Caller::default() })
}

#[tokio::test]
async fn any_key_ends_a_recording_unless_the_page_names_it() {
    let stage = Stage::open().await;
    stage.page("/message", "<Hangup/>");
    let spoken = || message(Message { length_s: 20, key: Some(('5', 7)), hangs_up: false });
    for (finish, length, key) in [("", "7", "5"), ("finishOnKey=\"#\"", "20", "")] {
        stage.page("/route", &format!("<Record action=\"/message\" {finish}/>"));
        sound(&stage.call(spoken()).await);
        let told = stage.heard("/message");
        let told = told.last().expect("told");
        assert_eq!(
            (told.said("RecordingDuration"), told.said("Digits")),
            (Some(length), Some(key)),
            "{finish}"
        );
    }
}

#[tokio::test]
async fn a_message_is_cut_at_its_longest() {
    let stage = Stage::open().await;
    stage.page("/route", "<Record action=\"/message\" maxLength=\"30\"/>");
    stage.page("/message", "<Hangup/>");
    sound(&stage.call(message(Message { length_s: 90, ..Message::default() })).await);
    assert_eq!(stage.heard("/message")[0].said("RecordingDuration"), Some("30"));
}

#[tokio::test]
async fn who_hangs_up_after_a_message_has_left_it() {
    let stage = Stage::open().await;
    stage.page("/route", "<Record action=\"/message\" finishOnKey=\"#\"/><Say>Never said.</Say>");
    stage.page("/message", "<Say>Never said either.</Say>");
    let played = stage.call(message(Message { length_s: 9, key: None, hangs_up: true })).await;
    sound(&played);
    assert_eq!(played.end, End::CallerLeft);
    assert_eq!(stage.heard("/message")[0].said("RecordingDuration"), Some("9"));
    assert!(!played.transcript.has("\"Never said"), "{}", played.transcript);
}

#[tokio::test]
async fn a_recording_can_be_fetched_in_the_domains_format() {
    let stage = Stage::open().await;
    stage.page("/route", "<Record action=\"/message\" recordingStatusCallback=\"/told\"/>");
    stage.page("/message", "<Hangup/>");
    stage.page("/told", "");
    for (format, kind) in [("wav", "audio/wav"), ("mp3", "audio/mpeg")] {
        stage.fake.set_profile(DOMAIN, "recording-media-type", json!(format)).expect("a domain");
        let played = stage.call(message(Message { length_s: 3, ..Message::default() })).await;
        sound(&played);
        let response = reqwest::get(&played.recordings[0]).await.expect("served");
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &kind.parse().expect("a kind"))
        );
        assert!(response.bytes().await.expect("audio").len() > 1_000);
        assert_eq!(
            stage.heard("/told").last().and_then(|told| told.said("RecordingStatus")),
            Some("completed")
        );
    }
    let guess = reqwest::get(format!("{}/recordings/guess.wav", stage.fake.url())).await.expect("answered");
    assert_eq!(guess.status().as_u16(), 404);
}

#[tokio::test]
async fn a_recorded_dial_tells_its_action_where_the_recording_is() {
    let stage = Stage::open().await;
    stage.page("/ended", "<Hangup/>");
    stage
        .page("/route", "<Dial action=\"/ended\" record=\"record-from-answer\"><Number>1001</Number></Dial>");
    let talk = Talk::PhoneLeaves { after_s: 42 };
    let script = Script::default().phone("1001", Phone::Answers { after_s: 3, talk });
    let played = stage.call(script).await;
    sound(&played);
    let ended = &stage.heard("/ended")[0];
    assert_eq!((ended.said("CallStatus"), ended.said("RecordingDuration")), (Some("completed"), Some("42")));
    stage.page("/route", "<Dial action=\"/ended\"><Number>1001</Number></Dial>");
    sound(&stage.call(Script::default().phone("1001", Phone::answers(1))).await);
    assert_eq!(stage.heard("/ended")[1].said("RecordingUrl"), None, "nothing is recorded unasked");
}
