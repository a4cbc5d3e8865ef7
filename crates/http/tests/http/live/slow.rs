//! A browser that does not read is let go, and nobody waits for it.

use super::{listener, listening};
use opbx_app::events::RECORDING_TOPIC;
use opbx_testkit::{Browser, Engine, TestDb};
use serde_json::json;

/// Events that are told while the slow one reads nothing, and how long each is: more than the system's own buffers take.
const EVENTS: usize = 900;
const BYTES: usize = 20_000;

#[tokio::test]
async fn a_slow_browser_is_dropped_and_the_others_hear_everything() {
    let (app, address, tenant, owner) = listening(TestDb::create(Engine::Sqlite).await).await;
    let channel = format!("private-org.{tenant}");
    let mut slow = Browser::connect_as(address, "/app/opbx", &[], true).await;
    app.subscribe(&mut slow, &owner, &channel).await;
    let mut quick = listener(&app, address, &owner, &channel).await;
    let blob = "x".repeat(BYTES);
    for chunk in 0..EVENTS / 100 {
        let mut tx = app.begin(tenant).await;
        for id in 0..100 {
            tx.publish(RECORDING_TOPIC, json!({"id": chunk * 100 + id + 1, "note": blob}))
                .expect("published");
        }
        tx.commit().await.expect("a commit");
        for id in 0..100 {
            assert_eq!(quick.wait("recording.ready").await.data["id"], chunk * 100 + id + 1);
        }
    }
    let mut heard = 0;
    let closed = loop {
        match slow.next().await {
            Ok(said) if said.event == "recording.ready" => heard += 1,
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert!(heard < EVENTS, "it was let go before the end");
    // The reason is told where the connection still takes it.
    assert!(matches!(closed, None | Some(4100)), "{closed:?}");
}
