//! Deleting records: with what belongs to them, and never from under those that still name them.

use super::audit::is_audited;
use super::names::{self, Named};
use super::values::{from_column, stamp};
use super::{Tx, model_to_write};
use crate::connection::Fault;
use crate::dialect::{ColumnType, Violation};
use crate::error::{ReadError, Referrer, SaveError, StoreError};
use crate::statement::records::{
    LINK_FROM, LINK_TO, named_destinations, named_records, named_references, record_id,
};
use crate::store::Store;
use crate::tx::read::IDS_PER_STATEMENT;
use opbx_kernel::RecordId;
use opbx_platform::access::{self, Deed};
use opbx_platform::domain::{Op, Operand, Term};
use opbx_platform::field::{Field, FieldKind, OnDelete};
use opbx_platform::value::DESTINATION_KINDS;
use opbx_platform::{Domain, Model, RecordRef, Registry, Value, Values};
use std::collections::HashMap;

/// Records that one deletion takes with it at most.
pub const CASCADE_MAX: usize = 10_000;
/// Records that one `delete_where` deletes at most; repeat until it deletes none.
pub const DELETE_WHERE_MAX: usize = 5_000;
/// Records that stand in the way of a deletion and are named in its refusal; the others are counted.
pub const REFERRERS_NAMED_MAX: usize = 20;
/// How deep records that belong to records are followed.
const CASCADE_DEPTH_MAX: usize = 16;

/// Records of one model that will go, in the order in which they were found.
#[derive(Clone)]
struct Doomed<'a> {
    model: &'a Model,
    ids: Vec<RecordId>,
}

impl Tx {
    /// Deletes a record and those that belong to it (`cascade`).
    ///
    /// Refuses while others name it, and says which: by a many2one that restricts, or as a destination.
    pub async fn delete(&mut self, model: &str, id: RecordId) -> Result<(), SaveError> {
        self.delete_together(&[(model, vec![id])]).await
    }

    /// Deletes records of several models as if at once: that they name each other stands in nobody's way.
    ///
    /// A model whose records others of these name by a many2one comes before them. Deletes `CASCADE_MAX` at most,
    /// and refuses as `delete` does.
    pub async fn delete_together(&mut self, records: &[(&str, Vec<RecordId>)]) -> Result<(), SaveError> {
        let store = self.store.clone();
        let mut first = Vec::with_capacity(records.len());
        for (model, ids) in records {
            let model = model_to_write(self, &store, model)?;
            for id in ids {
                let hold = self.visible_for(&store, model, Deed::Delete).hold(&[], *id);
                if self.fetch(hold).await.map_err(StoreError::from)?.is_empty() {
                    return Err(self.out_of_reach(&store, model, *id, Deed::Delete).await);
                }
            }
            first.push(Doomed { model, ids: ids.clone() });
        }
        self.remove_together(&store, first).await
    }

    /// Who would stand in the way of deleting a record, and how many more whom this scope may not see: what `delete`
    /// refuses with.
    pub async fn referrers_to(
        &mut self,
        model: &str,
        id: RecordId,
    ) -> Result<(Vec<Referrer>, u64), SaveError> {
        let store = self.store.clone();
        let model = store.registry().model(model).ok_or_else(|| SaveError::UnknownModel(model.to_owned()))?;
        let doomed = self.doomed(&store, vec![Doomed { model, ids: vec![id] }]).await?;
        Ok(self.referrers(&store, &doomed).await?)
    }

    /// Removes records that are held, with all that goes with them.
    pub(super) async fn remove(
        &mut self,
        store: &Store,
        model: &Model,
        ids: &[RecordId],
    ) -> Result<(), SaveError> {
        self.remove_together(store, vec![Doomed { model, ids: ids.to_vec() }]).await
    }

