//! The outbox: what a commit changed, in the order of its tenant's commits, for readers that keep a cursor.
//!
//! Entries of audited models get their place in the commit itself: its last statements take the tenant's row, count
//! its outbox on, and write the entries. What telephone calls publish takes no such lock: each entry carries the
//! version of its call, and `order_outbox` gives it a place a moment later, versions of one call in their order.

use super::save::{Changes, PARAMETERS_MAX};
use super::{TENANT_MODEL, Tx};
use crate::error::{ReadError, SaveError, StoreError};
use crate::statement::records::record_id;
use crate::tx::read::{IDS_PER_STATEMENT, Search};
use opbx_kernel::{RecordId, Timestamp};
use opbx_platform::{Domain, Model, OrderBy, Value, Values};
use serde_json::{Value as Json, json};
use std::collections::{BTreeSet, HashMap};

pub(crate) const OUTBOX_MODEL: &str = "ir.outbox";
pub(crate) const CURSOR_MODEL: &str = "ir.outbox.cursor";
pub(crate) const OUTBOX_SEQUENCE: &str = "outbox_sequence";

/// The topics that the store itself publishes.
pub mod topics {
    pub const CREATED: &str = "created";
    pub const UPDATED: &str = "updated";
    pub const DELETED: &str = "deleted";
    /// The tenant's plan version advanced; the payload holds it as `version`.
    pub const PLAN: &str = "plan";
}

/// Entries that one reading gives at most.
pub const OUTBOX_BATCH_MAX: usize = 1_000;
/// Entries that one `order_outbox` places at most; it holds the tenant's row meanwhile.
pub const OUTBOX_ORDER_MAX: usize = 500;
/// Entries that one `prune_outbox` deletes at most.
pub const OUTBOX_PRUNE_MAX: usize = 2_000;
/// Records whose changes one transaction publishes at most.
pub const CHANGES_MAX: usize = 200_000;

/// An entry of the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxEntry {
    pub sequence: i64,
    pub topic: String,
    pub model: Option<String>,
    pub record: Option<RecordId>,
    /// The version that the record came to; its place among the changes of this record.
    pub record_version: Option<i64>,
    pub at: Timestamp,
    /// `{"fields": […]}` of an update; what the application said of its own topics.
    pub payload: Json,
}

/// What one transaction publishes.
#[derive(Default)]
pub(super) struct Outgoing {
    changes: Vec<Change>,
    at: HashMap<(String, RecordId), usize>,
    messages: Vec<(String, Json)>,
}

struct Change {
    model: String,
    record: RecordId,
    what: What,
    version: i64,
    fields: BTreeSet<String>,
    /// Whether it belongs into the tenant's order at once.
    ordered: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Created,
    Updated,
    Deleted,
    /// Created and deleted by the same transaction: nobody ever saw it.
    Nothing,
}

impl Outgoing {
    fn change(&mut self, model: &Model, record: RecordId, what: What, version: i64) -> Option<&mut Change> {
        if !model.publish || model.tenancy == opbx_platform::Tenancy::Shared {
            return None;
        }
        let name = model.name.to_string();
        let at = *self.at.entry((name.clone(), record)).or_insert_with(|| {
            let (fields, ordered) = (BTreeSet::new(), model.audit);
            self.changes.push(Change { model: name, record, what, version, fields, ordered });
            self.changes.len() - 1
        });
        let change = &mut self.changes[at];
        change.version = change.version.max(version);
        change.what = match (change.what, what) {
            (What::Created, What::Updated) => What::Created,
            (What::Created, What::Deleted) => What::Nothing,
            (_, what) => what,
        };
        Some(change)
    }

    /// Whether something of it needs a place in the tenant's order.
    pub(super) fn is_ordered(&self) -> bool {
        !self.messages.is_empty() || self.changes.iter().any(|change| change.ordered)
    }

    fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.messages.is_empty()
    }
}

fn entry(topic: &str, at: Timestamp, payload: Json) -> Values {
    Values::from([
        ("topic".to_owned(), topic.into()),
        ("at".to_owned(), at.into()),
        ("payload".to_owned(), Value::Json(payload)),
    ])
}

