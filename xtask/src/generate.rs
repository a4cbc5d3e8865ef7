//! `cargo xtask gen`: what is written from the contract, so that nobody writes it twice.

use crate::{process, web, workspace};
use anyhow::ensure;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The types of the web client: written where they are wanted, and never kept in the repository.
pub(crate) const TYPES: &str = "web/src/api/schema.d.ts";

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    if let Some(arg) = args.first() {
        anyhow::bail!(process::Usage(format!("`gen` takes no arguments, and {arg:?} is one")));
    }
    ensure!(has_node(), web::NO_NODE);
    web::install()?;
    types(&contract(&product()?)?)?;
    println!("{TYPES} is written");
    Ok(())
}

pub(crate) fn has_node() -> bool {
    process::answers(Command::new("npm").arg("--version"))
}

/// The product as it is now, built.
pub(crate) fn product() -> anyhow::Result<PathBuf> {
    // As a part of the whole workspace: alone it would want the dependencies built once more, with fewer features.
    process::run(process::cargo().args(["build", "--quiet", "--workspace", "--bin", "opbx"]))?;
    Ok(workspace::target()?.join("debug/opbx"))
}

/// Writes the contract where tools find it.
pub(crate) fn contract(product: &Path) -> anyhow::Result<PathBuf> {
    let text = process::output(Command::new(product).arg("openapi"))?;
    let folder = workspace::target()?.join("contract");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("openapi.json");
    std::fs::write(&path, text)?;
    Ok(path)
}

/// npm in the folder of the web app.
pub(crate) fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(workspace::root().join("web"));
    npm
}

/// Writes the types of the contract to where the client looks for them.
pub(crate) fn types(contract: &Path) -> anyhow::Result<()> {
    let mut generate = npm();
    generate.args(["exec", "--offline", "--", "openapi-typescript"]).arg(contract);
    // A member with a default may be left out of a request; that is what its default is for.
    generate.args(["--default-non-nullable=false", "--output"]).arg(workspace::root().join(TYPES));
    process::output(&mut generate).map(drop)
}
