//! Reading everything as it stood at one moment.

use super::{BackupTable, shapes};
use crate::connection::Connection;
use crate::error::{SchemaError, StoreError};
use crate::schema::{self, actual, memory};
use crate::statement::{backup, machinery};
use crate::store::Store;
use crate::tx::TENANT_MODEL;
use opbx_kernel::{Code, Kind, Operator, TenantId};
use opbx_platform::Value;

/// Rows that are read, and held in memory, at a time.
pub const ROWS_MAX: usize = 500;

/// Why a database cannot be backed up.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error(
        "the database does not follow the models of this version ({}): back it up by the version that runs on it, \
         or let it follow with `opbx db migrate`", .0.join(", ")
    )]
    NotFollowed(Vec<String>),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SnapshotError {
    pub fn code(&self) -> Code {
        match self {
            Self::NotFollowed(_) => Code::new(Kind::Conflict, "database_not_followed"),
            Self::Schema(_) => Code::new(Kind::Conflict, "schema_refused"),
            Self::Store(error) => error.code(),
        }
    }
}

/// All tables of all tenants at one moment; nothing that is committed later is seen, and nobody waits for it.
pub struct Snapshot {
    connection: Connection,
    operator: Operator,
    tables: Vec<BackupTable>,
    tenants: Vec<TenantId>,
}

/// How far a table was read.
#[derive(Debug)]
pub struct BackupRows {
    table: usize,
    /// Which tenant's rows are read now; the last place is behind them all.
    tenant: usize,
    after: Option<Vec<Value>>,
}

impl Store {
    /// Begins to read everything. The database must follow the models of this version.
    pub async fn snapshot(&self, operator: &Operator) -> Result<Snapshot, SnapshotError> {
        let mut connection = self.pools().begin_to_read().await?;
        if let Some(enter) = machinery::enter_operator(self.dialect(), operator) {
            connection.execute(enter).await.map_err(StoreError::from)?;
        }
        let actual = actual::read(&mut connection).await?;
        schema::known_format(&mut connection, &actual).await?;
        let mut memory = memory::Memory::new();
        if actual.contains_key(machinery::FIELDS_TABLE) {
            memory = memory::read(&mut connection).await?;
        }
        let tables = shapes::of(self.dialect(), self.registry(), &actual, &memory);
        let mut tables = tables.map_err(SnapshotError::NotFollowed)?;
        for table in tables.iter_mut().filter(|table| table.numbered) {
            let asked = backup::last_id(self.dialect(), &table.name);
            let rows = connection.fetch(asked).await.map_err(StoreError::from)?;
            if let Some(Value::Int(last)) = rows.first().and_then(|row| row.first()) {
                table.last_id = *last;
            }
        }
        let mut tenants = Vec::new();
        if let Some(model) = self.registry().model(TENANT_MODEL) {
            let asked = machinery::outbox_heads(self.dialect(), operator, model);
            for row in connection.fetch(asked).await.map_err(StoreError::from)? {
                let tenant =
                    if let Some(Value::Int(id)) = row.first() { TenantId::new(*id).ok() } else { None };
                tenants.push(tenant.ok_or_else(|| StoreError::Damaged { column: "id".to_owned() })?);
            }
        }
        Ok(Snapshot { connection, operator: operator.clone(), tables, tenants })
    }
}

impl Snapshot {
    pub fn tables(&self) -> &[BackupTable] {
        &self.tables
    }

    pub fn tenants(&self) -> usize {
        self.tenants.len()
    }

    /// Begins to read the rows of the table at a place in `tables`.
    pub fn open(&self, table: usize) -> BackupRows {
        BackupRows { table, tenant: 0, after: None }
    }

    /// The next rows, `ROWS_MAX` at most; none when all were read.
    pub async fn next(&mut self, rows: &mut BackupRows) -> Result<Vec<Vec<Value>>, StoreError> {
        let table = &self.tables[rows.table];
        let dialect = self.connection.dialect();
        loop {
            let tenant = match table.is_of_tenants() {
                true => match self.tenants.get(rows.tenant) {
                    Some(tenant) => Some(*tenant),
                    None => return Ok(Vec::new()),
                },
                false if rows.tenant > 0 => return Ok(Vec::new()),
                false => None,
            };
            if let (Some(tenant), None) = (tenant, &rows.after)
                && let Some(enter) = machinery::enter_tenant(dialect, tenant)
            {
                self.connection.execute(enter).await?;
            }
            let after = rows.after.as_deref();
            let asked = backup::rows(dialect, &self.operator, table, tenant, after, ROWS_MAX);
            let read = self.connection.fetch(asked).await?;
            let key = |row: &Vec<Value>| {
                let places = table.order().into_iter().filter_map(|(name, _)| table.place_of(name));
                places.map(|at| row[at].clone()).collect()
            };
            rows.after = read.last().map(key);
            if read.len() < ROWS_MAX {
                (rows.tenant, rows.after) = (rows.tenant + 1, None);
            }
            if !read.is_empty() {
                return Ok(read);
            }
        }
    }

    /// Lets go of the moment.
    pub async fn end(self) -> Result<(), StoreError> {
        self.connection.rollback().await
    }
}
