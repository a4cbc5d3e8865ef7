//! The modules that come with the binary, and those a folder adds.

use include_dir::{Dir, include_dir};
use opbx_platform::Registry;
use opbx_platform::module::{ModuleError, ModuleSource, from_folder};
use std::io;
use std::path::Path;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../modules");

#[derive(Debug, thiserror::Error)]
pub enum ModulesError {
    #[error("the modules cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("{0}")]
    Mistaken(#[from] ModuleError),
}

/// The registry of the built-in modules, and of those in `folder`.
pub fn registry(folder: Option<&Path>) -> Result<Registry, ModulesError> {
    let mut sources = built_in();
    if let Some(folder) = folder {
        sources.extend(from_folder(folder)?);
    }
    Ok(Registry::from_modules(&sources)?)
}

fn built_in() -> Vec<ModuleSource> {
    BUILT_IN
        .dirs()
        .map(|module| {
            let mut files = Vec::new();
            collect(module, module.path(), &mut files);
            ModuleSource { name: module.path().to_string_lossy().into_owned(), files }
        })
        .collect()
}

/// Goes as deep as the folders embedded at build time.
fn collect(folder: &Dir<'_>, root: &Path, files: &mut Vec<(String, String)>) {
    for file in folder.files() {
        let path = file.path().strip_prefix(root).unwrap_or(file.path());
        if let Some(text) = file.contents_utf8() {
            files.push((path.to_string_lossy().into_owned(), text.to_owned()));
        }
    }
    for deeper in folder.dirs() {
        collect(deeper, root, files);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_modules_make_a_registry() {
        let registry = registry(None).expect("the modules are right");
        assert!(registry.model("pbx.ring_group").is_some_and(|model| model.routing));
        assert!(registry.model("pbx.call").is_some_and(|model| !model.routing && !model.audit));
    }
}
