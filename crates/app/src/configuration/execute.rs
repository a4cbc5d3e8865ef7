//! Writes what a file changes: creations in as many rounds as references need, a statement for many records at once.

use super::HOME;
use super::apply::ApplyError;
use super::difference::Changed;
use super::export::keep_names;
use super::matching::Matched;
use super::names::external;
use super::nodes::{Node, Nodes};
use super::order::Order;
use super::outline::Outline;
use super::snapshot::Snapshot;
use crate::models::{PbxExtension, PbxRingGroupMember};
use crate::records::{self, Broken, RecordError, RuleError};
use opbx_kernel::RecordId;
use opbx_platform::source::{Place, SourceError};
use opbx_platform::{Model, Record as _, Registry, Values};
use opbx_store::{SaveError, Tx};
use std::collections::BTreeMap;

/// Records that one statement creates.
const RECORDS_PER_INSERT: usize = 1_000;

pub(super) struct Writing<'w, 'a> {
    pub(super) tx: &'w mut Tx,
    pub(super) registry: &'a Registry,
    pub(super) nodes: &'w mut Nodes<'a>,
    pub(super) snapshot: &'w mut Snapshot<'a>,
    pub(super) outline: &'w Outline<'a>,
    pub(super) matched: &'w Matched<'a>,
    pub(super) changed: Changed,
    pub(super) order: Order,
}

