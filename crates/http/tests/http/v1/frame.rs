//! What every route of the API does alike: who may, what is refused, and how it is said.

use crate::KEY;
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_testkit::{Engine, TestApp, TestDb, company};
use serde_json::{Value, json};

const ROOMS: &str = "/api/v1/conference-rooms";

async fn started() -> (TestApp, opbx_testkit::Person) {
    let app = TestApp::start(TestDb::create(Engine::Sqlite).await).await;
    let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
    let owner = app.person(tenant, Role::Owner, "olga").await;
    (app, owner)
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_so() {
    let (app, owner) = started().await;
    for token in ["", "Bearer ", "Bearer nonsense", "Bearer opbx_1_nonsense", "Basic b2xnYQ=="] {
        let refused = app.get(ROOMS).header("authorization", token).reply().await;
        assert_eq!(refused.status, 401, "{token:?}: {}", refused.body);
        let body = refused.json();
        assert_eq!(body["error"], "Unauthenticated");
        assert_eq!(body["message"], "Authentication required to access this resource.");
        assert_eq!(body["request_id"], refused.headers["x-request-id"].to_str().expect("a header"));
    }
    let out = app.by(&owner, Method::POST, "/api/v1/auth/logout").reply().await;
    assert_eq!(out.status, 200, "{}", out.body);
    assert_eq!(app.by(&owner, Method::GET, ROOMS).reply().await.status, 401, "the token is over");
}

#[tokio::test]
async fn every_field_at_fault_is_named() {
    let (app, owner) = started().await;
    let wrong = json!({"max_participants": 1, "pin": "12a", "status": "open"});
    let refused = app.by(&owner, Method::POST, ROOMS).json(&wrong).reply().await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let errors = &refused.json()["errors"];
    assert_eq!(errors["name"], json!(["The name field is required."]));
    assert_eq!(errors["max_participants"], json!(["The max participants field must be at least 2."]));
    assert_eq!(errors["pin"], json!(["The pin field has an invalid format."]));
    assert_eq!(errors["status"], json!(["The status field must be one of active, inactive."]));
}

#[tokio::test]
async fn a_strict_client_is_told_of_unknown_fields_and_types() {
    let (app, owner) = started().await;
    let ask = app.by(&owner, Method::POST, ROOMS).header("prefer", "handling=strict");
    let refused =
        ask.json(&json!({"name": "Board", "colour": "red", "max_participants": "12"})).reply().await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let errors = &refused.json()["errors"];
    assert_eq!(errors["colour"], json!(["The colour field is not known here."]));
    assert_eq!(errors["max_participants"], json!(["The max participants field must be of type integer."]));
}

#[tokio::test]
async fn what_a_record_cannot_be_without_is_kept_by_leaving_it_out_and_not_by_emptying_it() {
    let (app, owner) = started().await;
    let person =
        json!({"name": "Uma", "email": "uma@example.com", "role": "pbx_user", "password": "Password1"});
    let made = app.by(&owner, Method::POST, "/api/v1/users").json(&person).reply().await.json();
    let user = format!("/api/v1/users/{}", made["data"]["id"]);
    let room = json!({"name": "Board", "description": "On the first floor"});
    let made = app.by(&owner, Method::POST, ROOMS).json(&room).reply().await.json();
    let room = format!("{ROOMS}/{}", made["data"]["id"]);
    let groups = app.by(&owner, Method::GET, "/api/v1/ring-groups").reply().await.json();
    let group = format!("/api/v1/ring-groups/{}", groups["data"][0]["id"]);
    for (path, field, value) in [
        ("/api/v1/profile", "name", json!("")),
        ("/api/v1/profile", "name", json!("  ")),
        ("/api/v1/profile", "email", Value::Null),
        ("/api/v1/profile/organization", "name", json!("")),
        (&user, "role", Value::Null),
        (&user, "email", json!("")),
        (&room, "name", Value::Null),
        (&room, "max_participants", json!("")),
        (&room, "status", Value::Null),
        (&group, "strategy", json!("")),
        (&group, "members", Value::Null),
        (&group, "timeout", Value::Null),
    ] {
        for method in [Method::PUT, Method::PATCH] {
            let refused = app.by(&owner, method.clone(), path).json(&json!({field: value})).reply().await;
            assert_eq!(refused.status, 422, "{method} {path} {field} {value}: {}", refused.body);
            let spoken = field.replace('_', " ");
            let expected = json!({field: [format!("The {spoken} field is required.")]});
            assert_eq!(refused.json()["errors"], expected, "{method} {path} {value}");
        }
    }
    let emptied = app.by(&owner, Method::PUT, &room).json(&json!({"description": ""})).reply().await;
    assert_eq!((emptied.status.as_u16(), &emptied.json()["data"]["description"]), (200, &Value::Null));
    assert_eq!(emptied.json()["data"]["name"], "Board", "what was left out stays");
    let shown = app.by(&owner, Method::GET, &group).reply().await.json()["data"].clone();
    let back = app.by(&owner, Method::PUT, &group).json(&shown).reply().await;
    assert_eq!(back.status, 200, "what was read can be sent back: {}", back.body);
}

#[tokio::test]
async fn patch_changes_as_put_does() {
    let (app, owner) = started().await;
    let made = app.by(&owner, Method::POST, ROOMS).json(&json!({"name": "Board"})).reply().await.json();
    let path = format!("{ROOMS}/{}", made["data"]["id"]);
    let patched = app.by(&owner, Method::PATCH, &path).json(&json!({"max_participants": 7})).reply().await;
    assert_eq!(patched.status, 200, "{}", patched.body);
    let room = &patched.json()["data"];
    assert_eq!((&room["name"], &room["max_participants"]), (&json!("Board"), &json!(7)));
    let stale = app
        .by(&owner, Method::PATCH, &path)
        .header("if-match", "\"1\"")
        .json(&json!({"name": "Attic"}))
        .reply()
        .await;
    assert_eq!(stale.status, 412, "{}", stale.body);
    let contract = opbx_http::contract();
    for (path, methods) in contract["paths"].as_object().expect("paths") {
        assert_eq!(methods.get("put").is_some(), methods.get("patch").is_some(), "{path}");
    }
}

#[tokio::test]
async fn texts_are_trimmed_for_who_does_not_ask_for_strictness_but_passwords_are_not() {
    let (app, owner) = started().await;
    let room = |name: &str| json!({"name": name, "description": " one\u{feff} "});
    let made = app.by(&owner, Method::POST, ROOMS).json(&room("  Board \t")).reply().await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(
        (&made.json()["data"]["name"], &made.json()["data"]["description"]),
        (&json!("Board"), &json!("one"))
    );
    let strict = app.by(&owner, Method::POST, ROOMS).header("prefer", "handling=strict");
    let made = strict.json(&room(" Attic ")).reply().await;
    assert_eq!((made.status.as_u16(), &made.json()["data"]["name"]), (201, &json!(" Attic ")));
    let person =
        json!({"name": " Uma ", "email": " uma@example.com ", "role": "pbx_user", "password": " Password1 "});
    let made = app.by(&owner, Method::POST, "/api/v1/users").json(&person).reply().await;
    assert_eq!((made.status.as_u16(), &made.json()["data"]["name"]), (201, &json!("Uma")), "{}", made.body);
    let log_in = async |email: &str, password: &str| {
        let given = json!({"email": email, "password": password});
        app.get("/api/v1/auth/login").method(Method::POST).json(&given).reply().await.status.as_u16()
    };
    assert_eq!(log_in(" uma@example.com", " Password1 ").await, 200);
    assert_eq!(log_in("uma@example.com", "Password1").await, 401);
}

#[tokio::test]
async fn what_is_searched_for_is_text_and_no_pattern() {
    let (app, owner) = started().await;
    for name in ["50% off", "a_b", "axb", "back\\slash", "star*s"] {
        let made = app.by(&owner, Method::POST, ROOMS).json(&json!({"name": name})).reply().await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
    for (search, expected) in [
        ("_", vec!["a_b"]),
        ("%", vec!["50% off"]),
        ("A_B", vec!["a_b"]),
        ("\\", vec!["back\\slash"]),
        ("*", vec!["star*s"]),
        ("?", vec![]),
        ("[", vec![]),
    ] {
        let query = serde_urlencoded::to_string([("search", search)]).expect("a query");
        let found = app.by(&owner, Method::GET, &format!("{ROOMS}?{query}")).reply().await.json();
        let names: Vec<&str> =
            found["data"].as_array().expect("rows").iter().filter_map(|row| row["name"].as_str()).collect();
        assert_eq!(names, expected, "{search}");
        let everywhere =
            app.by(&owner, Method::GET, &format!("/api/v1/search?q={}", &query[7..])).reply().await;
        let titles: Vec<String> = everywhere.json()["data"]
            .as_array()
            .expect("hits")
            .iter()
            .filter_map(|hit| hit["title"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(titles, expected, "{search} everywhere");
    }
}
