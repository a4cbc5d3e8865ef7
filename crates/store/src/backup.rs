//! Backup and restore: every table of every tenant as it stood at one moment, in a form that both databases take.
//!
//! Reading is one transaction that sees one state, whatever is committed meanwhile. Writing is one transaction: bare
//! tables, their rows, and then the schema follows the models as at any start, so that the backup of an older version
//! is upgraded by the very steps by which its database would have been.

mod cells;
mod restore;
mod shapes;
mod snapshot;

pub use cells::UnfitLine;
pub use restore::{FAR_AHEAD, Restore, RestoreError};
pub use snapshot::{BackupRows, ROWS_MAX, Snapshot, SnapshotError};

use crate::dialect::ColumnType;
use opbx_kernel::seal::Keyring;
use opbx_kernel::{RecordId, TenantId};
use opbx_platform::field::FieldKind;
use opbx_platform::{Registry, Value};

/// A table as a backup tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupTable {
    pub name: String,
    pub columns: Vec<BackupColumn>,
    pub(crate) key: Vec<String>,
    /// Whether its `id` numbers itself.
    pub(crate) numbered: bool,
    /// The last id that it gave, whether the record is still there or not.
    pub(crate) last_id: i64,
}

/// A column of such a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupColumn {
    pub name: String,
    pub(crate) kind: ColumnType,
    pub(crate) not_null: bool,
}

impl BackupTable {
    /// Where a column stands in every row.
    pub fn place_of(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|own| own.name == column)
    }

    fn is_of_tenants(&self) -> bool {
        self.place_of("tenant_id").is_some()
    }

    /// The columns that its rows are in order by, inside a tenant where they belong to one.
    pub(crate) fn order(&self) -> Vec<(&str, ColumnType)> {
        let kind = |name: &str| self.place_of(name).map(|at| self.columns[at].kind);
        let own = self.key.iter().filter(|name| *name != "tenant_id");
        own.filter_map(|name| Some((name.as_str(), kind(name)?))).collect()
    }
}

/// How many sealed values there are that these keys open, and that they do not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Secrets {
    pub opened: u64,
    pub unopened: u64,
}

/// Tries the keys at the sealed values of a row.
pub fn secrets_of(registry: &Registry, keyring: &Keyring, table: &BackupTable, row: &[Value]) -> Secrets {
    let mut secrets = Secrets::default();
    let Some(model) = registry.models().find(|model| model.name.table() == table.name) else {
        return secrets;
    };
    let number = |column: &str| match table.place_of(column).and_then(|at| row.get(at)) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    let tenant = number("tenant_id").and_then(|tenant| TenantId::new(tenant).ok());
    let record = number("id").and_then(|id| RecordId::new(id).ok());
    let (Some(tenant), Some(record)) = (tenant, record) else { return secrets };
    for field in model.fields.iter().filter(|field| matches!(field.kind, FieldKind::Secret)) {
        let Some(Value::Bytes(sealed)) = table.place_of(&field.name).and_then(|at| row.get(at)) else {
            continue;
        };
        let place = crate::tx::secrets::context(&table.name, &field.name, tenant, record);
        match keyring.open(place.as_bytes(), sealed) {
            Ok(clear) => {
                drop(zeroize::Zeroizing::new(clear));
                secrets.opened += 1;
            }
            Err(_) => secrets.unopened += 1,
        }
    }
    secrets
}
