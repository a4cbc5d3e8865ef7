//! Conference rooms: PINs are asked, compared and written down nowhere, and a seat follows.

use crate::{KEY, reaching};
use opbx_testkit::{Engine, Heard, StoredCall, TestApp, TestDb, on_both_databases};

const ROOM: &str = r#"
[pbx.conference.board]
name = "Board"
pin = "471147"
host_pin = "908090"
pin_required = true
wait_for_host = true
mute_on_entry = true
announce_join_leave = true
participants_max = 12
recording = true
"#;

async fn asked(db: TestDb) -> (TestApp, opbx_kernel::TenantId, Heard) {
    let (app, tenant) = reaching(db, "conference:board", ROOM).await;
    let first = app.voice(KEY).send().await;
    let question = "Please enter the conference PIN, then press pound.";
    assert_eq!(first.asks.as_deref(), Some(&[question.to_owned()][..]), "{}", first.body);
    let action = first.action.as_deref().expect("the PIN goes somewhere");
    assert!(action.contains("/api/voice/pin-input?conference_room_id="), "{action}");
    assert_eq!(first.redirect.as_deref(), Some(action));
    (app, tenant, first)
}

async fn stored(app: &TestApp, tenant: opbx_kernel::TenantId) -> StoredCall {
    app.ingest().await;
    app.only_call(tenant).await
}

on_both_databases! {
    async fn the_pin_opens_the_room_for_a_participant_who_waits_muted(db: TestDb) {
        let (app, tenant, first) = asked(db).await;
        let joined = app.press(&first, "471147").await;
        assert!(joined.joins.as_deref().is_some_and(|room| room.starts_with("conf_")), "{}", joined.body);
        let said = |name: &str| joined.attribute("Conference", name);
        let expected = [
            ("startConferenceOnEnter", "false"), ("endConferenceOnExit", "false"), ("muteOnEntry", "true"),
            ("announceJoinLeave", "true"), ("maxParticipants", "12"), ("holdMusic", "true"), ("record", "record-from-start"),
        ];
        for (name, value) in expected {
            assert_eq!(said(name).as_deref(), Some(value), "{name}");
        }
        assert!(joined.action.as_deref().is_some_and(|action| action.contains("/dial-callback?token=")));
        assert!(app.follow(&joined, "completed").await.ends_silently());
        let call = stored(&app, tenant).await;
        assert_eq!(call.call.status.as_str(), "completed");
        assert_eq!(call.entries.len(), 3);
    }

    async fn the_host_s_pin_starts_the_conference(db: TestDb) {
        let (app, _, first) = asked(db).await;
        let joined = app.press(&first, "908090#").await;
        assert_eq!(joined.attribute("Conference", "startConferenceOnEnter").as_deref(), Some("true"));
        assert_eq!(joined.attribute("Conference", "muteOnEntry").as_deref(), Some("false"));
    }

    async fn a_wrong_pin_is_refused_after_three_tries(db: TestDb) {
        let (app, tenant, first) = asked(db).await;
        let second = app.press(&first, "000000").await;
        assert_eq!(second.asks.as_ref().map(Vec::len), Some(2), "{}", second.body);
        let third = app.redirected(&second).send().await;
        assert!(third.asks.is_some() && third.joins.is_none(), "nothing entered opens nothing");
        let over = app.press(&third, "47114").await;
        assert!(over.ends_saying("This PIN is not right. Goodbye."), "{}", over.body);
        assert_eq!(stored(&app, tenant).await.entries.len(), 4);
    }

    async fn a_pin_told_twice_late_or_otherwise_is_one_answer(db: TestDb) {
        let (app, tenant, first) = asked(db).await;
        let joined = app.press(&first, "471147").await;
        assert_eq!(app.press(&first, "471147").await.body, joined.body);
        assert_eq!(app.redirected(&first).send().await.body, joined.body, "the redirect comes late");
        assert_eq!(app.press(&first, "908090").await.body, joined.body, "nobody tries PINs on one question");
        let other = app.voice(KEY).call("CA2").send().await;
        let again = app.redirected(&other).send().await;
        assert_eq!(app.press(&other, "908090").await.body, again.body, "the action comes after its redirect");
        assert!(again.joins.is_none());
        app.ingest().await;
        let calls = app.calls(tenant).await;
        assert_eq!((calls[0].entries.len(), calls[1].entries.len()), (2, 2));
    }

    async fn a_room_that_cannot_be_joined_says_so(db: TestDb) {
        let (app, _, first) = asked(db).await;
        let joined = app.press(&first, "471147").await;
        let over = app.follow(&joined, "failed").await;
        assert!(over.ends_saying("The conference room cannot be joined now. Goodbye."), "{}", over.body);
    }
}

/// The bytes of the journal as they lie on the disk.
fn journaled(app: &TestApp) -> String {
    let entries = std::fs::read_dir(app.journal_folder()).expect("a journal");
    let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
    let texts = paths.map(|path| std::fs::read(path).expect("readable"));
    texts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

#[tokio::test]
async fn no_pin_is_written_down_anywhere() {
    let (app, tenant, first) = asked(TestDb::create(Engine::Sqlite).await).await;
    let again = app.press(&first, "135791").await;
    let joined = app.press(&again, "471147").await;
    assert!(joined.joins.is_some());
    let journal = journaled(&app);
    let call = stored(&app, tenant).await;
    let plans = format!("{:?}", app.plan_snapshots(tenant).await);
    assert!(journal.contains("pin_entered") && plans.contains("Board"), "something was written down");
    for (what, text) in [
        ("journal", journal),
        ("call", call.content()),
        ("entries", format!("{:?}", call.entries)),
        ("plan", plans),
        ("answer", joined.body),
    ] {
        for pin in ["471147", "908090", "135791"] {
            assert!(!text.contains(pin), "the {what} holds {pin}");
        }
    }
}
