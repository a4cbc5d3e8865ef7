//! Ingestion: from this node's journal to the calls, legs, timeline and plan snapshots in the store.
//!
//! A batch is one transaction, which also moves the journal's position: what is acknowledged is applied exactly
//! once. Even without the position nothing would come twice, because a call's ledger holds each step once.

pub(crate) mod book;
pub(crate) mod calls;
mod merge;
mod messages;

pub use calls::unpacked as stored_ledger;

use crate::journal::{Journal, PlanSnapshot, Record};
use crate::metrics::CallTally;
use crate::models::PbxPlanSnapshotDraft;
use opbx_kernel::{Kind, Operator, Scope, TenantId};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value};
use opbx_store::{CommitError, ReadError, SaveError, Store, StoreError, Tx};
use opbx_telephony::Entry;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Records taken from the journal for one transaction. On SQLite nobody else writes meanwhile, and no write may hold
/// the others up for more than 100 ms: about a millisecond a record, where each is of another tenant.
const BATCH_MAX: usize = 64;
/// How often a batch is tried anew because another node ingested the same calls at the same moment.
pub(crate) const CONTENDED_TRIES_MAX: usize = 8;
/// Records that the store refuses are kept here, beside the journal, for a person to look at.
const REFUSED_FILE: &str = "refused.jsonl";

#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error("the journal cannot be read: {0}")]
    Journal(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("what is stored of call {call} of tenant {tenant} cannot be read: {reason}")]
    Stored { tenant: TenantId, call: String, reason: String },
}

impl IngestError {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Journal(_) => Kind::Unavailable,
            Self::Stored { .. } => Kind::Internal,
            Self::Store(error) => error.code().kind,
            Self::Read(error) => error.code().kind,
            Self::Save(error) => error.code().kind,
            Self::Commit(error) => error.code().kind,
        }
    }

    /// Whether the database itself is in trouble, so that no record of the batch is to blame.
    pub(crate) fn is_outage(&self) -> bool {
        self.kind() == Kind::Unavailable
    }

    /// Whether another node wrote to the same calls meanwhile, so that the same work may succeed at once.
    pub(crate) fn is_contended(&self) -> bool {
        self.kind() == Kind::Conflict
    }
}

/// Empties one journal into one store.
pub struct Ingester {
    store: Store,
    journal: Arc<Journal>,
    /// The last record known to be in the store; unknown until the first batch asks.
    position: Option<u64>,
    /// Held while a batch is applied, so that this process's own writers of calls do not stand in each other's way.
    turn: Arc<Mutex<()>>,
}

/// What a batch holds for one tenant.
#[derive(Default)]
struct TenantBatch<'a> {
    entries: Vec<&'a Entry>,
    snapshots: Vec<&'a PlanSnapshot>,
}

impl Ingester {
    pub fn new(store: Store, journal: Arc<Journal>) -> Self {
        Self { store, journal, position: None, turn: Arc::default() }
    }

    /// Shares the turn with others that write calls.
    #[must_use]
    pub fn in_turn(mut self, turn: Arc<Mutex<()>>) -> Self {
        self.turn = turn;
        self
    }

    /// The sequence number of the last record known to be in the store.
    pub fn position(&self) -> u64 {
        self.position.unwrap_or(0)
    }

    /// Ingests one batch; gives how many records it held.
    pub async fn ingest(&mut self) -> Result<usize, IngestError> {
        let batch = self.next_batch(BATCH_MAX).await?;
        let Some(last) = batch.last().map(|(sequence, _)| *sequence) else { return Ok(0) };
        let count = batch.len();
        match self.apply(&batch, last).await {
            Ok(()) => {}
            Err(error) if error.is_outage() => return Err(error),
            Err(error) => {
                tracing::error!(%error, "a batch of calls was refused; its records are tried one by one");
                self.apply_singly(batch).await?;
            }
        }
        self.position = Some(last);
        let journal = self.journal.clone();
        blocking(move || journal.forget(last)).await?;
        Ok(count)
    }

    async fn next_batch(&mut self, count_max: usize) -> Result<Vec<(u64, Record)>, IngestError> {
        let position = match self.position {
            Some(position) => position,
            None => self.stored_position().await?,
        };
        self.position = Some(position);
        let journal = self.journal.clone();
        Ok(blocking(move || journal.read_after(position, count_max)).await?)
    }

