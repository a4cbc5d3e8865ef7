//! The first five minutes: what the demo prints does what it says.

use crate::process::{Reply, Request, Server, shell_words, stdout};
use std::process::Command;

/// What an engine obeys in an answer.
#[derive(Debug, PartialEq, Eq)]
struct Obeyed {
    rings: Vec<String>,
    says: Option<String>,
    hangs_up: bool,
    action: Option<String>,
}

fn obeyed(reply: &Reply) -> Obeyed {
    assert_eq!(reply.status, 200, "{}", reply.body);
    let document = roxmltree::Document::parse(&reply.body).expect("CXML is XML");
    let root = document.root_element();
    assert!(root.has_tag_name("Response"));
    let find = |name: &'static str| root.descendants().filter(move |node| node.has_tag_name(name));
    Obeyed {
        rings: find("Number").filter_map(|number| number.text()).map(str::to_owned).collect(),
        says: find("Say").find_map(|say| say.text()).map(str::to_owned),
        hangs_up: find("Hangup").next().is_some(),
        action: find("Dial").find_map(|dial| dial.attribute("action")).map(str::to_owned),
    }
}

/// The line of the print that begins with a word.
fn line<'a>(printed: &'a str, begins: &str) -> &'a str {
    printed.lines().map(str::trim).find(|line| line.starts_with(begins)).expect("a printed line")
}

#[test]
fn the_printed_call_rings_falls_back_ends_and_is_explained() {
    let data = tempfile::tempdir().expect("a folder");
    let server = Server::demo(data.path(), None);
    assert!(server.printed.contains(&format!("http://{}", server.address)), "{}", server.printed);

    let route = Request::printed(line(&server.printed, "curl "));
    let rung = obeyed(&route.send());
    assert_eq!(rung.rings, ["1001", "1002"], "the group Sales");
    assert!(!rung.hangs_up);

    let told = |action: &Option<String>, status: &str| {
        let body = format!("CallSid=demo-1&CallStatus={status}");
        let key = route.headers.iter().find(|header| header.starts_with("Authorization")).expect("a key");
        let headers = vec![key.clone(), "Content-Type: application/x-www-form-urlencoded".to_owned()];
        obeyed(&Request { url: action.clone().expect("an action"), headers, body }.send())
    };
    let fallback = told(&rung.action, "no-answer");
    assert_eq!(fallback.rings.len(), 1, "the group Office rings one after the other");
    assert!(["1003", "1000"].contains(&fallback.rings[0].as_str()), "{fallback:?}");
    let ended = told(&fallback.action, "completed");
    assert_eq!(ended, Obeyed { rings: Vec::new(), says: None, hangs_up: true, action: None });

    let commands = server.printed.lines().map(str::trim);
    let commands = commands.filter(|line| line.starts_with(env!("CARGO_BIN_EXE_opbx")));
    let explained: Vec<String> = commands.map(printed_command).collect();
    assert_eq!(explained.len(), EXPLAINED.len(), "each printed example is tried");
    for (explained, sentences) in explained.iter().zip(EXPLAINED) {
        for sentence in *sentences {
            assert!(explained.contains(sentence), "{sentence:?} is not in:\n{explained}");
        }
    }
}

/// What each printed example explains.
const EXPLAINED: &[&[&str]] = &[
    &[
        "inbound call from +442079460018 to +12125550101",
        "number +12125550101 \"Sales\" → ring group \"Sales\"",
        "ring 1001, 1002 for 20 s",
        "fallback of ring group \"Sales\" → ring group \"Office\"",
        "fallback of ring group \"Office\" → voicemail \"Office\"",
        "A message of 10 s was left.",
    ],
    &[
        "number +12125550100 \"Main number\" → hours \"Office\"",
        "open: 24 December is \"Christmas Eve\" (special hours 09:00–12:00)",
        "key 3 of menu \"Main menu\" → conference room \"Weekly call\"",
        "the PIN is right",
        "waits for the host",
    ],
    &["closed: 24 December is \"Christmas Eve\"", "→ voicemail \"Office\"", "a message of 12 s was left"],
    &[
        "outbound rule \"London\" allows a call to +442079460018",
        "ring +442079460018 by trunk \"demo-trunk\", showing +12125550100",
        "Result: completed, answered by +442079460018",
    ],
];

