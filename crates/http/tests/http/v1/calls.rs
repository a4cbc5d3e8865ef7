//! One call by the API: explained, and acted on while it is live.

use super::history::{call, update};
use super::office::{Office, faults};
use crate::KEY;
use axum::http::Method;
use opbx_platform::Value;
use opbx_testkit::on_both_databases;
use serde_json::{Value as Json, json};

on_both_databases! {
    async fn a_call_tells_its_legs_its_timeline_and_why(db: TestDb) {
        let office = Office::open(db).await;
        let first = office.app.voice(KEY).send().await;
        office.app.follow(&first, "no-answer").await;
        office.app.ingest().await;
        let id = office.read("/call-logs").await["data"][0]["id"].clone();
        let whole = office.read(&format!("/calls/{id}")).await["data"].clone();
        assert_eq!(whole["ring_group"]["name"], "Sales");
        let targets: Vec<&Json> = whole["legs"].as_array().expect("legs").iter().map(|leg| &leg["target"]).collect();
        assert_eq!(targets, ["1001", "1002"]);
        assert_eq!(office.listed(&format!("/calls/{id}/legs"), "status").await[0], "no_answer");
        assert_eq!(office.listed(&format!("/calls/{id}/timeline"), "kind").await[0], "started");
        let explained = office.read(&format!("/calls/{id}/explain")).await["data"].clone();
        let text = explained["sentences"].to_string();
        assert!(text.contains("Sales") && text.contains("1001"), "{text}");
        assert_eq!((&explained["then"]["same"], &explained["today"]["same"]), (&json!(true), &json!(true)));
        assert!(explained.get("configuration").is_none() && explained.get("passed").is_none());
        let passed = |explained: &Json| explained["way"].as_array().expect("a way").iter().map(|passed| passed["label"].clone()).collect::<Vec<_>>();
        assert_eq!(passed(&explained), ["Main number", "Sales"]);
        let step = &explained["steps"][0];
        assert_eq!(step["passed"].as_array().map(Vec::len), step["sentences"].as_array().map(Vec::len));
        assert_eq!((&step["passed"][1]["text"], &step["passed"][1]["records"][1]["label"]), (&step["sentences"][1], &json!("Sales")));

        // The number leads elsewhere today: the call is explained as it was, and today's way as it would be.
        let number = office.id("/phone-numbers", "").await;
        let mut tx = office.app.begin(office.tenant).await;
        let gone = [("active".to_owned(), Value::Bool(false))];
        tx.update("pbx.number", opbx_kernel::RecordId::new(number).expect("an id"), gone.into(), None).await.expect("a change");
        tx.commit().await.expect("a commit");
        office.app.refresh().await;
        let explained = office.read(&format!("/calls/{id}/explain?include=configuration")).await["data"].clone();
        assert_eq!(explained["sentences"].to_string(), text);
        assert_eq!((&explained["then"]["same"], &explained["today"]["same"]), (&json!(true), &json!(false)));
        assert_eq!(explained["today"]["differs_at_step"], 1);
        assert!(explained["configuration"].to_string().contains("Alice of acme"));
        assert_eq!(passed(&explained), ["Main number", "Sales"]);
        let beside = &explained["passed"];
        assert_eq!((&beside[0]["kind"], &beside[0]["id"], &beside[0]["differs"]), (&json!("phone_number"), &json!(number), &json!(["active"])), "{beside}");
        assert_eq!((&beside[0]["then"]["active"], &beside[0]["today"]["active"]), (&json!(true), &json!(false)));
        assert_eq!(beside[0]["then"]["destination"]["says"], "ring group \"Sales\"");
        assert_eq!((&beside[1]["then"]["members"], &beside[1]["differs"]), (&json!(["1001 Alice of acme", "1002 Bob of acme"]), &json!([])));
        assert!(!explained.to_string().contains("sip-password-of-acme"), "no secret is part of a configuration");
        let path = format!("/calls/{id}/explain?include=configuration");
        let reporters = office.by(&office.reporter, Method::GET, &path, &json!(null)).await;
        assert_eq!(reporters.status, 200, "{}", reporters.body);
        let reporters = reporters.json()["data"].clone();
        assert!(reporters.get("configuration").is_none() && reporters.get("passed").is_none(), "that is for administrators");
        assert_eq!((&reporters["then"], passed(&reporters)), (&json!(null), passed(&explained)));
    }

    async fn a_live_call_is_acted_on_by_those_whose_it_is(db: TestDb) {
        let office = Office::open(db).await;
        let live = [("status", Value::from("answered")), ("ended_at", Value::Null)];
        let own = [&live[..], &[("answered_by", "1002".into())]].concat();
        let mut tx = office.app.begin(office.tenant).await;
        let others = tx.create("pbx.call", call(office.tenant, 1, &live)).await.expect("a call");
        let own = tx.create("pbx.call", call(office.tenant, 2, &own)).await.expect("a call");
        let over = tx.create("pbx.call", call(office.tenant, 3, &[])).await.expect("a call");
        let all = tx.rows("pbx.extension", &["number"]).await.expect("extensions");
        let bobs = all.iter().find(|row| row.values[0] == Value::from("1002")).expect("an extension").id;
        let user = [("user".to_owned(), Value::Record(office.user.id))];
        tx.update("pbx.extension", bobs, user.into(), None).await.expect("a change");
        tx.commit().await.expect("a commit");
        office.app.refresh().await;
        let hang_up = |id| format!("/calls/{id}/hangup");
        // Nothing is configured here, so whoever is let in gets as far as the carrier.
        for (person, id, status) in [
            (&office.owner, others, 422),
            (&office.admin, others, 422),
            (&office.user, own, 422),
            (&office.user, others, 403),
            (&office.reporter, own, 403),
            (&office.stranger, own, 404),
            (&office.owner, over, 409),
        ] {
            let reply = office.by(person, Method::POST, &hang_up(id), &json!({})).await;
            assert_eq!(reply.status, status, "{} {id}: {}", person.email, reply.body);
        }
        let nowhere = office.ask(Method::POST, &format!("/calls/{others}/transfer"), &json!({"destination": "9 9"})).await;
        assert!([422].contains(&nowhere.status.as_u16()), "{}", nowhere.body);
        let unknown = json!({"from_extension": "7777", "to": "1001"});
        assert_eq!(faults(&office.ask(Method::POST, "/calls/originate", &unknown).await), ["from_extension"]);
        let anothers = json!({"from_extension": "1001", "to": "1003"});
        let refused = office.by(&office.user, Method::POST, "/calls/originate", &anothers).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
    }

    async fn how_long_live_sessions_have_lasted_is_told_in_seconds(db: TestDb) {
        let office = Office::open(db).await;
        let counted = async || office.read("/session-updates/active/stats").await["data"].clone();
        let lengths = |stats: &Json| [&stats["average_duration"], &stats["longest_call"]].map(Json::as_i64);
        let none = counted().await;
        assert_eq!((&none["total_active"], &none["total_active_calls"]), (&json!(0), &json!(0)));
        assert_eq!(lengths(&none), [Some(0), Some(0)]);
        let mut tx = office.app.begin(office.tenant).await;
        for session in [7, 8] {
            let live = [
                ("status", Value::from("ringing")),
                ("ended_at", Value::Null),
                ("session_id", Value::Int(session)),
                ("engine_status", "ringing".into()),
                ("engine_at", Value::Instant(tx.now())),
            ];
            tx.create("pbx.call", call(office.tenant, session, &live)).await.expect("a call");
            let mut update = update(session);
            let began = tx.now() - jiff::SignedDuration::from_secs(60 * (session - 6));
            update.insert("session_created_at".to_owned(), Value::Instant(began));
            tx.create("pbx.session_update", update).await.expect("an update");
        }
        tx.commit().await.expect("a commit");
        let two = counted().await;
        assert_eq!((&two["total_active"], &two["by_direction"]["incoming"], &two["by_status"]["ringing"]), (&json!(2), &json!(2), &json!(2)));
        assert_eq!(lengths(&two), [Some(90), Some(120)]);
    }

    async fn live_sessions_are_listed_counted_and_told(db: TestDb) {
        let office = Office::open(db).await;
        let mut tx = office.app.begin(office.tenant).await;
        let live = [
            ("status", Value::from("ringing")),
            ("ended_at", Value::Null),
            ("session_id", Value::Int(7)),
            ("engine_status", "ringing".into()),
            ("engine_at", Value::Instant(tx.now())),
        ];
        tx.create("pbx.call", call(office.tenant, 1, &live)).await.expect("a call");
        tx.create("pbx.session_update", update(7)).await.expect("an update");
        tx.commit().await.expect("a commit");
        let active = office.read("/session-updates/active?status=&direction=incoming").await;
        assert_eq!((&active["data"][0]["session_id"], &active["data"][0]["destination"]), (&json!(7), &json!("1001")));
        let meta = &active["meta"];
        assert_eq!(meta["by_status"], json!({"processing": 0, "ringing": 1, "connected": 0}));
        assert_eq!((&meta["total_active_calls"], &meta["cache_expires_in"]), (&json!(1), &json!(5)));
        assert_eq!(office.read("/session-updates/active?status=connected").await["data"], json!([]));
        assert_eq!(office.read("/session-updates/active/stats").await["data"]["total_active_calls"], 1);
        let told = office.read("/session-updates/7").await["data"]["events"][0].clone();
        assert_eq!((&told["status"], &told["created_at"]), (&json!("ringing"), &json!(office.app.app().clock().now().to_string())));
        let absent = office.ask(Method::GET, "/session-updates/8", &json!(null)).await;
        assert_eq!((absent.status.as_u16(), &absent.json()["session_id"]), (404, &json!(8)));
        let theirs = office.by(&office.stranger, Method::GET, "/session-updates/7", &json!(null)).await;
        assert_eq!(theirs.status, 404, "{}", theirs.body);
    }
}
