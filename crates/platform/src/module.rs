//! Modules: folders of definitions and data, read as texts and merged into one registry.

mod access;
mod data;
mod declared;
mod fields;
mod folder;
mod grant;
mod manifest;
mod merge;
mod migrations;
mod models;

pub use data::DataRecord;
pub use folder::from_folder;
pub use manifest::ModuleInfo;
pub use migrations::{Migration, Step, Unfit};

use crate::model::{Model, ModelName};
use crate::source::SourceError;
use std::collections::BTreeMap;
use std::fmt;

/// Modules that one registry holds at most.
pub const MODULES_MAX: usize = 200;
/// Files of one module that are read at most.
pub const FILES_MAX: usize = 2_000;
/// Mistakes that are reported at most; the rest would only scroll the first ones away.
pub const MISTAKES_MAX: usize = 100;

/// A module as it lies in its folder: its name, and its files by their path inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleSource {
    pub name: String,
    pub files: Vec<(String, String)>,
}

/// Every mistake found in the modules, in the order of files and lines; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleError {
    pub mistakes: Vec<SourceError>,
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.mistakes.iter().enumerate() {
            write!(f, "{}{mistake}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for ModuleError {}

/// What the modules come to, all together.
pub(crate) struct Merged {
    pub(crate) models: BTreeMap<ModelName, Model>,
    pub(crate) modules: Vec<ModuleInfo>,
    pub(crate) data: Vec<DataRecord>,
    pub(crate) migrations: Vec<Migration>,
}

/// Mistakes as they are found; reading goes on, so that one run finds them all.
#[derive(Default)]
pub(crate) struct Mistakes(Vec<SourceError>);

impl Mistakes {
    fn add(&mut self, mistake: SourceError) {
        if self.0.len() < MISTAKES_MAX {
            self.0.push(mistake);
        }
    }

    fn add_all(&mut self, mistakes: Vec<SourceError>) {
        for mistake in mistakes {
            self.add(mistake);
        }
    }

    /// Notes the mistake, if it is one.
    fn note<T>(&mut self, result: Result<T, SourceError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(mistake) => {
                self.add(mistake);
                None
            }
        }
    }

    fn into_error(mut self) -> Option<ModuleError> {
        self.0.sort();
        self.0.dedup();
        (!self.0.is_empty()).then_some(ModuleError { mistakes: self.0 })
    }
}

pub(crate) use merge::read;

#[cfg(test)]
mod tests;
