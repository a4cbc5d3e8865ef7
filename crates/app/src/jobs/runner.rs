//! The runner: claims what there is room for, one tenant after the other, and sees each job to its end.

use super::{Handler, Handlers, JobError, Lane, Work, pause};
use crate::metrics;
use crate::traces::{self, Trace};
use opbx_kernel::{Clock, Operator, Scope, TenantId};
use opbx_store::{ClaimedJob, Queue, SaveError, Store, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// How many jobs a node does at once, and for how long it may be silent about one.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub jobs_max: usize,
    /// Of one tenant.
    pub jobs_per_tenant_max: usize,
    /// Of each lane but that of work: jobs that wait for others most of the time.
    pub waiting: Room,
    /// A job whose runner has been silent for this long is taken over.
    pub lease: Duration,
}

/// How many jobs of one lane a node does at once.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    pub jobs_max: usize,
    /// Of one tenant.
    pub per_tenant_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let waiting = Room { jobs_max: 64, per_tenant_max: 4 };
        Self { jobs_max: 8, jobs_per_tenant_max: 2, waiting, lease: Duration::from_secs(60) }
    }
}

/// Little, so that what writes much at night leaves the store to others.
const NIGHTLY: Room = Room { jobs_max: 2, per_tenant_max: 1 };

impl Limits {
    fn room(&self, lane: Lane) -> Room {
        match lane {
            Lane::Work => Room { jobs_max: self.jobs_max, per_tenant_max: self.jobs_per_tenant_max },
            Lane::Webhooks | Lane::Mail | Lane::Recordings | Lane::Carrier => self.waiting,
            Lane::Nightly => NIGHTLY,
        }
    }
}

/// A lease is renewed this often before it would end.
const RENEWALS_PER_LEASE: u32 = 3;

/// Claims and does jobs of all tenants. One task owns it.
pub struct Runner {
    tools: Arc<Tools>,
    limits: Limits,
    doing: JoinSet<()>,
    tenants: HashMap<Id, (Lane, TenantId)>,
    /// The tenant that was served last in a lane; the next one begins.
    last: HashMap<Lane, TenantId>,
}

struct Tools {
    store: Store,
    clock: Arc<dyn Clock>,
    handlers: Handlers,
    name: String,
    lease: Duration,
    draw: fn() -> u64,
    /// Asks handlers to come to an end, then takes their jobs from them.
    stopping: watch::Sender<bool>,
    taking_back: watch::Sender<bool>,
}

