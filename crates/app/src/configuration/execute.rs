//! Writes what a file changes: creations in as many rounds as references need, a statement for many records at once.

use super::apply::ApplyError;
use super::difference::Changed;
use super::export::keep_names;
use super::matching::Matched;
use super::names::external;
use super::nodes::{Node, Nodes};
use super::outline::Outline;
use super::snapshot::Snapshot;
use super::unique::Holding;
use super::{HOME, apply};
use crate::records::{self, RecordError};
use opbx_kernel::RecordId;
use opbx_platform::source::SourceError;
use opbx_platform::{Model, Registry, Values};
use opbx_store::{SaveError, Tx};
use std::collections::{BTreeMap, HashSet};

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
}

impl<'a> Writing<'_, 'a> {
    /// Brings everything about, but for what is pruned.
    pub(super) async fn run(&mut self) -> Result<(), ApplyError> {
        self.delete_gone().await?;
        self.free_unique_values().await?;
        self.create_missing().await?;
        self.update_all().await?;
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

    /// Writes what takes a unique value, each after the record that lets go of it.
    async fn free_unique_values(&mut self) -> Result<(), ApplyError> {
        let is_unique = |node: &Node<'_>, number: &usize| {
            let field = node.wishes[*number].field;
            let in_group = || node.model.unique.iter().any(|group| group.contains(&field.name));
            field.unique.is_some() || field.name == "active" || in_group()
        };
        let mut waiting: Vec<usize> = (0..self.nodes.all.len())
            .filter(|at| {
                let node = &self.nodes.all[*at];
                node.id.is_some() && self.changed.wishes[*at].iter().any(|number| is_unique(node, number))
            })
            .collect();
        let models: HashSet<&str> =
            waiting.iter().map(|at| self.nodes.all[*at].model.name.as_str()).collect();
        let mut holding = Holding::of(self.snapshot, &models);
        // Each round brings at least one record to its place, or some exchange their values.
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut later = Vec::new();
            for at in waiting {
                if !holding.is_free(self.nodes, self.snapshot, at) {
                    later.push(at);
                    continue;
                }
                self.update(at).await?;
                holding.moved(self.nodes, self.snapshot, at);
            }
            if later.len() == before {
                let titles: Vec<String> = later.iter().map(|at| self.nodes.title(*at)).collect();
                let message = format!(
                    "{} exchange values that may stand once: give one of them another value first",
                    titles.join(" and ")
                );
                return Err(self.nodes.all[later[0]].place.refuse(message).into());
            }
            waiting = later;
        }
        Ok(())
    }

    /// Creates the records that do not exist yet: those first whose references all exist, and where none is left of
    /// these, those that can do without for now.
    async fn create_missing(&mut self) -> Result<(), ApplyError> {
        let mut missing: Vec<usize> =
            (0..self.nodes.all.len()).filter(|at| self.nodes.all[*at].id.is_none()).collect();
        // Each round creates at least one record, or there is a circle of required references.
        while !missing.is_empty() {
            let is_whole =
                |node: &Node<'_>| node.wishes.iter().all(|wish| self.nodes.missing(&wish.content).is_none());
            let is_possible = |node: &Node<'_>| {
                let mut required =
                    node.wishes.iter().filter(|wish| wish.field.required && wish.field.default.is_none());
                required.all(|wish| self.nodes.missing(&wish.content).is_none())
            };
            let (mut ready, mut later): (Vec<usize>, Vec<usize>) =
                missing.iter().partition(|at| is_whole(&self.nodes.all[**at]));
            if ready.is_empty() {
                (ready, later) = missing.iter().partition(|at| is_possible(&self.nodes.all[**at]));
            }
            if ready.is_empty() {
                return Err(self.circle(missing[0]).into());
            }
            let mut by_model: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
            for at in ready {
                let name = self.nodes.all[at].model.name.as_str();
                by_model.entry((self.outline.rank(name), name)).or_default().push(at);
            }
            for ats in by_model.into_values() {
                for ats in ats.chunks(RECORDS_PER_INSERT) {
                    self.create(ats).await?;
                }
            }
            missing = later;
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

    /// Names who waits for whom.
    fn circle(&self, start: usize) -> SourceError {
        let mut way = vec![start];
        // A way longer than there are records has come around.
        for _ in 0..=self.nodes.all.len() {
            let node = &self.nodes.all[way[way.len() - 1]];
            let required =
                node.wishes.iter().filter(|wish| wish.field.required && wish.field.default.is_none());
            let Some(next) = required.filter_map(|wish| self.nodes.missing(&wish.content)).next() else {
                break;
            };
            if let Some(entered) = way.iter().position(|at| *at == next) {
                way.drain(..entered);
                way.push(next);
                break;
            }
            way.push(next);
        }
        let mut titles: Vec<String> = way.iter().map(|at| self.nodes.title(*at)).collect();
        titles.dedup();
        let message =
            format!("its required fields name records that need this one first: {}", titles.join(" → "));
        self.nodes.all[way[0]].place.refuse(message)
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
        place: &opbx_platform::source::Place,
    ) -> Result<(), ApplyError> {
        let groups: Vec<(&Model, Vec<RecordId>)> = unnamed
            .iter()
            .filter_map(|(name, ids)| Some((self.registry.model(name)?, ids.clone())))
            .collect();
        let doomed: HashSet<(&str, RecordId)> =
            unnamed.iter().flat_map(|(model, ids)| ids.iter().map(|id| (*model, *id))).collect();
        match records::delete_together(self.tx, &groups).await {
            Ok(()) => Ok(()),
            Err(RecordError::Save(SaveError::Referenced { by, .. })) => {
                let mut mistakes = Vec::new();
                for referrer in by {
                    let who =
                        apply::referrers(self.tx, self.registry, self.snapshot, &referrer, &doomed).await?;
                    mistakes.push(place.refuse(format!("cannot prune: {who}")));
                }
                Err(ApplyError::Mistakes(mistakes))
            }
            Err(error) => Err(place.refuse(format!("cannot prune: {error}")).into()),
        }
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
        RecordError::Save(SaveError::Fixed { field, .. } | SaveError::NotWritable { field, .. }) => {
            vec![node.place_of(field).refuse(error)]
        }
        RecordError::EmergencyNumber { .. } => vec![node.place_of("number").refuse(error)],
        _ => vec![node.place.refuse(error)],
    }
}
