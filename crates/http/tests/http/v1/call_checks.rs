//! Call checks by the API: accepted, run when the configuration changes, and told of live.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_testkit::{Browser, eventually, on_both_databases};
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/call-checks";

fn call(name: &str) -> Value {
    json!({"name": name, "from": "+442079460018", "to": "+12125550100", "answers": {"1002": "yes"},
        "weekly": {"weekday": "monday", "time": "10:05", "time_zone": "Europe/Paris"}})
}

fn nodes(course: &Value) -> Vec<String> {
    let way = course["way"].as_array().expect("a way");
    way.iter().map(|passed| passed["node"].as_str().expect("a node").to_owned()).collect()
}

async fn lead_to(office: &Office, extension: &str) {
    let id = office.id("/phone-numbers", "12125550100").await;
    let extension = office.id("/extensions", extension).await;
    let led = json!({"routing_type": "extension", "routing_config": {"extension_id": extension}});
    let reply = office.ask(Method::PUT, &format!("/phone-numbers/{id}"), &led).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}

on_both_databases! {
    async fn a_check_expects_what_happened_and_turns_red_when_the_configuration_changes(db: TestDb) {
        let office = Office::open(db).await;
        let address = office.app.listen().await;
        let check = office.created(PATH, &call("Monday morning"), "data").await;
        assert_eq!((&check["outcome"], &check["differences"]), (&json!("passed"), &json!([])), "{check}");
        let group = office.id("/ring-groups", "Sales").await;
        let expected = ["phone_number:+12125550100".to_owned(), format!("ring_group:{group}")];
        assert_eq!(nodes(&check["expected"]), expected);
        assert_eq!(check["expected"]["end"], json!({"reason": "completed", "answered_by": "1002", "node": expected[1]}));
        let mut browser = Browser::connect(address).await;
        let channel = format!("private-org.{}", office.tenant);
        assert_eq!(office.app.subscribe(&mut browser, &office.owner, &channel).await.event, "pusher_internal:subscription_succeeded");
        browser.wait("live.position").await;

        lead_to(&office, "1001").await;
        let told = browser.wait("call_checks.run").await.data;
        assert_eq!((&told["total"], &told["failed"], &told["newly_failed"]), (&json!(1), &json!(1), &json!([check["id"]])), "{told}");
        let one = format!("{PATH}/{}", check["id"]);
        let red = office.read(&one).await["data"].clone();
        assert_eq!(red["outcome"], "failed");
        let differences = red["differences"].to_string();
        assert!(differences.contains("extension \\\"Alice of acme\\\", and ring group \\\"Sales\\\" was expected"), "{differences}");
        assert!(differences.contains("Nobody takes the call, and 1002 was expected."), "{differences}");
        assert_eq!(red["updated_at"], check["updated_at"], "what came of it is no change of the check");
        let history = office.read(&format!("/audit-log?model=pbx.call_check&record_id={}", check["id"])).await;
        let changes: Vec<(&str, Vec<&String>)> = history["data"].as_array().expect("entries").iter().map(|entry| {
            let changes = entry["changes"].as_object().map(|changes| changes.keys().collect()).unwrap_or_default();
            (entry["deed"].as_str().expect("a deed"), changes)
        }).filter(|(deed, _)| *deed != "create").collect();
        assert!(changes.iter().all(|(_, fields)| *fields == ["expected"]) && changes.len() == 1, "nobody did anything since: {history}");

        let accepted = office.ask(Method::POST, &format!("{one}/accept"), &json!({})).await;
        assert_eq!((accepted.status.as_u16(), &accepted.json()["data"]["outcome"]), (200, &json!("passed")), "{}", accepted.body);
        let told = browser.wait("call_checks.run").await.data;
        assert_eq!((&told["passed"], &told["failed"]), (&json!(1), &json!(0)));
        let stranger = office.by(&office.stranger, Method::POST, &format!("{PATH}/run"), &json!({})).await;
        assert_eq!(stranger.json()["data"]["total"], 0, "{}", stranger.body);
    }

    async fn checks_are_found_by_name_and_outcome_and_kept_from_others(db: TestDb) {
        let office = Office::open(db).await;
        let good = office.created(PATH, &call("Good"), "data").await;
        let mut bad = call("Bad");
        bad["expected"] = json!({"way": [{"node": "phone_number:+12125550100"}, {"node": "hangup", "kind": "hangup", "label": "Hang up"}],
            "end": {"reason": "hung_up"}});
        let bad = office.created(PATH, &bad, "data").await;
        assert_eq!(bad["outcome"], "failed", "{bad}");
        let mut unsaid = call("Unsaid");
        unsaid["expected"] = json!(null);
        let unsaid = office.created(PATH, &unsaid, "data").await;
        assert_eq!((&unsaid["outcome"], &unsaid["expected"]), (&json!("unknown"), &json!(null)), "{unsaid}");
        for (query, names) in [
            ("outcome=failed", vec!["Bad"]),
            ("outcome=passed", vec!["Good"]),
            ("outcome=unknown", vec!["Unsaid"]),
            ("search=goo", vec!["Good"]),
            ("sort_by=name&sort_order=desc", vec!["Unsaid", "Good", "Bad"]),
        ] {
            assert_eq!(office.listed(&format!("{PATH}?{query}"), "name").await, names, "{query}");
        }
        let ran = office.by(&office.reporter, Method::POST, &format!("{PATH}/run"), &json!({})).await;
        let counts = &ran.json()["data"];
        assert_eq!((&counts["total"], &counts["passed"], &counts["failed"], &counts["unknown"]), (&json!(3), &json!(1), &json!(1), &json!(1)));
        let id = good["id"].as_i64().expect("an id");
        let all = [&office.owner, &office.admin, &office.user, &office.reporter];
        office.check_rights(PATH, id, &call("Other"), &all).await;
        office.check_versions(&format!("{PATH}/{id}"), &json!({"name": "Best"})).await;
        for deed in ["run", "accept"] {
            let reply = office.by(&office.stranger, Method::POST, &format!("{PATH}/{id}/{deed}"), &json!({})).await;
            assert_eq!(reply.status, 404, "{}", reply.body);
        }
        let bulk = json!({"action": "delete", "ids": [good["id"], bad["id"]]});
        assert_eq!(office.ask(Method::POST, &format!("{PATH}/bulk"), &bulk).await.json()["meta"]["done"], 2);
        assert_eq!(office.ask(Method::DELETE, &format!("{PATH}/{}", unsaid["id"]), &json!(null)).await.status, 204);
        assert_eq!(office.read(PATH).await["meta"]["total"], 0);
    }

    async fn a_check_is_about_one_moment_and_says_what_is_wrong_with_it(db: TestDb) {
        let office = Office::open(db).await;
        for (change, field) in [
            (json!({"at": "noon", "weekly": null}), "at"),
            (json!({"at": "2026-03-02 10:00"}), "at"),
            (json!({"weekly": {"weekday": "monday", "time": "25:00"}}), "weekly.time"),
            (json!({"weekly": {"weekday": "monday", "time": "10:00", "time_zone": "Mars"}}), "weekly.time_zone"),
            (json!({"keys": ["x"]}), "keys.0"),
            (json!({"to": ""}), "to"),
        ] {
            let mut body = call("Wrong");
            body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
            assert_eq!(faults(&office.ask(Method::POST, PATH, &body).await), [field], "{change}");
        }
        assert_eq!(office.read(PATH).await["meta"]["total"], 0, "nothing of what was refused is kept");
        let hours = json!({"name": "Office", "open_hours_action": {"type": "extension", "target_id": format!("ext-{}", office.id("/extensions", "1001").await)},
            "closed_hours_action": {"type": "hangup", "target_id": ""},
            "schedule": {"monday": {"enabled": true, "time_ranges": [{"start_time": "09:00", "end_time": "17:00"}]}}});
        let hours = office.created("/business-hours", &hours, "data").await;
        let id = office.id("/phone-numbers", "12125550100").await;
        let led = json!({"routing_type": "business_hours", "routing_config": {"business_hours_schedule_id": hours["id"]}});
        assert_eq!(office.ask(Method::PUT, &format!("/phone-numbers/{id}"), &led).await.status, 200);
        let mut early = call("Early");
        early["weekly"] = json!({"weekday": "monday", "time": "08:59"});
        let check = office.created(PATH, &early, "data").await;
        assert_eq!(check["found"]["end"]["reason"], "unavailable", "{check}");
        let one = format!("{PATH}/{}", check["id"]);
        let later = json!({"weekly": {"weekday": "monday", "time": "09:00"}});
        let later = office.ask(Method::PUT, &one, &later).await.json()["data"].clone();
        assert_eq!((&later["outcome"], &later["found"]["way"][2]["label"]), (&json!("failed"), &json!("Alice of acme")), "{later}");
        let moment = office.ask(Method::PUT, &one, &json!({"at": "2026-03-01 10:00"})).await.json()["data"].clone();
        assert_eq!((&moment["weekly"], &moment["outcome"]), (&json!(null), &json!("passed")), "a Sunday: {moment}");
    }

    async fn runs_at_the_same_time_keep_one_outcome(db: TestDb) {
        let office = Office::open(db).await;
        let check = office.created(PATH, &call("Watched"), "data").await;
        for _ in 0..4 {
            let mut tx = office.app.begin(office.tenant).await;
            tx.delete_where("pbx.call_check.result", &opbx_platform::Domain::All).await.expect("deleted");
            tx.commit().await.expect("a commit");
            let (path, nothing) = (format!("{PATH}/run"), json!({}));
            let run = || office.ask(Method::POST, &path, &nothing);
            let (one, other, third) = tokio::join!(run(), run(), run());
            for ran in [one, other, third] {
                assert_eq!((ran.status.as_u16(), &ran.json()["data"]["passed"]), (200, &json!(1)), "{}", ran.body);
            }
        }
        assert_eq!(office.read(&format!("{PATH}/{}", check["id"])).await["data"]["outcome"], "passed");
    }

    async fn a_change_of_the_configuration_is_checked_without_being_asked(db: TestDb) {
        let office = Office::open(db).await;
        let check = office.created(PATH, &call("Watched"), "data").await;
        let one = format!("{PATH}/{}", check["id"]);
        lead_to(&office, "1003").await;
        eventually(Duration::from_secs(20), "the check turns red", async || office.read(&one).await["data"]["outcome"] == "failed").await;
        let paused = office.ask(Method::PUT, &one, &json!({"status": "inactive"})).await;
        assert_eq!(paused.json()["data"]["outcome"], "failed");
        let ran = office.ask(Method::POST, &format!("{PATH}/run"), &json!({})).await;
        assert_eq!(ran.json()["data"]["total"], 0, "what is inactive is not run: {}", ran.body);
    }
}
