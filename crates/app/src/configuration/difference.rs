//! The difference between a file and a tenant: what a plan shows, and what an application of the file writes.

use super::matching::{self, Matched};
use super::nodes::{Content, NodeList, Nodes, Target, Wish};
use super::outline::{Outline, is_written, position};
use super::snapshot::Snapshot;
use super::text::{self, Element, Written};
use opbx_kernel::RecordId;
use opbx_platform::record::Row;
use opbx_platform::{Field, FieldKind, Value};
use serde::Serialize;
use std::collections::HashSet;

/// What happens to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    Create,
    Update,
    Delete,
}

/// A value as the file writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Shown {
    One(String),
    List(Vec<String>),
}

/// One field of a record that changes. A secret's values are never among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    pub field: String,
    pub secret: bool,
    /// None where the field is unset, or the record is new.
    pub old: Option<Shown>,
    pub new: Option<Shown>,
}

/// One record that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub deed: Deed,
    pub model: String,
    pub name: String,
    /// What configuration files called it before.
    pub renamed_from: Option<String>,
    pub fields: Vec<FieldChange>,
}

/// What the file does not name and what therefore stays: a record, or a field that does not hold its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    pub model: String,
    pub name: String,
    pub field: Option<String>,
    pub value: Option<Shown>,
}

/// Everything that applying a file would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub slug: String,
    /// Whether the tenant itself comes into being.
    pub new_tenant: bool,
    /// The tenant's new name, after its old one.
    pub renamed_tenant: Option<(String, String)>,
    /// In the order of the file; what is deleted comes last.
    pub changes: Vec<Change>,
    pub kept: Vec<Kept>,
    /// Records that are as the file says already.
    pub unchanged: usize,
    /// Records that are deleted, those inside others among them.
    pub deleted: usize,
}

impl Difference {
    pub fn is_empty(&self) -> bool {
        !self.new_tenant && self.renamed_tenant.is_none() && self.changes.is_empty()
    }

    pub fn count(&self, deed: Deed) -> usize {
        self.changes.iter().filter(|change| change.deed == deed).count()
    }
}

/// Which fields of which records are to be written.
pub(super) struct Changed {
    /// For each node, the places of the wishes that differ from what is there.
    pub(super) wishes: Vec<Vec<usize>>,
}

/// Secrets that already are what the file says: (node, field).
pub(super) type SameSecrets = HashSet<(usize, String)>;

pub(super) fn compare(nodes: &Nodes<'_>, snapshot: &Snapshot<'_>, secrets: &SameSecrets) -> Changed {
    let differs = |at: usize, wish: &Wish<'_>| {
        let node = &nodes.all[at];
        let Some(id) = node.id else { return true };
        if wish.field.kind == FieldKind::Secret {
            return !secrets.contains(&(at, wish.field.name.clone()));
        }
        let held = snapshot.value(node.model.name.as_str(), id, &wish.field.name).unwrap_or(&Value::Null);
        nodes.value(&wish.content).is_none_or(|wanted| !text::same(wish.field, &wanted, held))
    };
    let of_node = |at: usize| {
        let wishes = nodes.all[at].wishes.iter().enumerate();
        wishes.filter(|(_, wish)| differs(at, wish)).map(|(number, _)| number).collect()
    };
    Changed { wishes: (0..nodes.all.len()).map(of_node).collect() }
}

/// Tells the difference in names.
pub(super) struct Telling<'t, 'a> {
    pub(super) nodes: &'t Nodes<'a>,
    pub(super) snapshot: &'t Snapshot<'a>,
    pub(super) outline: &'t Outline<'a>,
    pub(super) matched: &'t Matched<'a>,
    pub(super) changed: &'t Changed,
}

