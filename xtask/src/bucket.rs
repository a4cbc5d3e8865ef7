//! An S3-compatible store of the tests' own: on a free port of this machine, keeping everything in memory.

use crate::server::{Folder, Kind, Server, mortal};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

pub(crate) struct Bucket {
    server: Server,
    _folder: Folder,
}

impl Bucket {
    pub(crate) fn start(program: &Path) -> anyhow::Result<Self> {
        let folder = Folder::new("s3", None)?;
        let kind = Kind {
            name: "the S3 store",
            stop_signal: "TERM",
            command: &|port| {
                let mut command = mortal(program, None);
                command.current_dir(folder.path()).args(["-H", "127.0.0.1", "-p", &port.to_string()]);
                command
            },
            is_ready: &|port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok(),
        };
        let server = Server::start(&kind, &folder)?;
        Ok(Self { server, _folder: folder })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }
}
