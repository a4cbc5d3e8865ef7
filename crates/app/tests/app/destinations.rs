//! Every kind of destination: from records to the plan, with secrets beside it and mistakes named.

use opbx_app::journal::Record;
use opbx_app::models::PbxExtension;
use opbx_app::plans::{CompileError, Compiled, compile};
use opbx_kernel::{Country, RecordId, TenantId};
use opbx_platform::{DestinationRef, Domain, Value, Values};
use opbx_routing::{
    Destination, Direction, Ending, ExtensionKind, Keys, PinEntry, Plan, Prompt, Reach, Target,
};
use opbx_store::Search;
use opbx_telephony::Opening;
use opbx_telephony::simulator::{Answers, Caller, simulate};
use opbx_testkit::{TestApp, company, on_both_databases};

const KEY: &str = "key-of-acme";
const PIN: &str = "602214";
const HOST_PIN: &str = "137035";
const TOKEN: &str = "token-of-the-service";

/// One of everything; the room's PINs stand in the file as anything else does.
fn everything() -> String {
    let more = format!(
        r#"
[pbx.prompt.hello]
name = "Hello"
text = "Hello."
voice = "Zoe"
language = "en-GB"

[pbx.prompt.tune]
name = "Tune"
kind = "url"
url = "https://audio.example.com/tune.mp3"

[pbx.menu.main]
name = "Main menu"
prompt = "hello"
wrong_key_prompt = "tune"
keys = [
  {{ keys = "2", destination = "conference:room" }},
  {{ keys = "1", destination = "extension:1001" }},
  {{ keys = "*", destination = "menu:main" }},
]
failover = "voicemail:box"

[pbx.hours.office]
name = "Office"
time_zone = "Europe/Brussels"
ranges = [
  {{ weekday = "sunday", start = "22:00", end = "02:00" }},
  {{ weekday = "monday", start = "13:00", end = "24:00" }},
  {{ weekday = "monday", start = "09:00", end = "12:00" }},
]
exceptions = [
  {{ date = 2026-12-25, name = "Christmas" }},
  {{ date = 2026-12-24, name = "Eve", kind = "special_hours", ranges = [{{ start = "09:00", end = "12:00" }}] }},
]
override = "open"
override_until = "2026-03-01T12:00:00Z"
open_destination = "menu:main"
closed_destination = "assistant:ai"

[pbx.conference.room]
name = "Room"
pin_required = true
pin = "{PIN}"
host_pin = "{HOST_PIN}"
wait_for_host = true

[pbx.assistant.ai]
name = "AI"
how = "service"
url = "https://ai.example.com/call"
service_token = "{TOKEN}"
parameters = {{ tone = "kind", speed = 2 }}
fallback = "hours:office"

[pbx.voicemail.box]
name = "Box"
greeting = "tune"
beep = false

[pbx.trunk.b]
name = "B"
engine_name = "trunk-b"

[pbx.trunk.a]
name = "A"
engine_name = "trunk-a"
active = false

[pbx.outbound_rule.later]
name = "Later"
country = "base.be"
sequence = 20

[pbx.outbound_rule.first]
name = "First"
country = "base.gb"
prefix = "+44 20"
trunks = ["b", "a"]
caller_id = "sip:desk@example.com"

[pbx.extension.1009]
number = "1009"
name = "Zoe"
forward_always = "forward:sip:zoe@example.com"
forward_busy = "hangup"
voicemail = "box"
dials_out = false
caller_id = "+12125550109"
outbound_calls_max = 2

[pbx.number.hours]
number = "+12125550111"
destination = "hours:office"
"#
    );
    let company_fields = "country = \"base.us\"\ncaller_id = \"+12125550100\"\noutbound_minutes_per_day_max = 600\n\
        allowed_countries = [\"base.us\", \"base.gb\"]\ntime_zone = \"America/New_York\"\n";
    company("acme", KEY).more(&more).toml().replace("country = \"base.us\"\n", company_fields)
}

async fn compiled(app: &TestApp, tenant: TenantId) -> Compiled {
    compile(&mut app.read(tenant).await).await.expect("a plan")
}

/// The one record of a model that is called so.
async fn record(app: &TestApp, tenant: TenantId, name: &str) -> RecordId {
    app.read(tenant).await.external("config", name).await.expect("an answer").expect("a record").1
}

fn to_number<'p>(plan: &'p Plan, number: &str) -> &'p Destination {
    let number = opbx_kernel::E164::new(number).expect("E.164");
    &plan.number(&number).expect("a number").destination
}

