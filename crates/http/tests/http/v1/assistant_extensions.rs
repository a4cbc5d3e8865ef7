//! AI assistants as destinations: by the extension that stands for one, or the assistant itself, and never one for the other.

use super::office::{Office, faults};
use crate::KEY;
use axum::http::Method;
use opbx_kernel::RecordId;
use opbx_platform::Value;
use opbx_testkit::on_both_databases;
use serde_json::{Value as Json, json};

/// Assistants that are made at most until one has the id of an extension.
const DECOYS_MAX: usize = 20;
const AVA: &str = "+12125550177";

/// An office with the AI extension 3100.
struct Desk {
    office: Office,
    /// The extension's id, which is another assistant's, too.
    extension: i64,
    /// The assistant's that it stands for.
    assistant: i64,
    /// The id of a person's extension.
    person: i64,
}

fn of_provider(provider: &str, number: &str) -> Json {
    json!({"type": "ai_assistant", "configuration": {"provider": provider, "phone_number": number}})
}

fn menu(name: &str, option: &Json, failover: &Json) -> Json {
    json!({"name": name, "tts_text": "Press one.", "options": [{"input_digits": "1", "destination_type": option["type"],
        "destination_id": option["id"]}], "failover_destination_type": failover["type"], "failover_destination_id": failover["id"]})
}

impl Desk {
    async fn open(db: opbx_testkit::TestDb) -> Self {
        let office = Office::open(db).await;
        let mut body = of_provider("VAPI", AVA);
        body["extension_number"] = json!("3100");
        let made = office.created("/extensions", &body, "extension").await;
        let id = |value: &Json| value.as_i64().expect("an id");
        let (extension, assistant) = (id(&made["id"]), id(&made["configuration"]["assistant_id"]));
        for decoy in 0..DECOYS_MAX {
            let body = json!({"name": format!("Decoy {decoy}"), "provider": "Decoy", "phone_number": format!("+12125559{decoy:03}")});
            if id(&office.created("/ai-assistants", &body, "data").await["id"]) == extension {
                let person = office.id("/extensions", "1001").await;
                return Self { office, extension, assistant, person };
            }
        }
        panic!("no assistant has the id {extension}");
    }

    async fn number(&self, last: u32, kind: &str, config: &Json) -> Json {
        let body = json!({"phone_number": format!("+1212555{last:04}"), "routing_type": kind, "routing_config": config});
        self.office.created("/phone-numbers", &body, "data").await
    }

    async fn group(&self, name: &str, fallback: &Json) -> Json {
        let mut body = fallback.clone();
        body["name"] = json!(name);
        body["strategy"] = json!("simultaneous");
        body["members"] = json!([{"extension_id": self.person}]);
        self.office.created("/ring-groups", &body, "data").await
    }

    /// What is stored, as configurations write it.
    async fn stored(&self, model: &str, id: &Json, field: &str) -> String {
        let mut tx = self.office.app.read(self.office.tenant).await;
        let id = RecordId::new(id.as_i64().expect("an id")).expect("a record's id");
        let rows = tx.read(model, &[id], &[field]).await.expect("rows");
        match rows.first().and_then(|row| row.values.first()) {
            Some(Value::Destination(to)) => to.to_string(),
            other => panic!("{model} {id}: {other:?}"),
        }
    }

    /// Sends an answer back as it came, which must change nothing of where it leads; gives what is stored.
    async fn sent_back(&self, path: &str, key: &str, model: &str, field: &str) -> String {
        let shown = self.office.read(path).await[key].clone();
        let before = self.stored(model, &shown["id"], field).await;
        let reply = self.office.ask(Method::PUT, path, &shown).await;
        assert_eq!(reply.status, 200, "{shown}: {}", reply.body);
        let after = self.stored(model, &shown["id"], field).await;
        assert_eq!(before, after, "{shown}");
        let again = self.office.read(path).await[key].clone();
        for member in [
            "routing_type",
            "routing_config",
            "fallback_action",
            "fallback_ai_assistant_id",
            "fallback_assistant_id",
            "failover_destination_type",
            "failover_destination_id",
            "open_hours_action",
            "configuration",
            "forward_busy",
            "fallback",
        ] {
            assert_eq!(again[member], shown[member], "{member}");
        }
        after
    }
}

