//! The collector: what nobody refers to any more goes, a day after it was seen so, and nothing else.

use super::objects::{ObjectError, Objects};
use super::{AttachmentError, MODEL};
use crate::jobs::{Doing, Handler, JobError, Lane, Work};
use crate::models::{IrAttachment, IrLooseObject, IrLooseObjectDraft};
use jiff::SignedDuration;
use opbx_kernel::{Operator, RecordId, Scope, TenantId, Timestamp};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, OrderBy, Record as _, Registry};
use opbx_store::{ReadError, Search, Store, Tx};
use std::collections::{BTreeMap, HashSet};

/// Attachments, or objects, that one batch looks at.
pub const COLLECT_MAX: usize = 200;
/// Bytes wait so long for the record that they are sent for, and as long again once nobody refers to them: a backup
/// reads them for hours after the rows that name them.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

/// What was taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    /// Attachments whose record is gone.
    pub attachments: usize,
    /// Objects that no attachment refers to, and their bytes.
    pub objects: usize,
    pub bytes: u64,
    /// Uploads that nobody went on with.
    pub uploads: usize,
}

/// Deletes attachments whose record is gone, of `limit` at most behind `after`; answers where to go on.
///
/// Those of a model that no installed module declares stay: the module may come back.
pub async fn collect_attachments_batch(
    tx: &mut Tx,
    registry: &Registry,
    after: Option<RecordId>,
    limit: usize,
) -> Result<(usize, Option<RecordId>), AttachmentError> {
    let behind = after.map_or(Domain::All, |after| Domain::gt("id", after));
    let limit = limit.clamp(1, COLLECT_MAX);
    let search = Search {
        fields: IrAttachment::FIELDS,
        order: Some(&[OrderBy::asc("id")]),
        limit,
        ..Search::default()
    };
    let rows = tx.search(MODEL, &behind, search).await?;
    let next = if rows.len() == limit { rows.last().map(|row| row.id) } else { None };
    let mut owners: BTreeMap<String, Vec<(RecordId, RecordId)>> = BTreeMap::new();
    for row in rows {
        let Ok(attachment) = IrAttachment::from_row(row) else { continue };
        if let Ok(record) = RecordId::new(attachment.record) {
            owners.entry(attachment.model).or_default().push((record, attachment.id));
        }
    }
    let mut deleted = 0;
    for (model, of) in owners.into_iter().filter(|(model, _)| registry.model(model).is_some()) {
        let records: Vec<RecordId> = of.iter().map(|(record, _)| *record).collect();
        let there = tx.read(&model, &records, &[]).await?;
        let there: HashSet<RecordId> = there.into_iter().map(|row| row.id).collect();
        for (_, attachment) in of.into_iter().filter(|(record, _)| !there.contains(record)) {
            tx.delete(MODEL, attachment).await?;
            deleted += 1;
        }
    }
    Ok((deleted, next))
}

/// Notes objects that no attachment refers to, and takes away those that were noted a day ago and that nobody sent
/// since, of `limit` at most behind `after`; answers where to go on.
pub async fn collect_objects_batch(
    store: &Store,
    objects: &Objects,
    tenant: TenantId,
    now: Timestamp,
    after: Option<String>,
    limit: usize,
) -> Result<(Collected, Option<String>), AttachmentError> {
    let limit = limit.clamp(1, COLLECT_MAX);
    let digests = objects.digests(tenant, after.clone(), limit).await?;
    let next = if digests.len() == limit { digests.last().cloned() } else { None };
    let scope = Scope::system(tenant, "find objects that nobody refers to");
    let mut tx = store.read(&scope).await?;
    let loose = unreferred(&mut tx, digests).await?;
    let notes = tx.all::<IrLooseObject>(&between(after.as_deref(), next.as_deref())).await?;
    drop(tx);
    let (notes, over): (Vec<_>, Vec<_>) = notes.into_iter().partition(|note| loose.contains(&note.sha256));
    let known: HashSet<&str> = notes.iter().map(|note| note.sha256.as_str()).collect();
    let fresh = loose.into_iter().filter(|digest| !known.contains(digest.as_str())).collect();
    note(store, &scope, now, fresh, over.iter().map(|note| note.id).collect()).await?;
    let mut collected = Collected::default();
    for noted in notes.iter().filter(|noted| noted.since < now - YOUNG) {
        // Whoever has attached them meanwhile has sent them before: then they are young, and stay.
        if let Some(bytes) = objects.remove(tenant, &noted.sha256, now - YOUNG).await? {
            collected.objects += 1;
            collected.bytes += bytes;
        }
    }
    Ok((collected, next))
}

