//! Voicemail: a greeting, a recording, and a message that no order of requests can lose or double.

use crate::{KEY, reaching};
use opbx_app::models::PbxVoicemailMessage;
use opbx_platform::Domain;
use opbx_routing::{Ending, Event, Recording};
use opbx_testkit::{Heard, StoredCall, TestApp, TestDb, on_both_databases};

const MAILBOX: &str = r#"
[pbx.prompt.greeting]
name = "Greeting"
text = "This is Acme's mailbox."

[pbx.voicemail.main]
name = "Main"
greeting = "greeting"
length_max_s = 120
"#;
const URL: &str = "https://media.example.com/recordings/1.mp3?key=a&b=c";
const THANKS: &str = "Thank you. Your message was recorded. Goodbye.";

async fn greeted(db: TestDb) -> (TestApp, opbx_kernel::TenantId, Heard) {
    let (app, tenant) = reaching(db, "voicemail:main", MAILBOX).await;
    let first = app.voice(KEY).send().await;
    assert!(first.records && first.said == ["This is Acme's mailbox."], "{}", first.body);
    (app, tenant, first)
}

async fn stored(app: &TestApp, tenant: opbx_kernel::TenantId) -> StoredCall {
    app.ingest().await;
    app.only_call(tenant).await
}

fn recorded(call: &StoredCall) -> Vec<&Recording> {
    let recordings = call.entries.iter().filter_map(|entry| match &entry.event {
        Event::Recorded(recording) => Some(recording),
        _ => None,
    });
    recordings.collect()
}

/// The messages in the mailbox: where each lies, how long it is, and whose it is.
async fn messages(
    app: &TestApp,
    tenant: opbx_kernel::TenantId,
) -> Vec<(String, Option<i64>, Option<String>)> {
    let mut tx = app.read(tenant).await;
    let messages = tx.all::<PbxVoicemailMessage>(&Domain::All).await.expect("messages");
    assert!(messages.iter().all(|message| message.mailbox.is_some() && !message.heard));
    messages.into_iter().map(|message| (message.url, message.length_s, message.from_number)).collect()
}

fn message(length_s: Option<i64>) -> (String, Option<i64>, Option<String>) {
    (URL.to_owned(), length_s, Some("+442079460018".to_owned()))
}

fn left(url: &str, length_s: Option<u32>) -> Recording {
    Recording { url: Some(url.into()), length_s }
}

on_both_databases! {
    async fn a_caller_leaves_a_message(db: TestDb) {
        let (app, tenant, first) = greeted(db).await;
        let expected = [("method", "POST"), ("maxLength", "120"), ("playBeep", "true"), ("finishOnKey", "#")];
        for (name, value) in expected {
            assert_eq!(first.attribute("Record", name).as_deref(), Some(value), "{name}");
        }
        let action = first.action.as_deref().expect("the recording goes somewhere");
        assert!(action.contains("/api/callbacks/voice/record-callback?voicemail_id="), "{action}");
        assert_eq!(first.redirect.as_deref(), Some(action));
        let told = app.after(&first).with("RecordingUrl", URL).with("RecordingDuration", "12");
        let over = told.send().await;
        assert!(over.ends_saying(THANKS), "{}", over.body);
        assert_eq!(told.send().await.body, over.body, "told twice");
        assert_eq!(app.redirected(&first).send().await.body, over.body, "and the redirect after it");
        let call = stored(&app, tenant).await;
        assert_eq!(recorded(&call), [&left(URL, Some(12))]);
        assert_eq!(call.entries.len(), 2);
        assert_eq!(messages(&app, tenant).await, [message(Some(12))]);
    }

    async fn a_recording_is_told_in_every_spelling_and_form(db: TestDb) {
        let (app, tenant, _) = greeted(db).await;
        let spellings = [("RecordingURL", "RecordingDuration"), ("recording_url", "recording_duration")];
        for (nth, (url, length)) in spellings.into_iter().enumerate() {
            let first = app.voice(KEY).call(&format!("S{nth}")).send().await;
            let told = app.after(&first).with(url, URL).with(length, "7.9");
            let told = if nth == 0 { told.form() } else { told.query() };
            assert!(told.send().await.ends_saying(THANKS), "{url}");
        }
        app.ingest().await;
        for call in app.calls(tenant).await.iter().filter(|call| call.call.call_id.starts_with('S')) {
            assert_eq!(recorded(call), [&left(URL, Some(7))]);
        }
    }

    async fn nothing_recorded_ends_the_call_without_a_message(db: TestDb) {
        let (app, tenant, first) = greeted(db).await;
        let over = app.redirected(&first).send().await;
        assert!(over.ends_silently(), "{}", over.body);
        let call = stored(&app, tenant).await;
        assert_eq!(recorded(&call), [&Recording::default()]);
        assert_eq!(messages(&app, tenant).await, []);
    }

    async fn a_message_told_of_after_its_redirect_is_not_lost(db: TestDb) {
        let (app, tenant, first) = greeted(db).await;
        assert!(app.redirected(&first).send().await.ends_silently());
        app.ingest().await;
        let told = app.after(&first).with("RecordingUrl", URL);
        assert!(told.send().await.ends_saying(THANKS));
        assert!(told.send().await.ends_saying(THANKS));
        let call = stored(&app, tenant).await;
        assert_eq!(recorded(&call), [&left(URL, None)], "the message counts, and only once");
        assert_eq!(messages(&app, tenant).await, [message(None)]);
        let ended = format!("{:?}", Ending::MessageLeft);
        assert!(format!("{:?}", call.trace()).contains(&ended), "{:?}", call.trace());
    }

    async fn what_cannot_be_fetched_is_no_message(db: TestDb) {
        let (app, _, first) = greeted(db).await;
        let over = app.after(&first).with("RecordingUrl", "file:///etc/passwd").send().await;
        assert!(over.ends_silently(), "{}", over.body);
    }
}
