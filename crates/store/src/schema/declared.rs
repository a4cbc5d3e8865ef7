//! The tables that the models declare.

use crate::dialect::ColumnType;
use crate::postgres_server::NAME_LEN_MAX;
use crate::statement::machinery::{FIELDS_TABLE, JOURNAL_TABLE, MIGRATIONS_TABLE, Queue, SCHEMA_TABLE};
use crate::statement::records::{LINK_FROM, LINK_TO};
use crate::tx::TENANT_MODEL;
use opbx_kernel::seal::digest;
use opbx_platform::field::{Field, FieldKind, Unique};
use opbx_platform::{Model, Registry, Tenancy, Value};

/// A table as it should be.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// What it is for, in a sentence: `for "Ring group"`.
    pub(crate) purpose: String,
    /// The primary key; a table of pairs has none but its unique index.
    pub(crate) key: Vec<String>,
    /// Whether its `id` numbers itself.
    pub(crate) numbered: bool,
    pub(crate) columns: Vec<Column>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) references: Vec<Reference>,
    pub(crate) fence: Fence,
}

/// Who gets past row-level security.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fence {
    /// Machinery: no rows of tenants.
    None,
    Tenant,
    /// As `Tenant`, and the operator may read.
    TenantItself,
    /// As `Tenant`, and the operator may ask who has something waiting.
    Queue,
    /// Everybody may read, the operator write.
    Shared,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) column: ColumnType,
    pub(crate) not_null: bool,
    /// What records that exist already get when the column is added.
    pub(crate) default: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
    pub(crate) active_only: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) columns: Vec<String>,
    pub(crate) table: String,
    pub(crate) target: Vec<String>,
}

/// A rule that values be unique, as its index has it and as its model says it.
pub(crate) struct UniqueKey {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) fields: Vec<String>,
    active_only: bool,
}

/// Every table: machinery first, then the models in the order of their names, each followed by its pairs.
pub(crate) fn tables(registry: &Registry) -> Vec<Table> {
    let mut tables = machinery();
    for model in registry.models() {
        tables.push(of_model(registry, model));
        tables.extend(model.fields.iter().filter_map(|field| of_pairs(registry, model, field)));
    }
    tables
}

fn machinery() -> Vec<Table> {
    let required = |name: &str, column| Column { not_null: true, ..column_of(name, column) };
    let table = |name: &str, purpose: &str, key: &str, columns| Table {
        name: name.to_owned(),
        purpose: purpose.to_owned(),
        key: vec![key.to_owned()],
        numbered: false,
        columns,
        indexes: Vec::new(),
        references: Vec::new(),
        fence: Fence::None,
    };
    let format = vec![required("format", ColumnType::Integer)];
    let position = vec![required("node", ColumnType::Text), required("seq", ColumnType::Integer)];
    let text = |name: &str| required(name, ColumnType::Text);
    let fields = vec![text("model"), text("field"), text("shape")];
    let migrations = vec![text("module"), text("version"), required("ran_at", ColumnType::Instant)];
    let with_key = |table: Table, more: &str| {
        let key = table.key.into_iter().chain([more.to_owned()]).collect();
        Table { key, ..table }
    };
    vec![
        with_key(table(FIELDS_TABLE, "for what the models were", "model", fields), "field"),
        with_key(table(MIGRATIONS_TABLE, "for the migrations that ran", "module", migrations), "version"),
        table(SCHEMA_TABLE, "for the versions of the schema", "format", format),
        table(JOURNAL_TABLE, "for the positions of the nodes' journals", "node", position),
    ]
}

fn column_of(name: &str, column: ColumnType) -> Column {
    Column { name: name.to_owned(), column, not_null: false, default: Value::Null }
}

fn is_fenced(model: &Model) -> bool {
    model.tenancy != Tenancy::Shared
}

fn queue_of(model: &Model) -> Option<Queue> {
    Queue::ALL.into_iter().find(|queue| queue.model() == model.name.as_str())
}

