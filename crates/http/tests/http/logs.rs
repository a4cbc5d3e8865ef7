//! What is logged of a call, at the level where most is: never a whole telephone number, never a secret.

use opbx_testkit::{Engine, TestApp, TestDb, company};
use std::io;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

const KEY: &str = "key-of-acme";

const MORE: &str = r#"
[pbx.conference.board]
name = "Board"
pin = "471147"
host_pin = "908090"
pin_required = true

[pbx.number.board]
number = "+12125550101"
destination = "conference:board"

[pbx.voicemail.main]
name = "Main"

[pbx.number.mail]
number = "+12125550102"
destination = "voicemail:main"

[pbx.assistant.amy]
name = "Amy"
how = "service"
url = "https://ai.example.com"
service_token = "s3cret-of-amy"
parameters = { provider = "1" }

[pbx.number.amy]
number = "+12125550103"
destination = "assistant:amy"
"#;

/// Where the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panics").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The only test that reads the log, because a process has one.
#[tokio::test]
async fn neither_numbers_nor_secrets_are_logged() {
    let log = Log::default();
    let filter = tracing_subscriber::EnvFilter::new("debug");
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(log.clone()).with_ansi(false).finish();
    tracing_subscriber::util::SubscriberInitExt::try_init(subscriber).expect("nobody else reads the log");

    let app = TestApp::start(TestDb::create(Engine::Sqlite).await).await;
    app.apply(&company("acme", KEY).more(MORE).toml()).await;
    let first = app.voice(KEY).with("CallerName", "Erika Mustermann").send().await;
    let second = app.follow(&first, "no-answer").await;
    app.follow(&second, "completed").await;
    app.follow(&second, "busy").await;
    app.voice(KEY).call("CA2").query().send().await;
    app.voice("wrong-key").call("CA3").query().send().await;
    app.voice(KEY).call("CA4").with("Domain", "other.example.com").send().await;
    app.voice(KEY).call("CA5").from_phone("1001").to("+442079460018").send().await;
    app.voice(KEY).call("CA6").to("+12125550199").send().await;
    app.voice(KEY).without("CallSid").send().await;
    app.after(&first).call("CA7").send().await;
    let asked = app.voice(KEY).call("CA8").to("+12125550101").send().await;
    app.after(&asked).with("Digits", "471147").query().send().await;
    let asked = app.voice(KEY).call("CA9").to("+12125550101").send().await;
    app.press(&asked, "908090").await;
    app.after(&asked).with("Digits", "135791").with("CallSid", "CB1").send().await;
    let recorded = app.voice(KEY).call("CB2").to("+12125550102").send().await;
    app.after(&recorded).with("RecordingUrl", "https://media.example.com/secret-recording").send().await;
    let assisted = app.voice(KEY).call("CB3").to("+12125550103").send().await;
    assert_eq!(assisted.attribute("Service", "token").as_deref(), Some("s3cret-of-amy"));
    let secret_path =
        app.hook("", "cdr/secret-of-the-path", &serde_json::json!({ "domain": "acme.example.com" }));
    assert_eq!(secret_path.reply().await.status.as_u16(), 401);
    app.ingest().await;
    let token =
        first.action.as_deref().and_then(|action| action.split_once("token=")).expect("a token").1.to_owned();
    app.shut_down().await;

    let log = String::from_utf8(log.0.lock().expect("no writer panics").clone()).expect("a log is text");
    assert!(log.contains("parameter=\"provider\""), "what cannot be told to the engine is warned of:\n{log}");
    for said in [
        "voice request",
        "was refused",
        "/api/voice/route",
        "/api/webhooks/cloudonix/cdr/***",
        "+121***00",
        "+442***18",
    ] {
        assert!(log.contains(said), "the log should say {said:?}:\n{log}");
    }
    let numbers = ["2125550100", "2079460018", "2125550199", "Mustermann"];
    let pins = ["471147", "908090", "135791"];
    let secrets =
        [KEY, "wrong-key", "sip-password", &token, "secret-recording", "s3cret-of-amy", "secret-of-the-path"];
    for hidden in numbers.into_iter().chain(pins).chain(secrets) {
        let line = log.lines().find(|line| line.contains(hidden));
        assert_eq!(line, None, "{hidden} is logged");
    }
}
