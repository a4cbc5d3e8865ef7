//! What owners keep in order by the API: the configuration file, the company, the audit log, jobs and retention.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_platform::Value;
use opbx_testkit::on_both_databases;
use serde_json::json;

on_both_databases! {
    async fn a_configuration_is_written_out_compared_and_applied_by_its_owner_only(db: TestDb) {
        let office = Office::open(db).await;
        let exported = office.read("/configuration/export").await["data"].clone();
        let text = exported["text"].as_str().expect("a file").to_owned();
        assert!(text.contains("slug = \"acme\"") && !text.contains("globex") && !text.contains("sip-password"), "{text}");
        let same = office.ask(Method::POST, "/configuration/plan", &json!({"text": text})).await;
        assert_eq!((same.status.as_u16(), &same.json()["data"]["empty"]), (200, &json!(true)), "{}", same.body);
        let changed = text.replace("Alice of acme", "Alicia of acme");
        let plan = office.ask(Method::POST, "/configuration/plan", &json!({"text": changed})).await.json();
        assert_eq!(plan["data"]["changes"].as_array().map(Vec::len), Some(1), "{plan}");
        assert_eq!(office.read("/extensions?search=Alicia").await["meta"]["total"], 0, "a plan changes nothing");
        let applied = office.ask(Method::POST, "/configuration/apply", &json!({"text": changed})).await;
        assert_eq!((applied.status.as_u16(), &applied.json()["data"]["updated"]), (200, &json!(1)), "{}", applied.body);
        let wrong = "tenant = { slug = \"acme\", name = \"acme Inc.\" }\n[pbx.extension.9]\nnumber = \"nine\"\nname = \"Nine\"\n";
        let refused = office.ask(Method::POST, "/configuration/apply", &json!({"text": wrong})).await;
        assert_eq!(faults(&refused), ["text"]);
        assert_eq!(refused.json()["mistakes"][0]["line"], 3, "{}", refused.body);
        for person in [&office.admin, &office.user, &office.reporter] {
            for (method, path) in [(Method::GET, "export"), (Method::POST, "plan"), (Method::POST, "apply")] {
                let refused = office.by(person, method, &format!("/configuration/{path}"), &json!({"text": text})).await;
                assert_eq!(refused.status, 403, "{path} by {}: {}", person.email, refused.body);
            }
        }
    }

    async fn a_file_of_another_organisation_and_the_machine_s_environment_are_out_of_reach(db: TestDb) {
        let office = Office::open(db).await;
        let theirs = "tenant = { slug = \"globex\", name = \"Taken\" }\n[pbx.extension.1001]\nnumber = \"1001\"\nname = \"Mallory\"\n";
        let applied = office.ask(Method::POST, "/configuration/apply", &json!({"text": theirs})).await;
        assert_eq!(applied.status, 200, "it is applied to one's own: {}", applied.body);
        let seen = office.by(&office.stranger, Method::GET, "/extensions?search=Mallory", &json!(null)).await;
        assert_eq!(seen.json()["meta"]["total"], 0, "{}", seen.body);
        assert_eq!(office.read("/extensions?search=Mallory").await["meta"]["total"], 1);
        let secret = "tenant = { slug = \"acme\", name = \"acme Inc.\" }\n[pbx.extension.1001]\nnumber = \"1001\"\nname = { env = \"PATH\" }\n";
        let refused = office.ask(Method::POST, "/configuration/plan", &json!({"text": secret})).await;
        assert_eq!(faults(&refused), ["text"]);
        let new = "tenant = { slug = \"brand-new\", name = \"New\" }\n";
        assert_eq!(office.ask(Method::POST, "/configuration/apply", &json!({"text": new})).await.status, 200);
        assert!(!office.read("/configuration/export").await["data"]["text"].as_str().expect("a file").contains("brand-new"));
    }

    async fn the_company_says_where_stray_calls_go_and_what_may_be_spent(db: TestDb) {
        let office = Office::open(db).await;
        let path = "/settings/company";
        let seen = office.by(&office.user, Method::GET, path, &json!(null)).await;
        assert_eq!((seen.status.as_u16(), &seen.json()["data"]["country"]), (200, &json!("US")), "{}", seen.body);
        let alice = office.id("/extensions", "1001").await;
        let body = json!({"fallback": {"type": "extension", "id": alice}, "allowed_countries": ["us", "GB", "US"],
            "outbound_calls_max": "3", "timezone": "America/New_York", "caller_calls_max": 5, "caller_window": 60});
        let saved = office.ask(Method::PUT, path, &body).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        let data = saved.json()["data"].clone();
        assert_eq!((&data["fallback"]["number"], &data["allowed_countries"]), (&json!("1001"), &json!(["GB", "US"])));
        assert_eq!((&data["outbound_calls_max"], &data["timezone"]), (&json!(3), &json!("America/New_York")));
        let cleared = office.ask(Method::PUT, path, &json!({"outbound_calls_max": null, "allowed_countries": []})).await;
        assert_eq!(cleared.json()["data"]["outbound_calls_max"], json!(null), "{}", cleared.body);
        for (change, field) in [
            (json!({"timezone": "Nowhere/Else"}), "timezone"),
            (json!({"country": "XX"}), "country"),
            (json!({"allowed_countries": ["U"]}), "allowed_countries.0"),
            (json!({"fallback": {"type": "extension", "id": 999_999}}), "fallback"),
            (json!({"caller_window": 0}), "caller_window"),
            (json!({"outbound_calls_max": -1}), "outbound_calls_max"),
            (json!({"recording": "sometimes"}), "recording"),
        ] {
            let refused = office.ask(Method::PUT, path, &change).await;
            assert_eq!(faults(&refused), [field], "{change}: {}", refused.body);
        }
        let admin = office.by(&office.admin, Method::PUT, path, &json!({"outbound_calls_max": 100})).await;
        assert_eq!(admin.status, 403, "{}", admin.body);
    }

    async fn the_audit_log_tells_administrators_who_did_what(db: TestDb) {
        let office = Office::open(db).await;
        let id = office.id("/extensions", "1002").await;
        let done = office.by(&office.admin, Method::PUT, &format!("/extensions/{id}"), &json!({"status": "inactive"})).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let request = done.headers["x-request-id"].to_str().expect("a header");
        let found = office.read(&format!("/audit-log?request_id={request}&model=pbx.extension&deed=update")).await;
        assert_eq!(found["meta"]["total"], 1, "{found}");
        let entry = &found["data"][0];
        assert_eq!((&entry["actor"], &entry["record_id"]), (&json!("adam"), &json!(id)));
        assert!(entry["changes"].as_object().is_some_and(|changes| changes.contains_key("active")), "{entry}");
        let path = format!("/audit-log/{}", entry["id"]);
        assert_eq!(office.ask(Method::GET, &path, &json!(null)).await.status, 200);
        assert_eq!(office.by(&office.stranger, Method::GET, &path, &json!(null)).await.status, 404);
        for person in [&office.user, &office.reporter] {
            assert_eq!(office.by(person, Method::GET, "/audit-log", &json!(null)).await.status, 403);
        }
        let hidden = office.by(&office.admin, Method::GET, "/audit-log?model=pbx.cloudonix_settings", &json!(null)).await;
        assert_eq!(hidden.json()["meta"]["total"], 0, "an administrator may not read these settings: {}", hidden.body);
        assert_ne!(office.read("/audit-log?model=pbx.cloudonix_settings").await["meta"]["total"], 0);
    }

    async fn a_job_is_canceled_and_let_run_again(db: TestDb) {
        let office = Office::open(db).await;
        let at = "2999-01-01T00:00:00Z".parse().expect("an instant");
        let id = office.record("ir.job", &[
            ("kind", "retention.purge".into()),
            ("payload", Value::Json(json!({"secret": "for-one-person"}))),
            ("run_at", Value::Instant(at)),
            ("due_at", Value::Instant(at)),
        ]).await;
        let path = format!("/jobs/{id}");
        let listed = office.ask(Method::GET, "/jobs?state=waiting&kind=retention.purge", &json!(null)).await;
        assert_eq!(listed.json()["data"][0]["id"], json!(id), "{}", listed.body);
        assert!(!listed.body.contains("for-one-person"), "{}", listed.body);
        for (person, status) in [(&office.user, 403), (&office.reporter, 403), (&office.stranger, 404)] {
            for deed in ["cancel", "retry"] {
                let refused = office.by(person, Method::POST, &format!("{path}/{deed}"), &json!({})).await;
                assert_eq!(refused.status, status, "{deed} by {}: {}", person.email, refused.body);
            }
        }
        assert_eq!(office.ask(Method::POST, &format!("{path}/cancel"), &json!({})).await.status, 200);
        assert_eq!(office.read(&path).await["data"]["state"], "canceled");
        assert_eq!(office.ask(Method::POST, &format!("{path}/cancel"), &json!({})).await.status, 409);
        assert_eq!(office.ask(Method::POST, &format!("{path}/retry"), &json!({})).await.status, 200);
    }

    async fn retention_is_the_owner_s_to_say(db: TestDb) {
        let office = Office::open(db).await;
        let days = async |model: &str| {
            let rules = office.read("/settings/retention").await;
            let rules = rules["data"].as_array().expect("a list").clone();
            let rule = rules.into_iter().find(|rule| rule["model"] == model).expect("a rule");
            (rule["days"].clone(), rule["customized"].clone())
        };
        assert_eq!(days("ir.audit").await, (json!(400), json!(false)));
        let path = "/settings/retention/ir.audit";
        for (body, expected) in [(json!({"days": 30}), json!(30)), (json!({"days": "60"}), json!(60)), (json!({"days": null}), json!(null))] {
            let saved = office.ask(Method::PUT, path, &body).await;
            assert_eq!(saved.status, 200, "{}", saved.body);
            assert_eq!(days("ir.audit").await, (expected, json!(true)));
        }
        assert_eq!(faults(&office.ask(Method::PUT, path, &json!({"days": 0})).await), ["days"]);
        assert_eq!(faults(&office.ask(Method::PUT, path, &json!({})).await), ["days"]);
        assert_eq!(office.ask(Method::PUT, "/settings/retention/pbx.extension", &json!({"days": 3})).await.status, 404);
        assert_eq!(office.by(&office.admin, Method::PUT, path, &json!({"days": 3})).await.status, 403);
        assert_eq!(office.by(&office.user, Method::GET, "/settings/retention", &json!(null)).await.status, 403);
        assert_eq!(office.ask(Method::DELETE, path, &json!(null)).await.status, 204);
        assert_eq!(days("ir.audit").await, (json!(400), json!(false)));
        assert_eq!(office.ask(Method::DELETE, path, &json!(null)).await.status, 404);
    }

    async fn groups_and_schedules_are_switched_off_together(db: TestDb) {
        let office = Office::open(db).await;
        let group = office.id("/ring-groups", "Sales").await;
        let bulk = json!({"action": "deactivate", "ids": [group, 999_999]});
        let done = office.ask(Method::POST, "/ring-groups/bulk", &bulk).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!((&done.json()["meta"]["done"], &done.json()["data"][1]["code"]), (&json!(1), &json!(404)));
        let hours = json!({"name": "Office", "open_hours_action": {"type": "hangup"}, "closed_hours_action": {"type": "hangup"}, "schedule": {}});
        let hours = office.created("/business-hours", &hours, "data").await;
        let gone = office.ask(Method::POST, "/business-hours/bulk", &json!({"action": "delete", "ids": [hours["id"]]})).await;
        assert_eq!(gone.json()["meta"]["done"], 1, "{}", gone.body);
    }
}
