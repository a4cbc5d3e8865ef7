//! A record that the store refuses is set aside for a person to look at, and holds up nothing.

use opbx_app::journal::Record;
use opbx_kernel::TenantId;
use opbx_platform::{Value, Values};
use opbx_telephony::Entry;
use opbx_testkit::{TestApp, company, on_both_databases};

const KEY: &str = "key-of-acme";

/// The lines of the file beside the journal.
fn set_aside(app: &TestApp) -> Vec<Record> {
    let path = app.journal_folder().join("refused.jsonl");
    let text = if path.exists() { std::fs::read_to_string(path).expect("readable") } else { String::new() };
    text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect()
}

fn last_step(app: &TestApp) -> Entry {
    let journaled = app.app().journal().read_after(0, 100).expect("readable");
    let steps = journaled.into_iter().filter_map(|(_, record)| match record {
        Record::Step(entry) => Some(*entry),
        Record::Plan(_) => None,
    });
    steps.last().expect("a step was journaled")
}

on_both_databases! {
    async fn a_step_of_a_tenant_that_is_gone_holds_up_nobody_s(db: TestDb) {
        let mut app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        let held = app.hold_ingestion().await;
        app.voice(KEY).send().await;
        let gone = TenantId::new(4_711).expect("positive");
        let refused = Record::Step(Box::new(Entry { tenant: gone, ..last_step(&app) }));
        app.app().journal().append(&refused).expect("appended");
        app.voice(KEY).call("CA2").send().await;
        drop(held);
        app.ingest().await;
        let calls = app.calls(tenant).await;
        assert_eq!(calls.iter().map(|call| call.call.call_id.as_str()).collect::<Vec<_>>(), ["CA1", "CA2"]);
        assert_eq!(set_aside(&app), std::slice::from_ref(&refused));

        app.app().journal().append(&refused).expect("appended");
        app.ingest().await;
        app.restart().await;
        app.voice(KEY).call("CA3").send().await;
        app.ingest().await;
        assert_eq!(app.calls(tenant).await.len(), 3);
        assert_eq!(
            set_aside(&app),
            [refused.clone(), refused],
            "each is set aside once, also over a restart"
        );
    }

    async fn a_call_whose_stored_inputs_are_damaged_holds_up_no_other(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        let first = app.voice(KEY).send().await;
        let other = app.voice(KEY).call("CA2").send().await;
        app.ingest().await;
        let damaged = app.calls(tenant).await.remove(0);
        let mut tx = app.begin(tenant).await;
        let junk = Values::from([("inputs".to_owned(), Value::Bytes(vec![0xff; 40]))]);
        tx.update("pbx.call", damaged.call.id, junk, None).await.expect("damaged");
        tx.commit().await.expect("it lasts");

        let held = app.hold_ingestion().await;
        assert_eq!(app.follow(&first, "no-answer").await.rings, ["1002"], "the call itself goes on");
        app.follow(&other, "completed").await;
        drop(held);
        app.ingest().await;
        let aside = set_aside(&app);
        assert!(matches!(aside.as_slice(), [Record::Step(entry)] if entry.call_id == "CA1"), "{aside:?}");
        let mut tx = app.read(tenant).await;
        let done = opbx_platform::Domain::eq("status", "completed");
        assert_eq!(tx.count("pbx.call", &done).await.expect("a count"), 1, "the other call's end is stored");
    }
}
