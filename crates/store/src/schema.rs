//! The schema follows the models: tables, columns, references and indexes appear; what would lose something happens
//! only where a migration step says so.

pub(crate) mod actual;
mod changes;
pub(crate) mod declared;
pub(crate) mod kinds;
pub(crate) mod memory;
mod refusals;
mod steps;

pub(crate) use changes::Remake;
pub(crate) use declared::{Column, Fence, Index, Reference, Table, unique_keys};
pub(crate) use kinds::{Conversion, Unfitting};

use crate::connection::{Connection, Fault};
use crate::dialect::{ColumnType, Violation};
use crate::error::{SchemaError, StoreError};
use crate::statement::machinery;
use crate::store::Store;
use changes::Follow;
use memory::Memory;
use opbx_kernel::Operator;
use opbx_kernel::fold::fold;
use opbx_platform::Value;
use std::fmt;
use steps::Due;

/// How this version lays tables out; raised when that changes. A database of a higher one is left alone.
pub(crate) const FORMAT: i64 = 1;

/// Texts that are folded between two questions for more.
const REFOLD_BATCH: u64 = 500;

/// One step by which the database follows the models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaChange {
    sentence: String,
    statements: Vec<String>,
    /// Table, text and folded text whose folded form is to be made again after the statements.
    refold: Option<(String, String, String)>,
    /// Columns come before what is done to values, and that before indexes.
    turn: u8,
    /// Whether planning it was doing it.
    is_made: bool,
}

impl SchemaChange {
    pub(crate) fn new(sentence: String, statements: Vec<String>) -> Self {
        Self { sentence, statements, refold: None, turn: 0, is_made: false }
    }

    fn in_turn(self, turn: u8) -> Self {
        Self { turn, ..self }
    }

    fn turn(&self) -> u8 {
        self.turn
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

/// What `sync` would do, and what it would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaPlan {
    pub changes: Vec<SchemaChange>,
    /// Sentences; as long as there is one, nothing is done.
    pub refusals: Vec<String>,
}

/// A plan in the transaction that it was made in, renames already made.
struct Drafted<'a> {
    plan: SchemaPlan,
    memory: Memory,
    due: Due<'a>,
}

/// Looks at everything, in a transaction that is given up: renames are tried, for what follows is seen only after them.
pub(crate) async fn plan(store: &Store, _operator: &Operator) -> Result<SchemaPlan, SchemaError> {
    let mut connection = begin(store).await?;
    let plan = draft(store, &mut connection).await?.plan;
    connection.rollback().await?;
    Ok(plan)
}

pub(crate) async fn sync(store: &Store, _operator: &Operator) -> Result<Vec<SchemaChange>, SchemaError> {
    let mut connection = begin(store).await?;
    let changes = follow(store, &mut connection).await?;
    connection.commit().await?;
    Ok(changes)
}

/// Does what `sync` does, in a transaction that `begin` began and somebody else commits.
pub(crate) async fn follow(
    store: &Store,
    connection: &mut Connection,
) -> Result<Vec<SchemaChange>, SchemaError> {
    let Drafted { plan, memory, due } = draft(store, connection).await?;
    if !plan.refusals.is_empty() {
        return Err(SchemaError::WouldLose(plan.refusals));
    }
    for change in plan.changes.iter().filter(|change| !change.is_made) {
        make(connection, change).await?;
    }
    let format = machinery::set_schema_format(store.dialect(), FORMAT);
    connection.execute(format).await.map_err(StoreError::from)?;
    for migration in due.migrations() {
        let note =
            machinery::note_migration(store.dialect(), &migration.module, &migration.version, store.now());
        connection.execute(note).await.map_err(StoreError::from)?;
    }
    memory::keep(connection, &memory, store.registry()).await?;
    Ok(plan.changes)
}

/// Begins the one transaction that may change the schema.
pub(crate) async fn begin(store: &Store) -> Result<Connection, SchemaError> {
    let mut connection = store.pools().begin_to_define().await?;
    connection.define(machinery::lock_schema(store.dialect())).await.map_err(StoreError::from)?;
    Ok(connection)
}

async fn draft<'a>(store: &'a Store, connection: &mut Connection) -> Result<Drafted<'a>, SchemaError> {
    let (dialect, registry) = (store.dialect(), store.registry());
    let mut actual = actual::read(connection).await?;
    known_format(connection, &actual).await?;
    let mut memory = Memory::new();
    if actual.contains_key(machinery::FIELDS_TABLE) {
        memory = memory::read(connection).await?;
    }
    let known = memory.clone();
    let due = Due::read(connection, registry, &actual).await?;
    let mut changes = Vec::new();
    for step in due.steps() {
        let Some(mut change) = steps::rename(dialect, registry, &actual, &mut memory, step) else { continue };
        make(connection, &change).await?;
        change.is_made = true;
        changes.push(change);
        actual = actual::read(connection).await?;
    }
    let follow = Follow { dialect, registry, actual: &actual, memory: &memory, due: &due };
    let compared = changes::between(&follow, &declared::tables(registry));
    let mut refusals = Vec::new();
    for refusal in &compared.refusals {
        refusals.extend(refusal.sentence(connection).await?);
    }
    changes.extend(compared.changes);
    Ok(Drafted { plan: SchemaPlan { changes, refusals }, memory: known, due })
}

async fn make(connection: &mut Connection, change: &SchemaChange) -> Result<(), SchemaError> {
    let statements = change.statements.iter().cloned().map(machinery::definition).collect();
    connection.define(statements).await.map_err(|fault| broken(change, fault))?;
    match &change.refold {
        Some((table, column, folded)) => refold(connection, table, column, folded).await,
        None => Ok(()),
    }
}

/// Folds the texts whose folded form is missing: only Rust folds as this product does.
async fn refold(
    connection: &mut Connection,
    table: &str,
    column: &str,
    folded: &str,
) -> Result<(), SchemaError> {
    let dialect = connection.dialect();
    let [down, up] = dialect.fence_down_and_up(table);
    connection
        .define(down.map(machinery::definition).into_iter().collect())
        .await
        .map_err(StoreError::from)?;
    loop {
        let unfolded = machinery::unfolded(dialect, table, column, folded, REFOLD_BATCH);
        let rows = connection.fetch(unfolded).await.map_err(StoreError::from)?;
        // Each round leaves fewer: every row it finds is given a folded text.
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let [Value::Int(id), Value::Text(text)] = row.as_slice() else {
                return Err(StoreError::Damaged { column: column.to_owned() }.into());
            };
            let set = machinery::set_folded(dialect, table, folded, *id, &fold(text));
            connection.execute(set).await.map_err(StoreError::from)?;
        }
    }
    connection.define(up.map(machinery::definition).into_iter().collect()).await.map_err(StoreError::from)?;
    Ok(())
}

/// Refuses a database of a newer version.
pub(crate) async fn known_format(
    connection: &mut Connection,
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