impl Runner {
    /// A runner with a name that no other has, by which its jobs show who holds them; `draw` spreads the tries.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        handlers: Handlers,
        name: &str,
        limits: Limits,
        draw: fn() -> u64,
    ) -> Self {
        let tools = Tools {
            store,
            clock,
            handlers,
            name: name.to_owned(),
            lease: limits.lease,
            draw,
            stopping: watch::Sender::new(false),
            taking_back: watch::Sender::new(false),
        };
        let (doing, tenants) = (JoinSet::new(), HashMap::new());
        Self { tools: Arc::new(tools), limits, doing, tenants, last: HashMap::new() }
    }

    /// Claims as many due jobs as there is room for and begins them; gives how many.
    pub async fn turn(&mut self) -> Result<usize, SaveError> {
        while let Some(ended) = self.doing.try_join_next_with_id() {
            self.forget(&ended);
        }
        let lanes = Lane::ALL.map(|lane| (lane, self.tools.handlers.kinds_of(lane)));
        let has_room = |lane| self.held(lane, None) < self.limits.room(lane).jobs_max;
        if !lanes.iter().any(|(lane, kinds)| !kinds.is_empty() && has_room(*lane)) {
            return Ok(0);
        }
        let operator = Operator::because("find the tenants that have jobs to run");
        let now = self.tools.clock.now();
        let mut tenants = self.tools.store.tenants_waiting(&operator, Queue::Jobs, now).await?;
        tenants.sort_unstable();
        let mut begun = 0;
        for (lane, kinds) in lanes.iter().filter(|(_, kinds)| !kinds.is_empty()) {
            begun += self.fill(*lane, kinds, tenants.clone()).await?;
        }
        Ok(begun)
    }

    /// Claims what one lane has room for, one job of each tenant after the other.
    async fn fill(
        &mut self,
        lane: Lane,
        kinds: &[&str],
        mut tenants: Vec<TenantId>,
    ) -> Result<usize, SaveError> {
        let room = self.limits.room(lane);
        // Round robin over tenants, from one turn to the next.
        let last = self.last.get(&lane).copied();
        let next = tenants.iter().position(|tenant| Some(*tenant) > last).unwrap_or(0);
        tenants.rotate_left(next);
        let mut begun = 0;
        while self.held(lane, None) < room.jobs_max && !tenants.is_empty() {
            let mut served = Vec::new();
            for tenant in tenants {
                if self.held(lane, None) < room.jobs_max
                    && self.held(lane, Some(tenant)) < room.per_tenant_max
                    && let Some(job) = self.claim(tenant, kinds).await?
                {
                    self.begin(lane, job);
                    self.last.insert(lane, tenant);
                    begun += 1;
                    served.push(tenant);
                }
            }
            tenants = served;
        }
        Ok(begun)
    }

    /// Jobs of a lane that are under way; those of one tenant where one is named.
    fn held(&self, lane: Lane, of: Option<TenantId>) -> usize {
        let is_meant = |held: &&(Lane, TenantId)| held.0 == lane && of.is_none_or(|tenant| held.1 == tenant);
        self.tenants.values().filter(is_meant).count()
    }

    async fn claim(&self, tenant: TenantId, kinds: &[&str]) -> Result<Option<ClaimedJob>, SaveError> {
        let tools = &self.tools;
        let mut tx = tools.store.begin(&Scope::system(tenant, "claim a job")).await?;
        let claimed = match tx.claim_jobs(&tools.name, kinds, tools.lease, 1).await {
            // Another runner moved at the same moment; there is always another turn.
            Err(SaveError::Conflict { .. } | SaveError::Store(StoreError::Busy)) => return Ok(None),
            claimed => claimed?,
        };
        match tx.commit().await {
            Ok(_) => Ok(claimed.into_iter().next()),
            Err(error) => {
                tracing::warn!(%tenant, %error, "a job could not be claimed");
                Ok(None)
            }
        }
    }

    fn begin(&mut self, lane: Lane, job: ClaimedJob) {
        let Some(handler) = self.tools.handlers.of(&job.kind).cloned() else { return };
        let tenant = job.tenant;
        let begun = self.doing.spawn(see_through(self.tools.clone(), handler, job));
        self.tenants.insert(begun.id(), (lane, tenant));
    }

    fn forget(&mut self, ended: &Result<(Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => {
                tracing::error!(%error, "a job's task ended badly");
                error.id()
            }
        };
        self.tenants.remove(&id);
    }

    /// Waits until one of the jobs under way has ended; for ever where there is none.
    pub async fn ended(&mut self) {
        match self.doing.join_next_with_id().await {
            Some(ended) => self.forget(&ended),
            None => std::future::pending().await,
        }
    }

    /// Waits until no job is under way.
    pub async fn idle(&mut self) {
        while let Some(ended) = self.doing.join_next_with_id().await {
            self.forget(&ended);
        }
    }

    /// Lets jobs come to an end within `patience`; what is still under way then is given back for others to do.
    pub async fn stop(mut self, patience: Duration) {
        self.tools.stopping.send_replace(true);
        if timeout(patience, self.idle()).await.is_err() {
            self.tools.taking_back.send_replace(true);
            self.idle().await;
        }
    }
}

