//! Puts all modules together: their files parsed, in the order of their dependencies, with rights and data.

use super::access::Access;
use super::data::{Context, Known};
use super::declared::Declared;
use super::manifest::{self, Manifest};
use super::{
    FILES_MAX, MODULES_MAX, Merged, Mistakes, ModuleError, ModuleSource, access, data, declared, grant,
    models,
};
use crate::model::ModelName;
use crate::source::{Document, SourceError, unknown_word};
use std::collections::{BTreeMap, BTreeSet};

/// A module with its files parsed.
pub(super) struct Parsed<'a> {
    pub(super) manifest: Manifest,
    pub(super) declared: Vec<Declared>,
    /// By folder: which model it is about, and who may do what with it.
    pub(super) folders: BTreeMap<&'a str, Folder>,
    /// In the order of their names.
    data: Vec<Document>,
    /// This module and all it depends on, directly or not.
    pub(super) reachable: Vec<String>,
}

#[derive(Default)]
pub(super) struct Folder {
    pub(super) model: Option<ModelName>,
    pub(super) access: Access,
}

pub(crate) fn read(sources: &[ModuleSource]) -> Result<Merged, ModuleError> {
    let mut mistakes = Mistakes::default();
    let modules = parse(sources, &mut mistakes);
    let mut modules = ordered(modules, &mut mistakes);
    let drafts = models::declare(&mut modules, &mut mistakes);
    let models = models::finish(&drafts, &modules, &mut mistakes);
    let (mut records, mut known) = (Vec::new(), Known::new());
    for module in &modules {
        let context =
            Context { module: &module.manifest.info.name, models: &models, reachable: &module.reachable };
        for document in &module.data {
            records.extend(data::read(&context, document, &mut known, &mut mistakes));
        }
    }
    grant::check_groups(&models::field_groups(&drafts), &modules, &known, &mut mistakes);
    let models = grant::all(models, &modules, &known, &mut mistakes);
    let modules = modules.into_iter().map(|module| module.manifest.info).collect();
    match mistakes.into_error() {
        Some(error) => Err(error),
        None => Ok(Merged { models, modules, data: records }),
    }
}

fn parse<'a>(sources: &'a [ModuleSource], mistakes: &mut Mistakes) -> Vec<Parsed<'a>> {
    let mut modules: Vec<Parsed<'a>> = Vec::new();
    if let Some(source) = sources.get(MODULES_MAX) {
        let message = format!("found {} modules, expected at most {MODULES_MAX}", sources.len());
        mistakes.add(SourceError { file: format!("{}/module.toml", source.name), line: 1, message });
    }
    for source in sources.iter().take(MODULES_MAX) {
        let Some(manifest) = manifest::read(source, mistakes) else { continue };
        if modules.iter().any(|other| other.manifest.info.name == manifest.info.name) {
            let message = format!("found the module `{}` twice, expected it once", manifest.info.name);
            mistakes.add(manifest.place.refuse(message));
            continue;
        }
        let mut module = Parsed {
            manifest,
            declared: Vec::new(),
            folders: BTreeMap::new(),
            data: Vec::new(),
            reachable: Vec::new(),
        };
        if source.files.len() > FILES_MAX {
            let message =
                format!("found {} files in the module, expected at most {FILES_MAX}", source.files.len());
            mistakes.add(module.manifest.place.refuse(message));
        }
        let mut files: Vec<&(String, String)> = source.files.iter().take(FILES_MAX).collect();
        files.sort();
        for (path, text) in files {
            file(&mut module, &source.name, path, text, mistakes);
        }
        modules.push(module);
    }
    modules
}

/// Files that are no part of the definitions (views, logic, translations) are passed over.
fn file<'a>(module: &mut Parsed<'a>, name: &str, path: &'a str, text: &str, mistakes: &mut Mistakes) {
    let (folder, base) = path.rsplit_once('/').unwrap_or(("", path));
    let is_data = folder == "data" && base.ends_with(".toml");
    let is_definition = !folder.is_empty() && matches!(base, "model.toml" | "access.toml");
    if !is_data && !is_definition {
        return;
    }
    let Some(document) = mistakes.note(Document::parse(&format!("{name}/{path}"), text)) else { return };
    if is_data {
        module.data.push(document);
    } else if base == "model.toml" {
        let declared = declared::read(name, &document, mistakes);
        module.folders.entry(folder).or_default().model = declared.as_ref().map(|model| model.name.clone());
        module.declared.extend(declared);
    } else {
        module.folders.entry(folder).or_default().access = access::read(&document, mistakes);
    }
}

/// Puts each module after those it depends on, by name where the order is free.
fn ordered<'a>(mut waiting: Vec<Parsed<'a>>, mistakes: &mut Mistakes) -> Vec<Parsed<'a>> {
    let names: Vec<String> = waiting.iter().map(|module| module.manifest.info.name.clone()).collect();
    waiting.sort_by(|a, b| a.manifest.info.name.cmp(&b.manifest.info.name));
    for module in &mut waiting {
        module.manifest.depends.retain(|(name, place)| {
            let is_known = names.contains(name);
            if !is_known {
                mistakes.add(place.refuse(unknown_word("module", name, names.iter().map(String::as_str))));
            }
            is_known
        });
    }
    let mut placed: Vec<Parsed<'a>> = Vec::new();
    while !waiting.is_empty() {
        let is_placed = |name: &str| placed.iter().any(|module| module.manifest.info.name == name);
        let next =
            waiting.iter().position(|module| module.manifest.depends.iter().all(|(name, _)| is_placed(name)));
        let Some(next) = next else {
            for module in &waiting {
                let message =
                    format!("the module `{}` depends on itself, by a cycle", module.manifest.info.name);
                mistakes.add(module.manifest.place.refuse(message));
            }
            break;
        };
        let mut module = waiting.remove(next);
        module.reachable = reachable(&module.manifest, &placed);
        placed.push(module);
    }
    placed
}

fn reachable(manifest: &Manifest, placed: &[Parsed<'_>]) -> Vec<String> {
    let mut names = BTreeSet::from([manifest.info.name.clone()]);
    for module in placed {
        if manifest.depends.iter().any(|(name, _)| *name == module.manifest.info.name) {
            names.extend(module.reachable.iter().cloned());
        }
    }
    names.into_iter().collect()
}
