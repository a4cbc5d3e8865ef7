//! Writing a backup into a database, in one transaction.

use super::shapes::{is_declared, is_ours};
use super::{BackupColumn, BackupTable};
use crate::connection::Connection;
use crate::error::{SchemaError, StoreError};
use crate::schema::actual::ActualTable;
use crate::schema::declared::{self, Table};
use crate::schema::{self, Column, Fence, Reference, SchemaChange, actual};
use crate::statement::{backup, machinery};
use crate::store::Store;
use crate::tx::jobs::JOB_MODEL;
use crate::tx::save::PARAMETERS_MAX;
use crate::tx::{PLAN_VERSION, TENANT_MODEL};
use opbx_kernel::{Code, Kind, Operator};
use opbx_platform::Value;

/// How far ahead every tenant's plan is counted by a restore: a plan that was made between the backup and now, and may
/// be named by calls that are under way, must not have the number of one to come.
pub const FAR_AHEAD: i64 = 10_000;

/// Why a backup cannot be written into a database.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(
        "the database holds {tenants} tenants already: name an empty one, or say --replace to lose what it holds"
    )]
    HoldsRecords { tenants: i64 },
    #[error("the backup names the table {0} twice, or one of the database itself")]
    BadTable(String),
    #[error("a row of {0} holds what its column does not take")]
    BadRow(String),
    #[error("{0} rows name records that are not there: the backup is not whole")]
    Orphans(i64),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RestoreError {
    pub fn code(&self) -> Code {
        match self {
            Self::HoldsRecords { .. } => Code::new(Kind::Conflict, "database_holds_records"),
            Self::BadTable(_) | Self::BadRow(_) | Self::Orphans(_) => {
                Code::new(Kind::Invalid, "backup_damaged")
            }
            Self::Schema(_) => Code::new(Kind::Conflict, "schema_refused"),
            Self::Store(error) => error.code(),
        }
    }
}

/// A restore under way; dropping it leaves the database as it was.
pub struct Restore {
    connection: Connection,
    store: Store,
    operator: Operator,
    declared: Vec<Table>,
    tables: Vec<BackupTable>,
}

impl Store {
    /// Begins to restore: with `replace`, everything that the database holds goes first.
    pub async fn restore(&self, operator: &Operator, replace: bool) -> Result<Restore, RestoreError> {
        let mut connection = schema::begin(self).await?;
        if let Some(enter) = machinery::enter_operator(self.dialect(), operator) {
            connection.execute(enter).await.map_err(StoreError::from)?;
        }
        let declared = declared::tables(self.registry());
        let actual = actual::read(&mut connection).await?;
        let tenants = TENANT_MODEL.replace('.', "_");
        if !replace && actual.contains_key(&tenants) {
            let counted = machinery::counted(&tenants, "1 = 1");
            let counted = connection.fetch(counted).await.map_err(StoreError::from)?;
            if let Some(Value::Int(tenants @ 1..)) = counted.first().and_then(|row| row.first()) {
                return Err(RestoreError::HoldsRecords { tenants: *tenants });
            }
        }
        // What other programs keep beside ours stays.
        let goes = |name: &str, found: &ActualTable| is_declared(&declared, name) || is_ours(found);
        for (name, _) in actual.iter().filter(|(name, found)| goes(name, found)) {
            let drop = machinery::definition(self.dialect().drop_table(name));
            connection.execute(drop).await.map_err(StoreError::from)?;
        }
        Ok(Restore {
            connection,
            store: self.clone(),
            operator: operator.clone(),
            declared,
            tables: Vec::new(),
        })
    }
}

impl Restore {
    /// Makes the next table; `rows` fills it.
    pub async fn table(&mut self, table: BackupTable) -> Result<(), RestoreError> {
        if self.tables.iter().any(|made| made.name == table.name) || table.name.starts_with("sqlite_") {
            return Err(RestoreError::BadTable(table.name));
        }
        let bare = self.bare(&table);
        let create = self.store.dialect().create_table(&table.name, &bare);
        self.connection.execute(machinery::definition(create)).await.map_err(StoreError::from)?;
        self.tables.push(table);
        Ok(())
    }

    /// Writes rows of the table that was made last.
    pub async fn rows(&mut self, rows: &[Vec<Value>]) -> Result<(), RestoreError> {
        let Some(table) = self.tables.last() else { return Ok(()) };
        let at_once = (PARAMETERS_MAX / table.columns.len().max(1)).max(1);
        for rows in rows.chunks(at_once) {
            let insert = backup::insert(self.store.dialect(), &self.operator, table, rows);
            let insert = insert.ok_or_else(|| RestoreError::BadRow(table.name.clone()))?;
            self.connection.execute(insert).await.map_err(StoreError::from)?;
        }
        Ok(())
    }

    /// Lets numbering, jobs and plans go on from here, and the schema follow the models; then all of it is lasting.
    pub async fn finish(mut self) -> Result<Vec<SchemaChange>, RestoreError> {
        let dialect = self.store.dialect();
        for table in self.tables.iter().filter(|table| table.numbered) {
            self.connection
                .define(backup::number_on(dialect, &table.name, table.last_id))
                .await
                .map_err(StoreError::from)?;
        }
        if self.has(&JOB_MODEL.replace('.', "_"), &["state", "due_at", "lease_until"]) {
            let free = backup::let_go_of_jobs(dialect, &self.operator, self.store.now());
            self.connection.execute(free).await.map_err(StoreError::from)?;
        }
        let tenants = TENANT_MODEL.replace('.', "_");
        if self.has(&tenants, &[PLAN_VERSION]) {
            let ahead = backup::plans_far_ahead(dialect, &self.operator, &tenants, FAR_AHEAD);
            self.connection.execute(ahead).await.map_err(StoreError::from)?;
        }
        let changes = schema::follow(&self.store, &mut self.connection).await?;
        if let Some(orphans) = backup::orphans(dialect) {
            let counted = self.connection.fetch(orphans).await.map_err(StoreError::from)?;
            if let Some(Value::Int(orphans @ 1..)) = counted.first().and_then(|row| row.first()) {
                return Err(RestoreError::Orphans(*orphans));
            }
        }
        self.connection.commit().await?;
        Ok(changes)
    }

    fn has(&self, table: &str, columns: &[&str]) -> bool {
        let table = self.tables.iter().find(|own| own.name == table);
        table.is_some_and(|table| columns.iter().all(|column| table.place_of(column).is_some()))
    }

    /// The table without indexes and fence, which come when the schema follows the models. References come then, too,
    /// but where a table would have to be copied to get them.
    fn bare(&self, table: &BackupTable) -> Table {
        let declared = self.declared.iter().find(|own| own.name == table.name);
        let default = |column: &BackupColumn| {
            let own = declared.and_then(|own| own.columns.iter().find(|own| own.name == column.name));
            own.filter(|own| own.column == column.kind).map_or(Value::Null, |own| own.default.clone())
        };
        let has_all =
            |reference: &&Reference| reference.columns.iter().all(|column| table.place_of(column).is_some());
        let references = declared.map_or(&[][..], |own| &own.references);
        Table {
            name: table.name.clone(),
            purpose: String::new(),
            key: table.key.clone(),
            numbered: table.numbered,
            columns: table
                .columns
                .iter()
                .map(|column| Column {
                    name: column.name.clone(),
                    column: column.kind,
                    not_null: column.not_null,
                    default: default(column),
                })
                .collect(),
            indexes: Vec::new(),
            references: references.iter().filter(has_all).cloned().collect(),
            // Says no more here than that a tenant is its own.
            fence: declared.map_or(Fence::None, |own| own.fence),
        }
    }
}
