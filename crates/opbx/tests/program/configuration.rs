//! Configuration from the environment, the first owner among it.

use crate::process::{Server, opbx, stderr, stdout};

#[test]
fn an_owner_from_the_environment_needs_no_prompt_and_is_printed_nowhere() {
    let data = tempfile::tempdir().expect("a folder");
    let mut command = opbx(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(data.path());
    command.env("OPBX_OWNER_EMAIL", "boss@acme.example").env("OPBX_OWNER_PASSWORD", "correct horse battery");
    let server = Server::start(command);
    assert_eq!(server.printed, "", "a server without a demo prints only where it listens");
    assert!(!data.path().join("first-password").exists());
    assert!(server.terminate());
    let leaked = std::fs::read(data.path().join("opbx.db")).expect("the database");
    let leaked = leaked.windows(13).any(|window| window == b"correct horse");
    assert!(!leaked, "the password is hashed and its hash sealed");
}

#[test]
fn a_misspelt_variable_is_refused_with_a_suggestion() {
    let data = tempfile::tempdir().expect("a folder");
    let mut command = opbx(&["serve", "--data"]);
    let refused =
        command.arg(data.path()).env("OPBX_LISTN", "127.0.0.1:0").output().expect("the binary runs");
    assert_eq!(refused.status.code(), Some(64));
    assert!(stderr(&refused).contains("OPBX_LISTEN"), "{}", stderr(&refused));
}

#[test]
fn a_data_folder_is_used_by_one_process_at_a_time() {
    let data = tempfile::tempdir().expect("a folder");
    let _first = Server::demo(data.path(), None);
    let mut second = opbx(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    let refused = second.arg(data.path()).output().expect("the binary runs");
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains("another opbx is running"), "{}", stderr(&refused));
}

#[test]
fn a_lost_key_file_is_asked_for_and_never_replaced() {
    let data = tempfile::tempdir().expect("a folder");
    assert!(Server::demo(data.path(), None).terminate());
    let keys = data.path().join("keys");
    std::fs::rename(&keys, data.path().join("elsewhere")).expect("moved away");
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["doctor"]] {
        let refused = opbx(command).arg("--data").arg(data.path()).output().expect("the binary runs");
        assert!(!refused.status.success(), "{command:?}");
        let said = format!("{}{}", stdout(&refused), stderr(&refused));
        assert!(said.contains("put it back"), "{command:?}: {said}");
    }
    assert!(!keys.exists(), "no new keys lock the secrets away");
}