impl<'a> Telling<'_, 'a> {
    /// The changes of the file's own records, in its order, and how many there are without any.
    pub(super) fn changes(&self) -> (Vec<Change>, usize) {
        let touched = self.touched();
        let mut changes = Vec::new();
        let mut unchanged = 0;
        for (at, node) in self.nodes.all.iter().enumerate() {
            let Some(name) = node.name else { continue };
            let renamed_from = self.matched.renamed.get(&at).cloned();
            if node.id.is_some() && renamed_from.is_none() && !touched.contains(&at) {
                unchanged += 1;
                continue;
            }
            changes.push(Change {
                deed: if node.id.is_some() { Deed::Update } else { Deed::Create },
                model: node.model.name.to_string(),
                name: name.to_owned(),
                renamed_from,
                fields: self.fields(at),
            });
        }
        (changes, unchanged)
    }

    /// The records with tables of their own in which anything changes.
    fn touched(&self) -> HashSet<usize> {
        let nodes = self.nodes.all.iter().enumerate();
        let changed = nodes
            .filter(|(at, node)| node.id.is_none() || !self.changed.wishes[*at].is_empty())
            .map(|(_, node)| node.top);
        changed.chain(self.matched.gone.iter().map(|gone| gone.top)).collect()
    }

    fn fields(&self, at: usize) -> Vec<FieldChange> {
        let node = &self.nodes.all[at];
        let row = node.id.and_then(|id| self.snapshot.row(node.model.name.as_str(), id));
        let mut changes = Vec::new();
        for number in &self.changed.wishes[at] {
            let wish = &node.wishes[*number];
            let secret = wish.field.kind == FieldKind::Secret;
            let old = row.and_then(|row| self.held(node.model, row, wish.field));
            let new = if secret { None } else { self.wished(wish) };
            changes.push(FieldChange {
                field: wish.field.name.clone(),
                secret,
                old: old.map(|written| shown(&written)),
                new: new.map(|written| shown(&written)),
            });
        }
        for list in &node.lists {
            let old = row.and_then(|row| self.held(node.model, row, list.field)).map(|old| shown(&old));
            let new = shown(&self.list(list));
            if old.as_ref() != Some(&new) && !(old.is_none() && list.elements.is_empty()) {
                let field = list.field.name.clone();
                changes.push(FieldChange { field, secret: false, old, new: Some(new) });
            }
        }
        changes
    }

    fn held(&self, model: &opbx_platform::Model, row: &Row, field: &Field) -> Option<Written> {
        let is_unset =
            self.snapshot.value(model.name.as_str(), row.id, &field.name).is_some_and(Value::is_null);
        let held = text::held(self.snapshot, self.outline, model, row, field).filter(|_| !is_unset);
        held.map(|(written, _)| written)
    }

    fn wished(&self, wish: &Wish<'_>) -> Option<Written> {
        let quoted = |name: String| Written::One(text::string(&name));
        let name = |model: &str, target: &Target| match target {
            Target::Known(id) => self.snapshot.names.reference(model, *id).unwrap_or_else(|| id.to_string()),
            Target::Node(at) => self.nodes.all[*at].name.unwrap_or("?").to_owned(),
        };
        let model = match &wish.field.kind {
            FieldKind::Many2one { to, .. } | FieldKind::Many2many { to } => to.as_str(),
            _ => "",
        };
        match &wish.content {
            Content::Value(value) => text::value(&self.snapshot.names, wish.field, value),
            Content::One(target) => Some(quoted(name(model, target))),
            Content::Many(targets) => {
                let mut names: Vec<String> = targets.iter().map(|target| name(model, target)).collect();
                names.sort();
                names.dedup();
                Some(Written::List(names.iter().map(|name| text::string(name)).collect()))
            }
            Content::OneOf(model, target) => {
                Some(quoted(format!("{model},{}", name(model.as_str(), target))))
            }
            Content::Destination(kind, target) => {
                Some(quoted(format!("{kind}:{}", name(&format!("pbx.{kind}"), target))))
            }
        }
    }

    /// A list as it will be: what the file says of each element, over what is there already.
    fn list(&self, list: &NodeList<'a>) -> Written {
        let elements = list.elements.iter().map(|at| self.element(list, *at)).collect();
        text::list(list.model, list.inverse, elements)
    }

    fn element(&self, list: &NodeList<'a>, at: usize) -> Element<'a> {
        let node = &self.nodes.all[at];
        let row = node.id.and_then(|id| self.snapshot.row(node.model.name.as_str(), id));
        let mut fields = Vec::new();
        for field in list.model.fields.iter().filter(|field| field.name != list.inverse) {
            if let Some(inner) = node.lists.iter().find(|inner| inner.field.name == field.name) {
                fields.push((field, self.list(inner), inner.elements.is_empty()));
            } else if let Some(wish) = node.wish(&field.name) {
                if field.kind == FieldKind::Secret || !is_written(field) {
                    continue;
                }
                let default =
                    matches!(&wish.content, Content::Value(value) if text::is_default(field, value));
                let written = self.wished(wish).unwrap_or_else(|| Written::One("\"\"".to_owned()));
                fields.push((field, written, default));
            } else if let Some(row) = row
                && let Some((written, default)) =
                    text::held(self.snapshot, self.outline, list.model, row, field)
            {
                fields.push((field, written, default));
            }
        }
        let number = position(list.model).and_then(|field| node.wish(&field.name));
        let position = number.and_then(|wish| match &wish.content {
            Content::Value(Value::Int(number)) => Some(*number),
            _ => None,
        });
        Element { fields, position }
    }

    /// The records that the file does not name, model by model.
    pub(super) fn unnamed(&self) -> Vec<(&'a str, Vec<RecordId>)> {
        let mut unnamed = Vec::new();
        for model in self.outline.top() {
            let name = model.name.as_str();
            let Some(held) = self.snapshot.held(name) else { continue };
            let is_unnamed = |id: &RecordId| {
                !self.matched.nodes.contains_key(&(name, *id))
                    && !self.snapshot.names.is_of_a_module(name, *id)
            };
            let ids: Vec<RecordId> = held.rows.iter().map(|row| row.id).filter(is_unnamed).collect();
            if !ids.is_empty() {
                unnamed.push((name, ids));
            }
        }
        unnamed
    }

    pub(super) fn deletions(&self, unnamed: &[(&'a str, Vec<RecordId>)]) -> Vec<Change> {
        let change = |(model, name): (&str, String)| Change {
            deed: Deed::Delete,
            model: model.to_owned(),
            name,
            renamed_from: None,
            fields: Vec::new(),
        };
        self.names(unnamed).map(change).collect()
    }

    pub(super) fn kept(&self, unnamed: &[(&'a str, Vec<RecordId>)]) -> Vec<Kept> {
        let record =
            |(model, name): (&str, String)| Kept { model: model.to_owned(), name, field: None, value: None };
        let mut kept: Vec<Kept> = Vec::new();
        for (at, node) in self.nodes.all.iter().enumerate() {
            let (Some(name), Some(id)) = (node.name, node.id) else { continue };
            for field in matching::unsaid(self.nodes, self.snapshot, self.outline, at) {
                let row = self.snapshot.row(node.model.name.as_str(), id);
                let value = row.and_then(|row| self.held(node.model, row, field));
                kept.push(Kept {
                    model: node.model.name.to_string(),
                    name: name.to_owned(),
                    field: Some(field.name.clone()),
                    value: value.map(|written| shown(&written)),
                });
            }
        }
        kept.extend(self.names(unnamed).map(record));
        kept
    }

    fn names<'s>(
        &'s self,
        records: &'s [(&'a str, Vec<RecordId>)],
    ) -> impl Iterator<Item = (&'a str, String)> + 's {
        records.iter().flat_map(move |(model, ids)| {
            ids.iter().map(move |id| {
                let own = self.snapshot.names.own(model, *id);
                (*model, own.map_or_else(|| id.to_string(), str::to_owned))
            })
        })
    }
}

fn shown(written: &Written) -> Shown {
    match written {
        Written::One(text) => Shown::One(text.clone()),
        Written::List(_) | Written::Records { .. } => Shown::List(written.items()),
    }
}
