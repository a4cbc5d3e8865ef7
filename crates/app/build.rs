//! Writes the structs of the built-in models from their `model.toml` files.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match generate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn generate() -> Result<(), String> {
    let folder = |variable: &str| {
        std::env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("Cargo did not set {variable}"))
    };
    let modules = folder("CARGO_MANIFEST_DIR")?.join("../../modules");
    println!("cargo:rerun-if-changed={}", modules.display());
    let sources = opbx_platform::module::from_folder(&modules).map_err(|error| error.to_string())?;
    let registry = opbx_platform::Registry::from_modules(&sources).map_err(|error| error.to_string())?;
    let path = folder("OUT_DIR")?.join("models.rs");
    let text = opbx_platform::codegen::rust(&registry);
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}
