//! Users by the API: made, found, changed, deleted; and that nobody becomes more than somebody else says.

use super::{PASSWORD, as_bearer, give_password, log_in, text, with_owner};
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_testkit::{company, on_both_databases};
use serde_json::json;

const USERS: &str = "/api/v1/users";

on_both_databases! {
    async fn a_user_is_created_found_changed_and_deleted(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        let new = json!({"name": "Uma User", "email": "uma@example.com", "password": "Password1", "role": "pbx_user",
            "phone": "(212) 555-0147", "street_address": "1 Main St", "city": "New York", "state_province": "NY",
            "postal_code": "10001", "country": "United States", "organization_id": 999, "id": 5});
        let created = app.by(&owner, Method::POST, USERS).json(&new).reply().await;
        assert_eq!(created.status, 201, "{}", created.body);
        let user = &created.json()["data"];
        assert_eq!(user["role"], "pbx_user");
        assert_eq!((&user["phone"], &user["postal_code"]), (&json!("+12125550147"), &json!("10001")));
        assert_eq!((&user["country"], &user["country_name"]), (&json!("US"), &json!("United States")));
        assert_eq!(user["organization_id"], json!(owner.tenant.get()), "nobody is put into another organisation");
        assert!(!created.body.contains("Password1") && !created.body.contains("argon2"), "{}", created.body);
        assert_eq!(log_in(&app, "UMA@example.com", "Password1").await.status, 200);
        let path = format!("{USERS}/{}", user["id"]);
        let version = created.headers["etag"].to_str().expect("a header").to_owned();
        let change = json!({"name": "Uma Other", "status": "inactive", "city": "", "role": "reporter"});
        let changed = app.by(&owner, Method::PUT, &path).header("if-match", &version).json(&change).reply().await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let data = &changed.json()["data"];
        assert_eq!((&data["status"], &data["role"], &data["city"]), (&json!("inactive"), &json!("reporter"), &json!(null)));
        assert_eq!(data["street_address"], "1 Main St", "what was not sent stays");
        let stale = app.by(&owner, Method::PUT, &path).header("if-match", &version).json(&change).reply().await;
        assert_eq!(stale.status, 412, "{}", stale.body);
        for query in ["search=uma", "role=reporter", "status=inactive", "search=example.com&role=&status=inactive&per_page=1000"] {
            let listed = app.by(&owner, Method::GET, &format!("{USERS}?{query}")).reply().await.json();
            assert_eq!((&listed["meta"]["total"], &listed["data"][0]["name"]), (&json!(1), &json!("Uma Other")), "{query}");
        }
        let sorted = app.by(&owner, Method::GET, &format!("{USERS}?sort_by=name&sort_order=desc&per_page=1")).reply().await.json();
        assert_eq!((&sorted["data"][0]["name"], &sorted["meta"]["last_page"]), (&json!("Uma Other"), &json!(2)));
        let by_role = app.by(&owner, Method::GET, &format!("{USERS}?role=owner")).reply().await.json();
        assert_eq!(by_role["meta"]["total"], 1);
        assert_eq!(app.by(&owner, Method::DELETE, &path).reply().await.status, 204);
        assert_eq!(app.by(&owner, Method::GET, &path).reply().await.status, 404);
    }

    async fn every_rule_of_a_user_names_its_field(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let admin = app.person(tenant, Role::PbxAdmin, "adam").await;
        let good = json!({"name": "Uma", "email": "uma@example.com", "password": "Password1", "role": "pbx_user"});
        let table = [
            ("name", json!("U")), ("email", json!("nobody")), ("email", json!(owner.email)), ("password", json!("short1A")),
            ("password", json!("password1")), ("password", json!("Passwords")), ("role", json!("king")),
            ("status", json!("away")), ("city", json!("x".repeat(101))), ("postal_code", json!("1".repeat(21))),
            ("country", json!("Atlantis")), ("timezone", json!("Mars/Base")),
        ];
        for (field, value) in table {
            let mut body = good.clone();
            body[field] = value.clone();
            let refused = app.by(&owner, Method::POST, USERS).json(&body).reply().await;
            assert_eq!(refused.status, 422, "{field} {value}: {}", refused.body);
            assert!(refused.json()["errors"].get(field).is_some(), "{field} {value}: {}", refused.body);
        }
        for role in ["owner", "pbx_admin"] {
            let mut body = good.clone();
            body["role"] = json!(role);
            let refused = app.by(&admin, Method::POST, USERS).json(&body).reply().await;
            assert_eq!(refused.status, 422, "{}", refused.body);
            assert!(refused.json()["errors"].get("role").is_some(), "{}", refused.body);
        }
        assert_eq!(app.by(&admin, Method::POST, USERS).json(&good).reply().await.status, 201);
    }

    async fn nobody_makes_themselves_or_others_more_than_they_are(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let admin = app.person(tenant, Role::PbxAdmin, "adam").await;
        let user = app.person(tenant, Role::PbxUser, "uma").await;
        let reporter = app.person(tenant, Role::Reporter, "rita").await;
        let foreign = app.apply(&company("blue", "key-of-blue").toml()).await.tenant;
        let stranger = app.person(foreign, Role::Owner, "olga").await;
        let path = |person: &opbx_testkit::Person| format!("{USERS}/{}", person.id);
        let take = json!({"role": "owner", "organization_id": foreign.get(), "id": stranger.id.get(), "password": "Password1"});
        for asker in [&admin, &user, &reporter, &stranger] {
            for target in [&owner, &admin, &user, &reporter] {
                let refused = app.by(asker, Method::PUT, &path(target)).json(&take).reply().await;
                assert!([403, 404, 422].contains(&refused.status.as_u16()), "{} on {}: {}", asker.email, target.email, refused.body);
            }
        }
        for (asker, target, status) in [(&admin, &owner, 403), (&user, &owner, 403), (&stranger, &owner, 404), (&user, &reporter, 403)] {
            let named = app.by(asker, Method::PUT, &path(target)).json(&json!({"name": "Pwned"})).reply().await;
            assert_eq!(named.status, status, "{} on {}: {}", asker.email, target.email, named.body);
            let deleted = app.by(asker, Method::DELETE, &path(target)).reply().await;
            assert_eq!(deleted.status, status, "{} on {}: {}", asker.email, target.email, deleted.body);
        }
        let listed = app.by(&owner, Method::GET, USERS).reply().await.json();
        let roles: Vec<&str> = listed["data"].as_array().expect("a list").iter().map(|row| text(&row["role"])).collect();
        assert_eq!(roles, ["owner", "pbx_admin", "pbx_user", "reporter"]);
        assert!(listed["data"].as_array().expect("a list").iter().all(|row| row["organization_id"] == tenant.get()));
        let own = app.by(&user, Method::PUT, &path(&user)).json(&json!({"name": "Uma U.", "role": "pbx_user", "status": "active"})).reply().await;
        assert_eq!((own.status.as_u16(), &own.json()["data"]["name"]), (200, &json!("Uma U.")));
        assert_eq!(app.by(&user, Method::GET, &path(&user)).reply().await.status, 200);
        assert_eq!(app.by(&user, Method::GET, &path(&owner)).reply().await.status, 403);
        assert_eq!(app.by(&user, Method::GET, USERS).reply().await.status, 403);
        assert_eq!(app.by(&reporter, Method::GET, &path(&reporter)).reply().await.status, 403);
    }

    async fn the_last_owner_stays_and_nobody_removes_themselves(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let path = format!("{USERS}/{}", owner.id);
        for change in [json!({"role": "reporter"}), json!({"status": "inactive"})] {
            let refused = app.by(&owner, Method::PUT, &path).json(&change).reply().await;
            assert_eq!(refused.status, 403, "{change}: {}", refused.body);
        }
        assert_eq!(app.by(&owner, Method::DELETE, &path).reply().await.status, 403);
        let second = app.person(tenant, Role::Owner, "otto").await;
        let demoted = app.by(&owner, Method::PUT, &format!("{USERS}/{}", second.id)).json(&json!({"role": "reporter"})).reply().await;
        assert_eq!(demoted.status, 200, "{}", demoted.body);
        assert_eq!(app.by(&second, Method::GET, "/api/v1/auth/me").reply().await.status, 401, "signed out with the old role");
        // Somebody whose rights are an owner's, and whose record is not.
        let someone = opbx_kernel::UserId::new(second.id.get()).expect("an id");
        let scope = opbx_kernel::Scope::user(tenant, someone, vec![Role::Owner.group().to_owned()]);
        let model = app.store().registry().model("res.users").expect("a model").clone();
        let mut tx = app.store().begin(&scope).await.expect("a transaction");
        let deleted = opbx_app::records::delete(&mut tx, &model, owner.id).await;
        assert_eq!(deleted.expect_err("the last owner").code().name, "last_owner");
    }

    async fn whoever_is_let_out_is_out_at_once(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let user = app.person(tenant, Role::PbxUser, "uma").await;
        assert_eq!(app.by(&user, Method::GET, "/api/v1/auth/me").reply().await.status, 200);
        let path = format!("{USERS}/{}", user.id);
        assert_eq!(app.by(&owner, Method::PUT, &path).json(&json!({"status": "inactive"})).reply().await.status, 200);
        assert_eq!(app.by(&user, Method::GET, "/api/v1/auth/me").reply().await.status, 401);
    }

    async fn a_user_shows_the_extension_that_is_theirs(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let user = app.person(tenant, Role::PbxUser, "uma").await;
        let mut tx = app.begin(tenant).await;
        let (_, extension) = tx.external("config", "pbx.extension.1001").await.expect("an answer").expect("an extension");
        let values = [("user".to_owned(), opbx_platform::Value::Record(user.id))].into();
        tx.update("pbx.extension", extension, values, None).await.expect("given");
        tx.commit().await.expect("a commit");
        let shown = app.by(&owner, Method::GET, &format!("{USERS}/{}", user.id)).reply().await.json();
        assert_eq!(shown["data"]["extension"]["extension_number"], "1001");
    }

    async fn an_invited_user_chooses_a_password_once(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        let new = json!({"name": "Uma", "email": "uma@example.com", "role": "pbx_user"});
        let created = app.by(&owner, Method::POST, USERS).json(&new).reply().await;
        assert_eq!(created.status, 201, "{}", created.body);
        let body = created.json();
        let token = text(&body["invitation"]["url"]).split("token=").nth(1).expect("a token").to_owned();
        let set = |token: &str, password: &str| {
            let body = json!({"token": token, "password": password, "password_confirmation": password});
            app.get("/api/v1/auth/password/reset").method(Method::POST).json(&body)
        };
        let weak = set(&token, "password").reply().await;
        assert!(weak.status == 422 && weak.json()["errors"].get("password").is_some(), "{}", weak.body);
        assert_eq!(set(&token, PASSWORD).reply().await.status, 200);
        let again = set(&token, "Another-horse-7").reply().await;
        assert!(again.status == 422 && again.json()["errors"].get("token").is_some(), "{}", again.body);
        let login = log_in(&app, "uma@example.com", PASSWORD).await.json();
        assert_eq!(as_bearer(&app, text(&login["access_token"]), Method::GET, "/api/v1/auth/me").reply().await.status, 200);
        let invite = format!("{USERS}/{}/invite", body["data"]["id"]);
        let link = app.by(&owner, Method::POST, &invite).reply().await;
        assert_eq!(link.status, 200, "{}", link.body);
        let late = text(&link.json()["invitation"]["url"]).split("token=").nth(1).expect("a token").to_owned();
        app.advance_hours(73);
        assert_eq!(set(&late, PASSWORD).reply().await.status, 422, "72 hours are over");
    }

    async fn a_link_that_went_to_another_address_opens_nothing(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        let set = |token: &str| {
            let body = json!({"token": token, "password": PASSWORD, "password_confirmation": PASSWORD});
            app.get("/api/v1/auth/password/reset").method(Method::POST).json(&body)
        };
        for (change, status) in [
            (json!({"email": "right@example.com"}), 422),
            (json!({"status": "inactive"}), 422),
            (json!({"name": "Uma U."}), 200),
        ] {
            let new = json!({"name": "Uma", "email": format!("wrong{status}{}@example.com", change.to_string().len()), "role": "pbx_user"});
            let body = app.by(&owner, Method::POST, USERS).json(&new).reply().await.json();
            let token = text(&body["invitation"]["url"]).split("token=").nth(1).expect("a token");
            let path = format!("{USERS}/{}", body["data"]["id"]);
            assert_eq!(app.by(&owner, Method::PUT, &path).json(&change).reply().await.status, 200);
            assert_eq!(set(token).reply().await.status, status, "{change}");
        }
    }

    async fn whoever_must_choose_another_password_does_so_first(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        let new = json!({"name": "Uma", "email": "uma@example.com", "role": "pbx_user", "password": "Password1", "password_reset_required": true});
        assert_eq!(app.by(&owner, Method::POST, USERS).json(&new).reply().await.status, 201);
        let login = log_in(&app, "uma@example.com", "Password1").await.json();
        assert_eq!(login["user"]["password_reset_required"], true);
        let token = text(&login["access_token"]).to_owned();
        let refused = as_bearer(&app, &token, Method::GET, "/api/v1/conference-rooms").reply().await;
        assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (403, &json!("PASSWORD_RESET_REQUIRED")));
        let change = json!({"current_password": "Password1", "new_password": PASSWORD, "new_password_confirmation": PASSWORD});
        let changed = as_bearer(&app, &token, Method::PUT, "/api/v1/profile/password").json(&change).reply().await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(as_bearer(&app, &token, Method::GET, "/api/v1/conference-rooms").reply().await.status, 200);
        give_password(&app, &owner).await;
    }
}
