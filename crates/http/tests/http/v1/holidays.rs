//! Public holidays by the API, and schedules that close on them.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::json;

on_both_databases! {
    async fn holidays_are_told_by_country_region_and_year(db: TestDb) {
        let office = Office::open(db).await;
        let countries = office.read("/holidays").await;
        let countries = countries["data"].as_array().expect("a list");
        let germany = countries.iter().find(|country| country["code"] == "DE").expect("Germany");
        assert_eq!(
            (&germany["name"], germany["regions"].as_array().map(Vec::len)),
            (&json!("Germany"), Some(16))
        );
        let year = office.read("/holidays/us?year=2027").await;
        let days = year["data"].as_array().expect("a list");
        assert!(days.contains(&json!({"date": "2027-11-25", "name": "Thanksgiving Day"})), "{year}");
        let bavaria = office.read("/holidays/DE?year=2026&region=BY").await;
        assert!(
            bavaria["data"]
                .as_array()
                .expect("a list")
                .contains(&json!({"date": "2026-06-04", "name": "Corpus Christi"}))
        );
        let emirates = office.read("/holidays/AE?year=2026").await;
        assert_eq!(emirates["unknown"][0], "Eid al-Fitr");
        let by = |path: &'static str| office.by(&office.reporter, Method::GET, path, &json!(null));
        assert_eq!(by("/holidays/XX").await.status, 404);
        assert_eq!(faults(&by("/holidays/DE?region=XX").await), ["region"]);
        assert_eq!(faults(&by("/holidays/DE?year=1999").await), ["year"]);
    }

    async fn a_schedule_closes_on_holidays_and_keeps_its_own_days(db: TestDb) {
        let office = Office::open(db).await;
        let new = json!({"name": "Office", "open_hours_action": {"type": "hangup"}, "closed_hours_action": {"type": "hangup"},
            "schedule": {}, "exceptions": [{"date": "2027-12-25", "name": "Party", "type": "closed"}]});
        let made = office.ask(Method::POST, "/business-hours", &new).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.json()["data"]["id"].as_i64().expect("an id");
        let path = format!("/business-hours/{id}/holidays");
        let wanted = json!({"country": "GB", "region": "ENG", "years": [2027, 2028]});
        let added = office.ask(Method::POST, &path, &wanted).await;
        assert_eq!(added.status, 200, "{}", added.body);
        assert_eq!(added.json()["data"]["kept"], 1, "{}", added.body);
        let many = added.json()["data"]["added"].as_u64().expect("a number");
        assert!(many > 14, "{many}");
        let again = office.by(&office.admin, Method::POST, &path, &wanted).await.json();
        assert_eq!((&again["data"]["added"], &again["data"]["kept"]), (&json!(0), &json!(many + 1)));
        let schedule = office.read(&format!("/business-hours/{id}")).await;
        let exceptions = schedule["data"]["exceptions"].as_array().expect("a list").clone();
        assert_eq!(exceptions.len() as u64, many + 1);
        let on = |date: &str| exceptions.iter().find(|one| one["date"] == date).map(|one| one["name"].clone());
        assert_eq!(
            (on("2027-12-25"), on("2027-12-27")),
            (Some(json!("Party")), Some(json!("Christmas Day (observed)")))
        );

        for wrong in [
            json!({"country": "XX", "years": [2027]}),
            json!({"country": "GB", "region": "BY", "years": [2027]}),
            json!({"country": "GB", "years": []}),
            json!({"country": "GB", "years": [1066]}),
        ] {
            assert_eq!(faults(&office.ask(Method::POST, &path, &wrong).await).len(), 1, "{wrong}");
        }
        assert_eq!(office.by(&office.user, Method::POST, &path, &wanted).await.status, 403);
        assert_eq!(office.by(&office.stranger, Method::POST, &path, &wanted).await.status, 404);
    }
}
