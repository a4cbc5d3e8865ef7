//! Voicemail messages: each is kept once, in its box, however often and in whatever order its call is told.

use opbx_app::journal::Record;
use opbx_app::models::{MailMail, PbxVoicemailMessage};
use opbx_app::plans::compile;
use opbx_kernel::TenantId;
use opbx_platform::{DestinationRef, Domain, Value, Values};
use opbx_routing::Direction;
use opbx_telephony::simulator::{Answers, Caller, simulate};
use opbx_telephony::{Entry, Opening};
use opbx_testkit::{TestApp, WAIT_MAX, company, eventually, on_both_databases};

const KEY: &str = "key-of-acme";
const BOX: &str = "[pbx.voicemail.box]\nname = \"Box\"\n[pbx.number.mail]\nnumber = \"+12125550150\"\n\
    destination = \"voicemail:box\"\n";

/// The entries of a call that leaves a message.
async fn left(app: &TestApp, tenant: TenantId, call_id: &str) -> Vec<Entry> {
    let plan = compile(&mut app.read(tenant).await).await.expect("a plan").plan;
    let opening = Opening {
        direction: Direction::Inbound,
        from: "+442079460018".into(),
        to: "+12125550150".into(),
        from_name: "Erika".into(),
        token: None,
        session: None,
    };
    let (answers, pin) = (Answers::default(), |_, _: &str| opbx_routing::PinEntry::Wrong);
    let caller = Caller { answers: &answers, keys: &[], message_s: Some(12), pin: &pin };
    let at = "2026-03-01T12:00:00Z".parse().expect("an instant");
    let (_, ledger) = simulate(&plan, &opening, at, &caller);
    ledger.entries().iter().map(|entry| Entry { call_id: call_id.to_owned(), ..entry.clone() }).collect()
}

async fn ingest(app: &TestApp, entries: &[Entry]) {
    for entry in entries {
        app.app().journal().append(&Record::Step(Box::new(entry.clone()))).expect("appended");
    }
    app.ingest().await;
}

async fn messages(app: &TestApp, tenant: TenantId) -> Vec<PbxVoicemailMessage> {
    app.read(tenant).await.all::<PbxVoicemailMessage>(&Domain::All).await.expect("messages")
}

