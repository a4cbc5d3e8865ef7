//! The schema follows the models: tables, columns, references and indexes appear; nothing is narrowed or dropped.

mod actual;
mod changes;
mod declared;

pub(crate) use declared::{Column, Fence, Index, Reference, Table, unique_keys};

use crate::connection::Fault;
use crate::dialect::{ColumnType, Violation};
use crate::error::{SchemaError, StoreError};
use crate::statement::machinery;
use crate::store::Store;
use opbx_kernel::Operator;
use opbx_platform::Value;
use std::fmt;

/// How this version lays tables out; raised when that changes. A database of a higher one is left alone.
pub(crate) const FORMAT: i64 = 1;

/// One step by which the database follows the models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaChange {
    sentence: String,
    statements: Vec<String>,
}

impl SchemaChange {
    pub(crate) fn new(sentence: String, statements: Vec<String>) -> Self {
        Self { sentence, statements }
    }

    /// Says what changes, for people.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

impl fmt::Display for SchemaChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

pub(crate) async fn plan(store: &Store, _operator: &Operator) -> Result<Vec<SchemaChange>, SchemaError> {
    let mut connection = store.pools().begin_to_read().await?;
    let actual = actual::read(&mut connection).await?;
    known_format(&mut connection, &actual).await?;
    changes::between(store.dialect(), &actual, &declared::tables(store.registry()))
}

pub(crate) async fn sync(store: &Store, _operator: &Operator) -> Result<Vec<SchemaChange>, SchemaError> {
    let mut connection = store.pools().begin_to_define().await?;
    connection.define(machinery::lock_schema(store.dialect())).await.map_err(StoreError::from)?;
    let actual = actual::read(&mut connection).await?;
    known_format(&mut connection, &actual).await?;
    let changes = changes::between(store.dialect(), &actual, &declared::tables(store.registry()))?;
    for change in &changes {
        let statements = change.statements.iter().cloned().map(machinery::definition).collect();
        connection.define(statements).await.map_err(|fault| broken(change, fault))?;
    }
    let format = machinery::set_schema_format(store.dialect(), FORMAT);
    connection.execute(format).await.map_err(StoreError::from)?;
    connection.commit().await?;
    Ok(changes)
}

async fn known_format(
    connection: &mut crate::connection::Connection,
    actual: &actual::Tables,
) -> Result<(), SchemaError> {
    if !actual.contains_key(machinery::SCHEMA_TABLE) {
        return Ok(());
    }
    let rows =
        connection.fetch(machinery::schema_format(connection.dialect())).await.map_err(StoreError::from)?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(found)) if *found > FORMAT => {
            Err(SchemaError::Newer { found: *found, known: FORMAT })
        }
        _ => Ok(()),
    }
}

fn broken(change: &SchemaChange, fault: Fault) -> SchemaError {
    match fault {
        Fault::Violation(Violation::UniqueIndex(_) | Violation::UniqueColumns(_) | Violation::Reference) => {
            SchemaError::Broken { sentence: format!("this could not be done: {}", change.sentence) }
        }
        other => SchemaError::Store(other.into()),
    }
}

/// What the catalogue is asked for, and the columns it answers with: all texts but for the last numbers.
const COLUMNS_SHAPE: &[ColumnType] =
    &[ColumnType::Text, ColumnType::Text, ColumnType::Text, ColumnType::Integer];
const INDEXES_SHAPE: &[ColumnType] =
    &[ColumnType::Text, ColumnType::Text, ColumnType::Text, ColumnType::Integer, ColumnType::Integer];
const REFERENCES_SHAPE: &[ColumnType] =
    &[ColumnType::Text, ColumnType::Text, ColumnType::Text, ColumnType::Text, ColumnType::Text];