fn of_model(registry: &Registry, model: &Model) -> Table {
    let name = model.name.table();
    let required = |name: &str, column| Column { not_null: true, ..column_of(name, column) };
    let mut columns = vec![required("id", ColumnType::Integer)];
    let mut key = vec!["id".to_owned()];
    let mut references = Vec::new();
    if is_fenced(model) {
        columns.push(required("tenant_id", ColumnType::Integer));
        key.insert(0, "tenant_id".to_owned());
        if model.tenancy == Tenancy::Tenant && registry.model(TENANT_MODEL).is_some() {
            references.push(Reference {
                columns: vec!["tenant_id".to_owned()],
                table: TENANT_MODEL.replace('.', "_"),
                target: vec!["id".to_owned()],
            });
        }
    }
    for field in model.stored() {
        columns.extend(of_field(field));
        if let FieldKind::Many2one { to, .. } = &field.kind {
            references.extend(reference(registry, model, &field.name, to.as_str()));
        }
    }
    columns.push(required("created_at", ColumnType::Instant));
    columns.push(column_of("created_by", ColumnType::Integer));
    columns.push(required("updated_at", ColumnType::Instant));
    columns.push(column_of("updated_by", ColumnType::Integer));
    columns.push(required("version", ColumnType::Integer));
    let fence = match model.tenancy {
        Tenancy::Tenant if queue_of(model).is_some() => Fence::Queue,
        Tenancy::Tenant => Fence::Tenant,
        Tenancy::TenantItself => Fence::TenantItself,
        Tenancy::Shared => Fence::Shared,
    };
    let (purpose, indexes) = (format!("for {:?}", model.title), indexes(model));
    Table { name, purpose, key, numbered: true, columns, indexes, references, fence }
}

/// A field's column, and the folded one beside it.
///
/// What a field requires is judged in Rust at every write, so that a field that becomes required, or stops being so,
/// needs no change here; its column may always be empty.
fn of_field(field: &Field) -> Vec<Column> {
    let Some(column) = ColumnType::of(&field.kind) else { return Vec::new() };
    let default = match (&field.kind, &field.default) {
        // A secret is never written in clear, not even a declared one.
        (FieldKind::Secret, _) => Value::Null,
        (FieldKind::Boolean, None) => Value::Bool(false),
        (_, default) => default.clone().unwrap_or(Value::Null),
    };
    let folded = field.folded_column().map(|name| Column {
        default: match &default {
            Value::Text(text) => Value::Text(opbx_kernel::fold::fold(text)),
            _ => Value::Null,
        },
        ..column_of(&name, ColumnType::Text)
    });
    let translations = field.translations_column().map(|name| column_of(&name, ColumnType::Json));
    let own = Column { default, ..column_of(&field.name, column) };
    std::iter::once(own).chain(folded).chain(translations).collect()
}

/// A reference carries the tenant along, so that no record can name another tenant's.
fn reference(registry: &Registry, from: &Model, column: &str, to: &str) -> Option<Reference> {
    let target = registry.model(to)?;
    let mut reference = Reference {
        columns: vec![column.to_owned()],
        table: target.name.table(),
        target: vec!["id".to_owned()],
    };
    if is_fenced(target) && is_fenced(from) {
        reference.columns.insert(0, "tenant_id".to_owned());
        reference.target.insert(0, "tenant_id".to_owned());
    }
    Some(reference)
}

fn of_pairs(registry: &Registry, model: &Model, field: &Field) -> Option<Table> {
    let FieldKind::Many2many { to } = &field.kind else { return None };
    let name = field.relation_table(model)?;
    let required = |name: &str| Column { not_null: true, ..column_of(name, ColumnType::Integer) };
    let ends = |first: &str, second: &str| vec!["tenant_id".to_owned(), first.to_owned(), second.to_owned()];
    let mut references = Vec::new();
    references.extend(reference(registry, model, LINK_FROM, model.name.as_str()));
    references.extend(reference(registry, model, LINK_TO, to.as_str()));
    Some(Table {
        purpose: format!("for the pairs of {}.{}", model.name, field.name),
        key: ends(LINK_FROM, LINK_TO),
        numbered: false,
        columns: vec![required("tenant_id"), required(LINK_FROM), required(LINK_TO)],
        indexes: vec![Index {
            name: bounded(&name, &["target"], "idx"),
            columns: ends(LINK_TO, LINK_FROM),
            unique: false,
            active_only: false,
        }],
        references,
        fence: Fence::Tenant,
        name,
    })
}

