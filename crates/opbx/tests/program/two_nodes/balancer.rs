//! HAProxy, configured as `docs/operations.md` says, on a port of its own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How often, at most, it is looked whether nodes are seen as up.
const LOOKS_MAX: u32 = 1_200;
const LOOK: Duration = Duration::from_millis(50);
/// The configuration that the documentation shows, with ports to fill in.
const CONFIGURATION: &str = include_str!("../../../../../packaging/haproxy.cfg");

/// A running HAProxy.
pub(crate) struct Balancer {
    child: Child,
    address: SocketAddr,
    status: SocketAddr,
}

pub(crate) fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join("haproxy")).find(|program| program.is_file())
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound socket").port()
}

impl Balancer {
    pub(crate) fn start(program: &Path, folder: &Path, nodes: &[u16]) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let status = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut configuration = CONFIGURATION
            .replace("*:80", &address.to_string())
            .replace("127.0.0.1:8404", &status.to_string());
        for (at, port) in nodes.iter().enumerate() {
            let shown = format!("10.0.0.{}:8080", at + 1);
            assert!(configuration.contains(&shown), "the configuration names {shown}");
            configuration = configuration.replace(&shown, &format!("127.0.0.1:{port}"));
        }
        let file = folder.join("haproxy.cfg");
        std::fs::write(&file, configuration).expect("a file");
        let mut command = Command::new(program);
        command.arg("-db").arg("-f").arg(&file).stdout(Stdio::null()).stderr(Stdio::inherit());
        let child = command.spawn().expect("HAProxy starts");
        Self { child, address, status }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the balancer sees so many nodes that are ready.
    pub(crate) fn await_nodes(&self, count: usize) {
        for _ in 0..LOOKS_MAX {
            if self.nodes_up() == count {
                return;
            }
            std::thread::park_timeout(LOOK);
        }
        panic!("the balancer never saw {count} nodes");
    }

    fn nodes_up(&self) -> usize {
        let Ok(mut stream) = TcpStream::connect(self.status) else { return 0 };
        let asked = stream.write_all(b"GET /status;csv HTTP/1.0\r\n\r\n");
        let mut table = String::new();
        if asked.is_err() || stream.read_to_string(&mut table).is_err() {
            return 0;
        }
        table.lines().filter(|line| line.starts_with("opbx,node") && line.contains(",UP,")).count()
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        // A test that failed must not leave its balancer behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
