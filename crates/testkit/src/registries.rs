//! Registries for tests: the product's own modules, with or without one more.

use opbx_platform::Registry;
use opbx_platform::module::{ModuleSource, from_folder};
use std::path::Path;

/// The models of the modules that come with the product.
pub fn product_registry() -> Registry {
    registry_with(Vec::new())
}

/// The product's models and those of further modules; a mistake in them fails the test with all its lines.
pub fn registry_with(modules: Vec<ModuleSource>) -> Registry {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../modules");
    let mut sources = from_folder(&folder).expect("the product's modules can be read");
    sources.extend(modules);
    Registry::from_modules(&sources).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// Reads a folder of modules as the product reads its own, and counts their models; the error names each mistake.
pub fn models_of(folder: &Path) -> Result<usize, String> {
    let sources = from_folder(folder).map_err(|error| error.to_string())?;
    Registry::from_modules(&sources)
        .map(|registry| registry.models().count())
        .map_err(|error| error.to_string())
}

/// A module written in a test: `path` and text of each file, `module.toml` among them.
pub fn module(name: &str, files: &[(&str, &str)]) -> ModuleSource {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    ModuleSource { name: name.to_owned(), files }
}
