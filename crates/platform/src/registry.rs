//! The registry: every model of the installed modules, checked as a whole.

use crate::field::{Field, FieldKind};
use crate::model::{Model, ModelName, RESERVED};
use crate::module::{DataRecord, Migration, ModuleError, ModuleInfo, ModuleSource};
use std::collections::BTreeMap;

/// All models, by name. Built once at start; a database follows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Registry {
    models: BTreeMap<ModelName, Model>,
    modules: Vec<ModuleInfo>,
    data: Vec<DataRecord>,
    migrations: Vec<Migration>,
}

impl Registry {
    /// Reads and merges modules; every mistake found in them is in the error, with file and line.
    pub fn from_modules(sources: &[ModuleSource]) -> Result<Self, ModuleError> {
        let merged = crate::module::read(sources)?;
        Ok(Self {
            models: merged.models,
            modules: merged.modules,
            data: merged.data,
            migrations: merged.migrations,
        })
    }

    /// A registry of models alone, for judging definitions while modules are read.
    pub(crate) fn of_models(models: BTreeMap<ModelName, Model>) -> Self {
        Self { models, ..Self::default() }
    }

    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.get(&ModelName::new(name)?)
    }

    /// In the order of their names.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.models.values()
    }

    /// The modules, each after those it depends on.
    pub fn modules(&self) -> &[ModuleInfo] {
        &self.modules
    }

    /// The records that modules bring with them, each after those it refers to.
    pub fn data(&self) -> &[DataRecord] {
        &self.data
    }

    /// The steps for stored records: modules in their order, and the versions of each in theirs.
    pub fn migrations(&self) -> &[Migration] {
        &self.migrations
    }

    /// Whether any field exists for some groups only.
    pub fn hides_fields(&self) -> bool {
        self.models.values().any(|model| model.fields.iter().any(|field| !field.groups.is_empty()))
    }

    /// The registry as members of these groups see it: fields that are not for them do not exist.
    ///
    /// What names a field that is gone goes with it: lists whose inverse it is, keys, indexes, orders.
    #[must_use]
    pub fn seen_by(&self, groups: &[String]) -> Self {
        let is_seen = |field: &Field| {
            field.groups.is_empty() || field.groups.iter().any(|group| groups.contains(group))
        };
        let mut seen = self.clone();
        for model in seen.models.values_mut() {
            model.fields.retain(|field| {
                let inverse = match &field.kind {
                    FieldKind::One2many { to, inverse, .. } => {
                        self.models.get(to).and_then(|child| child.field(inverse))
                    }
                    _ => None,
                };
                is_seen(field) && inverse.is_none_or(is_seen)
            });
            let names: Vec<String> = model.fields.iter().map(|field| field.name.clone()).collect();
            let is_known = |name: &String| RESERVED.contains(&name.as_str()) || names.contains(name);
            model.order.retain(|(name, _)| is_known(name));
            model.unique.retain(|key| key.iter().all(is_known));
            model.indexes.retain(|key| key.iter().all(is_known));
            model.name_search.retain(is_known);
            if !is_known(&model.display) {
                "id".clone_into(&mut model.display);
            }
        }
        seen
    }
}
