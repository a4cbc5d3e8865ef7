//! The room of recordings: a file is sent, an address named, and both are heard and saved.

use super::{SAVED, open, reads, rows};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use opbx_testkit::{Engine, TestDb};
use serde_json::json;

const BOUNDARY: &str = "----page-form-7";

/// A second of silence, as a file of 8,000 samples a second.
fn wav() -> Vec<u8> {
    let samples = vec![0_u8; 16_000];
    let mut file = b"RIFF".to_vec();
    file.extend(36_u32.saturating_add(16_000).to_le_bytes());
    file.extend(b"WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00");
    file.extend(8_000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(b"\x02\x00\x10\x00data");
    file.extend(16_000_u32.to_le_bytes());
    file.extend(samples);
    file
}

fn form(name: &str, sound: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, value) in [("name", name), ("type", "upload")] {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    let head =
        "Content-Disposition: form-data; name=\"file\"; filename=\"hello.wav\"\r\nContent-Type: audio/wav";
    body.extend(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").bytes());
    body.extend(sound);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    body
}

/// Somebody else's server, where a sound lies.
async fn elsewhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hello.wav", listener.local_addr().expect("an address"));
    let served =
        axum::Router::new().route("/hello.wav", get(async || ([(CONTENT_TYPE, "audio/wav")], wav())));
    tokio::spawn(async move { axum::serve(listener, served).await });
    url
}

#[tokio::test]
async fn the_page_sends_names_hears_and_saves_sounds() {
    let page = open(TestDb::create(Engine::Sqlite).await).await;
    let members = "id:id organization_id:id name:text type:upload|remote status:active|inactive remote_url:text? \
                   original_filename:text? file_size:number? formatted_file_size:text? mime_type:text? \
                   duration_seconds:number? playback_url:text? created_by:text created_at:time updated_at:time";
    let ask = page.app.get("/api/v1/recordings").method(Method::POST);
    let ask = ask.header("authorization", &format!("Bearer {}", page.token));
    let ask =
        ask.body(form("Hello", &wav())).content_type(&format!("multipart/form-data; boundary={BOUNDARY}"));
    let made = ask.reply().await;
    assert_eq!(made.status, 201, "{}", made.body);
    reads(&made.json(), SAVED);
    reads(&made.json()["data"], members);
    reads(&made.json()["data"], "type:upload playback_url:text original_filename:text mime_type:text");
    let remote = json!({"name": "From elsewhere", "type": "remote", "remote_url": elsewhere().await});
    let remote = page.create("/recordings", &remote).await;
    reads(&remote, "type:remote remote_url:text");
    let list = page.get("/recordings?search=&type=&status=&page=1").await;
    assert_eq!(rows(&list, members).len(), 2);
    rows(&page.get("/recordings?status=active&per_page=100").await, members);
    let path = format!("/recordings/{}", made.json()["data"]["id"]);
    let download = page.get(&format!("{path}/download")).await;
    reads(&download, "download_url:text filename:text expires_in:number");
    let local = page.ask(Method::GET, &format!("/recordings/{}/download", remote["id"]), None).await;
    assert!([200, 400].contains(&local.status.as_u16()), "{}", local.body);
    let gone = page.ask(Method::DELETE, &path, None).await;
    assert_eq!(gone.status, 200, "{}", gone.body);
    reads(&gone.json(), "message:text");
    assert_eq!(page.ask(Method::GET, &path, None).await.status, 404);
}
