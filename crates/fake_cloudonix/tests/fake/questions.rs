//! `Gather`: an answer goes to the action, and silence goes on to the next verb.

use crate::application::{Stage, sound};
use opbx_fake_cloudonix::{Caller, End, Script};

fn presses(keys: &str) -> Script {
    Script::caller(Caller::default().presses(keys))
}

#[tokio::test]
async fn silence_asks_no_action_and_the_page_goes_on() {
    let stage = Stage::open().await;
    stage
        .page("/route", "<Gather action=\"/keys\"><Say>Press one.</Say></Gather><Redirect>/after</Redirect>");
    stage.page("/after", "<Hangup/>");
    sound(&stage.call(Script::default()).await);
    assert_eq!(stage.asked(), ["/route", "/after"]);
}

#[tokio::test]
async fn silence_ends_the_call_where_nothing_follows() {
    let stage = Stage::open().await;
    stage.page("/route", "<Gather action=\"/keys\"><Say>Press one.</Say></Gather>");
    let played = stage.call(Script::default()).await;
    assert_eq!(played.end, End::Finished);
    assert_eq!(stage.asked(), ["/route"]);
    assert_eq!(played.duration_s, 6, "a second of prompt, then five of waiting: {}", played.transcript);
}

#[tokio::test]
async fn silence_asks_the_action_where_the_page_wants_it() {
    let stage = Stage::open().await;
    stage.page("/route", "<Gather action=\"/keys\" actionOnEmptyResult=\"true\"/>");
    stage.page("/keys", "<Hangup/>");
    sound(&stage.call(Script::default()).await);
    assert_eq!(stage.heard("/keys")[0].said("Digits"), Some(""));
}

#[tokio::test]
async fn keys_go_to_the_action_as_soon_as_there_are_enough_and_what_follows_is_not_reached() {
    let stage = Stage::open().await;
    stage.page(
        "/route",
        "<Gather action=\"/keys\" numDigits=\"2\" timeout=\"9\"/><Redirect>/after</Redirect>",
    );
    stage.page("/keys", "<Hangup/>");
    let played = stage.call(presses("1234")).await;
    sound(&played);
    assert_eq!(stage.asked(), ["/route", "/keys"]);
    assert_eq!(stage.heard("/keys")[0].said("Digits"), Some("12"));
    assert!(stage.heard("/keys")[0].said("CallStatus").is_none(), "no dial, no result of one");
    assert!(played.duration_s < 9, "nobody waits after the last key");
}

#[tokio::test]
async fn the_key_that_finishes_is_pound_and_not_told_unless_the_page_says_otherwise() {
    let stage = Stage::open().await;
    stage.page("/keys", "<Hangup/>");
    for (finish, pressed, heard) in
        [("", "12#3", "12"), ("finishOnKey=\"*\"", "12#*3", "12#"), ("finishOnKey=\"\"", "12#*", "12#*")]
    {
        stage.page("/route", &format!("<Gather action=\"/keys\" {finish}/>"));
        sound(&stage.call(presses(pressed)).await);
        let told = stage.heard("/keys");
        assert_eq!(told.last().and_then(|told| told.said("Digits")), Some(heard), "{finish}");
    }
}

#[tokio::test]
async fn the_originals_words_for_digits_limit_nothing() {
    let stage = Stage::open().await;
    stage.page("/route", "<Gather action=\"/keys\" minDigits=\"1\" maxDigits=\"1\"/>");
    stage.page("/keys", "<Hangup/>");
    sound(&stage.call(presses("123")).await);
    assert_eq!(stage.heard("/keys")[0].said("Digits"), Some("123"));
}

#[tokio::test]
async fn pound_alone_is_an_empty_answer() {
    let stage = Stage::open().await;
    stage.page("/route", "<Gather action=\"/keys\"/><Hangup/>");
    assert_eq!(stage.call(presses("#")).await.end, End::HungUp);
    assert_eq!(stage.asked(), ["/route"]);
}

#[tokio::test]
async fn without_an_action_the_same_page_is_asked_again() {
    let stage = Stage::open().await;
    stage.page("/route", "<Gather numDigits=\"1\"/><Hangup/>");
    sound(&stage.call(presses("5")).await);
    assert_eq!(stage.asked(), ["/route", "/route"]);
    assert_eq!(stage.heard("/route")[1].said("Digits"), Some("5"));
}

#[tokio::test]
async fn speech_is_heard_only_where_it_is_listened_for() {
    let stage = Stage::open().await;
    let says = || Script::caller(Caller::default().says("sales please"));
    stage.page("/heard", "<Hangup/>");
    stage.page("/route", "<Gather action=\"/heard\"/><Hangup/>");
    sound(&stage.call(says()).await);
    assert!(stage.heard("/heard").is_empty());
    stage.page("/route", "<Gather action=\"/heard\" input=\"dtmf speech\"/><Hangup/>");
    sound(&stage.call(says()).await);
    assert_eq!(stage.heard("/heard")[0].said("SpeechResult"), Some("sales please"));
    stage.page("/route", "<Gather action=\"/heard\" input=\"speech\"/><Hangup/>");
    sound(&stage.call(presses("1")).await);
    assert_eq!(stage.heard("/heard").len(), 1, "keys are not");
}

#[tokio::test]
async fn an_answer_interrupts_the_prompt_unless_the_page_forbids_it() {
    let stage = Stage::open().await;
    let long = "a".repeat(500);
    stage.page("/keys", "<Hangup/>");
    stage.page("/route", &format!("<Gather action=\"/keys\" numDigits=\"1\"><Say>{long}</Say></Gather>"));
    assert_eq!(stage.call(presses("1")).await.duration_s, 2);
    stage.page(
        "/route",
        &format!(
            "<Gather action=\"/keys\" numDigits=\"1\" interruptible=\"false\"><Say>{long}</Say></Gather>"
        ),
    );
    assert_eq!(stage.call(presses("1")).await.duration_s, 31);
}

#[tokio::test]
async fn an_empty_recording_goes_on_and_a_message_goes_to_the_action() {
    let stage = Stage::open().await;
    stage.page("/route", "<Record action=\"/message\" finishOnKey=\"#\"/><Redirect>/after</Redirect>");
    stage.page("/after", "<Hangup/>");
    stage.page("/message", "<Hangup/>");
    sound(&stage.call(Script::default()).await);
    assert_eq!(stage.asked(), ["/route", "/after"]);
    let played = stage.call(Script::caller(Caller::default().leaves_a_message(12))).await;
    sound(&played);
    let message = &stage.heard("/message")[0];
    assert_eq!(message.said("RecordingDuration"), Some("12"));
    assert_eq!(message.said("RecordingUrl"), Some(played.recordings[0].as_str()));
}
