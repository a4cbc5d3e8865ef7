//! Jobs: work that a transaction leaves behind, done once it is committed; leased, tried again, and never lost.

use super::{Tx, model_to_read};
use crate::error::{SaveError, StoreError};
use crate::statement::records::Hold;
use crate::tx::read::Search;
use opbx_kernel::{RecordId, TenantId, Timestamp};
use opbx_platform::{Domain, OrderBy, Row, Value, Values};
use serde_json::Value as Json;
use std::time::Duration;

/// The model of jobs.
pub(crate) const JOB_MODEL: &str = "ir.job";

/// How often a job is tried unless it says otherwise.
pub const ATTEMPTS_MAX: u32 = 8;
/// Letters of an error that a job keeps.
pub const JOB_ERROR_MAX: usize = 2_000;
/// Due jobs that one claim looks at, so that some may wait for others with their key.
const CLAIM_LOOK_MAX: usize = 50;
/// How often a key is looked for anew because somebody else took or freed it meanwhile.
const ENQUEUE_TRIES_MAX: usize = 3;

/// A job to be left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    kind: String,
    payload: Json,
    key: Option<String>,
    run_at: Option<Timestamp>,
    attempts_max: u32,
}

impl NewJob {
    /// A job of a kind that a handler is registered for, to be run at once.
    pub fn of(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            payload: Json::Null,
            key: None,
            run_at: None,
            attempts_max: ATTEMPTS_MAX,
        }
    }

    #[must_use]
    pub fn with(self, payload: Json) -> Self {
        Self { payload, ..self }
    }

    /// While a job with this key waits, no other with it is put beside it; and no two of them run at once.
    #[must_use]
    pub fn keyed(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    #[must_use]
    pub fn at(self, run_at: Timestamp) -> Self {
        Self { run_at: Some(run_at), ..self }
    }

    /// How often it is tried at most, 1 to 100.
    #[must_use]
    pub fn attempts(self, attempts_max: u32) -> Self {
        Self { attempts_max, ..self }
    }
}

/// What became of a job that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    New(RecordId),
    /// One with the same key waits already; it will see what this transaction did.
    Waiting(RecordId),
}

impl Enqueued {
    pub fn id(self) -> RecordId {
        match self {
            Self::New(id) | Self::Waiting(id) => id,
        }
    }
}

/// A job that a runner holds until `lease_until`. Whoever claims it after that has another version of it, and nothing
/// that this one says counts any more.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedJob {
    pub id: RecordId,
    pub tenant: TenantId,
    pub kind: String,
    pub payload: Json,
    /// 1 on the first try.
    pub attempt: u32,
    pub attempts_max: u32,
    pub lease_until: Timestamp,
    key: Option<String>,
    version: i64,
}

impl ClaimedJob {
    /// Whether it may be tried again if it fails now.
    pub fn has_attempts_left(&self) -> bool {
        self.attempt < self.attempts_max
    }
}

fn values<const N: usize>(pairs: [(&str, Value); N]) -> Values {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(now)
}

fn shortened(error: &str) -> String {
    error.chars().filter(|c| *c != '\0').take(JOB_ERROR_MAX).collect()
}

