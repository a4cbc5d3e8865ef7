//! Policies as engines and phones meet them: recording, callers who are turned away, codes, messages by phone.

use crate::KEY;
use opbx_app::attachments::{self, NewAttachment};
use opbx_app::models::{PbxExtension, PbxPhoneChange, PbxPhoneChangeState, PbxVoicemailMessage};
use opbx_kernel::TenantId;
use opbx_platform::{DestinationRef, Domain, Value, Values};
use opbx_testkit::{Ask, TestApp, TestDb, company, eventually, on_both_databases};
use std::time::Duration;

const RECORDS: &str = r#"
[pbx.prompt.told]
name = "Told"
text = "This call is recorded."

[pbx.voicemail.ann]
name = "Ann"
pin = "2468"

[pbx.outbound_rule.uk]
name = "United Kingdom"
prefix = "+44"
"#;
const WAIT: Duration = Duration::from_secs(20);
const URL: &str = "https://media.example.com/recordings/1.mp3";

/// A company with these lines, in its own record and in that of its first extension.
async fn started(db: TestDb, of_company: &str, of_extension: &str, more: &str) -> (TestApp, TenantId) {
    let app = TestApp::start(db).await;
    let toml = company("acme", KEY).more(RECORDS).more(more).toml();
    let toml = toml.replacen("[res.company.main]\n", &format!("[res.company.main]\n{of_company}\n"), 1);
    let number = "number = \"1001\"\n";
    assert!(toml.contains(number), "{toml}");
    let toml = toml.replacen(number, &format!("{number}{of_extension}\n"), 1);
    let tenant = app.apply(&toml).await.tenant;
    (app, tenant)
}

fn code(app: &TestApp, call: &str, code: &str) -> Ask {
    app.voice(KEY).call(call).from_phone("1001").to(code)
}

async fn extension(app: &TestApp, tenant: TenantId) -> PbxExtension {
    let found = app.read(tenant).await.all::<PbxExtension>(&Domain::eq("number", "1001".to_owned())).await;
    found.expect("extensions").remove(0)
}

async fn changes(app: &TestApp, tenant: TenantId) -> Vec<PbxPhoneChange> {
    app.read(tenant).await.all::<PbxPhoneChange>(&Domain::All).await.expect("changes")
}

/// Waits until everything that was changed by phone is done, and gives it.
async fn done(app: &TestApp, tenant: TenantId, count: usize) -> Vec<PbxPhoneChange> {
    app.ingest().await;
    eventually(WAIT, "changes by phone are done", async || {
        let changes = changes(app, tenant).await;
        changes.len() == count && changes.iter().all(|change| change.state != PbxPhoneChangeState::Waiting)
    })
    .await;
    changes(app, tenant).await
}

