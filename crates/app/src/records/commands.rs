//! Creating and changing records together with the records in their lists.

use super::checks::{check, require, require_fields, require_writable};
use super::{Deed, RecordError, rules};
use crate::carrier::changes as carrier;
use opbx_kernel::RecordId;
use opbx_platform::command::NESTING_MAX;
use opbx_platform::field::{Field, FieldKind, OnDelete, RELATED_MAX};
use opbx_platform::{Command, Domain, Model, Value, Values};
use opbx_store::{ReadError, Search, Tx};
use std::future::Future;
use std::pin::Pin;

/// A write that may go on inside the records that it writes.
type Writing<'a, T> = Pin<Box<dyn Future<Output = Result<T, RecordError>> + Send + 'a>>;

/// What is to happen to one list of a record.
struct Change {
    field: Field,
    commands: Vec<Command>,
}

pub(super) fn create<'a>(
    tx: &'a mut Tx,
    model: &'a Model,
    values: Values,
    depth: usize,
) -> Writing<'a, RecordId> {
    Box::pin(async move {
        require(tx.scope(), model, Deed::Create)?;
        require_writable(tx.scope(), model, &values)?;
        check(tx, model, std::slice::from_ref(&values)).await?;
        let (mut values, changes) = split(tx, model, values)?;
        rules::check(tx, model, None, &mut values).await?;
        carrier::prepare_new(tx, model, std::slice::from_mut(&mut values)).await?;
        let pending = carrier::pending(model, std::slice::from_ref(&values));
        let id = if changes.is_empty() {
            tx.create(model.name.as_str(), values).await?
        } else {
            let created = create_with(tx, model, values, changes, depth).await;
            created.inspect_err(|_| tx.give_up())?
        };
        carrier::created(tx, model, &[id], &pending).await?;
        Ok(id)
    })
}

async fn create_with(
    tx: &mut Tx,
    model: &Model,
    mut values: Values,
    changes: Vec<Change>,
    depth: usize,
) -> Result<RecordId, RecordError> {
    let (of_links, of_children): (Vec<_>, Vec<_>) = changes.into_iter().partition(Change::is_of_links);
    for change in of_links {
        let list = links(tx, model, &change, Vec::new(), depth).await?;
        values.insert(change.field.name, Value::Records(list));
    }
    let id = tx.create(model.name.as_str(), values).await?;
    for change in of_children {
        children(tx, model, &change, id, depth).await?;
    }
    rules::check_whole(tx, model, id).await?;
    Ok(id)
}

pub(super) fn update<'a>(
    tx: &'a mut Tx,
    model: &'a Model,
    id: RecordId,
    values: Values,
    expected_version: Option<i64>,
    depth: usize,
) -> Writing<'a, ()> {
    Box::pin(async move {
        require(tx.scope(), model, Deed::Update)?;
        require_fields(tx, model, &values)?;
        require_writable(tx.scope(), model, &values)?;
        check(tx, model, std::slice::from_ref(&values)).await?;
        let (mut values, changes) = split(tx, model, values)?;
        rules::check(tx, model, Some(id), &mut values).await?;
        let is_told = carrier::prepare_change(tx, model, id, &mut values).await?;
        if changes.is_empty() {
            tx.update(model.name.as_str(), id, values, expected_version).await?;
        } else {
            // Held first, so that nothing is written for a record that is absent or of another version.
            let version = tx.hold(model.name.as_str(), id, expected_version).await?;
            let updated = update_with(tx, model, id, values, changes, version, depth).await;
            updated.inspect_err(|_| tx.give_up())?;
        }
        if is_told {
            carrier::changed(tx, model, id).await?;
        }
        Ok(())
    })
}

