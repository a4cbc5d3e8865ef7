//! The socket itself: how it is opened, refused, kept and closed.

use super::{listener, listening};
use opbx_testkit::{Browser, Engine, TestDb, socket_refused};
use serde_json::json;

#[tokio::test]
async fn connections_are_refused_with_the_protocols_codes() {
    let (_app, address, ..) = listening(TestDb::create(Engine::Sqlite).await).await;
    for (target, code) in [
        ("/app/unknown?protocol=7", 4001),
        ("/app/opbx?protocol=99", 4007),
        ("/app/opbx?protocol=7&token=opbx_1_secret", 4009),
    ] {
        let (said, closed) = Browser::refused(address, target).await;
        assert_eq!((said, closed), (json!(code), Some(code)), "{target}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_opens_no_socket() {
    let (_app, address, ..) = listening(TestDb::create(Engine::Sqlite).await).await;
    let evil = [("origin", "https://evil.example")];
    assert_eq!(socket_refused(address, "/app/opbx?protocol=7", &evil).await, Some(403));
    let own = format!("http://{address}");
    let browser = Browser::connect_as(address, "/app/opbx?protocol=7", &[("origin", &own)], false).await;
    assert!(browser.socket_id.contains('.'));
}

#[tokio::test]
async fn pings_are_answered_and_nonsense_is_told_so_without_an_end() {
    let (_app, address, tenant, _) = listening(TestDb::create(Engine::Sqlite).await).await;
    let mut browser = Browser::connect(address).await;
    browser.say(&json!({"event": "pusher:ping", "data": {}})).await;
    assert_eq!(browser.next().await.expect("an answer").event, "pusher:pong");
    for nonsense in ["", "{", "null", "{\"event\": 1}", "{\"event\":\"pusher:subscribe\",\"data\":{}}"] {
        browser.say_text(nonsense).await;
        assert_eq!(browser.next().await.expect("an answer").event, "pusher:error", "{nonsense:?}");
    }
    let event = json!({"event": "client-typing", "channel": format!("private-org.{tenant}"), "data": {}});
    browser.say(&event).await;
    assert_eq!(browser.next().await.expect("an answer").data["code"], 4301);
    browser.say_text(&"x".repeat(11_000)).await;
    assert!(browser.next().await.is_err(), "a message beyond the bound ends it");
}

#[tokio::test]
async fn who_talks_too_much_is_let_go() {
    let (_app, address, ..) = listening(TestDb::create(Engine::Sqlite).await).await;
    let mut browser = Browser::connect(address).await;
    // So many that even a machine with much else to do hears too many of them at once.
    browser.say_often(&json!({"event": "pusher:ping", "data": {}}), 5_000).await;
    assert_eq!(browser.wait_closed().await, Some(4100));
}

#[tokio::test]
async fn a_node_that_stops_sends_its_browsers_elsewhere() {
    let (app, address, tenant, owner) = listening(TestDb::create(Engine::Sqlite).await).await;
    let mut browser = listener(&app, address, &owner, &format!("private-org.{tenant}")).await;
    let stopping = app.app().clone();
    let stopped = tokio::spawn(async move { stopping.shut_down().await });
    assert_eq!(browser.wait_closed().await, Some(4200));
    stopped.await.expect("stopped");
}
