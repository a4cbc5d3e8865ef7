//! New keys: rotated beside a running server, which goes on opening what it must.

use crate::process::{Request, Server, run, stderr, stdout};
use opbx_testkit::{Engine, TestDb};

fn json(output: &std::process::Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_str(&stdout(output)).expect("JSON")
}

/// The printed voice request, which the server answers only while it can open its requests key.
fn voice(server: &Server) -> Request {
    let line = server.printed.lines().find(|line| line.trim().starts_with("curl")).expect("a request to try");
    Request::printed(line.trim())
}

async fn rotated(engine: Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let db = TestDb::create(engine).await;
    let server = Server::demo(folder.path(), Some(&db));
    let data = folder.path().display().to_string();
    let url = db.url_as("opbx_test");
    let mut at = vec!["--data", data.as_str()];
    if engine == Engine::Postgres {
        at.extend(["--database", url.as_str()]);
    }
    let with = |arguments: &[&'static str]| run(&[arguments, &at[..]].concat());
    let request = voice(&server);
    assert_eq!(request.send().status, 200);
    let before = std::fs::read_to_string(folder.path().join("keys")).expect("the keys");
    let first = json(&with(&["keys", "rotate", "--json"]));
    let sealed = first["resealed"].as_u64().expect("a number");
    assert!(sealed > 0 && first["unopened"] == serde_json::json!([]), "{first}");
    assert_eq!(request.send().status, 200, "the running server learned the key");
    let after = std::fs::read_to_string(folder.path().join("keys")).expect("the keys");
    let keys = |text: &str| {
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(keys(&after)[1..], keys(&before), "the previous key stays, behind the new one");
    let again = json(&with(&["keys", "reseal", "--json"]));
    assert_eq!(again["resealed"], 0, "nothing is left under the previous key");
    // Without the previous key, everything still opens.
    server.kill();
    let only_new: String = after
        .lines()
        .filter(|line| !keys(&before).contains(&(*line).to_owned()))
        .collect::<Vec<_>>()
        .join("\n");
    std::fs::write(folder.path().join("keys"), only_new).expect("written");
    let doctor = with(&["doctor"]);
    assert!(stdout(&doctor).contains("has a requests key"), "{}", stdout(&doctor));
    // And without the new one, it is said what is lost.
    std::fs::write(folder.path().join("keys"), before).expect("written");
    let lost = with(&["keys", "reseal"]);
    assert!(
        !lost.status.success() && stdout(&lost).contains("cannot be opened by any key"),
        "{}",
        stdout(&lost)
    );
}

#[tokio::test]
async fn a_running_server_goes_on_while_its_keys_are_rotated_on_sqlite() {
    rotated(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_running_server_goes_on_while_its_keys_are_rotated_on_postgres() {
    rotated(Engine::Postgres).await;
}

#[test]
fn a_prepared_key_seals_nothing_until_it_is_rotated_in_and_attachments_are_collected() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    assert!(!run(&["keys", "prepare", "--data", &data]).status.success(), "there are no keys yet");
    let server = Server::demo(folder.path(), None);
    assert!(server.terminate());
    for said in ["holds a new key", "holds a prepared key already"] {
        let prepared = run(&["keys", "prepare", "--data", &data]);
        assert!(stdout(&prepared).contains(said), "{}", stdout(&prepared));
    }
    let before = json(&run(&["keys", "reseal", "--data", &data, "--json"]));
    assert_eq!(before["resealed"], 0);
    let rotated = json(&run(&["keys", "rotate", "--at-once", "--data", &data, "--json"]));
    assert!(rotated["resealed"].as_u64().is_some_and(|count| count > 0), "{rotated}");
    let collected = json(&run(&["attachments", "collect", "--data", &data, "--json"]));
    assert_eq!(collected, serde_json::json!({ "attachments": 0, "objects": 0, "bytes": 0, "uploads": 0 }));
}
