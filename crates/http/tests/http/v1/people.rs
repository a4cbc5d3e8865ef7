//! Whom tests of sessions and rights begin with: a company, its owner, and how they sign in.

use crate::KEY;
use axum::http::Method;
use opbx_app::operators;
use opbx_app::sessions::Role;
use opbx_kernel::TenantId;
use opbx_testkit::{HttpConfig, Person, Reply, TestApp, TestDb, company};
use serde_json::{Value, json};

/// What people in these tests sign in with.
pub(super) const PASSWORD: &str = "Correct-horse-7";

/// A node with one company and its owner.
pub(super) async fn with_owner(db: TestDb) -> (TestApp, TenantId, Person) {
    with_owner_and(db, HttpConfig::default()).await
}

pub(super) async fn with_owner_and(db: TestDb, config: HttpConfig) -> (TestApp, TenantId, Person) {
    let app = TestApp::start_with_http(db, config).await;
    let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
    let owner = app.person(tenant, Role::Owner, "olga").await;
    (app, tenant, owner)
}

/// Lets somebody sign in with `PASSWORD`; ends their sessions.
pub(super) async fn give_password(app: &TestApp, person: &Person) {
    let given =
        operators::set_password(app.store(), person.tenant, &person.email, Some(PASSWORD.into())).await;
    assert!(given.expect("a password").is_none(), "none is drawn");
}

pub(super) async fn log_in(app: &TestApp, email: &str, password: &str) -> Reply {
    let body = json!({"email": email, "password": password});
    app.get("/api/v1/auth/login").method(Method::POST).json(&body).reply().await
}

pub(super) fn as_bearer(app: &TestApp, token: &str, method: Method, target: &str) -> opbx_testkit::Ask {
    app.get(target).method(method).header("authorization", &format!("Bearer {token}"))
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
