//! Which record of the database each record of a file stands for.

use super::nodes::{Content, NodeList, Nodes, Wish};
use super::outline::{Outline, is_written, position};
use super::snapshot::Snapshot;
use super::{text, unique};
use opbx_kernel::RecordId;
use opbx_platform::record::Row;
use opbx_platform::source::{Place, SourceError};
use opbx_platform::{Field, FieldKind, Model, Value};
use std::collections::{HashMap, HashSet};

/// What matching found out.
#[derive(Default)]
pub(super) struct Matched<'a> {
    /// (model, record) → its record of the file
    pub(super) nodes: HashMap<(&'a str, RecordId), usize>,
    /// Records of the file that stand for one with another name, and that name.
    pub(super) renamed: HashMap<usize, String>,
    /// Records that were found by what they hold: their names are to be kept.
    pub(super) adopted: Vec<usize>,
    /// Records inside others that the file's lists no longer hold, with the list's place.
    pub(super) gone: Vec<Gone<'a>>,
}

pub(super) struct Gone<'a> {
    pub(super) model: &'a Model,
    pub(super) id: RecordId,
    pub(super) top: usize,
    pub(super) place: &'a Place,
}

pub(super) fn run<'a>(
    nodes: &mut Nodes<'a>,
    snapshot: &mut Snapshot<'a>,
    outline: &Outline<'a>,
    prune: bool,
    mistakes: &mut Vec<SourceError>,
) -> Matched<'a> {
    let mut matched = Matched::default();
    for at in 0..nodes.all.len() {
        if let Some(name) = nodes.all[at].name {
            matched.by_name(nodes, snapshot, at, name, mistakes);
        }
    }
    for at in 0..nodes.all.len() {
        if nodes.all[at].name.is_some() && nodes.all[at].id.is_none() {
            matched.by_content(nodes, snapshot, at);
        }
    }
    for at in 0..nodes.all.len() {
        let node = &nodes.all[at];
        if let (Some(name), Some(id)) = (node.name, node.id) {
            let is_known = snapshot.names.id(node.model.name.as_str(), name) == Some(id)
                && !snapshot.names.is_made(node.model.name.as_str(), id);
            if !is_known {
                snapshot.names.rename(node.model.name.as_str(), name, id);
            }
        }
    }
    // Parents stand before what is inside them, so one pass goes down to any depth.
    for at in 0..nodes.all.len() {
        if prune {
            reset(nodes, snapshot, outline, at);
        }
        matched.lists_of(nodes, snapshot, at);
    }
    matched
}

impl<'a> Matched<'a> {
    fn claim(&mut self, nodes: &mut Nodes<'a>, at: usize, id: RecordId) -> Result<(), usize> {
        let key = (nodes.all[at].model.name.as_str(), id);
        if let Some(other) = self.nodes.get(&key) {
            return Err(*other);
        }
        self.nodes.insert(key, at);
        nodes.all[at].id = Some(id);
        Ok(())
    }

    fn by_name(
        &mut self,
        nodes: &mut Nodes<'a>,
        snapshot: &Snapshot<'a>,
        at: usize,
        name: &str,
        mistakes: &mut Vec<SourceError>,
    ) {
        let model = nodes.all[at].model.name.as_str();
        let kept =
            |name: &str| snapshot.names.id(model, name).filter(|id| !snapshot.names.is_made(model, *id));
        let own = kept(name);
        let Some((old, place)) = nodes.all[at].renamed_from else {
            if let Some(id) = own {
                // Names of one model are all different, and so are the records that they stand for.
                let _ = self.claim(nodes, at, id);
            }
            return;
        };
        if nodes.named(model, old).is_some() {
            let message = format!("`renamed_from`: the file has a record {model}.{old} of its own");
            return mistakes.push(place.refuse(message));
        }
        match (own, snapshot.names.id(model, old)) {
            (Some(_), Some(_)) if kept(old).is_some() => {
                let message =
                    format!("`renamed_from`: there are both {model}.{old} and {model}.{name} already");
                mistakes.push(place.refuse(message));
            }
            // Renamed by an earlier run; the line may stay.
            (Some(id), _) => drop(self.claim(nodes, at, id)),
            (None, Some(id)) => match self.claim(nodes, at, id) {
                Ok(()) => drop(self.renamed.insert(at, old.clone())),
                Err(other) => {
                    let message = format!("`renamed_from`: {} says the same", nodes.title(other));
                    mistakes.push(place.refuse(message));
                }
            },
            (None, None) => {}
        }
    }

    /// Finds a record that files have no name for yet by what nothing else can hold, or by the name it would be given.
    fn by_content(&mut self, nodes: &mut Nodes<'a>, snapshot: &Snapshot<'a>, at: usize) {
        let node = &nodes.all[at];
        let model = node.model.name.as_str();
        let keys = unique::keys(node.model);
        let Some(held) = snapshot.held(model) else { return };
        let is_free =
            |id: RecordId| snapshot.names.is_made(model, id) && !self.nodes.contains_key(&(model, id));
        if !held.rows.iter().any(|row| snapshot.names.is_made(model, row.id)) {
            return;
        }
        let mut found = None;
        for key in &keys {
            let Some(wanted) = unique::of_node(nodes, snapshot, key, at) else { continue };
            found = held.rows.iter().map(|row| row.id).find(|id| {
                is_free(*id) && unique::of_row(snapshot, model, key, *id).as_ref() == Some(&wanted)
            });
            if found.is_some() {
                break;
            }
        }
        if keys.is_empty() {
            let name = node.name.unwrap_or_default();
            found = snapshot.names.id(model, name).filter(|id| is_free(*id));
        }
        if let Some(id) = found
            && self.claim(nodes, at, id).is_ok()
        {
            self.adopted.push(at);
        }
    }

