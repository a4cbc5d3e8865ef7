//! API keys: shown once, no stronger than their user, and over when they are taken back.

use super::{as_bearer, text, with_owner};
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_platform::Domain;
use opbx_testkit::on_both_databases;
use serde_json::json;

const KEYS: &str = "/api/v1/api-keys";
const ROOMS: &str = "/api/v1/conference-rooms";

on_both_databases! {
    async fn a_key_asks_with_its_users_rights_until_it_is_taken_back(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let user = app.person(tenant, Role::PbxUser, "uma").await;
        let made = app.by(&user, Method::POST, KEYS).json(&json!({"name": "CRM"})).reply().await;
        assert_eq!(made.status, 201, "{}", made.body);
        let key = text(&made.json()["api_key"]).to_owned();
        let id = made.json()["data"]["id"].clone();
        assert_eq!(as_bearer(&app, &key, Method::GET, ROOMS).reply().await.status, 200);
        let create = as_bearer(&app, &key, Method::POST, ROOMS).json(&json!({"name": "Board"})).reply().await;
        assert_eq!(create.status, 403, "a user's key configures no more than the user: {}", create.body);
        for (method, path) in [(Method::POST, KEYS), (Method::POST, "/api/v1/auth/refresh"), (Method::GET, "/api/v1/auth/sessions")] {
            let refused = as_bearer(&app, &key, method, path).json(&json!({"name": "More"})).reply().await;
            assert_eq!(refused.status, 403, "{path}: {}", refused.body);
        }
        let shown = app.by(&user, Method::GET, &format!("{KEYS}/{id}")).reply().await;
        let secret = key.rsplit('_').next().expect("a part");
        assert!(!shown.body.contains(secret), "{}", shown.body);
        assert!(shown.json()["data"]["last_used_at"].is_string(), "{}", shown.body);
        let mut tx = app.read(tenant).await;
        let audit = tx.all::<opbx_app::models::IrAudit>(&Domain::eq("model", "res.users.apikeys")).await.expect("entries");
        assert_eq!(audit.len(), 1, "{audit:?}");
        assert!(!format!("{audit:?}").contains(secret));
        drop(tx);
        let other = app.person(tenant, Role::PbxAdmin, "adam").await;
        assert_eq!(app.by(&other, Method::GET, &format!("{KEYS}/{id}")).reply().await.status, 404, "not theirs");
        assert_eq!(app.by(&other, Method::GET, KEYS).reply().await.json()["meta"]["total"], 0);
        let all = app.by(&owner, Method::GET, KEYS).reply().await.json();
        assert_eq!(all["data"][0]["user_name"], "uma", "an owner sees everybody's");
        assert_eq!(app.by(&owner, Method::DELETE, &format!("{KEYS}/{id}")).reply().await.status, 204);
        assert_eq!(as_bearer(&app, &key, Method::GET, ROOMS).reply().await.status, 401);
    }

    async fn a_key_does_not_say_where_links_for_another_password_go(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let user = app.person(tenant, Role::PbxUser, "uma").await;
        for person in [&owner, &user] {
            let made = app.by(person, Method::POST, KEYS).json(&json!({"name": "CRM"})).reply().await.json();
            let key = text(&made["api_key"]);
            let profile = "/api/v1/profile".to_owned();
            let held = as_bearer(&app, key, Method::GET, &profile).reply().await.json()["user"]["email"].clone();
            for path in [profile, format!("/api/v1/users/{}", person.id)] {
                let put = |email: &serde_json::Value| {
                    as_bearer(&app, key, Method::PUT, &path).json(&json!({"name": "Uma", "email": email}))
                };
                let moved = put(&json!("mallory@example.com")).reply().await;
                assert_eq!((moved.status.as_u16(), &moved.json()["code"]), (403, &json!("session_needed")), "{path}");
                assert_eq!(put(&held).reply().await.status, 200, "its own address again: {path}");
            }
        }
        let own = json!({"email": "uma.new@example.com"});
        assert_eq!(app.by(&user, Method::PUT, "/api/v1/profile").json(&own).reply().await.status, 200);
    }

    async fn a_key_that_reads_changes_nothing_and_one_that_ends_is_over(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        let new = json!({"name": "Report", "scope": "read", "expires_at": "2026-03-02T12:00:00Z"});
        let made = app.by(&owner, Method::POST, KEYS).json(&new).reply().await.json();
        let key = text(&made["api_key"]).to_owned();
        assert_eq!(as_bearer(&app, &key, Method::GET, ROOMS).reply().await.status, 200);
        let refused = as_bearer(&app, &key, Method::POST, ROOMS).json(&json!({"name": "Board"})).reply().await;
        assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (403, &json!("key_only_reads")));
        let path = format!("{KEYS}/{}", made["data"]["id"]);
        let wider = app.by(&owner, Method::PUT, &path).json(&json!({"scope": "write", "name": "Sync"})).reply().await;
        assert_eq!((wider.status.as_u16(), &wider.json()["data"]["name"]), (200, &json!("Sync")));
        assert_eq!(as_bearer(&app, &key, Method::POST, ROOMS).json(&json!({"name": "Board"})).reply().await.status, 201);
        app.advance_hours(23);
        assert_eq!(as_bearer(&app, &key, Method::GET, ROOMS).reply().await.status, 200);
        app.advance_hours(2);
        assert_eq!(as_bearer(&app, &key, Method::GET, ROOMS).reply().await.status, 401);
    }

    async fn a_key_is_refused_where_a_field_is_wrong(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        for (field, body) in [
            ("name", json!({})),
            ("scope", json!({"name": "X", "scope": "all"})),
            ("expires_at", json!({"name": "X", "expires_at": "soon"})),
            ("expires_at", json!({"name": "X", "expires_at": "2020-01-01T00:00:00Z"})),
        ] {
            let refused = app.by(&owner, Method::POST, KEYS).json(&body).reply().await;
            assert_eq!(refused.status, 422, "{}", refused.body);
            assert!(refused.json()["errors"].get(field).is_some(), "{field}: {}", refused.body);
        }
        for token in ["opbxk_", "opbxk_1_x", "opbxk_1_abc_def", "opbxk_999_abc_def"] {
            assert_eq!(as_bearer(&app, token, Method::GET, ROOMS).reply().await.status, 401, "{token}");
        }
    }
}