    async fn remove_together(&mut self, store: &Store, first: Vec<Doomed<'_>>) -> Result<(), SaveError> {
        let Some(asked) = first.first().map(|group| group.model.name.to_string()) else { return Ok(()) };
        let doomed = self.doomed(store, first).await?;
        let (by, unseen) = self.referrers(store, &doomed).await?;
        if unseen > 0 || !by.is_empty() {
            return Err(SaveError::Referenced { model: asked, by, unseen });
        }
        let mut last_words = Vec::with_capacity(doomed.len());
        for group in &doomed {
            last_words.push(match is_audited(group.model) {
                true => self.snapshots(store, group.model, &group.ids).await?,
                false => HashMap::new(),
            });
        }
        for group in &doomed {
            self.let_go(store, group, &doomed).await?;
        }
        for (group, mut before) in doomed.iter().zip(last_words).rev() {
            let visible = self.whole(store, group.model);
            for ids in group.ids.chunks(IDS_PER_STATEMENT) {
                self.execute(visible.delete(ids)).await.map_err(delete_error)?;
            }
            self.touch(group.model);
            for id in &group.ids {
                self.note_deleted(group.model, *id, &before.remove(id).unwrap_or_default());
            }
        }
        self.check_outgoing()?;
        self.spill_audit().await
    }

    /// Deletes the records of a machine-written model for which a domain holds, `DELETE_WHERE_MAX` at most, and says
    /// how many they were. Nothing that names them is looked for; the database refuses where something does.
    pub async fn delete_where(&mut self, model: &str, domain: &Domain) -> Result<u64, SaveError> {
        let store = self.store.clone();
        let model = model_to_write(self, &store, model)?;
        if model.audit {
            return Err(SaveError::NotMachineWritten { model: model.name.to_string() });
        }
        let statement =
            self.visible_for(&store, model, Deed::Delete).delete_where(domain, DELETE_WHERE_MAX)?;
        let deleted = self.execute(statement).await.map_err(delete_error)?;
        if deleted > 0 {
            self.touch(model);
        }
        Ok(deleted)
    }

