//! Starts the binary, reads what it prints, speaks HTTP to it, and kills it.

use opbx_testkit::{Engine, TestDb};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

/// How long a start, an answer or a stop may take on a busy machine before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);
const LISTENING: &str = "OPBX is listening on http://";

/// A command with nothing of the tester's own environment that could change what it does.
pub(crate) fn opbx(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opbx"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OPBX_")) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    opbx(arguments).output().expect("the binary runs")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// A running `opbx serve --demo` on a port of its own.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// Everything printed up to the line that says where it listens.
    pub(crate) printed: String,
    // Kept open, so that later prints do not end the process.
    stdout: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn demo(data: &Path, database: Option<&TestDb>) -> Self {
        let mut command = opbx(&["serve", "--demo", "--no-history", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(data);
        if let Some(db) = database.filter(|db| db.engine() == Engine::Postgres) {
            command
                .args(["--database", &db.url().to_string().replace("postgres://", "postgres://opbx_test@")]);
        }
        Self::start(command)
    }

    pub(crate) fn start(mut command: Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("the binary starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut server = Self { child, address: String::new(), printed: String::new(), stdout };
        while server.address.is_empty() {
            let mut line = String::new();
            let length = server.stdout.read_line(&mut line).expect("readable output");
            assert!(length > 0, "the server ended before it listened; it printed:\n{}", server.printed);
            match line.trim().strip_prefix(LISTENING) {
                Some(address) => server.address = address.to_owned(),
                None => server.printed.push_str(&line),
            }
        }
        server
    }

    /// Ends the process without a word of warning, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a running process");
        self.child.wait().expect("a dead process");
    }

    /// Asks the process to stop, as a service manager does, and waits until it has.
    pub(crate) fn terminate(mut self) -> bool {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().expect("the kill program");
        assert!(told.success());
        self.child.wait().expect("an ended process").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed must not leave its server behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An HTTP request as a command line client makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) url: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Request {
    /// Reads a printed `curl` command: the words a shell would see.
    pub(crate) fn printed(command: &str) -> Self {
        let words = shell_words(command);
        assert_eq!(words.first().map(String::as_str), Some("curl"), "{command}");
        let mut request = Self { url: String::new(), headers: Vec::new(), body: String::new() };
        let mut words = words.into_iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-H" => request.headers.push(words.next().expect("a header")),
                "-d" => request.body = words.next().expect("a body"),
                "-sS" => {}
                _ => request.url = word,
            }
        }
        request
    }

    pub(crate) fn send(&self) -> Reply {
        self.send_by("POST")
    }

    pub(crate) fn send_by(&self, method: &str) -> Reply {
        let rest = self.url.strip_prefix("http://").expect("an http URL");
        let (host, path) = rest.split_once('/').expect("a path");
        let mut stream = TcpStream::connect(host).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        let headers: String = self.headers.iter().map(|header| format!("{header}\r\n")).collect();
        let (length, body) = (self.body.len(), &self.body);
        let text = format!(
            "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(text.as_bytes()).expect("sent");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("an answer");
        let (head, body) = reply.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Reply { status, body: body.to_owned() }
    }
}

/// Splits as a shell does what needs only single quotes.
pub(crate) fn shell_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut begun) = (String::new(), false, false);
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                begun = true;
            }
            ' ' if !quoted => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}