impl Change {
    fn entry(&self, at: Timestamp) -> Option<Values> {
        let topic = match self.what {
            What::Created => topics::CREATED,
            What::Updated => topics::UPDATED,
            What::Deleted => topics::DELETED,
            What::Nothing => return None,
        };
        let payload = if self.what == What::Updated { json!({ "fields": self.fields }) } else { json!({}) };
        let mut values = entry(topic, at, payload);
        values.insert("model".to_owned(), self.model.as_str().into());
        values.insert("record".to_owned(), Value::Int(self.record.get()));
        values.insert("record_version".to_owned(), Value::Int(self.version));
        Some(values)
    }
}

impl Tx {
    /// Publishes something of the application's own, in the tenant's order and if the transaction commits.
    pub fn publish(&mut self, topic: &str, payload: Json) -> Result<(), SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        if self.outgoing.messages.len() >= CHANGES_MAX {
            return Err(SaveError::TooMany { max: CHANGES_MAX });
        }
        self.outgoing.messages.push((topic.to_owned(), payload));
        Ok(())
    }

    /// From here on, what machines write is published to nobody: what is brought in from the past is no news. Audited
    /// models publish as ever, because others act on them.
    pub fn tell_nobody(&mut self) {
        self.untold = true;
    }

    fn is_news(&self, model: &Model) -> bool {
        !self.untold || model.audit
    }

    pub(super) fn publish_created(&mut self, model: &Model, record: RecordId) {
        if !self.is_news(model) {
            return;
        }
        self.outgoing.change(model, record, What::Created, 1);
    }

    pub(super) fn publish_updated<'a>(
        &mut self,
        model: &Model,
        record: RecordId,
        version: i64,
        fields: impl Iterator<Item = &'a str>,
    ) {
        if !self.is_news(model) {
            return;
        }
        if let Some(change) = self.outgoing.change(model, record, What::Updated, version) {
            change.fields.extend(fields.map(str::to_owned));
        }
    }

    pub(super) fn publish_deleted(&mut self, model: &Model, record: RecordId) {
        if !self.is_news(model) {
            return;
        }
        self.outgoing.change(model, record, What::Deleted, 0);
    }

    /// Refuses a transaction that changed more records than it may tell of.
    pub(super) fn check_outgoing(&self) -> Result<(), SaveError> {
        if self.outgoing.changes.len() > CHANGES_MAX {
            return Err(SaveError::TooMany { max: CHANGES_MAX });
        }
        Ok(())
    }

    /// Writes what waits for no order: its place comes later.
    pub(super) async fn write_unordered(&mut self) -> Result<(), StoreError> {
        let now = self.store.now();
        let unordered = self.outgoing.changes.iter().filter(|change| !change.ordered);
        let rows: Vec<Values> = unordered.clone().filter_map(|change| change.entry(now)).collect();
        let named = unordered.map(|change| (change.model.clone(), change.record));
        let named: Vec<_> = named.take(super::UNORDERED_TOLD_MAX).collect();
        if !named.is_empty() {
            let tenant = self.scope.tenant();
            self.published.push(super::Published { tenant, ordered: false, unordered: named });
        }
        if self.outgoing.is_ordered() {
            self.outgoing.changes.retain(|change| change.ordered);
        } else {
            self.outgoing = Outgoing::default();
        }
        // Nobody is told: readers see it when it has its place, and those who give it one look by themselves.
        self.append(OUTBOX_MODEL, rows).await
    }

    /// The very end of a transaction: takes the tenant's row, counts its plan and outbox on, and writes the entries.
    ///
    /// Gives the new plan version where routing changed. Whoever commits next waits for this one, so that places
    /// follow the order of commits and a reader that sees one entry sees all before it.
    pub(super) async fn close_outbox(&mut self) -> Result<(Option<i64>, Option<i64>), super::CommitError> {
        let store = self.store.clone();
        let outgoing = std::mem::take(&mut self.outgoing);
        if outgoing.is_empty() && !self.routing_changed {
            return Ok((None, None));
        }
        let now = store.now();
        let mut rows: Vec<Values> = outgoing.changes.iter().filter_map(|change| change.entry(now)).collect();
        rows.extend(outgoing.messages.into_iter().map(|(topic, payload)| entry(&topic, now, payload)));
        if self.routing_changed {
            rows.push(entry(topics::PLAN, now, Json::Null));
        }
        let no_tenant = || super::CommitError::NoTenant;
        let model = store.registry().model(TENANT_MODEL).ok_or_else(no_tenant)?;
        let advance = self.whole(&store, model).advance_tenant(self.routing_changed, rows.len());
        let counted = self.fetch(advance).await.map_err(StoreError::from)?;
        let Some([Value::Int(plan), Value::Int(last)]) = counted.first().map(Vec::as_slice) else {
            return Err(no_tenant());
        };
        let first = last - i64::try_from(rows.len()).unwrap_or(i64::MAX) + 1;
        for (sequence, row) in (first..).zip(&mut rows) {
            row.insert("sequence".to_owned(), Value::Int(sequence));
            if row.get("topic") == Some(&Value::from(topics::PLAN)) && self.routing_changed {
                row.insert("payload".to_owned(), Value::Json(json!({ "version": plan })));
            }
        }
        self.told = true;
        self.append(OUTBOX_MODEL, rows).await?;
        Ok((self.routing_changed.then_some(*plan), Some(*last)))
    }

    /// Appends rows of a model that the store itself keeps; nothing where the registry has no such model.
    ///
    /// The database numbers them as it inserts them, for nobody asks for their ids: drawing these first would cost every
    /// audited change a statement more. Such models have no secrets, which are sealed under the id, and no links.
    pub(super) async fn append(&mut self, model: &str, rows: Vec<Values>) -> Result<(), StoreError> {
        let store = self.store.clone();
        let Some(model) = store.registry().model(model).filter(|_| !rows.is_empty()) else { return Ok(()) };
        let damaged = |error: SaveError| StoreError::Damaged { column: format!("{}: {error}", model.name) };
        let mut columns = Vec::new();
        let mut bound = Vec::with_capacity(rows.len());
        for values in &rows {
            let row = self.row_of(&store, model, values, |_, value| value.clone()).map_err(damaged)?;
            let (names, row): (Vec<_>, Vec<_>) = row.into_iter().unzip();
            columns = names;
            bound.push(row);
        }
        let rows_per_statement = (PARAMETERS_MAX / (columns.len() + 1)).max(1);
        while !bound.is_empty() {
            let chunk = bound.drain(..rows_per_statement.min(bound.len())).collect();
            let append = self.whole(&store, model).append(&columns, chunk);
            self.execute(append).await?;
        }
        Ok(())
    }

    /// Gives a place in the tenant's order to entries that were published without one, the oldest first. Gives how
    /// many; repeat until it gives none. Entries of one record keep the order of its versions.
    pub async fn order_outbox(&mut self) -> Result<usize, SaveError> {
        let store = self.store.clone();
        let (Some(outbox), Some(tenants)) =
            (store.registry().model(OUTBOX_MODEL), store.registry().model(TENANT_MODEL))
        else {
            return Ok(0);
        };
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        // Held from here on, so that another node that does the same sees what this one did.
        let hold = self.whole(&store, tenants).advance_tenant(false, 0);
        if self.fetch(hold).await.map_err(StoreError::from)?.is_empty() {
            return Ok(0);
        }
        let waiting = self.whole(&store, outbox).search(
            &[],
            &Domain::is_unset("sequence"),
            Some(&[OrderBy::asc("id")]),
            OUTBOX_ORDER_MAX,
            0,
        )?;
        let rows = self.fetch(waiting).await.map_err(StoreError::from)?;
        let ids: Vec<RecordId> = rows.iter().filter_map(|row| record_id(row.first()?)).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        let advance = self.whole(&store, tenants).advance_tenant(false, ids.len());
        let counted = self.fetch(advance).await.map_err(StoreError::from)?;
        let Some([_, Value::Int(last)]) = counted.first().map(Vec::as_slice) else {
            return Err(StoreError::Damaged { column: OUTBOX_SEQUENCE.to_owned() }.into());
        };
        let mut next = last - i64::try_from(ids.len()).unwrap_or(i64::MAX) + 1;
        for ids in ids.chunks(IDS_PER_STATEMENT) {
            let place = self.whole(&store, outbox).place(ids, next);
            self.execute(place).await.map_err(StoreError::from)?;
            next += i64::try_from(ids.len()).unwrap_or(i64::MAX);
        }
        self.told = true;
        Ok(ids.len())
    }

    /// Entries after a place in the tenant's order, without gaps; `OUTBOX_BATCH_MAX` at most.
    pub async fn outbox_after(&mut self, position: i64, limit: usize) -> Result<Vec<OutboxEntry>, ReadError> {
        let fields = ["sequence", "topic", "model", "record", "record_version", "at", "payload"];
        let order = [OrderBy::asc("sequence")];
        let search = Search {
            fields: &fields,
            order: Some(&order),
            limit: limit.min(OUTBOX_BATCH_MAX),
            ..Search::default()
        };
        let rows = self.search(OUTBOX_MODEL, &Domain::gt("sequence", position), search).await?;
        rows.into_iter().map(|row| outbox_entry(row.values)).collect()
    }

    /// How far a reader has come; 0 before it read anything.
    pub async fn outbox_position(&mut self, consumer: &str) -> Result<i64, ReadError> {
        Ok(self.cursor(consumer).await?.map_or(0, |(_, _, position)| position))
    }

    async fn cursor(&mut self, consumer: &str) -> Result<Option<(RecordId, i64, i64)>, ReadError> {
        let search = Search { fields: &["position"], limit: 1, ..Search::default() };
        let rows = self.search(CURSOR_MODEL, &Domain::eq("consumer", consumer), search).await?;
        Ok(rows.first().and_then(|row| match row.values.as_slice() {
            [Value::Int(position)] => Some((row.id, row.version, *position)),
            _ => None,
        }))
    }

    /// Moves a reader on, in the transaction that did what the entries asked for; tells whether it was still at
    /// `from`. Where it was not, another node read the same entries: drop the transaction.
    pub async fn advance_outbox(&mut self, consumer: &str, from: i64, to: i64) -> Result<bool, SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        let store = self.store.clone();
        let model = super::model_to_read(&store, CURSOR_MODEL)?;
        let values =
            Values::from([("consumer".to_owned(), consumer.into()), ("position".to_owned(), Value::Int(to))]);
        match self.cursor(consumer).await? {
            None if from == 0 => {
                Ok(self.insert_unless_taken(&store, model, values, "consumer").await?.is_some())
            }
            Some((id, version, position)) if position == from => {
                let values = Values::from([("position".to_owned(), Value::Int(to))]);
                match self.write_changes(&store, model, id, &Changes::unseen(version, values)).await {
                    Ok(()) => Ok(true),
                    Err(SaveError::Absent { .. }) => Ok(false),
                    Err(error) => Err(error),
                }
            }
            _ => Ok(false),
        }
    }

    /// Deletes entries published before an instant that every one of `consumers` has passed; `OUTBOX_PRUNE_MAX` at
    /// most, the oldest first. Gives how many.
    pub async fn prune_outbox(&mut self, consumers: &[&str], before: Timestamp) -> Result<u64, SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        let mut passed = i64::MAX;
        for consumer in consumers {
            passed = passed.min(self.outbox_position(consumer).await?);
        }
        let store = self.store.clone();
        let model = super::model_to_read(&store, OUTBOX_MODEL)?;
        let old = Domain::le("sequence", passed).and(Domain::lt("at", before));
        let prune = self.whole(&store, model).delete_oldest_where(&old, OUTBOX_PRUNE_MAX)?;
        Ok(self.execute(prune).await.map_err(StoreError::from)?)
    }

    /// Inserts a record unless another has the same value of `key`; gives its id where it was inserted.
    pub(super) async fn insert_unless_taken(
        &mut self,
        store: &crate::store::Store,
        model: &Model,
        values: Values,
        key: &str,
    ) -> Result<Option<RecordId>, SaveError> {
        let values = super::values::complete(model, values)?;
        let ids = self.draw_ids(store, model, 1).await?;
        let Some(id) = ids.first().copied() else { return Ok(None) };
        let (columns, row): (Vec<_>, Vec<_>) = self.new_row(store, model, id, &values)?.into_iter().unzip();
        let insert = self.whole(store, model).insert_unless_taken(&columns, id, row, key);
        let inserted = self.execute(insert).await.map_err(|fault| self.save_error(model, fault))?;
        Ok((inserted > 0).then_some(id))
    }
}

fn outbox_entry(values: Vec<Value>) -> Result<OutboxEntry, ReadError> {
    let damaged = || ReadError::Store(StoreError::Damaged { column: OUTBOX_MODEL.to_owned() });
    let Ok([Value::Int(sequence), Value::Text(topic), model, record, version, Value::Instant(at), payload]) =
        <[Value; 7]>::try_from(values)
    else {
        return Err(damaged());
    };
    Ok(OutboxEntry {
        sequence,
        topic,
        model: if let Value::Text(model) = model { Some(model) } else { None },
        record: record_id(&record),
        record_version: if let Value::Int(version) = version { Some(version) } else { None },
        at,
        payload: if let Value::Json(payload) = payload { payload } else { Json::Null },
    })
}
