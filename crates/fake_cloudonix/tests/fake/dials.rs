//! `Dial`: who rings, what its action is told, and what leaks.

use crate::application::{DOMAIN, Stage, sound};
use opbx_fake_cloudonix::{Caller, Disposition, End, NewCall, Phone, Script, Talk};
use serde_json::json;

const DIAL: &str =
    "<Dial timeout=\"20\" action=\"/ended\"><Number>1001</Number></Dial><Redirect>/after</Redirect>";

fn rings(phone: Phone) -> Script {
    Script::default().phone("1001", phone)
}

#[tokio::test]
async fn the_result_of_a_dial_is_in_call_status_and_nowhere_else() {
    let stage = Stage::open().await;
    stage.page("/route", DIAL);
    stage.page("/ended", "<Hangup/>");
    let leaves = |after_s| Talk::PhoneLeaves { after_s };
    for (phone, word, disposition) in [
        (Phone::Answers { after_s: 4, talk: leaves(10) }, "completed", Disposition::Answered),
        (Phone::Busy, "busy", Disposition::Busy),
        (Phone::Rejects { after_s: 2 }, "busy", Disposition::Busy),
        (Phone::NoAnswer, "no-answer", Disposition::NoAnswer),
        (Phone::Answers { after_s: 20, talk: Talk::Short }, "no-answer", Disposition::NoAnswer),
        (Phone::Unreachable, "failed", Disposition::Failed),
    ] {
        let played = stage.call(rings(phone.clone())).await;
        sound(&played);
        let told = stage.heard("/ended");
        let told = told.last().expect("told");
        assert_eq!(told.said("CallStatus"), Some(word), "{phone:?}");
        assert_eq!(told.said("DialCallStatus"), None);
        assert_eq!(played.disposition, disposition, "{phone:?}: {}", played.transcript);
    }
    assert!(stage.heard("/after").is_empty(), "an action ends the page");
}

#[tokio::test]
async fn without_an_action_the_page_goes_on_after_a_dial() {
    let stage = Stage::open().await;
    stage.page("/route", "<Dial timeout=\"5\"><Number>1001</Number></Dial><Redirect>/after</Redirect>");
    stage.page("/after", "<Hangup/>");
    sound(&stage.call(rings(Phone::NoAnswer)).await);
    assert_eq!(stage.asked(), ["/route", "/after"]);
}

#[tokio::test]
async fn a_dial_answers_nobody_by_itself() {
    let stage = Stage::open().await;
    stage.page("/route", DIAL);
    stage.page("/ended", "<Hangup/>");
    let played = stage.call(rings(Phone::NoAnswer)).await;
    assert_eq!((played.disposition, played.duration_s, played.billsec_s), (Disposition::NoAnswer, 20, 0));
    let talk = Talk::CallerLeaves { after_s: 30 };
    let played = stage.call(rings(Phone::Answers { after_s: 6, talk })).await;
    assert_eq!((played.duration_s, played.billsec_s), (36, 30), "billed from the phone's answer");
}

#[tokio::test]
async fn the_first_to_answer_gets_the_call_and_all_must_refuse_to_end_it() {
    let stage = Stage::open().await;
    let both = "<Number>1001</Number><Number>1002</Number>";
    stage.page("/route", &format!("<Dial timeout=\"20\" action=\"/ended\">{both}</Dial>"));
    stage.page("/ended", "<Hangup/>");
    let played = stage.call(rings(Phone::answers(9)).phone("1002", Phone::answers(4))).await;
    assert!(played.transcript.has("1002 answers") && !played.transcript.has("1001 answers"));
    let played = stage.call(rings(Phone::Busy).phone("1002", Phone::NoAnswer)).await;
    assert_eq!(played.duration_s, 20, "one rings on");
    assert_eq!(stage.heard("/ended")[1].said("CallStatus"), Some("no-answer"));
    let played = stage.call(rings(Phone::Busy).phone("1002", Phone::Unreachable)).await;
    assert_eq!(played.duration_s, 1, "nobody is left to ring");
    assert_eq!(stage.heard("/ended")[2].said("CallStatus"), Some("busy"));
}

#[tokio::test]
async fn a_number_without_an_active_subscriber_leaks_unless_the_profile_forbids_it() {
    let stage = Stage::open().await;
    stage.page("/route", "<Dial action=\"/ended\"><Number>1009</Number></Dial>");
    stage.page("/ended", "<Hangup/>");
    let answers = || Script::default().others(Phone::answers(2));
    let played = stage.call(answers()).await;
    sound(&played);
    assert_eq!(played.leaks, [""; 0], "the profile of this domain forbids it");
    assert_eq!(stage.heard("/ended")[0].said("CallStatus"), Some("failed"));
    stage.fake.set_profile(DOMAIN, "redirect-unknown-to-border", json!(null)).expect("a domain");
    let played = stage.call(answers()).await;
    assert_eq!(played.leaks, ["1009"], "it is the default");
    assert_eq!(stage.heard("/ended")[1].said("CallStatus"), Some("completed"));
}

#[tokio::test]
async fn a_switched_off_subscriber_is_none() {
    let stage = Stage::open().await;
    stage.page("/route", DIAL);
    stage.page("/ended", "<Hangup/>");
    let off = json!({ "active": false });
    assert_eq!(stage.api("PUT", &format!("/domains/{DOMAIN}/subscribers/1001"), Some(off)).await.0, 200);
    stage.call(rings(Phone::answers(1))).await;
    assert_eq!(stage.heard("/ended")[0].said("CallStatus"), Some("failed"));
}

