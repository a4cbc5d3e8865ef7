//! The corpus: small inputs worth beginning with, and every one that once broke something, as files.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

/// Files of one target that are read at most.
const FILES_MAX: usize = 1_000;
/// How much of a fault goes into the name of the file that shows it.
const NAME_LEN_MAX: usize = 60;

pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_owned()
}

/// The inputs of a target by the names of their files, in their order.
pub(crate) fn of(target: &str) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder(target)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let named = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.to_owned();
        Some((name, fs::read(&path).ok()?))
    };
    paths.into_iter().take(FILES_MAX).filter_map(named).collect()
}

/// Keeps an input that broke something; the file is named for what broke.
pub(crate) fn keep(target: &str, fault: &str, input: &[u8]) -> io::Result<PathBuf> {
    let mut name = String::new();
    let fault = fault.strip_prefix("panics: ").unwrap_or(fault);
    for c in fault.split(':').next().unwrap_or_default().chars() {
        match c {
            'a'..='z' | 'A'..='Z' => name.push(c.to_ascii_lowercase()),
            _ if !name.ends_with('_') => name.push('_'),
            _ => {}
        }
        if name.len() >= NAME_LEN_MAX {
            break;
        }
    }
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let path = folder(target).join(format!("{}-{:08x}", name.trim_matches('_'), hasher.finish() as u32));
    fs::create_dir_all(folder(target))?;
    fs::write(&path, input)?;
    Ok(path)
}

/// Every fenced block of a language in the documents, for what they promise is worth beginning with.
pub(crate) fn blocks_of_docs(language: &str) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(root().join("docs")) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let texts = paths.iter().filter_map(|path| fs::read_to_string(path).ok());
    let opening = format!("```{language}\n");
    texts
        .flat_map(|text| {
            let blocks = text.split(&opening).skip(1);
            blocks.filter_map(|rest| Some(rest.split_once("```")?.0.as_bytes().to_vec())).collect::<Vec<_>>()
        })
        .collect()
}

fn folder(target: &str) -> PathBuf {
    root().join("fuzz/corpus").join(target)
}
