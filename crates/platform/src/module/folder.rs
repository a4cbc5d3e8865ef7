//! Reads modules from a folder on disk: one folder a module, each with a `module.toml`.

use super::{FILES_MAX, MODULES_MAX, ModuleSource};
use crate::source::DOCUMENT_LEN_MAX;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// How deep folders inside a module may lie.
const DEPTH_MAX: usize = 4;

/// Reads every module of a folder, in the order of their names; only the `.toml` files matter.
///
/// A folder without a `module.toml` is no module and is passed over; hidden ones always are.
pub fn from_folder(root: &Path) -> io::Result<Vec<ModuleSource>> {
    let mut modules = Vec::new();
    for (name, is_folder) in listed(root)? {
        let folder = root.join(&name);
        if !is_folder || !folder.join("module.toml").is_file() {
            continue;
        }
        if modules.len() == MODULES_MAX {
            return Err(refuse(root, format_args!("more than {MODULES_MAX} modules")));
        }
        let mut files = Vec::new();
        collect(&folder, "", DEPTH_MAX, &mut files)?;
        modules.push(ModuleSource { name, files });
    }
    Ok(modules)
}

fn collect(folder: &Path, inside: &str, depth: usize, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for (name, is_folder) in listed(folder)? {
        let path = folder.join(&name);
        let inside = if inside.is_empty() { name } else { format!("{inside}/{name}") };
        if is_folder {
            if depth == 0 {
                return Err(refuse(&path, format_args!("more than {DEPTH_MAX} folders deep")));
            }
            collect(&path, &inside, depth - 1, files)?;
        } else if inside.ends_with(".toml") {
            if files.len() == FILES_MAX {
                return Err(refuse(folder, format_args!("more than {FILES_MAX} files in one module")));
            }
            if fs::metadata(&path)?.len() > DOCUMENT_LEN_MAX as u64 {
                return Err(refuse(&path, format_args!("larger than {DOCUMENT_LEN_MAX} bytes")));
            }
            let text = fs::read_to_string(&path).map_err(|error| refuse(&path, error))?;
            files.push((inside, text));
        }
    }
    Ok(())
}

/// The visible entries of a folder by name, and whether each is a folder itself. Links are not followed.
fn listed(folder: &Path) -> io::Result<Vec<(String, bool)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| refuse(folder, error))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !name.starts_with('.') && (kind.is_dir() || kind.is_file()) {
            entries.push((name, kind.is_dir()));
        }
    }
    entries.sort();
    Ok(entries)
}

fn refuse(path: &Path, what: impl fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {what}", path.display()))
}
