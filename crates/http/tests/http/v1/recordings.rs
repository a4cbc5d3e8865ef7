//! Recordings of the library: sent or fetched, judged by what is in them, played in ranges, and kept while something
//! plays them.

use super::office::{Office, faults};
use axum::Router;
use axum::http::{Method, header};
use axum::routing::get;
use opbx_platform::Domain;
use opbx_testkit::{Ask, Person, Reply, on_both_databases};
use serde_json::{Value as Json, json};

const PATH: &str = "/recordings";
const BOUNDARY: &str = "----opbx-test";

/// A second and a half of sound; every byte is a letter of ASCII, so that tests can read it.
pub(super) fn wav() -> Vec<u8> {
    let mut file =
        b"RIFF\x04\x2f\0\0WAVEfmt \x10\0\0\0\x07\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x60\x2e\0\0"
            .to_vec();
    file.extend((0..11_872_u32).map(|at| b'a' + (at % 26) as u8));
    file
}

fn mp3() -> Vec<u8> {
    // MPEG 1, layer III, 128 kbit/s at 44,100 Hz: frames of 417 bytes.
    let frame: Vec<u8> = [0xff, 0xfb, 0x90, 0x44].into_iter().chain([0; 413]).collect();
    frame.repeat(80)
}

/// Parts of a form: a name, a file's name where it is one, and the bytes.
pub(super) fn form(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file
            .map(|file| format!("; filename=\"{file}\"\r\nContent-Type: audio/anything"))
            .unwrap_or_default();
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                .into_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

impl Office {
    pub(super) fn upload(&self, person: &Person, method: Method, path: &str, body: Vec<u8>) -> Ask {
        let ask = self.app.by(person, method, &format!("/api/v1{path}")).body(body);
        ask.content_type(&format!("multipart/form-data; boundary={BOUNDARY}"))
    }

    async fn sent(&self, name: &str, file: &str, bytes: &[u8]) -> Reply {
        let body =
            form(&[("name", None, name.as_bytes()), ("type", None, b"upload"), ("file", Some(file), bytes)]);
        self.upload(&self.admin, Method::POST, PATH, body).reply().await
    }

    async fn recording(&self, name: &str) -> Json {
        let made = self.sent(name, "hello.wav", &wav()).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.json()["data"].clone()
    }

    async fn get(&self, target: &str, headers: &[(&str, &str)]) -> Reply {
        let ask = headers.iter().fold(self.app.get(target), |ask, (name, value)| ask.header(name, value));
        ask.reply().await
    }
}

fn header<'a>(reply: &'a Reply, name: &header::HeaderName) -> &'a str {
    reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A host on this machine, which the tests' node may reach, with a sound and with what is none.
