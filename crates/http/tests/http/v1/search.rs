//! Search across resources, and what refers to a record.

use super::office::Office;
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::{Value as Json, json};

fn titles(found: &Json) -> Vec<(&str, &str)> {
    let hits = found["data"].as_array().expect("a list").iter();
    hits.map(|hit| (hit["kind"].as_str().expect("a kind"), hit["title"].as_str().expect("a title"))).collect()
}

on_both_databases! {
    async fn the_best_find_comes_first_and_numbers_are_found_however_written(db: TestDb) {
        let office = Office::open(db).await;
        for name in ["Night", "Fortnight", "The night shift"] {
            office.created("/conference-rooms", &json!({"name": name}), "data").await;
        }
        let found = office.read("/search?q=NIGHT").await;
        let rooms = [
            ("conference_room", "Night"),
            ("conference_room", "The night shift"),
            ("conference_room", "Fortnight"),
        ];
        assert_eq!(titles(&found), rooms);
        assert_eq!(titles(&office.read("/search?q=night&limit=1").await), rooms[..1]);
        let numbers = office.read("/phone-numbers").await;
        let number = numbers["data"][0]["phone_number"].as_str().expect("a number").to_owned();
        let spaced = format!("%2B{} {}", &number[1..4], &number[4..]).replace(' ', "%20");
        for typed in [spaced, number[1..].to_owned(), number[number.len() - 7..].to_owned()] {
            let found = office.read(&format!("/search?q={typed}")).await;
            assert_eq!(titles(&found).first(), Some(&("phone_number", number.as_str())), "{typed}: {found}");
        }
        for nothing in ["", "%25", "__", "zzzz"] {
            assert_eq!(office.read(&format!("/search?q={nothing}")).await["data"], json!([]), "{nothing}");
        }
    }

    async fn nobody_finds_what_they_may_not_read(db: TestDb) {
        let office = Office::open(db).await;
        office.created("/conference-rooms", &json!({"name": "Secret plans"}), "data").await;
        let people = office.read("/search?q=uma").await;
        assert!(titles(&people).iter().any(|(kind, _)| *kind == "user"), "{people}");
        for person in [&office.user, &office.reporter] {
            let found = office.by(person, Method::GET, "/search?q=uma", &json!(null)).await;
            assert!(titles(&found.json()).iter().all(|(kind, _)| *kind != "user"), "{}", found.body);
        }
        let strange = office.by(&office.stranger, Method::GET, "/search?q=secret", &json!(null)).await;
        assert_eq!(strange.json()["data"], json!([]));
    }

    async fn what_refers_to_a_record_is_told_as_a_refused_deletion_tells_it(db: TestDb) {
        let office = Office::open(db).await;
        let groups = office.read("/ring-groups").await;
        let group = groups["data"][0]["id"].as_i64().expect("an id");
        let menu = json!({"name": "Main", "tts_text": "Press one.", "options": [{"input_digits": "1", "destination_type": "ring_group",
            "destination_id": group, "priority": 1}], "failover_destination_type": "hangup"});
        let made = office.ask(Method::POST, "/ivr-menus", &menu).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let told = office.read(&format!("/references/ring_group/{group}")).await;
        let rows = told["data"].as_array().expect("a list");
        let is_menu =
            |row: &&Json| row["kind"] == "ivr_menu" && row["title"] == "Main" && row["field"] == "destination";
        assert!(rows.iter().any(|row| is_menu(&row)), "{told}");
        assert!(rows.iter().any(|row| row["kind"] == "phone_number"), "{told}");
        let refused = office.ask(Method::DELETE, &format!("/ring-groups/{group}"), &json!(null)).await;
        assert_eq!(refused.status, 409);
        let counted: i64 = refused.json()["referrers"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|one| one["count"].as_i64())
            .sum();
        assert_eq!(counted, rows.len() as i64, "{}", refused.body);
        let room = office.created("/conference-rooms", &json!({"name": "Free"}), "data").await;
        let free = office.read(&format!("/references/conference_room/{}", room["id"])).await;
        assert_eq!(free, json!({"data": [], "more": 0, "unseen": 0}));
        let strange = format!("/references/ring_group/{}", office.stranger_group().await);
        for absent in [strange.as_str(), "/references/nonsense/1", "/references/ring_group/x"] {
            assert_eq!(office.ask(Method::GET, absent, &json!(null)).await.status, 404, "{absent}");
        }
    }
}
