//! Retention: what was kept long enough is deleted, a bounded number of records in each transaction.

use crate::App;
use crate::call_recordings;
use crate::jobs::{Doing, Handler, JobError, Lane, Work};
use crate::models::{
    IrRetention, IrRetentionDraft, PbxCall, PbxCallRecording, PbxPlanSnapshot, PbxVoicemail,
    PbxVoicemailMessage,
};
use crate::outbox::CONSUMERS;
use crate::records::{self, Deed, RecordError};
use crate::resources::{self, ResourceError};
use jiff::SignedDuration;
use opbx_kernel::{RecordId, Scope, Timestamp};
use opbx_platform::{Domain, OrderBy, Record as _, Registry, Value, Values};
use opbx_store::{DELETE_WHERE_MAX, ReadError, Search, Tx};
use std::collections::BTreeSet;

const OUTBOX_MODEL: &str = "ir.outbox";
const SNAPSHOT_MODEL: &str = "pbx.plan_snapshot";
/// Transactions that one job spends on one model; the rest waits for the next day.
const ROUNDS_MAX: usize = 5_000;
/// Old calls that one look asks for recordings that keep them.
pub const CALLS_LOOK_MAX: usize = 500;
/// A snapshot this young may have come before the call that it explains.
const SNAPSHOT_AGE_MIN_H: i64 = 48;

/// How long a tenant keeps a model's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub model: String,
    /// The instant that counts.
    pub field: String,
    /// `None` keeps them for ever.
    pub days: Option<i64>,
}

/// What the transaction's tenant keeps, and for how long: each model's own word unless the tenant has another. In the
/// order of the models' names; models that say nothing of it are not among them and keep everything.
pub async fn kept(tx: &mut Tx, registry: &Registry) -> Result<Vec<Kept>, ReadError> {
    let own = tx.all::<IrRetention>(&Domain::All).await?;
    let kept = registry.models().filter_map(|model| {
        let usual = model.retention.as_ref()?;
        let own = own.iter().find(|own| own.model == model.name.as_str());
        let days = own.map_or(Some(i64::from(usual.days)), |own| own.days);
        Some(Kept { model: model.name.to_string(), field: usual.field.clone(), days })
    });
    Ok(kept.collect())
}

/// What is kept of one model, as its tenant and its module say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub model: String,
    pub title: String,
    /// `None` keeps for ever.
    pub days: Option<i64>,
    /// What the module says.
    pub usual_days: i64,
    /// Whether the tenant says otherwise.
    pub is_own: bool,
}

/// The rules of the asker's tenant.
pub async fn rules(app: &App, scope: &Scope) -> Result<Vec<Rule>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    require(&tx, Deed::Read)?;
    let own = tx.all::<IrRetention>(&Domain::All).await?;
    let kept = kept(&mut tx, app.store().registry()).await?;
    let rule = |kept: Kept| {
        let model = app.store().registry().model(&kept.model)?;
        Some(Rule {
            title: model.title.clone(),
            usual_days: i64::from(model.retention.as_ref()?.days),
            is_own: own.iter().any(|own| own.model == kept.model),
            days: kept.days,
            model: kept.model,
        })
    };
    Ok(kept.into_iter().filter_map(rule).collect())
}

/// Keeps a model's records for so many days, or for ever. Absent for models that nobody purges.
pub async fn keep(app: &App, scope: &Scope, model: &str, days: Option<i64>) -> Result<(), ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    require(&tx, Deed::Update)?;
    if app.store().registry().model(model).is_none_or(|model| model.retention.is_none()) {
        return Err(ResourceError::Absent { model: IrRetention::MODEL });
    }
    let draft = IrRetentionDraft { days: Some(days), ..IrRetentionDraft::default() };
    match own_rule(&mut tx, model).await? {
        Some(own) => resources::update_in(&mut tx, own.id, draft, Values::new(), None).await?,
        None => {
            let draft = IrRetentionDraft { model: Some(model.to_owned()), ..draft };
            resources::create_in(&mut tx, draft, Values::new()).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Keeps a model's records as long as its module says.
pub async fn keep_as_usual(app: &App, scope: &Scope, model: &str) -> Result<(), ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    require(&tx, Deed::Delete)?;
    let own = own_rule(&mut tx, model).await?.ok_or(ResourceError::Absent { model: IrRetention::MODEL })?;
    resources::delete_in::<IrRetention>(&mut tx, own.id, None).await?;
    tx.commit().await?;
    Ok(())
}

async fn own_rule(tx: &mut Tx, model: &str) -> Result<Option<IrRetention>, ReadError> {
    Ok(tx.all::<IrRetention>(&Domain::eq("model", model)).await?.into_iter().next())
}

fn require(tx: &Tx, deed: Deed) -> Result<(), RecordError> {
    let model = tx.registry().model(IrRetention::MODEL).expect("every struct is written from its model");
    records::require(tx.scope(), model, deed)
}

/// The instant so many days ago; none where that is before all time.
pub(crate) fn days_before(now: Timestamp, days: i64) -> Option<Timestamp> {
    now.checked_sub(SignedDuration::from_hours(days.checked_mul(24)?)).ok()
}

/// Deletes records that a tenant has kept long enough, with what belongs to them.
pub struct Purge;

impl Handler for Purge {
    fn kind(&self) -> &'static str {
        "retention.purge"
    }

    fn lane(&self) -> Lane {
        Lane::Nightly
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(purge(work))
    }
}

