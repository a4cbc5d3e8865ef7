//! The registry: every model of the installed modules, checked as a whole.

use crate::model::{Model, ModelName};
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
}
