//! The table of rights: every declared route, every role, and strangers. A route that it does not know fails it.

use super::history;
use crate::KEY;
use axum::http::Method;
use opbx_app::attachments::{self, NewAttachment};
use opbx_app::sessions::{self, Device, Role};
use opbx_http::Limits;
use opbx_kernel::{RecordId, TenantId};
use opbx_platform::Value;
use opbx_testkit::{Engine, HttpConfig, Person, TestApp, TestDb, company};
use serde_json::{Value as Json, json};

/// Whose records a path with `{id}` is about. A path that is missing here fails the test: name its model.
const MODELS: &[(&str, &str)] = &[
    ("/api/v1/ai-assistants", "pbx.assistant"),
    ("/api/v1/api-keys", "res.users.apikeys"),
    ("/api/v1/attachments", "ir.attachment"),
    ("/api/v1/audit-log", "ir.audit"),
    ("/api/v1/auth/sessions", "res.users.session"),
    ("/api/v1/blocklist", "pbx.blocked_caller"),
    ("/api/v1/business-hours", "pbx.hours"),
    ("/api/v1/call-checks", "pbx.call_check"),
    ("/api/v1/call-detail-records", "pbx.cdr"),
    ("/api/v1/call-logs", "pbx.call"),
    ("/api/v1/call-recordings", "pbx.call.recording"),
    ("/api/v1/calls", "pbx.call"),
    ("/api/v1/conference-rooms", "pbx.conference"),
    ("/api/v1/extensions", "pbx.extension"),
    ("/api/v1/feature-codes", "pbx.feature_code"),
    ("/api/v1/ivr-menus", "pbx.menu"),
    ("/api/v1/jobs", "ir.job"),
    ("/api/v1/outbound-whitelist", "pbx.outbound_rule"),
    ("/api/v1/phone-numbers", "pbx.number"),
    ("/api/v1/prompts", "pbx.prompt"),
    ("/api/v1/recordings", "pbx.prompt"),
    ("/api/v1/references/ring_group", "pbx.ring_group"),
    ("/api/v1/ring-groups", "pbx.ring_group"),
    ("/api/v1/session-updates", "pbx.session_update"),
    ("/api/v1/settings/retention", "ir.retention"),
    ("/api/v1/trunks", "pbx.trunk"),
    ("/api/v1/users", "res.users"),
    ("/api/v1/voicemail-boxes", "pbx.voicemail"),
    ("/api/v1/voicemail-messages", "pbx.voicemail.message"),
    ("/api/v1/webhook-deliveries", "ir.webhook.delivery"),
    ("/api/v1/webhooks", "ir.webhook"),
];

/// Routes whose records hold a user back whom the route lets in, each with what it answers to a colleague's record.
const OF_ONES_OWN: &[(&str, Role, &[u16])] = &[
    ("call_recordings.show", Role::PbxUser, &[404]),
    ("call_recordings.audio", Role::PbxUser, &[404]),
    ("call_recordings.download", Role::PbxUser, &[404]),
    // Nobody fetched the sound.
    ("call_recordings.audio", Role::Owner, &[404]),
    ("call_recordings.audio", Role::PbxAdmin, &[404]),
    ("call_recordings.audio", Role::Reporter, &[404]),
    ("call_recordings.download", Role::Owner, &[404]),
    ("call_recordings.download", Role::PbxAdmin, &[404]),
    ("call_recordings.download", Role::Reporter, &[404]),
    // The recording lies elsewhere and was not fetched.
    ("recordings.audio", Role::Owner, &[404]),
    ("recordings.audio", Role::PbxAdmin, &[404]),
    ("recordings.audio", Role::PbxUser, &[404]),
    ("recordings.audio", Role::Reporter, &[404]),
    ("calls.hangup", Role::PbxUser, &[403]),
    ("extensions.update", Role::PbxUser, &[403]),
    ("users.show", Role::PbxUser, &[403]),
    ("users.update", Role::PbxUser, &[403]),
    ("voicemail_boxes.update", Role::PbxUser, &[403]),
    ("voicemail_messages.show", Role::PbxUser, &[404]),
    ("voicemail_messages.update", Role::PbxUser, &[422]),
    ("voicemail_messages.audio", Role::PbxUser, &[404]),
    // Of a model that administrators may not read.
    ("audit_log.show", Role::PbxAdmin, &[200, 404]),
    // Nobody fetched the sound.
    ("voicemail_messages.audio", Role::PbxAdmin, &[404]),
    ("voicemail_messages.audio", Role::Owner, &[404]),
];

/// Routes that tell what lies elsewhere, and say so where nothing does.
const OF_ELSEWHERE: &[&str] = &["ivr_menus.voices"];

/// Records of every model above, in both companies.
const MORE: &str = r#"
[pbx.assistant.amy]
name = "Amy"
how = "provider"
provider = "VAPI"
number = "+12125550160"

[pbx.blocked_caller.pest]
caller = "+442079460099"

[pbx.call_check.morning]
name = "In the morning"
to_number = "+12125550100"

