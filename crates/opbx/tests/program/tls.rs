//! TLS as clients meet it: a certificate that is replaced while the program runs, and what it does with bad files.

use crate::process::{opbx, stderr};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const HOST: &str = "localhost";
/// What a client of HTTP/2 says first (RFC 9113, 3.4), with settings that change nothing.
const H2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

/// A folder with a certificate and its key.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().expect("a folder"));
        files.renew();
        files
    }

    fn certificate(&self) -> PathBuf {
        self.0.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }

    fn renew(&self) {
        let names = vec![HOST.to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        std::fs::write(self.certificate(), made.cert.pem()).expect("written");
        std::fs::write(self.key(), made.signing_key.serialize_pem()).expect("written");
    }

    fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.certificate()).expect("a certificate")
    }

    fn serve(&self, data: &Path) -> Command {
        let mut command = opbx(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(data).env("OPBX_OWNER_PASSWORD", "correct horse battery");
        command.env("OPBX_TLS_CERTIFICATE", self.certificate()).env("OPBX_TLS_KEY", self.key());
        command
    }
}

/// A running server that speaks TLS, and its log.
struct Server {
    child: Child,
    urls: Vec<String>,
    log: BufReader<ChildStderr>,
    // Kept open, so that later prints do not end the process.
    _stdout: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(mut command: Command, listeners: usize) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut log = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut urls = Vec::new();
        while urls.len() < listeners {
            let mut line = String::new();
            if stdout.read_line(&mut line).expect("readable output") == 0 {
                let mut said = String::new();
                log.read_to_string(&mut said).expect("readable output");
                panic!("the server ended before it listened:\n{said}");
            }
            urls.extend(line.trim().strip_prefix("OPBX is listening on ").map(str::to_owned));
        }
        Self { child, urls, log, _stdout: stdout }
    }

    fn address(&self, scheme: &str) -> &str {
        let url = self.urls.iter().find_map(|url| url.strip_prefix(scheme)?.strip_prefix("://"));
        url.unwrap_or_else(|| panic!("no {scheme} among {:?}", self.urls))
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().expect("the kill program").success());
    }

    /// Reads the log up to the line that says so.
    fn logged(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.log.read_line(&mut line).expect("a log") > 0, "it never said {words:?}");
            if line.contains(words) {
                return line;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed must not leave its server behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// Connects as a client that believes this certificate alone, and speaks this protocol.
fn connect(address: &str, believed: &CertificateDer<'static>, protocol: &[u8]) -> std::io::Result<Stream> {
    let mut roots = RootCertStore::empty();
    roots.add(believed.clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = config.expect("protocol versions").with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let name = ServerName::try_from(HOST).expect("a name");
    let mut connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    assert_eq!(connection.alpn_protocol(), Some(protocol));
    Ok(StreamOwned::new(connection, socket))
}

fn get(stream: &mut Stream, path: &str) -> String {
    let asked = format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).expect("sent");
    let mut answer = String::new();
    // A server may close without a goodbye once all is said.
    if let Err(error) = stream.read_to_string(&mut answer) {
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof, "{error}");
    }
    answer
}

#[test]
fn a_certificate_is_replaced_while_calls_go_on_and_a_bad_one_is_not_taken() {
    let (files, data) = (Files::new(), tempfile::tempdir().expect("a folder"));
    let mut server = Server::start(files.serve(data.path()), 1);
    let address = server.address("https").to_owned();
    let first = files.der();
    let mut open = connect(&address, &first, b"http/1.1").expect("the first certificate is shown");
    let answer = get(&mut connect(&address, &first, b"http/1.1").expect("a connection"), "/health");
    assert!(answer.starts_with("HTTP/1.1 200"), "the peer is on loopback: {answer}");
    assert!(answer.to_ascii_lowercase().contains("strict-transport-security: max-age=31536000"), "{answer}");

    files.renew();
    server.signal("-HUP");
    server.logged("the TLS certificate was loaded again");
    let second = files.der();
    let answer = get(&mut connect(&address, &second, b"http/1.1").expect("the second is shown"), "/health");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(connect(&address, &first, b"http/1.1").is_err(), "the first is shown no more");
    assert!(get(&mut open, "/health").starts_with("HTTP/1.1 200"), "who was connected stays so");

    std::fs::write(files.certificate(), "half a certif").expect("written");
    server.signal("-HUP");
    let complaint = server.logged("the old one stays");
    assert!(complaint.contains("cert.pem"), "{complaint}");
    let metrics = get(&mut connect(&address, &second, b"http/1.1").expect("the second still"), "/metrics");
    assert!(metrics.contains("opbx_tls_reloads_total{outcome=\"kept\"} 1"), "{metrics}");
    assert!(metrics.contains("opbx_tls_certificate_expires_timestamp_seconds "), "{metrics}");

    server.signal("-TERM");
    assert!(server.child.wait().expect("an ended process").success(), "it stops in good order");
}