/// Writes to one record past the rules of use cases, as an older version of the product might have.
async fn write_past(app: &TestApp, tenant: TenantId, name: &str, field: &str, value: Value) {
    let (model, id) = app.read(tenant).await.external("config", name).await.expect("read").expect("a record");
    let mut tx = app.begin(tenant).await;
    tx.update(&model, id, Values::from([(field.to_owned(), value)]), None).await.expect("written");
    tx.commit().await.expect("it lasts");
}

on_both_databases! {
    async fn one_of_everything_is_in_the_plan_as_its_records_say(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&everything()).await.tenant;
        let Compiled { plan, .. } = compiled(&app, tenant).await;
        let Destination::Hours(hours) = to_number(&plan, "+12125550111") else { panic!("hours") };
        let hours = plan.hours(*hours).expect("hours");
        assert_eq!(hours.zone.name().as_ref(), "Europe/Brussels");
        let shown = |day: usize| hours.week[day].iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!((shown(0), shown(6)), (vec!["09:00–12:00".into(), "13:00–24:00".into()], vec!["22:00–02:00".into()]));
        assert!(hours.week[1..6].iter().all(Vec::is_empty));
        let days: Vec<_> = hours.exceptions.iter().map(|day| (&*day.name, day.ranges.len())).collect();
        assert_eq!(days, [("Eve", 1), ("Christmas", 0)]);
        let manual = hours.manual.expect("an override");
        assert_eq!((manual.open, manual.until.map(|at| at.to_string()).as_deref()), (true, Some("2026-03-01T12:00:00Z")));

        let Destination::Menu(menu) = &hours.open else { panic!("a menu") };
        let menu = plan.menu(*menu).expect("a menu");
        let keys: Vec<&str> = menu.keys.iter().map(|key| &*key.keys).collect();
        assert_eq!(keys, ["2", "1", "*"], "in the order of the file");
        assert_eq!(menu.keys[2].to, Destination::Menu(menu.id), "a key may play the menu again");
        let spoken = Prompt::Text { text: "Hello.".into(), voice: Some("Zoe".into()), language: Some("en-GB".into()) };
        assert_eq!(menu.prompt, Some(spoken));
        let tune = Some(Prompt::Audio("https://audio.example.com/tune.mp3".into()));
        assert_eq!((&menu.wrong_key, &menu.no_input), (&tune, &None));
        let Destination::Voicemail(mailbox) = menu.failover else { panic!("a box") };
        let mailbox = plan.voicemail(mailbox).expect("a box");
        assert_eq!((&mailbox.greeting, mailbox.beep, mailbox.length_max_s), (&tune, false, 180));

        let Destination::Conference(room) = menu.keys[0].to else { panic!("a room") };
        let room = plan.conference(room).expect("a room");
        assert!(room.asks_pin && room.has_host_pin && room.waits_for_host && room.participants_max == 25);
        let Destination::Assistant(assistant) = hours.closed else { panic!("an assistant") };
        let parameters = vec![("speed".into(), "2".into()), ("tone".into(), "kind".into())];
        let reach = Reach::Service { url: "https://ai.example.com/call".into(), parameters };
        assert_eq!(plan.assistant(assistant).expect("an assistant").reach, Some(reach));

        let rules: Vec<_> = plan.outbound_rules().iter().map(|rule| (&*rule.name, rule.prefix.as_deref())).collect();
        assert_eq!(rules, [("First", Some("+44 20")), ("Later", None)], "in their own order");
        let first = &plan.outbound_rules()[0];
        let trunks: Vec<_> = first.trunks.iter().map(|id| plan.trunk(*id).expect("a trunk")).collect();
        let trunks: Vec<_> = trunks.into_iter().map(|trunk| (&*trunk.name, trunk.active)).collect();
        assert_eq!(trunks, [("trunk-b", true), ("trunk-a", false)], "in the order of the rule");
        assert_eq!((first.country, first.caller_id.as_deref()), (Country::new("GB"), Some("sip:desk@example.com")));
        let company = &plan.company;
        assert_eq!((company.caller_id.as_deref(), &*company.zone.name().clone()), (Some("+12125550100"), "America/New_York"));
        assert_eq!((company.limits.calls_max, company.limits.minutes_per_day_max), (None, Some(600)));
        let mut allowed: Vec<String> = company.allowed_countries.iter().map(|country| (*country).into()).collect();
        allowed.sort();
        assert_eq!(allowed, ["GB", "US"]);
        let zoe = plan.extension_by_number("1009").expect("an extension");
        let ExtensionKind::User(zoe) = &zoe.kind else { panic!("a person") };
        assert_eq!(zoe.forward.always, Some(Destination::Forward("sip:zoe@example.com".into())));
        assert_eq!((&zoe.forward.busy, &zoe.forward.no_answer), (&Some(Destination::Hangup), &None));
        assert_eq!((zoe.voicemail, zoe.dials_out, zoe.limits.calls_max), (Some(mailbox.id), false, Some(2)));
        let json = serde_json::to_string(&plan).expect("a plan serialises");
        assert_eq!(serde_json::from_str::<Plan>(&json).expect("and comes back"), plan);
    }

    async fn applying_the_same_lists_twice_changes_nothing(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&everything()).await;
        let again = app.apply(&everything()).await;
        assert_eq!((again.created, again.updated, again.deleted, again.plan_version), (0, 0, 0, None));
        let moved = everything().replace(r#"start = "09:00", end = "12:00" }] }"#, r#"start = "10:00", end = "12:00" }] }"#);
        let moved = app.apply(&moved).await;
        assert_eq!((moved.created, moved.updated), (0, 1), "a list inside a list is part of its record");
    }

    async fn pins_open_their_room_and_are_in_nothing_that_explains_a_call(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&everything()).await.tenant;
        let line = app.app().plans().directory().line(tenant).expect("a line").clone();
        let loaded = app.app().plans().plan(&line).await.expect("a plan");
        let room = record(&app, tenant, "pbx.conference.room").await.get();
        let room = opbx_routing::ConferenceId::new(room).expect("positive");
        let entered = [PIN, HOST_PIN, "123456", ""].map(|pin| loaded.secrets.pin(room, pin));
        assert_eq!(entered, [PinEntry::Participant, PinEntry::Host, PinEntry::Wrong, PinEntry::Nothing]);
        let assistant = record(&app, tenant, "pbx.assistant.ai").await.get();
        let assistant = opbx_routing::AssistantId::new(assistant).expect("positive");
        assert_eq!(loaded.secrets.service_token(assistant), Some(TOKEN));

        let opening = Opening {
            direction: Direction::Inbound,
            from: "+442079460018".into(),
            to: "+12125550111".into(),
            from_name: String::new(),
            token: None,
            session: None,
        };
        let keys = ["2", "99", PIN].map(Keys::new);
        let caller = Caller {
            answers: &Answers::default(),
            keys: &keys,
            message_s: None,
            pin: &|room, digits| loaded.secrets.pin(room, digits),
        };
        // Before the override ends, so that the schedule is open.
        let at = "2026-03-01T11:00:00Z".parse().expect("an instant");
        let (_, ledger) = simulate(&loaded.plan, &opening, at, &caller);
        assert_eq!(ledger.sheet().and_then(|sheet| sheet.ending), Some(Ending::Completed));
        for entry in ledger.entries() {
            app.app().journal().append(&Record::Step(Box::new(entry.clone()))).expect("appended");
        }
        app.ingest().await;
        let journaled = app.app().journal().read_after(0, 100).expect("readable");
        let snapshot = serde_json::to_string(&loaded.plan).expect("a plan serialises");
        let explained = format!(
            "{snapshot}{:?}{:?}{journaled:?}{}{:#?}",
            loaded.plan,
            loaded.secrets,
            serde_json::to_string(&journaled).expect("JSON"),
            app.calls(tenant).await,
        );
        assert!(explained.contains("Main menu") && explained.contains("pin_entered"), "{explained}");
        for secret in [PIN, HOST_PIN, TOKEN] {
            assert!(!explained.contains(secret), "{secret} is in what explains a call");
        }
    }

    async fn a_record_that_makes_no_plan_is_named_with_its_field(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&everything()).await.tenant;
        let rows: [(&str, &str, Value, Value); 6] = [
            ("pbx.prompt.hello", "text", Value::Null, "Hello.".into()),
            ("pbx.prompt.tune", "url", "".into(), "https://audio.example.com/tune.mp3".into()),
            ("pbx.conference.room", "pin", Value::Null, Value::Bytes(PIN.into())),
            ("pbx.conference.room", "host_pin", Value::Bytes(b"letmein".to_vec()), Value::Bytes(HOST_PIN.into())),
            ("pbx.assistant.ai", "url", Value::Null, "https://ai.example.com/call".into()),
            ("pbx.assistant.ai", "parameters", Value::Json("loud".into()), Value::Null),
        ];
        for (name, field, bad, good) in rows {
            write_past(&app, tenant, name, field, bad).await;
            let error = compile(&mut app.read(tenant).await).await.expect_err("no plan");
            let CompileError::Record { model, id, field: named, .. } = &error else { panic!("{error}") };
            assert!(name.starts_with(model), "{name}: {error}");
            assert_eq!((*id, *named), (record(&app, tenant, name).await, field), "{error}");
            assert!(!error.to_string().contains("letmein"), "{error}");
            write_past(&app, tenant, name, field, good).await;
            compiled(&app, tenant).await;
        }
    }

    async fn compiling_asks_the_database_no_more_often_for_more_records(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&everything()).await.tenant;
        let asked = async || {
            let mut tx = app.read(tenant).await;
            let before = tx.statements();
            compile(&mut tx).await.expect("a plan");
            tx.statements() - before
        };
        let few = asked().await;
        assert!((1..=40).contains(&few), "{few} statements");
        let mut more = everything();
        for at in 0..40 {
            more.push_str(&format!(
                "[pbx.extension.x{at}]\nnumber = \"2{at:03}\"\nname = \"X\"\n\
                [pbx.prompt.x{at}]\nname = \"X{at}\"\ntext = \"X\"\n\
                [pbx.menu.x{at}]\nname = \"X{at}\"\nprompt = \"x{at}\"\nkeys = [{{ keys = \"1\", destination = \"extension:x{at}\" }}]\n\
                [pbx.hours.x{at}]\nname = \"X{at}\"\nranges = [{{ weekday = \"monday\", start = \"09:00\", end = \"10:00\" }}]\n\
                exceptions = [{{ date = 2026-01-01, name = \"Y\", kind = \"special_hours\", ranges = [{{ start = \"09:00\", end = \"10:00\" }}] }}]\n\
                [pbx.conference.x{at}]\nname = \"X{at}\"\npin = \"12{at:02}\"\n\
                [pbx.outbound_rule.x{at}]\nname = \"X{at}\"\nprefix = \"{at}\"\ntrunks = [\"a\"]\n"
            ));
        }
        app.apply(&more).await;
        assert_eq!(asked().await, few, "as many statements as before");
    }

    async fn a_forward_to_an_outside_number_is_dialled_on_its_owner_s_account(db: TestDb) {
        let app = TestApp::start(db).await;
        let text = everything()
            .replace("forward:sip:zoe@example.com", "forward:+442079460018")
            .replace("dials_out = false", "dials_out = true");
        let tenant = app.apply(&text).await.tenant;
        let Compiled { plan, secrets } = compiled(&app, tenant).await;
        let opening = Opening {
            direction: Direction::Subscriber,
            from: "1001".into(),
            to: "1009".into(),
            from_name: String::new(),
            token: None,
            session: None,
        };
        let caller = Caller {
            answers: &"+442079460018=yes".parse().expect("answers"),
            keys: &[],
            message_s: None,
            pin: &|room, digits| secrets.pin(room, digits),
        };
        let (steps, _) = simulate(&plan, &opening, "2026-03-01T11:00:00Z".parse().expect("an instant"), &caller);
        let dial = steps[0].step.actions.iter().find_map(|action| match action {
            opbx_routing::Action::Dial(dial) => Some(dial),
            _ => None,
        });
        let dial = dial.expect("a dial");
        assert_eq!(dial.targets[0], Target::Outside { number: "+442079460018".into() });
        assert_eq!((dial.trunk.as_deref(), dial.caller_id.as_deref()), (Some("trunk-b"), Some("sip:desk@example.com")));
    }

    async fn a_deleted_user_s_box_and_a_deleted_box_s_extension_stay(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&everything().replace("failover = \"voicemail:box\"", "")).await.tenant;
        let mailbox = record(&app, tenant, "pbx.voicemail.box").await;
        let mut tx = app.begin(tenant).await;
        tx.delete("pbx.voicemail", mailbox).await.expect("nothing but an extension names it");
        tx.commit().await.expect("it lasts");
        let mut tx = app.read(tenant).await;
        let zoe = tx.all::<PbxExtension>(&Domain::eq("number", Value::from("1009"))).await.expect("read");
        assert_eq!(zoe[0].voicemail, None);
        let rows = tx.search("pbx.number", &Domain::All, Search { fields: &["destination"], ..Search::default() });
        assert!(rows.await.expect("rows").iter().all(|row| row.values[0] != Value::Destination(DestinationRef::Hangup)));
    }
}
