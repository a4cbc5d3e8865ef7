//! The contract of the REST API held against the product: is it sound, does the client fit it, does the product obey it.

use crate::counts::Counts;
use crate::server::{Folder, Kind, Server, mortal};
use crate::{generate, process, web, workspace};
use anyhow::Context as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Hooks, configuration and pinned versions of what is run here.
const FOLDER: &str = "crates/http/tests/contract";
/// Always the same, so that a change is what fails it. Other seeds are for `soak`.
const SEED: u64 = 1;
/// A short run sends what lies at the bounds of each member, and just beyond: the same twelve thousand requests each time.
const SAMPLE: &[&str] = &["--phases", "coverage", "--max-time", "170"];
/// Requests of each operation that a long run draws besides.
const WHOLE: &str = "200";
/// One, and the order of requests is the seed's. Quirk: CPython 3.11 counts the depth of syntax trees for all threads together, and
/// two that draw at once end now and then with "AST constructor recursion depth mismatch".
const WORKERS: &str = "1";
const OWNER: &str = "owner@example.com";
/// A second owner, whose sessions may end.
const OTHER: &str = "other@example.com";
/// Of nodes that live as long as a run, on this machine alone.
const PASSWORD: &str = "Contract-of-the-API-1";
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// The tier of `cargo xtask test`.
pub(crate) fn sample() -> anyhow::Result<Counts> {
    if !generate::has_node() || !process::answers(Command::new("python3").args(["-m", "venv", "--help"])) {
        println!(
            "npm or python3 with venv is missing: install Node.js 20 and Python 3.11 or newer to hold the contract"
        );
        return Ok(Counts::default());
    }
    let python = python()?;
    web::install()?;
    let product = generate::product()?;
    let contract = generate::contract(&product)?;
    let mut counts = Counts::default();
    let mut note = |name: &str, result: anyhow::Result<()>| {
        println!("contract {name}: {}", if result.is_ok() { "ok" } else { "FAILED" });
        match result {
            Ok(()) => counts.passed += 1,
            Err(error) => {
                println!("{error:#}");
                counts.failed += 1;
            }
        }
    };
    note("document", process::run(Command::new(python.join("openapi-spec-validator")).arg(&contract)));
    note("types", generate::types(&contract));
    let node = Node::start(&product)?;
    note("client", process::run(node.environment(generate::npm().args(["run", "contract"]))));
    note("product", process::run(node.schemathesis(&python, &contract, SEED)?.args(SAMPLE)));
    Ok(counts)
}

/// The stage of `cargo xtask soak`: every phase, and as many requests as there is time for.
pub(crate) fn whole(minutes: u64, seed: u64) -> anyhow::Result<()> {
    let python = python()?;
    let product = generate::product()?;
    let contract = generate::contract(&product)?;
    let node = Node::start(&product)?;
    let time = (minutes * 60).to_string();
    let mut run = node.schemathesis(&python, &contract, seed)?;
    process::run(run.args(["--max-examples", WHOLE, "--max-time", &time]))
}

/// The programs of an environment of their own with the pinned versions, made where there is none.
fn python() -> anyhow::Result<PathBuf> {
    let wanted = std::fs::read_to_string(workspace::root().join(FOLDER).join("requirements.txt"))?;
    let home = workspace::tools().join("contract");
    let (bin, mark) = (home.join("bin"), home.join("installed.txt"));
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(bin);
    }
    println!("installing schemathesis into {} (a minute, once)", home.display());
    process::run(Command::new("python3").args(["-m", "venv"]).arg(&home))
        .context("on Debian: apt-get install -y python3-venv")?;
    let mut install = Command::new(bin.join("pip"));
    install
        .args(["install", "--quiet", "--requirement"])
        .arg(workspace::root().join(FOLDER).join("requirements.txt"));
    process::run(&mut install).context("schemathesis cannot be installed; is there a network?")?;
    std::fs::write(&mark, wanted)?;
    Ok(bin)
}

/// The product with its demo company, and the engine that it talks to.
struct Node {
    server: Server,
    _engine: Server,
    _folders: [Folder; 2],
}

impl Node {
    fn start(product: &Path) -> anyhow::Result<Self> {
        let folders = [Folder::new("contract-engine", None)?, Folder::new("contract", None)?];
        let engine = Kind {
            name: "the fake Cloudonix",
            stop_signal: "TERM",
            command: &|port| {
                let mut command = mortal(product, None);
                command.current_dir(folders[0].path()).args(["dev", "cloudonix", "--listen"]);
                command.arg(format!("127.0.0.1:{port}"));
                command
            },
            is_ready: &|port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok(),
        };
        let engine = Server::start(&engine, &folders[0])?;
        let cloudonix = format!("http://127.0.0.1:{}", engine.port);
        let data = folders[1].path().join("data");
        let server = Kind {
            name: "OPBX",
            stop_signal: "TERM",
            command: &|port| {
                let mut command = mortal(product, None);
                command.current_dir(folders[1].path()).args(["serve", "--demo", "--listen"]);
                command.arg(format!("127.0.0.1:{port}")).arg("--data").arg(&data);
                command.env("OPBX_OWNER_EMAIL", OWNER).env("OPBX_OWNER_PASSWORD", PASSWORD);
                command.env("OPBX_CLOUDONIX_URL", &cloudonix).env("OPBX_LOG", "warn");
                // How often somebody may ask has tests of its own.
                for rate in ["API", "TENANT", "LOGIN"] {
                    command.env(format!("OPBX_{rate}_RATE_PER_MIN"), "0");
                }
                command
            },
            is_ready: &|port| is_healthy(port).is_some(),
        };
        let server = Server::start(&server, &folders[1])?;
        let mut user = Command::new(product);
        user.args(["user", "create", OTHER, "--role", "owner", "--data"]).arg(&data);
        process::output(user.env("OPBX_PASSWORD", PASSWORD))?;
        Ok(Self { server, _engine: engine, _folders: folders })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }

    /// Tells a command where the node is, and who is signed in.
    fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("OPBX_CONTRACT_URL", self.url())
            .env("OPBX_CONTRACT_OWNER", OWNER)
            .env("OPBX_CONTRACT_OTHER", OTHER)
            .env("OPBX_CONTRACT_PASSWORD", PASSWORD)
    }

    fn schemathesis(&self, python: &Path, contract: &Path, seed: u64) -> anyhow::Result<Command> {
        let folder = workspace::root().join(FOLDER);
        let reports = workspace::target()?.join("contract");
        let mut command = Command::new(python.join("schemathesis"));
        self.environment(&mut command)
            .env("SCHEMATHESIS_HOOKS", "hooks")
            .env("PYTHONPATH", &folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&reports)
            .arg("--config-file")
            .arg(folder.join("schemathesis.toml"))
            .arg("run")
            .arg(contract)
            .args(["--url", &self.url(), "--checks", "all", "--workers", WORKERS])
            .args(["--seed", &seed.to_string()])
            .args(["--report", "ndjson", "--report-ndjson-path"])
            .arg(reports.join("schemathesis.ndjson"));
        Ok(command)
    }
}

fn is_healthy(port: u16) -> Option<()> {
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    socket.set_read_timeout(Some(ANSWER_WAIT)).ok()?;
    socket.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).ok()?;
    (&answer == b"HTTP/1.1 200").then_some(())
}
