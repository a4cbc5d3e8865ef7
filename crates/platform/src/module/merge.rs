//! Puts all modules together: their files parsed, in the order of their dependencies, with rights and data.

use super::access::Access;
use super::data::{Context, Known};
use super::declared::Declared;
use super::manifest::{self, Manifest};
use super::migrations::{self, DeclaredMigration, Gone, Migration};
use super::{
    FILES_MAX, MODULES_MAX, Merged, Mistakes, ModuleError, ModuleSource, access, data, declared, grant,
    models,
};
use crate::literal::Reference;
use crate::model::{Model, ModelName};
use crate::source::{Document, Place, SourceError, unknown_word};
use std::collections::{BTreeMap, BTreeSet};

/// The module that every other builds on.
const BASE: &str = "base";
/// Folders of a module that hold no definitions.
const PASSED_OVER: &[&str] = &["reports", "templates", "i18n"];

/// A module with its files parsed.
pub(super) struct Parsed<'a> {
    pub(super) manifest: Manifest,
    pub(super) declared: Vec<Declared>,
    /// By folder: which model it is about, and who may do what with it.
    pub(super) folders: BTreeMap<&'a str, Folder>,
    /// In the order of their names.
    data: Vec<Document>,
    migrations: Vec<DeclaredMigration>,
    /// This module and all it depends on, directly or not.
    pub(super) reachable: Vec<String>,
}

#[derive(Default)]
pub(super) struct Folder {
    pub(super) model: Option<ModelName>,
    pub(super) access: Access,
    pub(super) reveal: Vec<(Reference, Place)>,
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
    models::check_groups(&drafts, &modules, &known, &mut mistakes);
    let models = grant::all(models, &modules, &known, &mut mistakes);
    let migrations = migrations(&modules, &models, &mut mistakes);
    let modules = modules.into_iter().map(|module| module.manifest.info).collect();
    match mistakes.into_error() {
        Some(error) => Err(error),
        None => Ok(Merged { models, modules, data: records, migrations }),
    }
}

fn migrations(
    modules: &[Parsed<'_>],
    models: &BTreeMap<ModelName, Model>,
    mistakes: &mut Mistakes,
) -> Vec<Migration> {
    let gone = Gone::of(modules.iter().flat_map(|module| &module.migrations));
    let settled = modules.iter().flat_map(|module| {
        migrations::settle(&module.manifest.info.name, &module.migrations, models, &gone, mistakes)
    });
    settled.collect()
}

fn parse<'a>(sources: &'a [ModuleSource], mistakes: &mut Mistakes) -> Vec<Parsed<'a>> {
    let mut modules: Vec<Parsed<'a>> = Vec::new();
    if let Some(source) = sources.get(MODULES_MAX) {
        let message = format!("found {} modules, expected at most {MODULES_MAX}", sources.len());
        mistakes.add(SourceError::new(&format!("{}/module.toml", source.name), 1, &message));
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
            migrations: Vec::new(),
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

/// Files that are no part of the definitions (views, logic, translations) are passed over; a TOML file that nothing
/// reads is a mistake, for somebody wrote it to be read.
fn file<'a>(module: &mut Parsed<'a>, name: &str, path: &'a str, text: &str, mistakes: &mut Mistakes) {
    let (folder, base) = path.rsplit_once('/').unwrap_or(("", path));
    let top = folder.split('/').next().unwrap_or_default();
    let Some(stem) =
        base.strip_suffix(".toml").filter(|_| path != "module.toml" && !PASSED_OVER.contains(&top))
    else {
        return;
    };
    let (is_data, is_migration) = (folder == "data", folder == "migrations");
    let is_definition = !folder.is_empty() && matches!(base, "model.toml" | "access.toml");
    if !is_data && !is_migration && !is_definition {
        let known: &[&str] =
            if folder.is_empty() { &["module.toml"] } else { &["model.toml", "access.toml"] };
        let message = unknown_word("file", base, known.iter().copied());
        mistakes.add(SourceError::new(&format!("{name}/{path}"), 1, &message));
        return;
    }
    let Some(document) = mistakes.note(Document::parse(&format!("{name}/{path}"), text)) else { return };
    if is_data {
        module.data.push(document);
    } else if is_migration {
        let checked = check_version(&module.manifest, &document, stem);
        mistakes.note(checked);
        module.migrations.push(migrations::read(stem, &document, mistakes));
    } else if base == "model.toml" {
        let declared = declared::read(name, &document, mistakes);
        module.folders.entry(folder).or_default().model = declared.as_ref().map(|model| model.name.clone());
        module.declared.extend(declared);
    } else {
        let folder = module.folders.entry(folder).or_default();
        folder.access = access::read(&document, mistakes);
        folder.reveal = access::read_reveal(&document, mistakes);
    }
}

/// A migration leads to a version that the module has or had.
fn check_version(manifest: &Manifest, document: &Document, version: &str) -> Result<(), SourceError> {
    let place = document.root().place();
    if !manifest::is_version(version) {
        return Err(place.refuse(format!("found the file `{version}.toml`, expected a version: `1.2.toml`")));
    }
    let current = &manifest.info.version;
    if migrations::numbers(version) > migrations::numbers(current) {
        return Err(place.refuse(format!(
            "found a migration to version {version}, but the module is at version {current}"
        )));
    }
    Ok(())
}

/// Puts `base` first and each module after those it depends on, by name where the order is free.
fn ordered<'a>(mut waiting: Vec<Parsed<'a>>, mistakes: &mut Mistakes) -> Vec<Parsed<'a>> {
    let names: Vec<String> = waiting.iter().map(|module| module.manifest.info.name.clone()).collect();
    waiting.sort_by(|a, b| {
        let key =
            |module: &Parsed<'_>| (module.manifest.info.name != BASE, module.manifest.info.name.clone());
        key(a).cmp(&key(b))
    });
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
            mistakes.add_all(circles(&waiting));
            break;
        };
        let mut module = waiting.remove(next);
        module.reachable = reachable(&module.manifest, &placed);
        placed.push(module);
    }
    placed
}

/// Names each circle once for every module in it, with the way round; who merely depends on one is not at fault.
fn circles(waiting: &[Parsed<'_>]) -> Vec<SourceError> {
    let depends = |name: &str| {
        let module = waiting.iter().find(|module| module.manifest.info.name == name);
        module.map_or(&[][..], |module| module.manifest.depends.as_slice())
    };
    let mut found = Vec::new();
    for module in waiting {
        let start = module.manifest.info.name.as_str();
        for (first, place) in &module.manifest.depends {
            // The shortest way back: a walk in widening rings, each module visited once.
            let mut ways: Vec<Vec<&str>> = vec![vec![start, first]];
            let mut at = 0;
            while let Some(way) = ways.get(at).cloned() {
                at += 1;
                let last = way.last().copied().unwrap_or_default();
                if last == start {
                    let message = format!("the module `{start}` depends on itself: {}", way.join(" → "));
                    found.push(place.refuse(message));
                    break;
                }
                for (next, _) in depends(last) {
                    if next == start || !ways.iter().any(|way| way.contains(&next.as_str())) {
                        ways.push(way.iter().copied().chain([next.as_str()]).collect());
                    }
                }
            }
        }
    }
    found
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
