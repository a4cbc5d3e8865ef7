//! Where OPBX listens: in the clear, over TLS, or both; and how it stops without dropping a call.

use crate::config::Config;
use crate::serve::Stop;
use crate::tls::{self, Certificates};
use anyhow::Context as _;
use axum::Router;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsAcceptor;
use axum_server::{Handle, Server};
use hyper_util::rt::TokioTimer;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How long requests under way may take once a stop was asked for.
const DRAIN_MAX: Duration = Duration::from_secs(10);
/// How long a connection may take for the head of a request, and lie idle before it.
const HEAD_WAIT_MAX: Duration = Duration::from_secs(75);

/// The sockets that were opened, before anybody is served.
pub(crate) struct Listeners {
    plain: Option<TcpListener>,
    tls: Option<TcpListener>,
    certificates: Option<Certificates>,
    hangup: Signal,
}

impl Listeners {
    /// Reads the certificate and opens the sockets; the error says which key to change.
    pub(crate) async fn bind(config: &Config) -> anyhow::Result<Self> {
        let certificates = config.tls.clone().map(Certificates::open).transpose();
        let certificates = certificates.context("`tls_certificate` or `tls_key` cannot be used")?;
        let first = TcpListener::bind(config.listen).await;
        let first = first
            .with_context(|| format!("cannot listen on {}: choose another with --listen", config.listen))?;
        let (plain, tls) = match (&certificates, config.plain_listen) {
            (None, _) => (Some(first), None),
            (Some(_), None) => (None, Some(first)),
            (Some(_), Some(address)) => {
                let plain = TcpListener::bind(address).await;
                (
                    Some(
                        plain
                            .with_context(|| format!("cannot listen on {address}: change `plain_listen`"))?,
                    ),
                    Some(first),
                )
            }
        };
        let hangup = signal(SignalKind::hangup()).context("the process may not handle signals")?;
        Ok(Self { plain, tls, certificates, hangup })
    }

    /// The URLs that are listened on, the one that others should use first.
    pub(crate) fn urls(&self) -> anyhow::Result<Vec<String>> {
        let mut urls = Vec::new();
        for (scheme, listener) in [("https", &self.tls), ("http", &self.plain)] {
            if let Some(listener) = listener {
                urls.push(format!("{scheme}://{}", listener.local_addr()?));
            }
        }
        Ok(urls)
    }

    /// Where it listens in the clear.
    pub(crate) fn plain_address(&self) -> Option<SocketAddr> {
        self.plain.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Serves until a stop is asked for, then finishes what is under way.
    pub(crate) async fn serve(self, routes: Router, mut stop: Stop) -> anyhow::Result<()> {
        let (stopping, told) = watch::channel(false);
        let live = self.certificates.as_ref().map(Certificates::live);
        let following = tokio::spawn(tls::follow(self.certificates, self.hangup));
        let (over_tls, plain_told, tls_told) =
            (opbx_http::over_tls(routes.clone()), told.clone(), told.clone());
        let plain = async {
            let Some(listener) = self.plain else { return Ok(()) };
            let handle = Handle::new();
            let server = server(listener, &handle, HEAD_WAIT_MAX).acceptor(NoDelayAcceptor::new());
            let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
            until_drained(server.serve(routes), handle, plain_told).await
        };
        let tls = async {
            let (Some(listener), Some(live)) = (self.tls, live) else { return Ok(()) };
            let handle = Handle::new();
            let acceptor = RustlsAcceptor::new(live).acceptor(NoDelayAcceptor::new());
            let server = server(listener, &handle, HEAD_WAIT_MAX).acceptor(acceptor);
            let routes = over_tls.into_make_service_with_connect_info::<SocketAddr>();
            until_drained(server.serve(routes), handle, tls_told).await
        };
        let stopped = async {
            stop.asked_for().await;
            tracing::info!("stopping: requests under way are finished first");
            stopping.send_replace(true);
            // An idle keep-alive connection must not hold up a stop for ever.
            tokio::time::sleep(DRAIN_MAX).await;
        };
        let outcome = tokio::select! {
            served = async { tokio::try_join!(plain, tls) } => served.map(drop).context("the listener failed"),
            () = stopped => {
                tracing::warn!("requests were still under way after {} s", DRAIN_MAX.as_secs());
                Ok(())
            }
        };
        following.abort();
        outcome
    }
}

fn server(listener: TcpListener, handle: &Handle<SocketAddr>, head_wait_max: Duration) -> Server<SocketAddr> {
    let mut server = Server::from_listener(listener).handle(handle.clone());
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(head_wait_max);
    server
}

/// Serves until a stop was asked for and what was under way then is done.
async fn until_drained(
    serving: impl Future<Output = std::io::Result<()>>,
    handle: Handle<SocketAddr>,
    told: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let draining = async {
        asked(told).await;
        handle.graceful_shutdown(Some(DRAIN_MAX));
        std::future::pending().await
    };
    tokio::select! {
        served = serving => served,
        never = draining => never,
    }
}

/// Waits until a stop is asked for.
async fn asked(mut told: watch::Receiver<bool>) {
    // An error means that whoever would tell is gone, which is a stop as well.
    let _ = told.wait_for(|stopping| *stopping).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn whoever_does_not_end_the_head_of_a_request_is_let_go() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = server(listener, &Handle::new(), Duration::from_millis(50));
        let serving = tokio::spawn(server.serve(Router::<()>::new().into_make_service()));
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").await.expect("it is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("the connection is closed");
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{answer:?}");
        serving.abort();
    }
}
