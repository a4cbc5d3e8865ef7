//! Relational commands, as Odoo numbers them: what is to happen to a record's list of other records.

use crate::field::{FieldError, FieldKind, RELATED_MAX};
use crate::model::Model;
use crate::registry::Registry;
use crate::value::{Value, Values};
use opbx_kernel::RecordId;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// How deep records may be created inside records.
pub const NESTING_MAX: usize = 3;

/// One change of a one2many or many2many. They are done in the order given.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `[0, _, values]`: creates a record in the list.
    Create(Values),
    /// `[1, id, values]`: changes a record of the list.
    Update(RecordId, Values),
    /// `[2, id]`: deletes a record of the list.
    Delete(RecordId),
    /// `[3, id]`: takes a record out of the list. One that cannot be without it is deleted.
    Unlink(RecordId),
    /// `[4, id]`: puts an existing record into the list.
    Link(RecordId),
    /// `[5]`: takes every record out of the list.
    Clear,
    /// `[6, _, ids]`: makes the list hold these records and no others.
    Set(Vec<RecordId>),
}

/// Why the values of a record cannot be read: by field, or by `field.0.field` inside commands.
pub type InvalidValues = BTreeMap<String, FieldError>;

/// Reads an object of JSON as values of a model's record; lists of records may be ids or commands.
///
/// Fields that the registry does not have are refused, so that a registry narrowed to what somebody may see hides
/// the rest. Whether values fit their fields, `Field::check` says.
pub fn read_values(
    registry: &Registry,
    model: &Model,
    json: &Map<String, Json>,
) -> Result<Values, InvalidValues> {
    values(registry, model, json, 0)
}

fn values(
    registry: &Registry,
    model: &Model,
    json: &Map<String, Json>,
    depth: usize,
) -> Result<Values, InvalidValues> {
    let (mut read, mut faults) = (Values::new(), InvalidValues::new());
    for (name, json) in json {
        let Some(field) = model.field(name) else {
            faults.insert(name.clone(), FieldError::Unknown);
            continue;
        };
        let value = match (target(registry, &field.kind), json) {
            (Some(target), Json::Array(items)) if items.iter().any(Json::is_array) => {
                commands(registry, target, name, items, depth)
            }
            _ => Value::from_json(field, json).map_err(|error| BTreeMap::from([(name.clone(), error)])),
        };
        match value {
            Ok(value) => drop(read.insert(name.clone(), value)),
            Err(inside) => faults.extend(inside),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

fn target<'a>(registry: &'a Registry, kind: &FieldKind) -> Option<&'a Model> {
    match kind {
        FieldKind::One2many { to, .. } | FieldKind::Many2many { to } => registry.model(to.as_str()),
        _ => None,
    }
}

fn commands(
    registry: &Registry,
    target: &Model,
    name: &str,
    items: &[Json],
    depth: usize,
) -> Result<Value, InvalidValues> {
    if items.len() > RELATED_MAX {
        return Err(BTreeMap::from([(name.to_owned(), FieldError::TooMany { max: RELATED_MAX })]));
    }
    let (mut read, mut faults) = (Vec::new(), InvalidValues::new());
    for (at, item) in items.iter().enumerate() {
        match command(registry, target, item, depth) {
            Ok(command) => read.push(command),
            Err(Fault::Command) => {
                faults.insert(format!("{name}.{at}"), FieldError::NotACommand);
            }
            Err(Fault::TooDeep) => {
                faults.insert(format!("{name}.{at}"), FieldError::TooDeep { max: NESTING_MAX });
            }
            Err(Fault::Inside(inside)) => {
                faults
                    .extend(inside.into_iter().map(|(field, fault)| (format!("{name}.{at}.{field}"), fault)));
            }
        }
    }
    if faults.is_empty() { Ok(Value::Commands(read)) } else { Err(faults) }
}

enum Fault {
    Command,
    TooDeep,
    Inside(InvalidValues),
}

fn command(registry: &Registry, target: &Model, json: &Json, depth: usize) -> Result<Command, Fault> {
    let id = |json: &Json| json.as_i64().and_then(|id| RecordId::new(id).ok()).ok_or(Fault::Command);
    let inside = |json: &Map<String, Json>| {
        if depth >= NESTING_MAX {
            return Err(Fault::TooDeep);
        }
        values(registry, target, json, depth + 1).map_err(Fault::Inside)
    };
    let Json::Array(parts) = json else { return Err(Fault::Command) };
    let number = parts.first().and_then(Json::as_i64).ok_or(Fault::Command)?;
    Ok(match (number, &parts[1..]) {
        (0, [_, Json::Object(values)]) => Command::Create(inside(values)?),
        (1, [of, Json::Object(values)]) => Command::Update(id(of)?, inside(values)?),
        (2, [of] | [of, _]) => Command::Delete(id(of)?),
        (3, [of] | [of, _]) => Command::Unlink(id(of)?),
        (4, [of] | [of, _]) => Command::Link(id(of)?),
        (5, [] | [_] | [_, _]) => Command::Clear,
        (6, [_, Json::Array(ids)]) => Command::Set(ids.iter().map(id).collect::<Result<_, _>>()?),
        _ => return Err(Fault::Command),
    })
}

#[cfg(test)]
mod tests;
