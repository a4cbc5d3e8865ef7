//! Calls that are only thought through, and the drawing of their ways, by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::{Value, json};

fn edges(flow: &Value) -> Vec<(String, String, String)> {
    let label = |id: &Value| {
        let nodes = flow["nodes"].as_array().expect("nodes");
        let node = nodes.iter().find(|node| node["id"] == *id).expect("every edge leads from node to node");
        node["label"].as_str().expect("a label").to_owned()
    };
    let of = |edge: &Value| {
        let when = edge["when"].as_str().expect("a word");
        let keys = edge["keys"].as_str().map_or_else(String::new, |keys| format!(" {keys}"));
        (label(&edge["from"]), format!("{when}{keys}"), label(&edge["to"]))
    };
    flow["edges"].as_array().expect("edges").iter().map(of).collect()
}

fn way(from: &str, when: &str, to: &str) -> (String, String, String) {
    (from.to_owned(), when.to_owned(), to.to_owned())
}

on_both_databases! {
    async fn a_call_is_told_in_sentences_and_rings_nobody(db: TestDb) {
        let office = Office::open(db).await;
        let call = json!({"from": "+12125550199", "to": "+12125550100", "at": "2026-03-02 10:00", "answers": {"1002": "yes"}});
        for person in [&office.owner, &office.reporter] {
            let told = office.by(person, Method::POST, "/simulate", &call).await;
            assert_eq!(told.status, 200, "{}", told.body);
            let data = told.json()["data"].clone();
            assert!(data["summary"].as_str().expect("a sentence").contains("answered by 1002"), "{data}");
            let sentences = data["sentences"].as_array().expect("a list");
            assert!(sentences.iter().any(|said| said["text"].as_str().is_some_and(|text| text.contains("Sales"))), "{data}");
            assert_eq!(data["call"]["legs"].as_array().map(Vec::len), Some(2));
        }
        assert!(office.app.calls(office.tenant).await.is_empty(), "nothing is kept");
        for (change, field) in [
            (json!({"at": "noon"}), "at"),
            (json!({"keys": ["x"]}), "keys.0"),
            (json!({"answers": {"1001": "perhaps"}}), "answers.1001"),
            (json!({"to": ""}), "to"),
        ] {
            let mut body = call.clone();
            body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
            assert_eq!(faults(&office.ask(Method::POST, "/simulate", &body).await), [field], "{change}");
        }
        let other = json!({"from": "+12125550199", "to": "+12125550100"});
        let told = office.by(&office.stranger, Method::POST, "/simulate", &other).await;
        assert!(!told.body.contains("acme"), "{}", told.body);
    }

    async fn a_pin_is_not_to_be_guessed_by_trying_calls(db: TestDb) {
        let office = Office::open(db).await;
        let room = office.created("/conference-rooms", &json!({"name": "Board", "max_participants": 5, "pin": "4711", "pin_required": true}), "data").await;
        let id = office.id("/phone-numbers", "12125550100").await;
        let led = json!({"routing_type": "conference_room", "routing_config": {"conference_room_id": room["id"]}});
        assert_eq!(office.ask(Method::PUT, &format!("/phone-numbers/{id}"), &led).await.status, 200);
        let mut told = Vec::new();
        for pin in ["4711", "0000"] {
            let call = json!({"from": "+12125550199", "to": "+12125550100", "at": "2026-03-02T10:00:00Z", "keys": [pin]});
            told.push(office.by(&office.user, Method::POST, "/simulate", &call).await.json()["data"]["summary"].clone());
        }
        assert_eq!(told[0], told[1], "the right one and a wrong one look alike");
    }

    async fn all_ways_of_a_number_are_drawn_with_their_records(db: TestDb) {
        let office = Office::open(db).await;
        let menu = json!({"name": "Main", "tts_text": "Hello.", "failover_destination_type": "hangup", "options": [
            {"input_digits": "1", "destination_type": "extension", "destination_id": "1001", "priority": 1},
            {"input_digits": "2", "destination_type": "ring_group", "destination_id": office.id("/ring-groups", "Sales").await, "priority": 2}]});
        let menu = office.created("/ivr-menus", &menu, "data").await;
        let hours = json!({"name": "Office", "open_hours_action": {"type": "ivr_menu", "target_id": format!("ivr-{}", menu["id"])},
            "closed_hours_action": {"type": "forward", "target_id": "+442079460018"}, "schedule": {}});
        let hours = office.created("/business-hours", &hours, "data").await;
        let id = office.id("/phone-numbers", "12125550100").await;
        let led = json!({"routing_type": "business_hours", "routing_config": {"business_hours_schedule_id": hours["id"]}});
        assert_eq!(office.ask(Method::PUT, &format!("/phone-numbers/{id}"), &led).await.status, 200);
        let flow = office.read("/plan/flow?number=+12125550100").await["data"].clone();
        assert_eq!(edges(&flow), [
            way("Main number", "always", "Office"),
            way("Office", "open", "Main"),
            way("Office", "closed", "+442079460018"),
            way("Main", "keys 1", "Alice of acme"),
            way("Main", "keys 2", "Sales"),
            way("Main", "no_choice", "Hang up"),
            way("Sales", "no_answer", "Carol of acme"),
        ]);
        assert_eq!((&flow["nodes"][0]["kind"], &flow["nodes"][0]["record_id"]), (&json!("phone_number"), &json!(id)));
        assert_eq!((&flow["nodes"][1]["kind"], &flow["nodes"][1]["record_id"]), (&json!("business_hours"), &hours["id"]));
        let sales = flow["nodes"].as_array().expect("nodes").iter().find(|node| node["label"] == "Sales").expect("the group");
        assert_eq!(sales["rings"].as_array().map(Vec::len), Some(2));
        assert_eq!(office.ask(Method::PUT, &format!("/ivr-menus/{}", menu["id"]), &json!({"status": "inactive"})).await.status, 200);
        let flow = office.read("/plan/flow").await["data"].clone();
        assert!(edges(&flow).contains(&way("Main", "inactive", "Hang up")), "{flow}");
        let nobody = office.ask(Method::GET, "/plan/flow?number=%2B442079460018", &json!(null)).await;
        assert_eq!(nobody.status, 404, "{}", nobody.body);
        assert_eq!(faults(&office.ask(Method::GET, "/plan/flow?number=abc", &json!(null)).await), ["number"]);
        let strange = office.by(&office.stranger, Method::GET, "/plan/flow", &json!(null)).await;
        assert!(!strange.body.contains("acme"), "{}", strange.body);
    }
}
