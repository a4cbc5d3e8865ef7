//! Tenants and users from the command line.

use crate::process::{run, stderr, stdout};
use serde_json::Value;

fn json(arguments: &[&str]) -> Value {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| panic!("{error}: {}", stdout(&output)))
}

#[test]
fn an_operator_makes_suspends_and_deletes_tenants_and_lets_people_in_and_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let create = [
        "tenant",
        "create",
        "acme",
        "--name",
        "Acme Inc.",
        "--country",
        "GB",
        "--owner",
        "o@acme.example",
        "--data",
        &data,
        "--json",
    ];
    let made = json(&create);
    assert_eq!((&made["slug"], &made["owner"]["email"]), (&"acme".into(), &"o@acme.example".into()));
    let password = made["owner"]["one_time_password"].as_str().expect("a password");
    assert!(password.len() >= 16, "{made}");
    let again = run(&create);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("already"), "{}", stderr(&again));
    assert_eq!(run(&["tenant", "create", "no", "--country", "zz", "--data", &data]).status.code(), Some(1));

    let listed = json(&["tenant", "list", "--data", &data, "--json"]);
    assert_eq!(
        (&listed[0]["slug"], &listed[0]["status"], &listed[0]["users"]),
        (&"acme".into(), &"active".into(), &1.into())
    );
    json(&["tenant", "suspend", "acme", "--data", &data, "--json"]);
    assert_eq!(json(&["tenant", "list", "--data", &data, "--json"])[0]["status"], "suspended");
    json(&["tenant", "activate", "acme", "--data", &data, "--json"]);
    assert_eq!(run(&["tenant", "delete", "acme", "--data", &data]).status.code(), Some(1), "only when sure");
    assert_eq!(run(&["tenant", "suspend", "nobody", "--data", &data]).status.code(), Some(1));

    let user = json(&["user", "create", "u@acme.example", "--role", "reporter", "--data", &data, "--json"]);
    assert!(user["one_time_password"].is_string(), "{user}");
    let users = json(&["user", "list", "--data", &data, "--json"]);
    assert_eq!((&users[0]["role"], &users[1]["role"]), (&"owner".into(), &"reporter".into()), "{users}");
    assert!(!users.to_string().contains("argon2"), "{users}");
    json(&["user", "deactivate", "u@acme.example", "--data", &data, "--json"]);
    assert_eq!(json(&["user", "list", "--data", &data, "--json"])[1]["status"], "inactive");
    let last = run(&["user", "deactivate", "o@acme.example", "--data", &data]);
    assert_eq!(last.status.code(), Some(1));
    assert!(stderr(&last).contains("last active owner"), "{}", stderr(&last));
    let other = json(&["user", "password", "o@acme.example", "--data", &data, "--json"]);
    assert_ne!(other["one_time_password"].as_str(), Some(password));
    assert_eq!(
        run(&["user", "create", "x@acme.example", "--role", "king", "--data", &data]).status.code(),
        Some(64)
    );
}
