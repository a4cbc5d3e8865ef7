//! Business hours by the API.

use crate::KEY;
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_testkit::{Person, TestApp, TestDb, company, on_both_databases};
use serde_json::{Value, json};

const HOURS: &str = "/api/v1/business-hours";

async fn started(db: TestDb) -> (TestApp, Person) {
    let app = TestApp::start(db).await;
    let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
    let owner = app.person(tenant, Role::Owner, "olga").await;
    (app, owner)
}

/// The clock of the tests stands at noon UTC on Sunday, 1 March 2026.
fn office() -> Value {
    json!({
        "name": "Office", "status": "active",
        "open_hours_action": {"type": "hangup"}, "closed_hours_action": {"type": "forward", "target_id": "+442079460018"},
        "schedule": {
            "monday": {"enabled": true, "time_ranges": [{"id": "tr-1", "start_time": "09:00", "end_time": "17:00"}]},
            "sunday": {"enabled": true, "time_ranges": [{"start_time": "11:00", "end_time": "13:00"}]},
        },
        "exceptions": [
            {"date": "2026-12-25", "name": "Christmas", "type": "closed"},
            {"date": "2026-12-24", "name": "Eve", "type": "special_hours", "time_ranges": [{"start_time": "09:00", "end_time": "12:00"}]},
            {"date": "2026-12-25", "name": "Christmas Day", "type": "closed", "time_ranges": []},
        ],
    })
}

