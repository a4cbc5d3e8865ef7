//! The application: what use cases share, and the three things that run beside them.

use crate::attachments::{self, Objects};
use crate::carrier::{self, Carrier};
use crate::dashboard::Dashboards;
use crate::fetch::Fetcher;
use crate::health::LastLook;
use crate::history::Totals;
use crate::hooks::{self, Hooks};
use crate::ingest::Ingester;
use crate::jobs::{Handlers, Limits, Runner};
use crate::journal::Journal;
use crate::live::{self, Live};
use crate::mail::{self, Mailer};
use crate::metrics::{self, OutboxReader, Pulse};
use crate::outbox::Delivery;
use crate::plans::{Plans, PlansError};
use crate::{crons, entropy, recordings, usage, webhooks};
use opbx_cluster::{Cluster, Message, Missed, Subscription};
use opbx_kernel::seal::Keyring;
use opbx_kernel::{Clock, Operator};
use opbx_store::Store;
use opbx_telephony::Backend;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

/// How often plan versions are polled, whether or not anybody told of a change.
const POLL: Duration = Duration::from_millis(500);
/// Changes that come closer together than this are loaded together.
const COALESCE: Duration = Duration::from_millis(200);
/// How often the journal is brought to the disk.
const SYNC: Duration = Duration::from_millis(200);
/// How often due jobs, schedules and what other processes committed are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// Commits that come closer together than this are looked at together.
const LOOK_TOGETHER: Duration = Duration::from_millis(20);
/// How long jobs under way may take once a stop was asked for.
const JOBS_STOP_MAX: Duration = Duration::from_secs(10);
/// How long a failed ingestion waits before it tries again.
const INGEST_AGAIN: Duration = Duration::from_secs(1);
/// How often the database looks at how its tables are filled, and when it does so first: a start is for other work.
const LEARN: Duration = Duration::from_mins(10);
const LEARN_FIRST: Duration = Duration::from_mins(1);
/// How often what was killed while it was written is tidied up; the first time is at the start, when there is most.
const TIDY: Duration = Duration::from_hours(24);

/// What an application is made of.
pub struct Parts {
    pub store: Store,
    pub cluster: Cluster,
    pub clock: Arc<dyn Clock>,
    pub keyring: Keyring,
    pub journal: Journal,
    pub objects: Objects,
    /// How what lies elsewhere is fetched and told, and where that may be.
    pub fetcher: Fetcher,
    pub outside: Outside,
    /// The engine's own interface; `opbx_telephony::backend::NoBackend` where there is none.
    pub backend: Arc<dyn Backend>,
}

/// How OPBX reaches people, and they reach it. Without a word there is no mail server.
#[derive(Clone, Default)]
pub struct Outside {
    /// None: mails wait until there is one.
    pub mailer: Option<Mailer>,
    /// The URL under which people reach this installation, for links in mails.
    pub public_url: Option<String>,
    /// The file that the first owner's password was left in, deleted once it is no password any more.
    pub first_password: Option<PathBuf>,
    /// How long receivers of webhooks are borne with.
    pub webhooks: webhooks::Terms,
}

