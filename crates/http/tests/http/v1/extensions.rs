//! Extensions by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_platform::Domain;
use opbx_testkit::{SimulatedBackend, SimulatedDomain, TestApp, company, on_both_databases};
use serde_json::{Value, json};

const PATH: &str = "/extensions";

fn person(number: &str) -> Value {
    json!({"extension_number": number, "type": "user", "status": "active", "voicemail_enabled": false,
        "configuration": {}})
}

on_both_databases! {
    async fn a_persons_extension_is_created_with_a_password_that_is_told_once(db: TestDb) {
        let office = Office::open(db).await;
        let user = office.user.id.get();
        let mut body = person("2001");
        body["user_id"] = json!(user.to_string());
        body["voicemail_enabled"] = json!(true);
        let made = office.created(PATH, &body, "extension").await;
        assert_eq!(made["name"], "uma", "named after its user");
        assert_eq!((&made["type"], &made["status"]), (&json!("user"), &json!("active")));
        assert_eq!(made["user"]["id"], user);
        assert_eq!((&made["voicemail_enabled"], &made["configuration"]), (&json!(true), &json!({})));
        assert_eq!(made["sip_config"]["username"], "2001");
        let password = made["sip_config"]["password"].as_str().expect("a password").to_owned();
        let path = format!("{PATH}/{}", made["id"]);
        let shown = office.ask(Method::GET, &path, &json!(null)).await;
        assert!(!shown.body.contains(&password), "told once: {}", shown.body);
        assert_eq!(shown.json()["extension"]["sip_config"]["server"], "sip.cloudonix.io");
        let revealed = office.read(&format!("{path}/password?reason=a+new+telephone")).await;
        assert_eq!(revealed["password"], password.as_str());
        let mut tx = office.app.read(office.tenant).await;
        let told = tx.count("ir.audit", &Domain::eq("deed", "reveal")).await.expect("a count");
        assert_eq!(told, 2, "each time it was shown is on record");
        drop(tx);
        let reset = office.ask(Method::PUT, &format!("{path}/reset-password"), &json!({})).await;
        assert_eq!(reset.status, 200, "{}", reset.body);
        let new = reset.json()["new_password"].as_str().expect("a password").to_owned();
        assert_ne!(new, password);
        assert_eq!(office.read(&format!("{path}/password")).await["password"], new.as_str());
    }

    async fn each_type_wants_what_it_rings_and_tells_it_again(db: TestDb) {
        let office = Office::open(db).await;
        let room = office.created("/conference-rooms", &json!({"name": "Board"}), "data").await["id"].clone();
        let menu = office.record("pbx.menu", &[("name", "Main".into())]).await;
        let number = json!("+12125550177");
        let kinds = [
            ("conference", json!({"conference_room_id": room, "colour": "red"}), json!({"conference_room_id": room})),
            ("ivr", json!({"ivr_id": menu.to_string()}), json!({"ivr_id": menu})),
            ("forward", json!({"forward_to": "+442079460018"}), json!({"forward_to": "+442079460018"})),
            ("hangup", json!({}), json!({})),
        ];
        for (at, (kind, configuration, told)) in kinds.into_iter().enumerate() {
            let body = json!({"extension_number": format!("30{at:02}"), "type": kind, "configuration": configuration});
            let made = office.created(PATH, &body, "extension").await;
            assert_eq!((&made["type"], &made["configuration"]), (&json!(kind), &told));
            assert!(made.get("sip_config").is_none(), "{made}");
            let password = office.ask(Method::GET, &format!("{PATH}/{}/password", made["id"]), &json!(null)).await;
            assert_eq!(password.status, 400, "{}", password.body);
            let found = office.read(&format!("{PATH}?type={kind}&user_id=&with=user")).await;
            assert_eq!(found["meta"]["total"], 1, "{found}");
        }
        let body = json!({"extension_number": "3100", "type": "ai_assistant",
            "configuration": {"provider": "VAPI", "phone_number": number}});
        let made = office.created(PATH, &body, "extension").await;
        assert_eq!(made["configuration"]["provider"], "VAPI");
        assert_eq!(made["configuration"]["phone_number"], number);
        let mut again = body.clone();
        again["extension_number"] = json!("3101");
        let again = office.created(PATH, &again, "extension").await;
        assert_eq!(again["configuration"]["assistant_id"], made["configuration"]["assistant_id"]);
        assert_eq!(office.read("/ai-assistants").await["meta"]["total"], 1, "one assistant for both");
    }

    async fn what_is_wrong_with_an_extension_is_named(db: TestDb) {
        let office = Office::open(db).await;
        let with = |key: &str, value: Value| {
            let mut body = person("2001");
            body[key] = value;
            body
        };
        let of = |kind: &str, configuration: Value| {
            json!({"extension_number": "2001", "type": kind, "configuration": configuration})
        };
        let mut owned = of("forward", json!({"forward_to": "1001"}));
        owned["user_id"] = json!(office.user.id.get());
        let mut recorded = of("forward", json!({"forward_to": "1001"}));
        recorded["voicemail_enabled"] = json!(true);
        let foreign = office.by(&office.stranger, Method::GET, "/conference-rooms", &json!(null)).await;
        assert_eq!(foreign.status, 200);
        let room = json!({"name": "Theirs"});
        let theirs = office.by(&office.stranger, Method::POST, "/conference-rooms", &room).await.json();
        let cases = [
            (with("extension_number", json!("12")), "extension_number"),
            (with("extension_number", json!("123456")), "extension_number"),
            (with("extension_number", json!("1001")), "extension_number"),
            (with("extension_number", json!("911")), "extension_number"),
            (with("type", json!("custom_logic")), "type"),
            (with("type", json!("queue")), "type"),
            (with("status", json!("asleep")), "status"),
            (with("user_id", json!(office.stranger.id.get())), "user_id"),
            (with("user_id", json!(-3)), "user_id"),
            (with("ring_timeout", json!(1)), "ring_timeout"),
            (of("conference", json!({})), "configuration.conference_room_id"),
            (of("conference", json!({"conference_room_id": 999_999})), "configuration.conference_room_id"),
            (of("conference", json!({"conference_room_id": theirs["data"]["id"]})), "configuration.conference_room_id"),
            (of("ring_group", json!({"conference_room_id": 1})), "configuration.ring_group_id"),
            (of("ivr", json!({})), "configuration.ivr_id"),
            (of("ai_assistant", json!({"provider": "VAPI"})), "configuration.phone_number"),
            (of("ai_assistant", json!({"provider": "VAPI", "phone_number": "12"})), "configuration.phone_number"),
            (of("forward", json!({})), "configuration.forward_to"),
            (of("forward", json!({"forward_to": "x".repeat(51)})), "configuration.forward_to"),
            (of("forward", json!({"forward_to": "2001"})), "configuration"),
            (owned, "user_id"),
            (recorded, "voicemail_enabled"),
        ];
        for (body, field) in cases {
            let refused = office.ask(Method::POST, PATH, &body).await;
            assert_eq!(faults(&refused), [field], "{body}: {}", refused.body);
        }
        let both = office.ask(Method::POST, PATH, &of("ai_assistant", json!({}))).await;
        assert_eq!(faults(&both), ["configuration.phone_number", "configuration.provider"]);
        assert_eq!(office.read(PATH).await["meta"]["total"], 3, "nothing was made");
    }

    async fn an_extension_changes_but_for_its_number(db: TestDb) {
        let office = Office::open(db).await;
        let path = format!("{PATH}/{}", office.id(PATH, "1003").await);
        let whole = json!({"extension_number": "1003", "type": "user", "status": "inactive", "configuration": {},
            "voicemail_enabled": true});
        let changed = office.ask(Method::PUT, &path, &whole).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let extension = &changed.json()["extension"];
        assert_eq!((&extension["status"], &extension["voicemail_enabled"]), (&json!("inactive"), &json!(true)));
        let number = office.ask(Method::PUT, &path, &json!({"extension_number": "1009"})).await;
        assert_eq!(faults(&number), ["extension_number"]);
        let forward = json!({"type": "forward", "configuration": {"forward_to": "1002"}});
        let forward = office.ask(Method::PUT, &path, &forward).await.json();
        assert_eq!((&forward["extension"]["type"], &forward["extension"]["voicemail_enabled"]), (&json!("forward"), &json!(false)));
        let kept = office.ask(Method::PUT, &path, &json!({"type": "forward", "configuration": {}})).await.json();
        assert_eq!(kept["extension"]["configuration"], json!({"forward_to": "1002"}), "an empty one changes nothing");
        let bare = office.ask(Method::PUT, &path, &json!({"type": "ivr"})).await;
        assert_eq!(faults(&bare), ["configuration.ivr_id"]);
        let back = json!({"type": "user", "user_id": office.user.id.get(), "forward_busy": {"type": "forward", "to": "1001"}});
        let back = office.ask(Method::PUT, &path, &back).await.json();
        assert_eq!(back["extension"]["forward_busy"]["to"], "1001");
        assert_eq!(back["extension"]["user"]["name"], "uma");
        office.check_versions(&path, &json!({"status": "active"})).await;
    }

    async fn a_forward_ends_where_an_empty_one_is_said_and_stays_where_nothing_is(db: TestDb) {
        let office = Office::open(db).await;
        let path = format!("{PATH}/{}", office.id(PATH, "1003").await);
        let change = async |body: Value| office.ask(Method::PUT, &path, &body).await;
        for empty in [json!(""), json!(" "), json!(null)] {
            let set = change(json!({"configuration": {"forward_to": "1002"}})).await.json()["extension"].clone();
            assert_eq!((&set["configuration"], &set["forward_always"]["to"]), (&json!({"forward_to": "1002"}), &json!("1002")));
            let kept = change(json!({"type": "user", "configuration": {}})).await.json();
            assert_eq!(kept["extension"]["configuration"], json!({"forward_to": "1002"}), "an empty configuration changes nothing");
            let ended = change(json!({"configuration": {"forward_to": empty}})).await;
            assert_eq!(ended.status, 200, "{}", ended.body);
            let ended = ended.json()["extension"].clone();
            assert_eq!((&ended["configuration"], &ended["forward_always"]), (&json!({}), &json!(null)), "{empty}");
        }
        let elsewhere = change(json!({"configuration": {"forward_to": null}, "forward_always": {"type": "hangup"}})).await.json();
        assert_eq!(elsewhere["extension"]["forward_always"]["type"], "hangup", "what is set outweighs what is not");
        assert_eq!(change(json!({"type": "forward", "configuration": {"forward_to": "1002"}})).await.status, 200);
        for empty in [json!(""), json!(null)] {
            let refused = change(json!({"configuration": {"forward_to": empty}})).await;
            assert_eq!(faults(&refused), ["configuration.forward_to"], "{empty}: {}", refused.body);
        }
        let made = json!({"extension_number": "2001", "type": "forward", "configuration": {"forward_to": ""}});
        assert_eq!(faults(&office.ask(Method::POST, PATH, &made).await), ["configuration.forward_to"]);
        assert_eq!(change(json!({"type": "hangup", "configuration": {"forward_to": ""}})).await.status, 200, "not of this type");
    }

    async fn users_change_what_is_theirs_to_say_of_their_own(db: TestDb) {
        let office = Office::open(db).await;
        let mut body = person("2001");
        body["user_id"] = json!(office.user.id.get());
        let own = format!("{PATH}/{}", office.created(PATH, &body, "extension").await["id"]);
        let other = format!("{PATH}/{}", office.id(PATH, "1001").await);
        let quiet = json!({"type": "user", "status": "active", "do_not_disturb": true, "configuration": {}});
        let changed = office.by(&office.user, Method::PUT, &own, &quiet).await;
        assert_eq!(changed.status, 200, "what stays as it was may be sent: {}", changed.body);
        assert_eq!(changed.json()["extension"]["do_not_disturb"], true);
        assert_eq!(office.by(&office.user, Method::PUT, &other, &quiet).await.status, 403);
        for (change, field) in [
            (json!({"status": "inactive"}), "status"),
            (json!({"user_id": null}), "user_id"),
            (json!({"dials_out": false}), "dials_out"),
            (json!({"type": "forward", "configuration": {"forward_to": "+442079460018"}}), "type"),
        ] {
            let refused = office.by(&office.user, Method::PUT, &own, &change).await;
            assert!(faults(&refused).contains(&field.to_owned()), "{change}: {}", refused.body);
        }
        let shown = office.by(&office.user, Method::GET, &own, &json!(null)).await.json();
        assert!(shown["extension"]["sip_config"]["password"].is_null());
        let theirs = office.by(&office.user, Method::GET, &other, &json!(null)).await.json();
        assert!(theirs["extension"].get("sip_config").is_none(), "{theirs}");
        for person in [&office.user, &office.reporter] {
            for (method, tail) in [(Method::GET, "password"), (Method::PUT, "reset-password")] {
                let refused = office.by(person, method, &format!("{own}/{tail}"), &json!({})).await;
                assert_eq!(refused.status, 403, "{}", refused.body);
            }
        }
        let stolen = office.by(&office.stranger, Method::GET, &format!("{own}/password"), &json!(null)).await;
        assert_eq!(stolen.status, 404, "{}", stolen.body);
    }

    async fn a_user_says_all_of_the_own_extension_but_whose_it_is_and_what_it_may(db: TestDb) {
        let office = Office::open(db).await;
        let mut body = person("2001");
        body["user_id"] = json!(office.user.id.get());
        let own = office.created(PATH, &body, "extension").await;
        let path = format!("{PATH}/{}", own["id"]);
        let change = async |body: Value| office.by(&office.user, Method::PUT, &path, &body).await;
        let mine = json!({"voicemail_enabled": true, "name": "Uma at home", "ring_timeout": 45,
            "configuration": {"forward_to": "1002"}, "do_not_disturb": true, "forward_busy": {"type": "hangup"}});
        let changed = change(mine).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let changed = changed.json()["extension"].clone();
        assert_eq!((&changed["voicemail_enabled"], &changed["ring_timeout"]), (&json!(true), &json!(45)));
        let mailbox = office.read(&format!("/voicemail-boxes/{}", changed["voicemail_id"])).await;
        assert_eq!(mailbox["data"]["user_id"], json!(office.user.id.get()), "a box of their own");
        assert_eq!(change(json!({"voicemail_enabled": false})).await.status, 200);
        let again = change(json!({"voicemail_enabled": true})).await.json()["extension"]["voicemail_id"].clone();
        assert_eq!(again, changed["voicemail_id"], "the box that was theirs already");
        let foreign = office.created("/voicemail-boxes", &json!({"name": "Boss", "user_id": office.owner.id.get()}), "data").await;
        for (field, value) in [
            ("type", json!("hangup")), ("user_id", json!(office.admin.id.get())), ("status", json!("inactive")),
            ("dials_out", json!(false)), ("caller_id", json!("+12125550100")), ("outbound_calls_max", json!(5)),
            ("outbound_minutes_per_day_max", json!(5)), ("recording", json!("never")), ("recording_retention_days", json!(5)),
            ("voicemail_id", foreign["id"].clone()),
        ] {
            let refused = change(json!({field: value})).await;
            assert_eq!(faults(&refused), [field], "{}", refused.body);
        }
        let others = office.id(PATH, "1003").await;
        for body in [json!({"status": "inactive"}), json!({"voicemail_enabled": true}), json!({"do_not_disturb": true}), json!({})] {
            let refused = office.by(&office.user, Method::PUT, &format!("{PATH}/{others}"), &body).await;
            assert_eq!(refused.status, 403, "{body}: {}", refused.body);
        }
    }

    async fn extensions_are_listed_in_pages_and_orders_and_filtered(db: TestDb) {
        let office = Office::open(db).await;
        let off = office.id(PATH, "1002").await;
        office.ask(Method::PUT, &format!("{PATH}/{off}"), &json!({"status": "inactive"})).await;
        let numbers = |query: &'static str| office.listed(query, "extension_number");
        assert_eq!(numbers("/extensions").await, ["1001", "1002", "1003"]);
        assert_eq!(numbers("/extensions?sort_order=desc&per_page=1000").await, ["1003", "1002", "1001"]);
        assert_eq!(numbers("/extensions?sort_by=nonsense&status=&type=").await, ["1001", "1002", "1003"]);
        assert_eq!(numbers("/extensions?status=inactive").await, ["1002"]);
        assert_eq!(numbers("/extensions?type=user&status=active").await, ["1001", "1003"]);
        assert_eq!(numbers("/extensions?search=CAROL").await, ["1003"]);
        assert_eq!(numbers("/extensions?user_id=0").await, Vec::<Value>::new());
        let page = office.read("/extensions?per_page=2&page=2").await;
        assert_eq!(page["data"][0]["extension_number"], "1003");
        assert_eq!((&page["meta"]["total"], &page["meta"]["last_page"], &page["meta"]["from"]), (&json!(3), &json!(2), &json!(3)));
        assert!(page["links"]["prev"].is_string() && page["links"]["next"].is_null());
        let own: Vec<String> = office.listed(PATH, "name").await.iter().map(ToString::to_string).collect();
        assert!(own.iter().all(|name| name.contains("of acme")), "{own:?}");
    }

    async fn whoever_names_an_extension_keeps_it_from_being_deleted(db: TestDb) {
        let office = Office::open(db).await;
        let id = office.id(PATH, "1001").await;
        let number = json!({"phone_number": "+12125550111", "routing_type": "extension",
            "routing_config": {"extension_id": id}});
        let number = office.created("/phone-numbers", &number, "data").await;
        let menu = office.record("pbx.menu", &[("name", "Main".into())]).await;
        let to = |id: i64| format!("extension:{id}").parse::<opbx_platform::DestinationRef>().expect("one");
        let destination = opbx_platform::Value::Destination(to(id));
        let own = opbx_platform::Value::Record(opbx_kernel::RecordId::new(menu).expect("an id"));
        office.record("pbx.menu.key", &[("menu", own), ("keys", "1".into()), ("destination", destination)]).await;
        let refused = office.ask(Method::DELETE, &format!("{PATH}/{id}"), &json!(null)).await;
        assert_eq!(refused.status, 409, "{}", refused.body);
        let references = &refused.json()["references"];
        assert_eq!(references["did_numbers"], json!([{"id": number["id"], "name": "+12125550111"}]));
        assert_eq!(references["ivr_menu_options"].as_array().map(Vec::len), Some(1), "{references}");
        assert_eq!(references["ivr_menus"], json!([{"id": menu, "name": "Main"}]), "the menu, not its key");
        for list in ["ivr_failovers", "failover_menus"] {
            assert_eq!(references[list], json!([]));
        }
        assert_eq!(references["phone_numbers"], references["did_numbers"]);
        assert_eq!(refused.json()["error"], "Cannot delete extension");
        let message = refused.json()["message"].as_str().expect("a message").to_owned();
        assert!(message.starts_with("This extension is still used by 1 IVR menu (\"Main\")"), "{message}");
        assert!(message.contains("1 phone number (\"+12125550111\")") && !message.contains("pbx."), "{message}");
        assert!(refused.json()["referrers"].as_array().is_some_and(|all| all.len() >= 2));
        let free = office.id(PATH, "1003").await;
        office.check_rights(PATH, free, &json!({"do_not_disturb": true}), &[&office.owner, &office.admin, &office.user, &office.reporter]).await;
    }

    async fn without_an_engine_both_sides_are_not_compared_and_it_says_why(db: TestDb) {
        let office = Office::open(db).await;
        let told = office.read("/extensions/sync/compare").await;
        assert_eq!((&told["needs_sync"], &told["local_only"], &told["synced"]), (&json!(false), &json!([]), &json!([])));
        assert!(told["error"].as_str().is_some_and(|why| why.contains("settings")), "{told}");
        let failed = office.ask(Method::POST, "/extensions/sync", &json!({})).await;
        assert_eq!((failed.status.as_u16(), &failed.json()["success"]), (400, &json!(false)), "{}", failed.body);
        for person in [&office.user, &office.reporter] {
            assert_eq!(office.by(person, Method::POST, "/extensions/sync", &json!({})).await.status, 403);
        }
    }

    async fn extensions_are_compared_with_an_engine_and_brought_together(db: TestDb) {
        let engine = SimulatedBackend::default();
        let domain = SimulatedDomain { key: "engine-key".to_owned(), ..SimulatedDomain::default() };
        engine.with_domain("uuid-1", domain);
        let app = TestApp::start_with_backend(db, engine.clone()).await;
        let settings = "domain_uuid = \"uuid-1\"\ndomain_api_key = \"engine-key\"";
        let tenant = app.apply(&company("acme", crate::KEY).setting(settings).toml()).await.tenant;
        let owner = app.person(tenant, Role::Owner, "olga").await;
        let synced = app.by(&owner, Method::POST, "/api/v1/extensions/sync").json(&json!({})).reply().await;
        assert_eq!((synced.status.as_u16(), &synced.json()["success"]), (200, &json!(true)), "{}", synced.body);
        let told = app.by(&owner, Method::GET, "/api/v1/extensions/sync/compare").reply().await.json();
        assert_eq!(told["synced"].as_array().map(Vec::len), Some(3), "{told}");
        assert_eq!((&told["needs_sync"], told.get("error")), (&json!(false), None));
        assert_eq!(engine.seen("uuid-1").map(|domain| domain.subscribers.len()), Some(3));
    }
}
