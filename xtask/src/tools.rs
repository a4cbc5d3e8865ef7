//! Finds or installs what the jobs need: cargo's own helpers, and the servers that the tests talk to.

use crate::{process, workspace};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const NEXTEST: Tool = Tool { name: "cargo-nextest", verb: "nextest", version: "0.9.143" };
const DENY: Tool = Tool { name: "cargo-deny", verb: "deny", version: "0.20.2" };
const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];
const REDIS: &[&str] = &["redis-server", "valkey-server"];
/// Stands in for S3 in tests.
const MOTO: &str = "moto[server]>=5,<6";
/// The oldest PostgreSQL that the product promises to run on.
const POSTGRES_MAJOR_MIN: u32 = 15;

/// A subcommand of cargo. Any version that is there will do; this one is installed where none is.
struct Tool {
    name: &'static str,
    verb: &'static str,
    version: &'static str,
}

/// An installed subcommand of cargo.
pub(crate) struct Found {
    verb: &'static str,
    program: PathBuf,
}

impl Found {
    /// A call of the tool at the root of the workspace, still without arguments.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(self.verb).current_dir(workspace::root());
        command
    }
}

pub(crate) fn nextest() -> anyhow::Result<Found> {
    find_or_install(&NEXTEST)
}

pub(crate) fn deny() -> anyhow::Result<Found> {
    find_or_install(&DENY)
}

fn find_or_install(tool: &Tool) -> anyhow::Result<Found> {
    let root = workspace::tools();
    let own = root.join("bin").join(tool.name);
    for program in [PathBuf::from(tool.name), own.clone()] {
        if process::answers(Command::new(&program).args([tool.verb, "--version"])) {
            return Ok(Found { verb: tool.verb, program });
        }
    }
    println!("installing {} {} into {} (a few minutes, once)", tool.name, tool.version, root.display());
    let mut install = process::cargo();
    // Unoptimised and without extras: it builds in a third of the time, and the tool's own speed is not felt.
    install
        .args(["install", tool.name, "--locked", "--debug", "--no-default-features"])
        .args(["--version", tool.version, "--root"])
        .arg(&root)
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        // Its objects would only swell the target folder of the workspace.
        .env_remove("CARGO_TARGET_DIR");
    if tool.name == NEXTEST.name {
        install.args(["--features", "default-no-update"]);
    }
    process::run(&mut install).with_context(|| {
        format!(
            "{} is missing and cannot be installed; with a network: cargo install {} --locked",
            tool.name, tool.name
        )
    })?;
    Ok(Found { verb: tool.verb, program: own })
}

/// The programs of the two servers that the tests start for themselves.
pub(crate) struct Servers {
    /// The folder with `initdb` and `postgres`.
    pub(crate) postgres_bin: PathBuf,
    /// `redis-server` or `valkey-server`.
    pub(crate) redis: PathBuf,
}

/// Finds the servers, and the balancer that the tests of two nodes look for in PATH; as root on Debian, installs what
/// is missing.
pub(crate) fn servers() -> anyhow::Result<Servers> {
    let mut packages = Vec::new();
    if postgres_bin().is_none() {
        packages.push("postgresql");
    }
    if in_path(REDIS).is_none() {
        packages.push("redis-server");
    }
    if in_path(&["haproxy"]).is_none() {
        packages.push("haproxy");
    }
    if !packages.is_empty() {
        apt_install(&packages)?;
    }
    let postgres_bin = postgres_bin().with_context(|| {
        format!("no PostgreSQL {POSTGRES_MAJOR_MIN} or newer; put the folder with its initdb into PATH")
    })?;
    let redis = in_path(REDIS).context("no redis-server or valkey-server in PATH")?;
    Ok(Servers { postgres_bin, redis })
}

/// The S3 store that the tests start for themselves; from PyPI, in a folder of its own, where there is none.
pub(crate) fn bucket_server() -> anyhow::Result<PathBuf> {
    let folder = workspace::tools().join("moto");
    let program = folder.join("bin").join("moto_server");
    let answers = || process::answers(Command::new(&program).arg("--help"));
    if answers() {
        return Ok(program);
    }
    println!("installing {MOTO} into {} (a minute, once)", folder.display());
    let missing = "it needs python3 with venv and pip, and a network";
    process::run(Command::new("python3").args(["-m", "venv"]).arg(&folder)).context(missing)?;
    let pip = folder.join("bin").join("pip");
    process::run(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", MOTO]))
        .context(missing)?;
    if answers() { Ok(program) } else { bail!("moto_server was installed and does not run") }
}

/// Chromium; as root on Debian, installed where there is none.
pub(crate) fn browser() -> anyhow::Result<PathBuf> {
    if in_path(BROWSERS).is_none() {
        apt_install(&["chromium"])?;
    }
    in_path(BROWSERS).context("chromium was installed and is not in PATH")
}

/// Tells whether this process may become another user, and must: PostgreSQL refuses to run as root.
pub(crate) fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn apt_install(packages: &[&str]) -> anyhow::Result<()> {
    let by_hand = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if !is_root() || !process::answers(Command::new("apt-get").arg("--version")) {
        bail!("the tests need {}; on Debian, as root: {by_hand}", packages.join(" and "));
    }
    println!("installing {}", packages.join(" and "));
    let apt = || {
        let mut apt = Command::new("apt-get");
        // A runlevel of 1 keeps Debian's scripts from starting servers of their own: the tests start theirs.
        apt.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
        apt
    };
    process::run(apt().args(["update", "-q"]))
        .context("the lists of packages cannot be read; is there a network?")?;
    process::run(apt().args(["install", "-y", "-q", "--no-install-recommends"]).args(packages))
        .with_context(|| format!("try it by hand: {by_hand}"))
}

fn postgres_bin() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = path_folders().chain(debian.map(|version| version.path().join("bin")));
    folders
        .filter(|bin| bin.join("initdb").is_file())
        .filter_map(|bin| Some((postgres_major(&bin)?, bin)))
        .filter(|(major, _)| *major >= POSTGRES_MAJOR_MIN)
        .max_by_key(|(major, _)| *major)
        .map(|(_, bin)| bin)
}

/// Reads the major version from `postgres (PostgreSQL) 15.20 (Debian …)`.
fn postgres_major(bin: &Path) -> Option<u32> {
    major_of(&process::output(Command::new(bin.join("postgres")).arg("--version")).ok()?)
}

fn major_of(version: &str) -> Option<u32> {
    let digits = version.split_once("(PostgreSQL) ")?.1;
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The first of these programs that there is.
fn in_path(names: &[&str]) -> Option<PathBuf> {
    let places = names.iter().flat_map(|name| path_folders().map(move |folder| folder.join(name)));
    places.into_iter().find(|program| program.is_file())
}

fn path_folders() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian's root may have no sbin in its PATH.
    let folders: Vec<PathBuf> =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/bin".into()]).collect();
    folders.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_postgresql_is_read() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_of("postgres: command not found"), None);
    }
}
