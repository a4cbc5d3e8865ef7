//! The outbound whitelist and trunks by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::{Value, json};

const PATH: &str = "/outbound-whitelist";

fn rule(name: &str, country: &str, prefix: &str) -> Value {
    json!({"name": name, "destination_country": country, "destination_prefix": prefix, "outbound_trunk_name": "carrier-1"})
}

on_both_databases! {
    async fn a_rule_names_its_country_in_any_way_and_takes_over_its_trunk(db: TestDb) {
        let office = Office::open(db).await;
        let made = office.created(PATH, &rule("  Britain ", "gb", ""), "data").await;
        assert_eq!((&made["name"], &made["destination_country"]), (&json!("Britain"), &json!("GB")));
        assert_eq!((&made["destination_prefix"], &made["outbound_trunk_name"]), (&json!(null), &json!("carrier-1")));
        assert_eq!((&made["status"], &made["trunks"][0]["name"]), (&json!("active"), &json!("carrier-1")));
        let by_name = office.created(PATH, &rule("France", "France", "6"), "data").await;
        assert_eq!((&by_name["destination_country"], &by_name["destination_prefix"]), (&json!("FR"), &json!("6")));
        let by_code = office.created(PATH, &rule("Germany", "+49", "30"), "data").await;
        assert_eq!((&by_code["destination_country"], &by_code["destination_prefix"]), (&json!(null), &json!("+4930")));
        assert_eq!(office.read("/trunks").await["meta"]["total"], 1, "the same trunk for all three");
        let second = office.created("/trunks", &json!({"name": "Backup", "engine_name": "carrier-2"}), "data").await;
        let path = format!("{PATH}/{}", made["id"]);
        let first = made["trunks"][0]["id"].clone();
        let both = office.ask(Method::PUT, &path, &json!({"trunk_ids": [second["id"], first]})).await.json();
        assert_eq!(both["data"]["outbound_trunk_name"], "carrier-2");
        assert_eq!(both["data"]["trunks"].as_array().map(Vec::len), Some(2));
        let none = office.ask(Method::PUT, &path, &json!({"outbound_trunk_name": "", "caller_id": "+12125550100"})).await.json();
        assert_eq!((&none["data"]["trunks"], &none["data"]["caller_id"]), (&json!([]), &json!("+12125550100")));
        office.check_versions(&path, &json!({"sequence": 3})).await;
        let used = office.ask(Method::DELETE, &format!("/trunks/{first}"), &json!(null)).await;
        assert_eq!(used.status, 409, "{}", used.body);
        assert_eq!(used.json()["references"]["outbound_whitelist"].as_array().map(Vec::len), Some(2));
    }

    async fn what_is_wrong_with_a_rule_is_named(db: TestDb) {
        let office = Office::open(db).await;
        office.created(PATH, &rule("Britain", "GB", ""), "data").await;
        let cases = [
            (rule("Nowhere", "", ""), "destination_country"),
            (rule("Atlantis", "Atlantis", ""), "destination_country"),
            (rule("Letters", "GB", "abc"), "destination_prefix"),
            (rule("Britain", "GB", ""), "name"),
            (rule("", "GB", ""), "name"),
            (json!({"name": "Trunks", "destination_country": "GB", "trunk_ids": [999_999]}), "trunk_ids"),
            (json!({"name": "Order", "destination_country": "GB", "sequence": 0}), "sequence"),
        ];
        for (body, field) in cases {
            let refused = office.ask(Method::POST, PATH, &body).await;
            assert_eq!(faults(&refused), [field], "{body}: {}", refused.body);
        }
        let id = office.id(PATH, "Britain").await;
        let emptied = office.ask(Method::PUT, &format!("{PATH}/{id}"), &json!({"destination_country": ""})).await;
        assert_eq!(faults(&emptied), ["destination_prefix"], "{}", emptied.body);
    }

    async fn names_of_rules_and_trunks_may_be_as_long_as_the_original_s(db: TestDb) {
        let office = Office::open(db).await;
        let long = |length: usize| rule(&"r".repeat(length), "GB", "");
        let trunk = |length: usize| json!({"name": "Britain", "destination_country": "GB", "outbound_trunk_name": "t".repeat(length)});
        assert_eq!(office.created(PATH, &long(255), "data").await["name"], json!("r".repeat(255)));
        assert_eq!(faults(&office.ask(Method::POST, PATH, &long(256)).await), ["name"]);
        let made = office.created(PATH, &trunk(255), "data").await;
        assert_eq!(made["outbound_trunk_name"], json!("t".repeat(255)));
        assert_eq!(faults(&office.ask(Method::POST, PATH, &trunk(256)).await), ["outbound_trunk_name"]);
        let path = format!("/trunks/{}", made["trunks"][0]["id"]);
        for field in ["name", "engine_name"] {
            assert_eq!(office.ask(Method::PUT, &path, &json!({field: "u".repeat(255)})).await.status, 200);
            assert_eq!(faults(&office.ask(Method::PUT, &path, &json!({field: "u".repeat(256)})).await), [field]);
        }
    }

    async fn rules_are_searched_and_kept_to_their_own(db: TestDb) {
        let office = Office::open(db).await;
        office.created(PATH, &rule("Britain", "GB", ""), "data").await;
        office.created(PATH, &rule("Mobiles", "FR", "6"), "data").await;
        let names = |query: &'static str| office.listed(query, "name");
        assert_eq!(names("/outbound-whitelist?search=united+king").await, ["Britain"]);
        assert_eq!(names("/outbound-whitelist?search=fr").await, ["Mobiles"]);
        assert_eq!(names("/outbound-whitelist?search=carrier&sort_by=name").await, ["Britain", "Mobiles"]);
        let seen = office.by(&office.user, Method::GET, PATH, &json!(null)).await;
        assert!(seen.status == 200 && !seen.body.contains("carrier-1"), "users see no trunks: {}", seen.body);
        let searched = office.by(&office.user, Method::GET, "/outbound-whitelist?search=carrier", &json!(null)).await;
        assert_eq!(searched.json()["meta"]["total"], 0, "nor find them");
        let everybody = [&office.owner, &office.admin, &office.user, &office.reporter];
        let id = office.id(PATH, "Britain").await;
        office.check_rights(PATH, id, &rule("New", "DE", ""), &everybody).await;
        let trunk = office.id("/trunks", "carrier").await;
        let some = [&office.owner, &office.admin, &office.reporter];
        office.check_rights("/trunks", trunk, &json!({"name": "New"}), &some).await;
        assert_eq!(office.ask(Method::DELETE, &format!("{PATH}/{id}"), &json!(null)).await.status, 204);
    }

    async fn the_core_explains_which_rule_allows_a_number(db: TestDb) {
        let office = Office::open(db).await;
        let britain = office.created(PATH, &rule("Britain", "GB", ""), "data").await;
        let london = office.created(PATH, &rule("London", "", "+4420"), "data").await;
        office.created(PATH, &rule("France", "FR", ""), "data").await;
        let off = json!({"name": "Off", "destination_country": "GB", "status": "inactive"});
        office.created(PATH, &off, "data").await;
        let asked = async |body: Value| office.ask(Method::POST, "/outbound-whitelist/explain", &body).await;
        let told = asked(json!({"number": "011 44 20 7946 0018"})).await;
        assert_eq!(told.status, 200, "{}", told.body);
        let told = told.json()["data"].clone();
        assert_eq!((&told["number"], &told["country"], &told["is_allowed"]), (&json!("+442079460018"), &json!("GB"), &json!(true)));
        assert_eq!(told["rule"], json!({"id": london["id"], "name": "London"}));
        let candidate = |name: &str| {
            let all = told["candidates"].as_array().expect("candidates");
            all.iter().find(|one| one["name"] == name).cloned().expect("every rule is there")
        };
        assert_eq!(candidate("Britain")["score"], json!({"value": 5, "digits": 2, "names_country": true}));
        assert_eq!(candidate("London")["score"]["value"], 8);
        assert_eq!(candidate("France")["why_not"], "other_country");
        assert_eq!(candidate("Off")["why_not"], "inactive");
        let person = office.id("/extensions", "1001").await;
        office.ask(Method::PUT, &format!("/extensions/{person}"), &json!({"dials_out": false})).await;
        let refused = asked(json!({"number": "+442079460018", "extension_id": person})).await.json();
        assert_eq!((&refused["data"]["is_allowed"], &refused["data"]["reason"]), (&json!(false), &json!("extension 1001 may not make outside calls")));
        let nobody = asked(json!({"number": "+81312345678"})).await.json();
        assert_eq!((&nobody["data"]["is_allowed"], &nobody["data"]["rule"]), (&json!(false), &json!(null)));
        for emergency in ["911", "+911"] {
            assert_eq!(asked(json!({"number": emergency})).await.json()["data"]["is_emergency"], true);
        }
        assert_eq!(asked(json!({"number": "+12125550100"})).await.json()["data"]["is_own"], true);
        assert_eq!(faults(&asked(json!({"number": "nonsense"})).await), ["number"]);
        let theirs = office.by(&office.stranger, Method::GET, "/extensions", &json!(null)).await.json();
        let theirs = asked(json!({"number": "+442079460018", "extension_id": theirs["data"][0]["id"]})).await;
        assert_eq!(faults(&theirs), ["extension_id"]);
        office.ask(Method::PUT, &format!("{PATH}/{}", london["id"]), &json!({"status": "inactive"})).await;
        let after = asked(json!({"number": "+442079460018"})).await.json();
        assert_eq!(after["data"]["rule"]["id"], britain["id"], "what was saved a moment ago counts");
    }
}
