//! `cargo xtask demo`: builds the product and serves a demo company on this machine alone.

use crate::{process, web, workspace};
use anyhow::Context;
use std::process::Command;

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    // SQLite and the cryptography are partly C; without a compiler the build would fail late and at length.
    if !process::answers(Command::new("cc").arg("--version")) {
        anyhow::bail!("a C compiler is missing; on Debian: apt-get install -y build-essential");
    }
    process::run(process::cargo().args(["build", "--package", "opbx"]))
        .context("the build failed; the compiler's first error above says where")?;

    // Calls are routed without it.
    if let Err(error) = web::build(&workspace::target()?.join("debug/opbx")) {
        println!(
            "the web app is not built: {error:#}; what was built before is served, and the API in any case"
        );
    }

    let data = workspace::root().join("target/demo");
    let mut serve = process::cargo();
    serve
        .args(["run", "--quiet", "--package", "opbx", "--", "serve", "--demo", "--data"])
        .arg(data)
        .args(args);
    process::become_program(&mut serve)
}