on_both_databases! {
    async fn a_recorded_dial_says_so_to_the_engine_and_once_to_the_caller(db: TestDb) {
        let (app, _) = started(db, "recording = \"always\"\nrecording_announcement = \"told\"", "", "").await;
        let first = app.voice(KEY).send().await;
        assert_eq!((first.said.as_slice(), first.rings.as_slice()), (&["This call is recorded.".to_owned()][..], &["1001".to_owned()][..]));
        assert_eq!(first.attribute("Dial", "record").as_deref(), Some("true"));
        let second = app.follow(&first, "no-answer").await;
        assert!(second.said.is_empty() && second.rings == ["1002"], "{}", second.body);
        assert_eq!(second.attribute("Dial", "record").as_deref(), Some("true"));
        let emergency = app.voice(KEY).call("CA2").from_phone("1001").to("911").send().await;
        assert!(emergency.said.is_empty() && emergency.rings == ["911"], "{}", emergency.body);
        assert_eq!(emergency.attribute("Dial", "record"), None);
    }

    async fn an_extension_that_is_never_recorded_outweighs_the_company(db: TestDb) {
        let (app, tenant) = started(db, "recording = \"always\"", "recording = \"never\"", "").await;
        let first = app.voice(KEY).send().await;
        assert_eq!(first.attribute("Dial", "record"), None, "{}", first.body);
        app.ingest().await;
        let told: Vec<String> = app.only_call(tenant).await.trace().iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|reason| reason == "not recorded, because extension 1001 says never"), "{told:?}");
    }

    async fn a_blocked_caller_is_rejected_and_hears_nothing(db: TestDb) {
        let blocked = "[pbx.blocked_caller.sales]\ncaller = \"+4420\"\nis_prefix = true\nreason = \"sales\"";
        let (app, tenant) = started(db, "blocked_callers_hear = \"busy\"", "", blocked).await;
        let refused = app.voice(KEY).send().await;
        assert_eq!(refused.attribute("Reject", "reason").as_deref(), Some("busy"), "{}", refused.body);
        assert!(refused.rings.is_empty() && refused.said.is_empty());
        let other = app.voice(KEY).call("CA2").with("From", "+15550100100").send().await;
        assert_eq!(other.rings, ["1001"]);
        let inside = app.voice(KEY).call("CA3").from_phone("1002").to("1001").send().await;
        assert_eq!(inside.rings, ["1001"]);
        app.ingest().await;
        let calls = app.calls(tenant).await;
        let call = calls.iter().find(|call| call.call.call_id == "CA1").expect("the call is kept");
        assert_eq!(call.call.end_reason.as_deref(), Some("blocked"));
        let told: Vec<String> = call.trace().iter().map(ToString::to_string).collect();
        assert!(told.contains(&"+442079460018 is turned away: +4420 is blocked (sales)".to_owned()), "{told:?}");
    }

    async fn a_caller_who_calls_too_often_is_turned_away_and_a_repeated_request_is_no_call(db: TestDb) {
        let (app, _) = started(db, "caller_calls_max = 2\ncaller_window_s = 60\nanonymous_callers_refused = true", "", "").await;
        for call in ["CA1", "CA1", "CA1", "CA2"] {
            let taken = app.voice(KEY).call(call).send().await;
            assert_eq!(taken.rings, ["1001"], "{call}: {}", taken.body);
        }
        let third = app.voice(KEY).call("CA3").send().await;
        assert_eq!(third.attribute("Reject", "reason").as_deref(), Some("rejected"), "{}", third.body);
        let other = app.voice(KEY).call("CA4").with("From", "+15550100100").send().await;
        assert_eq!(other.rings, ["1001"], "callers are counted apart");
        let anonymous = app.voice(KEY).call("CA5").with("From", "").send().await;
        assert_eq!(anonymous.attribute("Reject", "reason").as_deref(), Some("rejected"), "{}", anonymous.body);
        app.advance_hours(1);
        assert_eq!(app.voice(KEY).call("CA6").send().await.rings, ["1001"], "the window moved on");
    }

    async fn a_phone_puts_do_not_disturb_on_once_however_often_it_is_told(db: TestDb) {
        let (app, tenant) = started(db, "", "", "").await;
        let on = code(&app, "CA1", "*78");
        let heard = on.send().await;
        assert!(heard.ends_saying("Do not disturb is on."), "{}", heard.body);
        assert_eq!(on.send().await.body, heard.body);
        let changed = done(&app, tenant, 1).await;
        assert_eq!(changed[0].state, PbxPhoneChangeState::Done, "{:?}", changed[0].refusal);
        assert!(extension(&app, tenant).await.do_not_disturb);
        app.refresh().await;
        let call = app.voice(KEY).call("CA2").from_phone("1002").to("1001").send().await;
        assert!(call.rings.is_empty(), "{}", call.body);
        // Somebody takes it back in the browser; the same news of the old call must not put it on again.
        let mut tx = app.begin(tenant).await;
        let id = extension(&app, tenant).await.id;
        tx.update("pbx.extension", id, Values::from([("do_not_disturb".to_owned(), Value::Bool(false))]), None).await.expect("written");
        tx.commit().await.expect("it lasts");
        on.send().await;
        assert_eq!(done(&app, tenant, 1).await.len(), 1);
        assert!(!extension(&app, tenant).await.do_not_disturb);
    }

    async fn a_phone_forwards_its_calls_and_takes_it_back_and_never_out_where_it_may_not_dial(db: TestDb) {
        let (app, tenant) = started(db, "", "", "").await;
        let heard = code(&app, "CA1", "*72442079460018").send().await;
        assert!(heard.ends_saying("All calls are forwarded to 4 4 2 0 7 9 4 6 0 0 1 8."), "{}", heard.body);
        done(&app, tenant, 1).await;
        let outside = DestinationRef::Forward("+442079460018".to_owned());
        assert_eq!(extension(&app, tenant).await.forward_always, Some(outside));
        app.refresh().await;
        assert!(code(&app, "CA2", "*73").send().await.ends_saying("Calls are not forwarded any more."));
        done(&app, tenant, 2).await;
        assert_eq!(extension(&app, tenant).await.forward_always, None);
        let mut tx = app.begin(tenant).await;
        let id = extension(&app, tenant).await.id;
        tx.update("pbx.extension", id, Values::from([("dials_out".to_owned(), Value::Bool(false))]), None).await.expect("written");
        tx.commit().await.expect("it lasts");
        app.refresh().await;
        let refused = code(&app, "CA3", "*72442079460018").send().await;
        assert!(refused.ends_saying("Calls cannot be forwarded to this number."), "{}", refused.body);
        app.ingest().await;
        assert_eq!(changes(&app, tenant).await.len(), 2, "nothing was changed");
    }

    async fn a_phone_hears_its_messages_saves_and_deletes_them(db: TestDb) {
        let (app, tenant) = started(db, "", "voicemail = \"ann\"", "[pbx.number.mail]\nnumber = \"+12125550150\"\ndestination = \"voicemail:ann\"").await;
        assert!(code(&app, "CA0", "*97").send().await.ends_saying("You have no messages. Goodbye."));
        for call in ["CA1", "CA2"] {
            let first = app.voice(KEY).call(call).to("+12125550150").send().await;
            app.after(&first).with("RecordingUrl", URL).with("RecordingDuration", "12").send().await;
        }
        app.ingest().await;
        // One was fetched meanwhile, and is played from here.
        let message = app.read(tenant).await.all::<PbxVoicemailMessage>(&Domain::All).await.expect("messages");
        let message = message.iter().map(|message| message.id).min().expect("two messages");
        let mut upload = app.app().objects().begin(tenant).await.expect("an upload");
        upload.write(b"the message itself").await.expect("taken");
        let stored = upload.keep().await.expect("kept");
        let mut tx = app.begin(tenant).await;
        let file = NewAttachment { name: "m.wav", mimetype: Some("audio/wav"), model: "pbx.voicemail.message", record: message, field: None };
        attachments::attach(&mut tx, app.store().registry(), &stored, &file).await.expect("attached");
        tx.update("pbx.voicemail.message", message, Values::from([("recording".to_owned(), "ready".into())]), None).await.expect("written");
        tx.commit().await.expect("it lasts");
        let opened = code(&app, "CA3", "*97").send().await;
        let counted = "You have 2 new and 0 saved messages.";
        assert!(opened.asks.as_ref().is_some_and(|asked| asked[0] == counted), "{}", opened.body);
        let first = app.press(&opened, "1").await;
        let here = first.asks.as_ref().expect("it plays and asks")[0].clone();
        let path = here.find("/api/voice/messages/").map(|at| &here[at..]).expect("our own address");
        let played = app.get(path).header("range", "bytes=4-10").reply().await;
        assert_eq!((played.status.as_u16(), played.body.as_str()), (206, "message"));
        assert_eq!(app.get(&path.replace("/messages/", "/prompts/")).reply().await.status, 404);
        let other = path.replace(&format!("/messages/{message}?"), &format!("/messages/{}?", message.get() + 1));
        assert_eq!(app.get(&other).reply().await.status, 404, "an address is of one message");
        let second = app.press(&first, "9").await;
        assert!(second.asks.as_ref().is_some_and(|asked| asked[..2] == ["Message saved.", URL]), "{}", second.body);
        let last = app.press(&second, "7").await;
        assert!(last.asks.as_ref().is_some_and(|asked| asked[0] == "Message deleted."), "{}", last.body);
        assert!(app.press(&last, "*").await.ends_saying("Goodbye."));
        done(&app, tenant, 2).await;
        let kept = app.read(tenant).await.all::<PbxVoicemailMessage>(&Domain::All).await.expect("messages");
        assert_eq!(kept.iter().map(|message| message.heard).collect::<Vec<_>>(), [true], "one is saved, one is gone");
    }

    async fn a_message_just_saved_by_phone_is_heard_again_in_the_next_call_and_not_in_this_one(db: TestDb) {
        let (app, tenant) = started(db, "", "voicemail = \"ann\"", "[pbx.number.mail]\nnumber = \"+12125550150\"\ndestination = \"voicemail:ann\"").await;
        let urls = ["https://media.example.com/first.mp3", "https://media.example.com/second.mp3"];
        for (call, url) in ["CA1", "CA2"].into_iter().zip(urls) {
            let left = app.voice(KEY).call(call).to("+12125550150").send().await;
            app.after(&left).with("RecordingUrl", url).with("RecordingDuration", "12").send().await;
            app.ingest().await;
        }
        let opened = code(&app, "CA3", "*97").send().await;
        let first = app.press(&opened, "1").await;
        assert!(first.asks.as_ref().is_some_and(|asked| asked[0] == urls[0]), "{}", first.body);
        let second = app.press(&first, "9").await;
        assert!(second.asks.as_ref().is_some_and(|asked| asked[1] == urls[1]), "{}", second.body);
        done(&app, tenant, 1).await;
        let last = app.press(&second, "7").await;
        assert!(
            last.asks.as_ref().is_some_and(|asked| asked[..2] == ["Message deleted.", "There are no more messages."]),
            "{}", last.body
        );
        assert!(!last.body.contains(urls[0]), "{}", last.body);
        done(&app, tenant, 2).await;
        let opened = code(&app, "CA4", "*97").send().await;
        assert!(opened.asks.as_ref().is_some_and(|asked| asked[0] == "You have 0 new and 1 saved messages."), "{}", opened.body);
        let saved = app.press(&opened, "1").await;
        assert!(saved.asks.as_ref().is_some_and(|asked| asked[0] == urls[0]), "{}", saved.body);
    }

    async fn a_box_is_opened_from_another_phone_by_its_pin_which_stands_nowhere(db: TestDb) {
        let (app, tenant) = started(db, "", "voicemail = \"ann\"", "").await;
        let asked = app.voice(KEY).from_phone("1002").to("*98").send().await;
        let pin = app.press(&asked, "1001").await;
        let wrong = app.press(&pin, "9753").await;
        assert!(wrong.asks.as_ref().is_some_and(|asked| asked[0] == "This PIN is not right."), "{}", wrong.body);
        assert!(app.press(&wrong, "2468").await.ends_saying("You have no messages. Goodbye."));
        app.ingest().await;
        let content = app.only_call(tenant).await.content();
        assert!(!content.contains("2468") && !content.contains("9753"), "{content}");
    }

    async fn the_last_caller_is_called_back(db: TestDb) {
        let (app, tenant) = started(db, "", "", "").await;
        assert!(code(&app, "CA0", "*69").send().await.ends_saying("There is no last caller to call back."));
        let rang = app.voice(KEY).call("CA1").send().await;
        assert_eq!(rang.rings, ["1001"]);
        app.ingest().await;
        assert_eq!(app.calls(tenant).await.len(), 2);
        let back = code(&app, "CA2", "*69").send().await;
        assert_eq!(back.rings, ["+442079460018"], "{}", back.body);
    }
}