[pbx.conference.board]
name = "Board"

[pbx.hours.office]
name = "Office"
open_destination = "ring_group:sales"

[ir.retention.calls]
model = "pbx.call"
days = 90

[pbx.menu.main]
name = "Main menu"

[pbx.prompt.welcome]
name = "Welcome"
kind = "url"
url = "https://example.com/welcome.mp3"

[pbx.voicemail.shared]
name = "Shared box"

[pbx.outbound_rule.london]
name = "London"
prefix = "+4420"

[pbx.trunk.spare]
name = "Spare trunk"
engine_name = "spare"
"#;

struct Route {
    id: String,
    method: Method,
    path: String,
    access: Json,
}

fn routes() -> Vec<Route> {
    let contract = opbx_http::contract();
    let mut routes = Vec::new();
    for (path, methods) in contract["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            routes.push(Route {
                id: operation["operationId"].as_str().expect("an id").to_owned(),
                method: method.to_uppercase().parse().expect("a method"),
                // Words of a path that name no record.
                path: path.replace("{country}", "DE").replace("{kind}", "ring_group"),
                access: operation["x-access"].clone(),
            });
        }
    }
    routes
}

impl Route {
    fn lets_in(&self, role: Role) -> bool {
        match &self.access {
            Json::Array(roles) => roles.iter().any(|word| word == role.as_str()),
            word => {
                assert!(word == "public" || word == "signed_in", "{}: {word}", self.id);
                true
            }
        }
    }

    /// Its id, or that of the PUT that it is another way to.
    fn name(&self) -> &str {
        self.id.strip_suffix("_by_patch").unwrap_or(&self.id)
    }

    /// The model of the record that the path names; none where it names none.
    fn model(&self) -> Option<&'static str> {
        let (collection, _) = self.path.split_once("/{")?;
        let row = MODELS.iter().find(|(path, _)| *path == collection);
        let (_, model) = row.unwrap_or_else(|| panic!("name the model of {} in MODELS", self.path));
        Some(model)
    }

    fn target(&self, id: Option<RecordId>) -> String {
        let Some((collection, rest)) = self.path.split_once("/{") else { return self.path.clone() };
        let rest = rest.split_once('}').map_or("", |(_, rest)| rest);
        format!("{collection}/{}{rest}", id.expect("a path with an id names a record"))
    }
}

async fn anybody(app: &TestApp, tenant: TenantId, role: Role, name: &str) -> Person {
    let person = app.person(tenant, role, name).await;
    let new = json!({"name": format!("key of {name}")});
    let made = app.by(&person, Method::POST, "/api/v1/api-keys").json(&new).reply().await;
    assert_eq!(made.status, 201, "{}", made.body);
    person
}

/// A record of a model: not the asker's own, where there is another.
async fn record(app: &TestApp, tenant: TenantId, model: &str, but: Option<RecordId>) -> RecordId {
    let mut tx = app.read(tenant).await;
    let found = app.store().registry().model(model).expect("a known model");
    let has_user = found.field("user").is_some();
    let fields: &[&str] = if has_user { &["user"] } else { &[] };
    let rows = tx.rows(model, fields).await.expect("rows");
    let is_other = |row: &&opbx_platform::record::Row| {
        (model != "res.users" || but != Some(row.id))
            && but.is_none_or(|but| row.values.first() != Some(&Value::Record(but)))
    };
    rows.iter().find(is_other).unwrap_or_else(|| panic!("make a record of {model} in MORE")).id
}

/// A call with all that is told of it, and a webhook with a delivery.
async fn told_of_a_call(app: &TestApp, tenant: TenantId) {
    let mut tx = app.begin(tenant).await;
    let call = history::call(tenant, 1, &[]);
    let call = tx.create("pbx.call", call).await.expect("a call");
    let recording = [
        ("call", Value::Record(call)),
        ("digest", "1".into()),
        ("started_at", Value::Instant(tx.now())),
        ("url", "https://example.com/recording".into()),
    ];
    tx.create("pbx.call.recording", history::values(&recording)).await.expect("a recording");
    tx.create("pbx.cdr", history::record(1, &[])).await.expect("a detail record");
    let update = tx.create("pbx.session_update", history::update(1)).await.expect("an update");
    // Sessions are asked for by the engine's number for them.
    let session = [("session_id".to_owned(), Value::Int(update.get()))];
    tx.update("pbx.session_update", update, session.into(), None).await.expect("an update");
    let webhook = [
        ("name", Value::from("Told")),
        ("url", "https://example.com/told".into()),
        ("events", Value::Json(json!(["call.ended"]))),
    ];
    let webhook = tx.create("ir.webhook", history::values(&webhook)).await.expect("a webhook");
    let delivery = [
        ("webhook", Value::Record(webhook)),
        ("event", "test".into()),
        ("event_id", "1".into()),
        ("unique_key", "1".into()),
        ("subject", "1".into()),
        ("payload", Value::Json(json!({}))),
        ("at", Value::Instant(tx.now())),
    ];
    tx.create("ir.webhook.delivery", history::values(&delivery)).await.expect("a delivery");
    tx.commit().await.expect("a commit");
}