async fn host() -> String {
    let router = Router::new()
        .route("/hello.wav", get(async || wav()))
        .route("/page.wav", get(async || "<html>"))
        .route("/large.wav", get(async || vec![b'a'; (5 << 20) + 1]))
        .route("/inside.wav", get(async || axum::response::Redirect::temporary("http://10.0.0.1/x.wav")));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

on_both_databases! {
    async fn a_recording_is_sent_renamed_given_another_sound_and_deleted(db: TestDb) {
        let office = Office::open(db).await;
        let made = office.recording("Welcome").await;
        let id = made["id"].as_i64().expect("an id");
        for (field, expected) in [
            ("name", json!("Welcome")), ("type", json!("upload")), ("status", json!("active")), ("remote_url", Json::Null),
            ("original_filename", json!("hello.wav")), ("file_path", json!("hello.wav")), ("mime_type", json!("audio/wav")),
            ("file_size", json!(11_916)), ("formatted_file_size", json!("11.64 KB")), ("duration_seconds", json!(1)),
            ("formatted_duration", json!("00:01")), ("created_by", json!("adam")), ("updated_by", json!("adam")),
            ("organization_id", json!(office.tenant.get())),
        ] {
            assert_eq!(made[field], expected, "{field}: {made}");
        }
        assert_eq!(made["playback_url"], made["public_url"]);
        let path = format!("{PATH}/{id}");
        let changed = office.by(&office.owner, Method::PUT, &path, &json!({"name": "Hello", "status": "inactive"})).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let changed = changed.json();
        assert_eq!(changed["message"], "Recording updated successfully");
        assert_eq!((&changed["data"]["name"], &changed["data"]["status"], &changed["data"]["updated_by"]), (&json!("Hello"), &json!("inactive"), &json!("olga")));
        office.check_versions(&path, &json!({"name": "Hello again"})).await;
        let body = form(&[("file", Some("C:\\sounds\\other.mp3"), &mp3())]);
        let other = office.upload(&office.admin, Method::PUT, &format!("{path}/file"), body).reply().await;
        assert_eq!(other.status, 200, "{}", other.body);
        let other = other.json()["data"].clone();
        assert_eq!((&other["mime_type"], &other["original_filename"], &other["duration_seconds"]), (&json!("audio/mpeg"), &json!("other.mp3"), &json!(2)));
        let mut tx = office.app.read(office.tenant).await;
        assert_eq!(tx.count("ir.attachment", &Domain::All).await.expect("a count"), 1, "the first sound is gone");
        drop(tx);
        let gone = office.ask(Method::DELETE, &path, &json!(null)).await;
        assert_eq!((gone.status.as_u16(), gone.body.as_str()), (200, r#"{"message":"Recording deleted successfully"}"#));
        assert_eq!(office.ask(Method::GET, &path, &json!(null)).await.status, 404);
    }

    async fn a_recording_is_judged_by_what_is_in_it(db: TestDb) {
        let office = Office::open(db).await;
        for (name, file, bytes) in [
            ("Page", "page.mp3", &b"<html><script>alert(1)</script></html>"[..]), ("Empty", "empty.wav", b""),
            ("Cut", "cut.wav", &wav()[..20]), ("Program", "x.wav", b"MZ\x90\0\x03"),
        ] {
            let refused = office.sent(name, file, bytes).await;
            assert_eq!(faults(&refused), ["file"], "{name}: {}", refused.body);
        }
        let mut large = wav();
        large.resize((5 << 20) + 1, b'a');
        let refused = office.sent("Large", "large.wav", &large).await;
        assert_eq!(faults(&refused), ["file"], "{}", refused.body);
        assert!(refused.body.contains("5 MB"), "{}", refused.body);
        large.resize(8 << 20, b'a');
        let refused = office.sent("Larger", "larger.wav", &large).await;
        assert_eq!(faults(&refused), ["file"], "longer than any form may be: {}", refused.body);
        large.truncate(5 << 20);
        let taken = office.sent("Just", "just.wav", &large).await;
        assert_eq!(taken.status, 201, "{}", taken.body);
        // An MP3 that calls itself a WAV is an MP3.
        let named = office.sent("Named", "named.wav", &mp3()).await.json()["data"].clone();
        assert_eq!((&named["mime_type"], &named["duration_seconds"]), (&json!("audio/mpeg"), &json!(2)));
        let body = form(&[("type", None, b"upload"), ("file", Some("x.wav"), &wav())]);
        assert_eq!(faults(&office.upload(&office.admin, Method::POST, PATH, body).reply().await), ["name"]);
        let body = form(&[("name", None, b"X"), ("type", None, b"upload")]);
        assert_eq!(faults(&office.upload(&office.admin, Method::POST, PATH, body).reply().await), ["file"]);
        let body = form(&[("name", None, b"X"), ("type", None, b"tape"), ("file", Some("x.wav"), &wav())]);
        assert_eq!(faults(&office.upload(&office.admin, Method::POST, PATH, body).reply().await), ["type"]);
        assert_eq!(faults(&office.sent("Just", "x.wav", &wav()).await), ["name"], "names are one of a kind");
        let torn = office.upload(&office.admin, Method::POST, PATH, b"--no such form".to_vec()).reply().await;
        assert_eq!(torn.status, 400, "{}", torn.body);
        let folder = std::fs::read_dir(office.app.journal_folder().join("objects/incoming")).expect("a folder");
        assert_eq!(folder.count(), 0, "what was refused leaves nothing behind");
    }

    async fn a_recording_is_fetched_from_elsewhere_under_guard_and_played_from_here(db: TestDb) {
        let office = Office::open(db).await;
        let host = host().await;
        let remote = |name: &str, url: &str| json!({"name": name, "type": "remote", "remote_url": url});
        let url = format!("{host}/hello.wav?key=1");
        let made = office.created(PATH, &remote("Far", &url), "data").await;
        assert_eq!((&made["type"], &made["remote_url"], &made["duration_seconds"]), (&json!("remote"), &json!(url), &json!(1)));
        assert_eq!(made["original_filename"], "hello.wav");
        let played = office.get(made["playback_url"].as_str().expect("an address"), &[]).await;
        assert_eq!((played.status.as_u16(), played.body.len()), (200, 11_916));
        let refused = office.ask(Method::GET, &format!("{PATH}/{}/download", made["id"]), &json!(null)).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        for (url, field) in [
            (format!("{host}/page.wav"), "remote_url"), (format!("{host}/missing.wav"), "remote_url"), (format!("{host}/large.wav"), "remote_url"),
            ("http://10.0.0.1/x.wav".to_owned(), "remote_url"), ("http://169.254.169.254/latest".to_owned(), "remote_url"),
            ("ftp://example.com/x.wav".to_owned(), "remote_url"), (format!("{}/inside.wav", host), "remote_url"),
        ] {
            let refused = office.ask(Method::POST, PATH, &remote("Other", &url)).await;
            assert_eq!(faults(&refused), [field], "{url}: {}", refused.body);
            assert!(!refused.body.contains("10.0.0.1"), "{}", refused.body);
        }
        assert_eq!(faults(&office.ask(Method::POST, PATH, &json!({"name": "None", "type": "remote"})).await), ["remote_url"]);
        assert_eq!(faults(&office.ask(Method::POST, PATH, &json!({"name": "None", "type": "upload"})).await), ["file"]);
        // What lies at an address and was made among the prompts is a remote recording, too; a text is none.
        let other = office.created("/prompts", &json!({"name": "Tune", "kind": "url", "url": "https://example.com/t.mp3"}), "data").await;
        let text = office.created("/prompts", &json!({"name": "Text", "kind": "text", "text": "Hi"}), "data").await;
        let tune = office.read(&format!("{PATH}/{}", other["id"])).await["data"].clone();
        assert_eq!((&tune["type"], &tune["playback_url"]), (&json!("remote"), &json!("https://example.com/t.mp3")));
        assert_eq!(office.ask(Method::GET, &format!("{PATH}/{}", text["id"]), &json!(null)).await.status, 404);
        assert_eq!(office.ask(Method::DELETE, &format!("{PATH}/{}", text["id"]), &json!(null)).await.status, 404);
    }

    async fn recordings_are_listed_filtered_and_sorted(db: TestDb) {
        let office = Office::open(db).await;
        for name in ["Welcome", "Closed", "Music"] {
            office.recording(name).await;
        }
        office.created("/prompts", &json!({"name": "Tune", "kind": "url", "url": "https://example.com/t.mp3"}), "data").await;
        let closed = office.id(PATH, "clos").await;
        office.ask(Method::PUT, &format!("{PATH}/{closed}"), &json!({"status": "inactive"})).await;
        let by_name = "sort_by=name&sort_order=asc";
        for (query, expected) in [
            (by_name.to_owned(), &["Closed", "Music", "Tune", "Welcome"][..]),
            (format!("{by_name}&type=upload"), &["Closed", "Music", "Welcome"]),
            (format!("{by_name}&type=remote"), &["Tune"]),
            (format!("{by_name}&status=active&type=&search="), &["Music", "Tune", "Welcome"]),
            ("status=inactive".to_owned(), &["Closed"]),
            ("search=USI".to_owned(), &["Music"]),
            ("sort_by=name&sort_order=desc&per_page=1&page=2".to_owned(), &["Tune"]),
        ] {
            assert_eq!(office.listed(&format!("{PATH}?{query}"), "name").await, expected, "{query}");
        }
        let page = office.read(&format!("{PATH}?per_page=1000")).await;
        assert_eq!((&page["meta"]["per_page"], &page["meta"]["total"]), (&json!(100), &json!(4)));
    }

    async fn a_recording_that_something_plays_stays(db: TestDb) {
        let office = Office::open(db).await;
        let id = office.recording("Welcome").await["id"].clone();
        let menu = json!({"name": "Main", "recording_id": id, "options": [{"input_digits": "1", "destination_type": "extension", "destination_id": "1001"}]});
        let menu = office.created("/ivr-menus", &menu, "data").await;
        assert_eq!(menu["recording_name"], "Welcome");
        let used = office.ask(Method::DELETE, &format!("{PATH}/{id}"), &json!(null)).await;
        assert_eq!(used.status, 409, "{}", used.body);
        assert!(used.json()["references"]["did_numbers"].is_array() && used.json()["referrers"][0]["model"] == "pbx.menu", "{}", used.body);
        let path = format!("/ivr-menus/{}", menu["id"]);
        assert!(office.ask(Method::DELETE, &path, &json!(null)).await.status.is_success());
        assert_eq!(office.ask(Method::DELETE, &format!("{PATH}/{id}"), &json!(null)).await.status, 200);
    }

    async fn everybody_hears_administrators_write_and_strangers_find_nothing(db: TestDb) {
        let office = Office::open(db).await;
        let id = office.recording("Welcome").await["id"].as_i64().expect("an id");
        let one = format!("{PATH}/{id}");
        for person in [&office.owner, &office.admin, &office.user, &office.reporter] {
            for path in [PATH, &one, &format!("{one}/download"), &format!("{one}/audio")] {
                assert_eq!(office.by(person, Method::GET, path, &json!(null)).await.status, 200, "{path} by {}", person.email);
            }
        }
        for person in [&office.user, &office.reporter] {
            let body = form(&[("name", None, b"X"), ("type", None, b"upload"), ("file", Some("x.wav"), &wav())]);
            assert_eq!(office.upload(person, Method::POST, PATH, body.clone()).reply().await.status, 403);
            assert_eq!(office.upload(person, Method::PUT, &format!("{one}/file"), body).reply().await.status, 403);
            for method in [Method::PUT, Method::DELETE] {
                assert_eq!(office.by(person, method, &one, &json!({"name": "X"})).await.status, 403);
            }
        }
        for (method, path) in [(Method::GET, one.clone()), (Method::PUT, one.clone()), (Method::DELETE, one.clone()), (Method::GET, format!("{one}/download")), (Method::GET, format!("{one}/audio"))] {
            let strange = office.by(&office.stranger, method.clone(), &path, &json!({})).await;
            assert_eq!(strange.status, 404, "{method} {path}: {}", strange.body);
        }
        let strange = office.by(&office.stranger, Method::GET, PATH, &json!(null)).await;
        assert_eq!(strange.json()["meta"]["total"], 0);
        let body = form(&[("file", Some("x.wav"), &wav())]);
        assert_eq!(office.upload(&office.stranger, Method::PUT, &format!("{one}/file"), body).reply().await.status, 404);
    }

    async fn an_address_plays_ranges_for_half_an_hour_and_for_nobody_who_was_shut_out(db: TestDb) {
        let office = Office::open(db).await;
        let made = office.recording("Grüße").await;
        let told = office.by(&office.reporter, Method::GET, &format!("{PATH}/{}/download", made["id"]), &json!(null)).await.json();
        assert_eq!((&told["filename"], &told["expires_in"]), (&json!("hello.wav"), &json!(1_800)));
        let url = told["download_url"].as_str().expect("an address");
        let whole = office.get(url, &[]).await;
        assert_eq!((whole.status.as_u16(), whole.body.as_bytes()), (200, wav().as_slice()));
        for (name, value) in [
            (&header::CONTENT_TYPE, "audio/wav"), (&header::CONTENT_LENGTH, "11916"), (&header::ACCEPT_RANGES, "bytes"),
            (&header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (&header::CACHE_CONTROL, "private, no-cache"),
            (&header::CONTENT_DISPOSITION, "attachment; filename=\"hello.wav\"; filename*=UTF-8''hello.wav"),
        ] {
            assert_eq!(header(&whole, name), value, "{name}");
        }
        let tag = header(&whole, &header::ETAG).to_owned();
        assert_eq!(tag.len(), 66, "{tag}");
        for (headers, status, len, range) in [
            (&[("range", "bytes=44-47")][..], 206, 4, "bytes 44-47/11916"),
            (&[("range", "bytes=-5")], 206, 5, "bytes 11911-11915/11916"),
            (&[("range", "bytes=99999-")], 416, 0, "bytes */11916"),
            (&[("range", "bytes=0-3"), ("if-range", &tag)], 206, 4, "bytes 0-3/11916"),
            (&[("range", "bytes=0-3"), ("if-range", "\"other\"")], 200, 11_916, ""),
            (&[("if-none-match", &tag)], 304, 0, ""),
            (&[("if-none-match", "\"other\"")], 200, 11_916, ""),
        ] {
            let reply = office.get(url, headers).await;
            assert_eq!((reply.status.as_u16(), header(&reply, &header::CONTENT_RANGE)), (status, range), "{headers:?}");
            assert!(status == 416 || reply.body.len() == len, "{headers:?}: {}", reply.body.len());
        }
        assert_eq!(office.get(url, &[("range", "bytes=44-47")]).await.body, "abcd");
        let head = office.app.get(url).method(Method::HEAD).reply().await;
        assert_eq!((head.status.as_u16(), header(&head, &header::CONTENT_LENGTH), head.body.len()), (200, "11916", 0));
        for wrong in ["", "?token=", "?token=AAAA", "?token=%00"] {
            let refused = office.get(&format!("/api/v1/recordings/download{wrong}"), &[]).await;
            assert_eq!(refused.status, 401, "{wrong}: {}", refused.body);
        }
        let inline = office.get(made["playback_url"].as_str().expect("an address"), &[]).await;
        assert!(header(&inline, &header::CONTENT_DISPOSITION).starts_with("inline; "));
        office.app.db().clock().advance(jiff::SignedDuration::from_secs(1_801));
        assert_eq!(office.get(url, &[]).await.status, 410, "it has expired");
        let again = office.by(&office.reporter, Method::GET, &format!("{PATH}/{}/download", made["id"]), &json!(null)).await.json();
        let url = again["download_url"].as_str().expect("an address");
        assert_eq!(office.get(url, &[]).await.status, 200);
        let out = office.by(&office.reporter, Method::POST, "/auth/logout", &json!({})).await;
        assert_eq!(out.status, 200, "{}", out.body);
        assert_eq!(office.get(url, &[]).await.status, 401, "whoever it was made for is gone");
    }
}