impl Tx {
    /// Leaves a job behind, to be run once this transaction is committed.
    pub async fn enqueue(&mut self, job: NewJob) -> Result<Enqueued, SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        let store = self.store.clone();
        let model = model_to_read(&store, JOB_MODEL)?;
        let run_at = job.run_at.unwrap_or_else(|| store.now());
        let mut row = values([
            ("kind", job.kind.into()),
            ("payload", Value::Json(job.payload)),
            ("run_at", run_at.into()),
            ("due_at", run_at.into()),
            ("attempts_max", Value::Int(job.attempts_max.into())),
        ]);
        self.told = true;
        let Some(key) = job.key else { return Ok(Enqueued::New(self.create(JOB_MODEL, row).await?)) };
        row.insert("unique_key".to_owned(), key.as_str().into());
        row.insert("waiting_key".to_owned(), key.as_str().into());
        for _ in 0..ENQUEUE_TRIES_MAX {
            // Held, so that nobody runs it before this transaction is committed and seen.
            if let Some(waiting) = self.waiting_with(&key).await? {
                return Ok(Enqueued::Waiting(waiting));
            }
            if let Some(id) = self.insert_unless_taken(&store, model, row.clone(), "waiting_key").await? {
                return Ok(Enqueued::New(id));
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn waiting_with(&mut self, key: &str) -> Result<Option<RecordId>, SaveError> {
        let search = Search { limit: 1, ..Search::default() };
        let waiting = Domain::eq("waiting_key", key);
        let found = self.search_holding(JOB_MODEL, &waiting, search, Hold::Shared).await?;
        Ok(found.first().map(|row| row.id))
    }

    /// Takes due jobs of these kinds for a runner: those that wait, and those whose runner let its lease end. At most
    /// `limit`, the longest due first; a job whose runner went away on its last try is dead.
    pub async fn claim_jobs(
        &mut self,
        runner: &str,
        kinds: &[&str],
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<ClaimedJob>, SaveError> {
        let now = self.store.now();
        let fields = ["kind", "payload", "attempts", "attempts_max", "unique_key", "state"];
        let search = Search {
            fields: &fields,
            order: Some(&[OrderBy::asc("due_at")]),
            limit: CLAIM_LOOK_MAX,
            ..Search::default()
        };
        let due = Domain::le("due_at", now).and(Domain::is_in("kind", kinds.iter().copied()));
        let rows = self.search_free(JOB_MODEL, &due, search).await?;
        let running = self.running_keys(&rows).await?;
        let mut claimed = Vec::new();
        for row in rows {
            if claimed.len() == limit {
                break;
            }
            let mut job = claimable(&row, self.scope().tenant())?;
            let is_taken = |key: &String| running.iter().any(|(id, taken)| *id != job.id && taken == key);
            if job.key.as_ref().is_some_and(is_taken) {
                continue;
            }
            if job.attempt > job.attempts_max {
                self.bury(&job, "its runner went away before it was done").await?;
                continue;
            }
            job.lease_until = after(now, lease);
            let taken = values([
                ("state", "running".into()),
                ("waiting_key", Value::Null),
                ("attempts", Value::Int(job.attempt.into())),
                ("leased_by", runner.into()),
                ("lease_until", job.lease_until.into()),
                ("due_at", job.lease_until.into()),
                ("started_at", now.into()),
                ("progress", Value::Null),
            ]);
            job.version = self.update_at(JOB_MODEL, job.id, taken, Some(job.version)).await?;
            claimed.push(job);
        }
        Ok(claimed)
    }

    /// The keys of these rows that jobs run under now.
    async fn running_keys(&mut self, rows: &[Row]) -> Result<Vec<(RecordId, String)>, SaveError> {
        let keys: Vec<Value> =
            rows.iter().filter_map(|row| row.values.get(4)).filter(|key| !key.is_null()).cloned().collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let running = Domain::eq("state", "running").and(Domain::is_in("unique_key", keys));
        let search = Search { fields: &["unique_key"], ..Search::default() };
        let rows = self.search(JOB_MODEL, &running, search).await?;
        let keys = rows.into_iter().filter_map(|row| match row.values.into_iter().next() {
            Some(Value::Text(key)) => Some((row.id, key)),
            _ => None,
        });
        Ok(keys.collect())
    }

    /// Holds a job for longer, and notes how far it has come, in percent. False where it is not the runner's any more:
    /// it was canceled, or another took it over.
    pub async fn renew_job(
        &mut self,
        job: &mut ClaimedJob,
        lease: Duration,
        progress: Option<u8>,
    ) -> Result<bool, SaveError> {
        let until = after(self.store.now(), lease);
        let mut held = values([("lease_until", until.into()), ("due_at", until.into())]);
        if let Some(percent) = progress {
            held.insert("progress".to_owned(), Value::Int(i64::from(percent.min(100))));
        }
        match self.update_job(job, held).await? {
            Some(version) => {
                (job.version, job.lease_until) = (version, until);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Notes that a job is done, in the transaction that did it or in one of its own. False as in `renew_job`.
    pub async fn finish_job(&mut self, job: &ClaimedJob) -> Result<bool, SaveError> {
        let mut done = self.ended("done");
        done.insert("progress".to_owned(), Value::Int(100));
        done.insert("last_error".to_owned(), Value::Null);
        Ok(self.update_job(job, done).await?.is_some())
    }

    /// Notes why a job failed. It waits until `again`, where that is given and it has attempts left; else it is dead,
    /// and stays for people to look at. False as in `renew_job`.
    pub async fn fail_job(
        &mut self,
        job: &ClaimedJob,
        error: &str,
        again: Option<Timestamp>,
    ) -> Result<bool, SaveError> {
        match again.filter(|_| job.has_attempts_left()) {
            Some(at) => self.wait_again(job, at, job.attempt, Some(error)).await,
            None => self.bury(job, error).await,
        }
    }

    /// Gives a job back untried: its runner stops.
    pub async fn release_job(&mut self, job: &ClaimedJob) -> Result<bool, SaveError> {
        let now = self.store.now();
        self.wait_again(job, now, job.attempt.saturating_sub(1), None).await
    }

    async fn wait_again(
        &mut self,
        job: &ClaimedJob,
        at: Timestamp,
        attempts: u32,
        error: Option<&str>,
    ) -> Result<bool, SaveError> {
        let mut waiting = values([
            ("state", "waiting".into()),
            ("run_at", at.into()),
            ("due_at", at.into()),
            ("attempts", Value::Int(attempts.into())),
            ("waiting_key", job.key.clone().into()),
            ("leased_by", Value::Null),
            ("lease_until", Value::Null),
        ]);
        if let Some(key) = &job.key
            && self.waiting_with(key).await?.is_some()
        {
            waiting = self.ended("canceled");
        }
        if let Some(error) = error {
            waiting.insert("last_error".to_owned(), shortened(error).into());
        }
        self.told = true;
        Ok(self.update_job(job, waiting).await?.is_some())
    }

    async fn bury(&mut self, job: &ClaimedJob, error: &str) -> Result<bool, SaveError> {
        let mut dead = self.ended("dead");
        dead.insert("last_error".to_owned(), shortened(error).into());
        Ok(self.update_job(job, dead).await?.is_some())
    }

    fn ended(&self, state: &str) -> Values {
        values([
            ("state", state.into()),
            ("due_at", Value::Null),
            ("waiting_key", Value::Null),
            ("leased_by", Value::Null),
            ("lease_until", Value::Null),
            ("finished_at", self.store.now().into()),
        ])
    }

    /// Cancels a job that waits or runs; a runner learns of it when it next tells how far it is. False where it is
    /// over already, or not there.
    pub async fn cancel_job(&mut self, id: RecordId) -> Result<bool, SaveError> {
        let canceled = self.ended("canceled");
        self.move_job(id, &["waiting", "running"], canceled).await
    }

    /// Lets a job that is dead, canceled or waits for its next try run at once, with all its attempts before it. False
    /// where it runs or is done, where another with its key waits, or where it is not there.
    pub async fn retry_job(&mut self, id: RecordId) -> Result<bool, SaveError> {
        let rows = self.read(JOB_MODEL, &[id], &["unique_key", "waiting_key"]).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(false) };
        let [key, waiting] = <[Value; 2]>::try_from(row.values).unwrap_or([Value::Null, Value::Null]);
        if let (Value::Text(key), Value::Null) = (&key, &waiting)
            && self.waiting_with(key).await?.is_some()
        {
            return Ok(false);
        }
        let now = self.store.now();
        let anew = values([
            ("state", "waiting".into()),
            ("run_at", now.into()),
            ("due_at", now.into()),
            ("attempts", Value::Int(0)),
            ("waiting_key", key),
            ("finished_at", Value::Null),
        ]);
        self.told = true;
        self.move_job(id, &["waiting", "dead", "canceled"], anew).await
    }

    async fn move_job(&mut self, id: RecordId, from: &[&str], to: Values) -> Result<bool, SaveError> {
        let rows = self.read(JOB_MODEL, &[id], &["state"]).await?;
        let Some(row) = rows.first() else { return Ok(false) };
        match row.values.first() {
            Some(Value::Text(state)) if from.contains(&state.as_str()) => {}
            _ => return Ok(false),
        }
        match self.update_at(JOB_MODEL, id, to, Some(row.version)).await {
            Ok(_) => Ok(true),
            Err(SaveError::Conflict { .. } | SaveError::Absent { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Changes a claimed job; `None` where it is not the claimer's any more.
    async fn update_job(&mut self, job: &ClaimedJob, values: Values) -> Result<Option<i64>, SaveError> {
        match self.update_at(JOB_MODEL, job.id, values, Some(job.version)).await {
            Ok(version) => Ok(Some(version)),
            Err(SaveError::Conflict { .. } | SaveError::Absent { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn claimable(row: &Row, tenant: TenantId) -> Result<ClaimedJob, StoreError> {
    let damaged = || StoreError::Damaged { column: JOB_MODEL.to_owned() };
    let [Value::Text(kind), payload, Value::Int(attempts), Value::Int(attempts_max), key, _] =
        row.values.as_slice()
    else {
        return Err(damaged());
    };
    let count = |number: i64| u32::try_from(number).map_err(|_| damaged());
    Ok(ClaimedJob {
        id: row.id,
        tenant,
        kind: kind.clone(),
        payload: if let Value::Json(payload) = payload { payload.clone() } else { Json::Null },
        attempt: count(*attempts)? + 1,
        attempts_max: count(*attempts_max)?,
        lease_until: Timestamp::UNIX_EPOCH,
        key: if let Value::Text(key) = key { Some(key.clone()) } else { None },
        version: row.version,
    })
}
