//! A mail server on this machine: speaks enough SMTP for a client to log in and hand over, and keeps what it is given.
//!
//! It runs on threads of its own and blocks, which is simpler than it sounds: a test hands over a few mails.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A mail as it was handed over.
#[derive(Debug, Clone)]
pub struct ReceivedMail {
    pub from: String,
    pub to: Vec<String>,
    pub raw: String,
    pub encrypted: bool,
    /// Who logged in.
    pub user: Option<String>,
}

/// One leaf of a mail's tree.
#[derive(Debug, Clone)]
pub struct MailPart {
    pub content_type: String,
    pub disposition: String,
    pub body: Vec<u8>,
}

impl MailPart {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("a text part is UTF-8")
    }
}

impl ReceivedMail {
    /// A header of the mail itself, unfolded, with encoded words decoded; empty where there is none.
    pub fn header(&self, name: &str) -> String {
        header(head_and_body(&self.raw).0, name)
    }

    /// The leaves of the mail, in their order.
    pub fn parts(&self) -> Vec<MailPart> {
        let mut parts = Vec::new();
        leaves(&self.raw, &mut parts);
        parts
    }

    /// The first part whose type begins so.
    pub fn part(&self, content_type: &str) -> MailPart {
        let found = self.parts().into_iter().find(|part| part.content_type.starts_with(content_type));
        found.unwrap_or_else(|| panic!("no {content_type} in:\n{}", self.raw))
    }
}

fn head_and_body(raw: &str) -> (&str, &str) {
    raw.split_once("\r\n\r\n").unwrap_or((raw, ""))
}

fn header(head: &str, name: &str) -> String {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let wanted = format!("{}:", name.to_lowercase());
    let line = unfolded.lines().find(|line| line.to_lowercase().starts_with(&wanted));
    line.map(|line| decoded_words(line[wanted.len()..].trim())).unwrap_or_default()
}

/// Encoded words of RFC 2047, as far as a mail library writes them: base64 of UTF-8.
fn decoded_words(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("=?utf-8?b?") {
        let (word, after) = after.split_once("?=").expect("an encoded word ends");
        // Spaces between two encoded words are not part of the text.
        if !before.trim().is_empty() || result.is_empty() {
            result.push_str(before);
        }
        let bytes = STANDARD.decode(word).expect("base64");
        result.push_str(&String::from_utf8(bytes).expect("UTF-8"));
        rest = after;
    }
    result + rest
}

fn leaves(entity: &str, parts: &mut Vec<MailPart>) {
    let (head, body) = head_and_body(entity);
    let content_type = header(head, "content-type");
    if let Some(boundary) = content_type.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()) {
        let marker = format!("--{boundary}");
        for part in body.split(&marker).skip(1).take_while(|part| !part.starts_with("--")) {
            // The line's end before a boundary belongs to the boundary.
            let part = part.trim_start_matches("\r\n");
            leaves(part.strip_suffix("\r\n").unwrap_or(part), parts);
        }
        return;
    }
    let bytes = match header(head, "content-transfer-encoding").to_lowercase().as_str() {
        "base64" => {
            let letters: String = body.chars().filter(|c| !c.is_whitespace()).collect();
            STANDARD.decode(letters).expect("base64")
        }
        "quoted-printable" => unquoted(body),
        _ => body.as_bytes().to_vec(),
    };
    parts.push(MailPart { content_type, disposition: header(head, "content-disposition"), body: bytes });
}

fn unquoted(text: &str) -> Vec<u8> {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'=', [high, low, ..]) => {
                let hex = [*high, *low];
                let hex = std::str::from_utf8(&hex).expect("two digits");
                bytes.push(u8::from_str_radix(hex, 16).expect("two digits"));
                rest = &after[2..];
            }
            (byte, after) => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    bytes
}

struct Shared {
    mails: Mutex<Vec<ReceivedMail>>,
    /// Replies that the next mails get at their end, instead of being taken.
    refusals: Mutex<VecDeque<String>>,
    login: Option<(String, String)>,
    tls: Option<Arc<ServerConfig>>,
    /// Everything that came over a connection in the clear.
    overheard: Mutex<String>,
}

/// Listens until the test's process ends.
pub struct SmtpServer {
    port: u16,
    certificate: String,
    shared: Arc<Shared>,
}

impl SmtpServer {
    /// Takes every mail, in the clear.
    pub fn open() -> Self {
        Self::start(None, false)
    }

    /// Takes mail from who logs in, and offers STARTTLS; a password in the clear is taken note of.
    pub fn guarded(user: &str, password: &str) -> Self {
        Self::start(Some((user.to_owned(), password.to_owned())), true)
    }