#[tokio::test]
async fn a_trunk_takes_the_call_out_even_past_a_subscriber_and_must_be_there() {
    let stage = Stage::open().await;
    stage.page("/ended", "<Hangup/>");
    for (trunk, word) in [("main", "completed"), ("other", "failed")] {
        stage.page(
            "/route",
            &format!("<Dial trunks=\"{trunk}\" action=\"/ended\"><Number>+4420</Number></Dial>"),
        );
        let played = stage.call(Script::default().phone("+4420", Phone::answers(2))).await;
        sound(&played);
        let told = stage.heard("/ended");
        assert_eq!(told.last().and_then(|told| told.said("CallStatus")), Some(word), "{trunk}");
        assert!(played.leaks.is_empty(), "a named trunk is no leak");
    }
}

#[tokio::test]
async fn plain_text_in_a_dial_is_a_number_or_a_sip_address() {
    let stage = Stage::open().await;
    stage.page("/ended", "<Hangup/>");
    for dialled in ["1001", "sip:bob@sip.example"] {
        stage.page("/route", &format!("<Dial action=\"/ended\">{dialled}</Dial>"));
        let played = stage.call(Script::default().phone(dialled, Phone::answers(1))).await;
        assert!(played.transcript.has(&format!("{dialled} answers")), "{}", played.transcript);
    }
}

#[tokio::test]
async fn services_and_sip_addresses_ring_like_phones() {
    let stage = Stage::open().await;
    stage.page("/ended", "<Hangup/>");
    for noun in ["<Service provider=\"VAPI\">+12125550160</Service>", "<Sip>+12125550160</Sip>"] {
        stage.page("/route", &format!("<Dial action=\"/ended\">{noun}</Dial>"));
        let played = stage.call(Script::default().phone("+12125550160", Phone::answers(1))).await;
        sound(&played);
        assert_eq!(played.disposition, Disposition::Answered);
    }
}

#[tokio::test]
async fn who_gives_up_while_it_rings_cancels_the_dial() {
    let stage = Stage::open().await;
    stage.page("/route", DIAL);
    stage.page("/ended", "<Say>Never said.</Say>");
    let script = Script::caller(Caller::default().hangs_up_after(7)).phone("1001", Phone::NoAnswer);
    let played = stage.call(script).await;
    sound(&played);
    assert_eq!((played.end, played.disposition), (End::CallerLeft, Disposition::Cancelled));
    assert_eq!(stage.heard("/ended")[0].said("CallStatus"), Some("canceled"));
    assert!(!played.transcript.has("Never said."));
}

#[tokio::test]
async fn a_phone_can_pass_the_caller_on() {
    let stage = Stage::open().await;
    stage.page("/route", DIAL);
    stage.page("/ended", "<Hangup/>");
    let passes = Talk::Transfers { after_s: 10, to: "1002".into() };
    let talk = Talk::PhoneLeaves { after_s: 20 };
    let script = rings(Phone::Answers { after_s: 2, talk: passes });
    let played = stage.call(script.phone("1002", Phone::Answers { after_s: 3, talk })).await;
    sound(&played);
    assert_eq!(played.billsec_s, 33, "{}", played.transcript);
    assert_eq!(stage.heard("/ended")[0].said("CallStatus"), Some("completed"));
}

#[tokio::test]
async fn a_room_is_joined_until_the_caller_leaves_and_holds_so_many() {
    let stage = Stage::open().await;
    let room = |most: u32| {
        format!("<Dial action=\"/ended\"><Conference maxParticipants=\"{most}\">r</Conference></Dial>")
    };
    stage.page("/route", &room(2));
    stage.page("/ended", "<Hangup/>");
    let script = Script::caller(Caller { stays_s: 90, ..Caller::default() });
    let played = stage.call(script).await;
    sound(&played);
    assert_eq!((played.disposition, played.billsec_s), (Disposition::Answered, 90));
    assert_eq!(stage.heard("/ended")[0].said("CallStatus"), Some("completed"));
}

#[tokio::test]
async fn an_originated_call_dials_its_destination_first_and_asks_only_who_answered() {
    let stage = Stage::open().await;
    stage.page("/click", "<Dial action=\"/ended\"><Number>1002</Number></Dial>");
    stage.page("/ended", "<Hangup/>");
    let wanted = json!({ "destination": "1001", "caller-id": "+12125550100", "url": stage.at("/click"), "method": "POST" });
    let path = format!("/calls/{DOMAIN}/application");
    stage.fake.set_script(rings(Phone::NoAnswer));
    let (status, begun) = stage.api("POST", &path, Some(wanted.clone())).await;
    assert_eq!((status, &begun["direction"]), (200, &json!("outbound-api")));
    stage.until("the call is over", |stage| stage.fake.played().len() == 1).await;
    assert_eq!(stage.fake.played()[0].disposition, Disposition::NoAnswer);
    assert!(stage.asked().is_empty(), "nobody answered, so nobody is asked");
    stage.fake.set_script(rings(Phone::answers(2)).phone("1002", Phone::answers(3)));
    stage.api("POST", &path, Some(wanted)).await;
    stage.until("the call is over", |stage| stage.fake.played().len() == 2).await;
    let asked = &stage.heard("/click")[0];
    assert_eq!(asked.said("Direction"), Some("outbound-api"));
    assert_eq!((asked.said("From"), asked.said("To")), (Some("1001"), Some("+12125550100")));
    assert_eq!(stage.heard("/ended")[0].said("CallStatus"), Some("completed"));
}

#[tokio::test]
async fn a_phones_call_says_that_it_is_one_wherever_it_goes() {
    let stage = Stage::open().await;
    stage.page("/route", "<Hangup/>");
    for to in ["1002", "+442079460018"] {
        sound(&stage.fake.call(DOMAIN, NewCall::from_phone("1001", to)).await.expect("a domain"));
    }
    assert!(stage.heard("/route").iter().all(|asked| asked.said("Direction") == Some("subscriber")));
}
