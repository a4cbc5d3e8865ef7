//! One's own profile by the API.

use super::{PASSWORD, as_bearer, give_password, log_in, text, with_owner};
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_testkit::on_both_databases;
use serde_json::json;

const PROFILE: &str = "/api/v1/profile";

on_both_databases! {
    async fn everybody_changes_their_own_profile_and_nothing_of_their_rights(db: TestDb) {
        let (app, tenant, _) = with_owner(db).await;
        for role in Role::ALL {
            let person = app.person(tenant, role, &format!("p-{}", role.as_str().replace('_', "-"))).await;
            let change = json!({"name": "Changed", "phone": "+12125550147", "street_address": "1 Main St", "city": "Albany",
                "state_province": "NY", "postal_code": "12207", "country": "US", "role": role.as_str(), "organization_id": 77,
                "status": "inactive", "groups": [1]});
            let changed = app.by(&person, Method::PUT, PROFILE).json(&change).reply().await;
            assert_eq!(changed.status, 200, "{}: {}", role.as_str(), changed.body);
            let user = &app.by(&person, Method::GET, PROFILE).reply().await.json()["user"];
            assert_eq!((&user["name"], &user["role"]), (&json!("Changed"), &json!(role.as_str())));
            assert_eq!((&user["country"], &user["country_name"]), (&json!("US"), &json!("United States")));
            assert_eq!((&user["phone"], &user["organization"]["name"]), (&json!("+12125550147"), &json!("acme Inc.")));
            assert_eq!((&user["status"], &user["organization_id"]), (&json!("active"), &json!(tenant.get())));
            let other = if role == Role::Owner { "reporter" } else { "owner" };
            let raised = app.by(&person, Method::PUT, PROFILE).json(&json!({"role": other})).reply().await;
            assert_eq!(raised.status, 403, "{}", raised.body);
        }
        let rita = app.person(tenant, Role::Reporter, "rita").await;
        let taken = app.by(&rita, Method::PUT, PROFILE).json(&json!({"email": format!("olga@{tenant}.example.com")})).reply().await;
        assert!(taken.status == 422 && taken.json()["errors"].get("email").is_some(), "{}", taken.body);
    }

    async fn a_password_is_changed_by_whoever_knows_it_and_other_devices_are_signed_out(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        give_password(&app, &owner).await;
        let one = text(&log_in(&app, &owner.email, PASSWORD).await.json()["access_token"]).to_owned();
        let other = text(&log_in(&app, &owner.email, PASSWORD).await.json()["access_token"]).to_owned();
        let put = |current: &str, new: &str, again: &str| {
            let body = json!({"current_password": current, "new_password": new, "new_password_confirmation": again});
            as_bearer(&app, &one, Method::PUT, "/api/v1/profile/password").json(&body)
        };
        let new = "Another-horse-8";
        for (current, new, again, field) in [
            ("Wrong-horse-7", new, new, "current_password"),
            (PASSWORD, "Password12", "Password12", "new_password"),
            (PASSWORD, "password-12", "password-12", "new_password"),
            (PASSWORD, new, "Another-horse-9", "new_password"),
        ] {
            let refused = put(current, new, again).reply().await;
            assert_eq!(refused.status, 422, "{field}: {}", refused.body);
            assert!(refused.json()["errors"].get(field).is_some(), "{field}: {}", refused.body);
        }
        let changed = put(PASSWORD, new, new).reply().await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(as_bearer(&app, &one, Method::GET, PROFILE).reply().await.status, 200);
        assert_eq!(as_bearer(&app, &other, Method::GET, PROFILE).reply().await.status, 401);
        assert_eq!(log_in(&app, &owner.email, PASSWORD).await.status, 401);
        assert_eq!(log_in(&app, &owner.email, new).await.status, 200);
    }

    async fn an_organisation_s_name_and_a_street_may_be_as_long_as_the_original_s(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        for (path, field, max) in [("/api/v1/profile/organization", "name", 255), ("/api/v1/profile", "street_address", 500)] {
            for (length, status) in [(max, 200), (max + 1, 422)] {
                let body = json!({field: "x".repeat(length)});
                let reply = app.by(&owner, Method::PUT, path).json(&body).reply().await;
                assert_eq!(reply.status, status, "{path} {length}: {}", reply.body);
            }
        }
    }

    async fn the_organisation_is_its_owners_to_change(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let path = "/api/v1/profile/organization";
        let change = json!({"name": "Acme Ltd.", "timezone": "Europe/London", "single_session": true, "status": "deleted", "slug": "x"});
        for role in [Role::PbxAdmin, Role::PbxUser, Role::Reporter] {
            let person = app.person(tenant, role, &format!("p{}", role as u8)).await;
            assert_eq!(app.by(&person, Method::PUT, path).json(&change).reply().await.status, 403);
        }
        let changed = app.by(&owner, Method::PUT, path).json(&change).reply().await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let organisation = &app.by(&owner, Method::GET, PROFILE).reply().await.json()["user"]["organization"];
        assert_eq!((&organisation["name"], &organisation["timezone"]), (&json!("Acme Ltd."), &json!("Europe/London")));
        assert_eq!((&organisation["status"], &organisation["slug"]), (&json!("active"), &json!("acme")));
        let wrong = app.by(&owner, Method::PUT, path).json(&json!({"timezone": "Mars/Base"})).reply().await;
        assert!(wrong.status == 422 && wrong.json()["errors"].get("timezone").is_some(), "{}", wrong.body);
    }
}
