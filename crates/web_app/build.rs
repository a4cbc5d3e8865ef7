//! Ties the binary to the folder of the web app, which may be built only after it.

use std::path::Path;

/// What `cargo xtask web` builds.
const BUILT: &str = "../../web/dist";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // While developing, files are found by the real path that the folder has now: it has none before it is there.
    if let Err(error) = std::fs::create_dir_all(Path::new(BUILT)) {
        println!("cargo::warning=the web app will not be found, as {BUILT} cannot be made: {error}");
    }
    let embeds = std::env::var("PROFILE").is_ok_and(|profile| profile == "release")
        || std::env::var_os("CARGO_FEATURE_EMBEDDED").is_some();
    // Only where files are embedded: cargo takes a missing file for a changed one, each time.
    if embeds {
        println!("cargo::rerun-if-changed={BUILT}/index.html");
    }
}
