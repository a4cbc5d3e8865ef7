//! Ring groups by the API.

use crate::KEY;
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_testkit::{Person, TestApp, TestDb, company, on_both_databases};
use serde_json::{Value, json};

const GROUPS: &str = "/api/v1/ring-groups";

/// A node with the company of the tests, its owner, and the ids of its extensions by number.
async fn started(db: TestDb) -> (TestApp, Person, Vec<i64>) {
    let app = TestApp::start(db).await;
    let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
    let owner = app.person(tenant, Role::Owner, "olga").await;
    let mut tx = app.read(tenant).await;
    let rows = tx.rows("pbx.extension", &["number"]).await.expect("extensions");
    let ids = rows.iter().map(|row| row.id.get()).collect();
    (app, owner, ids)
}

fn numbers(group: &Value) -> Vec<&str> {
    let members = group["members"].as_array().expect("members are a list");
    members.iter().map(|member| member["extension_number"].as_str().expect("a number")).collect()
}

on_both_databases! {
    async fn members_are_kept_unless_they_are_given(db: TestDb) {
        let (app, owner, extensions) = started(db).await;
        let new = json!({
            "name": "Night", "strategy": "round_robin", "timeout": "20", "fallback_action": "extension",
            "fallback_extension_id": extensions[1].to_string(), "fallback_ring_group_id": "",
            "members": [{"extension_id": extensions[1], "priority": 2}, {"extension_id": extensions[0], "priority": 1}],
        });
        let created = app.by(&owner, Method::POST, GROUPS).json(&new).reply().await;
        assert_eq!(created.status, 201, "{}", created.body);
        let group = created.json()["data"].clone();
        assert_eq!(numbers(&group), ["1001", "1002"], "in the order in which they ring");
        assert_eq!(group["fallback_extension"], json!({"id": extensions[1], "extension_number": "1002"}));
        assert_eq!((&group["timeout"], &group["members_count"]), (&json!(20), &json!(2)));
        let path = format!("{GROUPS}/{}", group["id"]);
        let renamed = app.by(&owner, Method::PUT, &path).json(&json!({"name": "Late"})).reply().await;
        assert_eq!(renamed.status, 200, "{}", renamed.body);
        assert_eq!(numbers(&renamed.json()["data"]), ["1001", "1002"], "nothing was said of them");
        let one = json!({"members": [{"extension_id": extensions[1]}], "fallback_action": "hangup"});
        let replaced = app.by(&owner, Method::PUT, &path).json(&one).reply().await.json()["data"].clone();
        assert_eq!((numbers(&replaced), &replaced["fallback_extension"]), (vec!["1002"], &Value::Null));
    }

    async fn a_member_rings_when_it_is_chosen_and_stays_when_it_is_switched_off(db: TestDb) {
        let (app, owner, extensions) = started(db).await;
        let short = json!({"extension_number": "3001", "type": "hangup"});
        let short = app.by(&owner, Method::POST, "/api/v1/extensions").json(&short).reply().await.json()["extension"]["id"].clone();
        let off = async |id: i64| {
            let path = format!("/api/v1/extensions/{id}");
            let done = app.by(&owner, Method::PUT, &path).json(&json!({"status": "inactive"})).reply().await;
            assert_eq!(done.status, 200, "{}", done.body);
        };
        off(extensions[2]).await;
        let with = |members: Value| json!({"name": "Night", "strategy": "sequential", "members": members});
        for (never, why) in [(short, "no person"), (json!(extensions[2]), "inactive")] {
            let members = json!([{"extension_id": extensions[0]}, {"extension_id": never}]);
            let refused = app.by(&owner, Method::POST, GROUPS).json(&with(members)).reply().await;
            assert_eq!(refused.status, 422, "{why}: {}", refused.body);
            let errors = refused.json()["errors"].clone();
            assert_eq!(errors.as_object().expect("fields").keys().collect::<Vec<_>>(), ["members.1.extension_id"]);
            assert!(errors.to_string().contains(why), "{errors}");
        }
        let members = json!([{"extension_id": extensions[0]}, {"extension_id": extensions[1]}]);
        let mut new = with(members);
        new["fallback_action"] = json!("extension");
        new["fallback_extension_id"] = json!(extensions[2]);
        let refused = app.by(&owner, Method::POST, GROUPS).json(&new).reply().await;
        assert!(refused.status == 422 && refused.json()["errors"]["fallback_extension_id"].is_array(), "{}", refused.body);
        new["fallback_extension_id"] = json!(extensions[1]);
        let made = app.by(&owner, Method::POST, GROUPS).json(&new).reply().await;
        assert_eq!(made.status, 201, "{}", made.body);
        off(extensions[1]).await;
        let path = format!("{GROUPS}/{}", made.json()["data"]["id"]);
        let read = app.by(&owner, Method::GET, &path).reply().await.json()["data"].clone();
        assert_eq!((&read["members_count"], &read["active_members_count"]), (&json!(2), &json!(1)));
        let back = app.by(&owner, Method::PUT, &path).json(&read).reply().await;
        assert_eq!(back.status, 200, "what was read can be sent back: {}", back.body);
        let member = format!("/api/v1/extensions/{}", extensions[0]);
        let turned = app.by(&owner, Method::PUT, &member).json(&json!({"type": "hangup"})).reply().await;
        assert_eq!(turned.status, 422, "{}", turned.body);
        assert!(turned.json()["errors"]["type"].to_string().contains("Night"), "{}", turned.body);
        off(extensions[0]).await;
        let number = json!({"phone_number": "+12125550177", "routing_type": "ring_group", "routing_config": {"ring_group_id": read["id"]}});
        let silent = app.by(&owner, Method::POST, "/api/v1/phone-numbers").json(&number).reply().await;
        assert!(silent.status == 422 && silent.body.contains("rings nobody"), "{}", silent.body);
    }

    async fn what_cannot_ring_is_refused_by_field(db: TestDb) {
        let (app, owner, extensions) = started(db).await;
        let refused = async |change: Value, field: &str| {
            let mut new = json!({"name": "Night", "strategy": "sequential", "members": [{"extension_id": extensions[0]}]});
            new.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
            let refused = app.by(&owner, Method::POST, GROUPS).json(&new).reply().await;
            assert_eq!(refused.status, 422, "{change}: {}", refused.body);
            assert!(refused.json()["errors"][field].is_array(), "{field} of {change}: {}", refused.body);
        };
        refused(json!({"members": []}), "members").await;
        refused(json!({"members": [{"extension_id": extensions[0]}, {"extension_id": extensions[0]}]}), "members.1.extension_id").await;
        refused(json!({"timeout": 4}), "timeout").await;
        refused(json!({"ring_turns": 10}), "ring_turns").await;
        refused(json!({"strategy": "loudest"}), "strategy").await;
        refused(json!({"fallback_action": "ring_group"}), "fallback_ring_group_id").await;
        refused(json!({"fallback_action": "extension", "fallback_extension_id": 999_999}), "fallback_extension_id").await;
        refused(json!({"members": [{"extension_id": extensions[0]}, {"extension_id": 999_999}]}), "members.1.extension_id").await;
        refused(json!({"name": "sales"}), "name").await;
    }
}
