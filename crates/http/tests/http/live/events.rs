//! What is told, to whom, and that nothing is lost or doubled.

use super::{contact, listener, listening};
use crate::KEY;
use axum::http::Method;
use opbx_app::events::{CallMoment, Event, of_entries};
use opbx_platform::{Domain, Value, Values};
use opbx_testkit::{Browser, TestApp, on_both_databases};
use serde_json::{Value as Json, json};

/// The events of calls that a browser hears up to the end of one.
async fn heard_of_calls(browser: &mut Browser) -> Vec<(String, Json)> {
    let mut heard = Vec::new();
    loop {
        let said = browser.next().await.expect("a message");
        if said.event.starts_with("call.") {
            let is_over = said.event == "call.ended";
            heard.push((said.event, said.data));
            if is_over {
                return heard;
            }
        }
    }
}

/// The record of an extension.
async fn extension(app: &TestApp, tenant: opbx_kernel::TenantId, number: &str) -> i64 {
    let mut tx = app.read(tenant).await;
    let found = tx.all::<opbx_app::models::PbxExtension>(&Domain::eq("number", number)).await;
    found.expect("extensions")[0].id.get()
}

on_both_databases! {
    async fn a_call_is_heard_from_its_beginning_to_its_end_each_moment_once(db: TestDb) {
        let (app, address, tenant, owner) = listening(db).await;
        let mut browser = listener(&app, address, &owner, &format!("private-org.{tenant}")).await;
        let first = app.voice(KEY).send().await;
        let begun = browser.wait("call.initiated").await;
        assert_eq!(begun.data["call_id"], "CA1");
        assert_eq!(begun.data["from_number"], "+442079460018");
        assert_eq!((&begun.data["status"], &begun.data["ended_at"]), (&json!("initiated"), &Json::Null));
        assert!(begun.data["did_id"].is_i64(), "{begun:?}");
        let rings = browser.wait("call.ringing").await;
        assert_eq!(rings.data["legs"][0]["target"], "1001");
        app.follow(&first, "completed").await;
        let heard = heard_of_calls(&mut browser).await;
        let names: Vec<&str> = heard.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["call.answered", "call.ended"]);
        let (_, ended) = &heard[1];
        assert_eq!(ended["extension_id"], extension(&app, tenant, "1001").await);
        assert_eq!((&ended["status"], &ended["duration"]), (&json!("completed"), &json!(0)));
        // The outbox tells of all of it once more: what follows is the next change, and nothing of the call.
        let id = contact(&app, tenant, "Ada").await;
        let mut said = browser.next().await.expect("a message");
        while ["calls.live", "extension.state"].contains(&said.event.as_str()) {
            said = browser.next().await.expect("a message");
        }
        assert_eq!((said.event.as_str(), &said.data["id"]), ("record.created", &json!(id)));
    }

    async fn a_commit_that_told_of_several_moments_loses_none(db: TestDb) {
        let (app, address, tenant, owner) = listening(db).await;
        let mut browser = listener(&app, address, &owner, &format!("presence-org.{tenant}")).await;
        let held = app.hold_ingestion().await;
        let first = app.voice(KEY).send().await;
        app.follow(&first, "completed").await;
        drop(held);
        let names: Vec<String> = heard_of_calls(&mut browser).await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["call.initiated", "call.ringing", "call.answered", "call.ended"]);
    }

    async fn extensions_ring_and_are_idle_again_and_calls_are_counted(db: TestDb) {
        let (app, address, tenant, owner) = listening(db).await;
        let id = extension(&app, tenant, "1001").await;
        let mut browser = listener(&app, address, &owner, &format!("private-extension.{id}")).await;
        let mut board = listener(&app, address, &owner, &format!("private-org.{tenant}")).await;
        let first = app.voice(KEY).send().await;
        let rings = browser.wait("extension.state").await;
        assert_eq!((&rings.data["state"], &rings.data["calls"]), (&json!("ringing"), &json!(1)));
        assert_eq!(rings.data["extension_number"], "1001");
        let counted = board.wait("calls.live").await;
        assert_eq!((&counted.data["active"], &counted.data["by_direction"]["inbound"]), (&json!(1), &json!(1)));
        let snapshot = app.by(&owner, Method::GET, "/api/v1/live/snapshot").reply().await.json();
        assert_eq!(snapshot["counts"]["active"], 1, "{snapshot}");
        assert_eq!(snapshot["calls"][0]["call_id"], "CA1");
        assert_eq!(snapshot["epoch"], counted.data["epoch"]);
        let state = |snapshot: &Json, number: &str| {
            let states = snapshot["extensions"].as_array().expect("a list").clone();
            states.into_iter().find(|state| state["extension_number"] == number).expect("it")["state"].clone()
        };
        assert_eq!((state(&snapshot, "1001"), state(&snapshot, "1002")), (json!("ringing"), json!("idle")));
        app.follow(&first, "completed").await;
        let idle = browser.wait("extension.state").await;
        assert_eq!((&idle.data["state"], &idle.data["calls"]), (&json!("idle"), &json!(0)));
        assert_eq!(board.wait("calls.live").await.data["active"], 0);
        let mut tx = app.begin(tenant).await;
        let record = opbx_kernel::RecordId::new(id).expect("an id");
        let quiet = Values::from([("do_not_disturb".to_owned(), Value::Bool(true))]);
        tx.update("pbx.extension", record, quiet, None).await.expect("changed");
        tx.commit().await.expect("a commit");
        assert_eq!(browser.wait("extension.state").await.data["state"], "do_not_disturb");
    }

    async fn records_are_told_in_the_order_of_their_commits_and_many_at_once_as_one(db: TestDb) {
        let (app, address, tenant, owner) = listening(db).await;
        let mut browser = listener(&app, address, &owner, &format!("private-org.{tenant}")).await;
        let mut ids = Vec::new();
        for name in ["Ada", "Bob", "Cem"] {
            ids.push(contact(&app, tenant, name).await);
        }
        let mut last = 0;
        for id in ids {
            let said = browser.wait("record.created").await;
            assert_eq!((&said.data["id"], &said.data["model"]), (&json!(id), &json!("res.partner")));
            assert!(said.data.get("name").is_none(), "what it holds is for who may see it: {said:?}");
            let sequence = said.data["seq"].as_i64().expect("a number");
            assert!(sequence > last, "{sequence} follows {last}");
            last = sequence;
        }
        let mut tx = app.begin(tenant).await;
        let rows = (0..200).map(|n| Values::from([("name".to_owned(), Value::Text(format!("Many {n}")))]));
        tx.insert_many("res.partner", rows.collect()).await.expect("contacts");
        tx.commit().await.expect("a commit");
        let many = browser.wait("records.changed").await;
        assert_eq!((&many.data["model"], &many.data["count"]), (&json!("res.partner"), &json!(200)));
    }

    async fn the_outbox_implies_the_same_events_to_every_reader(db: TestDb) {
        let (app, _, tenant, _) = listening(db).await;
        let first = app.voice(KEY).send().await;
        app.follow(&first, "completed").await;
        app.ingest().await;
        let mut tx = app.begin(tenant).await;
        while tx.order_outbox().await.expect("ordered") > 0 {}
        let entries = tx.outbox_after(0, 1_000).await.expect("entries");
        let of_calls: Vec<_> =
            entries.into_iter().filter(|entry| entry.model.as_deref() == Some("pbx.call")).collect();
        assert!(!of_calls.is_empty(), "the call was changed");
        let twice: Vec<_> = of_calls.iter().chain(&of_calls).cloned().collect();
        let events = of_entries(&mut tx, &twice).await.expect("events");
        let names: Vec<&str> = events.iter().map(Event::name).collect();
        assert_eq!(names, ["call.initiated", "call.ringing", "call.answered", "call.ended"]);
        let mut keys: Vec<_> = events.iter().filter_map(Event::key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 4, "{keys:?}");
        let Event::Call(CallMoment::Initiated, _) = &events[0] else { panic!("{events:?}") };
        let payload = events[0].payload();
        assert_eq!((&payload["status"], &payload["duration"]), (&json!("initiated"), &Json::Null));
    }
}
