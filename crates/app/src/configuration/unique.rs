//! What may stand once: judged over everything that a file leaves behind, before anything is written.

use super::matching::Matched;
use super::nodes::{Nodes, Wish};
use super::snapshot::Snapshot;
use opbx_kernel::RecordId;
use opbx_kernel::fold::fold;
use opbx_platform::field::Unique;
use opbx_platform::source::SourceError;
use opbx_platform::{Field, Model, Value};
use std::collections::{HashMap, HashSet};

/// Fields that together may stand once in a tenant.
pub(super) struct Key<'a> {
    pub(super) fields: Vec<&'a Field>,
    /// Archiving frees what it holds.
    active_only: bool,
}

pub(super) fn keys(model: &Model) -> Vec<Key<'_>> {
    let single = model.fields.iter().filter_map(|field| {
        field.unique.map(|unique| Key { fields: vec![field], active_only: unique == Unique::Active })
    });
    let groups = model.unique.iter().filter_map(|group| {
        let fields = group.iter().map(|name| model.field(name)).collect::<Option<Vec<_>>>()?;
        Some(Key { fields, active_only: false })
    });
    single.chain(groups).collect()
}

/// A value as it is compared; none where it is unset, which stands in nobody's way.
fn part(field: &Field, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) if field.folded => Some(fold(text)),
        Value::Text(text) => Some(text.clone()),
        Value::Decimal(number) => Some(number.normalize().to_string()),
        other => Some(format!("{other:?}")),
    }
}

/// What a record of the database holds of a key.
pub(super) fn of_row(
    snapshot: &Snapshot<'_>,
    model: &str,
    key: &Key<'_>,
    id: RecordId,
) -> Option<Vec<String>> {
    if key.active_only && snapshot.value(model, id, "active") == Some(&Value::Bool(false)) {
        return None;
    }
    key.fields.iter().map(|field| part(field, snapshot.value(model, id, &field.name)?)).collect()
}

/// What a record of the file will hold of a key.
pub(super) fn of_node(
    nodes: &Nodes<'_>,
    snapshot: &Snapshot<'_>,
    key: &Key<'_>,
    at: usize,
) -> Option<Vec<String>> {
    let node = &nodes.all[at];
    let model = node.model.name.as_str();
    let future = |field: &Field, wish: Option<&Wish<'_>>| match (wish, node.id) {
        (Some(wish), _) => match nodes.value(&wish.content) {
            Some(value) => part(field, &value),
            None => Some(format!("{:?}", wish.content)),
        },
        (None, Some(id)) => part(field, snapshot.value(model, id, &field.name)?),
        (None, None) => part(field, field.default.as_ref()?),
    };
    if key.active_only
        && let Some(active) = node.model.field("active")
        && future(active, node.wish("active")) == part(active, &Value::Bool(false))
    {
        return None;
    }
    key.fields.iter().map(|field| future(field, node.wish(&field.name))).collect()
}

/// Who holds a value.
enum Holder {
    Node(usize),
    Row(RecordId),
}

/// Refuses what two records would hold, at the line of the later one.
pub(super) fn check(
    nodes: &Nodes<'_>,
    snapshot: &Snapshot<'_>,
    matched: &Matched<'_>,
    mistakes: &mut Vec<SourceError>,
) {
    let mut by_model: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, node) in nodes.all.iter().enumerate() {
        by_model.entry(node.model.name.as_str()).or_default().push(at);
    }
    let gone = matched.gone_ids();
    for (model, ats) in by_model {
        let Some(held) = snapshot.held(model) else { continue };
        for key in keys(held.model) {
            let mut holders: HashMap<Vec<String>, Holder> = HashMap::new();
            for row in &held.rows {
                let is_here = matched.nodes.contains_key(&(model, row.id)) || gone.contains(&(model, row.id));
                if !is_here && let Some(held) = of_row(snapshot, model, &key, row.id) {
                    holders.insert(held, Holder::Row(row.id));
                }
            }
            for at in &ats {
                let Some(wanted) = of_node(nodes, snapshot, &key, *at) else { continue };
                match holders.get(&wanted) {
                    Some(holder) => mistakes.push(taken(nodes, snapshot, &key, *at, holder)),
                    None => drop(holders.insert(wanted, Holder::Node(*at))),
                }
            }
        }
    }
}

fn taken(
    nodes: &Nodes<'_>,
    snapshot: &Snapshot<'_>,
    key: &Key<'_>,
    at: usize,
    holder: &Holder,
) -> SourceError {
    let node = &nodes.all[at];
    let names: Vec<&str> = key.fields.iter().map(|field| field.name.as_str()).collect();
    let named = key.fields.iter().rev().find(|field| node.wish(&field.name).is_some());
    let place = named.map_or(node.place, |field| node.place_of(&field.name));
    let model = node.model.name.as_str();
    let who = match holder {
        Holder::Node(other) => {
            format!("{} on line {}", nodes.title(*other), nodes.all[*other].place.line())
        }
        Holder::Row(id) => match snapshot.names.own(model, *id) {
            Some(own) => format!(
                "{model}.{own}, which the file does not name; was it renamed? Then say `renamed_from = \"{own}\"`"
            ),
            None => "one that a module brought along".to_owned(),
        },
    };
    place.refuse(format!("another record of {model} has the same {}: {who}", names.join(", ")))
}

/// The values that records of the database hold now, so that one that is freed can be taken in the right order.
pub(super) struct Holding<'a> {
    keys: HashMap<&'a str, Vec<Key<'a>>>,
    held: HashMap<(&'a str, usize, Vec<String>), RecordId>,
}

impl<'a> Holding<'a> {
    pub(super) fn of(snapshot: &Snapshot<'a>, models: &HashSet<&'a str>) -> Self {
        let mut holding = Self { keys: HashMap::new(), held: HashMap::new() };
        for model in models {
            let Some(held) = snapshot.held(model) else { continue };
            let keys = keys(held.model);
            for row in &held.rows {
                for (number, key) in keys.iter().enumerate() {
                    if let Some(value) = of_row(snapshot, model, key, row.id) {
                        holding.held.insert((model, number, value), row.id);
                    }
                }
            }
            holding.keys.insert(model, keys);
        }
        holding
    }

    /// Whether a record can be brought to what the file says without meeting another that still holds the same.
    pub(super) fn is_free(&self, nodes: &Nodes<'a>, snapshot: &Snapshot<'a>, at: usize) -> bool {
        let node = &nodes.all[at];
        let model = node.model.name.as_str();
        self.keys.get(model).into_iter().flatten().enumerate().all(|(number, key)| {
            let Some(wanted) = of_node(nodes, snapshot, key, at) else { return true };
            self.held.get(&(model, number, wanted)).is_none_or(|holder| Some(*holder) == node.id)
        })
    }

    /// Notes that a record was brought to what the file says.
    pub(super) fn moved(&mut self, nodes: &Nodes<'a>, snapshot: &Snapshot<'a>, at: usize) {
        let node = &nodes.all[at];
        let (model, Some(id)) = (node.model.name.as_str(), node.id) else { return };
        let Self { keys, held } = self;
        for (number, key) in keys.get(model).into_iter().flatten().enumerate() {
            if let Some(old) = of_row(snapshot, model, key, id) {
                held.remove(&(model, number, old));
            }
            if let Some(new) = of_node(nodes, snapshot, key, at) {
                held.insert((model, number, new), id);
            }
        }
    }
}
