//! Voicemail boxes, their messages and the prompts that greet callers, by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_app::attachments::{self, NewAttachment};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::Value;
use opbx_testkit::on_both_databases;
use serde_json::json;

const BOXES: &str = "/voicemail-boxes";
const MESSAGES: &str = "/voicemail-messages";
const SOUND: &[u8] = b"ten bytes!";

impl Office {
    /// A message in a box, with or without its sound.
    async fn message(&self, mailbox: i64, sequence: i64, has_sound: bool) -> i64 {
        let mailbox = RecordId::new(mailbox).expect("an id");
        let at = self.app.db().clock_now();
        let id = self
            .record(
                "pbx.voicemail.message",
                &[
                    ("mailbox", Value::Record(mailbox)),
                    ("sequence", Value::Int(sequence)),
                    ("from_number", "+12125550199".into()),
                    ("left_at", Value::Instant(at)),
                    ("length_s", Value::Int(7)),
                    ("url", "https://carrier.example.com/secret-address".into()),
                ],
            )
            .await;
        if has_sound {
            let app = self.app.app();
            let mut upload = app.objects().begin(self.tenant).await.expect("an upload");
            upload.write(SOUND).await.expect("it is written");
            let stored = upload.keep().await.expect("it is kept");
            let scope = Scope::system(self.tenant, "a test");
            let mut tx = app.store().begin(&scope).await.expect("a transaction");
            let record = RecordId::new(id).expect("an id");
            let new = NewAttachment {
                name: "m.mp3",
                mimetype: Some("audio/mpeg"),
                model: "pbx.voicemail.message",
                record,
                field: None,
            };
            attachments::attach(&mut tx, app.store().registry(), &stored, &new)
                .await
                .expect("it is attached");
            tx.commit().await.expect("a commit");
        }
        id
    }
}

