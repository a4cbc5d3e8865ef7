//! Calls that are only thought through, and the drawing of their ways, by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_kernel::RecordId;
use opbx_platform::{DestinationRef, Value as Cell};
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

    async fn each_sentence_names_its_records_and_the_call_its_way(db: TestDb) {
        let office = Office::open(db).await;
        let group = office.id("/ring-groups", "Sales").await;
        let number = office.id("/phone-numbers", "12125550100").await;
        let bob = office.id("/extensions", "1002").await;
        let call = json!({"from": "+12125550199", "to": "+12125550100", "answers": {"1002": "yes"}});
        let told = office.ask(Method::POST, "/simulate", &call).await.json()["data"].clone();
        let led = told["sentences"].as_array().expect("a list").iter().find(|said| said["text"].as_str().is_some_and(|text| text.starts_with("number "))).expect("the number's sentence").clone();
        assert_eq!(led["node"], "phone_number:+12125550100");
        assert_eq!(led["records"], json!([
            {"kind": "phone_number", "id": number, "label": "Main number", "node": "phone_number:+12125550100"},
            {"kind": "ring_group", "id": group, "label": "Sales", "node": format!("ring_group:{group}")},
        ]));
        let ring = told["sentences"].as_array().expect("a list").iter().find(|said| said["text"] == "ring 1002 for 20 s").expect("Bob rings");
        assert_eq!((&ring["node"], &ring["records"][0]["id"]), (&json!(format!("ring_group:{group}")), &json!(bob)), "{ring}");
        assert_eq!(told["way"].as_array().map(Vec::len), Some(2), "who rings in a group is not passed: {told}");
        assert_eq!(told["end"], json!({"reason": "completed", "answered_by": "1002", "node": format!("ring_group:{group}")}));
        let flow = office.read("/plan/flow?number=12125550100").await["data"].clone();
        let drawn: Vec<&Value> = flow["nodes"].as_array().expect("nodes").iter().map(|node| &node["id"]).collect();
        for passed in told["way"].as_array().expect("a way") {
            assert!(drawn.contains(&&passed["node"]), "{passed} is drawn");
        }
        let unknown = json!({"from": "+12125550199", "to": "+12125550177"});
        let told = office.ask(Method::POST, "/simulate", &unknown).await.json()["data"].clone();
        assert_eq!((&told["way"], &told["end"]["reason"], &told["end"]["node"]), (&json!([]), &json!("not_found"), &json!(null)));
    }

    async fn the_drawing_says_what_is_wrong_and_what_nothing_leads_to(db: TestDb) {
        let office = Office::open(db).await;
        let problems = |flow: &Value, label: &str| -> Vec<String> {
            let nodes = flow["nodes"].as_array().expect("nodes");
            let node = nodes.iter().find(|node| node["label"] == label).unwrap_or_else(|| panic!("{label} is drawn: {flow}"));
            node["problems"].as_array().expect("a list").iter().map(|text| text.as_str().expect("a sentence").to_owned()).collect()
        };
        let clean = office.read("/plan/flow").await["data"].clone();
        assert!(clean["nodes"].as_array().expect("nodes").iter().all(|node| node["problems"] == json!([]) && node["reachable"] == json!(true)), "{clean}");
        assert_eq!(clean["edges"][1]["says"], "when nobody answers within 20 s for each phone", "{clean}");
        let menu = json!({"name": "Main", "tts_text": "Hello.", "failover_destination_type": "hangup", "options": [
            {"input_digits": "1", "destination_type": "ring_group", "destination_id": office.id("/ring-groups", "Sales").await, "priority": 1}]});
        let menu = office.created("/ivr-menus", &menu, "data").await;
        let hours = json!({"name": "Night", "open_hours_action": {"type": "ivr_menu", "target_id": format!("ivr-{}", menu["id"])},
            "closed_hours_action": {"type": "forward", "target_id": "+442079460018"}, "schedule": {}});
        let hours = office.created("/business-hours", &hours, "data").await;
        let failover = json!({"failover_destination_type": "business_hours", "failover_destination_id": hours["id"]});
        let changed = office.ask(Method::PUT, &format!("/ivr-menus/{}", menu["id"]), &failover).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        // The API refuses it; a configuration file may bring it.
        let id = RecordId::new(menu["id"].as_i64().expect("an id")).expect("an id");
        let back = DestinationRef::Record { kind: "menu".to_owned(), id };
        office.record("pbx.menu.key", &[("menu", Cell::Record(id)), ("keys", "2".into()), ("sequence", Cell::Int(2)), ("destination", Cell::Destination(back))]).await;
        for extension in ["1001", "1002"] {
            let id = office.id("/extensions", extension).await;
            let off = office.ask(Method::PUT, &format!("/extensions/{id}"), &json!({"status": "inactive"})).await;
            assert_eq!(off.status, 200, "{}", off.body);
        }
        let flow = office.read("/plan/flow").await["data"].clone();
        assert_eq!(problems(&flow, "Sales"), ["None of its members can be rung: they are inactive, gone, or not to be disturbed."]);
        let menu = problems(&flow, "Main");
        for said in ["Key 2 leads back to this menu.", "Calls can come back here without anybody choosing: a loop.", "No number and no extension leads here."] {
            assert!(menu.contains(&said.to_owned()), "{said}: {menu:?}");
        }
        assert!(problems(&flow, "Night").contains(&"It never opens: every call takes the closed way.".to_owned()), "{flow}");
        assert_eq!(problems(&flow, "+442079460018"), ["Calls to it are refused: no outbound rule allows it."]);
        let nodes = flow["nodes"].as_array().expect("nodes");
        let node = |label: &str| nodes.iter().find(|node| node["label"] == label).expect("it is drawn");
        assert_eq!((&node("Night")["reachable"], &node("Sales")["reachable"]), (&json!(false), &json!(true)));
        assert!(node("Night")["time"].as_str().is_some_and(|time| time.starts_with("closed: nothing is open on a")), "{}", node("Night"));
        let id = office.id("/phone-numbers", "12125550100").await;
        let off = office.ask(Method::PUT, &format!("/phone-numbers/{id}"), &json!({"status": "inactive"})).await;
        assert_eq!(off.status, 200, "{}", off.body);
        let flow = office.read("/plan/flow?number=12125550100").await["data"].clone();
        assert_eq!(edges(&flow), [way("Main number", "inactive", "Hang up")], "a call to it ends at once");
    }
}
