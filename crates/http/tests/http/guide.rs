//! The API guide: every example of it is asked, in the order of its page, and answered as it says.

mod examples;
mod pattern;

use axum::http::Method;
use examples::{Example, Message, examples};
use opbx_app::operators::{self, NewTenant};
use opbx_app::sessions::Role;
use opbx_testkit::{Reply, TestApp, TestDb, on_both_databases};
use pattern::{Caught, differs, filled, fits};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

const OWNER: &str = "ada@acme.example";
const PASSWORD: &str = "Correct-horse-7";
const FIRST_PAGE: &str = "README.md";
const CALLS: &str = "calls.md";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/api")
}

fn page(name: &str) -> Vec<Example> {
    let path = folder().join(name);
    examples(&std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// An installation as the operator leaves it: a company, and an owner with a password for once.
async fn installed(db: TestDb) -> (TestApp, Caught) {
    let app = TestApp::start(db).await;
    let new = NewTenant {
        slug: "acme".to_owned(),
        name: "Acme Inc.".to_owned(),
        country: "us".to_owned(),
        time_zone: "America/New_York".to_owned(),
    };
    let tenant = operators::create_tenant(app.store(), &new).await.expect("a company");
    let owner = operators::create_user(app.store(), tenant, OWNER, "Ada Archer", Role::Owner, None).await;
    let password = owner.expect("an owner").expect("a password was drawn").password;
    (app, Caught::from([("one_time_password".to_owned(), password)]))
}

async fn asked(app: &TestApp, request: &Message, caught: &Caught) -> Reply {
    let first = filled(&request.first, caught);
    let (method, target) = first.split_once(' ').expect("a method and a path");
    let method: Method = method.parse().expect("a method");
    let mut ask = app.get(target).method(method);
    for (name, value) in &request.headers {
        match name.as_str() {
            "content-type" => {}
            _ => ask = ask.header(name, &filled(value, caught)),
        }
    }
    if !request.body.is_empty() {
        let kind = request.headers.iter().find(|(name, _)| name == "content-type");
        let (_, kind) = kind.expect("a body says what it is");
        ask = ask.body(filled(&request.body, caught)).content_type(kind);
    }
    let reply = ask.reply().await;
    // What a call left is in its history a moment later; the guide says so.
    app.refresh().await;
    app.ingest().await;
    reply
}

/// What of an answer is not as the example says.
fn wrong(answer: &Message, reply: &Reply, caught: &mut Caught) -> Option<String> {
    let status = answer.first.split_whitespace().nth(1).expect("a status");
    if status != reply.status.as_str() {
        return Some(format!("the status is {}", reply.status));
    }
    for (name, pattern) in &answer.headers {
        let value = reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !fits(pattern, value, caught) {
            return Some(format!("the header {name} is {value:?}"));
        }
    }
    match serde_json::from_str::<Json>(&answer.body) {
        _ if answer.body.is_empty() => (!reply.body.is_empty()).then(|| "there is a body".to_owned()),
        Ok(pattern) => differs(&pattern, &reply.json(), "the body", caught),
        Err(error) if answer.body.starts_with('{') => Some(format!("the example is no JSON: {error}")),
        Err(_) => {
            let said = reply.body.replace("&amp;", "&");
            let lines = answer.body.lines().map(str::trim).filter(|line| !line.is_empty());
            let mut lines = lines.map(|line| format!("…{line}…"));
            lines.find(|line| !fits(line, &said, caught)).map(|line| format!("there is no {line}"))
        }
    }
}

/// Signs the owner in, as the first page does step by step: `{{token}}`.
async fn signed_in(app: &TestApp, caught: &mut Caught) {
    let tenant = operators::tenant(app.store(), "acme").await.expect("the company");
    operators::set_password(app.store(), tenant, OWNER, Some(PASSWORD.into())).await.expect("a password");
    let login = json!({"email": OWNER, "password": PASSWORD});
    let login = app.get("/api/v1/auth/login").method(Method::POST).json(&login).reply().await;
    let token = login.json()["access_token"].as_str().expect("a token").to_owned();
    caught.insert("token".to_owned(), token);
}

/// Asks all examples of a page; of all but the first page the owner is signed in already.
async fn try_out(db: TestDb, name: &str) {
    let (app, mut caught) = installed(db).await;
    if name != FIRST_PAGE {
        signed_in(&app, &mut caught).await;
    }
    let examples = page(name);
    assert!(!examples.is_empty(), "{name} has no examples");
    for Example { line, request, answer } in examples {
        let reply = asked(&app, &request, &caught).await;
        if let Some(wrong) = wrong(&answer, &reply, &mut caught) {
            panic!("docs/api/{name}:{line}: {}: {wrong}\n{}", request.first, reply.body);
        }
    }
}

on_both_databases! {
    async fn the_guide_leads_from_an_empty_company_to_a_routed_call(db: TestDb) {
        try_out(db, FIRST_PAGE).await;
    }

    async fn calls_are_watched_read_and_added_up_as_the_guide_says(db: TestDb) {
        try_out(db, CALLS).await;
    }
}

#[test]
fn every_page_with_examples_is_tried() {
    for entry in std::fs::read_dir(folder()).expect("the guide") {
        let name = entry.expect("a file").file_name().into_string().expect("a name");
        let has_examples = name.ends_with(".md") && !page(&name).is_empty();
        assert!(
            !has_examples || [FIRST_PAGE, CALLS].contains(&name.as_str()),
            "{name} is not tried by this file"
        );
    }
}
