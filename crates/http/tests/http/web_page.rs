//! The original's own web page, room by room: the requests that its code makes, and what it reads of each answer.
//!
//! Source: the page's services and forms as published. It keeps ids as texts where its selects do, sends filters that are
//! not chosen as empty texts, and posts without a body where there is nothing to say.

mod calls;
mod office;
mod reads;
mod sounds;

use crate::KEY;
use axum::http::Method;
use opbx_app::operators;
use opbx_app::sessions::Role;
use opbx_testkit::{
    CarrierTrunk, CarrierVoice, DomainFacts, Reply, SimulatedBackend, SimulatedDomain, TestApp, TestDb,
    company, on_both_databases,
};
use reads::{reads, rows};
use serde_json::{Value as Json, json};

const UUID: &str = "0b0fb1a4-4b0b-4b0b-8b0b-0b0fb1a44b0b";
/// Domains whose profile lacks what the form holds, or rings longer than can be saved.
const QUIET_UUID: &str = "1b0fb1a4-4b0b-4b0b-8b0b-0b0fb1a44b0b";
const PATIENT_UUID: &str = "2b0fb1a4-4b0b-4b0b-8b0b-0b0fb1a44b0b";
const DOMAIN_KEY: &str = "XI-domain-key-of-acme";
const PASSWORD: &str = "Correct-horse-7";
/// What every form reads of what it saved.
const SAVED: &str = "message:text data:object data.id:id";

/// The page in somebody's browser, with the token that it keeps.
struct Page {
    app: TestApp,
    token: String,
}

impl Page {
    async fn ask(&self, method: Method, path: &str, body: Option<&Json>) -> Reply {
        let ask = self.app.get(&format!("/api/v1{path}")).method(method);
        let ask = ask.header("accept", "application/json");
        let ask = ask.header("authorization", &format!("Bearer {}", self.token));
        match body {
            Some(body) => ask.json(body).reply().await,
            None => ask.reply().await,
        }
    }

