//! The first steps of a company, the example that fills an empty one, and a past to look at.

use super::office::Office;
use axum::http::Method;
use opbx_app::past_calls::{self, PastError, Wanted};
use opbx_app::sessions::Role;
use opbx_kernel::TenantId;
use opbx_platform::Domain;
use opbx_testkit::{Person, TestApp, TestDb, on_both_databases};
use serde_json::{Value as Json, json};

const EMPTY: &str = r#"
tenant = { slug = "fresh", name = "Fresh" }
[res.company.main]
name = "My company"
country = "base.us"
time_zone = "America/New_York"
"#;

async fn read(app: &TestApp, person: &Person, path: &str) -> Json {
    let reply = app.by(person, Method::GET, &format!("/api/v1{path}")).reply().await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.json()
}

async fn fresh(db: TestDb) -> (TestApp, TenantId, Person) {
    let app = TestApp::start(db).await;
    let tenant = app.apply(EMPTY).await.tenant;
    let owner = app.person(tenant, Role::Owner, "olga").await;
    (app, tenant, owner)
}

on_both_databases! {
    async fn first_steps_are_told_until_they_are_done_or_dismissed(db: TestDb) {
        let (app, _, owner) = fresh(db).await;
        let steps = read(&app, &owner, "/setup").await;
        let data = json!({"password": true, "company": false, "carrier": "none", "numbers": 0, "extensions": 0,
            "empty": true, "done": false, "dismissed": false});
        assert_eq!(steps["data"], data);

        let name = json!({"name": "Fresh Ltd", "timezone": "Europe/London", "country": "GB"});
        let saved = app.by(&owner, Method::PUT, "/api/v1/settings/company").json(&name).reply().await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        assert_eq!(
            read(&app, &owner, "/setup").await["data"]["company"],
            true,
            "whoever saves it has looked at it"
        );

        let said = json!({"company": false, "dismissed": true});
        let said = app.by(&owner, Method::PUT, "/api/v1/setup").json(&said).reply().await.json();
        assert_eq!((&said["data"]["company"], &said["data"]["dismissed"]), (&json!(false), &json!(true)));
    }

    async fn an_empty_company_is_filled_once_and_keeps_its_name(db: TestDb) {
        let (app, tenant, owner) = fresh(db).await;
        let filled = app.by(&owner, Method::POST, "/api/v1/setup/example").json(&json!({})).reply().await;
        assert_eq!(filled.status, 201, "{}", filled.body);
        let steps = &filled.json()["data"]["setup"];
        assert_eq!((&steps["numbers"], &steps["empty"]), (&json!(4), &json!(false)), "{steps}");
        let company = read(&app, &owner, "/settings/company").await;
        assert_eq!(company["data"]["name"], "My company");
        assert_eq!(company["data"]["fallback"]["type"], "extension", "{company}");
        let mut tx = app.read(tenant).await;
        assert_eq!(tx.count("pbx.cloudonix_settings", &Domain::All).await.expect("a count"), 0);
        drop(tx);

        let again = app.by(&owner, Method::POST, "/api/v1/setup/example").json(&json!({})).reply().await;
        assert_eq!(again.status, 409, "{}", again.body);
        let told = again.json();
        assert_eq!(told["code"], "company_not_empty");
        let message = told["message"].as_str().expect("a sentence");
        assert!(message.contains("4 phone numbers") && message.contains("extensions"), "{message}");
    }

    async fn forms_choose_from_countries_zones_and_currencies(db: TestDb) {
        let office = Office::open(db).await;
        let countries = office.read("/countries").await;
        let countries = countries["data"].as_array().expect("a list");
        let country = |code: &str| countries.iter().find(|country| country["code"] == code).expect("a country");
        assert_eq!(country("DE")["timezone"], "Europe/Berlin");
        assert_eq!(
            (&country("GB")["name"], &country("GB")["calling_code"]),
            (&json!("United Kingdom"), &json!(44))
        );
        let zones = office.read("/time-zones").await;
        let zone = zones["data"].as_array().expect("a list").iter().find(|zone| zone["name"] == "Asia/Kolkata");
        assert_eq!(zone.expect("a zone")["offset"], "+05:30");
        let currencies = office.read("/currencies").await;
        let euro = currencies["data"].as_array().expect("a list").iter().find(|one| one["code"] == "EUR");
        assert_eq!(euro.expect("the euro")["symbol"], "€");
    }

    async fn a_past_is_explained_heard_and_news_to_nobody(db: TestDb) {
        let (app, tenant, owner) = fresh(db).await;
        let filled = app.by(&owner, Method::POST, "/api/v1/setup/example").json(&json!({})).reply().await;
        assert_eq!(filled.status, 201, "{}", filled.body);
        app.refresh().await;
        let told = |model| Domain::eq("model", model);
        let wanted = Wanted { calls: 230, days: 5, seed: 3 };
        let (store, objects, now) = (app.store(), app.app().objects(), app.app().clock().now());
        let mut progress = Vec::new();
        let written = past_calls::write(store, objects, tenant, wanted, now, |calls| progress.push(calls)).await;
        let written = written.expect("a history");
        assert_eq!((written.calls, progress.as_slice()), (230, &[200, 230][..]));
        assert!(written.answered > 100 && written.messages > 3 && written.sounds > 3, "{written:?}");

        let mut tx = app.read(tenant).await;
        assert_eq!(tx.count("pbx.call", &Domain::All).await.expect("a count"), 230);
        assert_eq!(tx.count("pbx.cdr", &Domain::eq("waiting", false)).await.expect("a count"), 230);
        assert_eq!(
            tx.count("ir.outbox", &told("pbx.call")).await.expect("a count"),
            0,
            "calls of the past are no news"
        );
        assert_eq!(tx.count("mail.mail", &Domain::All).await.expect("a count"), 0);
        let fetches = Domain::eq("kind", "recording.fetch");
        assert_eq!(tx.count("ir.job", &fetches).await.expect("a count"), 0);
        drop(tx);

        let calls = read(&app, &owner, "/call-logs?per_page=100").await;
        for call in calls["data"].as_array().expect("a list") {
            let explained = read(&app, &owner, &format!("/calls/{}/explain", call["id"])).await;
            assert_eq!(explained["data"]["then"]["same"], true, "{explained}");
            assert_eq!(explained["data"]["today"]["same"], true, "{explained}");
        }
        let recordings = read(&app, &owner, "/call-recordings").await;
        let recording = &recordings["data"][0];
        assert_eq!(recording["state"], "ready", "{recording}");
        let sound = app.by(&owner, Method::GET, &format!("/api/v1/call-recordings/{}/audio", recording["id"]));
        let begins = sound.header("range", "bytes=0-3").reply().await;
        assert_eq!((begins.status.as_u16(), begins.body.as_str()), (206, "RIFF"));
    }

    async fn nobody_could_have_called_a_company_without_telephones(db: TestDb) {
        let (app, tenant, _) = fresh(db).await;
        let (store, objects, now) = (app.store(), app.app().objects(), app.app().clock().now());
        let wanted = Wanted { calls: 1, days: 1, seed: 1 };
        let refused = past_calls::write(store, objects, tenant, wanted, now, |_| {}).await;
        assert!(matches!(refused, Err(PastError::NobodyToCall)), "{refused:?}");
        let too_much = Wanted { calls: 0, ..wanted };
        let refused = past_calls::write(store, objects, tenant, too_much, now, |_| {}).await;
        assert!(matches!(refused, Err(PastError::TooMuch)), "{refused:?}");
        let mut tx = app.read(tenant).await;
        assert_eq!(tx.count("pbx.call", &Domain::All).await.expect("a count"), 0);
    }
}
