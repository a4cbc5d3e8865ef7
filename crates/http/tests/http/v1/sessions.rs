//! Getting in and out: tokens, cookies, devices, and how often somebody may try.

use super::{PASSWORD, as_bearer, give_password, log_in, text, with_owner};
use axum::http::{Method, header};
use opbx_app::models::{ResTenantDraft, ResTenantStatus};
use opbx_app::operators;
use opbx_app::sessions::Role;
use opbx_kernel::RecordId;
use opbx_platform::record::Draft as _;
use opbx_testkit::{Reply, TestApp, on_both_databases};
use serde_json::json;
use std::time::Duration;

const ME: &str = "/api/v1/auth/me";
const ORIGIN: &str = "http://pbx.test";

async fn with_cookie(app: &TestApp, email: &str) -> Reply {
    let body = json!({"email": email, "password": PASSWORD});
    let ask = app.get("/api/v1/auth/login").method(Method::POST).header("x-auth-mode", "cookie");
    ask.header("host", "pbx.test").header("origin", ORIGIN).json(&body).reply().await
}

/// The cookies that an answer sets, as a browser sends them back; and the CSRF token among them.
fn cookies(reply: &Reply) -> (String, String) {
    let set = reply.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().expect("a header"));
    let pairs: Vec<&str> = set.map(|text| text.split(';').next().expect("a pair")).collect();
    let csrf =
        pairs.iter().find_map(|pair| pair.strip_prefix("XSRF-TOKEN=")).expect("a CSRF cookie").to_owned();
    (pairs.join("; "), csrf)
}

