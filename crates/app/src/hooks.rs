//! Webhooks that tell of calls: whose they are, and that what was acknowledged is on the disk.
//!
//! A webhook is kept as a row in a commit that many share, and acknowledged after it. The call's own row follows within
//! moments, from the rows that are marked as waiting: whoever dies between leaves the marks, and another goes on.

mod authentication;
mod commit;
mod fold;
mod rows;

pub use authentication::{Credentials, Method, authenticate, check_domains, check_time, known_beforehand};
pub(crate) use commit::keep_committing;
pub(crate) use fold::keep_folding;
pub(crate) use rows::{hex, record_row};

use crate::app::App;
use crate::metrics;
use crate::plans::Line;
use opbx_kernel::{Code, Kind, TenantId, Timestamp};
pub use opbx_telephony::{DetailRecord, SessionDirection, SessionStatus, SessionUpdate};
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Webhooks that wait for their commit at once; those that come beyond are asked to come again.
pub const WAITING_MAX: usize = 4_096;
/// When those are asked to come again.
pub const COME_AGAIN_S: u32 = 1;
/// How long calls are told nothing while webhooks wait for their commit.
const GIVE_WAY_MAX: Duration = Duration::from_millis(100);

/// Why a webhook was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    #[error("nothing proves whose webhook this is")]
    Unauthenticated,
    #[error("the webhook is about another domain than its sender's")]
    ForeignDomain,
    #[error("the tenant is not active")]
    Inactive,
    #[error("the webhook says that it is too old, or of the future")]
    OutOfTime,
    #[error("more webhooks wait than are kept at once")]
    Full,
    #[error("the database does not answer")]
    Unavailable,
    #[error("the database refused what the webhook tells")]
    Refused,
}

impl HookError {
    pub fn code(&self) -> Code {
        match self {
            Self::Unauthenticated => Code::new(Kind::Unauthenticated, "unauthenticated_webhook"),
            Self::ForeignDomain => Code::new(Kind::Forbidden, "foreign_domain"),
            Self::Inactive => Code::new(Kind::Forbidden, "tenant_inactive"),
            Self::OutOfTime => Code::new(Kind::Malformed, "webhook_out_of_time"),
            Self::Full => Code::new(Kind::Unavailable, "too_many_webhooks"),
            Self::Unavailable => Code::new(Kind::Unavailable, "database_unavailable"),
            Self::Refused => Code::new(Kind::Internal, "webhook_refused_by_database"),
        }
    }
}

impl HookError {
    /// In one word, for whoever counts.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Unauthenticated | Self::ForeignDomain | Self::Inactive | Self::OutOfTime => "unbelieved",
            Self::Full | Self::Unavailable => "come_again",
            Self::Refused => "refused",
        }
    }
}

/// The webhooks that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hook {
    SessionUpdate,
    Cdr,
    CallStatus,
    CallInitiated,
}

impl Hook {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SessionUpdate => "session_update",
            Self::Cdr => "cdr",
            Self::CallStatus => "call_status",
            Self::CallInitiated => "call_initiated",
        }
    }
}

/// What a webhook tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    Update(Box<SessionUpdate>),
    Record(Box<DetailRecord>),
    /// One word on the state of a call, by the name that the conversation has for it.
    Word {
        call_id: String,
        word: String,
        at: Timestamp,
    },
    /// Nothing of a call; it is noted that the webhook was used.
    Nothing,
}

/// Which webhook was used, and how it proved itself.
type Use = (Hook, Method);

struct Waiting {
    tenant: TenantId,
    told: Told,
    used: Option<Use>,
    done: oneshot::Sender<Result<(), HookError>>,
}

/// The queue before the commits, and what is still to be folded into calls.
pub struct Hooks {
    sender: mpsc::Sender<Waiting>,
    /// Until the task takes it.
    receiver: Mutex<Option<mpsc::Receiver<Waiting>>>,
    /// When each webhook of each tenant was last noted, and by which method.
    uses: Mutex<HashMap<(TenantId, Hook), (Method, Timestamp)>>,
    /// Tenants with rows that wait, and a number that grows with each commit of theirs.
    unfolded: Mutex<BTreeMap<TenantId, u64>>,
    commits: AtomicU64,
    committed: Notify,
    /// How many tenants have rows that wait.
    waiting: watch::Sender<usize>,
    /// Whether somebody waits for a commit.
    committing: watch::Sender<bool>,
}