/// Records that no configuration file writes.
async fn make_what_machines_write(app: &TestApp, tenant: TenantId) {
    let mailbox = record(app, tenant, "pbx.voicemail", None).await;
    let at = Value::Instant("2999-01-01T00:00:00Z".parse().expect("an instant"));
    let message = [
        ("mailbox", Value::Record(mailbox)),
        ("sequence", Value::Int(1)),
        ("left_at", at.clone()),
        ("url", "https://example.com/message".into()),
    ];
    let job = [("kind", "retention.purge".into()), ("run_at", at.clone()), ("due_at", at)];
    let prompt = record(app, tenant, "pbx.prompt", None).await;
    let mut upload = app.app().objects().begin(tenant).await.expect("an upload");
    upload.write(b"bytes").await.expect("taken");
    let stored = upload.keep().await.expect("kept");
    let mut tx = app.begin(tenant).await;
    let file =
        NewAttachment { name: "a.txt", mimetype: None, model: "pbx.prompt", record: prompt, field: None };
    attachments::attach(&mut tx, app.store().registry(), &stored, &file).await.expect("attached");
    for (model, values) in [("pbx.voicemail.message", &message[..]), ("ir.job", &job[..])] {
        let values = values.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
        tx.create(model, values).await.expect("a record");
    }
    tx.commit().await.expect("a commit");
}

/// The same person with a session of its own, for some routes end it.
async fn fresh(app: &TestApp, person: &Person) -> Person {
    let login = sessions::begin(app.app(), person.tenant, person.id, &Device::default()).await;
    Person { token: login.expect("a session").token, ..person.clone() }
}

#[tokio::test]
async fn each_route_lets_in_whom_it_names_and_no_stranger_reaches_a_record() {
    let unlimited = Limits { api_per_min: 0, tenant_per_min: 0, ..Limits::default() };
    let config = HttpConfig { limits: unlimited, ..HttpConfig::default() };
    let app = TestApp::start_with_http(TestDb::create(Engine::Sqlite).await, config).await;
    let red = app.apply(&company("red", KEY).more(MORE).toml()).await.tenant;
    let blue = app.apply(&company("blue", "key-of-blue").more(MORE).toml()).await.tenant;
    for tenant in [red, blue] {
        told_of_a_call(&app, tenant).await;
        make_what_machines_write(&app, tenant).await;
    }
    let mut people = Vec::new();
    for role in Role::ALL {
        people.push((role, anybody(&app, red, role, role.as_str().trim_start_matches("pbx_")).await));
    }
    // Two strangers, so that each is another's colleague.
    anybody(&app, blue, Role::Owner, "owner").await;
    anybody(&app, blue, Role::PbxUser, "user").await;
    for route in routes() {
        let model = route.model();
        let foreign = match model {
            Some(model) => Some(record(&app, blue, model, None).await),
            None => None,
        };
        let body = || json!({});
        let nobody = app.get(&route.target(foreign)).method(route.method.clone()).json(&body()).reply().await;
        if route.access != "public" {
            assert_eq!(nobody.status, 401, "{} without a token: {}", route.id, nobody.body);
        }
        for (role, person) in &people {
            let who = format!("{} as {}", route.id, role.as_str());
            let ask =
                |person: Person, id| app.by(&person, route.method.clone(), &route.target(id)).json(&body());
            let strange = ask(fresh(&app, person).await, foreign).reply().await;
            let status = strange.status.as_u16();
            if !route.lets_in(*role) {
                assert_eq!(status, 403, "{who}: {}", strange.body);
                continue;
            }
            let Some(model) = model else {
                let is_elsewhere = OF_ELSEWHERE.contains(&route.id.as_str()) && status == 503;
                let is_well = ![401, 403, 405].contains(&status) && (status < 500 || is_elsewhere);
                assert!(is_well || route.access == "public", "{who}: {status} {}", strange.body);
                continue;
            };
            // A body that is looked at before its record is names fields only.
            assert!(
                status == 404 || status == 422,
                "{who}, another company's record: {status} {}",
                strange.body
            );
            // Deleting would take the record from the next role.
            if route.method == Method::DELETE {
                continue;
            }
            let own = record(&app, red, model, Some(person.id)).await;
            let colleagues = ask(fresh(&app, person).await, Some(own)).reply().await;
            let status = colleagues.status.as_u16();
            let row = OF_ONES_OWN.iter().find(|(id, held, _)| *id == route.name() && held == role);
            match row {
                Some((_, _, expected)) => {
                    assert!(expected.contains(&status), "{who}, a colleague's: {status} {}", colleagues.body);
                }
                None if model.starts_with("res.users") && *role != Role::Owner => {
                    assert!(status != 401 && status < 500, "{who}: {status} {}", colleagues.body);
                }
                None => assert!(
                    ![401, 403, 404, 405].contains(&status) && status < 500,
                    "{who}, the own company's: {status} {}",
                    colleagues.body
                ),
            }
        }
    }
}
