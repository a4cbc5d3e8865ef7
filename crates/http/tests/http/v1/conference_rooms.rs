//! Conference rooms by the API.

use crate::KEY;
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_testkit::{TestApp, company, on_both_databases};
use serde_json::{Value, json};

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

    async fn a_pin_is_told_by_a_mask_that_leaves_it_as_it_is_when_it_comes_back(db: TestDb) {
        const MASK: &str = "********";
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        let owner = app.person(tenant, Role::Owner, "olga").await;
        let new = json!({"name": "Board", "pin": "4711", "host_pin": "9080", "pin_required": true});
        let made = app.by(&owner, Method::POST, ROOMS).json(&new).reply().await;
        assert_eq!(made.status, 201, "{}", made.body);
        let open = app.by(&owner, Method::POST, ROOMS).json(&json!({"name": "Open", "pin": ""})).reply().await.json();
        let told = |row: &Value| (row["pin"].clone(), row["host_pin"].clone());
        let (masked, none) = ((json!(MASK), json!(MASK)), (json!(null), json!(null)));
        let room = made.json()["data"].clone();
        let listed = app.by(&owner, Method::GET, ROOMS).reply().await;
        let rows = listed.json()["data"].clone();
        assert_eq!((told(&room), told(&open["data"])), (masked.clone(), none.clone()));
        assert_eq!((told(&rows[0]), told(&rows[1])), (masked.clone(), none.clone()));
        let path = format!("{ROOMS}/{}", room["id"]);
        let mut back = room.clone();
        back["name"] = json!("Board room");
        let changed = app.by(&owner, Method::PUT, &path).json(&back).reply().await;
        assert_eq!((changed.status.as_u16(), told(&changed.json()["data"])), (200, masked), "{}", changed.body);
        for reply in [&made, &listed, &changed] {
            assert!(!reply.body.contains("4711") && !reply.body.contains("9080"), "{}", reply.body);
        }
        let pins = app.by(&owner, Method::GET, &format!("{path}/pins")).reply().await.json();
        assert_eq!(pins, json!({"pin": "4711", "host_pin": "9080"}));
        for (body, field) in [(json!({"pin": "*******"}), "pin"), (json!({"host_pin": "4711"}), "host_pin")] {
            let refused = app.by(&owner, Method::PUT, &path).json(&body).reply().await;
            assert!(refused.status == 422 && refused.json()["errors"][field].is_array(), "{body}: {}", refused.body);
        }
        let copy = json!({"name": "Copy", "pin": MASK, "pin_required": true});
        let copy = app.by(&owner, Method::POST, ROOMS).json(&copy).reply().await;
        assert!(copy.status == 422 && copy.json()["errors"]["pin"].is_array(), "a mask is no PIN: {}", copy.body);
        let gone = json!({"pin_required": false, "pin": null, "host_pin": ""});
        let gone = app.by(&owner, Method::PUT, &path).json(&gone).reply().await.json();
        assert_eq!(told(&gone["data"]), none, "{gone}");
    }
}