async fn purge(work: &Work) -> Result<(), JobError> {
    let mut tx = work.store().read(work.scope()).await?;
    let all = kept(&mut tx, work.store().registry()).await?;
    drop(tx);
    let count = all.len().max(1);
    for (at, kept) in all.iter().enumerate() {
        let percent = u8::try_from(at * 90 / count).unwrap_or(90);
        work.progress(percent).await?;
        let before = kept.days.and_then(|days| days_before(work.clock().now(), days));
        let Some(before) = before.filter(|_| kept.model != OUTBOX_MODEL) else { continue };
        let purged = match kept.model.as_str() {
            PbxCall::MODEL => purge_calls(work, kept, before, percent).await?,
            PbxCallRecording::MODEL => {
                let old = Domain::is_unset("keep_until").and(Domain::lt(&kept.field, before));
                purge_recordings(work, &old, percent).await?
            }
            _ => purge_old(work, kept, before, &Domain::All, percent).await?,
        };
        if purged > 0 {
            tracing::info!(tenant = %work.tenant(), model = kept.model, purged, "old records were deleted");
        }
    }
    purge_recordings(work, &Domain::lt("keep_until", work.clock().now()), 92).await?;
    purge_messages(work).await?;
    purge_snapshots(work).await
}

/// Deletes those of `among` that are older than their model is kept; tells how many.
async fn purge_old(
    work: &Work,
    kept: &Kept,
    before: Timestamp,
    among: &Domain,
    percent: u8,
) -> Result<usize, JobError> {
    let mut purged = 0;
    for _ in 0..ROUNDS_MAX {
        let mut tx = work.store().begin(work.scope()).await?;
        let count = tx.purge(&kept.model, &kept.field, before, among).await?;
        tx.commit().await?;
        if count == 0 {
            break;
        }
        purged += count;
        work.progress(percent).await?;
    }
    Ok(purged)
}

/// Deletes old calls, but for those with a recording that its policy keeps longer: it would go with its call. Tells how
/// many.
///
/// However many stay, each is looked at once, and outside of the transactions that delete.
async fn purge_calls(work: &Work, kept: &Kept, before: Timestamp, percent: u8) -> Result<usize, JobError> {
    let mut purged = 0;
    let mut behind = Domain::All;
    for _ in 0..ROUNDS_MAX {
        let mut tx = work.store().read(work.scope()).await?;
        let search = Search {
            fields: &[&kept.field],
            order: Some(&[OrderBy::asc(&kept.field)]),
            limit: CALLS_LOOK_MAX,
            ..Search::default()
        };
        let old = Domain::lt(&kept.field, before).and(behind);
        let rows = tx.search(PbxCall::MODEL, &old, search).await?;
        let Some((last, at)) = rows.last().and_then(|row| Some((row.id, row.values.first()?.clone()))) else {
            break;
        };
        let mut going: BTreeSet<RecordId> = rows.iter().map(|row| row.id).collect();
        let longer =
            Domain::is_in("call", going.iter().copied()).and(Domain::ge("keep_until", work.clock().now()));
        for recording in tx.all_unsorted::<PbxCallRecording>(&longer).await? {
            going.remove(&recording.call);
        }
        drop(tx);
        work.progress(percent).await?;
        if !going.is_empty() {
            purged += purge_old(work, kept, before, &Domain::is_in("id", going), percent).await?;
        }
        let later = Domain::gt(&kept.field, at.clone());
        let beside = Domain::eq(&kept.field, at.clone()).and(Domain::gt("id", last));
        behind = Domain::ge(&kept.field, at).and(later.or(beside));
    }
    Ok(purged)
}

