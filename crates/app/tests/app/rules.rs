//! Rules of records that a field cannot say: each refusal names the field and changes nothing.

use opbx_app::apply::ApplyError;
use opbx_app::models::{PbxPrompt, PbxPromptKind};
use opbx_app::records::{self, RecordError};
use opbx_kernel::{RecordId, TenantId};
use opbx_platform::{DestinationRef, Value, Values};
use opbx_testkit::{TestApp, company, on_both_databases};

const KEY: &str = "key-of-acme";

/// What a file is refused for.
async fn refusal(app: &TestApp, more: &str) -> String {
    match app.try_apply(&company("acme", KEY).more(more).toml()).await {
        Err(ApplyError::Mistakes(mistakes)) => {
            mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        }
        Err(error) => panic!("{more}: {error}"),
        Ok(_) => panic!("it was taken: {more}"),
    }
}

/// Records that break a rule, and what is said of them.
const REFUSED: &[(&str, &str)] = &[
    ("[pbx.prompt.x]\nname = \"X\"", "`text` is required where `kind` is `text`"),
    ("[pbx.prompt.x]\nname = \"X\"\nkind = \"url\"", "`url` is required where `kind` is `url`"),
    (
        "[pbx.prompt.x]\nname = \"X\"\ntext = \"x\"\nurl = \"https://x.example\"",
        "`url` does not belong where `kind` is `text`",
    ),
    ("[pbx.prompt.x]\nname = \"X\"\nkind = \"recording\"\ntext = \"Hi\"", "`text` does not belong"),
    (
        "[pbx.assistant.x]\nname = \"X\"\nprovider = \"VAPI\"",
        "`number` is required where `how` is `provider`",
    ),
    (
        "[pbx.assistant.x]\nname = \"X\"\nhow = \"sip\"\nurl = \"https://x.example\"",
        "`url` must be a SIP address",
    ),
    (
        "[pbx.assistant.x]\nname = \"X\"\nhow = \"stream\"\nurl = \"https://x.example\"",
        "`url` must be an address that starts with ws:// or wss://",
    ),
    (
        "[pbx.assistant.x]\nname = \"X\"\nhow = \"service\"\nurl = \"https://x.example\"\nparameters = [1]",
        "`parameters` must be at most 50 names",
    ),
    (
        "[pbx.assistant.x]\nname = \"X\"\nhow = \"service\"\nurl = \"https://x.example\"\nparameters = { \"a b\" = 1 }",
        "`parameters` must be at most 50 names",
    ),
    ("[pbx.outbound_rule.x]\nname = \"X\"", "`prefix` is required where no country is given"),
    ("[pbx.conference.x]\nname = \"X\"\npin_required = true", "`pin` is required"),
    ("[pbx.conference.x]\nname = \"X\"\npin = \"12a4\"", "`pin` must be 1 to 20 digits"),
    (
        "[pbx.conference.x]\nname = \"X\"\nhost_pin = \"123456789012345678901\"",
        "`host_pin` must be 1 to 20 digits",
    ),
    (
        "[pbx.conference.x]\nname = \"X\"\npin = \"1234\"\nhost_pin = \"1234\"",
        "`host_pin` must differ from `pin`",
    ),
    (
        "[pbx.hours.x]\nname = \"X\"\nranges = [{ weekday = \"monday\", start = \"09:00\", end = \"09:00\" }]",
        "`end` must differ from `start`",
    ),
    (
        "[pbx.hours.x]\nname = \"X\"\nexceptions = [{ date = 2026-12-24, name = \"Eve\", kind = \"special_hours\" }]",
        "`ranges` are missing",
    ),
    (
        "[pbx.hours.x]\nname = \"X\"\nexceptions = [{ date = 2026-12-24, name = \"Eve\", ranges = [{ start = \"09:00\", end = \"10:00\" }] }]",
        "`exception` belongs to a day that is closed",
    ),
    (
        "[pbx.hours.x]\nname = \"X\"\nopen_destination = \"hours:x\"",
        "`open_destination` points at the record itself",
    ),
    ("[pbx.menu.x]\nname = \"X\"\nfailover = \"menu:x\"", "`failover` points at the record itself"),
    (
        "[pbx.extension.1009]\nnumber = \"1009\"\nname = \"X\"\ndestination = \"hangup\"\n\
         [pbx.ring_group.x]\nname = \"X\"\nmembers = [\"1009\"]",
        "`extension` names an extension that is no person's telephone",
    ),
    (
        "[pbx.ring_group.x]\nname = \"X\"\nfallback = \"ring_group:x\"",
        "`fallback` points at the record itself",
    ),
    (
        "[pbx.extension.x]\nnumber = \"1050\"\nname = \"X\"\nforward_always = \"forward:1050\"",
        "`forward_always` points at the record itself",
    ),
    (
        "[pbx.extension.x]\nnumber = \"1050\"\nname = \"X\"\nforward_busy = \"forward:Alice\"",
        "`forward_busy` forwards to what is neither",
    ),
    ("[pbx.extension.x]\nnumber = \"911\"\nname = \"X\"", "911 is an emergency number"),
    ("[pbx.menu.x]\nname = \"X\"\nkeys = [{ keys = \"#\" }]", "must be 1 to 10 keys"),
    (
        "[pbx.number.x]\nnumber = \"+12125550150\"\ndestination = \"queue:x\"",
        "no destinations of the kind `queue` yet",
    ),
];