fn printed_command(line: &str) -> String {
    let words = shell_words(line);
    stdout(&Command::new(&words[0]).args(&words[1..]).output().expect("the printed command runs"))
}

#[test]
fn the_same_data_starts_again_with_the_same_key_and_no_second_password() {
    let data = tempfile::tempdir().expect("a folder");
    let first = Server::demo(data.path(), None);
    assert!(first.printed.contains("one-time password"), "{}", first.printed);
    let key = |printed: &str| Request::printed(line(printed, "curl ")).headers;
    let (keys, printed) = (key(&first.printed), first.printed.clone());
    assert!(first.terminate(), "a stop that was asked for is a success");
    let second = Server::demo(data.path(), None);
    assert_eq!(key(&second.printed), keys);
    assert!(!second.printed.contains("one-time password"), "{}", second.printed);
    let left = std::fs::read_to_string(data.path().join("first-password")).expect("left in a file");
    let (email, password) = left.trim().split_once('\n').expect("two lines");
    assert!(!printed.contains(password), "without a terminal the password is not printed");
    let credentials = serde_json::json!({"email": email, "password": password});
    let (_, login) = asked(&second, "POST", "/auth/login", None, &credentials);
    let (status, told) = asked(
        &second,
        "PUT",
        "/profile",
        login["access_token"].as_str(),
        &serde_json::json!({"name": "Ada"}),
    );
    assert_eq!(status, 200, "the demo's owner tries things at once: {told}");
}

#[test]
fn the_demo_refuses_to_be_seen_from_outside() {
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().display().to_string();
    let refused = crate::process::run(&["serve", "--demo", "--listen", "0.0.0.0:0", "--data", &folder]);
    assert!(!refused.status.success());
    assert!(crate::process::stderr(&refused).contains("loopback"));
    assert!(!data.path().join("opbx.db").exists(), "nothing was made");
}

/// Posts JSON to the API, or puts it there, and gives the status with what was answered.
fn asked(
    server: &Server,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &serde_json::Value,
) -> (u16, serde_json::Value) {
    let mut headers = vec!["Content-Type: application/json".to_owned()];
    headers.extend(token.map(|token| format!("Authorization: Bearer {token}")));
    let url = format!("http://{}/api/v1{path}", server.address);
    let reply = Request { url, headers, body: body.to_string() }.send_by(method);
    (reply.status, serde_json::from_str(&reply.body).unwrap_or_default())
}

#[test]
fn the_first_owner_chooses_a_password_before_anything_else_and_the_file_goes() {
    let data = tempfile::tempdir().expect("a folder");
    let mut command = crate::process::opbx(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(data.path());
    let server = Server::start(command);
    let file = data.path().join("first-password");
    let left = std::fs::read_to_string(&file).expect("left in a file");
    let (email, drawn) = left.trim().split_once('\n').expect("two lines");
    let log_in = |password: &str| {
        asked(
            &server,
            "POST",
            "/auth/login",
            None,
            &serde_json::json!({"email": email, "password": password}),
        )
    };
    let (status, login) = log_in(drawn);
    assert_eq!(status, 200, "{login}");
    let token = login["access_token"].as_str();
    let (status, refused) = asked(&server, "PUT", "/profile", token, &serde_json::json!({"name": "Ada"}));
    assert_eq!((status, &refused["code"]), (403, &"PASSWORD_RESET_REQUIRED".into()), "{refused}");
    assert!(file.exists(), "it opens the account still");
    let new = "Correct-horse-7";
    let change =
        serde_json::json!({"current_password": drawn, "new_password": new, "new_password_confirmation": new});
    let (status, changed) = asked(&server, "PUT", "/profile/password", token, &change);
    assert_eq!(status, 200, "{changed}");
    assert!(!file.exists(), "nobody gets in with it any more");
    assert_eq!(asked(&server, "PUT", "/profile", token, &serde_json::json!({"name": "Ada"})).0, 200);
    assert_eq!((log_in(drawn).0, log_in(new).0), (401, 200));
}