/// Deletes recordings whose time is over, and has their calls say so; tells how many.
async fn purge_recordings(work: &Work, over: &Domain, percent: u8) -> Result<usize, JobError> {
    let mut purged = 0;
    for _ in 0..ROUNDS_MAX {
        let mut tx = work.store().begin(work.scope()).await?;
        let forgotten = call_recordings::forget(&mut tx, over).await?;
        tx.commit().await?;
        if forgotten == 0 {
            break;
        }
        purged += forgotten;
        work.progress(percent).await?;
    }
    Ok(purged)
}

/// Deletes voicemail messages that were kept as long as their box says.
async fn purge_messages(work: &Work) -> Result<(), JobError> {
    let mut tx = work.store().read(work.scope()).await?;
    let boxes = tx.all::<PbxVoicemail>(&Domain::is_in("active", [true, false])).await?;
    drop(tx);
    for (mailbox, days) in boxes.iter().filter_map(|mailbox| Some((mailbox.id, mailbox.retention_days?))) {
        let Some(before) = days_before(work.clock().now(), days) else { continue };
        let over = Domain::eq("mailbox", mailbox).and(Domain::lt("left_at", before));
        for _ in 0..ROUNDS_MAX {
            let mut tx = work.store().begin(work.scope()).await?;
            let deleted = tx.delete_where(PbxVoicemailMessage::MODEL, &over).await?;
            tx.commit().await?;
            if deleted < DELETE_WHERE_MAX as u64 {
                break;
            }
            work.progress(95).await?;
        }
    }
    Ok(())
}

/// Deletes snapshots of plans that are older than any that a call refers to.
///
/// Versions only rise, and calls go by age, so that the lowest version among the calls that are left says enough. The
/// newest snapshot stays: a node with that plan in service would not write it again.
async fn purge_snapshots(work: &Work) -> Result<(), JobError> {
    let mut tx = work.store().begin(work.scope()).await?;
    let newest = first::<PbxPlanSnapshot>(&mut tx, &Domain::All, true).await?;
    let Some(newest) = newest else { return Ok(()) };
    let oldest_used = first::<PbxCall>(&mut tx, &Domain::is_set("plan_version"), false).await?;
    let lowest = oldest_used.map_or(newest, |used| used.min(newest));
    let settled = work.clock().now() - SignedDuration::from_hours(SNAPSHOT_AGE_MIN_H);
    let unused = Domain::lt("plan_version", lowest).and(Domain::lt("created_at", settled));
    let mut deleted = DELETE_WHERE_MAX as u64;
    for _ in 0..ROUNDS_MAX {
        if deleted < DELETE_WHERE_MAX as u64 {
            break;
        }
        deleted = tx.delete_where(SNAPSHOT_MODEL, &unused).await?;
        tx.commit().await?;
        tx = work.store().begin(work.scope()).await?;
    }
    Ok(())
}

/// The lowest or highest plan version among the records of a model.
async fn first<R: opbx_platform::Record>(
    tx: &mut Tx,
    domain: &Domain,
    descending: bool,
) -> Result<Option<i64>, ReadError> {
    let order = if descending { OrderBy::desc("plan_version") } else { OrderBy::asc("plan_version") };
    let search = Search {
        fields: &["plan_version"],
        order: Some(&[order]),
        limit: 1,
        archived: true,
        ..Search::default()
    };
    let rows = tx.search(R::MODEL, domain, search).await?;
    Ok(rows.first().and_then(|row| match row.values.first() {
        Some(Value::Int(version)) => Some(*version),
        _ => None,
    }))
}

/// Deletes outbox entries that every reader has passed and that are old enough.
pub struct PruneOutbox;

impl Handler for PruneOutbox {
    fn kind(&self) -> &'static str {
        "outbox.prune"
    }

    fn lane(&self) -> Lane {
        Lane::Nightly
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(prune(work))
    }
}

async fn prune(work: &Work) -> Result<(), JobError> {
    let mut tx = work.store().read(work.scope()).await?;
    let all = kept(&mut tx, work.store().registry()).await?;
    drop(tx);
    let days = all.iter().find(|kept| kept.model == OUTBOX_MODEL).and_then(|kept| kept.days);
    let Some(before) = days.and_then(|days| days_before(work.clock().now(), days)) else { return Ok(()) };
    for _ in 0..ROUNDS_MAX {
        let mut tx = work.store().begin(work.scope()).await?;
        let pruned = tx.prune_outbox(CONSUMERS, before).await?;
        tx.commit().await?;
        if pruned == 0 {
            return Ok(());
        }
        work.progress(50).await?;
    }
    Ok(())
}