    fn start(login: Option<(String, String)>, encrypts: bool) -> Self {
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let tls = encrypts.then(|| {
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
            let chain = vec![CertificateDer::from(own.cert.der().to_vec())];
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let config = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .expect("versions")
                .with_no_client_auth()
                .with_single_cert(chain, key);
            Arc::new(config.expect("the certificate fits its key"))
        });
        let shared = Arc::new(Shared {
            mails: Mutex::default(),
            refusals: Mutex::default(),
            login,
            tls,
            overheard: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let serving = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = serving.clone();
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { port, certificate: own.cert.pem(), shared }
    }

    /// `smtp://…@localhost:port`, with what stands before the `@` and after the port.
    pub fn url(&self, login: &str, query: &str) -> String {
        format!("smtp://{login}localhost:{}{query}", self.port)
    }

    /// The server's certificate, in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Answers the next mails so, after they were sent whole: "451 later", "550 never".
    pub fn refuse(&self, replies: &[&str]) {
        self.shared.refusals.lock().expect("no panic").extend(replies.iter().map(ToString::to_string));
    }

    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.shared.mails.lock().expect("no panic").clone()
    }

    pub fn overheard(&self) -> String {
        self.shared.overheard.lock().expect("no panic").clone()
    }
}

/// What goes over a connection, encrypted or not.
struct Line<S> {
    stream: S,
    encrypted: bool,
}

impl<S: Read + Write> Line<S> {
    fn read(&mut self, shared: &Shared) -> Option<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\r\n") {
            if self.stream.read(&mut byte).ok()? == 0 {
                return None;
            }
            line.push(byte[0]);
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        if !self.encrypted {
            shared.overheard.lock().expect("no panic").push_str(&line);
        }
        Some(line)
    }

    fn say(&mut self, reply: &str) -> Option<()> {
        self.stream.write_all(format!("{reply}\r\n").as_bytes()).ok()?;
        self.stream.flush().ok()
    }
}

fn serve(stream: TcpStream, shared: &Shared) {
    let mut line = Line { stream, encrypted: false };
    if line.say("220 test").is_none() || session(&mut line, shared) != Some(true) {
        return;
    }
    let config = shared.tls.clone().expect("STARTTLS was offered");
    let Ok(connection) = ServerConnection::new(config) else { return };
    let mut line = Line { stream: StreamOwned::new(connection, line.stream), encrypted: true };
    let _ = session(&mut line, shared);
}

/// One session; true where the client wants to go on encrypted.
fn session<S: Read + Write>(line: &mut Line<S>, shared: &Shared) -> Option<bool> {
    let mut user = None;
    let (mut from, mut to) = (String::new(), Vec::new());
    loop {
        let said = line.read(shared)?;
        let said = said.trim_end();
        let word = said.split(' ').next().unwrap_or_default().to_uppercase();
        let address = || said.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        match word.as_str() {
            "EHLO" => {
                let offers = shared.tls.is_some() && !line.encrypted;
                line.say(if offers {
                    "250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN"
                } else {
                    "250-test\r\n250 AUTH PLAIN"
                })?;
            }
            "STARTTLS" => {
                line.say("220 go on")?;
                return Some(true);
            }
            "AUTH" => {
                let given = STANDARD.decode(said.split(' ').nth(2).unwrap_or_default()).unwrap_or_default();
                let given = String::from_utf8_lossy(&given).into_owned();
                let fits = shared
                    .login
                    .as_ref()
                    .is_some_and(|(name, password)| given == format!("\0{name}\0{password}"));
                user = fits.then(|| shared.login.as_ref().expect("just seen").0.clone());
                line.say(if fits { "235 welcome" } else { "535 wrong" })?;
            }
            "MAIL" if shared.login.is_some() && user.is_none() => line.say("530 log in first")?,
            "MAIL" => {
                (from, to) = (address(), Vec::new());
                line.say("250 ok")?;
            }
            "RCPT" => {
                to.push(address());
                line.say("250 ok")?;
            }
            "DATA" => {
                line.say("354 go on")?;
                let mut raw = String::new();
                loop {
                    let part = line.read(shared)?;
                    if part == ".\r\n" {
                        break;
                    }
                    raw.push_str(part.strip_prefix('.').unwrap_or(&part));
                }
                let refusal = shared.refusals.lock().expect("no panic").pop_front();
                if let Some(refusal) = refusal {
                    line.say(&refusal)?;
                } else {
                    let (from, to, user) = (from.clone(), to.clone(), user.clone());
                    let mail = ReceivedMail { from, to, raw, encrypted: line.encrypted, user };
                    shared.mails.lock().expect("no panic").push(mail);
                    line.say("250 taken")?;
                }
            }
            "QUIT" => {
                line.say("221 bye")?;
                return None;
            }
            "RSET" | "NOOP" => line.say("250 ok")?,
            _ => line.say("502 what?")?,
        }
    }
}
