//! A Redis or Valkey of the tests' own: on a free port of this machine, keeping nothing.

use crate::server::{Folder, Kind, Server, mortal};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::Duration;

const ANSWER_WAIT: Duration = Duration::from_secs(1);

pub(crate) struct Redis {
    server: Server,
    _folder: Folder,
}

impl Redis {
    pub(crate) fn start(program: &Path) -> anyhow::Result<Self> {
        let folder = Folder::new("redis", None)?;
        let kind = Kind {
            name: "Redis",
            stop_signal: "TERM",
            command: &|port| {
                let mut command = mortal(program, None);
                command.current_dir(folder.path()).args(["--port", &port.to_string()]);
                command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
                command
            },
            is_ready: &|port| pong(port).is_some(),
        };
        let server = Server::start(&kind, &folder)?;
        Ok(Self { server, _folder: folder })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.server.port)
    }
}

fn pong(port: u16) -> Option<()> {
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    socket.set_read_timeout(Some(ANSWER_WAIT)).ok()?;
    socket.write_all(b"PING\r\n").ok()?;
    let mut answer = [0; 7];
    socket.read_exact(&mut answer).ok()?;
    (&answer == b"+PONG\r\n").then_some(())
}