async fn prompt(app: &TestApp, tenant: TenantId) -> RecordId {
    let mut tx = app.read(tenant).await;
    tx.external("config", "pbx.prompt.x").await.expect("an answer").expect("a record").1
}

on_both_databases! {
    async fn whom_a_group_rings_is_judged_when_the_whole_file_stands(db: TestDb) {
        let app = TestApp::start(db).await;
        let extension = |more: &str| format!("[pbx.extension.1009]\nnumber = \"1009\"\nname = \"X\"\n{more}\n");
        let (machine, person) = (extension("destination = \"hangup\""), extension("destination = \"\""));
        let group = "[pbx.ring_group.x]\nname = \"X\"\nmembers = [\"1009\"]\n";
        let apply = async |more: &str| app.try_apply(&company("acme", KEY).more(more).toml()).await;
        apply(&machine).await.expect("an extension that rings nobody");
        apply(&format!("{person}{group}")).await.expect("it becomes a person's and joins at once");
        let refused = refusal(&app, &machine).await;
        assert!(refused.contains("`destination` must stay empty: a ring group rings the extension"), "{refused}");
        let left = "[pbx.ring_group.x]\nname = \"X\"\nmembers = [\"1001\"]\n";
        apply(&format!("{machine}{left}")).await.expect("it leaves the group and turns at once");
    }

    async fn what_breaks_a_rule_is_refused_by_field_and_line(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&company("acme", KEY).toml()).await;
        for (more, said) in REFUSED {
            let refused = refusal(&app, more).await;
            assert!(refused.contains(said), "{more}\n{said:?} is not in: {refused}");
            assert!(refused.starts_with("test.toml:"), "{refused}");
            assert!(!refused.contains("12a4") && !refused.contains("12345678901234567"), "{refused}");
        }
        assert_eq!(app.apply(&company("acme", KEY).toml()).await.plan_version, None, "nothing was changed");
    }

    async fn a_queue_is_refused_by_name_where_it_is_saved(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        let mut tx = app.begin(tenant).await;
        let model = app.store().registry().model("pbx.number").expect("a model");
        let queue = DestinationRef::Record { kind: "queue".into(), id: RecordId::new(1).expect("positive") };
        let values = Values::from([
            ("number".to_owned(), "+12125550150".into()),
            ("destination".to_owned(), Value::Destination(queue)),
        ]);
        let refused = records::create(&mut tx, model, values).await.expect_err("no queues");
        let RecordError::Rule(rule) = &refused else { panic!("{refused}") };
        assert_eq!((rule.field.as_str(), refused.code().name), ("destination", "no_such_kind"));
        assert!(refused.to_string().contains("names a queue"), "{refused}");
    }

    async fn another_kind_forgets_what_the_first_one_needed(db: TestDb) {
        let app = TestApp::start(db).await;
        let text = |prompt: &str| company("acme", KEY).more(&format!("[pbx.prompt.x]\nname = \"X\"\n{prompt}")).toml();
        let spoken = app.apply(&text("text = \"Hello\"\nvoice = \"Zoe\"")).await;
        let tenant = spoken.tenant;
        app.apply(&text("kind = \"url\"\nurl = \"https://x.example/a.mp3\"")).await;
        let id = prompt(&app, tenant).await;
        let held = app.read(tenant).await.get::<PbxPrompt>(id).await.expect("read").expect("a prompt");
        assert_eq!((held.kind, held.text, held.voice), (PbxPromptKind::Url, None, None));
        assert_eq!(held.url.as_deref(), Some("https://x.example/a.mp3"));
        let again = app.apply(&text("kind = \"url\"\nurl = \"https://x.example/a.mp3\"")).await;
        assert_eq!(again.updated, 0, "what is forgotten already is not forgotten anew");
    }

    async fn a_change_is_judged_together_with_what_the_record_holds(db: TestDb) {
        let app = TestApp::start(db).await;
        let more = "[pbx.conference.x]\nname = \"X\"\npin = \"1234\"\npin_required = true\n";
        let tenant = app.apply(&company("acme", KEY).more(more).toml()).await.tenant;
        let (_, id) = app.read(tenant).await.external("config", "pbx.conference.x").await.expect("read").expect("a room");
        let model = app.store().registry().model("pbx.conference").expect("a model");
        let change = async |field: &str, value: Value| {
            let mut tx = app.begin(tenant).await;
            let values = Values::from([(field.to_owned(), value)]);
            let changed = records::update(&mut tx, model, id, values, None).await;
            changed.map_err(|error| match error {
                RecordError::Rule(rule) => (rule.field, rule.broken.name()),
                other => panic!("{other}"),
            })
        };
        assert_eq!(change("pin", Value::Null).await, Err(("pin".to_owned(), "no_pin")));
        assert_eq!(change("host_pin", Value::Bytes(b"1234".to_vec())).await, Err(("host_pin".to_owned(), "same_pins")));
        assert_eq!(change("host_pin", Value::Bytes(b"9999".to_vec())).await, Ok(()));
        assert_eq!(change("name", "Y".into()).await, Ok(()));
    }
}