    /// Matches the records inside a record: by what tells them apart, else the same ones, else the next in order.
    fn lists_of(&mut self, nodes: &mut Nodes<'a>, snapshot: &Snapshot<'a>, at: usize) {
        let Some(parent) = nodes.all[at].id else { return };
        for list in 0..nodes.all[at].lists.len() {
            let NodeList { model, inverse, place, .. } = nodes.all[at].lists[list];
            let elements = nodes.all[at].lists[list].elements.clone();
            let mut existing: Vec<&Row> = snapshot.belonging(model.name.as_str(), inverse, parent).collect();
            let keys = key_fields(model, inverse);
            for strictly in [true, false] {
                for element in &elements {
                    if nodes.all[*element].id.is_some() {
                        continue;
                    }
                    let same = |row: &&Row| is_same(nodes, snapshot, *element, row, &keys, strictly);
                    let Some(found) = existing.iter().position(same) else { continue };
                    let row = existing.remove(found);
                    // A row is taken out of the list once.
                    let _ = self.claim(nodes, *element, row.id);
                }
            }
            let top = nodes.all[at].top;
            self.gone.extend(existing.into_iter().map(|row| Gone { model, id: row.id, top, place }));
        }
    }

    pub(super) fn gone_ids(&self) -> HashSet<(&'a str, RecordId)> {
        self.gone.iter().map(|gone| (gone.model.name.as_str(), gone.id)).collect()
    }
}

/// Whether a row is the one that an element of a list stands for.
fn is_same(
    nodes: &Nodes<'_>,
    snapshot: &Snapshot<'_>,
    element: usize,
    row: &Row,
    keys: &[&Field],
    strictly: bool,
) -> bool {
    let node = &nodes.all[element];
    let model = node.model.name.as_str();
    let holds = |field: &Field, content: &Content| {
        let held = snapshot.value(model, row.id, &field.name).unwrap_or(&Value::Null);
        nodes.value(content).is_some_and(|value| text::same(field, &value, held))
    };
    if keys.is_empty() {
        let order = position(node.model).map(|field| field.name.as_str());
        return !strictly
            || node.wishes.iter().all(|wish| {
                order == Some(wish.field.name.as_str())
                    || !is_written(wish.field)
                    || holds(wish.field, &wish.content)
            });
    }
    keys.iter().all(|key| match node.wish(&key.name) {
        Some(wish) => holds(wish.field, &wish.content),
        None => {
            let default = Content::Value(key.default.clone().unwrap_or(Value::Null));
            holds(key, &default)
        }
    })
}

/// The fields that, beside the parent, tell one element of a list from another.
fn key_fields<'a>(model: &'a Model, inverse: &str) -> Vec<&'a Field> {
    let with_parent = model.unique.iter().find(|group| group.iter().any(|field| field == inverse));
    let others = with_parent.into_iter().flatten().filter(|field| *field != inverse);
    others.filter_map(|name| model.field(name)).collect()
}

/// Lets a record's fields and lists that the file does not name go back to what a new record would have.
fn reset<'a>(nodes: &mut Nodes<'a>, snapshot: &Snapshot<'a>, outline: &Outline<'a>, at: usize) {
    let node = &nodes.all[at];
    let Some(id) = node.id else { return };
    let (model, place) = (node.model, node.place);
    let mut wishes = Vec::new();
    let mut lists = Vec::new();
    for field in unsaid(nodes, snapshot, outline, at) {
        match &field.kind {
            FieldKind::One2many { to, inverse, .. } => {
                let Some(child) = snapshot.held(to.as_str()).map(|held| held.model) else { continue };
                if snapshot.belonging(to.as_str(), inverse, id).next().is_some() {
                    lists.push(NodeList { field, model: child, inverse, elements: Vec::new(), place });
                }
            }
            _ => {
                let default = field.default.clone().unwrap_or(Value::Null);
                wishes.push(Wish { field, content: Content::Value(default), place });
            }
        }
    }
    debug_assert!(model.config, "only configured records are nodes");
    nodes.all[at].wishes.extend(wishes);
    nodes.all[at].lists.extend(lists);
}

/// The fields that a file could write of a record, does not, and that do not hold their defaults.
pub(super) fn unsaid<'a>(
    nodes: &Nodes<'a>,
    snapshot: &Snapshot<'a>,
    outline: &Outline<'a>,
    at: usize,
) -> Vec<&'a Field> {
    let node = &nodes.all[at];
    let Some(id) = node.id else { return Vec::new() };
    let Some(row) = snapshot.row(node.model.name.as_str(), id) else { return Vec::new() };
    let is_said = |field: &Field| {
        node.wish(&field.name).is_some() || node.lists.iter().any(|list| list.field.name == field.name)
    };
    let may_be_reset = |field: &Field| !field.immutable && (!field.required || field.default.is_some());
    let fields = node.model.fields.iter().filter(|field| !is_said(field) && may_be_reset(field));
    fields
        .filter(|field| {
            let held = text::held(snapshot, outline, node.model, row, field);
            held.is_some_and(|(_, is_default)| !is_default)
        })
        .collect()
}
