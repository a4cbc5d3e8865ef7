//! `opbx serve`: wiring, listening, and stopping without dropping a call.

use crate::config::Config;
use crate::listeners::Listeners;
use crate::open::{self, Opened};
use crate::traces::Traces;
use crate::{demo, logging, terminal};
use anyhow::{Context as _, bail};
use axum::Router;
use opbx_app::fetch::{Fetcher, Guard};
use opbx_app::journal::Journal;
use opbx_app::owners::{self, FirstOwner};
use opbx_app::{App, Outside, Parts, keys};
use opbx_cloudonix::Client;
use opbx_cluster::Cluster;
use opbx_http::{Files, HttpConfig};
use opbx_kernel::SystemClock;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whom the first owner is when nobody says.
const OWNER_EMAIL: &str = "owner@example.com";

pub(crate) async fn run(config: Config, demo: bool, with_history: bool) -> anyhow::Result<ExitCode> {
    if demo && !config.listen.ip().is_loopback() {
        bail!(
            "--demo listens on a loopback address only, not on {}: its secrets are on your screen",
            config.listen
        );
    }
    if demo && config.tls.is_some() {
        bail!("--demo speaks in the clear, on this machine alone: leave `tls_certificate` and `tls_key` out");
    }
    logging::start(&config)?;
    let traces = Traces::start(&config)?;
    let opened = open::ready(&config).await?;
    let shown = if demo { Some(demo::prepare(&opened.store).await?) } else { None };
    if let Some(shown) = shown.as_ref().filter(|_| with_history) {
        shown.remember_a_week(&config, &opened.store).await?;
    }
    let tenant = owners::ensure_first_tenant(&opened.store).await?;
    let first = FirstOwner {
        email: config.owner_email.clone().unwrap_or_else(|| OWNER_EMAIL.to_owned()),
        password: config.owner_password.clone(),
        // The demo's owner is there to try things with at once.
        is_for_once: !demo,
    };
    if let Some(password) = owners::ensure_owner(&opened.store, tenant, &first).await? {
        terminal::hand_over(&password, &config.data)?;
    }
    let listeners = Listeners::bind(&config).await?;
    let urls = listeners.urls()?;
    let following = tokio::spawn(keys::follow(config.keys.clone(), opened.keyring.clone()));
    let app = start(&config, opened).await?;
    owners::forget_first_password(&app).await;
    if let (Some(shown), Some(address)) = (shown, listeners.plain_address()) {
        shown.print(address, &config);
    }
    // Before anybody can know that it runs: a signal without a handler would end it at once.
    let stop = Stop::new()?;
    for url in &urls {
        println!("OPBX is listening on {url}");
    }
    let listen_url = urls.into_iter().next().unwrap_or_default();
    listeners.serve(routes(&config, demo, listen_url, &app), stop).await?;
    following.abort();
    app.shut_down().await;
    traces.stop().await;
    app.store().clone().close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn start(config: &Config, opened: Opened) -> anyhow::Result<App> {
    let cluster = match &config.redis {
        Some(url) => Cluster::connect(url, &config.redis_prefix).await?,
        None => Cluster::memory(),
    };
    let node = opbx_app::entropy::bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let journal = Journal::open(&config.data.join("journal"), &node)?;
    let clock = Arc::new(SystemClock);
    let objects = crate::objects::open(config, clock.clone())?;
    let fetcher = Fetcher::new(Guard::new(config.outgoing_allow.clone()))?;
    let (mailer, public_url) = (config.mailer.clone(), config.public_url.clone());
    let first_password = Some(terminal::password_file(&config.data));
    let outside = Outside { mailer, public_url, first_password, ..Outside::default() };
    let backend = Arc::new(Client::new(&config.cloudonix_url).context("`cloudonix_url` cannot be used")?);
    let (store, keyring) = (opened.store, opened.keyring);
    let parts = Parts { store, cluster, clock, keyring, journal, objects, fetcher, outside, backend };
    Ok(App::start(parts).await?)
}

fn routes(config: &Config, demo: bool, listen_url: String, app: &App) -> Router {
    let http = HttpConfig {
        public_url: config.public_url.clone(),
        listen_url,
        trusted_proxies: config.trusted_proxies.clone(),
        demo,
        health_token: config.health_token.clone(),
        metrics_token: config.metrics_token.clone(),
        origins: config.origins.clone(),
        live_key: config.live_key.clone(),
        hides_contract: !config.api_docs,
        web_app: Files::default(),
        limits: config.limits.clone(),
    };
    opbx_http::router(app.clone(), http)
}

/// Hears SIGTERM and Ctrl-C from the moment it is made.
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new() -> anyhow::Result<Self> {
        let hear = |kind| signal(kind).context("the process may not handle signals");
        Ok(Self { terminate: hear(SignalKind::terminate())?, interrupt: hear(SignalKind::interrupt())? })
    }

    pub(crate) async fn asked_for(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