impl<'a> Writing<'_, 'a> {
    /// Brings everything about, but for what is pruned.
    pub(super) async fn run(&mut self) -> Result<(), ApplyError> {
        self.delete_gone().await?;
        self.free_unique_values().await?;
        self.create_missing().await?;
        self.update_all().await?;
        self.check_whole().await?;
        self.keep_names().await
    }

    /// Deletes what lists no longer hold, before anything takes its place.
    async fn delete_gone(&mut self) -> Result<(), ApplyError> {
        let matched = self.matched;
        let Some(first) = matched.gone.first() else { return Ok(()) };
        let mut by_model: BTreeMap<(usize, &str), Vec<RecordId>> = BTreeMap::new();
        for gone in &matched.gone {
            let name = gone.model.name.as_str();
            by_model.entry((self.outline.rank(name), name)).or_default().push(gone.id);
        }
        let groups: Vec<(&Model, Vec<RecordId>)> = by_model
            .into_iter()
            .filter_map(|((_, name), ids)| Some((self.registry.model(name)?, ids)))
            .collect();
        let deleted = records::delete_together(self.tx, &groups).await;
        Ok(deleted.map_err(|error| first.place.refuse(error))?)
    }

    async fn free_unique_values(&mut self) -> Result<(), ApplyError> {
        for at in std::mem::take(&mut self.order.moves) {
            self.update(at).await?;
        }
        Ok(())
    }

    async fn create_missing(&mut self) -> Result<(), ApplyError> {
        for round in std::mem::take(&mut self.order.rounds) {
            let mut by_model: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
            for at in round {
                let name = self.nodes.all[at].model.name.as_str();
                by_model.entry((self.outline.rank(name), name)).or_default().push(at);
            }
            for ats in by_model.into_values() {
                for ats in ats.chunks(RECORDS_PER_INSERT) {
                    self.create(ats).await?;
                }
            }
        }
        Ok(())
    }

    /// Creates records of one model.
    async fn create(&mut self, ats: &[usize]) -> Result<(), ApplyError> {
        let model = self.nodes.all[ats[0]].model;
        let mut rows = Vec::with_capacity(ats.len());
        for at in ats {
            let node = &self.nodes.all[*at];
            let mut values = Values::new();
            let mut left = Vec::new();
            for (number, wish) in node.wishes.iter().enumerate() {
                match self.nodes.value(&wish.content) {
                    Some(value) => drop(values.insert(wish.field.name.clone(), value)),
                    None => left.push(number),
                }
            }
            self.changed.wishes[*at] = left;
            rows.push(values);
        }
        let created = match records::create_many(self.tx, model, rows.clone()).await {
            Ok(created) => created,
            Err(error) => return Err(self.blame_one(ats, rows, error).await),
        };
        for (at, id) in ats.iter().zip(created) {
            self.nodes.all[*at].id = Some(id);
            if let Some(name) = self.nodes.all[*at].name {
                self.snapshot.names.rename(model.name.as_str(), name, id);
            }
        }
        Ok(())
    }

    /// Finds which of several records it was that could not be created.
    async fn blame_one(&mut self, ats: &[usize], rows: Vec<Values>, error: RecordError) -> ApplyError {
        let model = self.nodes.all[ats[0]].model;
        if ats.len() > 1 && !matches!(error, RecordError::Save(SaveError::Taken { .. })) {
            for (at, values) in ats.iter().zip(rows) {
                if let Err(error) = records::create(self.tx, model, values).await {
                    return ApplyError::Mistakes(blame(&self.nodes.all[*at], &error));
                }
            }
        }
        ApplyError::Mistakes(blame(&self.nodes.all[ats[0]], &error))
    }

    async fn update_all(&mut self) -> Result<(), ApplyError> {
        for at in 0..self.nodes.all.len() {
            if !self.changed.wishes[at].is_empty() {
                self.update(at).await?;
            }
        }
        Ok(())
    }

    /// Judges each record once more, now that the lists inside it are as they are to be.
    async fn check_whole(&mut self) -> Result<(), ApplyError> {
        for node in &self.nodes.all {
            let Some(id) = node.id else { continue };
            let whole = records::check_whole(self.tx, node.model, id).await;
            whole.map_err(|error| ApplyError::Mistakes(blame(node, &error)))?;
        }
        Ok(())
    }

    /// Refuses what the file says of groups that would ring nobody's telephone, once extensions are as they are to be.
    pub(super) async fn check_members(&mut self) -> Result<(), ApplyError> {
        let mut mistakes = Vec::new();
        for member in records::never_rung(self.tx).await? {
            let said = [
                (PbxRingGroupMember::MODEL, member.id, "extension", Broken::NotAPerson),
                (PbxExtension::MODEL, member.extension, "destination", Broken::RungByGroup),
            ];
            let mistake = said.into_iter().find_map(|(model, id, field, broken)| {
                let node = self.node_of(model, id)?;
                Some(blame(node, &RuleError::of(node.model, field, broken).into()))
            });
            mistakes.extend(mistake.into_iter().flatten());
        }
        if mistakes.is_empty() { Ok(()) } else { Err(ApplyError::Mistakes(mistakes)) }
    }

    fn node_of(&self, model: &str, id: RecordId) -> Option<&Node<'a>> {
        self.nodes.all.iter().find(|node| node.id == Some(id) && node.model.name.as_str() == model)
    }

    /// Writes what is known already of a record's changes.
    async fn update(&mut self, at: usize) -> Result<(), ApplyError> {
        let node = &self.nodes.all[at];
        let id = node.id.expect("a record that is updated exists");
        let mut values = Values::new();
        let mut left = Vec::new();
        for number in &self.changed.wishes[at] {
            let wish = &node.wishes[*number];
            match self.nodes.value(&wish.content) {
                Some(value) => drop(values.insert(wish.field.name.clone(), value)),
                None => left.push(*number),
            }
        }
        self.changed.wishes[at] = left;
        if values.is_empty() {
            return Ok(());
        }
        let updated = records::update(self.tx, node.model, id, values, None).await;
        updated.map_err(|error| ApplyError::Mistakes(blame(node, &error)))
    }

    /// Keeps the names of new records and of those that were found by what they hold; renames what has a new name.
    async fn keep_names(&mut self) -> Result<(), ApplyError> {
        let mut named = Vec::new();
        for (at, node) in self.nodes.all.iter().enumerate() {
            let (Some(name), Some(id)) = (node.name, node.id) else { continue };
            let model = node.model.name.as_str();
            if let Some(old) = self.matched.renamed.get(&at) {
                let freed = self.tx.forget_external(HOME, &external(model, old)).await;
                freed.map_err(|error| node.place.refuse(error))?;
            }
            let is_new = self.snapshot.row(model, id).is_none()
                || self.matched.renamed.contains_key(&at)
                || self.matched.adopted.contains(&at);
            if is_new {
                debug_assert_eq!(self.snapshot.names.own(model, id), Some(name), "it was just learned");
                named.push((model.to_owned(), id));
            }
        }
        let Some(first) = self.nodes.all.first() else { return Ok(()) };
        let kept = keep_names(self.tx, &self.snapshot.names, &named).await;
        Ok(kept.map_err(|error| first.place.refuse(error))?)
    }

    /// Deletes what the file does not name, all together, so that it may name itself in circles.
    pub(super) async fn prune(
        &mut self,
        unnamed: Vec<(&'a str, Vec<RecordId>)>,
        place: &Place,
    ) -> Result<(), ApplyError> {
        let known = unnamed.into_iter().filter_map(|(name, ids)| Some((self.registry.model(name)?, ids)));
        let groups: Vec<(&Model, Vec<RecordId>)> = known.collect();
        let deleted = records::delete_together(self.tx, &groups).await;
        Ok(deleted.map_err(|error| place.refuse(format!("cannot prune: {error}")))?)
    }
}

/// A refusal, at the line of the field that is at fault where one is.
fn blame(node: &Node<'_>, error: &RecordError) -> Vec<SourceError> {
    match error {
        RecordError::Save(SaveError::Invalid { faults, .. }) => faults
            .iter()
            .map(|(field, fault)| node.place_of(field).refuse(format!("`{field}` {fault}")))
            .collect(),
        RecordError::Save(SaveError::Taken { fields, .. }) => {
            let field = fields.first().map_or("", String::as_str);
            let message = format!("another record of {} has the same {}", node.model.name, fields.join(", "));
            vec![node.place_of(field).refuse(message)]
        }
        RecordError::Save(SaveError::Fixed { field, .. } | SaveError::NotWritable { field, .. })
        | RecordError::ReadOnlyField { field, .. } => {
            vec![node.place_of(field).refuse(error)]
        }
        RecordError::Rule(rule) => {
            vec![node.place_of(&rule.field).refuse(format!("`{}` {}", rule.field, rule.broken))]
        }
        RecordError::EmergencyNumber { .. } => vec![node.place_of("number").refuse(error)],
        RecordError::NoRetention { .. } => vec![node.place_of("model").refuse(error)],
        _ => vec![node.place.refuse(error)],
    }
}