on_both_databases! {
    async fn a_schedule_is_written_whole_and_read_whole(db: TestDb) {
        let (app, owner) = started(db).await;
        let created = app.by(&owner, Method::POST, HOURS).json(&office()).reply().await;
        assert_eq!(created.status, 201, "{}", created.body);
        let schedule = created.json()["data"].clone();
        assert_eq!(schedule["schedule"]["monday"]["time_ranges"][0]["end_time"], "17:00");
        assert_eq!(schedule["schedule"]["tuesday"], json!({"enabled": false, "time_ranges": []}));
        let names: Vec<&str> = schedule["exceptions"].as_array().expect("a list").iter()
            .map(|exception| exception["name"].as_str().expect("a name")).collect();
        assert_eq!(names, ["Eve", "Christmas"], "one for each date, the first of them");
        assert_eq!(schedule["closed_hours_action"], json!({"type": "forward", "target_id": "+442079460018"}));
        assert_eq!(schedule["current_status"], "open", "the company is on UTC");
        let path = format!("{HOURS}/{}", schedule["id"]);
        let moved = app.by(&owner, Method::PUT, &path).json(&json!({"timezone": "America/New_York"})).reply().await;
        assert_eq!(moved.json()["data"]["current_status"], "closed", "there it is seven in the morning");
        assert_eq!(moved.json()["data"]["exceptions"].as_array().map(Vec::len), Some(2), "nothing was said of them");
        let shut = app.by(&owner, Method::PUT, &format!("{path}/override")).json(&json!({"state": "open"})).reply().await;
        assert_eq!(shut.status, 200, "{}", shut.body);
        assert_eq!(app.by(&owner, Method::GET, &path).reply().await.json()["data"]["current_status"], "open");
        for name in ["Office (Copy)", "Office (copy 2)"] {
            let copy = app.by(&owner, Method::POST, &format!("{path}/duplicate")).reply().await;
            assert_eq!(copy.status, 201, "{}", copy.body);
            let copy = copy.json()["data"].clone();
            assert_eq!(copy["name"], name);
            assert_eq!(copy["schedule"]["monday"]["time_ranges"].as_array().map(Vec::len), Some(1));
            assert_eq!(copy["exceptions"].as_array().map(Vec::len), Some(2));
        }
        let listed = app.by(&owner, Method::GET, &format!("{HOURS}?search=office")).reply().await.json();
        assert_eq!(listed["meta"]["total"], 3);
    }

    async fn a_copy_has_a_name_that_fits_however_long_the_first_is(db: TestDb) {
        let (app, owner) = started(db).await;
        let mut long = office();
        long["name"] = json!("x".repeat(255));
        let made = app.by(&owner, Method::POST, HOURS).json(&long).reply().await;
        assert_eq!(made.status, 201, "{}", made.body);
        let path = format!("{HOURS}/{}/duplicate", made.json()["data"]["id"]);
        for ending in [" (Copy)", " (copy 2)", " (copy 3)"] {
            let copy = app.by(&owner, Method::POST, &path).reply().await;
            assert_eq!(copy.status, 201, "{}", copy.body);
            let name = copy.json()["data"]["name"].as_str().expect("a name").to_owned();
            assert!(name.len() == 255 && name.ends_with(ending), "{name}");
        }
        long["name"] = json!("x".repeat(256));
        assert_eq!(app.by(&owner, Method::POST, HOURS).json(&long).reply().await.status, 422);
        let mut still = office();
        still["schedule"]["monday"]["time_ranges"] = json!([{"start_time": "09:00", "end_time": "09:00"}]);
        still["exceptions"][1]["time_ranges"] = json!([{"start_time": "10:00", "end_time": "10:00"}]);
        let refused = app.by(&owner, Method::POST, HOURS).json(&still).reply().await.json();
        let fields: Vec<&String> = refused["errors"].as_object().expect("fields").keys().collect();
        assert_eq!(fields, ["exceptions.1.time_ranges.0.end_time", "schedule.monday.time_ranges.0.end_time"]);
    }

    async fn null_is_no_exceptions_and_no_times_of_a_day(db: TestDb) {
        let (app, owner) = started(db).await;
        let mut new = office();
        new["exceptions"] = json!(null);
        new["schedule"]["tuesday"] = json!({"enabled": false, "time_ranges": null});
        let made = app.by(&owner, Method::POST, HOURS).json(&new).reply().await;
        assert_eq!(made.status, 201, "{}", made.body);
        let made = made.json()["data"].clone();
        assert_eq!((&made["exceptions"], &made["schedule"]["tuesday"]["time_ranges"]), (&json!([]), &json!([])));
        let path = format!("{HOURS}/{}", made["id"]);
        let change = async |body: Value| app.by(&owner, Method::PUT, &path).json(&body).reply().await;
        let day = |length| json!({"exceptions": [{"date": "2026-12-25", "name": "x".repeat(length), "type": "closed", "time_ranges": null}]});
        let long = change(day(256)).await.json();
        assert_eq!(long["errors"]["exceptions.0.name"], json!(["The name field must not be longer than 255 characters."]));
        let named = change(day(255)).await;
        assert_eq!(named.json()["data"]["exceptions"].as_array().map(Vec::len), Some(1), "{}", named.body);
        let none = change(json!({"exceptions": null})).await;
        assert_eq!((none.status.as_u16(), &none.json()["data"]["exceptions"]), (200, &json!([])), "{}", none.body);
        let open = change(json!({"schedule": {"friday": {"enabled": true, "time_ranges": null}}})).await;
        assert!(open.json()["errors"]["schedule.friday.time_ranges"].is_array(), "{}", open.body);
    }

    async fn what_makes_no_schedule_is_refused_by_field(db: TestDb) {
        let (app, owner) = started(db).await;
        let refused = async |pointer: &str, value: Value, field: &str| {
            let mut new = office();
            *new.pointer_mut(pointer).expect("a member of the example") = value.clone();
            let refused = app.by(&owner, Method::POST, HOURS).json(&new).reply().await;
            assert_eq!(refused.status, 422, "{pointer} = {value}: {}", refused.body);
            assert!(refused.json()["errors"][field].is_array(), "{field}: {}", refused.body);
        };
        refused("/schedule/monday/time_ranges", json!([]), "schedule.monday.time_ranges").await;
        refused("/schedule/monday/time_ranges/0/start_time", json!("9:00"), "schedule.monday.time_ranges.0.start_time").await;
        refused("/exceptions/1/time_ranges", json!([]), "exceptions.1.time_ranges").await;
        refused("/exceptions/0/date", json!("2026-02-30"), "exceptions.0.date").await;
        refused("/open_hours_action", json!({"type": "extension", "target_id": "12"}), "open_hours_action.target_id").await;
        refused("/open_hours_action", json!({"type": "extension", "target_id": "ext-999999"}), "open_hours_action").await;
        refused("/closed_hours_action", json!({"type": "ring_group"}), "closed_hours_action.target_id").await;
    }
}
