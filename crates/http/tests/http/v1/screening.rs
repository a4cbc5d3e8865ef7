//! The blocklist, feature codes and what is recorded, by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::json;

on_both_databases! {
    async fn a_caller_is_blocked_for_one_number_and_for_a_while(db: TestDb) {
        let office = Office::open(db).await;
        let number = office.id("/phone-numbers", "0100").await;
        let body = json!({"caller": "+4420", "is_prefix": true, "phone_number_id": number, "reason": "Sells windows",
            "expires_at": "2036-01-01T00:00:00+01:00"});
        let made = office.created("/blocklist", &body, "data").await;
        assert_eq!((&made["phone_number_id"], &made["expires_at"]), (&json!(number), &json!("2035-12-31T23:00:00Z")));
        let path = format!("/blocklist/{}", made["id"]);
        let changed = office.ask(Method::PUT, &path, &json!({"phone_number_id": null, "expires_at": "", "caller": "+44"})).await;
        assert_eq!((&changed.json()["data"]["expires_at"], &changed.json()["data"]["caller"]), (&json!(null), &json!("+44")));
        for (body, field) in [
            (json!({"caller": "44"}), "caller"),
            (json!({}), "caller"),
            (json!({"caller": "+44", "expires_at": "tomorrow"}), "expires_at"),
            (json!({"caller": "+44", "phone_number_id": 999_999}), "phone_number_id"),
        ] {
            assert_eq!(faults(&office.ask(Method::POST, "/blocklist", &body).await), [field], "{body}");
        }
        assert_eq!(office.listed("/blocklist?search=44&status=active", "caller").await, ["+44"]);
        office.check_versions(&path, &json!({"status": "inactive"})).await;
        let everybody = [&office.owner, &office.admin, &office.user, &office.reporter];
        let id = made["id"].as_i64().expect("an id");
        office.check_rights("/blocklist", id, &json!({"caller": "+1"}), &everybody).await;
    }

    async fn a_feature_code_moves_and_is_nobody_elses(db: TestDb) {
        let office = Office::open(db).await;
        let test = office.read("/feature-codes?feature=test").await["data"][0].clone();
        assert_eq!(test["code"], "*43");
        let path = format!("/feature-codes/{}", test["id"]);
        let moved = office.ask(Method::PUT, &path, &json!({"code": "*44"})).await;
        assert_eq!(moved.json()["data"]["code"], "*44", "{}", moved.body);
        let made = office.created("/feature-codes", &json!({"code": "*43", "feature": "test"}), "data").await;
        assert_eq!((&made["feature"], &made["status"]), (&json!("test"), &json!("active")));
        for (body, field) in [
            (json!({"code": "43", "feature": "test"}), "code"),
            (json!({"code": "*44", "feature": "test"}), "code"),
            (json!({"code": "*45", "feature": "coffee"}), "feature"),
            (json!({"code": "*45"}), "feature"),
        ] {
            assert_eq!(faults(&office.ask(Method::POST, "/feature-codes", &body).await), [field], "{body}");
        }
        office.check_versions(&path, &json!({"status": "inactive"})).await;
        let everybody = [&office.owner, &office.admin, &office.user, &office.reporter];
        let id = made["id"].as_i64().expect("an id");
        office.check_rights("/feature-codes", id, &json!({"code": "*46", "feature": "test"}), &everybody).await;
    }

    async fn extensions_numbers_and_trunks_say_what_is_recorded(db: TestDb) {
        let office = Office::open(db).await;
        let prompt = office.record("pbx.prompt", &[("name", "Recorded".into()), ("text", "This call is recorded.".into())]).await;
        let trunk = office.created("/trunks", &json!({"name": "Carrier"}), "data").await;
        assert_eq!(trunk["recording"], "inherit");
        let policy = json!({"recording": "always", "recording_announcement_id": prompt, "recording_retention_days": 30});
        for (list, wrapper) in [("/extensions?search=1001", "extension"), ("/phone-numbers", "data"), ("/trunks", "data")] {
            let id = office.read(list).await["data"][0]["id"].clone();
            let path = format!("{}/{id}", list.split('?').next().expect("a path"));
            let saved = office.ask(Method::PUT, &path, &policy).await;
            assert_eq!(saved.status, 200, "{}", saved.body);
            let told = saved.json()[wrapper].clone();
            for (field, value) in policy.as_object().expect("fields") {
                assert_eq!(&told[field], value, "{path}: {told}");
            }
            for (field, value) in [("recording", json!("sometimes")), ("recording_announcement_id", json!(999_999)), ("recording_retention_days", json!(0))] {
                let refused = office.ask(Method::PUT, &path, &json!({field: value})).await;
                assert_eq!(faults(&refused), [field], "{path}: {}", refused.body);
            }
        }
    }
}