/// The running application. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    cluster: Cluster,
    clock: Arc<dyn Clock>,
    keyring: Keyring,
    journal: Arc<Journal>,
    objects: Objects,
    fetcher: Fetcher,
    outside: Outside,
    carrier: Carrier,
    hooks: Hooks,
    /// Held by whoever writes calls in this process, so that its own writers do not stand in each other's way.
    calls_turn: Arc<tokio::sync::Mutex<()>>,
    plans: Plans,
    live: Live,
    totals: Totals,
    dashboards: Dashboards,
    pulse: Pulse,
    last_look: LastLook,
    /// How far this node's journal was ingested.
    ingested: watch::Sender<u64>,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl App {
    /// Reads every tenant's settings, then starts the background work: plans, journal syncs, ingestion, outbox, jobs.
    pub async fn start(parts: Parts) -> Result<Self, PlansError> {
        metrics::begin();
        let app = Self(Arc::new(Inner {
            plans: Plans::new(parts.store.clone()),
            live: Live::new(),
            totals: Totals::default(),
            dashboards: Dashboards::default(),
            pulse: Pulse::default(),
            last_look: LastLook::default(),
            store: parts.store,
            cluster: parts.cluster,
            clock: parts.clock,
            keyring: parts.keyring,
            journal: Arc::new(parts.journal),
            objects: parts.objects,
            fetcher: parts.fetcher,
            outside: parts.outside,
            carrier: Carrier::new(parts.backend),
            hooks: Hooks::default(),
            calls_turn: Arc::default(),
            ingested: watch::Sender::new(0),
            stop: watch::Sender::new(false),
            tasks: Mutex::default(),
        }));
        app.plans().refresh().await?;
        let tasks = [
            tokio::spawn(app.clone().keep_plans()),
            tokio::spawn(app.clone().warm_up()),
            tokio::spawn(app.clone().keep_synced()),
            tokio::spawn(app.clone().keep_ingesting()),
            tokio::spawn(app.clone().keep_delivering()),
            tokio::spawn(app.clone().keep_working()),
            tokio::spawn(live::keep_noticing(app.clone())),
            tokio::spawn(live::keep_telling_others(app.clone())),
            tokio::spawn(app.clone().keep_telling()),
            tokio::spawn(app.clone().resume_mails()),
            tokio::spawn(hooks::keep_committing(app.clone(), app.0.stop.subscribe())),
            tokio::spawn(hooks::keep_folding(app.clone(), app.0.stop.subscribe())),
            tokio::spawn(app.clone().keep_counting()),
            tokio::spawn(app.clone().keep_learning()),
            tokio::spawn(app.clone().keep_tidy()),
        ];
        app.0.tasks.lock().expect("no thread panics while it holds the tasks").extend(tasks);
        Ok(app)
    }

    /// Stops the background work after a last ingestion. Call it when no request is under way any more.
    pub async fn shut_down(&self) {
        self.0.stop.send_replace(true);
        let tasks =
            std::mem::take(&mut *self.0.tasks.lock().expect("no thread panics while it holds the tasks"));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a background task ended badly");
            }
        }
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub fn cluster(&self) -> &Cluster {
        &self.0.cluster
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn last_look(&self) -> &LastLook {
        &self.0.last_look
    }

    pub fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    pub fn journal(&self) -> &Arc<Journal> {
        &self.0.journal
    }

    /// Where the bytes of attachments lie.
    pub fn objects(&self) -> &Objects {
        &self.0.objects
    }

    /// The way to the carrier.
    pub fn carrier(&self) -> &Carrier {
        &self.0.carrier
    }

    /// What webhooks told, on its way to the disk and to their calls.
    pub fn hooks(&self) -> &Hooks {
        &self.0.hooks
    }

    pub(crate) fn calls_turn(&self) -> Arc<tokio::sync::Mutex<()>> {
        self.0.calls_turn.clone()
    }

    pub fn plans(&self) -> &Plans {
        &self.0.plans
    }

    /// What browsers hear while it happens.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// Waits until the application is told to stop.
    pub async fn stopped(&self) {
        stopped(&mut self.0.stop.subscribe()).await;
    }

    pub(crate) fn totals(&self) -> &Totals {
        &self.0.totals
    }

    pub(crate) fn dashboards(&self) -> &Dashboards {
        &self.0.dashboards
    }

    pub(crate) fn pulse(&self) -> &Pulse {
        &self.0.pulse
    }

    /// Records of this node's journal that are not in the store yet.
    pub(crate) fn journal_backlog(&self) -> u64 {
        self.journal().last().saturating_sub(*self.0.ingested.borrow())
    }

    pub(crate) fn first_password(&self) -> Option<&Path> {
        self.0.outside.first_password.as_deref()
    }

    /// The operator's mail server, where there is one.
    pub(crate) fn mailer(&self) -> Option<&Mailer> {
        self.0.outside.mailer.as_ref()
    }

    /// Fetches what lies elsewhere, under guard.
    pub fn fetcher(&self) -> &Fetcher {
        &self.0.fetcher
    }

    /// Waits until what was journaled or acknowledged so far is in the store and with its calls, or set aside. Waits as long
    /// as the database is away.
    pub async fn ingested(&self) {
        let last = self.journal().last();
        // An error means that the application is gone, and that nobody ingests any more.
        let _ = self.0.ingested.subscribe().wait_for(|position| *position >= last).await;
        self.hooks().folded().await;
    }

    /// Whether the database answers a small question now.
    pub async fn database_answers(&self) -> bool {
        let answer = self.store().tenants(&Operator::because("tell whether the database answers")).await;
        if let Err(error) = &answer {
            tracing::warn!(%error, "the database does not answer");
        }
        answer.is_ok()
    }

    /// Reads the outbox: at once after a commit of this process, and now and then for those of others.
    async fn keep_delivering(self) {
        let mut stop = self.0.stop.subscribe();
        let mut told = self.store().told();
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut delivery = Delivery::default();
        loop {
            tokio::select! {
                () = stopped(&mut stop) => return,
                _ = poll.tick() => {}
                Ok(()) = told.changed() => tokio::time::sleep(LOOK_TOGETHER).await,
            }
            told.mark_unchanged();
            match delivery.look(self.store(), self.cluster().bus()).await {
                Ok(_) => self.pulse().outbox_read(OutboxReader::Bus, delivery.seen(), self.clock().now()),
                Err(error) => {
                    tracing::warn!(%error, "the outbox could not be read; it is read again in a moment");
                }
            }
        }
    }

    /// Turns what commits published into deliveries of webhooks.
    async fn keep_telling(self) {
        let mut stop = self.0.stop.subscribe();
        let mut told = self.store().told();
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut reader = webhooks::Reader::default();
        loop {
            tokio::select! {
                () = stopped(&mut stop) => return,
                _ = poll.tick() => {}
                Ok(()) = told.changed() => tokio::time::sleep(LOOK_TOGETHER).await,
            }
            told.mark_unchanged();
            match reader.look(self.store()).await {
                Ok(_) => self.pulse().outbox_read(OutboxReader::Webhooks, reader.seen(), self.clock().now()),
                Err(error) => {
                    tracing::warn!(%error, "webhooks could not be told what is new; they are in a moment");
                }
            }
        }
    }

    /// Puts mails in the queue that waited for a mail server.
    async fn resume_mails(self) {
        if self.0.outside.mailer.is_none() {
            return;
        }
        if let Err(error) = mail::resume(self.store(), mail::RESUMED_TOGETHER).await {
            tracing::warn!(%error, "mails that wait could not be looked for; they are at the next start");
        }
    }

    /// Does jobs, and puts those in the queue whose time has come.
    async fn keep_working(self) {
        let mut stop = self.0.stop.subscribe();
        let mut told = self.store().told();
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let draw = || u64::from_le_bytes(entropy::bytes());
        let (store, clock) = (self.store().clone(), self.0.clock.clone());
        let name = format!("{}-{:08x}", self.journal().node(), draw() >> 32);
        let handlers = carrier::with_handlers(self.handlers(), &self);
        let mut runner = Runner::new(store, clock, handlers, &name, Limits::default(), draw);
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                _ = look.tick() => {
                    if let Err(error) = crons::enqueue_due(self.store(), self.clock()).await {
                        tracing::warn!(%error, "schedules could not be looked at; they are in a moment");
                    }
                }
                Ok(()) = told.changed() => tokio::time::sleep(LOOK_TOGETHER).await,
                () = runner.ended() => {}
            }
            told.mark_unchanged();
            if let Err(error) = runner.turn().await {
                tracing::warn!(%error, "jobs could not be claimed; they are in a moment");
            }
        }
        runner.stop(JOBS_STOP_MAX).await;
    }

    fn handlers(&self) -> Handlers {
        let (outside, objects) = (&self.0.outside, &self.0.objects);
        let (fetcher, mailer) = (self.0.fetcher.clone(), outside.mailer.clone());
        Handlers::built_in(objects.clone())
            .with(recordings::Fetch { objects: objects.clone(), fetcher: fetcher.clone() })
            .with(webhooks::Deliver { fetcher, terms: outside.webhooks })
            .with(mail::Post { mailer, objects: objects.clone() })
            .with(mail::TellOfVoicemail { public_url: outside.public_url.clone() })
    }

    async fn keep_plans(self) {
        let mut stop = self.0.stop.subscribe();
        let mut told = self.0.cluster.bus().subscribe();
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopped(&mut stop) => return,
                _ = poll.tick() => {}
                () = plan_changed(&mut told) => tokio::time::sleep(COALESCE).await,
            }
            match self.plans().refresh().await {
                Ok(_) => self.pulse().plans_polled(self.clock().now()),
                Err(error) => {
                    tracing::warn!(%error, "plan versions could not be polled; plans in service stay");
                }
            }
        }
    }

    /// Beside the polling, not before it: a change must not wait until the last of many tenants is warm.
    async fn warm_up(self) {
        let mut stop = self.0.stop.subscribe();
        tokio::select! {
            () = stopped(&mut stop) => {}
            () = self.plans().warm_up() => {}
        }
        tokio::select! {
            () = stopped(&mut stop) => {}
            () = self.restore_usage() => {}
        }
    }

    /// Counts again what was spent on outside calls before this node started.
    async fn restore_usage(&self) {
        for line in self.plans().directory().lines() {
            let Ok(loaded) = self.plans().plan(line).await else { continue };
            if let Err(error) = usage::restore(self, &loaded.plan).await {
                tracing::warn!(tenant = %line.tenant.id, %error, "outside calls of today could not be counted again");
            }
        }
    }

    async fn keep_synced(self) {
        let mut stop = self.0.stop.subscribe();
        let mut beat = interval(SYNC);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let stopping = tokio::select! {
                () = stopped(&mut stop) => true,
                _ = beat.tick() => false,
            };
            let journal = self.0.journal.clone();
            match tokio::task::spawn_blocking(move || journal.sync()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "the journal could not be synced to the disk"),
                Err(error) => tracing::error!(%error, "the journal's sync ended badly"),
            }
            if stopping {
                return;
            }
        }
    }

    /// Keeps what was recorded small, also where nobody asks for it.
    async fn keep_counting(self) {
        let mut stop = self.0.stop.subscribe();
        let mut beat = interval(metrics::FOLD);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopped(&mut stop) => return,
                _ = beat.tick() => metrics::fold(),
            }
        }
    }

    /// Lets the database know how its tables are filled: whoever filled them last told it nothing.
    async fn keep_learning(self) {
        let mut stop = self.0.stop.subscribe();
        let mut beat = interval_at(Instant::now() + LEARN_FIRST, LEARN);
        loop {
            tokio::select! {
                () = stopped(&mut stop) => return,
                _ = beat.tick() => {}
            }
            if let Err(error) = self.0.store.learn().await {
                tracing::warn!(%error, "the database could not look at how its tables are filled");
            }
        }
    }

    /// Tidies up uploads and removals that were killed. No job does: uploads may lie on each node's own disk.
    async fn keep_tidy(self) {
        let mut stop = self.0.stop.subscribe();
        let mut beat = interval(TIDY);
        loop {
            let tidied = async {
                beat.tick().await;
                attachments::tidy(self.objects(), self.clock().now()).await
            };
            let tidied = tokio::select! {
                () = stopped(&mut stop) => return,
                tidied = tidied => tidied,
            };
            match tidied {
                Ok(0) => {}
                Ok(uploads) => tracing::info!(uploads, "uploads that nobody went on with were taken away"),
                Err(error) => tracing::warn!(%error, "uploads that were given up could not be tidied up"),
            }
        }
    }

    async fn keep_ingesting(self) {
        let mut stop = self.0.stop.subscribe();
        let mut ingester =
            Ingester::new(self.0.store.clone(), self.0.journal.clone()).in_turn(self.calls_turn());
        loop {
            let outcome = ingester.ingest().await;
            self.0.ingested.send_replace(ingester.position());
            let stopping = *stop.borrow();
            match outcome {
                Ok(0) if stopping => return,
                Ok(0) => tokio::select! {
                    () = stopped(&mut stop) => {}
                    () = self.0.journal.appended() => {}
                },
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "calls could not be ingested; they are safe in the journal");
                    if stopping {
                        return;
                    }
                    tokio::select! {
                        () = stopped(&mut stop) => {}
                        () = tokio::time::sleep(INGEST_AGAIN) => {}
                    }
                }
            }
        }
    }
}

/// Waits until a plan changed somewhere, or something was missed.
async fn plan_changed(told: &mut Subscription) {
    loop {
        match told.recv().await {
            Ok(Message::PlanChanged { .. }) | Err(Missed::Lagged) => return,
            Ok(_) => {}
            Err(Missed::Closed) => std::future::pending().await,
        }
    }
}

/// Waits until the application is told to stop, or is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _ = stop.wait_for(|stopped| *stopped).await;
}