/// Those of some digests that no attachment has.
async fn unreferred(tx: &mut Tx, digests: Vec<String>) -> Result<HashSet<String>, ReadError> {
    let named = Domain::is_in("sha256", digests.iter().map(String::as_str));
    let mut loose: HashSet<String> = digests.into_iter().collect();
    for attachment in tx.all::<IrAttachment>(&named).await? {
        loose.remove(&attachment.sha256);
    }
    Ok(loose)
}

/// The digests that one batch went through, those of objects that are gone among them.
fn between(after: Option<&str>, last: Option<&str>) -> Domain {
    let behind = after.map_or(Domain::All, |after| Domain::gt("sha256", after));
    behind.and(last.map_or(Domain::All, |last| Domain::le("sha256", last)))
}

/// Notes objects that nobody refers to, and drops the notes of those that are referred to again, or gone.
async fn note(
    store: &Store,
    scope: &Scope,
    now: Timestamp,
    fresh: Vec<String>,
    over: Vec<RecordId>,
) -> Result<(), AttachmentError> {
    if fresh.is_empty() && over.is_empty() {
        return Ok(());
    }
    let mut tx = store.begin(scope).await?;
    // Somebody may have attached one since it was looked for.
    let loose = unreferred(&mut tx, fresh).await?.into_iter();
    let drafts = loose.map(|sha256| IrLooseObjectDraft { sha256: Some(sha256), since: Some(now) });
    tx.insert_many(IrLooseObject::MODEL, drafts.map(IrLooseObjectDraft::into_values).collect()).await?;
    tx.delete_where(IrLooseObject::MODEL, &Domain::is_in("id", over)).await?;
    tx.commit().await?;
    Ok(())
}

/// Tidies up what was killed on its way in, or on its way out. Tells how many uploads they were.
pub(crate) async fn tidy(objects: &Objects, now: Timestamp) -> Result<usize, ObjectError> {
    objects.tidy(now - YOUNG).await
}

/// Goes through all tenants, each batch in a transaction of its own.
pub async fn collect_all(
    store: &Store,
    objects: &Objects,
    now: Timestamp,
) -> Result<Collected, AttachmentError> {
    let operator = Operator::because("collect what nobody refers to");
    let uploads = tidy(objects, now).await?;
    let mut all = Collected { uploads, ..Collected::default() };
    for tenant in store.tenants(&operator).await? {
        let collected = collect_tenant(store, objects, tenant.id, now).await?;
        all.attachments += collected.attachments;
        all.objects += collected.objects;
        all.bytes += collected.bytes;
    }
    Ok(all)
}

/// Goes through one tenant. Both loops end, for each batch leaves what it looked at behind it.
async fn collect_tenant(
    store: &Store,
    objects: &Objects,
    tenant: TenantId,
    now: Timestamp,
) -> Result<Collected, AttachmentError> {
    let scope = Scope::system(tenant, "collect attachments whose record is gone");
    let mut all = Collected::default();
    let mut after = None;
    loop {
        let mut tx = store.begin(&scope).await?;
        let (deleted, next) =
            collect_attachments_batch(&mut tx, store.registry(), after, COLLECT_MAX).await?;
        tx.commit().await?;
        all.attachments += deleted;
        after = next;
        if after.is_none() {
            break;
        }
    }
    let mut after = None;
    loop {
        let (collected, next) =
            collect_objects_batch(store, objects, tenant, now, after, COLLECT_MAX).await?;
        all.objects += collected.objects;
        all.bytes += collected.bytes;
        after = next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// Collects what a tenant's attachments left behind.
pub struct Collect {
    pub objects: Objects,
}

impl Handler for Collect {
    fn kind(&self) -> &'static str {
        "attachments.collect"
    }

    fn lane(&self) -> Lane {
        Lane::Nightly
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(async move {
            let collected =
                collect_tenant(work.store(), &self.objects, work.tenant(), work.clock().now()).await;
            collected.map(drop).map_err(|error| JobError::Again(error.to_string()))
        })
    }
}