on_both_databases! {
    async fn a_box_is_kept_by_administrators_and_its_greeting_by_whose_it_is(db: TestDb) {
        let office = Office::open(db).await;
        let greeting = office.created("/prompts", &json!({"name": "Hello", "kind": "text", "text": "Hello."}), "data").await;
        let body = json!({"name": "Uma", "user_id": office.user.id.get(), "pin": "2468", "max_length": 60, "mail": "notify"});
        let made = office.created(BOXES, &body, "data").await;
        assert_eq!((&made["has_pin"], &made["user_name"], &made["retention_days"]), (&json!(true), &json!("uma"), &json!(365)));
        let id = made["id"].as_i64().expect("an id");
        let path = format!("{BOXES}/{id}");
        let own = office.by(&office.user, Method::PUT, &path, &json!({"greeting_id": greeting["id"], "pin": "1357"})).await;
        assert_eq!((own.status.as_u16(), &own.json()["data"]["greeting_id"]), (200, &greeting["id"]), "{}", own.body);
        assert!(!own.body.contains("1357"));
        let more = office.by(&office.user, Method::PUT, &path, &json!({"max_length": 10})).await;
        assert_eq!(more.status, 422, "{}", more.body);
        for (change, field) in [
            (json!({"pin": "12"}), "pin"),
            (json!({"max_length": 0}), "max_length"),
            (json!({"retention_days": 0}), "retention_days"),
            (json!({"email": "nobody"}), "email"),
            (json!({"user_id": 999_999}), "user_id"),
            (json!({"mail": "often"}), "mail"),
        ] {
            let refused = office.ask(Method::PUT, &path, &change).await;
            assert_eq!(faults(&refused), [field], "{change}: {}", refused.body);
        }
        assert_eq!(faults(&office.ask(Method::POST, BOXES, &body).await), ["name"]);
        office.check_versions(&path, &json!({"beep": false})).await;
        let sees = office.read(&format!("{BOXES}?search=um&status=active&sort_by=name")).await;
        assert_eq!(sees["meta"]["total"], 1);
        let strange = office.by(&office.stranger, Method::PUT, &path, &json!({"beep": true})).await;
        assert_eq!(strange.status, 404, "{}", strange.body);
        let reporter = office.by(&office.reporter, Method::PUT, &path, &json!({"pin": "9999"})).await;
        assert_eq!(reporter.status, 403, "{}", reporter.body);
        let used = office.ask(Method::DELETE, &format!("/prompts/{}", greeting["id"]), &json!(null)).await;
        assert_eq!(used.status, 409, "{}", used.body);
        assert_eq!(office.ask(Method::DELETE, &path, &json!(null)).await.status, 204);
    }

    async fn a_message_is_heard_marked_and_deleted_by_whose_box_it_is_in(db: TestDb) {
        let office = Office::open(db).await;
        let own = office.created(BOXES, &json!({"name": "Uma", "user_id": office.user.id.get()}), "data").await;
        let other = office.created(BOXES, &json!({"name": "Shared"}), "data").await;
        let heard = office.message(own["id"].as_i64().expect("an id"), 1, true).await;
        let silent = office.message(own["id"].as_i64().expect("an id"), 2, false).await;
        let hidden = office.message(other["id"].as_i64().expect("an id"), 3, true).await;
        let mine = office.by(&office.user, Method::GET, MESSAGES, &json!(null)).await;
        assert_eq!(mine.json()["meta"]["total"], 2, "{}", mine.body);
        assert!(!mine.body.contains("carrier.example.com"), "where the carrier keeps it is nobody's business");
        assert_eq!(office.read(MESSAGES).await["meta"]["total"], 3, "the owner hears them all");
        assert_eq!(office.read(&format!("{BOXES}/{}", own["id"])).await["data"]["unheard_count"], 2);
        let path = format!("{MESSAGES}/{heard}");
        let audio = async |person, range: &str| {
            let ask = office.app.by(person, Method::GET, &format!("/api/v1{path}/audio"));
            if range.is_empty() { ask.reply().await } else { ask.header("range", range).reply().await }
        };
        let whole = audio(&office.user, "").await;
        assert_eq!((whole.status.as_u16(), whole.body.as_bytes()), (200, SOUND));
        assert_eq!(whole.headers["content-type"], "audio/mpeg");
        let part = audio(&office.user, "bytes=4-8").await;
        assert_eq!((part.status.as_u16(), part.body.as_str()), (206, "bytes"));
        assert_eq!(part.headers["content-range"], "bytes 4-8/10");
        assert_eq!(audio(&office.user, "bytes=10-").await.status, 416);
        assert_eq!(audio(&office.reporter, "").await.status, 403);
        assert_eq!(audio(&office.stranger, "").await.status, 404);
        let not_here = office.ask(Method::GET, &format!("{MESSAGES}/{silent}/audio"), &json!(null)).await;
        assert_eq!((not_here.status.as_u16(), &not_here.json()["code"]), (404, &json!("sound_not_here")));
        let marked = office.by(&office.user, Method::PUT, &path, &json!({"heard": true})).await;
        assert_eq!((marked.status.as_u16(), &marked.json()["data"]["heard"]), (200, &json!(true)), "{}", marked.body);
        assert_eq!(office.listed(&format!("{MESSAGES}?heard=true"), "id").await, [json!(heard)]);
        assert_eq!(office.read(&format!("{MESSAGES}?from_date=2999-01-01T00:00:00Z")).await["meta"]["total"], 0);
        for (person, id, status) in [(&office.user, hidden, 404), (&office.stranger, heard, 404), (&office.reporter, heard, 403)] {
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                let refused = office.by(person, method.clone(), &format!("{MESSAGES}/{id}"), &json!({"heard": true})).await;
                assert_eq!(refused.status, status, "{method} {id} by {}: {}", person.email, refused.body);
            }
        }
        assert_eq!(office.by(&office.user, Method::DELETE, &path, &json!(null)).await.status, 204);
        assert_eq!(office.ask(Method::GET, &path, &json!(null)).await.status, 404);
    }

    async fn a_prompt_is_of_one_kind_at_a_time(db: TestDb) {
        let office = Office::open(db).await;
        let made = office.created("/prompts", &json!({"name": "Closed", "kind": "text", "text": "We are closed.", "voice": "Joanna", "language": "en-US"}), "data").await;
        let path = format!("/prompts/{}", made["id"]);
        let moved = office.ask(Method::PUT, &path, &json!({"kind": "url", "url": "https://example.com/closed.mp3"})).await;
        assert_eq!(moved.status, 200, "{}", moved.body);
        let data = moved.json()["data"].clone();
        assert_eq!((&data["kind"], &data["text"], &data["voice"]), (&json!("url"), &json!(null), &json!(null)));
        for (body, field) in [
            (json!({"name": "A", "kind": "text"}), "text"),
            (json!({"name": "A", "kind": "url"}), "url"),
            (json!({"name": "A", "kind": "url", "url": "nonsense"}), "url"),
            (json!({"name": "A", "kind": "song"}), "kind"),
            (json!({"name": "Closed", "kind": "recording"}), "name"),
            (json!({"kind": "recording"}), "name"),
        ] {
            assert_eq!(faults(&office.ask(Method::POST, "/prompts", &body).await), [field], "{body}");
        }
        office.check_versions(&path, &json!({"status": "inactive"})).await;
        assert_eq!(office.listed("/prompts?kind=url&status=inactive", "name").await, ["Closed"]);
        let everybody = [&office.owner, &office.admin, &office.user, &office.reporter];
        let body = json!({"name": "New", "kind": "recording"});
        office.check_rights("/prompts", made["id"].as_i64().expect("an id"), &body, &everybody).await;
    }
}