/// The unique rules of a model, as a violated one is recognised by.
pub(crate) fn unique_keys(model: &Model) -> Vec<UniqueKey> {
    let single = model.fields.iter().filter_map(|field| Some((field.unique?, vec![field.name.clone()])));
    let several = model.unique.iter().map(|fields| (Unique::Tenant, fields.clone()));
    single
        .chain(several)
        .map(|(unique, fields)| {
            let within_tenant = is_fenced(model) && unique != Unique::Installation;
            let columns = columns_of(model, within_tenant, &fields);
            let parts: Vec<&str> = fields.iter().map(String::as_str).collect();
            let active_only = unique == Unique::Active && model.archives();
            UniqueKey { name: bounded(&model.name.table(), &parts, "key"), columns, fields, active_only }
        })
        .collect()
}

/// The columns that an index on fields has: folded ones where there are, the tenant first.
fn columns_of(model: &Model, within_tenant: bool, fields: &[String]) -> Vec<String> {
    let column =
        |name: &String| model.field(name).and_then(Field::folded_column).unwrap_or_else(|| name.clone());
    let tenant = within_tenant.then(|| "tenant_id".to_owned());
    tenant.into_iter().chain(fields.iter().map(column)).collect()
}

fn indexes(model: &Model) -> Vec<Index> {
    let table = model.name.table();
    let mut indexes: Vec<Index> = unique_keys(model)
        .into_iter()
        .map(|key| Index { name: key.name, columns: key.columns, unique: true, active_only: key.active_only })
        .collect();
    // Whoever deletes a record asks who names it, so what names records is indexed by itself.
    let own = model.fields.iter().filter(|field| {
        field.index
            || matches!(
                field.kind,
                FieldKind::Many2one { .. } | FieldKind::Reference { .. } | FieldKind::Destination
            )
    });
    let singles = own.map(|field| vec![field.name.clone()]);
    for fields in singles.chain(model.indexes.iter().cloned()) {
        let columns = columns_of(model, is_fenced(model), &fields);
        let parts: Vec<&str> = fields.iter().map(String::as_str).collect();
        let name = bounded(&table, &parts, "idx");
        if !indexes.iter().any(|index| index.columns == columns && !index.active_only || index.name == name) {
            indexes.push(Index { name, columns, unique: false, active_only: false });
        }
    }
    if let Some(queue) = queue_of(model) {
        // Asked over all tenants at once, so the tenant comes last.
        let columns = vec![queue.column().to_owned(), "tenant_id".to_owned()];
        let name = bounded(&table, &[queue.column(), "tenant_id"], "queue");
        indexes.push(Index { name, columns, unique: false, active_only: false });
    }
    if model.tenancy == Tenancy::TenantItself {
        // What every other table's tenant_id refers to.
        let columns = vec!["id".to_owned()];
        indexes.push(Index {
            name: bounded(&table, &["id"], "key"),
            columns,
            unique: true,
            active_only: false,
        });
    }
    indexes
}

/// Names an index within what PostgreSQL keeps: a long name ends with a digest of itself.
fn bounded(table: &str, parts: &[&str], end: &str) -> String {
    let full = format!("{table}__{}__{end}", parts.join("__"));
    if full.len() <= NAME_LEN_MAX {
        return full;
    }
    let digest = digest(&[full.as_bytes()]);
    let tail: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let head = &full[..NAME_LEN_MAX - tail.len() - 2];
    format!("{head}__{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_and_stays_its_own() {
        let (a, b) = (bounded(&"t".repeat(70), &["a"], "key"), bounded(&"t".repeat(70), &["b"], "key"));
        assert_eq!((a.len(), b.len()), (NAME_LEN_MAX, NAME_LEN_MAX));
        assert_ne!(a, b);
        assert_eq!(bounded("pbx_call", &["status"], "idx"), "pbx_call__status__idx");
    }
}