/// Runs a job and says how it ended.
async fn see_through(tools: Arc<Tools>, handler: Arc<dyn Handler>, job: ClaimedJob) {
    let (tenant, kind, id) = (job.tenant, handler.kind(), job.id);
    let work = Arc::new(Work {
        store: tools.store.clone(),
        clock: tools.clock.clone(),
        scope: Scope::system(tenant, kind),
        payload: job.payload.clone(),
        attempt: job.attempt,
        lease: tools.lease,
        job: Mutex::new(job),
        lost: watch::Sender::new(false),
        stopping: tools.stopping.subscribe(),
    });
    let (begun, trace) = (Instant::now(), Trace::of_job(kind));
    let outcome = trace.within(outcome(&tools, handler, work.clone())).await;
    metrics::job_ended(kind, word(&outcome), begun.elapsed());
    if outcome.is_err() {
        trace.failed(word(&outcome));
    }
    drop(trace);
    let job = work.job.lock().await.clone();
    match &outcome {
        Ok(()) => tracing::debug!(%tenant, kind, job = %id, "a job is done"),
        Err(JobError::Lost | JobError::Stopping) => {
            tracing::info!(%tenant, kind, job = %id, "a job was let go");
        }
        Err(error) => {
            tracing::warn!(%tenant, kind, job = %id, attempt = job.attempt, %error, "a job failed");
        }
    }
    if let Err(error) = note(&tools, &job, outcome).await {
        // Its lease ends, and somebody does it again.
        tracing::error!(%tenant, kind, job = %id, %error, "how a job ended could not be noted");
    }
}

/// How a job ended, for whoever counts.
fn word(outcome: &Result<(), JobError>) -> &'static str {
    match outcome {
        Ok(()) => "done",
        Err(JobError::Lost | JobError::Stopping) => "let_go",
        Err(JobError::Never(_)) => "impossible",
        Err(_) => "failed",
    }
}

async fn outcome(tools: &Tools, handler: Arc<dyn Handler>, work: Arc<Work>) -> Result<(), JobError> {
    // In a task of its own, so that a panic is this job's failure; dropped with this set, wherever that happens.
    let mut alone = JoinSet::new();
    let (mut lost, mut taking_back) = (work.lost.subscribe(), tools.taking_back.subscribe());
    let own = work.clone();
    alone.spawn(traces::along(async move { handler.run(&own).await }));
    let mut beat = interval((tools.lease / RENEWALS_PER_LEASE).max(Duration::from_millis(1)));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat.tick().await;
    loop {
        tokio::select! {
            ended = alone.join_next() => {
                return match ended {
                    Some(Ok(outcome)) => outcome,
                    Some(Err(error)) => Err(JobError::Again(format!("its handler ended badly: {error}"))),
                    None => Err(JobError::Again("its handler never began".to_owned())),
                };
            }
            () = said(&mut lost) => return Err(JobError::Lost),
            () = said(&mut taking_back) => return Err(JobError::Stopping),
            _ = beat.tick() => {
                // A database that is away may be back before the lease ends.
                if let Err(error) = work.renew(None).await {
                    tracing::debug!(%error, "a lease could not be renewed");
                }
            }
        }
    }
}

/// Waits until a flag is raised, or is gone.
async fn said(flag: &mut watch::Receiver<bool>) {
    let _ = flag.wait_for(|raised| *raised).await;
}

async fn note(tools: &Tools, job: &ClaimedJob, outcome: Result<(), JobError>) -> Result<(), JobError> {
    let mut tx = tools.store.begin(&Scope::system(job.tenant, "note how a job ended")).await?;
    match outcome {
        Ok(()) => tx.finish_job(job).await?,
        Err(JobError::Lost) => return Ok(()),
        Err(JobError::Stopping) => tx.release_job(job).await?,
        Err(JobError::Never(reason)) => tx.fail_job(job, &reason, None).await?,
        Err(error) => {
            let now = tools.clock.now();
            let again = now.saturating_add(pause(job.attempt, (tools.draw)())).unwrap_or(now);
            tx.fail_job(job, &error.to_string(), Some(again)).await?
        }
    };
    tx.commit().await?;
    Ok(())
}
