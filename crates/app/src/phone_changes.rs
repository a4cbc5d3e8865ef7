//! What people change by their phones: kept with the call that did it, then done in order, once, in their own name.
//!
//! The caller heard that it is done when the step was decided; it is, within a second or two.

use crate::jobs::{Doing, Handler, JobError, Work};
use crate::models::{
    PbxExtension, PbxPhoneChange, PbxPhoneChangeDraft, PbxPhoneChangeKind, PbxPhoneChangeState,
};
use crate::records::{self, RecordError};
use crate::users;
use opbx_kernel::{Kind, RecordId, Scope, UserId};
use opbx_platform::record::Draft as _;
use opbx_platform::source::plain;
use opbx_platform::{DestinationRef, Domain, OrderBy, Record as _, Value, Values};
use opbx_routing::{Action, Change, Fate, ForwardWhen};
use opbx_store::{NewJob, SaveError, Search, Tx};
use opbx_telephony::Entry;
use std::collections::HashSet;

/// The kind of the job, and its key: of a tenant's one runs at a time, so that changes are done in order.
const JOB: &str = "phone.changes";
/// Changes done by one job; what is left is done by the next.
const CHANGES_MAX: usize = 500;
const REFUSAL_LEN_MAX: usize = 300;

/// Keeps what these steps changed, each step once. In the transaction that stores their call.
pub(crate) async fn keep(tx: &mut Tx, entries: &[&Entry]) -> Result<(), SaveError> {
    let changing: Vec<&&Entry> = entries.iter().filter(|entry| changes(entry).next().is_some()).collect();
    if changing.is_empty() {
        return Ok(());
    }
    let calls: Vec<Value> = changing.iter().map(|entry| Value::Text(entry.call_id.clone())).collect();
    let known = tx.all::<PbxPhoneChange>(&Domain::is_in("call_id", calls)).await?;
    let mut known: HashSet<(String, i64)> =
        known.into_iter().map(|change| (change.call_id, change.step)).collect();
    let mut rows = Vec::new();
    for entry in changing {
        if !known.insert((entry.call_id.clone(), i64::from(entry.step))) {
            continue;
        }
        for (position, change) in changes(entry).enumerate() {
            rows.push(row(tx, entry, position, change).await?.into_values());
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    tx.insert_many(PbxPhoneChange::MODEL, rows).await?;
    tx.enqueue(NewJob::of(JOB).keyed(JOB)).await?;
    Ok(())
}

fn changes(entry: &Entry) -> impl Iterator<Item = &Change> {
    entry.actions.iter().filter_map(|action| match action {
        Action::Change(change) => Some(change),
        _ => None,
    })
}

/// A change of what was deleted meanwhile names nothing.
async fn row(
    tx: &mut Tx,
    entry: &Entry,
    position: usize,
    change: &Change,
) -> Result<PbxPhoneChangeDraft, SaveError> {
    let mut draft = PbxPhoneChangeDraft {
        call_id: Some(entry.call_id.clone()),
        step: Some(i64::from(entry.step)),
        position: Some(position as i64),
        at: Some(entry.at()),
        ..PbxPhoneChangeDraft::default()
    };
    match change {
        Change::DoNotDisturb { extension, on } => {
            draft.kind = Some(PbxPhoneChangeKind::DoNotDisturb);
            draft.extension = Some(existing(tx, "pbx.extension", extension.get()).await?);
            draft.on = Some(*on);
        }
        Change::Forward { extension, when, to } => {
            draft.kind = Some(match when {
                ForwardWhen::Always => PbxPhoneChangeKind::ForwardAlways,
                ForwardWhen::Busy => PbxPhoneChangeKind::ForwardBusy,
                ForwardWhen::NoAnswer => PbxPhoneChangeKind::ForwardNoAnswer,
            });
            draft.extension = Some(existing(tx, "pbx.extension", extension.get()).await?);
            draft.value = Some(to.as_deref().map(str::to_owned));
        }
        Change::Message { message, fate } => {
            draft.kind = Some(match fate {
                Fate::Heard => PbxPhoneChangeKind::MessageHeard,
                Fate::Deleted => PbxPhoneChangeKind::MessageDeleted,
            });
            draft.message = Some(existing(tx, "pbx.voicemail.message", message.get()).await?);
        }
    }
    Ok(draft)
}

async fn existing(tx: &mut Tx, model: &str, id: i64) -> Result<Option<RecordId>, SaveError> {
    let Ok(id) = RecordId::new(id) else { return Ok(None) };
    Ok(tx.read(model, &[id], &[]).await?.first().map(|row| row.id))
}

/// Does what a tenant's people changed by phone.
pub(crate) struct Apply;

impl Handler for Apply {
    fn kind(&self) -> &'static str {
        JOB
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(apply(work))
    }
}

async fn apply(work: &Work) -> Result<(), JobError> {
    let mut tx = work.store().read(work.scope()).await?;
    let waiting = Domain::eq("state", "waiting".to_owned());
    let order = [OrderBy::asc("at"), OrderBy::asc("id")];
    let search = Search { order: Some(&order), limit: CHANGES_MAX, ..Search::default() };
    let rows = tx.search(PbxPhoneChange::MODEL, &waiting, search).await?;
    drop(tx);
    let is_full = rows.len() == CHANGES_MAX;
    for row in rows {
        one(work, row.id).await?;
    }
    if is_full {
        return Err(JobError::Again("more changes wait than one job does".to_owned()));
    }
    Ok(())
}

/// Does one change and writes down that it is done, or why it cannot be.
async fn one(work: &Work, id: RecordId) -> Result<(), JobError> {
    let mut tx = work.store().read(work.scope()).await?;
    let Some(change) = tx.get::<PbxPhoneChange>(id).await? else { return Ok(()) };
    let owner = match change.extension {
        Some(extension) => tx.get::<PbxExtension>(extension).await?.and_then(|extension| extension.user),
        None => None,
    };
    drop(tx);
    let user = owner.and_then(|user| UserId::new(user.get()).ok());
    let scope = match user {
        Some(user) => users::scope(work.store(), work.tenant(), user).await.ok(),
        None => None,
    };
    // A phone that is nobody's, or a message whose box was opened by its PIN, is changed by OPBX itself.
    let scope = scope.unwrap_or_else(|| Scope::system(work.tenant(), "a change by phone"));
    let mut tx = work.store().begin(&scope).await?;
    let (state, refusal) = match done(&mut tx, &change).await {
        Ok(()) => (PbxPhoneChangeState::Done, None),
        Err(error) if is_passing(&error) => return Err(JobError::Again(error.to_string())),
        Err(error) => {
            drop(tx);
            tracing::warn!(tenant = %work.tenant(), change = %id, %error, "a change by phone was refused");
            tx = work.store().begin(work.scope()).await?;
            (PbxPhoneChangeState::Refused, Some(plain(&error.to_string(), REFUSAL_LEN_MAX)))
        }
    };
    let outcome =
        PbxPhoneChangeDraft { state: Some(state), refusal: Some(refusal), ..PbxPhoneChangeDraft::default() };
    let mut system = tx.as_system("write down what became of a change by phone");
    system.update(PbxPhoneChange::MODEL, id, outcome.into_values(), None).await?;
    drop(system);
    tx.commit().await?;
    Ok(())
}

/// Whether it may go better later.
fn is_passing(error: &RecordError) -> bool {
    matches!(error.code().kind, Kind::Unavailable | Kind::Internal)
}

async fn done(tx: &mut Tx, change: &PbxPhoneChange) -> Result<(), RecordError> {
    let registry = tx.models();
    let model = |name: &str| registry.model(name).expect("a built-in model").clone();
    let extension = |field: &str, value: Value| (Values::from([(field.to_owned(), value)]), change.extension);
    let forward = || match &change.value {
        Some(to) => Value::Destination(DestinationRef::Forward(to.clone())),
        None => Value::Null,
    };
    let (values, id) = match change.kind {
        PbxPhoneChangeKind::DoNotDisturb => extension("do_not_disturb", Value::Bool(change.on)),
        PbxPhoneChangeKind::ForwardAlways => extension("forward_always", forward()),
        PbxPhoneChangeKind::ForwardBusy => extension("forward_busy", forward()),
        PbxPhoneChangeKind::ForwardNoAnswer => extension("forward_no_answer", forward()),
        PbxPhoneChangeKind::MessageHeard | PbxPhoneChangeKind::MessageDeleted => {
            // Whoever deleted it already did what was wanted.
            let Some(message) = change.message else { return Ok(()) };
            let model = model("pbx.voicemail.message");
            return match change.kind {
                PbxPhoneChangeKind::MessageDeleted => records::delete(tx, &model, message).await,
                _ => {
                    let heard = Values::from([("heard".to_owned(), Value::Bool(true))]);
                    records::update(tx, &model, message, heard, None).await
                }
            };
        }
    };
    match id {
        Some(id) => records::update(tx, &model("pbx.extension"), id, values, None).await,
        None => Ok(()),
    }
}
