//! IVR menus by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::{Value, json};

const PATH: &str = "/ivr-menus";

fn menu(name: &str) -> Value {
    json!({"name": name, "tts_text": "Press one for Alice.", "tts_voice": "Joanna", "max_timeout": "10",
        "inter_digit_timeout": 3, "max_turns": 2, "failover_destination_type": "hangup", "status": "active",
        "options": [{"input_digits": "1", "description": "Alice", "destination_type": "extension",
            "destination_id": "1001", "priority": 1}]})
}

fn digits(menu: &Value) -> Vec<&str> {
    menu["options"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|key| key["input_digits"].as_str())
        .collect()
}

on_both_databases! {
    async fn a_menu_names_extensions_by_number_or_id_and_loses_no_zero(db: TestDb) {
        let office = Office::open(db).await;
        let alice = office.id("/extensions", "1001").await;
        office.created("/extensions", &json!({"extension_number": "0042", "name": "Zoe", "type": "user", "status": "active"}), "extension").await;
        let group = office.id("/ring-groups", "Sales").await;
        let mut body = menu("Main");
        body["options"] = json!([
            {"input_digits": "3", "destination_type": "ring_group", "destination_id": group.to_string(), "priority": 3},
            {"input_digits": "1", "destination_type": "extension", "destination_id": alice, "priority": 1},
            {"input_digits": "2", "destination_type": "extension", "destination_id": 42, "priority": 2},
        ]);
        body["failover_destination_type"] = json!("extension");
        body["failover_destination_id"] = json!(alice);
        let made = office.created(PATH, &body, "data").await;
        assert_eq!(digits(&made), ["1", "2", "3"], "in the order of their priority");
        let to: Vec<&Value> = made["options"].as_array().expect("a list").iter().map(|key| &key["destination_id"]).collect();
        assert_eq!(to, [&json!("1001"), &json!("0042"), &json!(group)]);
        assert_eq!(made["options"][2]["destination"]["name"], "Sales");
        assert_eq!((&made["failover_destination_id"], &made["failover_destination"]["number"]), (&json!(alice), &json!("1001")));
        assert_eq!((&made["tts_text"], &made["tts_voice"], &made["recording_id"]), (&json!("Press one for Alice."), &json!("Joanna"), &json!(null)));
        assert_eq!((&made["max_timeout"], &made["options_count"]), (&json!(10), &json!(3)));
        let path = format!("{PATH}/{}", made["id"]);
        let again = office.ask(Method::PUT, &path, &office.read(&path).await["data"]).await;
        assert_eq!(again.status, 200, "what is shown can be saved: {}", again.body);
        assert_eq!(again.json()["data"]["options"], made["options"]);
    }

    async fn one_source_says_what_is_heard_and_a_menu_s_own_prompt_goes_with_it(db: TestDb) {
        let office = Office::open(db).await;
        let library = office.created("/prompts", &json!({"name": "Welcome", "kind": "recording"}), "data").await;
        let made = office.created(PATH, &menu("Main"), "data").await;
        let path = format!("{PATH}/{}", made["id"]);
        let put = async |body: Value| {
            let saved = office.ask(Method::PUT, &path, &body).await;
            assert_eq!(saved.status, 200, "{body}: {}", saved.body);
            let data = saved.json()["data"].clone();
            [&data["recording_id"], &data["audio_file_path"], &data["tts_text"], &data["tts_voice"]].map(Clone::clone)
        };
        let null = Value::Null;
        assert_eq!(put(json!({"tts_voice": "Brian"})).await, [null.clone(), null.clone(), json!("Press one for Alice."), json!("Brian")]);
        assert_eq!(put(json!({"tts_text": "Hello.", "recording_id": null, "audio_file_path": ""})).await, [null.clone(), null.clone(), json!("Hello."), json!("Brian")]);
        let address = "https://example.com/hello.mp3";
        assert_eq!(put(json!({"audio_file_path": address, "tts_text": null})).await, [null.clone(), json!(address), null.clone(), null.clone()]);
        assert_eq!(office.listed("/prompts", "name").await, ["Welcome"], "its own prompt is none of the library");
        assert_eq!(put(json!({"recording_id": library["id"]})).await, [library["id"].clone(), null.clone(), null.clone(), null.clone()]);
        assert_eq!(put(json!({"tts_text": "Back.", "tts_voice": "Amy"})).await, [null.clone(), null.clone(), json!("Back."), json!("Amy")]);
        assert_eq!(put(json!({"audio_file_path": library["id"].to_string()})).await[0], library["id"], "an id is taken for a recording");
        put(json!({"tts_text": "Last."})).await;
        let deleted = office.ask(Method::DELETE, &path, &null).await;
        assert_eq!((deleted.status.as_u16(), &deleted.json()["message"]), (200, &json!("IVR menu deleted successfully.")));
        let mut tx = office.app.read(office.tenant).await;
        assert_eq!(tx.count("pbx.prompt", &opbx_platform::Domain::All).await.expect("a count"), 1, "the library's is left");
    }

    async fn what_makes_no_menu_is_refused_by_field(db: TestDb) {
        let office = Office::open(db).await;
        let made = office.created(PATH, &menu("Main"), "data").await;
        let option = |digits: &str, kind: &str, id: Value| json!({"input_digits": digits, "destination_type": kind, "destination_id": id});
        let foreign = office.stranger_group().await;
        for (change, field) in [
            (json!({"options": []}), "options"),
            (json!({"max_timeout": 31}), "max_timeout"),
            (json!({"inter_digit_timeout": 0}), "inter_digit_timeout"),
            (json!({"max_turns": 10}), "max_turns"),
            (json!({"name": "Main"}), "name"),
            (json!({"tts_text": ""}), "audio_configuration"),
            (json!({"audio_file_path": "https://example.com/a.mp3"}), "audio_file_path"),
            (json!({"recording_id": 999_999, "tts_text": null}), "recording_id"),
            (json!({"audio_file_path": "nonsense", "tts_text": null}), "audio_file_path"),
            (json!({"failover_destination_type": "ring_group"}), "failover_destination_id"),
            (json!({"failover_destination_type": "ring_group", "failover_destination_id": foreign}), "failover_destination_id"),
            (json!({"options": [option("1", "hangup", json!(null))]}), "options.0.destination_type"),
            (json!({"options": [option("12a", "extension", json!("1001"))]}), "options.0.input_digits"),
            (json!({"options": [option("1", "extension", json!("1001")), option("1", "extension", json!("1002"))]}), "options.1.input_digits"),
            (json!({"options": [option("1", "extension", json!("1001")), option("2", "extension", json!("9999"))]}), "options.1.destination_id"),
            (json!({"options": [option("1", "conference_room", json!("x"))]}), "options.0.destination_id"),
        ] {
            let mut body = menu("Other");
            body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
            let refused = office.ask(Method::POST, PATH, &body).await;
            assert_eq!(faults(&refused), [field], "{change}: {}", refused.body);
        }
        let path = format!("{PATH}/{}", made["id"]);
        let itself = json!({"options": [option("1", "ivr_menu", made["id"].clone())]});
        assert_eq!(faults(&office.ask(Method::PUT, &path, &itself).await), ["options.0.destination_id"]);
        let silent = json!({"recording_id": null, "audio_file_path": null, "tts_text": null});
        assert_eq!(faults(&office.ask(Method::PUT, &path, &silent).await), ["audio_configuration"]);
        assert_eq!(office.listed(&format!("{PATH}?status=&search=mai&sort=name&order=asc&per_page=1000"), "name").await, ["Main"]);
    }

    async fn a_new_menu_waits_as_long_as_the_original_s_where_nothing_is_said(db: TestDb) {
        let office = Office::open(db).await;
        let mut new = menu("Quick");
        for field in ["max_timeout", "inter_digit_timeout", "max_turns"] {
            new.as_object_mut().expect("an object").remove(field);
        }
        let made = office.created(PATH, &new, "data").await;
        assert_eq!((&made["max_timeout"], &made["inter_digit_timeout"], &made["max_turns"]), (&json!(3), &json!(2), &json!(3)));
        let voice = json!({"tts_voice": "x".repeat(51)});
        assert_eq!(faults(&office.ask(Method::PUT, &format!("{PATH}/{}", made["id"]), &voice).await), ["tts_voice"]);
    }

    async fn a_key_that_nobody_could_press_says_why_it_is_none(db: TestDb) {
        let office = Office::open(db).await;
        for (key, sentence) in [
            ("#", "# ends the entry, so no key may hold it."),
            ("1#", "# ends the entry, so no key may hold it."),
            ("1a", "The input digits field has an invalid format."),
        ] {
            let mut body = menu("Main");
            body["options"][0]["input_digits"] = json!(key);
            let refused = office.ask(Method::POST, PATH, &body).await;
            assert_eq!(refused.status, 422, "{key}: {}", refused.body);
            assert_eq!(refused.json()["errors"], json!({"options.0.input_digits": [sentence]}));
        }
        let made = office.created(PATH, &menu("Main"), "data").await;
        let star = json!({"options": [{"input_digits": "*", "destination_type": "extension", "destination_id": "1001"}]});
        let starred = office.ask(Method::PUT, &format!("{PATH}/{}", made["id"]), &star).await;
        assert_eq!(starred.status, 200, "{}", starred.body);
    }

    async fn a_menu_that_is_led_to_stays(db: TestDb) {
        let office = Office::open(db).await;
        let inner = office.created(PATH, &menu("Inner"), "data").await;
        let mut outer = menu("Outer");
        outer["options"][0] = json!({"input_digits": "1", "destination_type": "ivr_menu", "destination_id": inner["id"]});
        let outer = office.created(PATH, &outer, "data").await;
        let path = format!("{PATH}/{}", inner["id"]);
        let kept = office.ask(Method::DELETE, &path, &json!(null)).await;
        assert_eq!(kept.status, 409, "{}", kept.body);
        assert_eq!(kept.json()["references"]["ivr_menus"].as_array().map(Vec::len), Some(1), "{}", kept.body);
        let bulk = json!({"action": "deactivate", "ids": [inner["id"], outer["id"]]});
        let done = office.ask(Method::POST, &format!("{PATH}/bulk"), &bulk).await;
        assert_eq!((done.status.as_u16(), &done.json()["meta"]["done"]), (200, &json!(2)), "{}", done.body);
        office.check_versions(&path, &json!({"max_turns": 4})).await;
        let everybody = [&office.owner, &office.admin, &office.user, &office.reporter];
        office.check_rights(PATH, inner["id"].as_i64().expect("an id"), &menu("New"), &everybody).await;
        let voices = office.ask(Method::GET, &format!("{PATH}/voices"), &json!(null)).await;
        assert_eq!(voices.status, 503, "{}", voices.body);
        assert!(voices.json()["troubleshooting"].is_array());
    }
}
