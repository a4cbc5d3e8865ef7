//! What every route of the API does alike: who may, what is refused, and how it is said.

use crate::KEY;
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_testkit::{Engine, TestApp, TestDb, company};
use serde_json::json;

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
