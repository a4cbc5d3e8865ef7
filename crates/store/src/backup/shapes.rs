//! The tables to be backed up: those of the models, and what modules that are not installed now left behind.

use super::{BackupColumn, BackupTable};
use crate::dialect::{ColumnType, Dialect};
use crate::schema::actual::{ActualTable, Tables};
use crate::schema::declared::{self, Table};
use crate::schema::kinds::column_of;
use crate::schema::memory::Memory;
use crate::statement::records::{LINK_FROM, LINK_TO};
use opbx_platform::Registry;

/// Columns of every model, and of every list of pairs.
const NUMBERS: [&str; 7] = ["id", "tenant_id", "created_by", "updated_by", "version", LINK_FROM, LINK_TO];
const INSTANTS: [&str; 2] = ["created_at", "updated_at"];

/// What the database holds, or every name that does not agree with the models of this version.
pub(super) fn of(
    dialect: Dialect,
    registry: &Registry,
    actual: &Tables,
    memory: &Memory,
) -> Result<Vec<BackupTable>, Vec<String>> {
    let declared = declared::tables(registry);
    let (mut tables, mut unknown) = (Vec::new(), Vec::new());
    for table in &declared {
        let Some(found) = actual.get(&table.name) else {
            unknown.push(table.name.clone());
            continue;
        };
        unknown.extend(differing(dialect, table, found, memory));
        tables.push(of_declared(table));
    }
    for (name, found) in actual.iter().filter(|(name, found)| is_declared(&declared, name) || is_ours(found))
    {
        let at = match tables.iter().position(|table| table.name == *name) {
            Some(at) => at,
            None => {
                tables.push(bare(name, found));
                tables.len() - 1
            }
        };
        for (column, kind) in &found.columns {
            if tables[at].place_of(column).is_some() {
                continue;
            }
            let not_null = found.not_null.contains(column);
            match left_behind(dialect, name, column, kind, found, memory) {
                Some(kind) => {
                    tables[at].columns.push(BackupColumn { name: column.clone(), kind, not_null });
                }
                None => unknown.push(format!("{name}.{column}")),
            }
        }
        if tables[at].key.is_empty() {
            unknown.push(name.clone());
        }
    }
    if unknown.is_empty() { Ok(tables) } else { Err(unknown) }
}

/// Whether an undeclared table is of a module that is not installed now, and not another program's: it tells of each
/// row whose it is, or who wrote it when.
pub(super) fn is_ours(found: &ActualTable) -> bool {
    let has = |column: &&str| found.columns.contains_key(*column);
    has(&"tenant_id") || (has(&"version") && INSTANTS.iter().all(has))
}

pub(super) fn is_declared(declared: &[Table], name: &str) -> bool {
    declared.iter().any(|table| table.name == name)
}

/// Columns that the models declare otherwise: the database has not followed this version yet.
fn differing(dialect: Dialect, table: &Table, found: &ActualTable, memory: &Memory) -> Vec<String> {
    let differs = |name: &str, declared: ColumnType| {
        let Some(kind) = found.columns.get(name) else { return true };
        let known = remembered(memory, &table.name, name);
        kind != dialect.type_name(declared) || known.is_some_and(|known| known != declared)
    };
    let columns = table.columns.iter().filter(|column| differs(&column.name, column.column));
    columns.map(|column| format!("{}.{}", table.name, column.name)).collect()
}

fn remembered(memory: &Memory, table: &str, column: &str) -> Option<ColumnType> {
    let of_table =
        |((model, field), _): &(&(String, String), _)| field == column && model.replace('.', "_") == table;
    memory.iter().find(of_table).and_then(|(_, shape)| column_of(&shape.kind))
}

fn of_declared(table: &Table) -> BackupTable {
    let columns = table.columns.iter().map(|column| BackupColumn {
        name: column.name.clone(),
        kind: column.column,
        not_null: column.not_null || table.key.contains(&column.name),
    });
    BackupTable {
        name: table.name.clone(),
        columns: columns.collect(),
        key: table.key.clone(),
        numbered: table.numbered,
        last_id: 0,
    }
}

/// A table that no installed module declares; its columns are still to come. Without a key it is none of ours.
fn bare(name: &str, found: &ActualTable) -> BackupTable {
    let has = |column: &&&str| found.columns.contains_key(**column);
    let numbered = found.columns.contains_key("id");
    let own: &[&str] = if numbered { &["tenant_id", "id"] } else { &["tenant_id", LINK_FROM, LINK_TO] };
    let key: Vec<String> = own.iter().filter(has).map(|column| (*column).to_owned()).collect();
    let is_ours = numbered || key.len() == own.len();
    BackupTable {
        name: name.to_owned(),
        columns: Vec::new(),
        key: if is_ours { key } else { Vec::new() },
        numbered,
        last_id: 0,
    }
}

/// The kind of a column that no installed module declares: what the catalogue says, where that says enough; else what
/// is remembered of the models.
fn left_behind(
    dialect: Dialect,
    table: &str,
    column: &str,
    kind: &str,
    found: &ActualTable,
    memory: &Memory,
) -> Option<ColumnType> {
    let beside = |end: &str| column.strip_suffix(end).is_some_and(|base| found.columns.contains_key(base));
    let of_all = match column {
        _ if NUMBERS.contains(&column) => Some(ColumnType::Integer),
        _ if INSTANTS.contains(&column) => Some(ColumnType::Instant),
        _ if beside("_folded") => Some(ColumnType::Text),
        _ if beside("_translations") => Some(ColumnType::Json),
        _ => None,
    };
    let said = of_all.or_else(|| remembered(memory, table, column));
    match (said, dialect) {
        (Some(said), _) => Some(said).filter(|said| dialect.type_name(*said) == kind),
        (None, _) => dialect.type_told(kind),
    }
}
