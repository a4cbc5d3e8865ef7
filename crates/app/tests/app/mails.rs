//! Mail: written with the transaction, sent once, kept while there is nobody to send it.

use jiff::SignedDuration;
use opbx_app::attachments::{self, NewAttachment, Objects};
use opbx_app::jobs::{Handlers, Limits, Runner};
use opbx_app::mail::{self, Mail, MailConfig, Mailer, Post, RESUMED_TOGETHER, TellOfVoicemail, Template};
use opbx_app::models::{MailMail, MailMailState as State, PbxVoicemailMessage};
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_platform::{Domain, Value, Values};
use opbx_store::Store;
use opbx_testkit::{SmtpServer, TestDb, on_both_databases, product_registry, tenant};
use std::io::Write as _;
use std::net::TcpListener;

struct Scene {
    db: TestDb,
    store: Store,
    objects: Objects,
    tenant: TenantId,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn new(db: TestDb) -> Self {
        let store = db.store(product_registry()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let objects = Objects::open(folder.path().join("objects"), db.clock().clone()).expect("objects");
        let tenant = tenant(&store, "red").await;
        Self { db, store, objects, tenant, _folder: folder }
    }

    fn scope(&self) -> Scope {
        Scope::system(self.tenant, "a test")
    }

    /// Does every job that is due.
    async fn work(&self, mailer: Option<Mailer>) {
        let handlers = Handlers::default()
            .with(Post { mailer, objects: self.objects.clone() })
            .with(TellOfVoicemail { public_url: Some("https://pbx.example.com".to_owned()) });
        let clock = self.db.clock().clone();
        let mut runner = Runner::new(self.store.clone(), clock, handlers, "one", Limits::default(), || 1_000);
        while runner.turn().await.expect("a turn") > 0 {
            runner.idle().await;
        }
    }

    async fn send(&self, mail: Mail) -> RecordId {
        // Whoever asks needs no right on mails.
        let scope =
            Scope::user(self.tenant, UserId::new(1).expect("an id"), vec!["base.group_pbx_user".to_owned()]);
        let mut tx = self.store.begin(&scope).await.expect("a transaction");
        let id = mail::send(&mut tx, mail).await.expect("written");
        tx.commit().await.expect("it lasts");
        id
    }

    async fn get(&self, id: RecordId) -> MailMail {
        let mut tx = self.store.read(&self.scope()).await.expect("a transaction");
        tx.get::<MailMail>(id).await.expect("an answer").expect("a mail")
    }

    async fn words(&self, id: RecordId) -> Option<Vec<u8>> {
        let mut tx = self.store.read(&self.scope()).await.expect("a transaction");
        tx.reveal("mail.mail", id, "words").await.expect("an answer")
    }

    async fn create(&self, model: &str, values: &[(&str, Value)]) -> RecordId {
        let values: Values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let mut tx = self.store.begin(&self.scope()).await.expect("a transaction");
        let id = tx.create(model, values).await.unwrap_or_else(|error| panic!("{error}"));
        tx.commit().await.expect("it lasts");
        id
    }

    /// A message in a box of Ada's, whose sound is attached where `sound` says so.
    async fn message(&self, mail: &str, delete: bool, sound: bool) -> RecordId {
        let user = [
            ("name", Value::from("Ada")),
            ("email", Value::from("ada@example.com")),
            ("language", Value::from("fr")),
        ];
        let user = self.create("res.users", &user).await;
        let mailbox = [
            ("name", Value::from("Sales")),
            ("user", Value::Record(user)),
            ("mail", Value::from(mail)),
            ("delete_after_mail", Value::Bool(delete)),
        ];
        let mailbox = self.create("pbx.voicemail", &mailbox).await;
        let now = self.db.clock_now();
        let call = [
            ("call_id", Value::from("CA1")),
            ("direction", Value::from("inbound")),
            ("started_at", Value::Instant(now)),
        ];
        let call = self.create("pbx.call", &call).await;
        let message = [
            ("mailbox", Value::Record(mailbox)),
            ("call", Value::Record(call)),
            ("sequence", Value::Int(1)),
            ("from_number", Value::from("+12125550123")),
            ("left_at", Value::Instant(now)),
            ("length_s", Value::Int(75)),
            ("url", Value::from("https://example.com/1.mp3")),
        ];
        let message = self.create("pbx.voicemail.message", &message).await;
        if sound {
            let mut upload = self.objects.begin(self.tenant).await.expect("an upload");
            upload.write(b"sound of speech").await.expect("room");
            let stored = upload.keep().await.expect("kept");
            let new = NewAttachment {
                name: "1.mp3",
                mimetype: Some("audio/mpeg"),
                model: "pbx.voicemail.message",
                record: message,
                field: None,
            };
            let mut tx = self.store.begin(&self.scope()).await.expect("a transaction");
            attachments::attach(&mut tx, self.store.registry(), &stored, &new).await.expect("attached");
            tx.commit().await.expect("it lasts");
        }
        let mut tx = self.store.begin(&self.scope()).await.expect("a transaction");
        tx.enqueue(mail::voicemail_job(call, 1)).await.expect("a job");
        tx.commit().await.expect("it lasts");
        message
    }

    async fn is_there(&self, message: RecordId) -> bool {
        let mut tx = self.store.read(&self.scope()).await.expect("a transaction");
        tx.get::<PbxVoicemailMessage>(message).await.expect("an answer").is_some()
    }
}

fn mailer(url: String, ca: Option<&str>) -> Option<Mailer> {
    let ca = ca.map(|pem| pem.as_bytes().to_vec());
    Some(Mailer::new(&MailConfig { url, from: "OPBX <pbx@example.com>".to_owned(), ca }).expect("a mailer"))
}

fn in_the_clear(server: &SmtpServer) -> Option<Mailer> {
    mailer(server.url("", "?tls=none"), None)
}

/// Of a server that greets whoever connects with a refusal.
fn turned_away(greeting: &'static str) -> Option<Mailer> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The client hangs up whenever it likes.
            let _ = write!(stream, "{greeting}\r\n");
        }
    });
    mailer(format!("smtp://localhost:{port}?tls=none"), None)
}

