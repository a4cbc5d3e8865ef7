//! Calls to the demo company, each through as many of its places as may be.

use crate::demo::{CLOSED, Demo, OPEN};
use opbx_app::models::PbxVoicemailMessage;
use opbx_platform::Domain;
use opbx_testkit::fake_cloudonix::{Caller, Disposition, NewCall, Phone, Script, Talk};
use opbx_testkit::on_both_databases;

const MAIN: &str = "+12125550100";
const CALLER: &str = "+442079460018";

on_both_databases! {
    async fn a_call_goes_through_hours_menu_and_two_groups_to_voicemail(db: TestDb) {
        let demo = Demo::at(db, OPEN).await;
        let caller = Caller::default().keeps_silent().presses("1").leaves_a_message(12);
        let played = demo.call(NewCall::inbound(CALLER, MAIN).script(Script::caller(caller))).await;
        for told in ["Number 1001", "Number 1002", "Number 1003", "Number 1000", "a message of 12 s"] {
            assert!(played.transcript.has(told), "{told}: {}", played.transcript);
        }
        assert_eq!(played.disposition, Disposition::Answered, "the menu answered");
        demo.app.ingest().await;
        let mut tx = demo.app.read(demo.tenant).await;
        let messages = tx.all::<PbxVoicemailMessage>(&Domain::All).await.expect("messages");
        let [message] = &messages[..] else { panic!("{messages:?}") };
        assert_eq!((message.url.as_str(), message.length_s), (played.recordings[0].as_str(), Some(12)));
        let heard = reqwest::get(&message.url).await.expect("the recording is served");
        assert_eq!(heard.headers()["content-type"], "audio/wav");
    }

    async fn a_call_is_answered_by_a_phone_of_the_group(db: TestDb) {
        let demo = Demo::at(db, OPEN).await;
        let talk = Talk::PhoneLeaves { after_s: 61 };
        let script = Script::caller(Caller::default().presses("1"));
        let script = script.phone("1002", Phone::Answers { after_s: 7, talk });
        let played = demo.call(NewCall::inbound(CALLER, MAIN).script(script)).await;
        assert!(played.transcript.has("1002 answers") && played.recordings.is_empty(), "{}", played.transcript);
        demo.app.ingest().await;
        let call = demo.app.only_call(demo.tenant).await;
        assert_eq!(call.call.call_id, played.call_id);
        assert!(call.rung().iter().any(|(target, _)| *target == "1002"), "{:?}", call.rung());
    }

    async fn out_of_hours_a_caller_who_hangs_up_after_the_message_has_left_one(db: TestDb) {
        let demo = Demo::at(db, CLOSED).await;
        let mut caller = Caller::default().leaves_a_message(9);
        caller.message.as_mut().expect("a message").hangs_up = true;
        let played = demo.call(NewCall::inbound(CALLER, MAIN).script(Script::caller(caller))).await;
        assert!(played.transcript.has("closed now"), "{}", played.transcript);
        demo.app.ingest().await;
        let mut tx = demo.app.read(demo.tenant).await;
        assert_eq!(tx.all::<PbxVoicemailMessage>(&Domain::All).await.expect("messages").len(), 1);
    }

    async fn a_phone_calls_london_by_the_trunk_and_the_spare_one_takes_over(db: TestDb) {
        let demo = Demo::at(db, OPEN).await;
        let to = "+442079460018";
        let script = Script::default().phone(to, Phone::answers(4));
        let played = demo.call(NewCall::from_phone("1002", to).script(script)).await;
        assert!(played.transcript.has("trunks=\"demo-trunk\""), "{}", played.transcript);
        assert_eq!(played.disposition, Disposition::Answered);
        let home = "+13105550142";
        let script = Script::default().phone(home, Phone::Unreachable);
        let played = demo.call(NewCall::from_phone("1002", home).script(script)).await;
        assert!(played.transcript.has("trunks=\"demo-trunk-2\""), "{}", played.transcript);
    }

    async fn a_caller_joins_the_weekly_call_with_its_pin(db: TestDb) {
        let demo = Demo::at(db, OPEN).await;
        let caller = Caller { stays_s: 120, ..Caller::default() }.presses("3").presses("2468#");
        let played = demo.call(NewCall::inbound(CALLER, MAIN).script(Script::caller(caller))).await;
        assert!(played.transcript.has("in room \"conf_"), "{}", played.transcript);
    }
}