on_both_databases! {
    async fn what_is_no_extension_of_an_assistant_is_refused_where_it_is_named(db: TestDb) {
        let desk = Desk::open(db).await;
        let office = &desk.office;
        let theirs = {
            let mut body = of_provider("VAPI", AVA);
            body["extension_number"] = json!("3100");
            let made = office.by(&office.stranger, Method::POST, "/extensions", &body).await;
            made.json()["extension"]["id"].as_i64().expect("an id")
        };
        assert_ne!(desk.assistant, desk.extension);
        let person = format!("/extensions/{}", desk.person);
        let assistant = format!("/ai-assistants/{}", desk.assistant);
        for wrong in [desk.person, desk.assistant, theirs, 999_999, 0] {
            let named = json!({"type": "ai_assistant", "id": wrong});
            let group = json!({"name": "Night", "strategy": "simultaneous", "members": [{"extension_id": desk.person}],
                "fallback_action": "ai_assistant", "fallback_ai_assistant_id": wrong});
            let number = |config: Json| json!({"phone_number": "+12125550001", "routing_type": "ai_assistant", "routing_config": config});
            let hours = json!({"name": "Hours", "open_hours_action": {"type": "hangup"},
                "closed_hours_action": {"type": "ai_assistant", "target_id": format!("ai-{wrong}")}});
            let hangup = json!({"type": "hangup"});
            for (method, path, body, field) in [
                (Method::POST, "/phone-numbers", number(json!({"ai_assistant_id": wrong})), "routing_config.ai_assistant_id"),
                (Method::POST, "/phone-numbers", number(json!({"extension_id": wrong})), "routing_config.extension_id"),
                (Method::POST, "/ring-groups", group, "fallback_ai_assistant_id"),
                (Method::POST, "/business-hours", hours, "closed_hours_action.target_id"),
                (Method::POST, "/ivr-menus", menu("Menu", &named, &hangup), "options.0.destination_id"),
                (Method::POST, "/ivr-menus", menu("Menu", &json!({"type": "extension", "id": "1001"}), &named), "failover_destination_id"),
                (Method::PUT, person.as_str(), json!({"forward_busy": named}), "forward_busy.id"),
                (Method::PUT, assistant.as_str(), json!({"fallback": named}), "fallback.id"),
                (Method::PUT, "/settings/company", json!({"fallback": named}), "fallback.id"),
            ] {
                let refused = office.ask(method, path, &body).await;
                assert_eq!(faults(&refused), [field], "{path} {body}: {}", refused.body);
                assert!(!refused.body.contains("globex"), "{}", refused.body);
            }
        }
        let none = json!({"phone_number": "+12125550001", "routing_type": "ai_assistant", "routing_config": {}});
        assert_eq!(faults(&office.ask(Method::POST, "/phone-numbers", &none).await), ["routing_config.ai_assistant_id"]);
        let gone = json!({"phone_number": "+12125550001", "routing_type": "ai_assistant", "routing_config": {"assistant_id": 999_999}});
        assert_eq!(faults(&office.ask(Method::POST, "/phone-numbers", &gone).await), ["routing_config.assistant_id"]);
        assert_eq!(office.read("/phone-numbers").await["meta"]["total"], 1, "nothing was made");
    }

    async fn an_extension_that_is_edited_takes_its_callers_along_and_is_not_deleted_under_them(db: TestDb) {
        let desk = Desk::open(db).await;
        let office = &desk.office;
        let main = format!("/phone-numbers/{}", office.id("/phone-numbers", "0100").await);
        let assistants = office.read("/ai-assistants").await["meta"]["total"].clone();
        let there = json!({"routing_type": "ai_assistant", "routing_config": {"ai_assistant_id": desk.extension.to_string()}});
        let led = office.ask(Method::PUT, &main, &there).await;
        assert_eq!(led.status, 200, "{}", led.body);
        office.app.refresh().await;
        assert_eq!(office.app.voice(KEY).call("CA1").send().await.rings, [AVA], "not the assistant that has this id");
        let path = format!("/extensions/{}", desk.extension);
        let edited = office.ask(Method::PUT, &path, &of_provider("Retell", "+12125550178")).await;
        assert_eq!(edited.status, 200, "{}", edited.body);
        office.app.refresh().await;
        let second = office.app.voice(KEY).call("CA2").send().await;
        assert_eq!(second.rings, ["+12125550178"]);
        assert_eq!(second.attribute("Service", "provider").as_deref(), Some("Retell"));
        assert_eq!(office.read("/ai-assistants").await["meta"]["total"], assistants, "no assistant was left behind");
        let shown = office.read(&main).await["data"].clone();
        assert_eq!(shown["ai_assistant"]["phone_number"], "+12125550178");
        let fallback = json!({"fallback_action": "ai_assistant", "fallback_ai_assistant_id": desk.extension});
        let group = desk.group("Night", &fallback).await;
        let kept = office.ask(Method::DELETE, &path, &json!(null)).await;
        assert_eq!(kept.status, 409, "{}", kept.body);
        assert_eq!(kept.json()["references"]["did_numbers"][0]["id"], shown["id"]);
        assert_eq!(kept.json()["references"]["ring_groups"][0]["id"], group["id"]);
        let drawn = office.read("/plan/flow?number=%2B12125550100").await["data"].clone();
        let kinds: Vec<&str> = drawn["nodes"].as_array().expect("nodes").iter().filter_map(|node| node["kind"].as_str()).collect();
        assert!(kinds.starts_with(&["phone_number", "extension", "assistant"]), "{kinds:?}");
        let found = office.read("/search?q=Retell").await["data"][0].clone();
        assert_eq!((&found["kind"], &found["id"]), (&json!("assistant"), &json!(desk.assistant)));
        let named = office.read(&format!("/references/assistant/{}", desk.assistant)).await["data"][0].clone();
        assert_eq!((&named["kind"], &named["id"]), (&json!("extension"), &json!(desk.extension)));
    }

    async fn every_answer_sent_back_leads_where_it_led(db: TestDb) {
        let desk = Desk::open(db).await;
        let office = &desk.office;
        let (stand_in, itself) = (format!("extension:{}", desk.extension), format!("assistant:{}", desk.assistant));
        let ways = [
            ("ai_assistant", desk.extension, "ai_assistant_id", "fallback_ai_assistant_id", &stand_in),
            ("assistant", desk.assistant, "assistant_id", "fallback_assistant_id", &itself),
            ("extension", desk.extension, "extension_id", "fallback_extension_id", &stand_in),
        ];
        for (last, (kind, id, key, fallback, expected)) in (1..).zip(ways) {
            let number = desk.number(last, kind, &json!({key: id})).await;
            assert_eq!(number["routing_type"], "ai_assistant", "{number}");
            let path = format!("/phone-numbers/{}", number["id"]);
            assert_eq!(&desk.sent_back(&path, "data", "pbx.number", "destination").await, expected);
            let group = desk.group(&format!("Group {last}"), &json!({"fallback_action": kind, (fallback): id})).await;
            assert_eq!((&group["fallback_action"], &group["fallback_assistant_id"]), (&json!("ai_assistant"), &json!(desk.assistant)));
            let path = format!("/ring-groups/{}", group["id"]);
            assert_eq!(&desk.sent_back(&path, "data", "pbx.ring_group", "fallback").await, expected);
            let named = json!({"type": kind, "id": id});
            // A key names an extension by its number.
            let option = if kind == "assistant" { named.clone() } else { json!({"type": kind, "id": "3100"}) };
            let made = office.created("/ivr-menus", &menu(&format!("Menu {last}"), &option, &named), "data").await;
            let path = format!("/ivr-menus/{}", made["id"]);
            assert_eq!(&desk.sent_back(&path, "data", "pbx.menu", "failover").await, expected);
            let again = office.read(&path).await["data"]["options"][0].clone();
            assert_eq!(again["destination"], made["options"][0]["destination"]);
            let shown = if kind == "assistant" { option } else { json!({"type": "ai_assistant", "id": "3100"}) };
            assert_eq!((&again["destination_type"], &again["destination_id"]), (&shown["type"], &shown["id"]));
            let prefix = match kind { "assistant" => "assistant", "extension" => "ext", _ => "ai" };
            let hours = json!({"name": format!("Hours {last}"), "closed_hours_action": {"type": "hangup"},
                "open_hours_action": {"type": kind, "target_id": format!("{prefix}-{id}")}});
            let made = office.created("/business-hours", &hours, "data").await;
            let path = format!("/business-hours/{}", made["id"]);
            assert_eq!(&desk.sent_back(&path, "data", "pbx.hours", "open_destination").await, expected);
            let path = format!("/extensions/{}", desk.person);
            let forwarded = office.ask(Method::PUT, &path, &json!({"forward_busy": named})).await;
            assert_eq!(forwarded.status, 200, "{}", forwarded.body);
            assert_eq!(&desk.sent_back(&path, "extension", "pbx.extension", "forward_busy").await, expected);
            let path = "/settings/company";
            let saved = office.ask(Method::PUT, path, &json!({"fallback": named})).await;
            assert_eq!(saved.status, 200, "{}", saved.body);
            assert_eq!(&desk.sent_back(path, "data", "res.company", "fallback").await, expected);
        }
        let path = format!("/extensions/{}", desk.extension);
        assert_eq!(desk.sent_back(&path, "extension", "pbx.extension", "destination").await, itself);
    }

    async fn a_number_tells_by_what_it_reaches_its_assistant(db: TestDb) {
        let desk = Desk::open(db).await;
        let by_extension = desk.number(1, "ai_assistant", &json!({"ai_assistant_id": desk.extension})).await;
        let config = json!({"ai_assistant_id": desk.extension, "extension_id": desk.extension, "assistant_id": desk.assistant});
        assert_eq!(by_extension["routing_config"], config);
        let embedded = by_extension["ai_assistant"].clone();
        assert_eq!((&embedded["id"], &embedded["provider"]), (&json!(desk.extension), &json!("VAPI")));
        assert_eq!(by_extension["extension"]["extension_number"], "3100");
        let itself = desk.number(2, "ai_assistant", &json!({"assistant_id": desk.assistant})).await;
        assert_eq!(itself["routing_config"], json!({"assistant_id": desk.assistant}));
        assert_eq!((&itself["ai_assistant"]["id"], &itself["ai_assistant"]["provider"]), (&json!(null), &json!("VAPI")));
        assert_eq!(itself["assistant"]["id"], desk.assistant);
        let person = desk.number(3, "extension", &json!({"extension_id": desk.person})).await;
        assert!(person.get("ai_assistant").is_none(), "{person}");
        let listed = async |kind: &str| {
            let path = format!("/phone-numbers?routing_type={kind}&sort_by=phone_number&sort_order=asc");
            desk.office.listed(&path, "phone_number").await
        };
        assert_eq!(listed("ai_assistant").await, ["+12125550001", "+12125550002"]);
        assert_eq!(listed("assistant").await, ["+12125550002"]);
        assert_eq!(listed("extension").await, ["+12125550003"]);
        // The page fills its form from the one, and sends it as the other.
        let path = format!("/phone-numbers/{}", by_extension["id"]);
        let off = desk.office.ask(Method::PUT, &format!("/extensions/{}", desk.extension), &json!({"status": "inactive"})).await;
        assert_eq!(off.status, 200, "{}", off.body);
        let form = json!({"friendly_name": "Ava", "routing_type": "ai_assistant",
            "routing_config": {"ai_assistant_id": by_extension["routing_config"]["extension_id"].to_string()}});
        let saved = desk.office.ask(Method::PUT, &path, &form).await;
        assert_eq!(saved.status, 200, "an extension that was switched off since is no news: {}", saved.body);
        let config = json!({"routing_config": {"ai_assistant_id": desk.person}});
        let refused = desk.office.ask(Method::PUT, &path, &config).await;
        assert_eq!(faults(&refused), ["routing_config.ai_assistant_id"], "the type that it has counts");
        let new = json!({"phone_number": "+12125550009", "routing_type": "ai_assistant", "routing_config": {"ai_assistant_id": desk.extension}});
        let refused = desk.office.ask(Method::POST, "/phone-numbers", &new).await;
        assert_eq!(faults(&refused), ["routing_config.ai_assistant_id"], "nobody would answer: {}", refused.body);
    }

    async fn a_changed_provider_changes_only_the_extensions_own_assistant(db: TestDb) {
        let desk = Desk::open(db).await;
        let office = &desk.office;
        let mut twin = of_provider("VAPI", AVA);
        twin["extension_number"] = json!("3101");
        let twin = office.created("/extensions", &twin, "extension").await;
        assert_eq!(twin["configuration"]["assistant_id"], desk.assistant, "one assistant for both");
        let path = format!("/extensions/{}", desk.extension);
        let mut shown = office.read(&path).await["extension"].clone();
        shown["configuration"]["phone_number"] = json!("+12125550178");
        let changed = office.ask(Method::PUT, &path, &shown).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let own = changed.json()["extension"]["configuration"].clone();
        assert_eq!(own["phone_number"], "+12125550178", "what was changed counts, not the id beside it");
        assert_ne!(own["assistant_id"], desk.assistant, "the other extension's stays");
        let other = office.read(&format!("/extensions/{}", twin["id"])).await;
        assert_eq!(other["extension"]["configuration"]["phone_number"], AVA);
        // A form that chose another assistant still holds the provider of the one before.
        let mut chosen = changed.json()["extension"].clone();
        chosen["configuration"]["assistant_id"] = json!(desk.assistant);
        let chosen = office.ask(Method::PUT, &path, &chosen).await.json();
        assert_eq!(chosen["extension"]["configuration"]["phone_number"], AVA);
        let named = office.ask(Method::PUT, &format!("/ai-assistants/{}", own["assistant_id"]), &json!({"name": "Ava"})).await;
        assert_eq!(named.status, 200, "{}", named.body);
        let back = json!({"type": "ai_assistant", "configuration": {"assistant_id": own["assistant_id"]}});
        office.ask(Method::PUT, &path, &back).await;
        let moved = office.ask(Method::PUT, &path, &of_provider("VAPI", "+12125550179")).await.json();
        assert_eq!(moved["extension"]["configuration"]["assistant_id"], own["assistant_id"]);
        let ava = office.read(&format!("/ai-assistants/{}", own["assistant_id"])).await["data"].clone();
        assert_eq!((&ava["name"], &ava["phone_number"]), (&json!("Ava"), &json!("+12125550179")), "a name that was given stays");
        let gone = json!({"type": "ai_assistant", "configuration": {"assistant_id": 999_999}});
        assert_eq!(faults(&office.ask(Method::PUT, &path, &gone).await), ["configuration.assistant_id"]);
    }

    async fn a_file_names_an_assistant_by_its_extensions_number_or_its_own_name(db: TestDb) {
        let desk = Desk::open(db).await;
        let send = async |file: &str| {
            let ask = desk.office.app.by(&desk.office.owner, Method::POST, "/api/v1/phone-numbers/import").body(file.to_owned());
            ask.content_type("text/csv").reply().await
        };
        let head = "phone_number;routing_type;target\n";
        let refused = send(&format!("{head}+12125550001;ai_assistant;1001\n+12125550002;assistant;3100\n")).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.json()["meta"]["invalid"], 2, "{}", refused.body);
        let file = format!("{head}+12125550001;ai_assistant;3100\n+12125550002;ai_assistant;VAPI {AVA}\n+12125550003;assistant;VAPI {AVA}\n");
        let done = send(&file).await;
        assert_eq!(done.status, 201, "{}", done.body);
        let itself = format!("assistant:{}", desk.assistant);
        for (row, expected) in [format!("extension:{}", desk.extension), itself.clone(), itself].iter().enumerate() {
            let id = done.json()["data"][row]["id"].clone();
            assert_eq!(&desk.stored("pbx.number", &id, "destination").await, expected);
        }
    }
}