async fn update_with(
    tx: &mut Tx,
    model: &Model,
    id: RecordId,
    mut values: Values,
    changes: Vec<Change>,
    version: i64,
    depth: usize,
) -> Result<(), RecordError> {
    let name = model.name.as_str();
    let (of_links, of_children): (Vec<_>, Vec<_>) = changes.into_iter().partition(Change::is_of_links);
    for change in of_links {
        let rows = tx.read(name, &[id], &[&change.field.name]).await?;
        let old = match rows.into_iter().next().and_then(|row| row.values.into_iter().next()) {
            Some(Value::Records(ids)) => ids,
            _ => Vec::new(),
        };
        let list = links(tx, model, &change, old, depth).await?;
        values.insert(change.field.name, Value::Records(list));
    }
    tx.update(name, id, values, None).await?;
    let mut changed = false;
    for change in of_children {
        changed |= children(tx, model, &change, id, depth).await?;
    }
    rules::check_whole(tx, model, id).await?;
    if changed {
        let rows = tx.as_system("the version that a change of lists makes").read(name, &[id], &[]).await?;
        if rows.first().is_some_and(|row| row.version == version) {
            tx.advance(name, id).await?;
        }
    }
    Ok(())
}

impl Change {
    /// Whether the list is of links (many2many), and not of records that belong to this one (one2many).
    fn is_of_links(&self) -> bool {
        matches!(self.field.kind, FieldKind::Many2many { .. })
    }

    fn too_long(&self, model: &Model, max: usize) -> RecordError {
        RecordError::ListTooLong { model: model.name.to_string(), field: self.field.name.clone(), max }
    }

    fn not_in_list(&self, model: &Model, id: RecordId) -> RecordError {
        RecordError::NotInList { model: model.name.to_string(), field: self.field.name.clone(), id }
    }
}

/// Takes the lists out of a record's values, but those of links that are plain ids: the store writes these itself.
fn split(tx: &Tx, model: &Model, values: Values) -> Result<(Values, Vec<Change>), RecordError> {
    let models = tx.models();
    let seen = models.model(model.name.as_str());
    let (mut own, mut changes) = (Values::new(), Vec::new());
    for (name, value) in values {
        let field = seen.and_then(|seen| seen.field(&name));
        let commands = match (field.map(|field| &field.kind), value) {
            (Some(FieldKind::One2many { .. } | FieldKind::Many2many { .. }), Value::Commands(commands)) => {
                commands
            }
            (Some(FieldKind::One2many { .. }), Value::Records(ids)) => vec![Command::Set(ids)],
            (Some(FieldKind::One2many { .. }), Value::Null) => vec![Command::Clear],
            (Some(FieldKind::Many2many { to }), Value::Records(ids)) => {
                if let Some(target) = models.model(to.as_str()).filter(|_| !ids.is_empty()) {
                    require(tx.scope(), target, Deed::Read)?;
                }
                own.insert(name, Value::Records(ids));
                continue;
            }
            (_, value) => {
                own.insert(name, value);
                continue;
            }
        };
        let Some(field) = field.cloned() else { continue };
        let change = Change { field, commands };
        if change.commands.len() > RELATED_MAX {
            return Err(change.too_long(model, RELATED_MAX));
        }
        changes.push(change);
    }
    Ok((own, changes))
}

/// Does the commands of a many2many and answers with the ids that its list then holds.
async fn links(
    tx: &mut Tx,
    model: &Model,
    change: &Change,
    mut list: Vec<RecordId>,
    depth: usize,
) -> Result<Vec<RecordId>, RecordError> {
    let FieldKind::Many2many { to } = &change.field.kind else { return Ok(list) };
    let models = tx.models();
    let target = models.model(to.as_str()).ok_or_else(|| ReadError::UnknownModel(to.to_string()))?;
    require(tx.scope(), target, Deed::Read)?;
    for command in &change.commands {
        match command {
            Command::Create(values) => list.push(create(tx, target, values.clone(), deeper(depth)?).await?),
            Command::Update(id, values) => {
                known(&list, *id, model, change)?;
                update(tx, target, *id, values.clone(), None, deeper(depth)?).await?;
            }
            Command::Delete(id) => {
                known(&list, *id, model, change)?;
                super::delete(tx, target, *id).await?;
                list.retain(|other| other != id);
            }
            Command::Unlink(id) => list.retain(|other| other != id),
            Command::Link(id) if list.contains(id) => {}
            Command::Link(id) => list.push(*id),
            Command::Clear => list.clear(),
            Command::Set(ids) => list.clone_from(ids),
        }
        if list.len() > RELATED_MAX {
            return Err(change.too_long(model, RELATED_MAX));
        }
    }
    Ok(list)
}