fn invitation(to: &str) -> Mail {
    Mail::new(to, Template::Invitation, "en-GB")
        .with("name", "Zoë <b>")
        .with("company", "Café Acme")
        .with("inviter", "Bob")
        .with("hours", "48")
        .with("link", "https://pbx.example.com/i?token=very-secret")
}

on_both_databases! {
    async fn a_mail_is_sent_as_text_and_html_and_then_forgets_its_secrets(db: TestDb) {
        let scene = Scene::new(db).await;
        let server = SmtpServer::open();
        let id = scene.send(invitation("zoe@example.com")).await;
        let waiting = scene.get(id).await;
        assert_eq!((waiting.state, waiting.subject.as_str()), (State::Waiting, "Your access to the phone system of Café Acme"));
        assert!(!format!("{waiting:?}").contains("very-secret"));
        scene.work(in_the_clear(&server)).await;
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!((mails[0].from.as_str(), mails[0].to.as_slice()), ("pbx@example.com", &["zoe@example.com".to_owned()][..]));
        assert_eq!(mails[0].header("subject"), waiting.subject);
        assert_eq!(mails[0].header("auto-submitted"), "auto-generated");
        assert!(mails[0].header("message-id").ends_with("@example.com>"));
        assert!(mails[0].part("text/plain").text().contains("https://pbx.example.com/i?token=very-secret"));
        let html = mails[0].part("text/html").text();
        assert!(html.contains("Zoë &lt;b&gt;") && html.contains("href=\"https://pbx.example.com/i?token=very-secret\""), "{html}");
        assert_eq!(scene.get(id).await.state, State::Sent);
        assert_eq!(scene.words(id).await, None);
        scene.work(in_the_clear(&server)).await;
        assert_eq!(server.mails().len(), 1);
    }

    async fn without_a_server_mails_wait_with_a_reason_and_go_when_there_is_one(db: TestDb) {
        let scene = Scene::new(db).await;
        let id = scene.send(invitation("zoe@example.com")).await;
        scene.work(None).await;
        let waiting = scene.get(id).await;
        assert_eq!(waiting.state, State::Waiting);
        assert!(waiting.error.is_some_and(|reason| reason.contains("smtp_url")));
        let server = SmtpServer::open();
        assert_eq!(mail::resume(&scene.store, RESUMED_TOGETHER).await.expect("a look"), 1);
        scene.work(in_the_clear(&server)).await;
        assert_eq!(server.mails().len(), 1);
        assert_eq!(scene.get(id).await.state, State::Sent);
        assert_eq!(mail::resume(&scene.store, RESUMED_TOGETHER).await.expect("a look"), 0);
    }

    async fn more_mails_than_one_transaction_takes_all_go_when_there_is_a_server(db: TestDb) {
        let scene = Scene::new(db).await;
        let mails = 5;
        for number in 0..mails {
            scene.send(invitation(&format!("zoe{number}@example.com"))).await;
        }
        scene.work(None).await;
        assert_eq!(mail::resume(&scene.store, 2).await.expect("a look"), mails);
        let server = SmtpServer::open();
        scene.work(in_the_clear(&server)).await;
        assert_eq!(server.mails().len(), mails);
        assert_eq!(mail::resume(&scene.store, 2).await.expect("a look"), 0);
    }

    async fn a_server_that_does_not_let_us_in_says_nothing_against_the_mail(db: TestDb) {
        let scene = Scene::new(db).await;
        let server = SmtpServer::guarded("pbx", "open sesame");
        let id = scene.send(invitation("zoe@example.com")).await;
        let mailer = |login: &str, query: &str| mailer(server.url(login, query), Some(server.certificate()));
        for (mailer, reason) in [
            (mailer("pbx:wrong@", ""), "535"),
            (mailer("", ""), "530"),
            (turned_away("554 no mail here"), "no mail here"),
        ] {
            scene.work(mailer).await;
            let waiting = scene.get(id).await;
            assert_eq!(waiting.state, State::Waiting, "{waiting:?}");
            assert!(waiting.error.as_ref().is_some_and(|told| told.contains(reason)), "{waiting:?}");
            scene.db.clock().advance(SignedDuration::from_hours(1));
        }
        scene.work(mailer("pbx:open%20sesame@", "")).await;
        assert_eq!((scene.get(id).await.state, server.mails().len()), (State::Sent, 1));
    }

    async fn a_mail_that_is_put_off_is_tried_again_and_one_that_is_refused_is_not(db: TestDb) {
        let scene = Scene::new(db).await;
        let server = SmtpServer::open();
        server.refuse(&["451 come back later"]);
        let id = scene.send(invitation("zoe@example.com")).await;
        scene.work(in_the_clear(&server)).await;
        let put_off = scene.get(id).await;
        assert_eq!((put_off.state, server.mails().len()), (State::Waiting, 0));
        assert!(put_off.error.is_some_and(|reason| reason.contains("later")));
        scene.db.clock().advance(SignedDuration::from_secs(30));
        scene.work(in_the_clear(&server)).await;
        assert_eq!((scene.get(id).await.state, server.mails().len()), (State::Sent, 1));
        server.refuse(&["550 no such person"]);
        let id = scene.send(invitation("nobody@example.com")).await;
        scene.work(in_the_clear(&server)).await;
        let refused = scene.get(id).await;
        assert_eq!(refused.state, State::Failed);
        assert!(refused.error.is_some_and(|reason| reason.contains("no such person")));
        scene.db.clock().advance(SignedDuration::from_hours(2));
        scene.work(in_the_clear(&server)).await;
        assert_eq!(server.mails().len(), 1);
    }

    async fn a_password_is_told_on_an_encrypted_connection_only(db: TestDb) {
        let scene = Scene::new(db).await;
        let server = SmtpServer::guarded("pbx", "open sesame");
        let login = "pbx:open%20sesame@";
        let id = scene.send(invitation("zoe@example.com")).await;
        // A server that nobody vouches for is not told the password.
        scene.work(mailer(server.url(login, ""), None)).await;
        assert_eq!((scene.get(id).await.state, server.mails().len()), (State::Waiting, 0));
        scene.db.clock().advance(SignedDuration::from_secs(30));
        scene.work(mailer(server.url(login, ""), Some(server.certificate()))).await;
        let mails = server.mails();
        assert_eq!(mails.len(), 1, "{:?}", scene.get(id).await);
        assert!(mails[0].encrypted && mails[0].user.as_deref() == Some("pbx"));
        assert!(!server.overheard().contains("AUTH"), "{}", server.overheard());
        // One that does not encrypt gets neither mail nor password.
        let open = SmtpServer::open();
        scene.send(invitation("zoe@example.com")).await;
        scene.work(mailer(open.url(login, ""), None)).await;
        assert_eq!(open.mails().len(), 0);
        assert!(!open.overheard().contains("AUTH"), "{}", open.overheard());
    }

    async fn what_has_a_key_is_written_once_and_bad_addresses_not_at_all(db: TestDb) {
        let scene = Scene::new(db).await;
        let one = scene.send(invitation("zoe@example.com").keyed("welcome:1")).await;
        assert_eq!(scene.send(invitation("zoe@example.com").keyed("welcome:1")).await, one);
        let mut tx = scene.store.begin(&scene.scope()).await.expect("a transaction");
        for bad in ["nobody", "a@b.example\r\nBcc: c@d.example", "", "a@b.example, c@d.example"] {
            assert!(mail::send(&mut tx, invitation(bad)).await.is_err(), "{bad:?}");
        }
    }

    async fn a_voicemail_goes_to_whose_box_it_is_with_its_sound_and_leaves_the_box(db: TestDb) {
        let scene = Scene::new(db).await;
        let server = SmtpServer::open();
        let message = scene.message("attach", true, true).await;
        scene.work(in_the_clear(&server)).await;
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, ["ada@example.com"]);
        assert_eq!(mails[0].header("subject"), "Message vocal de +12125550123");
        let sound = mails[0].part("audio/mpeg");
        assert_eq!(sound.body, b"sound of speech");
        assert!(sound.disposition.contains("1.mp3"), "{sound:?}");
        assert!(mails[0].part("text/plain").text().contains("1:15"));
        assert!(!scene.is_there(message).await, "it was mailed, and the box says that it goes then");
        let mut tx = scene.store.read(&scene.scope()).await.expect("a transaction");
        assert_eq!(tx.count("mail.mail", &Domain::eq("state", "sent")).await.expect("a count"), 1);
    }

    async fn a_voicemail_whose_sound_never_comes_is_told_of_without_it(db: TestDb) {
        let scene = Scene::new(db).await;
        let server = SmtpServer::open();
        let message = scene.message("attach", true, false).await;
        scene.work(in_the_clear(&server)).await;
        assert_eq!(server.mails().len(), 0, "it may come yet");
        for _ in 0..9 {
            scene.db.clock().advance(SignedDuration::from_hours(1));
            scene.work(in_the_clear(&server)).await;
        }
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        let text = mails[0].part("text/plain").text();
        assert!(text.contains(&format!("https://pbx.example.com/voicemail/{message}")), "{text}");
        assert!(scene.is_there(message).await, "what was not mailed stays");
    }

    async fn a_box_that_says_nothing_of_mail_mails_nothing(db: TestDb) {
        let scene = Scene::new(db).await;
        let server = SmtpServer::open();
        scene.message("none", false, true).await;
        scene.work(in_the_clear(&server)).await;
        assert_eq!(server.mails().len(), 0);
    }
}
