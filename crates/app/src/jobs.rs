//! Jobs: who does them, how many at once, and what happens when one fails.
//!
//! A handler is registered for each kind. A runner claims due jobs tenant by tenant, so that one with many of them
//! holds up no other; renews their leases while they run; and tries them again with growing pauses.

mod backoff;
mod runner;

pub use backoff::{PAUSE_FIRST, PAUSE_MAX, pause};
pub use runner::{Limits, Room, Runner};

use crate::attachments::Objects;
use crate::models::IrJob;
use crate::records::{self, Deed, RecordError};
use crate::resources::{self, ResourceError};
use opbx_kernel::{Clock, RecordId, Scope, TenantId};
use opbx_store::{ClaimedJob, CommitError, ReadError, SaveError, Store, StoreError, Tx};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

const JOB_MODEL: &str = "ir.job";

/// Why a job was not done.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It may go better later.
    #[error("{0}")]
    Again(String),
    /// It can never be done, however often it is tried.
    #[error("{0}")]
    Never(String),
    #[error("the job was canceled, or another runner took it over")]
    Lost,
    #[error("this node stops before the job is done")]
    Stopping,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// A job's work while it is done.
pub type Doing<'a> = Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>>;

/// What jobs of a kind spend their time with. Each lane has room of its own on a node, so that receivers of webhooks
/// which do not answer, a mail server, long recordings, a carrier's pace or what is tidied at night keep no other work
/// waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    Work,
    Webhooks,
    Mail,
    Recordings,
    Carrier,
    /// What nobody waits for, and what writes much.
    Nightly,
}

impl Lane {
    pub const ALL: [Self; 6] =
        [Self::Work, Self::Webhooks, Self::Mail, Self::Recordings, Self::Carrier, Self::Nightly];
}

/// Does the jobs of one kind. A job may be done more than once: when its node is killed, or loses its lease.
pub trait Handler: Send + Sync + 'static {
    /// `feature.deed`: `retention.purge`
    fn kind(&self) -> &'static str;

    fn lane(&self) -> Lane {
        Lane::Work
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a>;
}

/// The handlers of a node, each found by its kind.
#[derive(Clone, Default)]
pub struct Handlers(BTreeMap<&'static str, Arc<dyn Handler>>);

impl Handlers {
    /// Those that every node has; `objects` is where its attachments' bytes lie.
    pub fn built_in(objects: Objects) -> Self {
        Self::default()
            .with(crate::retention::Purge)
            .with(crate::retention::PruneOutbox)
            .with(crate::secrets::Reseal)
            .with(crate::phone_changes::Apply)
            .with(crate::call_checks::Run)
            .with(crate::attachments::Collect { objects })
    }

    /// Adds one; another of the same kind is replaced.
    #[must_use]
    pub fn with(mut self, handler: impl Handler) -> Self {
        self.0.insert(handler.kind(), Arc::new(handler));
        self
    }

    pub fn kinds(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }

    fn kinds_of(&self, lane: Lane) -> Vec<&'static str> {
        self.0.values().filter(|handler| handler.lane() == lane).map(|handler| handler.kind()).collect()
    }

    fn of(&self, kind: &str) -> Option<&Arc<dyn Handler>> {
        self.0.get(kind)
    }
}

/// Cancels a job that waits or runs, for whoever may see jobs. False where it is over already, or not there.
pub async fn cancel(tx: &mut Tx, id: RecordId) -> Result<bool, RecordError> {
    may_see(tx)?;
    Ok(tx.cancel_job(id).await?)
}

/// Lets a job that is dead, canceled or waits for its next try run at once, for whoever may see jobs. False where it
/// runs or is done, where another with its key waits, or where it is not there.
pub async fn retry_now(tx: &mut Tx, id: RecordId) -> Result<bool, RecordError> {
    may_see(tx)?;
    Ok(tx.retry_job(id).await?)
}

/// As `cancel` (or `retry_now`), in a transaction of its own. A job that is not there is absent; one whose state stands
/// in the way gives false.
pub async fn steer(app: &crate::App, scope: &Scope, id: RecordId, wish: Wish) -> Result<bool, ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    resources::get_in::<IrJob>(&mut tx, id).await?;
    let done = match wish {
        Wish::Cancel => cancel(&mut tx, id).await?,
        Wish::RunNow => retry_now(&mut tx, id).await?,
    };
    tx.commit().await?;
    Ok(done)
}

/// What somebody wants of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Cancel,
    RunNow,
}

fn may_see(tx: &Tx) -> Result<(), RecordError> {
    let unknown = || ReadError::UnknownModel(JOB_MODEL.to_owned());
    let model = tx.registry().model(JOB_MODEL).ok_or_else(unknown)?;
    records::require(tx.scope(), model, Deed::Read)
}

/// One job in the hands of its handler.
pub struct Work {
    store: Store,
    clock: Arc<dyn Clock>,
    scope: Scope,
    payload: Json,
    attempt: u32,
    lease: Duration,
    job: Mutex<ClaimedJob>,
    lost: watch::Sender<bool>,
    stopping: watch::Receiver<bool>,
}

impl Work {
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    /// OPBX itself inside the job's tenant, with the job's kind as its reason.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    pub fn payload(&self) -> &Json {
        &self.payload
    }

    /// 1 on the first try.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Tells how far it is, in percent, and keeps the lease. Call it between pieces of work: it says when to stop,
    /// because the job was canceled or the node is stopping. Not while a transaction is open: it needs one of its own,
    /// and SQLite has one writer.
    pub async fn progress(&self, percent: u8) -> Result<(), JobError> {
        if *self.stopping.borrow() {
            return Err(JobError::Stopping);
        }
        self.renew(Some(percent)).await
    }

    async fn renew(&self, percent: Option<u8>) -> Result<(), JobError> {
        let mut job = self.job.lock().await;
        let mut tx = self.store.begin(&self.scope).await?;
        let is_ours = tx.renew_job(&mut job, self.lease, percent).await?;
        if !is_ours {
            self.lost.send_replace(true);
            return Err(JobError::Lost);
        }
        tx.commit().await?;
        Ok(())
    }
}
