//! What must change for the database to follow the models, and what may not change by itself.

use super::actual::{ActualTable, Tables};
use super::declared::{Fence, Table};
use super::{Index, SchemaChange};
use crate::dialect::Dialect;
use crate::error::SchemaError;

/// Compares. Refuses, naming all of them, where a column would be dropped or change its type, or a reference end.
///
/// Tables that no model declares are left alone: their module is not installed now.
pub(crate) fn between(
    dialect: Dialect,
    actual: &Tables,
    declared: &[Table],
) -> Result<Vec<SchemaChange>, SchemaError> {
    let mut changes = Vec::new();
    let mut later = Vec::new();
    let mut refusals = Vec::new();
    for table in declared {
        match actual.get(&table.name) {
            None => create(dialect, table, &mut changes, &mut later),
            Some(found) => {
                refusals.extend(losses(dialect, table, found));
                follow(dialect, table, found, &mut changes, &mut later);
            }
        }
    }
    if !refusals.is_empty() {
        return Err(SchemaError::WouldLose(refusals));
    }
    // References and fences come when every table and unique index is there for them.
    changes.extend(later);
    Ok(changes)
}

fn create(dialect: Dialect, table: &Table, changes: &mut Vec<SchemaChange>, later: &mut Vec<SchemaChange>) {
    let mut statements = vec![dialect.create_table(&table.name, table)];
    statements.extend(table.indexes.iter().map(|index| dialect.create_index(table, index)));
    changes.push(SchemaChange::new(format!("create the table {} {}", table.name, table.purpose), statements));
    let mut statements = Vec::new();
    for reference in &table.references {
        statements.extend(dialect.refer_after_create(table, reference));
    }
    statements.extend(fence(dialect, table));
    if !statements.is_empty() {
        later.push(SchemaChange::new(
            format!("bind {} to its tenant and to what it names", table.name),
            statements,
        ));
    }
}

fn follow(
    dialect: Dialect,
    table: &Table,
    found: &ActualTable,
    changes: &mut Vec<SchemaChange>,
    later: &mut Vec<SchemaChange>,
) {
    for column in table.columns.iter().filter(|column| !found.columns.contains_key(&column.name)) {
        let sentence = format!("add the column {} to {}", column.name, table.name);
        changes.push(SchemaChange::new(sentence, vec![dialect.add_column(&table.name, column)]));
    }
    let is_dropped = |index: &&Index| !table.indexes.contains(index);
    for index in found.indexes.values().filter(is_dropped) {
        let sentence = format!("drop the index {} of {}, which no model declares", index.name, table.name);
        changes.push(SchemaChange::new(sentence, vec![dialect.drop_index(&index.name)]));
    }
    for index in table.indexes.iter().filter(|index| found.indexes.get(&index.name) != Some(index)) {
        let kind = if index.unique { "unique index" } else { "index" };
        let sentence =
            format!("create the {kind} {} on {} ({})", index.name, table.name, index.columns.join(", "));
        changes.push(SchemaChange::new(sentence, vec![dialect.create_index(table, index)]));
    }
    let new: Vec<_> =
        table.references.iter().filter(|reference| !found.references.contains(reference)).collect();
    if !new.is_empty() {
        let targets: Vec<_> = new.iter().map(|reference| reference.table.as_str()).collect();
        let sentence = format!("let {} refer to {}", table.name, targets.join(", "));
        later.push(SchemaChange::new(sentence, dialect.refer(table, &new)));
    }
    if !found.is_fenced && table.fence != Fence::None {
        let sentence = format!("fence {} by tenant", table.name);
        later.push(SchemaChange::new(sentence, fence(dialect, table)));
    }
}

fn fence(dialect: Dialect, table: &Table) -> Vec<String> {
    let mine = "tenant_id = NULLIF(current_setting('opbx.tenant', true), '')::bigint";
    let operator = "current_setting('opbx.operator', true) = 'on'";
    let policies = match table.fence {
        Fence::None => return Vec::new(),
        Fence::Tenant => vec![format!("opbx_tenant ON {{}} USING ({mine})")],
        Fence::TenantItself | Fence::Queue => vec![
            format!("opbx_tenant ON {{}} USING ({mine})"),
            format!("opbx_operator ON {{}} FOR SELECT USING ({operator})"),
        ],
        Fence::Shared => vec![
            "opbx_read ON {} FOR SELECT USING (true)".to_owned(),
            format!("opbx_operator ON {{}} USING ({operator})"),
        ],
    };
    dialect.fence(&table.name, &policies)
}

/// Names what following the models would lose.
fn losses(dialect: Dialect, table: &Table, found: &ActualTable) -> Vec<String> {
    let mut losses = Vec::new();
    for (name, kind) in &found.columns {
        match table.columns.iter().find(|column| column.name == *name) {
            None => {
                losses.push(format!("{}.{name} is in the database, but no model declares it", table.name));
            }
            Some(column) if dialect.type_name(column.column) != kind => losses.push(format!(
                "{}.{name} is {kind} in the database, and would become {}",
                table.name,
                dialect.type_name(column.column)
            )),
            Some(_) => {}
        }
    }
    for reference in found.references.iter().filter(|reference| !table.references.contains(reference)) {
        losses.push(format!(
            "{}.{} refers to {} in the database, but no longer by the models",
            table.name,
            reference.columns.last().map_or("?", String::as_str),
            reference.table
        ));
    }
    losses
}
