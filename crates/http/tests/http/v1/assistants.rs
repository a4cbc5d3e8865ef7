//! AI assistants, rooms and deeds on many records by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::{Value, json};

const PATH: &str = "/ai-assistants";

fn assistant(name: &str) -> Value {
    json!({"name": name, "type": "provider", "provider": "VAPI", "phone_number": "+12125550177"})
}

on_both_databases! {
    async fn an_assistant_changes_its_way_and_never_tells_its_token(db: TestDb) {
        let office = Office::open(db).await;
        let extension = office.id("/extensions", "1001").await;
        let mut body = assistant("Ava");
        body["fallback"] = json!({"type": "extension", "id": extension.to_string()});
        let made = office.created(PATH, &body, "data").await;
        assert_eq!((&made["type"], &made["provider"], &made["timeout"]), (&json!("provider"), &json!("VAPI"), &json!(30)));
        assert_eq!(made["fallback"]["number"], "1001");
        let path = format!("{PATH}/{}", made["id"]);
        let service = json!({"type": "service", "url": "https://ava.example.com/take", "service_token": "token-of-ava",
            "parameters": {"mood": "kind", "retries": 3}, "fallback": {"type": "hangup"}});
        let changed = office.ask(Method::PUT, &path, &service).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert!(!changed.body.contains("token-of-ava"), "{}", changed.body);
        let data = changed.json()["data"].clone();
        assert_eq!((&data["provider"], &data["phone_number"]), (&json!(null), &json!(null)), "of another way");
        assert_eq!(data["parameters"], json!({"mood": "kind", "retries": 3}));
        for (body, field) in [
            (json!({"type": "provider"}), "provider"),
            (json!({"url": "ftp://nowhere"}), "url"),
            (json!({"timeout": 1}), "timeout"),
            (json!({"parameters": {"a b": 1}}), "parameters"),
            (json!({"fallback": {"type": "extension"}}), "fallback.id"),
            (json!({"fallback": {"type": "extension", "id": 999_999}}), "fallback"),
        ] {
            let refused = office.ask(Method::PUT, &path, &body).await;
            assert_eq!(faults(&refused), [field], "{body}: {}", refused.body);
        }
        let taken = office.ask(Method::POST, PATH, &assistant("Ava")).await;
        assert_eq!(faults(&taken), ["name"]);
        office.check_versions(&path, &json!({"status": "inactive"})).await;
        assert_eq!(office.listed("/ai-assistants?type=service&status=inactive&search=av", "name").await, ["Ava"]);
        let everybody = [&office.owner, &office.admin, &office.user, &office.reporter];
        office.check_rights(PATH, made["id"].as_i64().expect("an id"), &assistant("New"), &everybody).await;
    }

    async fn a_room_keeps_its_pins_for_those_who_ask_on_record(db: TestDb) {
        let office = Office::open(db).await;
        let body = json!({"name": "Board", "max_participants": 12, "status": "active", "pin": "4711", "host_pin": "0815",
            "pin_required": true, "recording_auto_start": true, "recording_webhook_url": "https://example.com/r",
            "talk_detection_enabled": true, "talk_detection_webhook_url": "https://example.com/t"});
        let made = office.created("/conference-rooms", &body, "data").await;
        assert_eq!((&made["talk_detection_enabled"], &made["recording_auto_start"]), (&json!(true), &json!(true)));
        assert_eq!((&made["pin"], &made["host_pin"]), (&json!("********"), &json!("********")), "that there are some");
        let path = format!("/conference-rooms/{}", made["id"]);
        let form = json!({"name": "Board room", "pin": "", "host_pin": null, "pin_required": true});
        let saved = office.ask(Method::PUT, &path, &form).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        let pins = office.read(&format!("{path}/pins")).await;
        assert_eq!((&pins["pin"], &pins["host_pin"]), (&json!("4711"), &json!("0815")), "an empty form keeps them");
        for (person, status) in [(&office.user, 403), (&office.reporter, 403), (&office.stranger, 404)] {
            let refused = office.by(person, Method::GET, &format!("{path}/pins"), &json!(null)).await;
            assert_eq!(refused.status, status, "{}", refused.body);
        }
        for (change, field) in [
            (json!({"talk_detection_enabled": true, "talk_detection_webhook_url": ""}), "talk_detection_webhook_url"),
            (json!({"recording_webhook_url": "nonsense"}), "recording_webhook_url"),
            (json!({"max_participants": 1001}), "max_participants"),
            (json!({"pin": "12ab"}), "pin"),
        ] {
            let refused = office.ask(Method::PUT, &path, &change).await;
            assert_eq!(faults(&refused), [field], "{change}: {}", refused.body);
        }
        let nobody = json!({"name": "Closed", "max_participants": 5, "pin_required": true});
        assert_eq!(faults(&office.ask(Method::POST, "/conference-rooms", &nobody).await), ["pin"]);
        let again = json!({"name": "Board room", "max_participants": 5});
        assert_eq!(faults(&office.ask(Method::POST, "/conference-rooms", &again).await), ["name"]);
        let open = office.ask(Method::PUT, &path, &json!({"pin": null, "host_pin": null, "pin_required": false})).await;
        assert_eq!(open.status, 200, "{}", open.body);
        assert!(office.read(&format!("{path}/pins")).await["pin"].is_null(), "taken back where none is asked for");
        let everybody = [&office.owner, &office.admin, &office.user, &office.reporter];
        let id = made["id"].as_i64().expect("an id");
        office.check_rights("/conference-rooms", id, &json!({"name": "New"}), &everybody).await;
    }

    async fn a_deed_on_many_is_done_for_each_or_for_all(db: TestDb) {
        let office = Office::open(db).await;
        let ids: Vec<i64> = {
            let list = office.read("/extensions").await;
            list["data"].as_array().expect("rows").iter().map(|row| row["id"].as_i64().expect("an id")).collect()
        };
        let bulk = async |body: Value| office.ask(Method::POST, "/extensions/bulk", &body).await;
        let off = bulk(json!({"action": "deactivate", "ids": [ids[0].to_string(), ids[1], 999_999]})).await;
        assert_eq!(off.status, 200, "{}", off.body);
        let told = off.json();
        assert_eq!(told["meta"], json!({"requested": 3, "done": 2, "failed": 1}));
        assert_eq!((&told["data"][2]["result"], &told["data"][2]["code"]), (&json!("failed"), &json!(404)));
        assert_eq!(office.read("/extensions?status=inactive").await["meta"]["total"], 2);
        let main = office.created("/phone-numbers", &json!({"phone_number": "+12125550101",
            "routing_type": "extension", "routing_config": {"extension_id": ids[2]}}), "data").await;
        let all = bulk(json!({"action": "activate", "ids": [ids[0], 999_999, ids[1]], "atomic": true})).await;
        assert_eq!(all.status, 404, "{}", all.body);
        let results: Vec<Value> = all.json()["data"].as_array().expect("rows").iter().map(|row| row["result"].clone()).collect();
        assert_eq!(results, ["left_alone", "failed", "left_alone"]);
        assert_eq!(office.read("/extensions?status=inactive").await["meta"]["total"], 2, "all or nothing");
        let both = bulk(json!({"action": "activate", "ids": [ids[0], ids[1]], "atomic": true})).await;
        assert_eq!(both.status, 200, "{}", both.body);
        let used = bulk(json!({"action": "delete", "ids": [ids[2]]})).await.json();
        assert_eq!(used["data"][0]["code"], 409);
        assert_eq!(used["data"][0]["problem"]["references"]["did_numbers"][0]["id"], main["id"]);
        for body in [
            json!({"action": "delete", "ids": []}),
            json!({"action": "delete", "ids": [1, 1]}),
            json!({"action": "delete", "ids": (1..=101).collect::<Vec<_>>()}),
            json!({"action": "delete", "ids": [0]}),
        ] {
            assert_eq!(faults(&bulk(body).await), ["ids"]);
        }
        assert_eq!(faults(&bulk(json!({"action": "explode", "ids": [1]})).await), ["action"]);
        let stranger = json!({"action": "delete", "ids": ids});
        let stranger = office.by(&office.stranger, Method::POST, "/extensions/bulk", &stranger).await.json();
        assert_eq!(stranger["meta"], json!({"requested": 3, "done": 0, "failed": 3}));
        assert_eq!(office.read("/extensions").await["meta"]["total"], 3);
    }
}
