//! The tables that the database has.

use super::{COLUMNS_SHAPE, INDEXES_SHAPE, Index, REFERENCES_SHAPE, Reference};
use crate::connection::Connection;
use crate::error::StoreError;
use crate::statement::machinery::catalogue;
use opbx_platform::Value;
use std::collections::{BTreeMap, BTreeSet};

/// By name.
pub(crate) type Tables = BTreeMap<String, ActualTable>;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ActualTable {
    /// Column → the database's own name of its type.
    pub(crate) columns: BTreeMap<String, String>,
    /// Columns that are never empty.
    pub(crate) not_null: BTreeSet<String>,
    pub(crate) indexes: BTreeMap<String, Index>,
    pub(crate) references: BTreeSet<Reference>,
    /// Whether row-level security binds even the owner; true where the database has none.
    pub(crate) is_fenced: bool,
}

/// Asks the catalogue. Indexes that stand for primary keys are left out.
pub(crate) async fn read(connection: &mut Connection) -> Result<Tables, StoreError> {
    let questions = connection.dialect().catalogue();
    let mut tables = Tables::new();
    for row in connection.fetch(catalogue(questions.columns, COLUMNS_SHAPE)).await? {
        let [table, column, kind] = texts(&row)?;
        let table = tables.entry(table).or_default();
        if number(&row, 3) & 1 == 1 {
            table.not_null.insert(column.clone());
        }
        table.is_fenced = number(&row, 3) & 2 == 2;
        table.columns.insert(column, kind);
    }
    for row in connection.fetch(catalogue(questions.indexes, INDEXES_SHAPE)).await? {
        let [table, name, column] = texts(&row)?;
        let index = tables.entry(table).or_default().indexes.entry(name.clone()).or_insert_with(|| Index {
            name,
            columns: Vec::new(),
            unique: number(&row, 3) == 1,
            active_only: number(&row, 4) == 1,
        });
        index.columns.push(column);
    }
    // Each reference comes column by column, in order, under a name of its own.
    let mut references: BTreeMap<(String, String), Reference> = BTreeMap::new();
    for row in connection.fetch(catalogue(questions.references, REFERENCES_SHAPE)).await? {
        let [table, name, column, to, target] = texts(&row)?;
        let reference = references.entry((table, name)).or_insert_with(|| Reference {
            columns: Vec::new(),
            table: to,
            target: Vec::new(),
        });
        reference.columns.push(column);
        reference.target.push(target);
    }
    for ((table, _), reference) in references {
        tables.entry(table).or_default().references.insert(reference);
    }
    Ok(tables)
}

fn texts<const N: usize>(row: &[Value]) -> Result<[String; N], StoreError> {
    let damaged = || StoreError::Damaged { column: "catalogue".to_owned() };
    let texts: Option<Vec<String>> = row
        .iter()
        .take(N)
        .map(|value| if let Value::Text(text) = value { Some(text.clone()) } else { None })
        .collect();
    texts.and_then(|texts| texts.try_into().ok()).ok_or_else(damaged)
}

fn number(row: &[Value], at: usize) -> i64 {
    if let Some(Value::Int(number)) = row.get(at) { *number } else { 0 }
}