on_both_databases! {
    async fn a_token_is_rotated_and_the_old_one_is_over(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        give_password(&app, &owner).await;
        let login = log_in(&app, &owner.email, PASSWORD).await;
        assert_eq!(login.status, 200, "{}", login.body);
        let body = login.json();
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(86400)));
        assert_eq!((&body["user"]["role"], &body["user"]["organization_id"]), (&json!("owner"), &json!(tenant.get())));
        let token = text(&body["access_token"]).to_owned();
        let me = as_bearer(&app, &token, Method::GET, ME).reply().await.json();
        assert_eq!(me["user"]["organization"]["slug"], "acme");
        assert_eq!(me["user"]["organization"]["timezone"], "UTC");
        let fresh = as_bearer(&app, &token, Method::POST, "/api/v1/auth/refresh").reply().await;
        assert_eq!(fresh.status, 200, "{}", fresh.body);
        let fresh = text(&fresh.json()["access_token"]).to_owned();
        assert_eq!(as_bearer(&app, &token, Method::GET, ME).reply().await.status, 401);
        assert_eq!(as_bearer(&app, &fresh, Method::GET, ME).reply().await.status, 200);
        app.advance_hours(25);
        assert_eq!(as_bearer(&app, &fresh, Method::GET, ME).reply().await.status, 401, "a day is over");
    }

    async fn a_refused_login_says_why_in_the_shape_of_the_login_page(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        give_password(&app, &owner).await;
        let wrong = log_in(&app, &owner.email, "Wrong-horse-7").await;
        assert_eq!(wrong.status, 401);
        let body = wrong.json();
        assert_eq!((&body["error"]["code"], &body["message"]), (&json!("UNAUTHORIZED"), &json!("Invalid credentials.")));
        assert!(body["error"]["request_id"].is_string() && body["error"].get("details").is_none());
        let unknown = log_in(&app, "nobody@example.com", "Wrong-horse-7").await;
        assert_eq!(unknown.json()["error"]["code"], "UNAUTHORIZED", "nobody learns which addresses are known");
        let other = app.person(tenant, Role::Owner, "otto").await;
        operators::set_active(app.store(), tenant, &owner.email, false).await.expect("let out");
        let inactive = log_in(&app, &owner.email, PASSWORD).await;
        assert_eq!((inactive.status.as_u16(), &inactive.json()["error"]["code"]), (403, &json!("ACCOUNT_INACTIVE")));
        operators::set_active(app.store(), tenant, &owner.email, true).await.expect("let in");
        operators::set_status(app.store(), "acme", ResTenantStatus::Suspended).await.expect("suspended");
        let suspended = log_in(&app, &owner.email, PASSWORD).await;
        assert_eq!((suspended.status.as_u16(), &suspended.json()["error"]["code"]), (403, &json!("ORGANIZATION_INACTIVE")));
        assert_eq!(app.by(&other, Method::GET, ME).reply().await.status, 401, "sessions ended with it");
    }

    async fn too_many_logins_wait_and_all_others_do_not(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        give_password(&app, &owner).await;
        for _ in 0..5 {
            assert_eq!(log_in(&app, &owner.email, "Wrong-horse-7").await.status, 401);
        }
        let limited = log_in(&app, &owner.email, PASSWORD).await;
        assert_eq!(limited.status, 429, "{}", limited.body);
        let body = limited.json();
        assert!(body["retry_after"].as_u64().is_some_and(|wait| (1..=60).contains(&wait)), "{body}");
        assert_eq!(limited.headers["retry-after"], body["retry_after"].to_string().as_str());
        let credentials = json!({"email": owner.email, "password": PASSWORD});
        let elsewhere = app.get("/api/v1/auth/login").method(Method::POST).peer("198.51.100.9:1").json(&credentials);
        assert_eq!(elsewhere.reply().await.status, 200, "another address is not held up");
        app.db().clock().advance(jiff::SignedDuration::from_secs(61));
        assert_eq!(log_in(&app, &owner.email, PASSWORD).await.status, 200, "the window slid on");
    }

    async fn an_account_is_guarded_whatever_addresses_are_tried_from(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        give_password(&app, &owner).await;
        let attempt = |at: usize| {
            let body = json!({"email": owner.email, "password": "Wrong-horse-7"});
            app.get("/api/v1/auth/login").method(Method::POST).peer(&format!("198.51.100.{at}:1")).json(&body)
        };
        for at in 0..10 {
            assert_eq!(attempt(at).reply().await.status, 401);
        }
        assert_eq!(attempt(11).reply().await.status, 429);
    }

    async fn a_cookie_needs_a_page_of_ours_for_whatever_changes_something(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        give_password(&app, &owner).await;
        let login = with_cookie(&app, &owner.email).await;
        assert_eq!(login.status, 200, "{}", login.body);
        assert_eq!(login.json()["message"], "Login successful");
        assert!(login.json().get("access_token").is_none() && !login.body.contains("opbx_"), "{}", login.body);
        let set: Vec<&str> = login.headers.get_all("set-cookie").iter().map(|v| v.to_str().expect("text")).collect();
        let session = set.iter().find(|text| text.starts_with("opbx_session=")).expect("a session cookie");
        assert!(session.contains("HttpOnly") && session.contains("Secure") && session.contains("SameSite=Lax"), "{session}");
        let (cookie, csrf) = cookies(&login);
        let ask = |method: Method, target: &str| {
            app.get(target).method(method).header("cookie", &cookie).header("host", "pbx.test")
        };
        assert_eq!(ask(Method::GET, ME).reply().await.status, 200);
        let change = |ask: opbx_testkit::Ask| ask.json(&json!({"name": "Olga O."}));
        let profile = || ask(Method::PUT, "/api/v1/profile");
        assert_eq!(change(profile()).reply().await.status, 419, "neither origin nor token");
        assert_eq!(change(profile().header("origin", ORIGIN)).reply().await.status, 419, "no token");
        assert_eq!(change(profile().header("x-csrf-token", &csrf)).reply().await.status, 419, "no origin");
        let evil = profile().header("origin", "https://evil.example").header("x-csrf-token", &csrf);
        assert_eq!(change(evil).reply().await.status, 419, "another origin");
        let other = profile().header("origin", ORIGIN).header("x-csrf-token", &"0".repeat(64));
        assert_eq!(change(other).reply().await.status, 419, "another token");
        let ours = || profile().header("origin", ORIGIN).header("x-xsrf-token", &csrf);
        assert_eq!(change(ours()).reply().await.status, 200);
        let again = app.get("/api/sanctum/csrf-cookie").header("cookie", &cookie).reply().await;
        assert_eq!(again.status, 204);
        assert_eq!(cookies(&again).1, csrf, "the same session, the same token");
        let out = ask(Method::POST, "/api/v1/auth/logout").header("origin", ORIGIN).header("x-csrf-token", &csrf);
        let out = out.reply().await;
        assert_eq!(out.status, 200, "{}", out.body);
        assert!(out.headers.get_all("set-cookie").iter().all(|v| v.to_str().expect("text").contains("Max-Age=0")));
        assert_eq!(ask(Method::GET, ME).reply().await.status, 401);
    }

    async fn another_site_cannot_sign_somebody_in(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        give_password(&app, &owner).await;
        let body = json!({"email": owner.email, "password": PASSWORD});
        let ask = app.get("/api/v1/auth/login").method(Method::POST).header("x-requested-with", "XMLHttpRequest");
        let refused = ask.header("host", "pbx.test").header("origin", "https://evil.example").json(&body).reply().await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert!(refused.headers.get("set-cookie").is_none());
    }

    async fn devices_are_listed_and_signed_out_and_the_nodes_hear_of_it(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let stranger = app.person(tenant, Role::Owner, "otto").await;
        give_password(&app, &owner).await;
        let tokens = [log_in(&app, &owner.email, PASSWORD).await, log_in(&app, &owner.email, PASSWORD).await];
        let tokens = tokens.map(|login| text(&login.json()["access_token"]).to_owned());
        let listed = as_bearer(&app, &tokens[0], Method::GET, "/api/v1/auth/sessions").reply().await.json();
        let devices = listed["data"].as_array().expect("a list");
        assert_eq!(devices.len(), 2, "{listed}");
        assert_eq!(devices.iter().filter(|device| device["current"] == true).count(), 1);
        assert_eq!(devices[0]["ip_address"], "203.0.113.7");
        let other = devices.iter().find(|device| device["current"] == false).expect("the other")["id"].clone();
        let path = format!("/api/v1/auth/sessions/{other}");
        assert_eq!(app.by(&stranger, Method::DELETE, &path).reply().await.status, 404, "none of theirs");
        let mut bus = app.app().cluster().bus().subscribe();
        assert_eq!(as_bearer(&app, &tokens[0], Method::DELETE, &path).reply().await.status, 204);
        let told = async {
            loop {
                let message = format!("{:?}", bus.recv().await);
                if message.contains("SessionRevoked") {
                    return message;
                }
            }
        };
        let told = tokio::time::timeout(Duration::from_secs(5), told).await.expect("told");
        assert!(told.contains(&other.to_string()), "{told}");
        assert_eq!(as_bearer(&app, &tokens[1], Method::GET, ME).reply().await.status, 401);
        log_in(&app, &owner.email, PASSWORD).await;
        let ended = as_bearer(&app, &tokens[0], Method::DELETE, "/api/v1/auth/sessions").reply().await.json();
        assert_eq!(ended["ended"], 1);
        assert_eq!(as_bearer(&app, &tokens[0], Method::GET, ME).reply().await.status, 200, "the one that asks stays");
    }

    async fn a_tenant_may_want_one_session_only(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let mut tx = app.begin(tenant).await;
        let draft = ResTenantDraft { single_session: Some(true), ..ResTenantDraft::default() };
        let id = RecordId::new(tenant.get()).expect("an id");
        tx.update("res.tenant", id, draft.into_values(), None).await.expect("set");
        tx.commit().await.expect("a commit");
        assert_eq!(app.by(&owner, Method::GET, ME).reply().await.status, 200);
        give_password(&app, &owner).await;
        let first = text(&log_in(&app, &owner.email, PASSWORD).await.json()["access_token"]).to_owned();
        assert_eq!(log_in(&app, &owner.email, PASSWORD).await.status, 200);
        assert_eq!(as_bearer(&app, &first, Method::GET, ME).reply().await.status, 401);
    }
}
