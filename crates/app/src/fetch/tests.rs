//! Fetches from real servers on this machine, which the operator allows but for one address.

use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const LIMITS: Limits = Limits { total: Duration::from_secs(10), bytes_max: 1_000 };

/// A server that answers each connection's one request by its path.
struct Server {
    port: u16,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// On an address of the loopback network, so that one can be allowed and another not.
    async fn at(address: &str) -> Self {
        let listener = TcpListener::bind((address, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(answer(stream, port));
            }
        });
        Self { port, asked, task }
    }
}

async fn answer(mut stream: TcpStream, port: u16) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 4_096];
        let count = stream.read(&mut part).await?;
        if count == 0 {
            return Ok(());
        }
        head.extend_from_slice(&part[..count]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let found = |to: &str| {
        format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    };
    let text = match path {
        "/hello" => "HTTP/1.1 200 OK\r\nContent-Type: audio/MPEG; x=y\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello".to_owned(),
        "/head" => {
            let body = head.to_lowercase();
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        }
        "/relative" => found("/hello"),
        "/circle" => found("/circle"),
        "/elsewhere" => found(&format!("http://localhost:{port}/head")),
        "/inside" => found(&format!("http://127.0.0.2:{port}/hello")),
        "/file" => found("file:///etc/passwd"),
        "/announced" => "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n".to_owned(),
        "/endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await?;
            while stream.write_all(&[b'x'; 512]).await.is_ok() {}
            return Ok(());
        }
        "/slow" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx").await?;
            return std::future::pending().await;
        }
        "/silent" => return std::future::pending().await,
        "/broken" => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx".to_owned(),
        _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
    };
    stream.write_all(text.as_bytes()).await
}

/// Allows 127.0.0.1, and with it what `localhost` stands for in IPv4, and not 127.0.0.2.
fn fetcher() -> Fetcher {
    Fetcher::new(Guard::new(vec!["127.0.0.1".parse().expect("a network")])).expect("a fetcher")
}

async fn get(server: &Server, path: &str, limits: Limits) -> Result<Bytes, FetchError> {
    let url = format!("http://127.0.0.1:{}{path}", server.port);
    fetcher().get(&url, &[], limits).await?.bytes().await
}

#[tokio::test]
async fn a_file_is_fetched_through_redirects_with_its_media_type() {
    let server = Server::at("127.0.0.1").await;
    let url = format!("http://127.0.0.1:{}/relative", server.port);
    let answer = fetcher().get(&url, &[], LIMITS).await.expect("an answer");
    assert_eq!(answer.mimetype().as_deref(), Some("audio/mpeg"));
    assert_eq!(answer.bytes().await.expect("a body"), "hello");
    assert_eq!(
        get(&server, "/nothing", LIMITS).await.expect("a body"),
        "",
        "a status is the caller's to judge"
    );
}

#[tokio::test]
async fn what_redirects_too_often_or_to_somewhere_else_than_the_web_is_refused() {
    let server = Server::at("127.0.0.1").await;
    assert_eq!(get(&server, "/circle", LIMITS).await, Err(FetchError::TooManyRedirects));
    assert_eq!(server.asked.load(Ordering::SeqCst), REDIRECTS_MAX + 1);
    assert!(matches!(get(&server, "/file", LIMITS).await, Err(FetchError::BadUrl(_))));
}

#[tokio::test]
async fn a_redirect_into_a_private_network_is_not_followed() {
    let inside = TcpListener::bind("127.0.0.2:0").await.expect("a port");
    let server = Server::at("127.0.0.1").await;
    assert_eq!(get(&server, "/inside", LIMITS).await, Err(FetchError::Private));
    let nobody = tokio::time::timeout(Duration::from_millis(1), inside.accept()).await;
    assert!(nobody.is_err(), "nobody connected");
}

#[tokio::test]
async fn a_name_that_stands_for_a_private_address_is_refused_before_anybody_connects() {
    let server = Server::at("127.0.0.1").await;
    let guarded = Fetcher::new(Guard::default()).expect("a fetcher");
    for host in ["localhost", "LOCALHOST"] {
        let url = format!("http://{host}:{}/hello", server.port);
        let refused = guarded.get(&url, &[], LIMITS).await.map(drop);
        assert_eq!(refused, Err(FetchError::Private), "{host}");
        let refused = guarded.post(&url, &[], Bytes::new(), LIMITS).await.map(drop);
        assert_eq!(refused, Err(FetchError::Private), "{host}");
    }
    assert_eq!(server.asked.load(Ordering::SeqCst), 0);
    let unknown = guarded.get("http://no-such-host.invalid/", &[], LIMITS).await.map(drop);
    assert_eq!(unknown, Err(FetchError::NoSuchHost));
}

#[tokio::test]
async fn credentials_stay_with_the_host_that_they_are_for() {
    let server = Server::at("127.0.0.1").await;
    let headers =
        [(HeaderName::from_static("authorization"), HeaderValue::from_static("Bearer key-of-acme"))];
    for (path, kept) in [("/head", true), ("/elsewhere", false)] {
        let url = format!("http://127.0.0.1:{}{path}", server.port);
        let answer = fetcher().get(&url, &headers, LIMITS).await.expect("an answer");
        let head = answer.bytes().await.expect("a body");
        let head = String::from_utf8_lossy(&head);
        assert_eq!(head.contains("key-of-acme"), kept, "{path}: {head}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_given_up_whether_or_not_it_says_so() {
    let server = Server::at("127.0.0.1").await;
    for path in ["/announced", "/endless"] {
        assert_eq!(get(&server, path, LIMITS).await, Err(FetchError::TooLarge { max: 1_000 }), "{path}");
    }
    let url = format!("http://127.0.0.1:{}/endless", server.port);
    let answer = fetcher().get(&url, &[], LIMITS).await.expect("a head");
    assert_eq!(answer.beginning(100).await, "x".repeat(100));
}

#[tokio::test]
async fn a_host_that_is_silent_or_stops_in_the_middle_is_given_up_in_time() {
    let server = Server::at("127.0.0.1").await;
    let short = Limits { total: Duration::from_millis(200), ..LIMITS };
    for path in ["/slow", "/silent"] {
        assert_eq!(get(&server, path, short).await, Err(FetchError::TimedOut), "{path}");
    }
    let broken = get(&server, "/broken", LIMITS).await;
    assert!(matches!(broken, Err(FetchError::Unreachable(_))), "{broken:?}");
    let gone = format!("http://127.0.0.1:{}/", {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("an address").port()
    });
    let refused = fetcher().get(&gone, &[], LIMITS).await.map(drop);
    assert!(matches!(refused, Err(FetchError::Unreachable(_))), "{refused:?}");
}

#[tokio::test]
async fn an_answer_to_a_post_counts_however_long_it_says_it_is() {
    let server = Server::at("127.0.0.1").await;
    let url = format!("http://127.0.0.1:{}/announced", server.port);
    let answer = fetcher().post(&url, &[], Bytes::from_static(b"{}"), LIMITS).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_redirect_is_the_answer_to_a_post() {
    let server = Server::at("127.0.0.1").await;
    let url = format!("http://127.0.0.1:{}/relative", server.port);
    let answer = fetcher().post(&url, &[], Bytes::from_static(b"{}"), LIMITS).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::FOUND);
}
