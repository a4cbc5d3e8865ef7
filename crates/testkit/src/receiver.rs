//! A receiver of webhooks on this machine: keeps what it is sent, and answers as it is told.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// One request.
#[derive(Debug, Clone)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a webhook is JSON")
    }

    /// The event's name.
    pub fn event(&self) -> &str {
        self.header("opbx-event")
    }
}

#[derive(Default)]
struct Kept {
    received: Mutex<Vec<Received>>,
    /// Statuses of the next answers; 200 when there are no more. 0 is never to answer.
    answers: Mutex<VecDeque<u16>>,
    came: Notify,
}

/// Listens at an address of the loopback network until it is dropped.
pub struct Receiver {
    url: String,
    kept: Arc<Kept>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1").await
    }

    pub async fn start_at(address: &str) -> Self {
        let listener = TcpListener::bind((address, 0)).await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let kept = Arc::new(Kept::default());
        let router = Router::new().fallback(take).with_state(kept.clone());
        let task = tokio::spawn(async move {
            // Ends with the task, which is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Self { url, kept, task }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers the next requests with these statuses; 0 never answers.
    pub fn answer(&self, statuses: &[u16]) {
        self.kept.answers.lock().expect("no panic").extend(statuses);
    }

    pub fn received(&self) -> Vec<Received> {
        self.kept.received.lock().expect("no panic").clone()
    }

    pub fn events(&self) -> Vec<String> {
        self.received().iter().map(|received| received.event().to_owned()).collect()
    }

    /// Waits until so many requests have come in all.
    pub async fn came(&self, count: usize) {
        let waiting = async {
            while self.received().len() < count {
                self.kept.came.notified().await;
            }
        };
        if tokio::time::timeout(crate::WAIT_MAX, waiting).await.is_err() {
            panic!("{count} requests were expected, these came: {:?}", self.events());
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(kept): State<Arc<Kept>>, headers: HeaderMap, body: Bytes) -> (StatusCode, &'static str) {
    let status = kept.answers.lock().expect("no panic").pop_front().unwrap_or(200);
    kept.received.lock().expect("no panic").push(Received { headers, body: body.to_vec() });
    kept.came.notify_one();
    if status == 0 {
        std::future::pending::<()>().await;
    }
    (StatusCode::from_u16(status).expect("a status"), "thank you")
}
