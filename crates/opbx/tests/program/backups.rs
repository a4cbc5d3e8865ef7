//! Backup and restore as an operator does them: beside a running server, and after a disaster.

use crate::process::{Server, opbx, run, stderr, stdout};
use opbx_testkit::{Engine, TestDb};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

/// Kills a backup after so many turns of waiting: from at once to when it may be done.
const KILLED_AFTER: [u32; 4] = [0, 20_000, 200_000, 2_000_000];

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_str(stdout(output).trim()).expect("JSON")
}

#[tokio::test]
async fn a_running_server_is_backed_up_and_brought_back_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (text(&folder.path().join("old")), text(&folder.path().join("new")));
    let file = text(&folder.path().join("opbx.backup"));
    let server = Server::demo(Path::new(&old), None);
    let told = json(&run(&["db", "backup", &file, "--objects", "--json", "--data", &old]));
    assert_eq!(told["tenants"], 1, "{told}");
    assert!(told["rows"].as_u64().is_some_and(|rows| rows > 100), "{told}");
    let said = stdout(&run(&["db", "backup", &file, "--data", &old]));
    assert!(said.contains("keys") && said.contains("sealed"), "the key file is asked for: {said}");
    assert!(said.contains("--objects"), "what is not in it is said: {said}");

    let refused = run(&["db", "restore", &file, "--replace", "--data", &old]);
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains("is running"), "never under a running server: {}", stderr(&refused));
    assert!(server.terminate());
    let refused = run(&["db", "restore", &file, "--data", &old]);
    assert!(stderr(&refused).contains("--replace"), "{}", stderr(&refused));

    let keyless = run(&["db", "restore", &file, "--data", &new]);
    assert!(!keyless.status.success() && stderr(&keyless).contains("key file"), "{}", stderr(&keyless));
    std::fs::create_dir_all(&new).expect("a folder");
    std::fs::copy(Path::new(&old).join("keys"), Path::new(&new).join("keys")).expect("the keys");
    let looked = json(&run(&["db", "restore", &file, "--dry-run", "--json", "--data", &new]));
    assert_eq!((&looked["restored"], &looked["secrets_unopened"]), (&false.into(), &0.into()), "{looked}");
    assert!(!Path::new(&new).join("opbx.db").exists(), "a dry run makes nothing");

    let db = TestDb::create(Engine::Postgres).await;
    let postgres = db.url().to_string().replace("postgres://", "postgres://opbx_test@");
    for database in [format!("sqlite://{new}/opbx.db"), postgres] {
        let place = ["--data", &new, "--database", &database];
        let restored = run(&[&["db", "restore", &file, "--json"][..], &place].concat());
        assert_eq!(json(&restored)["restored"], true);
        let tenants = json(&run(&[&["tenant", "list", "--json"][..], &place].concat()));
        assert_eq!(tenants.as_array().map(Vec::len), Some(1), "{tenants}");
        let migrated = run(&[&["db", "migrate", "--dry-run"][..], &place].concat());
        assert!(stdout(&migrated).contains("follows the models already"), "{}", stdout(&migrated));
        let mut serve = opbx(&[&["serve", "--listen", "127.0.0.1:0"][..], &place].concat());
        serve.env("OPBX_LOG", "warn");
        assert!(Server::start(serve).terminate(), "it runs on what was brought back");
    }
}

#[test]
fn a_backup_that_lacks_objects_is_written_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = text(folder.path());
    assert!(Server::demo(folder.path(), None).terminate());
    let sound = text(&folder.path().join("welcome.mp3"));
    std::fs::write(&sound, b"ID3").expect("a file");
    let added = run(&["attachments", "add", "pbx.ring_group:sales", &sound, "--data", &data]);
    assert!(added.status.success(), "{}", stderr(&added));
    let file = text(&folder.path().join("opbx.backup"));
    let backup = ["db", "backup", &file, "--objects", "--json", "--data", &data];
    let whole = json(&run(&backup));
    assert_eq!(whole["missing_objects"], 0, "{whole}");
    std::fs::remove_dir_all(folder.path().join("objects/tenants")).expect("the bytes are lost");
    let lacking = run(&backup);
    assert_eq!(lacking.status.code(), Some(1));
    let told: Value = serde_json::from_str(stdout(&lacking).trim()).expect("JSON");
    assert_eq!(told["missing_objects"], whole["objects"], "{told}");
    assert!(stderr(&lacking).contains("not where `objects` says"), "{}", stderr(&lacking));
    let looked = json(&run(&["db", "restore", &file, "--dry-run", "--json", "--data", &data]));
    assert_eq!(looked["objects"], 0, "and holds everything else: {looked}");
}

#[test]
fn a_killed_backup_leaves_the_whole_of_the_last_one_or_nothing_under_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = text(folder.path());
    assert!(Server::demo(folder.path(), None).terminate());
    let file = folder.path().join("opbx.backup");
    for turns in KILLED_AFTER {
        let mut killed =
            opbx(&["db", "backup", &text(&file), "--data", &data]).spawn().expect("the binary starts");
        for _ in 0..turns {
            std::hint::spin_loop();
        }
        killed.kill().expect("killed, or ended");
        killed.wait().expect("ended");
        let is_whole =
            || run(&["db", "restore", &text(&file), "--dry-run", "--data", &data]).status.success();
        assert!(!file.exists() || is_whole(), "after {turns}");
    }
    std::fs::write(&file, b"half a file").expect("a file");
    let refused = run(&["db", "restore", &text(&file), "--replace", "--data", &data]);
    assert!(stderr(&refused).contains("is no backup of OPBX"), "{}", stderr(&refused));
    let tenants = json(&run(&["tenant", "list", "--json", "--data", &data]));
    assert_eq!(tenants.as_array().map(Vec::len), Some(1), "and nothing was lost: {tenants}");
}
