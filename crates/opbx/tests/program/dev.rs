//! `opbx dev`: a day of calls against a real server, and what is refused.

use crate::process::{Server, opbx, run, shell_words, stderr, stdout};

#[test]
fn a_short_day_of_calls_finds_nothing_wrong_with_the_demo() {
    let data = tempfile::tempdir().expect("a folder");
    let server = Server::demo(data.path(), None);
    let curl = server.printed.lines().map(str::trim).find(|line| line.starts_with("curl ")).expect("a call");
    let words = shell_words(curl);
    let key = words.iter().find_map(|word| word.strip_prefix("Authorization: Bearer ")).expect("a key");
    let app = format!("http://{}", server.address);
    let asked =
        ["dev", "calls", "--listen", "127.0.0.1:0", "--app", &app, "--requests-key", key, "--no-webhooks"];
    let day = ["--hours", "2", "--per-hour", "10", "--speed", "0", "--seed", "3"];
    let played = opbx(&[&asked[..], &day[..]].concat()).output().expect("the binary runs");
    let told = stdout(&played);
    assert!(played.status.success(), "{told}\n{}", stderr(&played));
    assert!(told.contains("19 calls in 2 hours, by the seed 3"), "{told}");
    assert!(told.contains("POST /api/voice/route") && told.contains("     0  faults"), "{told}");
}

#[test]
fn a_wrong_key_is_a_fault_that_fails_the_run() {
    let data = tempfile::tempdir().expect("a folder");
    let server = Server::demo(data.path(), None);
    let app = format!("http://{}", server.address);
    let asked = [
        "dev",
        "calls",
        "--listen",
        "127.0.0.1:0",
        "--app",
        &app,
        "--requests-key",
        "wrong",
        "--no-webhooks",
    ];
    let played = run(&[&asked[..], &["--hours", "1", "--per-hour", "2", "--speed", "0"]].concat());
    assert!(!played.status.success());
    assert!(stderr(&played).contains("the application answered 401"), "{}", stderr(&played));
}

#[test]
fn the_fake_refuses_to_be_seen_from_outside() {
    let refused = run(&["dev", "cloudonix", "--listen", "0.0.0.0:0"]);
    assert!(!refused.status.success());
    assert!(
        stderr(&refused).contains("loopback") && stderr(&refused).contains("--force"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn a_history_is_written_for_the_demo_and_refused_where_others_work() {
    let data = tempfile::tempdir().expect("a folder");
    assert!(Server::demo(data.path(), None).terminate());
    let folder = data.path().display().to_string();
    let written = run(&["dev", "history", "--calls", "20", "--days", "3", "--data", &folder]);
    assert!(written.status.success(), "{}", stderr(&written));
    assert!(stdout(&written).contains("20 calls of the last 3 days"), "{}", stdout(&written));
    for others in [["--listen", "0.0.0.0:8080"], ["--database", "postgres://opbx@db.example.com/opbx"]] {
        let refused = run(&[&["dev", "history", "--data", &folder][..], &others[..]].concat());
        assert!(!refused.status.success());
        assert!(stderr(&refused).contains("--force"), "{}", stderr(&refused));
    }
}