    /// What is read there.
    async fn get(&self, path: &str) -> Json {
        let reply = self.ask(Method::GET, path, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        reply.json()
    }

    async fn send(&self, method: Method, path: &str, body: &Json, status: u16) -> Json {
        let reply = self.ask(method.clone(), path, Some(body)).await;
        assert_eq!(reply.status, status, "{method} {path} {body}: {}", reply.body);
        reply.json()
    }

    /// Saves what is new, and gives it as the answer's `data`.
    async fn create(&self, path: &str, body: &Json) -> Json {
        let made = self.send(Method::POST, path, body, 201).await;
        reads(&made, SAVED);
        made["data"].clone()
    }

    async fn change(&self, path: &str, body: &Json) -> Json {
        let saved = self.send(Method::PUT, path, body, 200).await;
        reads(&saved, SAVED);
        saved["data"].clone()
    }

    /// Posts or puts nothing at all.
    async fn press(&self, method: Method, path: &str, status: u16) -> Json {
        let reply = self.ask(method, path, None).await;
        assert_eq!(reply.status, status, "{path}: {}", reply.body);
        reply.json()
    }

    async fn delete(&self, path: &str) {
        let reply = self.ask(Method::DELETE, path, None).await;
        assert!([200, 204].contains(&reply.status.as_u16()), "{path}: {}", reply.body);
        assert_eq!(self.ask(Method::GET, path, None).await.status, 404);
    }

    /// What is refused says so in one sentence, and names fields as a form shows them.
    async fn refused(&self, path: &str, body: &Json, field: &str) {
        let refused = self.send(Method::POST, path, body, 422).await;
        reads(&refused, "message:text errors:object");
        assert!(refused["errors"][field][0].is_string(), "{field}: {refused}");
    }

    /// Somebody looks at the page for a while; the carrier is asked no oftener than it likes.
    fn rest(&self) {
        self.app.db().clock().advance(jiff::SignedDuration::from_secs(11));
    }
}

/// A company whose carrier offers two trunks and two voices.
async fn open(db: TestDb) -> Page {
    let engine = SimulatedBackend::default();
    let trunk = |id: &str, name: &str, direction: &str| CarrierTrunk {
        id: id.to_owned(),
        name: name.to_owned(),
        host: Some("192.0.2.1".to_owned()),
        port: Some(5060),
        transport: Some("udp".to_owned()),
        prefix: None,
        direction: direction.to_owned(),
        active: true,
    };
    let voice = |id: &str, premium: bool| CarrierVoice {
        id: id.to_owned(),
        name: id.to_owned(),
        provider: "Cloudonix".to_owned(),
        language: "en-US".to_owned(),
        gender: Some("female".to_owned()),
        premium,
        pricing: Some(if premium { "premium" } else { "standard" }.to_owned()),
    };
    let domain = SimulatedDomain {
        key: DOMAIN_KEY.to_owned(),
        facts: DomainFacts {
            name: "acme.example.com".to_owned(),
            uuid: Some(UUID.to_owned()),
            no_answer_timeout_s: Some(45),
            recording_format: Some("mp3".to_owned()),
            package: Some("Free Tier".to_owned()),
        },
        trunks: vec![trunk("1", "way-out", "outbound"), trunk("2", "way-in", "inbound")],
        voices: vec![voice("Cloudonix-Neural:Zoe", false), voice("Cloudonix-Neural:Max", true)],
        ..SimulatedDomain::default()
    };
    for (uuid, timeout) in [(QUIET_UUID, None), (PATIENT_UUID, Some(180))] {
        let mut other = domain.clone();
        other.facts.uuid = Some(uuid.to_owned());
        other.facts.no_answer_timeout_s = timeout;
        other.facts.recording_format = None;
        other.facts.package = None;
        engine.with_domain(uuid, other);
    }
    engine.with_domain(UUID, domain);
    let app = TestApp::start_with_backend(db, engine).await;
    let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
    let owner = app.person(tenant, Role::Owner, "olga").await;
    operators::set_password(app.store(), tenant, &owner.email, Some(PASSWORD.into()))
        .await
        .expect("a password");
    let login = json!({"email": owner.email, "password": PASSWORD});
    let login = app.get("/api/v1/auth/login").method(Method::POST).json(&login).reply().await;
    assert_eq!(login.status, 200, "{}", login.body);
    let login = login.json();
    reads(&login, "access_token:text token_type:Bearer expires_in:number user.id:id user.organization_id:id");
    reads(&login, "user.name:text user.email:text user.role:owner user.status:active");
    let token = login["access_token"].as_str().expect("a token").to_owned();
    Page { app, token }
}

on_both_databases! {
    async fn the_originals_page_walks_through_all_its_rooms(db: TestDb) {
        let page = open(db).await;
        who_is_there(&page).await;
        let key = settings(&page).await;
        page.rest();
        office::people(&page).await;
        page.rest();
        office::extensions(&page).await;
        page.rest();
        office::rooms(&page).await;
        let group = office::groups(&page).await;
        page.rest();
        let menu = office::menus(&page, &group).await;
        office::hours(&page, &menu).await;
        page.rest();
        office::numbers(&page, &group, &menu).await;
        office::whitelist(&page).await;
        page.rest();
        calls::live(&page, &key).await;
        calls::history(&page).await;
        dashboard(&page).await;
        profile(&page).await;
        let said = page.press(Method::POST, "/auth/logout", 200).await;
        reads(&said, "message:text");
        let gone = page.ask(Method::GET, "/auth/me", None).await;
        assert_eq!(gone.status, 401, "the page goes to its login: {}", gone.body);
        reads(&gone.json(), "error:text message:text");
    }

    async fn what_a_trial_tells_of_a_domain_can_be_saved_as_it_came(db: TestDb) {
        let page = open(db).await;
        let path = "/settings/cloudonix";
        for uuid in [QUIET_UUID, PATIENT_UUID] {
            let tried = json!({"domain_uuid": uuid, "domain_api_key": DOMAIN_KEY});
            let right = page.send(Method::POST, &format!("{path}/validate"), &tried, 200).await;
            let told = right["profile_settings"].as_object().expect("what the carrier says");
            assert_eq!(told.keys().collect::<Vec<_>>(), ["domain_name"], "{right}");
            let mut form = json!({"domain_uuid": uuid, "domain_api_key": DOMAIN_KEY, "webhook_base_url": "https://pbx.example.com",
                "no_answer_timeout": 60, "recording_format": "mp3"});
            form.as_object_mut().expect("a form").extend(told.clone());
            let saved = page.send(Method::PUT, path, &form, 200).await;
            assert_eq!((&saved["settings"]["no_answer_timeout"], &saved["settings"]["recording_format"]), (&json!(60), &json!("mp3")));
            page.rest();
        }
    }

    async fn what_the_login_refuses_can_be_shown(db: TestDb) {
        let page = open(db).await;
        let wrong = json!({"email": "olga@example.com", "password": "Wrong-horse-7"});
        let reply = page.app.get("/api/v1/auth/login").method(Method::POST).json(&wrong).reply().await;
        assert_eq!(reply.status, 401);
        reads(&reply.json(), "error.code:UNAUTHORIZED error.message:text error.details:list?");
    }
}

/// On each load, with the token that the browser kept.
async fn who_is_there(page: &Page) {
    let me = page.get("/auth/me").await;
    reads(&me, "user.id:id user.organization_id:id user.name:text user.email:text user.role:owner");
    reads(&me, "user.organization.id:id user.organization.name:text user.organization.slug:text");
    reads(&me, "user.organization.status:active user.organization.timezone:text");
}

/// The owner's settings: a key is drawn, the domain tried out, all of it saved; gives the key.
async fn settings(page: &Page) -> String {
    let path = "/settings/cloudonix";
    reads(&page.get(path).await, "settings:object? callback_url:text? cdr_url:text?");
    let drawn = page.press(Method::POST, &format!("{path}/generate-requests-key"), 200).await;
    reads(&drawn, "api_key:text message:text");
    let tried = json!({"domain_uuid": UUID, "domain_api_key": "wrong"});
    let wrong = page.send(Method::POST, &format!("{path}/validate"), &tried, 422).await;
    assert_eq!(wrong["valid"], false, "{wrong}");
    let tried = json!({"domain_uuid": UUID, "domain_api_key": DOMAIN_KEY});
    let right = page.send(Method::POST, &format!("{path}/validate"), &tried, 200).await;
    assert_eq!(right["valid"], true, "{right}");
    let profile = &right["profile_settings"];
    reads(
        profile,
        "domain_name:text no_answer_timeout:number recording_format:mp3|wav cloudonix_package:text",
    );
    let form = json!({
        "domain_uuid": UUID, "domain_name": profile["domain_name"], "domain_api_key": DOMAIN_KEY,
        "domain_requests_api_key": drawn["api_key"], "webhook_base_url": "https://pbx.example.com",
        "no_answer_timeout": profile["no_answer_timeout"], "recording_format": profile["recording_format"],
        "cloudonix_package": profile["cloudonix_package"],
    });
    let saved = page.send(Method::PUT, path, &form, 200).await;
    reads(&saved, "message:text settings.id:id settings.domain_uuid:text callback_url:text cdr_url:text");
    let shown = page.get(path).await;
    reads(
        &shown["settings"],
        "domain_uuid:text domain_name:text domain_api_key:text domain_requests_api_key:text",
    );
    reads(&shown["settings"], "webhook_base_url:text no_answer_timeout:number recording_format:mp3|wav");
    reads(&shown["settings"], "cloudonix_package:text is_configured:flag has_webhook_auth:flag");
    reads(&shown, "callback_url:text cdr_url:text");
    let trunks = page.get(&format!("{path}/outbound-trunks")).await;
    reads(&trunks, "trunks:list count:number");
    let [trunk] = trunks["trunks"].as_array().expect("a list").as_slice() else { panic!("{trunks}") };
    reads(trunk, "id:id name:text direction:outbound|public-outbound active:flag");
    page.app.refresh().await;
    drawn["api_key"].as_str().expect("a key").to_owned()
}

/// The four tiles and the last ten calls, each asked for over and over.
async fn dashboard(page: &Page) {
    reads(&page.get("/session-updates/active").await, "meta.total_active_calls:number");
    for path in ["/extensions", "/conference-rooms", "/phone-numbers"] {
        let counted = page.get(&format!("{path}?per_page=1")).await;
        reads(&counted, "meta.total:number");
        assert_eq!(counted["data"].as_array().map(Vec::len), Some(1), "{counted}");
    }
    let last = page.get("/call-detail-records?per_page=10").await;
    rows(&last, "id:id from:text to:text disposition:text duration_formatted:text created_at:time");
}

async fn profile(page: &Page) {
    let seen = page.get("/profile").await;
    let members = "id:id name:text email:text role:owner phone:text? street_address:text? city:text? \
                   state_province:text? postal_code:text? country:text? organization.name:text organization.timezone:text";
    reads(&seen["user"], members);
    let organisation = json!({"timezone": "Europe/London"});
    let changed = page.send(Method::PUT, "/profile/organization", &organisation, 200).await;
    reads(&changed, "message:text organization.id:id organization.name:text organization.timezone:text");
    assert_eq!(changed["organization"]["timezone"], "Europe/London");
    // A select gives the country's code; what was emptied is null.
    let form = json!({"name": "Olga Owner", "phone": "+442079460018", "city": "London", "country": "GB", "postal_code": null});
    let changed = page.send(Method::PUT, "/profile", &form, 200).await;
    reads(&changed, "message:text user:object");
    reads(&changed["user"], members);
    assert_eq!(changed["user"]["name"], "Olga Owner");
    // The select finds what it gave, after a reload, too.
    assert_eq!(changed["user"]["country"], "GB", "{changed}");
    assert_eq!(page.get("/profile").await["user"]["country"], "GB");
    assert_eq!(page.get("/auth/me").await["user"]["country"], "GB");
    let new = "Another-horse-8";
    let form = json!({"current_password": PASSWORD, "new_password": new, "new_password_confirmation": new});
    reads(&page.send(Method::PUT, "/profile/password", &form, 200).await, "message:text");
    who_is_there(page).await;
}
