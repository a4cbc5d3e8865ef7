//! The libraries of browsers themselves, pusher-js and Laravel Echo, run by Node against a node that listens.

use super::listening;
use crate::KEY;
use opbx_testkit::{Engine, TestDb, WAIT_MAX};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::timeout;

/// Needs what `npm ci` brings: `cargo xtask test --tier live` sees to it.
#[tokio::test]
#[ignore = "needs Node and the libraries: cargo xtask test --tier live"]
async fn the_libraries_of_browsers_hear_a_call_on_private_and_presence_channels() {
    let (app, address, tenant, owner) = listening(TestDb::create(Engine::Sqlite).await).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js");
    let mut node = tokio::process::Command::new("node")
        .arg("hear.mjs")
        .current_dir(folder)
        .env("OPBX_ADDRESS", address.to_string())
        .env("OPBX_TOKEN", &owner.token)
        .env("OPBX_TENANT", tenant.to_string())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Node is there");
    let mut lines = BufReader::new(node.stdout.take().expect("its output is read")).lines();
    let mut next = async || -> Option<Json> {
        let line = timeout(WAIT_MAX, lines.next_line()).await.expect("a line in time").expect("readable");
        line.map(|line| serde_json::from_str(&line).expect("JSON"))
    };
    assert_eq!(next().await, Some(json!({"ready": true, "members": ["owner"]})));
    let first = app.voice(KEY).send().await;
    app.follow(&first, "completed").await;
    let mut heard: Vec<(String, String)> = Vec::new();
    while let Some(line) = next().await {
        assert_eq!(line["call_id"], "CA1", "{line}");
        let text = |name: &str| line[name].as_str().expect("a text").to_owned();
        heard.push((text("library"), text("event")));
    }
    assert!(node.wait().await.expect("it ends").success());
    for library in ["pusher", "echo"] {
        let own = heard.iter().filter(|(by, _)| by == library);
        let events: Vec<&str> = own.map(|(_, event)| event.as_str()).collect();
        assert_eq!(events, ["call.initiated", "call.answered", "call.ended"], "{library}");
    }
}