    /// Follows `cascade` from records to all that goes with them.
    async fn doomed<'a>(
        &mut self,
        store: &'a Store,
        first: Vec<Doomed<'a>>,
    ) -> Result<Vec<Doomed<'a>>, SaveError> {
        let mut frontier = first.clone();
        let mut doomed = first;
        for _ in 0..CASCADE_DEPTH_MAX {
            let mut next: Vec<Doomed<'a>> = Vec::new();
            for group in &frontier {
                for (owner, field, on_delete) in many2ones_to(store.registry(), group.model) {
                    if on_delete != OnDelete::Cascade {
                        continue;
                    }
                    let mut ids = self.owned(store, owner, field, &group.ids).await?;
                    let known = |id: &RecordId| {
                        doomed.iter().any(|d| d.model.name == owner.name && d.ids.contains(id))
                    };
                    ids.retain(|id| !known(id));
                    if !ids.is_empty() {
                        doomed.push(Doomed { model: owner, ids: ids.clone() });
                        next.push(Doomed { model: owner, ids });
                    }
                }
            }
            if doomed.iter().map(|group| group.ids.len()).sum::<usize>() > CASCADE_MAX {
                return Err(SaveError::TooMany { max: CASCADE_MAX });
            }
            if next.is_empty() {
                return Ok(doomed);
            }
            frontier = next;
        }
        Err(SaveError::TooMany { max: CASCADE_MAX })
    }

    /// The records whose many2one `field` names one of `ids`.
    async fn owned(
        &mut self,
        store: &Store,
        owner: &Model,
        field: &Field,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, ReadError> {
        let mut owned = Vec::new();
        for ids in ids.chunks(IDS_PER_STATEMENT) {
            let named = ids.iter().copied().map(Value::Record).collect();
            let term = Term { field: field.name.clone(), op: Op::In, operand: Operand::Many(named) };
            let columns: &[(&str, ColumnType)] = &[];
            let visible = self.whole(store, owner);
            let statement = visible.search(columns, &Domain::Term(term), None, CASCADE_MAX + 1, 0)?;
            let rows = self.fetch(statement).await.map_err(StoreError::from)?;
            owned.extend(rows.iter().filter_map(|row| record_id(row.first()?)));
        }
        Ok(owned)
    }

    /// Who outside the doomed still names one of them, and how many more do whom this scope may not see.
    async fn referrers(
        &mut self,
        store: &Store,
        doomed: &[Doomed<'_>],
    ) -> Result<(Vec<Referrer>, u64), StoreError> {
        let (mut by, mut unseen): (Vec<Referrer>, u64) = (Vec::new(), 0);
        let mut to_name = REFERRERS_NAMED_MAX;
        for group in doomed {
            for ids in group.ids.chunks(IDS_PER_STATEMENT) {
                for (owner, field, named) in restricting(store.registry(), group.model, ids) {
                    let except: Vec<RecordId> = doomed
                        .iter()
                        .filter(|other| other.model.name == owner.name)
                        .flat_map(|other| other.ids.iter().copied())
                        .collect();
                    let all = self.whole(store, owner).referrers(&field.name, named.clone(), &except);
                    let all = self.fetch_count(all).await?;
                    if all == 0 {
                        continue;
                    }
                    let (count, some) =
                        self.seen_referrers(store, owner, field, named, &except, to_name).await?;
                    unseen += all.saturating_sub(count);
                    to_name = to_name.saturating_sub(some.len());
                    if count > 0 {
                        note(&mut by, owner, field, count, some);
                    }
                }
            }
        }
        Ok((by, unseen))
    }

    /// How many referrers the scope may see, and the first of them by name.
    async fn seen_referrers(
        &mut self,
        store: &Store,
        owner: &Model,
        field: &Field,
        named: Vec<sea_query::Value>,
        except: &[RecordId],
        to_name: usize,
    ) -> Result<(u64, Vec<Named>), StoreError> {
        let is_seen =
            store.view().model(owner.name.as_str()).filter(|view| view.field(&field.name).is_some());
        let Some(view) = is_seen.filter(|_| access::may(&self.scope, owner, Deed::Read)) else {
            return Ok((0, Vec::new()));
        };
        let visible = self.visible(store, view);
        let count = self.fetch_count(visible.referrers(&field.name, named.clone(), except)).await?;
        if count == 0 || to_name == 0 {
            return Ok((count, Vec::new()));
        }
        let some = self.fetch(visible.names_of_referrers(&field.name, named, except, to_name)).await?;
        Ok((count, some.iter().filter_map(|row| names::named(row)).collect()))
    }

    /// Takes doomed records out of lists, and out of the fields that may be empty.
    async fn let_go(
        &mut self,
        store: &Store,
        group: &Doomed<'_>,
        doomed: &[Doomed<'_>],
    ) -> Result<(), SaveError> {
        for ids in group.ids.chunks(IDS_PER_STATEMENT) {
            self.forget_externals(group.model.name.as_str(), ids).await?;
            for (owner, field, on_delete) in many2ones_to(store.registry(), group.model) {
                if on_delete == OnDelete::SetNull || (!field.required && goes_later(doomed, owner, group)) {
                    let held = ids.iter().map(|id| Value::Record(*id));
                    self.note_forgotten(store, owner, field, held, doomed).await?;
                    let named = named_records(ids);
                    let stamp = stamp(store.dialect(), "updated", Some(&*self.scope), store.now());
                    let forget = self.whole(store, owner).forget(field, named, stamp);
                    if self.execute(forget).await.map_err(delete_error)? > 0 {
                        self.touch(owner);
                    }
                }
            }
            for (owner, field, on_delete) in references_to(store.registry(), group.model) {
                if on_delete == OnDelete::SetNull {
                    let held = ids
                        .iter()
                        .map(|id| Value::Reference(RecordRef { model: group.model.name.clone(), id: *id }));
                    self.note_forgotten(store, owner, field, held, doomed).await?;
                    let named = named_references(group.model, ids);
                    let stamp = stamp(store.dialect(), "updated", Some(&*self.scope), store.now());
                    let forget = self.whole(store, owner).forget(field, named, stamp);
                    if self.execute(forget).await.map_err(delete_error)? > 0 {
                        self.touch(owner);
                    }
                }
            }
            for owner in store.registry().models() {
                for field in &owner.fields {
                    let FieldKind::Many2many { to } = &field.kind else { continue };
                    let visible = self.whole(store, owner);
                    if *to == group.model.name {
                        self.note_shorter_lists(store, owner, field, ids, doomed).await?;
                        let remove = visible.remove_links(field, LINK_TO, ids)?;
                        if self.execute(remove).await.map_err(delete_error)? > 0 {
                            self.touch(owner);
                        }
                    }
                    if owner.name == group.model.name {
                        let remove = visible.remove_links(field, LINK_FROM, ids)?;
                        self.execute(remove).await.map_err(delete_error)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes the records whose many2one or reference `field` is about to be emptied, but for those that go themselves.
    async fn note_forgotten(
        &mut self,
        store: &Store,
        owner: &Model,
        field: &Field,
        named: impl Iterator<Item = Value>,
        doomed: &[Doomed<'_>],
    ) -> Result<(), SaveError> {
        if !is_audited(owner) && !owner.publish {
            return Ok(());
        }
        let display = owner.field(&owner.display).filter(|display| display.is_stored());
        let Some(column) = ColumnType::of(&field.kind) else { return Ok(()) };
        let mut columns = vec![(field.name.as_str(), column)];
        columns.extend(display.map(|display| (display.name.as_str(), ColumnType::Text)));
        let domain = Domain::is_in(&field.name, named);
        let naming = self.whole(store, owner).search(&columns, &domain, Some(&[]), CASCADE_MAX + 1, 0)?;
        let rows = self.fetch(naming).await.map_err(StoreError::from)?;
        if rows.len() > CASCADE_MAX {
            return Err(SaveError::TooMany { max: CASCADE_MAX });
        }
        for row in rows {
            let [id, Value::Int(version), named, rest @ ..] = row.as_slice() else { continue };
            let (Some(id), Some(named)) = (record_id(id), from_column(Some(field), named.clone())) else {
                continue;
            };
            if is_doomed(doomed, owner, id) {
                continue;
            }
            let mut before = Values::from([(field.name.clone(), named)]);
            if let (Some(display), Some(name)) = (display, rest.first()) {
                before.insert(display.name.clone(), name.clone());
            }
            let after = Values::from([(field.name.clone(), Value::Null)]);
            self.note_updated(owner, id, version + 1, &before, &after);
        }
        Ok(())
    }

    /// Notes the records whose list `field` is about to lose some of its members, but for those that go themselves.
    async fn note_shorter_lists(
        &mut self,
        store: &Store,
        owner: &Model,
        field: &Field,
        ids: &[RecordId],
        doomed: &[Doomed<'_>],
    ) -> Result<(), SaveError> {
        if !is_audited(owner) && !owner.publish {
            return Ok(());
        }
        let display = owner.field(&owner.display).filter(|display| display.is_stored());
        let columns: Vec<_> =
            display.iter().map(|display| (display.name.as_str(), ColumnType::Text)).collect();
        let domain = Domain::is_in(&field.name, ids.iter().copied());
        let having = self.whole(store, owner).search(&columns, &domain, Some(&[]), CASCADE_MAX + 1, 0)?;
        let rows = self.fetch(having).await.map_err(StoreError::from)?;
        if rows.len() > CASCADE_MAX {
            return Err(SaveError::TooMany { max: CASCADE_MAX });
        }
        let owners: Vec<RecordId> = rows.iter().filter_map(|row| record_id(row.first()?)).collect();
        let mut lists = self.lists(store, owner, field, &owners).await?;
        for row in rows {
            let [id, Value::Int(version), rest @ ..] = row.as_slice() else { continue };
            let Some(id) = record_id(id).filter(|id| !is_doomed(doomed, owner, *id)) else { continue };
            let old = lists.remove(&id).unwrap_or_default();
            let new = old.iter().copied().filter(|member| !ids.contains(member)).collect();
            let mut before = Values::from([(field.name.clone(), Value::Records(old))]);
            if let (Some(display), Some(name)) = (display, rest.first()) {
                before.insert(display.name.clone(), name.clone());
            }
            let after = Values::from([(field.name.clone(), Value::Records(new))]);
            self.note_updated(owner, id, *version, &before, &after);
        }
        Ok(())
    }
}

/// Whether records of a model go after those of a group, which they may name: a circle of what belongs together.
fn goes_later(doomed: &[Doomed<'_>], owner: &Model, group: &Doomed<'_>) -> bool {
    doomed.iter().take_while(|other| !std::ptr::eq(*other, group)).any(|other| other.model.name == owner.name)
}

fn is_doomed(doomed: &[Doomed<'_>], model: &Model, id: RecordId) -> bool {
    doomed.iter().any(|group| group.model.name == model.name && group.ids.contains(&id))
}

fn note(by: &mut Vec<Referrer>, owner: &Model, field: &Field, count: u64, some: Vec<Named>) {
    let known = by.iter_mut().find(|known| known.model == owner.name.as_str() && known.field == field.name);
    match known {
        Some(known) => {
            known.count += count;
            known.some.extend(some);
        }
        None => by.push(Referrer {
            model: owner.name.to_string(),
            title: owner.title.clone(),
            field: field.name.clone(),
            count,
            some,
            wholes: None,
        }),
    }
}

fn many2ones_to<'a>(
    registry: &'a Registry,
    target: &Model,
) -> impl Iterator<Item = (&'a Model, &'a Field, OnDelete)> {
    let target = target.name.clone();
    registry.models().flat_map(|owner| owner.fields.iter().map(move |field| (owner, field))).filter_map(
        move |(owner, field)| match &field.kind {
            FieldKind::Many2one { to, on_delete } if *to == target => Some((owner, field, *on_delete)),
            _ => None,
        },
    )
}

/// The references that may lead to a model.
fn references_to<'a>(
    registry: &'a Registry,
    target: &Model,
) -> impl Iterator<Item = (&'a Model, &'a Field, OnDelete)> {
    let target = target.name.clone();
    registry.models().flat_map(|owner| owner.fields.iter().map(move |field| (owner, field))).filter_map(
        move |(owner, field)| match &field.kind {
            FieldKind::Reference { to, on_delete } if to.contains(&target) => {
                Some((owner, field, *on_delete))
            }
            _ => None,
        },
    )
}

/// The fields that stand in the way of deleting `ids`, and how they would name them.
fn restricting<'a>(
    registry: &'a Registry,
    target: &Model,
    ids: &[RecordId],
) -> Vec<(&'a Model, &'a Field, Vec<sea_query::Value>)> {
    let mut found: Vec<_> = many2ones_to(registry, target)
        .filter(|(_, _, on_delete)| *on_delete == OnDelete::Restrict)
        .map(|(owner, field, _)| (owner, field, named_records(ids)))
        .collect();
    found.extend(
        references_to(registry, target)
            .filter(|(_, _, on_delete)| *on_delete == OnDelete::Restrict)
            .map(|(owner, field, _)| (owner, field, named_references(target, ids))),
    );
    let kind = target.name.as_str().strip_prefix("pbx.").filter(|kind| DESTINATION_KINDS.contains(kind));
    if let Some(kind) = kind {
        for owner in registry.models() {
            let destinations =
                owner.fields.iter().filter(|field| matches!(field.kind, FieldKind::Destination));
            found.extend(destinations.map(|field| (owner, field, named_destinations(kind, ids))));
        }
    }
    found
}

fn delete_error(fault: Fault) -> SaveError {
    match fault {
        // Somebody began to name it after we had looked. The same deed, repeated, will say who.
        Fault::Violation(Violation::Reference) => StoreError::Busy.into(),
        other => StoreError::from(other).into(),
    }
}