    async fn stored_position(&self) -> Result<u64, IngestError> {
        let operator = Operator::because("find how far this node's journal was ingested");
        let tenants = self.store.tenants(&operator).await?;
        let Some(tenant) = tenants.first() else { return Ok(0) };
        let mut tx = self.store.read(&Scope::system(tenant.id, "read the journal's position")).await?;
        Ok(tx.journal_position(self.journal.node()).await?)
    }

    async fn apply(&self, batch: &[(u64, Record)], last: u64) -> Result<(), IngestError> {
        for _ in 1..CONTENDED_TRIES_MAX {
            match self.apply_once(batch, last).await {
                Err(error) if error.is_contended() => {
                    tracing::debug!(%error, "another node ingested the same calls; the batch is tried anew");
                }
                outcome => return outcome,
            }
        }
        self.apply_once(batch, last).await
    }

    async fn apply_once(&self, batch: &[(u64, Record)], last: u64) -> Result<(), IngestError> {
        let _turn = self.turn.lock().await;
        let mut tenants: BTreeMap<TenantId, TenantBatch<'_>> = BTreeMap::new();
        for (_, record) in batch {
            match record {
                Record::Step(entry) => tenants.entry(entry.tenant).or_default().entries.push(entry),
                Record::Plan(plan) => tenants.entry(plan.tenant).or_default().snapshots.push(plan),
            }
        }
        let Some(first) = tenants.keys().next() else { return Ok(()) };
        let mut tx = self.store.begin(&Scope::system(*first, "ingest calls")).await?;
        if !tx.advance_journal(self.journal.node(), last).await? {
            return Ok(());
        }
        let operator = Operator::because("ingest the calls of all tenants in one transaction");
        let (mut packer, mut tallies) = (calls::Packer::new(), Vec::new());
        for (tenant, batch) in tenants {
            tx.turn_to(&operator, &Scope::system(tenant, "ingest calls")).await?;
            let pieces = batch.entries.into_iter().map(book::Piece::step).collect();
            tallies.push(calls::apply(&mut tx, pieces, &mut packer, None).await?.tally);
            for snapshot in batch.snapshots {
                keep_snapshot(&mut tx, snapshot).await?;
            }
        }
        tx.commit().await?;
        tallies.into_iter().for_each(CallTally::count);
        Ok(())
    }

    /// Applies each record by itself, so that one that the store refuses holds up no other; it is set aside.
    async fn apply_singly(&self, batch: Vec<(u64, Record)>) -> Result<(), IngestError> {
        for (sequence, record) in batch {
            let single = [(sequence, record)];
            match self.apply(&single, sequence).await {
                Ok(()) => {}
                Err(error) if error.is_outage() => return Err(error),
                Err(error) => {
                    tracing::error!(sequence, %error, "a record of a call was refused and set aside");
                    let [(_, record)] = single;
                    let journal = self.journal.clone();
                    blocking(move || set_aside(&journal, &record)).await?;
                    self.pass_over(sequence).await?;
                }
            }
        }
        Ok(())
    }

    /// Moves the stored position past a record that was set aside, so that it is not met again after a restart.
    async fn pass_over(&self, sequence: u64) -> Result<(), IngestError> {
        let operator = Operator::because("move the journal's position past a refused record");
        let tenants = self.store.tenants(&operator).await?;
        let Some(tenant) = tenants.first() else { return Ok(()) };
        let mut tx = self.store.begin(&Scope::system(tenant.id, operator.reason())).await?;
        tx.advance_journal(self.journal.node(), sequence).await?;
        Ok(tx.commit().await.map(drop)?)
    }
}

pub(crate) async fn keep_snapshot(tx: &mut Tx, snapshot: &PlanSnapshot) -> Result<(), IngestError> {
    let same = Domain::eq("plan_version", snapshot.version)
        .and(Domain::eq("core_version", Value::Text(snapshot.core_version.clone())));
    if tx.count("pbx.plan_snapshot", &same).await? > 0 {
        return Ok(());
    }
    let draft = PbxPlanSnapshotDraft {
        plan_version: Some(snapshot.version),
        core_version: Some(snapshot.core_version.clone()),
        body: Some(snapshot.body.clone()),
    };
    tx.create("pbx.plan_snapshot", draft.into_values()).await?;
    Ok(())
}

fn set_aside(journal: &Journal, record: &Record) -> io::Result<()> {
    let path = journal.folder().join(REFUSED_FILE);
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
