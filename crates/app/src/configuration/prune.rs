//! What stands in the way of deleting what a file does not name.

use super::matching::Matched;
use super::nodes::Nodes;
use super::snapshot::Snapshot;
use opbx_kernel::RecordId;
use opbx_platform::field::OnDelete;
use opbx_platform::record::Row;
use opbx_platform::source::{Place, SourceError};
use opbx_platform::{DestinationRef, Field, FieldKind, Model, Value};
use std::collections::HashSet;

type Doomed<'a> = HashSet<(&'a str, RecordId)>;

/// How deep records inside records are followed, as in the store.
const DEPTH_MAX: usize = 16;

/// Refuses where a record that stays would still name one that goes, and says which.
pub(super) fn check<'a>(
    nodes: &Nodes<'a>,
    snapshot: &Snapshot<'a>,
    matched: &Matched<'a>,
    unnamed: &[(&'a str, Vec<RecordId>)],
    place: &Place,
    mistakes: &mut Vec<SourceError>,
) {
    let first = unnamed.iter().flat_map(|(model, ids)| ids.iter().map(move |id| (*model, *id)));
    let mut doomed: Doomed<'a> = first.collect();
    if doomed.is_empty() {
        return;
    }
    let gone = matched.gone_ids();
    take_along(snapshot, &mut doomed);
    let mut stays: Vec<(&Model, &Row)> = Vec::new();
    for held in snapshot.all() {
        let name = held.model.name.as_str();
        let rows = held
            .rows
            .iter()
            .filter(|row| !doomed.contains(&(name, row.id)) && !gone.contains(&(name, row.id)));
        stays.extend(rows.map(|row| (held.model, row)));
    }
    stays.sort_by_key(|(model, row)| (model.name.as_str(), row.id));
    for (model, row) in stays {
        let node = matched.nodes.get(&(model.name.as_str(), row.id)).map(|at| &nodes.all[*at]);
        for field in &model.fields {
            let wish = node.and_then(|node| node.wish(&field.name));
            let future = match wish {
                // What names a new record names none that goes.
                Some(wish) => nodes.value(&wish.content),
                None => snapshot.value(model.name.as_str(), row.id, &field.name).cloned(),
            };
            let Some((target, id)) = future.as_ref().and_then(|value| held_by(field, value)) else {
                continue;
            };
            if doomed.contains(&(target.as_str(), id)) {
                let name = |model: &str, id| {
                    let own = snapshot.names.own(model, id).map(str::to_owned);
                    format!("{model}.{}", own.unwrap_or_else(|| id.to_string()))
                };
                let message = format!(
                    "cannot prune: {}.{} names {}",
                    name(model.name.as_str(), row.id),
                    field.name,
                    name(&target, id)
                );
                mistakes.push(wish.map_or(place, |wish| wish.place).refuse(message));
            }
        }
    }
}

/// Adds the records that go with those that go.
fn take_along<'a>(snapshot: &Snapshot<'a>, doomed: &mut Doomed<'a>) {
    for _ in 0..DEPTH_MAX {
        let mut more = Vec::new();
        for held in snapshot.all() {
            let (model, held) = (held.model, held);
            let owners = model.fields.iter().filter_map(|field| match &field.kind {
                FieldKind::Many2one { to, on_delete: OnDelete::Cascade } => Some((field, to.as_str())),
                _ => None,
            });
            for (field, to) in owners {
                let is_doomed = |row: &&Row| match held.value(row, &field.name) {
                    Some(Value::Record(id)) => doomed.contains(&(to, *id)),
                    _ => false,
                };
                let key = |row: &Row| (model.name.as_str(), row.id);
                more.extend(held.rows.iter().filter(is_doomed).map(key).filter(|key| !doomed.contains(key)));
            }
        }
        if more.is_empty() {
            return;
        }
        doomed.extend(more);
    }
}

/// The record that a value holds on to: by a many2one that restricts, or as a destination.
fn held_by(field: &Field, value: &Value) -> Option<(String, RecordId)> {
    match (&field.kind, value) {
        (FieldKind::Many2one { to, on_delete: OnDelete::Restrict }, Value::Record(id)) => {
            Some((to.to_string(), *id))
        }
        (FieldKind::Destination, Value::Destination(destination @ DestinationRef::Record { id, .. })) => {
            Some((destination.model()?, *id))
        }
        _ => None,
    }
}

/// Refuses to lock everybody out: a file that names no owner was hardly meant to delete the last one.
pub(super) fn last_owner(
    snapshot: &Snapshot<'_>,
    unnamed: &[(&str, Vec<RecordId>)],
    place: &Place,
    mistakes: &mut Vec<SourceError>,
) {
    let (Some(users), Some((_, group))) =
        (snapshot.held("res.users"), snapshot.names.of_a_module("base", "group_owner"))
    else {
        return;
    };
    let is_owner = |id: &RecordId| {
        let groups = snapshot.value("res.users", *id, "groups");
        let is_active = snapshot.value("res.users", *id, "active") != Some(&Value::Bool(false));
        is_active && matches!(groups, Some(Value::Records(groups)) if groups.contains(group))
    };
    let owners: Vec<RecordId> = users.rows.iter().map(|row| row.id).filter(is_owner).collect();
    let doomed: HashSet<RecordId> =
        unnamed.iter().filter(|(model, _)| *model == "res.users").flat_map(|(_, ids)| ids.clone()).collect();
    if !owners.is_empty() && owners.iter().all(|owner| doomed.contains(owner)) {
        let names: Vec<&str> =
            owners.iter().filter_map(|owner| snapshot.names.own("res.users", *owner)).collect();
        let message = format!(
            "pruning would delete the last owner: name res.users.{} in the file",
            names.join(" or res.users.")
        );
        mistakes.push(place.refuse(message));
    }
}
