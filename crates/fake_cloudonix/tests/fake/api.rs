//! The REST API: keys, records, limits.

use crate::application::{DOMAIN, KEY, Stage};
use opbx_fake_cloudonix::{NewDomain, Options};
use serde_json::{Value, json};

#[tokio::test]
async fn a_key_opens_its_own_domain_and_no_other() {
    let stage = Stage::open_with(|options| options.domain(NewDomain::new("other.example", "XI-other"))).await;
    let path = format!("/customers/self/domains/{DOMAIN}");
    for (key, status) in [(None, 401), (Some("XI-wrong"), 401), (Some("XI-other"), 403), (Some(KEY), 200)] {
        assert_eq!(stage.api_as(key, "GET", &path, None).await.0, status, "{key:?}");
    }
    let uuid = stage.fake.uuid(DOMAIN).expect("a domain");
    for named in [DOMAIN, &uuid, "self"] {
        for prefix in ["", "/customers/self", "/tenants/self"] {
            let (status, domain) = stage.api("GET", &format!("{prefix}/domains/{named}"), None).await;
            assert_eq!((status, domain["domain"].as_str()), (200, Some(DOMAIN)));
            assert_eq!(domain["tenant"]["billingPlan"]["package"]["name"], "Free Tier");
        }
    }
    assert_eq!(stage.api("GET", "/domains/self/queues", None).await.0, 404);
}

#[tokio::test]
async fn put_changes_the_profile_and_patch_the_default_application() {
    let stage = Stage::open().await;
    let path = format!("/customers/self/domains/{DOMAIN}");
    let application =
        json!({ "name": "a", "type": "cxml", "url": "http://127.0.0.1:1/route", "method": "POST" });
    let (_, made) = stage.api("POST", &format!("{path}/applications"), Some(application.clone())).await;
    let body = json!({ "profile": { "call-timeout": 25 }, "defaultApplication": made["id"] });
    let (_, put) = stage.api("PUT", &path, Some(body)).await;
    assert_eq!(put["profile"]["call-timeout"], 25);
    assert!(put["profile"]["authorization-api-key"].is_string(), "what was not named stays");
    assert_ne!(put["defaultApplication"], made["id"], "PUT does not change it");
    let (_, patched) = stage.api("PATCH", &path, Some(json!({ "defaultApplication": made["id"] }))).await;
    assert_eq!(patched["defaultApplication"], made["id"]);
    let (status, _) = stage.api("PATCH", &path, Some(json!({ "defaultApplication": 4 }))).await;
    assert_eq!(status, 400);
    assert_eq!(
        stage.api("POST", &format!("{path}/applications"), Some(application)).await.0,
        409,
        "a name is unique"
    );
}

#[tokio::test]
async fn subscribers_are_made_found_changed_and_deleted() {
    let stage = Stage::open().await;
    let path = format!("/customers/self/domains/{DOMAIN}/subscribers");
    let new = json!({ "msisdn": "1005", "sipPassword": "secret", "active": true });
    let (status, made) = stage.api("POST", &path, Some(new.clone())).await;
    assert_eq!((status, &made["msisdn"]), (201, &json!("1005")));
    assert!(made["id"].is_u64() && made["uuid"].is_string());
    assert_eq!(stage.api("POST", &path, Some(new)).await.0, 409);
    let (_, all) = stage.api("GET", &path, None).await;
    assert_eq!(all.as_array().map(Vec::len), Some(3));
    for named in [made["id"].to_string(), "1005".to_owned()] {
        let (status, one) = stage.api("GET", &format!("{path}/{named}"), None).await;
        assert_eq!((status, &one["id"]), (200, &made["id"]));
    }
    let (status, _) = stage.api("PUT", &format!("{path}/1005"), Some(json!({ "msisdn": "1006" }))).await;
    assert_eq!(status, 400, "who a subscriber is stays");
    let (_, off) = stage.api("PUT", &format!("{path}/1005"), Some(json!({ "active": false }))).await;
    assert_eq!(off["active"], false);
    let both = json!([{ "msisdn": "1007" }, { "msisdn": "1005" }]);
    let (_, made) = stage.api("POST", &path, Some(both)).await;
    assert_eq!(made[0]["msisdn"], "1007");
    assert!(made[1]["error"].is_string(), "one that cannot be made spoils no other");
    assert_eq!(stage.api("DELETE", &format!("{path}/1005"), None).await.0, 204);
    assert_eq!(stage.api("GET", &format!("{path}/1005"), None).await.0, 404);
}

#[tokio::test]
async fn trunks_voices_and_numbers_are_listed() {
    let stage = Stage::open().await;
    let path = format!("/customers/self/domains/{DOMAIN}");
    let (_, trunks) = stage.api("GET", &format!("{path}/trunks"), None).await;
    assert_eq!(trunks[0]["name"], "main");
    let (_, voices) = stage.api("GET", &format!("/domains/{DOMAIN}/resources/voices"), None).await;
    assert!(voices.as_array().is_some_and(|voices| voices.iter().any(|voice| voice["language"] == "en-US")));
    let both = json!({ "dnid": "1", "source": "2", "applicationId": 1 });
    assert_eq!(stage.api("POST", &format!("{path}/dnids"), Some(both)).await.0, 400);
    let (_, none) = stage.api("GET", &format!("{path}/dnids"), None).await;
    assert_eq!(none, Value::Array(Vec::new()));
}

#[tokio::test]
async fn the_eleventh_request_in_ten_seconds_is_told_when_to_come_back() {
    let stage = Stage::open_with(|options| Options { is_limited: true, ..options }).await;
    let path = format!("{}/domains/{DOMAIN}", stage.fake.url());
    let ask = || reqwest::Client::new().get(&path).bearer_auth(KEY).send();
    for _ in 0..10 {
        assert_eq!(ask().await.expect("answered").status().as_u16(), 200);
    }
    let refused = ask().await.expect("answered");
    assert_eq!(refused.status().as_u16(), 429);
    let after: u64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=11).contains(&after), "{after}");
    stage.clock.advance(jiff::SignedDuration::from_secs(10));
    assert_eq!(ask().await.expect("answered").status().as_u16(), 200);
}

#[tokio::test]
async fn a_call_can_be_asked_for_by_http() {
    let stage = Stage::open().await;
    stage.page("/route", "<Gather action=\"/keys\" numDigits=\"1\"/>");
    stage.page("/keys", "<Hangup/>");
    let call = json!({
        "origin": "inbound", "from": "+442079460018", "to": "+12125550100",
        "script": { "caller": { "replies": [{ "keys": "1" }] } },
    });
    let asked = json!({ "domain": DOMAIN, "call": call });
    let (status, played) = stage.api_as(None, "POST", "/fake/calls", Some(asked)).await;
    assert_eq!((status, &played["faults"]), (200, &json!([])));
    assert!(
        played["transcript"].as_str().is_some_and(|told| told.contains("POST /keys Digits=\"1\"")),
        "{played}"
    );
    let (_, faults) = stage.api_as(None, "GET", "/fake/faults", None).await;
    assert_eq!(faults, json!({ "faults": [] }));
}
