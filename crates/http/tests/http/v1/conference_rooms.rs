//! Conference rooms by the API.

use crate::KEY;
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_testkit::{TestApp, company, on_both_databases};
use serde_json::json;

const ROOMS: &str = "/api/v1/conference-rooms";

on_both_databases! {
    async fn a_room_is_created_listed_changed_and_deleted(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        let owner = app.person(tenant, Role::Owner, "olga").await;
        let new = json!({"name": "Board", "max_participants": "12", "pin": "4711", "pin_required": true, "colour": "red"});
        let created = app.by(&owner, Method::POST, ROOMS).json(&new).reply().await;
        assert_eq!(created.status, 201, "{}", created.body);
        assert_eq!(created.headers["x-ignored-fields"], "colour");
        let room = &created.json()["data"];
        assert_eq!((&room["max_participants"], &room["pin_required"]), (&json!(12), &json!(true)));
        assert!(!created.body.contains("4711"), "a PIN is never told: {}", created.body);
        let path = format!("{ROOMS}/{}", room["id"]);
        for (digits, status) in [(20, 200), (21, 422)] {
            let pin = json!({"host_pin": "7".repeat(digits)});
            let reply = app.by(&owner, Method::PUT, &path).json(&pin).reply().await;
            assert_eq!(reply.status, status, "{digits}: {}", reply.body);
            assert!(status == 200 || reply.body.contains("20 characters"), "the limit that is kept: {}", reply.body);
        }
        let version = app.by(&owner, Method::GET, &path).reply().await.headers["etag"].to_str().expect("a header").to_owned();
        let change = json!({"name": "Board room", "status": "inactive"});
        let changed = app.by(&owner, Method::PUT, &path).header("if-match", &version).json(&change).reply().await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let stale = app.by(&owner, Method::PUT, &path).header("if-match", &version).json(&change).reply().await;
        assert_eq!(stale.status, 412, "{}", stale.body);
        let listed = app.by(&owner, Method::GET, &format!("{ROOMS}?search=board&status=&per_page=1000")).reply().await;
        let listed = listed.json();
        assert_eq!((&listed["meta"]["total"], &listed["data"][0]["name"]), (&json!(1), &json!("Board room")));
        assert_eq!(app.by(&owner, Method::DELETE, &path).reply().await.status, 204);
        assert_eq!(app.by(&owner, Method::GET, &path).reply().await.status, 404);
    }
}
