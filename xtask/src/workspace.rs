//! Where the workspace is and what cargo knows about it.

use crate::process;
use anyhow::Context;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder that holds the workspace's Cargo.toml.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in a folder of the workspace")
}

/// The crates of the workspace with what each one imports, as `cargo metadata` tells it.
pub(crate) fn metadata() -> anyhow::Result<Value> {
    let text = process::output(process::cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    serde_json::from_str(&text).context("cannot read what `cargo metadata` wrote")
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let folder = metadata()?["target_directory"].as_str().map(PathBuf::from);
    folder.context("`cargo metadata` names no target folder")
}

/// Where programs that the jobs need are installed: the build cache if there is one, else the target folder.
pub(crate) fn tools() -> PathBuf {
    if let Some(cache) = std::env::var_os("OPBX_CACHE") {
        return PathBuf::from(cache).join("tools");
    }
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/opbx"));
    match home {
        Some(cache) if cache.is_dir() => cache.join("tools"),
        _ => root().join("target/tools"),
    }
}