/// The records that belong to another by a one2many, while commands change them.
struct Children<'a> {
    model: &'a Model,
    inverse: &'a str,
    /// A child that cannot be without its parent is deleted when it is taken out of the list.
    belongs: bool,
    parent: RecordId,
    list: Vec<RecordId>,
}

/// Does the commands of a one2many; tells whether anything changed.
async fn children(
    tx: &mut Tx,
    model: &Model,
    change: &Change,
    parent: RecordId,
    depth: usize,
) -> Result<bool, RecordError> {
    let FieldKind::One2many { to, inverse, max } = &change.field.kind else { return Ok(false) };
    let models = tx.models();
    let child = models.model(to.as_str()).ok_or_else(|| ReadError::UnknownModel(to.to_string()))?;
    require(tx.scope(), child, Deed::Read)?;
    let max = max.unwrap_or(RELATED_MAX);
    let belonging = Domain::eq(inverse, Value::Record(parent));
    let search = Search { archived: true, limit: RELATED_MAX + 1, ..Search::default() };
    let rows = tx.search(to.as_str(), &belonging, search).await?;
    let belongs = child.field(inverse).is_some_and(|field| {
        field.required || matches!(field.kind, FieldKind::Many2one { on_delete: OnDelete::Cascade, .. })
    });
    let list = rows.into_iter().map(|row| row.id).collect();
    let mut children = Children { model: child, inverse, belongs, parent, list };
    let mut changed = false;
    for command in &change.commands {
        match command {
            Command::Create(values) => {
                let mut values = values.clone();
                values.insert(inverse.clone(), Value::Record(parent));
                children.list.push(create(tx, child, values, deeper(depth)?).await?);
                changed = true;
            }
            Command::Update(id, values) => {
                known(&children.list, *id, model, change)?;
                update(tx, child, *id, values.clone(), None, deeper(depth)?).await?;
                changed |= !values.is_empty();
            }
            Command::Delete(id) => {
                known(&children.list, *id, model, change)?;
                super::delete(tx, child, *id).await?;
                children.list.retain(|other| other != id);
                changed = true;
            }
            Command::Unlink(id) => changed |= children.unlink(tx, *id).await?,
            Command::Link(id) => changed |= children.link(tx, *id).await?,
            Command::Clear => changed |= children.keep(tx, &[]).await?,
            Command::Set(ids) => {
                changed |= children.keep(tx, ids).await?;
                for id in ids {
                    changed |= children.link(tx, *id).await?;
                }
            }
        }
        if children.list.len() > max {
            return Err(change.too_long(model, max));
        }
    }
    Ok(changed)
}

impl Children<'_> {
    async fn unlink(&mut self, tx: &mut Tx, id: RecordId) -> Result<bool, RecordError> {
        if !self.list.contains(&id) {
            return Ok(false);
        }
        if self.belongs {
            super::delete(tx, self.model, id).await?;
        } else {
            let without = Values::from([(self.inverse.to_owned(), Value::Null)]);
            update(tx, self.model, id, without, None, 0).await?;
        }
        self.list.retain(|other| *other != id);
        Ok(true)
    }

    async fn link(&mut self, tx: &mut Tx, id: RecordId) -> Result<bool, RecordError> {
        if self.list.contains(&id) {
            return Ok(false);
        }
        let with = Values::from([(self.inverse.to_owned(), Value::Record(self.parent))]);
        update(tx, self.model, id, with, None, 0).await?;
        self.list.push(id);
        Ok(true)
    }

    /// Takes all but these out of the list.
    async fn keep(&mut self, tx: &mut Tx, kept: &[RecordId]) -> Result<bool, RecordError> {
        let mut changed = false;
        for id in self.list.clone() {
            if !kept.contains(&id) {
                changed |= self.unlink(tx, id).await?;
            }
        }
        Ok(changed)
    }
}

fn known(list: &[RecordId], id: RecordId, model: &Model, change: &Change) -> Result<(), RecordError> {
    if list.contains(&id) { Ok(()) } else { Err(change.not_in_list(model, id)) }
}

fn deeper(depth: usize) -> Result<usize, RecordError> {
    if depth < NESTING_MAX { Ok(depth + 1) } else { Err(RecordError::TooDeep { max: NESTING_MAX }) }
}
