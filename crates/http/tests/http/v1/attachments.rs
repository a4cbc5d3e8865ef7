//! Files of any record: attached, listed, taken and removed by the rights on that record.

use super::office::{Office, faults};
use super::recordings::form;
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::{Value as Json, json};

const PATH: &str = "/attachments";
const TEXT: &[u8] = b"<html><script>alert(1)</script></html>";

on_both_databases! {
    async fn a_file_is_attached_listed_taken_and_removed(db: TestDb) {
        let office = Office::open(db).await;
        let room = office.created("/conference-rooms", &json!({"name": "Board"}), "data").await["id"].to_string();
        let parts = [("model", None, &b"pbx.conference"[..]), ("record_id", None, room.as_bytes()), ("file", Some("Protokoll März.html"), TEXT)];
        let made = office.upload(&office.admin, Method::POST, PATH, form(&parts)).reply().await;
        assert_eq!(made.status, 201, "{}", made.body);
        let made = made.json()["data"].clone();
        for (field, expected) in [
            ("name", json!("Protokoll März.html")), ("mime_type", json!("audio/anything")), ("file_size", json!(38)), ("formatted_file_size", json!("38 B")),
            ("model", json!("pbx.conference")), ("record_id", json!(room.parse::<i64>().expect("an id"))), ("field", Json::Null),
        ] {
            assert_eq!(made[field], expected, "{field}: {made}");
        }
        let of = format!("{PATH}?model=pbx.conference&record_id={room}");
        assert_eq!(office.listed(&of, "id").await, [made["id"].clone()]);
        let one = format!("{PATH}/{}", made["id"]);
        let content = office.by(&office.reporter, Method::GET, &format!("{one}/content"), &json!(null)).await;
        assert_eq!((content.status.as_u16(), content.body.as_bytes()), (200, TEXT));
        let said = content.headers["content-disposition"].to_str().expect("ASCII");
        assert!(said.starts_with("attachment; ") && said.ends_with("filename*=UTF-8''Protokoll%20M%C3%A4rz.html"), "{said}");
        assert_eq!(content.headers["x-content-type-options"], "nosniff");
        let told = office.by(&office.user, Method::GET, &format!("{one}/download"), &json!(null)).await.json();
        let taken = office.app.get(told["download_url"].as_str().expect("an address")).header("range", "bytes=0-5").reply().await;
        assert_eq!((taken.status.as_u16(), taken.body.as_str()), (206, "<html>"));
        for person in [&office.user, &office.reporter] {
            let refused = office.upload(person, Method::POST, PATH, form(&parts)).reply().await;
            assert_eq!(refused.status, 403, "{}", refused.body);
            assert_eq!(office.by(person, Method::DELETE, &one, &json!(null)).await.status, 403);
        }
        assert_eq!(office.by(&office.admin, Method::DELETE, &one, &json!(null)).await.status, 204);
        assert_eq!(office.read(&of).await["data"], json!([]));
        assert_eq!(office.app.get(told["download_url"].as_str().expect("an address")).reply().await.status, 404);
    }

    async fn what_is_nobodys_or_anothers_is_absent_and_what_is_wrong_is_named(db: TestDb) {
        let office = Office::open(db).await;
        let room = office.created("/conference-rooms", &json!({"name": "Board"}), "data").await["id"].to_string();
        let send = |model: &'static str, record: String| {
            let parts = [("model", None, model.as_bytes()), ("record_id", None, record.as_bytes()), ("file", Some("a.txt"), TEXT)];
            office.upload(&office.owner, Method::POST, PATH, form(&parts))
        };
        let made = send("pbx.conference", room.clone()).reply().await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.json()["data"]["id"].clone();
        for (model, record) in [("pbx.conference", "999999"), ("no.model", "1"), ("ir.module", "1")] {
            let reply = send(model, record.to_owned()).reply().await;
            assert_eq!(reply.status, 404, "{model}: {}", reply.body);
        }
        assert_eq!(faults(&send("pbx.conference", "-1".to_owned()).reply().await), ["record_id"]);
        assert_eq!(faults(&office.ask(Method::GET, PATH, &json!(null)).await), ["model", "record_id"]);
        let parts = [("model", None, &b"pbx.conference"[..]), ("record_id", None, room.as_bytes())];
        assert_eq!(faults(&office.upload(&office.owner, Method::POST, PATH, form(&parts)).reply().await), ["file"]);
        assert_eq!(office.ask(Method::POST, PATH, &json!({"model": "pbx.conference"})).await.status, 415);
        for rest in ["", "/content", "/download"] {
            let strange = office.by(&office.stranger, Method::GET, &format!("{PATH}/{id}{rest}"), &json!(null)).await;
            assert_eq!(strange.status, 404, "{rest}: {}", strange.body);
        }
        assert_eq!(office.by(&office.stranger, Method::DELETE, &format!("{PATH}/{id}"), &json!(null)).await.status, 404);
        let strange = office.by(&office.stranger, Method::GET, &format!("{PATH}?model=pbx.conference&record_id={room}"), &json!(null)).await;
        assert_eq!(strange.status, 404, "{}", strange.body);
    }
}