on_both_databases! {
    async fn a_message_is_kept_once_in_whatever_order_its_call_is_told(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).more(BOX).toml()).await.tenant;
        let entries = left(&app, tenant, "CA1").await;
        assert_eq!(entries.len(), 2, "it arrived, and was recorded");
        let turned: Vec<Entry> = entries.iter().rev().cloned().collect();
        ingest(&app, &turned[..1]).await;
        ingest(&app, &turned[1..]).await;
        let kept = messages(&app, tenant).await;
        let [message] = kept.as_slice() else { panic!("{kept:?}") };
        assert_eq!((message.sequence, message.length_s, message.heard), (1, Some(12), false));
        assert_eq!(
            (message.from_number.as_deref(), message.from_name.as_deref(), message.url.as_str()),
            (Some("+442079460018"), Some("Erika"), "simulated")
        );
        let (_, mailbox) = app.read(tenant).await.external("config", "pbx.voicemail.box").await.expect("read").expect("a box");
        assert_eq!(message.mailbox, Some(mailbox));
        let call = app.only_call(tenant).await;
        assert_eq!(message.call, Some(call.call.id));
        assert_eq!((call.call.status.as_str(), call.call.end_reason.as_deref()), ("no_answer", Some("message_left")));
        assert_eq!(call.moments(), ["started", "said", "recording", "recorded", "said", "ended"]);

        let mut tx = app.begin(tenant).await;
        let heard = Values::from([("heard".to_owned(), Value::Bool(true))]);
        tx.update("pbx.voicemail.message", message.id, heard, None).await.expect("heard");
        tx.commit().await.expect("it lasts");
        ingest(&app, &entries).await;
        // Told anew, with an entry that changes the call's fold.
        let earlier = Entry { step: 0, ..entries[0].clone() };
        ingest(&app, &[earlier]).await;
        let after = messages(&app, tenant).await;
        assert_eq!(after.len(), 1);
        assert_eq!((after[0].id, after[0].heard), (message.id, true), "nobody's hearing is forgotten");
        ingest(&app, &left(&app, tenant, "CA2").await).await;
        assert_eq!(messages(&app, tenant).await.len(), 2);
    }

    async fn a_message_that_was_deleted_stays_so_whatever_is_told_of_its_call(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).more(BOX).toml()).await.tenant;
        let entries = left(&app, tenant, "CA1").await;
        ingest(&app, &entries).await;
        let kept = messages(&app, tenant).await;
        let fetches = Domain::eq("kind", "recording.fetch");
        let fetched = app.read(tenant).await.count("ir.job", &fetches).await.expect("a count");
        let mut tx = app.begin(tenant).await;
        tx.delete("pbx.voicemail.message", kept[0].id).await.expect("deleted");
        tx.commit().await.expect("it lasts");
        let earlier = Entry { step: 0, ..entries[0].clone() };
        ingest(&app, &[earlier]).await;
        assert!(messages(&app, tenant).await.is_empty());
        assert_eq!(app.read(tenant).await.count("ir.job", &fetches).await.expect("a count"), fetched);
    }

    async fn a_box_that_mails_has_a_mail_written_for_each_message_once(db: TestDb) {
        let app = TestApp::start(db).await;
        let mails = "[pbx.voicemail.box]\nmail = \"notify\"\nemail = \"box@example.com\"\n";
        let more = BOX.replace("[pbx.voicemail.box]\n", mails);
        let tenant = app.apply(&company("acme", KEY).more(&more).toml()).await.tenant;
        let entries = left(&app, tenant, "CA1").await;
        ingest(&app, &entries).await;
        ingest(&app, &entries).await;
        eventually(WAIT_MAX, "the mail is written", async || {
            let mails = app.read(tenant).await.all::<MailMail>(&Domain::All).await.expect("mails");
            mails.iter().map(|mail| mail.to.as_str()).eq(["box@example.com"])
        })
        .await;
        let jobs = Domain::eq("kind", "voicemail.mail");
        assert_eq!(app.read(tenant).await.count("ir.job", &jobs).await.expect("a count"), 1);
    }

    async fn a_message_for_a_box_that_was_deleted_meanwhile_is_not_lost(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).more(BOX).toml()).await.tenant;
        let entries = left(&app, tenant, "CA1").await;
        let mut tx = app.begin(tenant).await;
        let named = async |tx: &mut opbx_store::Tx, name| tx.external("config", name).await.expect("read").expect("a record").1;
        let (number, mailbox) = (named(&mut tx, "pbx.number.mail").await, named(&mut tx, "pbx.voicemail.box").await);
        let elsewhere = Values::from([("destination".to_owned(), Value::Destination(DestinationRef::Hangup))]);
        tx.update("pbx.number", number, elsewhere, None).await.expect("changed");
        tx.delete("pbx.voicemail", mailbox).await.expect("deleted");
        tx.commit().await.expect("it lasts");
        ingest(&app, &entries).await;
        let kept = messages(&app, tenant).await;
        assert_eq!((kept.len(), kept[0].mailbox), (1, None));
    }

    async fn no_call_is_lost_for_what_its_engine_said_at_length(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).more(BOX).toml()).await.tenant;
        let mut entries = left(&app, tenant, "CA1").await;
        let opening = entries[0].opening.as_mut().expect("an opening");
        opening.from = format!("sip:{}@example.com", "a".repeat(500));
        opening.from_name = format!("Eri\u{7}ka {}", "k".repeat(200));
        ingest(&app, &entries).await;
        let call = app.only_call(tenant).await.call;
        assert_eq!(call.from_number.map(|from| from.len()), Some(128));
        assert!(call.from_name.is_some_and(|name| name.starts_with("Erika k") && name.len() == 100));
        assert_eq!(messages(&app, tenant).await.len(), 1);
    }
}
