//! Migration steps: which of them are due, and the renames, which come before anything is compared.

use super::SchemaChange;
use super::actual::Tables;
use super::memory::Memory;
use crate::connection::Connection;
use crate::dialect::Dialect;
use crate::error::StoreError;
use crate::statement::machinery;
use crate::statement::records::{LINK_FROM, LINK_TO};
use crate::tx::EXTERNAL_MODEL;
use opbx_platform::field::FieldKind;
use opbx_platform::module::{Migration, Step, Unfit};
use opbx_platform::{ModelName, Registry, Value};

/// The steps that this database has not seen, in their order.
#[derive(Debug, Default)]
pub(crate) struct Due<'a> {
    migrations: Vec<&'a Migration>,
}

impl<'a> Due<'a> {
    /// Asks the database what ran already. Where it has no machinery yet, everything is due, and finds nothing to do.
    pub(crate) async fn read(
        connection: &mut Connection,
        registry: &'a Registry,
        actual: &Tables,
    ) -> Result<Self, StoreError> {
        let mut ran = Vec::new();
        if actual.contains_key(machinery::MIGRATIONS_TABLE) {
            for row in connection.fetch(machinery::migrations_run(connection.dialect())).await? {
                if let [Value::Text(module), Value::Text(version)] = row.as_slice() {
                    ran.push((module.clone(), version.clone()));
                }
            }
        }
        let has_run = |migration: &&Migration| {
            ran.iter().any(|(module, version)| *module == migration.module && *version == migration.version)
        };
        Ok(Self {
            migrations: registry.migrations().iter().filter(|migration| !has_run(migration)).collect(),
        })
    }

    pub(crate) fn migrations(&self) -> &[&'a Migration] {
        &self.migrations
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = &'a Step> {
        self.migrations.iter().flat_map(|migration| &migration.steps)
    }

    pub(crate) fn drops_field(&self, model: &str, field: &str) -> bool {
        self.steps().any(|step| {
            matches!(step, Step::DropField { model: of, field: named } if of.as_str() == model && named == field)
        })
    }

    pub(crate) fn drops_model(&self, model: &str) -> bool {
        self.steps().any(|step| matches!(step, Step::DropModel { model: named } if named.as_str() == model))
    }

    pub(crate) fn narrows(&self, model: &str, field: &str) -> Option<Unfit> {
        self.steps().find_map(|step| match step {
            Step::Narrow { model: of, field: named, unfit } if of.as_str() == model && named == field => {
                Some(*unfit)
            }
            _ => None,
        })
    }

    pub(crate) fn fills(&self, model: &str, field: &str) -> Option<&'a Value> {
        self.steps().find_map(|step| match step {
            Step::Fill { model: of, field: named, value } if of.as_str() == model && named == field => {
                Some(value)
            }
            _ => None,
        })
    }
}

/// Says a rename in statements, and renames in what is remembered. `None` where there is nothing to rename.
pub(crate) fn rename(
    dialect: Dialect,
    registry: &Registry,
    actual: &Tables,
    memory: &mut Memory,
    step: &Step,
) -> Option<SchemaChange> {
    match step {
        Step::RenameField { model, field, to } => rename_field(dialect, actual, memory, model, field, to),
        Step::RenameModel { model, to } => rename_model(dialect, registry, actual, memory, model, to),
        _ => None,
    }
}

fn rename_field(
    dialect: Dialect,
    actual: &Tables,
    memory: &mut Memory,
    model: &ModelName,
    field: &str,
    to: &str,
) -> Option<SchemaChange> {
    let table = model.table();
    let mut statements = Vec::new();
    let pairs = |field: &str| format!("{table}_{field}_rel");
    if let Some(found) = actual.get(&table) {
        for end in ["", "_folded", "_translations"] {
            let (old, new) = (format!("{field}{end}"), format!("{to}{end}"));
            if found.columns.contains_key(&old) && !found.columns.contains_key(&new) {
                statements.push(dialect.rename_column(&table, &old, &new));
            }
        }
    }
    if actual.contains_key(&pairs(field)) && !actual.contains_key(&pairs(to)) {
        statements.push(dialect.rename_table(&pairs(field), &pairs(to)));
    }
    if statements.is_empty() {
        return None;
    }
    if let Some(shape) = memory.remove(&(model.to_string(), field.to_owned())) {
        memory.insert((model.to_string(), to.to_owned()), shape);
    }
    Some(SchemaChange::new(format!("rename the field {model}.{field} to {to}"), statements))
}

fn rename_model(
    dialect: Dialect,
    registry: &Registry,
    actual: &Tables,
    memory: &mut Memory,
    model: &ModelName,
    to: &ModelName,
) -> Option<SchemaChange> {
    let (old, new) = (model.table(), to.table());
    if !actual.contains_key(&old) || actual.contains_key(&new) {
        return None;
    }
    let mut statements = vec![dialect.rename_table(&old, &new)];
    for pairs in pairs_of(actual, &old) {
        let field = pairs.strip_prefix(&old).unwrap_or_default();
        statements.push(dialect.rename_table(&pairs, &format!("{new}{field}")));
    }
    // What names records by their model's name.
    let externals = EXTERNAL_MODEL.replace('.', "_");
    if actual.get(&externals).is_some_and(|table| table.columns.contains_key("model")) {
        let reword = dialect.reword(&externals, "model", model.as_str(), to.as_str());
        statements.extend(dialect.past_fence(&externals, vec![reword]));
    }
    for owner in registry.models() {
        for field in owner.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference { .. })) {
            let table = if owner.name == *to { old.clone() } else { owner.name.table() };
            if actual.get(&table).is_some_and(|found| found.columns.contains_key(&field.name)) {
                let table = owner.name.table();
                let reword =
                    dialect.reword_start(&table, &field.name, &format!("{model},"), &format!("{to},"));
                statements.extend(dialect.past_fence(&table, vec![reword]));
            }
        }
    }
    let keys: Vec<(String, String)> = memory.keys().filter(|(of, _)| of == model.as_str()).cloned().collect();
    for (of, field) in keys {
        if let Some(shape) = memory.remove(&(of, field.clone())) {
            memory.insert((to.to_string(), field), shape);
        }
    }
    Some(SchemaChange::new(format!("rename the model {model} to {to}"), statements))
}

/// The tables of pairs that belong to a table, by how they are called and made.
pub(crate) fn pairs_of(actual: &Tables, table: &str) -> Vec<String> {
    let start = format!("{table}_");
    let is_pairs = |name: &&String| {
        name.starts_with(&start)
            && name.ends_with("_rel")
            && actual[name.as_str()].columns.contains_key(LINK_FROM)
            && actual[name.as_str()].columns.contains_key(LINK_TO)
            && actual[name.as_str()]
                .references
                .iter()
                .any(|to| to.table == table && to.columns.last().is_some_and(|column| column == LINK_FROM))
    };
    actual.keys().filter(is_pairs).cloned().collect()
}
