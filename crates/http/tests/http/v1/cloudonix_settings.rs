//! The carrier's settings by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::json;

const PATH: &str = "/settings/cloudonix";

on_both_databases! {
    async fn settings_are_the_owners_and_their_keys_are_masked(db: TestDb) {
        let office = Office::open(db).await;
        let shown = office.read(PATH).await;
        assert_eq!(shown["settings"]["domain_requests_api_key"], "********");
        assert_eq!((&shown["settings"]["domain_api_key"], &shown["settings"]["is_configured"]), (&json!(null), &json!(false)));
        assert!(!shown.to_string().contains(crate::KEY), "{shown}");
        for person in [&office.admin, &office.user, &office.reporter] {
            assert_eq!(office.by(person, Method::GET, PATH, &json!(null)).await.status, 403);
        }
        let empty = office.ask(Method::PUT, PATH, &json!({"domain_uuid": "nonsense"})).await;
        let mut at_fault = faults(&empty);
        at_fault.sort();
        assert_eq!(at_fault, ["domain_uuid", "no_answer_timeout", "recording_format"]);
        let long = json!({"no_answer_timeout": 121, "recording_format": "ogg"});
        let mut at_fault = faults(&office.ask(Method::PUT, PATH, &long).await);
        at_fault.sort();
        assert_eq!(at_fault, ["no_answer_timeout", "recording_format"]);

        // As the original's page does it: everything is sent back as it was shown.
        let mut back = shown["settings"].clone();
        back["no_answer_timeout"] = json!("45");
        let saved = office.ask(Method::PUT, PATH, &back).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        let saved = saved.json();
        assert_eq!((&saved["settings"]["no_answer_timeout"], &saved["settings"]["domain_requests_api_key"]), (&json!(45), &json!("********")));
        assert!(saved["warning"].is_string(), "nobody was told: {saved}");
        office.app.refresh().await;
        let routed = office.app.voice(crate::KEY).send().await;
        assert_eq!(routed.rings, ["1001"], "the masked key left the real one as it was");
    }

    async fn the_requests_key_of_another_organisation_is_refused_and_silences_nobody(db: TestDb) {
        let office = Office::open(db).await;
        let taken = json!({"domain_requests_api_key": "key-of-globex", "no_answer_timeout": 60, "recording_format": "mp3"});
        let refused = office.ask(Method::PUT, PATH, &taken).await;
        assert_eq!(faults(&refused), ["domain_requests_api_key"]);
        assert!(!refused.body.to_lowercase().contains("globex"), "{}", refused.body);
        for key in [crate::KEY, "key-of-globex"] {
            assert_eq!(office.app.voice(key).send().await.rings, ["1001"], "{key}");
        }
        let mut own = taken.clone();
        own["domain_requests_api_key"] = json!(crate::KEY);
        let saved = office.ask(Method::PUT, PATH, &own).await;
        assert_eq!(saved.status, 200, "one's own may be sent again: {}", saved.body);
        assert!(!saved.json()["message"].as_str().expect("a message").contains("failed"), "{}", saved.body);
    }

    async fn a_key_is_drawn_and_what_is_not_configured_says_so(db: TestDb) {
        let office = Office::open(db).await;
        let drawn = office.ask(Method::POST, &format!("{PATH}/generate-requests-key"), &json!({})).await;
        assert_eq!(drawn.status, 200, "{}", drawn.body);
        assert_eq!(drawn.json()["api_key"].as_str().map(|key| key.chars().count()), Some(32));
        for (method, path) in [(Method::GET, "outbound-trunks"), (Method::POST, "provision")] {
            let reply = office.ask(method, &format!("{PATH}/{path}"), &json!({})).await;
            assert_eq!(reply.status, 422, "{path}: {}", reply.body);
        }
        let try_out = json!({"domain_uuid": "0b0fb1a4-4b0b-4b0b-8b0b-0b0fb1a44b0b"});
        let tried = office.ask(Method::POST, &format!("{PATH}/validate"), &try_out).await;
        assert_eq!((tried.status.as_u16(), &tried.json()["valid"]), (422, &json!(false)));
        assert_eq!(office.read("/settings/mail").await["configured"], false);
        let mail = office.ask(Method::POST, "/settings/mail/test", &json!({})).await;
        assert_eq!((mail.status.as_u16(), &mail.json()["code"]), (409, &json!("no_mail_server")));
    }
}