#[test]
fn http_2_is_spoken_over_tls_and_knows_its_host() {
    let (files, data) = (Files::new(), tempfile::tempdir().expect("a folder"));
    let server = Server::start(files.serve(data.path()), 1);
    let mut stream = connect(server.address("https"), &files.der(), b"h2").expect("a connection");
    stream.write_all(H2_PREFACE).expect("sent");
    // HPACK (RFC 7541): GET and https are in the static table; path and authority are texts.
    let mut block = vec![0x82, 0x87];
    for (index, text) in [(0x04, "/health"), (0x01, HOST)] {
        block.extend([index, u8::try_from(text.len()).expect("short")]);
        block.extend(text.as_bytes());
    }
    let length = u8::try_from(block.len()).expect("short");
    // HEADERS that end both the headers and the request, on the first stream.
    stream.write_all(&[0, 0, length, 0x01, 0x05, 0, 0, 0, 1]).expect("sent");
    stream.write_all(&block).expect("sent");
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).expect("a frame");
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).expect("a whole frame");
        match head[3] {
            0x01 => return assert_eq!(body[0], 0x88, ":status 200 of the static table"),
            0x03 | 0x07 => panic!("the request was refused: {head:?} {body:?}"),
            _ => {}
        }
    }
}

#[test]
fn plain_http_is_there_beside_tls_where_it_is_wanted() {
    let (files, data) = (Files::new(), tempfile::tempdir().expect("a folder"));
    let mut command = files.serve(data.path());
    command.env("OPBX_PLAIN_LISTEN", "127.0.0.1:0");
    let mut server = Server::start(command, 2);
    let mut plain = TcpStream::connect(server.address("http")).expect("it listens");
    plain.set_read_timeout(Some(PATIENCE)).expect("a limit");
    plain.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    plain.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("strict-transport"), "{answer}");
    assert!(connect(server.address("https"), &files.der(), b"http/1.1").is_ok());
    // Whether it is ready is asked either way, whatever name the certificate is for.
    let health = |name: &str, address: &str| {
        let mut command = opbx(&["health"]);
        command.env("OPBX_TLS_CERTIFICATE", files.certificate()).env("OPBX_TLS_KEY", files.key());
        command.env(name, address).output().expect("the binary runs")
    };
    for told in
        [health("OPBX_LISTEN", server.address("https")), health("OPBX_PLAIN_LISTEN", server.address("http"))]
    {
        assert_eq!(String::from_utf8_lossy(&told.stdout), "ready\n", "{}", stderr(&told));
    }
    server.signal("-TERM");
    assert!(server.child.wait().expect("an ended process").success());
}

#[test]
fn a_bad_file_is_told_by_name_and_nothing_listens() {
    let (files, data) = (Files::new(), tempfile::tempdir().expect("a folder"));
    let other = Files::new();
    std::fs::copy(other.key(), files.key()).expect("copied");
    let refused = files.serve(data.path()).output().expect("the binary runs");
    assert!(!refused.status.success());
    let said = stderr(&refused);
    assert!(said.contains("key.pem") && said.contains("not the key of"), "{said}");
    assert!(!String::from_utf8_lossy(&refused.stdout).contains("listening"));
    let mut demo = opbx(&["serve", "--demo", "--listen", "127.0.0.1:0", "--data"]);
    demo.arg(data.path()).env("OPBX_TLS_CERTIFICATE", "/a").env("OPBX_TLS_KEY", "/b");
    let said = stderr(&demo.output().expect("the binary runs"));
    assert!(said.contains("--demo"), "{said}");
}

#[test]
fn without_tls_a_hangup_is_no_reason_to_end() {
    let data = tempfile::tempdir().expect("a folder");
    let mut command = opbx(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(data.path()).env("OPBX_OWNER_PASSWORD", "correct horse battery");
    let mut server = Server::start(command, 1);
    server.signal("-HUP");
    server.logged("there are none");
    server.signal("-TERM");
    assert!(server.child.wait().expect("an ended process").success());
}

#[test]
fn doctor_looks_at_the_files_and_for_whom_they_are() {
    let (files, data) = (Files::new(), tempfile::tempdir().expect("a folder"));
    let doctor = |url: &str| {
        let mut command = opbx(&["doctor", "--data"]);
        command.arg(data.path()).env("OPBX_PUBLIC_URL", url);
        command.env("OPBX_TLS_CERTIFICATE", files.certificate()).env("OPBX_TLS_KEY", files.key());
        String::from_utf8(command.output().expect("the binary runs").stdout).expect("UTF-8")
    };
    let said = doctor("https://localhost:8443");
    assert!(said.contains("the files fit together") && !said.contains("is not for"), "{said}");
    assert!(doctor("https://pbx.example.com").contains("the certificate is not for pbx.example.com"));
    std::fs::write(files.key(), "nonsense").expect("written");
    assert!(doctor("https://localhost").contains("key.pem: it holds no private key"));
}
