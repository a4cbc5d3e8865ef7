//! One's own telephone by the API.

use super::with_owner;
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_platform::Value;
use opbx_testkit::on_both_databases;
use serde_json::json;

on_both_databases! {
    async fn a_user_is_left_in_peace_on_the_own_extension_only(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let user = app.person(tenant, Role::PbxUser, "uma").await;
        let none = app.by(&user, Method::PUT, "/api/v1/me/do-not-disturb").json(&json!({"enabled": true})).reply().await;
        assert_eq!(none.status, 404, "{}", none.body);
        let mut tx = app.begin(tenant).await;
        let (_, own) = tx.external("config", "pbx.extension.1001").await.expect("an answer").expect("an extension");
        let (_, other) = tx.external("config", "pbx.extension.1002").await.expect("an answer").expect("an extension");
        tx.update("pbx.extension", own, [("user".to_owned(), Value::Record(user.id))].into(), None).await.expect("given");
        tx.commit().await.expect("a commit");
        let quiet = app.by(&user, Method::PUT, "/api/v1/me/do-not-disturb").json(&json!({"enabled": true})).reply().await;
        assert_eq!(quiet.status, 200, "{}", quiet.body);
        let shown = app.by(&user, Method::GET, "/api/v1/me").reply().await.json();
        let extension = &shown["data"]["extensions"][0];
        assert_eq!((&extension["extension_number"], &extension["do_not_disturb"]), (&json!("1001"), &json!(true)));
        let foreign = json!({"enabled": true, "extension_id": other.get()});
        let refused = app.by(&user, Method::PUT, "/api/v1/me/do-not-disturb").json(&foreign).reply().await;
        assert_eq!(refused.status, 404, "{}", refused.body);
        let wrong = app.by(&user, Method::PUT, "/api/v1/me/forwards").json(&json!({"busy": "nowhere at all"})).reply().await;
        assert!(wrong.status == 422 && wrong.json()["errors"].get("busy").is_some(), "{}", wrong.body);
        let nobody = app.by(&owner, Method::GET, "/api/v1/me").reply().await.json();
        assert_eq!(nobody["data"]["extensions"], json!([]));
    }
}
