//! Lets a release see the web app that was built since: what was not there while compiling, cargo does not watch by itself.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let embeds = std::env::var("PROFILE").is_ok_and(|profile| profile == "release")
        || std::env::var_os("CARGO_FEATURE_EMBEDDED").is_some();
    // Only where files are embedded: cargo takes a missing file for a changed one, each time.
    if embeds {
        println!("cargo::rerun-if-changed=../../web/dist/index.html");
    }
}
