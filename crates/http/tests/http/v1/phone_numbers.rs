//! Phone numbers by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::{Value, json};

const PATH: &str = "/phone-numbers";

fn number(last: u32, kind: &str, config: &Value) -> Value {
    json!({"phone_number": format!("+1212555{last:04}"), "routing_type": kind, "routing_config": config, "status": "active"})
}

on_both_databases! {
    async fn a_number_leads_to_each_kind_of_target_and_tells_which(db: TestDb) {
        let office = Office::open(db).await;
        let extension = office.id("/extensions", "1001").await;
        let main = office.read(&format!("{PATH}?search=0100")).await["data"][0].clone();
        assert_eq!(main["routing_type"], "ring_group");
        assert_eq!(main["ring_group"]["name"], "Sales");
        let group = main["routing_config"]["ring_group_id"].clone();
        let room = office.created("/conference-rooms", &json!({"name": "Board"}), "data").await["id"].clone();
        let menu = office.record("pbx.menu", &[("name", "Main".into())]).await;
        let hours = office.record("pbx.hours", &[("name", "Office".into())]).await;
        let voicemail = office.record("pbx.voicemail", &[("name", "Messages".into())]).await;
        let targets = [
            ("extension", "extension_id", json!(extension), "extension"),
            ("ring_group", "ring_group_id", group, "ring_group"),
            ("conference_room", "conference_room_id", room, "conference_room"),
            ("ivr_menu", "ivr_menu_id", json!(menu), "ivr_menu"),
            ("business_hours", "business_hours_schedule_id", json!(hours), "business_hours_schedule"),
            ("voicemail", "voicemail_id", json!(voicemail), "voicemail"),
        ];
        for (last, (kind, key, id, embedded)) in (1..).zip(targets) {
            // Forms of the original send ids as texts.
            let made = office.created(PATH, &number(last, kind, &json!({key: id.to_string()})), "data").await;
            assert_eq!((&made["routing_type"], &made["routing_config"][key]), (&json!(kind), &id), "{made}");
            assert_eq!(made[embedded]["id"], id, "{made}");
            assert_eq!(made["destination"]["type"], kind);
            let found = office.read(&format!("{PATH}?routing_type={kind}&search=555{last:04}")).await;
            assert_eq!(found["meta"]["total"], 1, "{found}");
        }
        let shown = office.read(&format!("{PATH}?routing_type=extension")).await;
        assert_eq!(shown["data"][0]["extension"]["extension_number"], "1001");
        let forward = number(20, "forward", &json!({"forward_to": "+442079460018"}));
        assert_eq!(office.created(PATH, &forward, "data").await["routing_config"]["forward_to"], "+442079460018");
        assert_eq!(office.created(PATH, &number(21, "hangup", &json!({})), "data").await["routing_type"], "hangup");
    }

    async fn what_is_wrong_with_a_number_is_named(db: TestDb) {
        let office = Office::open(db).await;
        let mine = office.id("/extensions", "1001").await;
        let off = office.id("/extensions", "1002").await;
        office.ask(Method::PUT, &format!("/extensions/{off}"), &json!({"status": "inactive"})).await;
        let theirs = office.by(&office.stranger, Method::GET, "/extensions", &json!(null)).await.json();
        let theirs = theirs["data"][0]["id"].clone();
        let empty = office.record("pbx.ring_group", &[("name", "Nobody".into())]).await;
        let with = |phone: &str| {
            let mut body = number(1, "extension", &json!({"extension_id": mine}));
            body["phone_number"] = json!(phone);
            body
        };
        let cases = [
            (with("2125550111"), "phone_number"),
            (with("+0125550111"), "phone_number"),
            (with("+12125550100"), "phone_number"),
            (number(1, "extension", &json!({})), "routing_config.extension_id"),
            (number(1, "extension", &json!({"ring_group_id": 1})), "routing_config.extension_id"),
            (number(1, "extension", &json!({"extension_id": 999_999})), "routing_config.extension_id"),
            (number(1, "extension", &json!({"extension_id": theirs})), "routing_config.extension_id"),
            (number(1, "extension", &json!({"extension_id": off})), "routing_config.extension_id"),
            (number(1, "ring_group", &json!({"ring_group_id": empty})), "routing_config.ring_group_id"),
            (number(1, "ivr_menu", &json!({"ivr_menu_id": 0})), "routing_config.ivr_menu_id"),
            (number(1, "forward", &json!({"forward_to": " "})), "routing_config.forward_to"),
            (number(1, "carrier_pigeon", &json!({})), "routing_type"),
        ];
        for (body, field) in cases {
            let refused = office.ask(Method::POST, PATH, &body).await;
            assert_eq!(faults(&refused), [field], "{body}: {}", refused.body);
            assert!(!refused.body.contains("globex"), "{}", refused.body);
        }
        assert_eq!(office.read(PATH).await["meta"]["total"], 1, "nothing was made");
    }

    async fn a_number_changes_but_for_the_number_itself(db: TestDb) {
        let office = Office::open(db).await;
        let extension = office.id("/extensions", "1001").await;
        let path = format!("{PATH}/{}", office.id(PATH, "0100").await);
        let same = json!({"phone_number": "+12125550100", "friendly_name": "Front desk", "status": "inactive"});
        let renamed = office.ask(Method::PUT, &path, &same).await;
        assert_eq!(renamed.status, 200, "{}", renamed.body);
        let data = &renamed.json()["data"];
        assert_eq!((&data["friendly_name"], &data["status"]), (&json!("Front desk"), &json!("inactive")));
        assert_eq!(data["routing_type"], "ring_group", "where it leads stays");
        let other = office.ask(Method::PUT, &path, &json!({"phone_number": "+12125550199"})).await;
        assert_eq!(faults(&other), ["phone_number"]);
        let half = office.ask(Method::PUT, &path, &json!({"routing_type": "extension"})).await;
        assert_eq!(faults(&half), ["routing_config.extension_id"]);
        let whole = json!({"routing_type": "extension", "routing_config": {"extension_id": extension}});
        let moved = office.ask(Method::PUT, &path, &whole).await.json();
        assert_eq!(moved["data"]["extension"]["extension_number"], "1001");
        office.ask(Method::PUT, &format!("/extensions/{extension}"), &json!({"status": "inactive"})).await;
        let mut again = whole.clone();
        again["friendly_name"] = json!(null);
        let again = office.ask(Method::PUT, &path, &again).await;
        assert_eq!(again.status, 200, "a target that was switched off since is no news: {}", again.body);
        assert!(again.json()["data"]["friendly_name"].is_null());
        office.check_versions(&path, &json!({"status": "active"})).await;
    }

    async fn numbers_are_listed_newest_first_and_kept_to_their_own(db: TestDb) {
        let office = Office::open(db).await;
        let extension = office.id("/extensions", "1001").await;
        let id = office.created(PATH, &number(1, "extension", &json!({"extension_id": extension})), "data").await;
        let numbers = |query: &'static str| office.listed(query, "phone_number");
        assert_eq!(numbers("/phone-numbers?sort_by=phone_number&sort_order=asc").await, ["+12125550001", "+12125550100"]);
        assert_eq!(numbers("/phone-numbers?routing_type=extension").await, ["+12125550001"]);
        assert_eq!(numbers("/phone-numbers?search=Main+number").await, ["+12125550100"]);
        assert_eq!(numbers("/phone-numbers?status=inactive").await, Vec::<Value>::new());
        let everybody = [&office.owner, &office.admin, &office.user, &office.reporter];
        office.check_rights(PATH, id["id"].as_i64().expect("an id"), &number(2, "hangup", &json!({})), &everybody).await;
        let gone = office.ask(Method::DELETE, &format!("{PATH}/{}", id["id"]), &json!(null)).await;
        assert_eq!((gone.status.as_u16(), gone.body.as_str()), (204, ""));
    }

    async fn a_dry_run_finds_what_the_import_itself_would_refuse(db: TestDb) {
        let office = Office::open(db).await;
        let file = "phone_number,friendly_name,routing_type,target\n\
            +12125550121,Sales,forward,abc\n\
            +12125550122,\"Front\ndesk\",forward,+442079460018\n";
        let send = async |query: &str| {
            let path = format!("/api/v1{PATH}/import{query}");
            let ask = office.app.by(&office.owner, Method::POST, &path).body(file.to_owned());
            ask.content_type("text/csv").reply().await
        };
        let (dry, real) = (send("?dry_run=1").await, send("").await);
        assert_eq!((dry.status.as_u16(), real.status.as_u16()), (200, 422), "{} {}", dry.body, real.body);
        let (dry, real) = (dry.json(), real.json());
        assert_eq!((&dry["meta"]["valid"], &dry["meta"]["invalid"]), (&json!(0), &json!(2)), "{dry}");
        let target = "The target field forwards to what is neither an extension nor a number nor a SIP address.";
        let name = "The friendly name field must not hold line breaks or other control characters.";
        for told in [&dry["data"], &real["data"]] {
            assert_eq!((&told[0]["line"], &told[0]["errors"]), (&json!(2), &json!({"target": [target]})));
            assert_eq!((&told[1]["line"], &told[1]["errors"]), (&json!(3), &json!({"friendly_name": [name]})));
        }
        let errors = json!({"lines.2": [format!("Line 2 is wrong: {target}")], "lines.3": [format!("Line 3 is wrong: {name}")]});
        assert_eq!(real["errors"], errors);
        assert_eq!(office.read(PATH).await["meta"]["total"], 1, "nothing was written");
    }

    async fn a_file_of_numbers_is_taken_over_whole_or_not_at_all(db: TestDb) {
        let office = Office::open(db).await;
        let send = async |query: &str, file: &str| {
            let path = format!("/api/v1{PATH}/import{query}");
            let ask = office.app.by(&office.owner, Method::POST, &path).body(file.to_owned());
            ask.content_type("text/csv; charset=utf-8").reply().await
        };
        let good = "phone_number;friendly_name;routing_type;target;status\r\n\
            (212) 555-0121;\"Sales; direct\";ring_group;sales;\r\n\
            +12125550122;;extension;1001;inactive\r\n\
            +12125550123;;;;\r\n";
        let dry = send("?dry_run=1", good).await;
        assert_eq!(dry.status, 200, "{}", dry.body);
        let meta = json!({"rows": 3, "valid": 3, "invalid": 0, "imported": 0, "dry_run": true});
        assert_eq!(dry.json()["meta"], meta);
        assert_eq!(dry.json()["data"][0]["phone_number"], "+12125550121", "as people there would dial it");
        assert_eq!(office.read(PATH).await["meta"]["total"], 1, "nothing was written");
        let bad = format!("{good}12;;;;\n+12125550122;;;;\n+12125550100;;;;\n+12125550124;;extension;4711;\n\
            +12125550125;;pigeon;x;\n+12125550126;;forward;;asleep\n");
        let refused = send("", &bad).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        let told = refused.json();
        let wrong: Vec<Vec<String>> = told["data"].as_array().expect("rows").iter()
            .map(|row| row["errors"].as_object().expect("fields").keys().cloned().collect()).collect();
        let none: &[&str] = &[];
        let expected: [&[&str]; 9] = [none, none, none, &["phone_number"], &["phone_number"], &["phone_number"],
            &["target"], &["routing_type"], &["status", "target"]];
        assert_eq!(wrong, expected);
        assert_eq!(told["errors"]["lines.5"], json!(["Line 5 is wrong: The phone number is no number such as +12125550100."]));
        assert_eq!(office.read(PATH).await["meta"]["total"], 1, "all or nothing");
        let done = send("", good).await;
        assert_eq!(done.status, 201, "{}", done.body);
        assert_eq!(done.json()["meta"]["imported"], 3);
        let sales = office.read(&format!("{PATH}/{}", done.json()["data"][0]["id"])).await;
        assert_eq!((&sales["data"]["friendly_name"], &sales["data"]["ring_group"]["name"]), (&json!("Sales; direct"), &json!("Sales")));
        for (file, kind) in [("", "text/csv"), ("name\nx\n", "text/csv")] {
            let path = format!("/api/v1{PATH}/import");
            let ask = office.app.by(&office.owner, Method::POST, &path).body(file.to_owned());
            let refused = ask.content_type(kind).reply().await;
            assert_eq!(faults(&refused), ["file"]);
        }
        let form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nphone_number\r\n+12125550130\r\n--x--\r\n";
        let path = format!("/api/v1{PATH}/import");
        let ask = office.app.by(&office.owner, Method::POST, &path).body(form.to_owned());
        let part = ask.content_type("multipart/form-data; boundary=x").reply().await;
        assert_eq!(part.status, 201, "{}", part.body);
        let ask = office.app.by(&office.owner, Method::POST, &path).json(&json!({}));
        assert_eq!(ask.reply().await.status, 415);
        let ask = office.app.by(&office.user, Method::POST, &path).body(good.to_owned());
        assert_eq!(ask.content_type("text/csv").reply().await.status, 403);
    }
}
