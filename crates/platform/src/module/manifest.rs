//! `module.toml`: what a module is called and what it builds on.

use super::{Mistakes, ModuleSource};
use crate::source::{Document, Entry, Place, QUOTED_LEN_MAX, SourceError, plain};

/// The longest name of a module, in bytes.
const NAME_LEN_MAX: usize = 40;
const KEYS: &[&str] = &["name", "title", "version", "depends", "category", "application"];

/// What a module says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleInfo {
    pub name: String,
    pub title: String,
    /// Numbers joined by dots, `1.0`.
    pub version: String,
    pub depends: Vec<String>,
    pub category: Option<String>,
    /// Something a person would install for its own sake, and not only because another module needs it.
    pub application: bool,
}

/// A manifest with the places of the modules it depends on.
pub(super) struct Manifest {
    pub(super) info: ModuleInfo,
    pub(super) place: Place,
    pub(super) depends: Vec<(String, Place)>,
}

pub(super) fn read(source: &ModuleSource, mistakes: &mut Mistakes) -> Option<Manifest> {
    let file = format!("{}/module.toml", source.name);
    let Some((_, text)) = source.files.iter().find(|(path, _)| path == "module.toml") else {
        let message = "the file is missing: every module folder has one".to_owned();
        mistakes.add(SourceError::new(&file, 1, &message));
        return None;
    };
    let document = mistakes.note(Document::parse(&file, text))?;
    let root = document.root();
    mistakes.add_all(root.unknown_keys(KEYS));
    let name = mistakes.note(root.require("name").and_then(|entry| name(entry, &source.name)));
    let depends = match root.get("depends") {
        Some(entry) => mistakes.note(depends(entry)),
        None => Some(Vec::new()),
    };
    let mut text = |key: &str| match root.get(key) {
        Some(entry) => mistakes.note(entry.text()).map(str::to_owned).map(Some),
        None => Some(None),
    };
    let (title, version, category) = (text("title"), text("version"), text("category"));
    let application = match root.get("application") {
        Some(entry) => mistakes.note(entry.flag()),
        None => Some(false),
    };
    if let (Some(entry), Some(Some(version))) = (root.get("version"), &version)
        && !is_version(version)
    {
        mistakes.add(entry.expected("numbers joined by dots, \"1.0\""));
    }
    let (name, depends) = (name?, depends?);
    let info = ModuleInfo {
        title: title?.unwrap_or_else(|| crate::field::title_of(&name)),
        version: version?.unwrap_or_else(|| "1.0".to_owned()),
        depends: depends.iter().map(|(name, _)| name.clone()).collect(),
        category: category?,
        application: application?,
        name,
    };
    Some(Manifest { info, place: root.place().clone(), depends })
}

fn name(entry: &Entry, folder: &str) -> Result<String, SourceError> {
    let name = entry.text()?;
    if !is_module_name(name) {
        return Err(entry.expected("a lower-case word"));
    }
    if name != folder {
        let folder = plain(folder, QUOTED_LEN_MAX);
        return Err(entry.expected(format!("the name of its folder, \"{folder}\"")));
    }
    Ok(name.to_owned())
}

fn depends(entry: &Entry) -> Result<Vec<(String, Place)>, SourceError> {
    let mut depends: Vec<(String, Place)> = Vec::new();
    for element in entry.list()? {
        let name = element.text()?;
        if depends.iter().any(|(other, _)| other == name) {
            return Err(element.refuse(format!("found the module `{name}` twice, expected it once")));
        }
        depends.push((name.to_owned(), element.place().clone()));
    }
    Ok(depends)
}

fn is_module_name(name: &str) -> bool {
    name.len() <= NAME_LEN_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

pub(super) fn is_version(text: &str) -> bool {
    text.len() <= NAME_LEN_MAX
        && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
