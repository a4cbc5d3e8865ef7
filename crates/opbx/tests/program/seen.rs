//! What those who watch see of the real binary: its metrics, and its traces at a collector.

use crate::process::{Server, opbx};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SECRET: &str = "secret-of-somebody";

fn get(address: &str, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let asked = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(asked.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// The value of a series; zero where there is none.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.trim().parse().expect("a number"))
}

#[test]
fn the_program_tells_its_metrics_and_they_move() {
    let data = tempfile::tempdir().expect("a folder");
    let server = Server::demo(data.path(), None);
    let health = r#"opbx_http_requests_total{method="GET",route="/health",status="2xx"}"#;
    let before = get(&server.address, "/metrics", "");
    assert!(
        before.contains("opbx_build_info{version=\"") && value(&before, "opbx_database_up") == 1.0,
        "{before}"
    );
    assert!(value(&before, "process_resident_memory_bytes") > 1e6, "{before}");
    for _ in 0..3 {
        get(&server.address, "/health", "");
    }
    let after = get(&server.address, "/metrics", "");
    assert_eq!(value(&after, health) - value(&before, health), 3.0, "{after}");
    let buckets = after.lines().filter(|line| line.starts_with("opbx_http_request_duration_seconds_bucket"));
    assert!(buckets.filter(|line| line.contains("/health")).any(|line| line.contains("+Inf")), "{after}");
    let forwarded = get(&server.address, "/metrics", "X-Forwarded-For: 198.51.100.1\r\n");
    assert!(forwarded.starts_with("HTTP/1.1 403"), "{forwarded}");
}

/// A collector that takes what it is sent, and passes on each body.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (send, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.expect("a connection"));
            loop {
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    if stream.read_line(&mut head).unwrap_or(0) == 0 {
                        break;
                    }
                }
                let lower = head.to_ascii_lowercase();
                let Some((_, rest)) = lower.split_once("content-length:") else { break };
                let length = rest.lines().next().and_then(|text| text.trim().parse().ok()).expect("a length");
                let mut body = vec![0; length];
                stream.read_exact(&mut body).expect("a body");
                let answer =
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
                stream.get_mut().write_all(answer).expect("answered");
                // An error means that the test is over.
                if send.send((head, body)).is_err() {
                    return;
                }
            }
        }
    });
    (url, received)
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_request_is_a_span_of_the_trace_that_it_names_and_holds_no_secret() {
    let (url, received) = collector();
    let data = tempfile::tempdir().expect("a folder");
    let mut command = opbx(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    command
        .arg(data.path())
        .env("OPBX_OTLP_ENDPOINT", &url)
        .env("OPBX_OWNER_PASSWORD", "correct horse battery");
    let server = Server::start(command);
    let headers = format!(
        "traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\nAuthorization: Bearer {SECRET}\r\nCookie: a={SECRET}\r\n"
    );
    let answer = get(&server.address, &format!("/api/v1/users/77?token={SECRET}"), &headers);
    let id =
        answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).expect("a request id").to_owned();
    let trace: Vec<u8> = (0..TRACE.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&TRACE[at..at + 2], 16).expect("hex"))
        .collect();
    loop {
        let (head, body) = received.recv_timeout(PATIENCE).expect("the collector is told");
        assert!(head.starts_with("POST /v1/traces "), "{head}");
        assert!(head.to_ascii_lowercase().contains("content-type: application/x-protobuf"), "{head}");
        assert!(!holds(&body, SECRET.as_bytes()) && !holds(&body, b"users/77"), "no secret and no path");
        if holds(&body, &trace) {
            for part in [
                "GET /api/v1/users/{id}",
                "opbx.request_id",
                &id,
                "service.name",
                "http.response.status_code",
            ] {
                assert!(holds(&body, part.as_bytes()), "{part} is not in {}", String::from_utf8_lossy(&body));
            }
            assert!(holds(&body, &[0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]), "its parent is named");
            break;
        }
    }
    assert!(server.terminate(), "a stop takes the last spans along");
}

#[test]
fn a_collector_that_is_away_holds_nobody_up() {
    let data = tempfile::tempdir().expect("a folder");
    // A port that nobody listens on any more.
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let mut command = opbx(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(data.path()).env("OPBX_OTLP_ENDPOINT", format!("http://{gone}"));
    command.env("OPBX_OWNER_PASSWORD", "correct horse battery");
    let server = Server::start(command);
    for _ in 0..20 {
        assert!(get(&server.address, "/health", "").starts_with("HTTP/1.1 200"));
    }
    assert!(server.terminate());
}
