//! A PostgreSQL cluster of the tests' own: fresh, on a free port of this machine, gone afterwards.

use crate::server::{Folder, Kind, Server, mortal};
use crate::{process, tools};
use anyhow::Context;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const ANSWER_WAIT: Duration = Duration::from_secs(1);
/// A startup message of protocol 3.0 for the user `postgres`: its length, the version, the parameters.
const STARTUP: &[u8] = b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0";

/// Enough for every test of a run to hold a small pool at once.
const CONNECTIONS_MAX: u32 = 200;

/// A running cluster with one superuser, `postgres`, who needs no password.
pub(crate) struct Postgres {
    // The server goes first: it must not write into a folder that is being removed.
    server: Server,
    _folder: Folder,
}

impl Postgres {
    pub(crate) fn start(bin: &Path) -> anyhow::Result<Self> {
        let user = tools::is_root().then(unprivileged);
        let folder = Folder::new("postgres", user)?;
        let data = folder.path().join("data");

        let mut initdb = mortal(&bin.join("initdb"), user);
        initdb.arg("--pgdata").arg(&data).current_dir(folder.path());
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        process::output(&mut initdb).context("PostgreSQL cannot make a cluster")?;

        let kind = Kind {
            name: "PostgreSQL",
            stop_signal: "QUIT",
            command: &|port| server_command(bin, user, folder.path(), port),
            is_ready: &|port| welcomed(port).is_some(),
        };
        let server = Server::start(&kind, &folder)?;
        Ok(Self { server, _folder: folder })
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.server.port)
    }
}

fn server_command(bin: &Path, user: Option<&str>, folder: &Path, port: u16) -> Command {
    let mut command = mortal(&bin.join("postgres"), user);
    command.current_dir(folder).arg("-D").arg(folder.join("data"));
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".into(),
        format!("unix_socket_directories={}", folder.display()),
        format!("max_connections={CONNECTIONS_MAX}"),
        // The data is thrown away, so nothing has to survive a power cut.
        "fsync=off".into(),
        "full_page_writes=off".into(),
    ];
    for setting in settings {
        command.args(["-c", &setting]);
    }
    command
}

/// Logs in; a server that is still starting takes the connection but answers with an error.
fn welcomed(port: u16) -> Option<()> {
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    socket.set_read_timeout(Some(ANSWER_WAIT)).ok()?;
    socket.write_all(STARTUP).ok()?;
    let mut kind = [0];
    socket.read_exact(&mut kind).ok()?;
    (&kind == b"R").then_some(())
}

/// Whom to run as in place of root, which PostgreSQL refuses.
fn unprivileged() -> &'static str {
    if process::answers(Command::new("id").arg("postgres")) { "postgres" } else { "nobody" }
}
