//! `cargo xtask dev`: the product on a demo company, a carrier that calls it, and the web app reloaded while it is written.

use crate::{generate, process, web, workspace};
use anyhow::ensure;
use std::process::Command;

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    ensure!(generate::has_node(), web::NO_NODE);
    let product = generate::product()?;
    web::ready(&product)?;
    // Ctrl-C is Node's affair from here on: it ends what it started, and waits for it.
    let mut dev = Command::new("node");
    dev.arg(workspace::root().join("web/dev.mjs")).args(args).env("OPBX_BIN", &product);
    process::become_program(&mut dev)
}
