//! Recordings of calls: fetched, told of, heard by whose they are, and gone when their time is over.

use super::office::{Office, faults};
use super::recordings::wav;
use axum::Router;
use axum::http::Method;
use axum::routing::get;
use opbx_app::models::{PbxCall, PbxCallRecording};
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Value};
use opbx_testkit::{Receiver, TestApp, WAIT_MAX, eventually, on_both_databases};
use serde_json::{Value as Json, json};

const PATH: &str = "/call-recordings";

/// A carrier that keeps recordings.
async fn carrier() -> String {
    let router = Router::new()
        .route("/r.wav", get(async || ([("content-type", "audio/wav")], wav())))
        .route("/odd.wav", get(async || ([("content-type", "audio/")], wav())));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

impl Office {
    /// A call that 1001 answered, as it stands after it; kept for so many days if its policy said so.
    async fn call(&self, name: &str, answered_by: &str, days: Option<i64>) -> i64 {
        self.record(
            "pbx.call",
            &[
                ("call_id", name.into()),
                ("session_token", name.into()),
                ("direction", "inbound".into()),
                ("from_number", "+442079460018".into()),
                ("to_number", "+12125550100".into()),
                ("answered_by", answered_by.into()),
                ("status", "completed".into()),
                ("started_at", Value::Instant(self.app.db().clock_now())),
                ("recording_days", days.map_or(Value::Null, Value::Int)),
            ],
        )
        .await
    }

    /// The carrier's word that a call was recorded.
    async fn told(&self, name: &str, session: i64, url: &str) {
        let now = self.app.db().clock_now();
        let body = json!({
            "timestamp": now.as_second(), "from": "+442079460018", "to": "+12125550100", "disposition": "ANSWERED", "duration": 9, "billsec": 7,
            "call_id": format!("sip-{name}"), "domain": "acme.example.com", "recording_url": url,
            "session": {"token": name, "id": session, "callStartTime": now.as_millisecond(), "callEndTime": now.as_millisecond(), "status": "completed"},
        });
        let reply = self.app.hook(crate::KEY, "cdr", &body).reply().await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        self.app.ingest().await;
    }

    async fn ready(&self, count: usize) -> Vec<PbxCallRecording> {
        self.app.db().clock().advance(jiff::SignedDuration::from_secs(10));
        let here = Domain::is_set("attachment");
        eventually(WAIT_MAX, "the recordings are here", async || {
            self.app.read(self.tenant).await.count("pbx.call.recording", &here).await.expect("a count")
                == count as u64
        })
        .await;
        self.app.read(self.tenant).await.all::<PbxCallRecording>(&here).await.expect("recordings")
    }

    /// Lets somebody own an extension.
    async fn owns(&self, user: RecordId, number: &str) {
        let mut tx = self.app.begin(self.tenant).await;
        let found = tx
            .all::<opbx_app::models::PbxExtension>(&Domain::eq("number", number))
            .await
            .expect("extensions");
        let values = [("user".to_owned(), Value::Record(user))].into();
        tx.update("pbx.extension", found[0].id, values, None).await.expect("it is written");
        tx.commit().await.expect("a commit");
    }
}

async fn recorded_of(app: &TestApp, tenant: opbx_kernel::TenantId, call: i64) -> Option<String> {
    let call = RecordId::new(call).expect("an id");
    let call = app.read(tenant).await.get::<PbxCall>(call).await.expect("a read").expect("a call");
    call.recorded.map(|state| state.as_str().to_owned())
}

on_both_databases! {
    async fn a_recording_is_told_of_once_its_bytes_are_here_and_heard_by_whose_it_is(db: TestDb) {
        let office = Office::open(db).await;
        office.owns(office.user.id, "1001").await;
        let receiver = Receiver::start().await;
        let hook = json!({"name": "Told", "url": receiver.url(), "events": ["recording.ready"]});
        let hook = office.ask(Method::POST, "/webhooks", &hook).await;
        assert_eq!(hook.status, 201, "{}", hook.body);
        let carrier = carrier().await;
        for (name, results) in [("CA1", &["completed"][..]), ("CA2", &["no-answer", "completed"])] {
            let mut heard = office.app.voice(crate::KEY).call(name).send().await;
            for result in results {
                heard = office.app.follow(&heard, result).await;
            }
        }
        office.app.ingest().await;
        let of_own = Domain::eq("call_id", "CA1");
        let own = office.app.read(office.tenant).await.all::<PbxCall>(&of_own).await.expect("calls").remove(0).id.get();
        office.told("CA1", 1, &format!("{carrier}/r.wav")).await;
        office.told("CA2", 2, &format!("{carrier}/r.wav?2")).await;
        let waiting = office.listed(&format!("{PATH}?state=waiting"), "playback_url").await;
        assert_eq!(waiting, [Json::Null, Json::Null]);
        let ready = office.ready(2).await;
        receiver.came(2).await;
        let news: Vec<Json> = receiver.received().iter().map(opbx_testkit::Received::json).collect();
        assert!(news.iter().any(|told| told["data"]["call"] == own), "{news:?}");
        assert_eq!(receiver.events(), ["recording.ready", "recording.ready"]);
        let mine = ready.iter().find(|one| one.call.get() == own).expect("a recording");
        assert_eq!((mine.answering_user, mine.caller_user), (Some(office.user.id), None));
        let other = ready.iter().find(|one| one.call.get() != own).expect("a recording");
        for (person, seen) in [(&office.owner, 2), (&office.admin, 2), (&office.reporter, 2), (&office.user, 1), (&office.stranger, 0)] {
            let list = office.by(person, Method::GET, PATH, &json!(null)).await.json();
            assert_eq!(list["meta"]["total"], seen, "{}: {list}", person.email);
            for (id, may) in [(mine.id, seen >= 1), (other.id, seen == 2)] {
                for rest in ["", "/audio", "/download"] {
                    let reply = office.by(person, Method::GET, &format!("{PATH}/{id}{rest}"), &json!(null)).await;
                    assert_eq!(reply.status, if may { 200 } else { 404 }, "{rest} by {}: {}", person.email, reply.body);
                }
            }
        }
        let path = format!("{PATH}/{}", mine.id);
        let shown = office.read(&path).await["data"].clone();
        for (field, expected) in [("call_id", json!(own)), ("duration", json!(7)), ("state", json!("ready")), ("from_number", json!("+442079460018")), ("error", Json::Null)] {
            assert_eq!(shown[field], expected, "{field}: {shown}");
        }
        assert!(!shown.to_string().contains(&carrier), "where the carrier keeps it is nobody's business");
        let ask = office.app.by(&office.user, Method::GET, &format!("/api/v1{path}/audio")).header("range", "bytes=44-46");
        let part = ask.reply().await;
        assert_eq!((part.status.as_u16(), part.body.as_str()), (206, "abc"));
        let played = office.app.get(shown["playback_url"].as_str().expect("an address")).reply().await;
        assert_eq!(played.body.as_bytes(), wav());
        // A token that a user was given for their own opens until it is theirs no more.
        let download = office.by(&office.user, Method::GET, &format!("{path}/download"), &json!(null)).await.json();
        let url = download["download_url"].as_str().expect("an address").to_owned();
        assert_eq!(office.app.get(&url).reply().await.status, 200);
        for person in [&office.user, &office.reporter] {
            assert_eq!(office.by(person, Method::DELETE, &path, &json!(null)).await.status, 403);
        }
        assert_eq!(office.by(&office.stranger, Method::DELETE, &path, &json!(null)).await.status, 404);
        assert_eq!(recorded_of(&office.app, office.tenant, own).await.as_deref(), Some("ready"));
        assert_eq!(office.by(&office.admin, Method::DELETE, &path, &json!(null)).await.status, 204);
        assert_eq!(recorded_of(&office.app, office.tenant, own).await, None);
        assert_eq!(office.app.get(&url).reply().await.status, 404);
    }

    async fn a_recording_whose_media_type_is_none_is_what_its_address_says(db: TestDb) {
        let office = Office::open(db).await;
        office.call("CA1", "1001", None).await;
        office.told("CA1", 1, &format!("{}/odd.wav", carrier().await)).await;
        let id = office.ready(1).await[0].id;
        let audio = office.ask(Method::GET, &format!("{PATH}/{id}/audio"), &json!(null)).await;
        assert_eq!((audio.status.as_u16(), &audio.headers["content-type"]), (200, &"audio/wav".parse().expect("a type")));
    }

    async fn recordings_of_calls_are_filtered_and_sorted(db: TestDb) {
        let office = Office::open(db).await;
        let now = office.app.db().clock_now();
        for (nth, state) in ["waiting", "ready", "failed"].into_iter().enumerate() {
            let nth = nth as i64;
            let call = office.call(&format!("CA{nth}"), "1001", None).await;
            office.record("pbx.call.recording", &[
                ("call", Value::Record(RecordId::new(call).expect("an id"))), ("digest", format!("{nth}").into()), ("url", "https://carrier.example.com/x".into()),
                ("from_number", format!("+44207946001{nth}").into()), ("started_at", Value::Instant(now - jiff::SignedDuration::from_hours(nth))),
                ("length_s", Value::Int(10 * nth)), ("state", state.into()), ("error", "gone".into()),
            ]).await;
        }
        let hour = |hours| (now - jiff::SignedDuration::from_hours(hours)).to_string();
        for (query, expected) in [
            (String::new(), &["waiting", "ready", "failed"][..]), ("sort_by=duration&sort_order=desc".to_owned(), &["failed", "ready", "waiting"]),
            ("state=ready".to_owned(), &["ready"]), ("search=460012".to_owned(), &["failed"]),
            (format!("from_date={}", hour(1)), &["waiting", "ready"]), (format!("to_date={}", hour(1)), &["failed"]),
            ("per_page=1&page=2".to_owned(), &["ready"]),
        ] {
            assert_eq!(office.listed(&format!("{PATH}?{query}"), "state").await, expected, "{query}");
        }
        let refused = office.ask(Method::GET, &format!("{PATH}?state=lost"), &json!(null)).await;
        assert_eq!(faults(&refused), ["state"]);
        let id = office.read(&format!("{PATH}?state=failed")).await["data"][0]["id"].clone();
        for rest in ["audio", "download"] {
            let reply = office.ask(Method::GET, &format!("{PATH}/{id}/{rest}"), &json!(null)).await;
            assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (404, &json!("sound_not_here")), "{}", reply.body);
        }
    }
}
