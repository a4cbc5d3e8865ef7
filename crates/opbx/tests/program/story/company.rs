//! An installation with everything around it, and a company in it that was made by the REST API alone.

use super::{DIRECT, MAIN};
use crate::process::{Server, opbx};
use crate::rest::{COMES_WITHIN, LOOK, LOOKS_MAX, Rest};
use opbx_kernel::SystemClock;
use opbx_testkit::fake_cloudonix::{FakeCloudonix, NewCall, NewDomain, Options, Pace, Played};
use opbx_testkit::{Browser, Engine, Receiver, SmtpServer, TestDb, eventually};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(super) const OWNER: &str = "ada@acme.example";
const PASSWORD: &str = "Correct-horse-7";
const DOMAIN: &str = "acme.cloudonix.example";
const DOMAIN_KEY: &str = "XI-domain-key-of-acme";
/// So many seconds of a call pass in one: slow enough to be looked at while it rings, fast enough to wait for.
const SPEED: f64 = 6.0;

pub(super) struct Company {
    pub(super) rest: Rest,
    pub(super) mails: SmtpServer,
    pub(super) receiver: Receiver,
    pub(super) webhook_secret: String,
    fake: FakeCloudonix,
    server: Server,
    _data: tempfile::TempDir,
}

impl Company {
    pub(super) async fn open(db: &TestDb) -> Self {
        let (data, mails) = (tempfile::tempdir().expect("a folder"), SmtpServer::open());
        let receiver = Receiver::start().await;
        let mut options = Options::new(Arc::new(SystemClock)).domain(NewDomain::new(DOMAIN, DOMAIN_KEY));
        options.pace = Pace::Times(SPEED);
        let fake = FakeCloudonix::start(options).await.expect("the fake starts");
        let mut command = opbx(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(data.path());
        if db.engine() == Engine::Postgres {
            let url = db.url().to_string().replace("postgres://", "postgres://opbx_test@");
            command.args(["--database", &url]);
        }
        command.env("OPBX_LOG", "warn").env("OPBX_API_RATE_PER_MIN", "0");
        command.env("OPBX_OWNER_EMAIL", OWNER).env("OPBX_OWNER_PASSWORD", PASSWORD);
        command.env("OPBX_CLOUDONIX_URL", fake.url()).env("OPBX_OUTGOING_ALLOW", "127.0.0.0/8");
        command
            .env("OPBX_SMTP_URL", mails.url("", "?tls=none"))
            .env("OPBX_MAIL_FROM", "OPBX <pbx@acme.example>");
        let server = Server::start(command);
        let rest = Rest::log_in(&server.address, OWNER, PASSWORD).await;
        let mut company =
            Self { rest, mails, receiver, webhook_secret: String::new(), fake, server, _data: data };
        company.configure().await;
        company.connect().await;
        company.settle().await;
        company
    }

    /// Tells OPBX its carrier, and the carrier OPBX.
    async fn connect(&self) {
        let rest = &self.rest;
        rest.put("/profile/organization", &json!({"name": "Acme Inc.", "timezone": "America/New_York"}))
            .await;
        let settings = json!({
            "domain_uuid": self.fake.uuid(DOMAIN), "domain_name": DOMAIN, "domain_api_key": DOMAIN_KEY,
            "webhook_base_url": format!("http://{}", self.server.address), "no_answer_timeout": 60,
            "recording_format": "mp3",
        });
        rest.put("/settings/cloudonix", &settings).await;
    }

    /// Hours, a menu, a group of two whom nobody answers for, a box that mails, and who is told.
    async fn configure(&mut self) {
        let rest = &self.rest;
        let me = rest.get("/auth/me").await["user"]["id"].clone();
        let first = rest
            .create("/extensions", &json!({"extension_number": "1001", "type": "user", "name": "Alice"}))
            .await;
        let second = rest
            .create("/extensions", &json!({"extension_number": "1002", "type": "user", "name": "Bob"}))
            .await;
        let mailbox = rest
            .create("/voicemail-boxes", &json!({"name": "Front desk", "user_id": me, "mail": "attach"}))
            .await;
        let member = |of: &Json| json!({"extension_id": of["extension"]["id"]});
        let group = json!({
            "name": "Sales", "strategy": "simultaneous", "timeout": 20, "ring_turns": 1,
            "members": [member(&first), member(&second)], "fallback_action": "voicemail",
            "fallback_voicemail_id": mailbox["data"]["id"],
        });
        let group = rest.create("/ring-groups", &group).await["data"]["id"].clone();
        let menu = json!({
            "name": "Main menu", "tts_text": "Press one for sales.", "max_timeout": 5, "inter_digit_timeout": 2,
            "max_turns": 2, "failover_destination_type": "hangup",
            "options": [
                {"input_digits": "1", "destination_type": "ring_group", "destination_id": group},
                {"input_digits": "2", "destination_type": "extension", "destination_id": "1001"},
            ],
        });
        let menu = rest.create("/ivr-menus", &menu).await["data"]["id"].clone();
        let open = json!({"enabled": true, "time_ranges": [{"start_time": "00:00", "end_time": "24:00"}]});
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let week: Json = days
            .iter()
            .map(|day| ((*day).to_owned(), open.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let hours = json!({
            "name": "Office hours", "schedule": week, "closed_hours_action": {"type": "hangup"},
            "open_hours_action": {"type": "ivr_menu", "target_id": format!("ivr-{menu}")},
        });
        let hours = rest.create("/business-hours", &hours).await["data"]["id"].clone();
        let number = json!({"phone_number": MAIN, "routing_type": "business_hours", "routing_config": {"business_hours_schedule_id": hours}});
        rest.create("/phone-numbers", &number).await;
        let alice = json!({"extension_id": first["extension"]["id"]});
        let direct = json!({"phone_number": DIRECT, "routing_type": "extension", "routing_config": alice});
        rest.create("/phone-numbers", &direct).await;
        let events = ["call.started", "call.ringing", "call.answered", "call.ended", "voicemail.left"];
        let webhook = json!({"name": "CRM", "url": self.receiver.url(), "events": events});
        let webhook = rest.create("/webhooks", &webhook).await;
        self.webhook_secret = webhook["secret"].as_str().expect("a secret").to_owned();
        let ping = format!("/webhooks/{}/ping", webhook["data"]["id"]);
        assert_eq!(rest.ask(Method::POST, &ping, None).await.status, 202);
    }

    /// Waits until the carrier knows the company, its telephones among them, and the receiver was reached.
    async fn settle(&self) {
        let synced = |told: &Json| told["settings"]["sync_state"] == "synced";
        self.rest.until("/settings/cloudonix", "the carrier is set up", synced).await;
        let all = |list: &Json| {
            let rows = list["data"].as_array().expect("a list");
            rows.len() == 2 && rows.iter().all(|row| row["cloudonix_synced"] == true)
        };
        self.rest.until("/extensions", "the carrier knows the telephones", all).await;
        eventually(COMES_WITHIN, "the receiver was reached", async || self.receiver.events() == ["test"])
            .await;
        self.plan_in_service().await;
    }

    /// Waits until calls go by what was configured: until the node has looked for changes once more, and lags behind none.
    async fn plan_in_service(&self) {
        let mut age_before: Option<f64> = None;
        let mut has_looked = false;
        let url = format!("http://{}/metrics", self.server.address);
        let mut looks = tokio::time::interval(LOOK);
        for _ in 0..LOOKS_MAX {
            looks.tick().await;
            let told = reqwest::get(&url).await.expect("metrics").text().await.expect("a text");
            let gauge = |name: &str| -> f64 {
                let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
                line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {told}"))
            };
            let age = gauge("opbx_plan_poll_age_seconds");
            has_looked |= age_before.is_some_and(|before| age < before);
            age_before = Some(age);
            if has_looked && gauge("opbx_plans_lagging") < 1.0 {
                return;
            }
        }
        panic!("the plan never came into service");
    }

    /// A browser that hears everything of the organisation.
    pub(super) async fn browser(&self) -> Browser {
        let address = self.server.address.parse().expect("an address");
        let mut browser = Browser::connect(address).await;
        let organisation = self.rest.get("/auth/me").await["user"]["organization_id"].clone();
        let channel = format!("private-org.{organisation}");
        let asked = json!({"socket_id": browser.socket_id, "channel_name": channel});
        let ticket = self.rest.ask(Method::POST, "/broadcasting/auth", Some(&asked)).await;
        assert_eq!(ticket.status, 200, "{}", ticket.text());
        let told = browser.subscribe(&channel, &ticket.json()).await;
        assert!(told.event.ends_with("subscription_succeeded"), "{told:?}");
        browser
    }

    pub(super) fn begin(&self, call: NewCall) {
        self.fake.begin(DOMAIN, call).expect("a domain");
    }

    /// Reads there until it is as wanted, which must be before the call is over.
    pub(super) async fn meanwhile(&self, path: &str, what: &str, is: impl Fn(&Json) -> bool) -> Json {
        tokio::select! {
            seen = self.rest.until(path, what, is) => seen,
            played = self.over() => panic!("over before {what}: {}", played.transcript),
        }
    }

    /// Waits for the end of the only call, in which nothing may be wrong.
    pub(super) async fn over(&self) -> Played {
        eventually(COMES_WITHIN, "the call is over", async || !self.fake.played().is_empty()).await;
        let mut all = self.fake.take_played();
        assert_eq!(all.len(), 1);
        let played = all.remove(0);
        assert_eq!((&played.faults[..], &played.leaks[..]), (&[][..], &[][..]), "{}", played.transcript);
        played
    }
}