impl Default for Hooks {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
            uses: Mutex::default(),
            unfolded: Mutex::default(),
            commits: AtomicU64::new(0),
            committed: Notify::new(),
            waiting: watch::Sender::new(0),
            committing: watch::Sender::new(false),
        }
    }
}

impl Hooks {
    /// Waits until all that was acknowledged so far is known to its calls.
    pub(crate) async fn folded(&self) {
        // An error means that the application is gone, and that nobody folds any more.
        let _ = self.waiting.subscribe().wait_for(|waiting| *waiting == 0).await;
    }

    /// Lets those go first who wait for a commit, for a while: calls may know a little later, senders want their answer.
    async fn give_way(&self) {
        let mut committing = self.committing.subscribe();
        let committed = committing.wait_for(|committing| !*committing);
        // Where commits never end, calls are told in between.
        let _ = tokio::time::timeout(GIVE_WAY_MAX, committed).await;
    }

    /// Webhooks that wait for their commit.
    pub(crate) fn waiting_count(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }

    /// Tenants with webhooks that their calls were not told of yet.
    pub(crate) fn unfolded_count(&self) -> usize {
        *self.waiting.borrow()
    }

    fn has_waiting(&self, tenants: impl IntoIterator<Item = TenantId>) {
        let mut unfolded = self.unfolded.lock().expect("no thread panics while it holds the tenants");
        for tenant in tenants {
            unfolded.insert(tenant, self.commits.fetch_add(1, Ordering::Relaxed));
        }
        self.waiting.send_replace(unfolded.len());
        self.committed.notify_one();
    }

    /// Forgets a tenant of which nothing waits any more, unless more of its rows came meanwhile.
    fn has_none_waiting(&self, tenant: TenantId, since: u64) {
        let mut unfolded = self.unfolded.lock().expect("no thread panics while it holds the tenants");
        if unfolded.get(&tenant) == Some(&since) {
            unfolded.remove(&tenant);
        }
        self.waiting.send_replace(unfolded.len());
    }

    fn unfolded(&self) -> Vec<(TenantId, u64)> {
        let unfolded = self.unfolded.lock().expect("no thread panics while it holds the tenants");
        unfolded.iter().map(|(tenant, since)| (*tenant, *since)).collect()
    }
}

/// Keeps what a tenant's webhook tells. On return it is on the disk; told twice, it is kept once.
pub async fn tell(app: &App, line: &Line, hook: Hook, method: Method, told: Told) -> Result<(), HookError> {
    let kept = keep(app, line, hook, method, told).await;
    metrics::hook_told(hook.as_str(), kept.as_ref().map_or_else(HookError::outcome, |()| "kept"));
    kept
}

async fn keep(app: &App, line: &Line, hook: Hook, method: Method, told: Told) -> Result<(), HookError> {
    let used = rows::due_note(app, line.tenant.id, hook, method);
    if told == Told::Nothing && used.is_none() {
        return Ok(());
    }
    let (done, answer) = oneshot::channel();
    let waiting = Waiting { tenant: line.tenant.id, told, used, done };
    app.hooks().sender.try_send(waiting).map_err(|_| HookError::Full)?;
    // An error means that the application stops.
    answer.await.unwrap_or(Err(HookError::Unavailable))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[tokio::test]
    async fn calls_are_told_after_those_who_wait_for_a_commit_and_not_never() {
        let hooks = Hooks::default();
        assert!(hooks.give_way().now_or_never().is_some(), "nobody waits");
        hooks.committing.send_replace(true);
        assert!(hooks.give_way().now_or_never().is_none(), "somebody waits");
        hooks.give_way().await;
        assert!(*hooks.committing.borrow(), "commits never ended, and calls were told all the same");
    }
}
