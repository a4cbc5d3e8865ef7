//! Voice requests as Cloudonix sends them, each under a name of its own, and how an answer is read.

use crate::broken::{Broken, While as _, check};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

pub(crate) const ROUTE: &str = "/api/voice/route";
/// How long one answer may take before the run counts as broken.
pub(crate) const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);
/// A `CallSid` of a request is this long, so that a template can be filled without moving anything.
const CALL_ID_LEN: usize = 32;
/// What stands in an answer that rings somebody.
const RINGS: &[u8] = b"<Dial";
const ANSWER_LEN_MAX: usize = 64 << 10;

/// The requests key of a tenant, counted from 0.
pub(crate) fn requests_key(tenant: usize) -> String {
    format!("requests-key-of-tenant-{tenant:06}")
}

/// The number of a tenant.
pub(crate) fn number(tenant: usize) -> String {
    format!("+1212555{tenant:04}")
}

pub(crate) fn domain(tenant: usize) -> String {
    format!("tenant-{tenant}.bench.example")
}

/// The JSON that tells of an arrival at the number of a tenant.
pub(crate) fn body(tenant: usize, call_id: &str) -> String {
    let (number, domain) = (number(tenant), domain(tenant));
    format!(
        "{{\"CallSid\":\"{call_id}\",\"AccountSid\":\"{domain}\",\"ApiVersion\":\"2\",\"From\":\"+442079460018\",\
         \"To\":\"{number}\",\"CallerName\":\"Alice Example\",\"Direction\":\"inbound\",\"CallStatus\":\"ringing\",\
         \"Domain\":\"{domain}\",\"Subscriber\":\"\",\"SessionSid\":\"{call_id}\"}}"
    )
}

/// A whole HTTP request whose call can be renamed.
pub(crate) struct Template {
    bytes: Vec<u8>,
    /// Where the call's name stands.
    places: Vec<usize>,
}

impl Template {
    pub(crate) fn of(tenant: usize) -> Self {
        let (blank, key) = ("#".repeat(CALL_ID_LEN), requests_key(tenant));
        let body = body(tenant, &blank);
        let head = format!(
            "POST {ROUTE} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let text = head + &body;
        let places = text.match_indices(&blank).map(|(at, _)| at).collect();
        Self { bytes: text.into_bytes(), places }
    }

    /// The request of one call of one run. No two calls of a run are named alike.
    pub(crate) fn named(&mut self, run: u64, call: u64) -> &[u8] {
        let name = format!("{run:016x}{call:016x}");
        for place in &self.places {
            self.bytes[*place..place + CALL_ID_LEN].copy_from_slice(name.as_bytes());
        }
        &self.bytes
    }
}

/// A connection that stays open from one request to the next.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(to: SocketAddr) -> Result<Self, Broken> {
        let stream = TcpStream::connect(to).doing("connect to the server")?;
        stream.set_nodelay(true).doing("set up the connection")?;
        stream.set_read_timeout(Some(ANSWER_WAIT_MAX)).doing("set up the connection")?;
        Ok(Self { stream, buffer: vec![0; ANSWER_LEN_MAX] })
    }

    /// Sends a request and waits for the answer, which must ring somebody. Gives its body.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<&[u8], Broken> {
        self.stream.write_all(request).doing("send a request")?;
        let mut filled = 0;
        loop {
            let more = self.stream.read(&mut self.buffer[filled..]).doing("read an answer")?;
            check(more > 0, "a connection stays open until its answer is whole")?;
            filled += more;
            if let Some(body) = whole(&self.buffer[..filled]) {
                check_answer(&self.buffer[..filled], body)?;
                return Ok(&self.buffer[body..filled]);
            }
        }
    }
}

/// A connection among many on one thread, which asks again as soon as it is answered.
pub(crate) struct BusyConnection {
    stream: tokio::net::TcpStream,
    buffer: Vec<u8>,
}

impl BusyConnection {
    pub(crate) async fn open(to: SocketAddr) -> Result<Self, Broken> {
        let stream = tokio::net::TcpStream::connect(to).await.doing("connect to the server")?;
        stream.set_nodelay(true).doing("set up the connection")?;
        Ok(Self { stream, buffer: vec![0; ANSWER_LEN_MAX] })
    }

    /// As [`Connection::ask`] does.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<(), Broken> {
        self.stream.write_all(request).await.doing("send a request")?;
        let mut filled = 0;
        loop {
            let more = self.stream.read(&mut self.buffer[filled..]).await.doing("read an answer")?;
            check(more > 0, "a connection stays open until its answer is whole")?;
            filled += more;
            if let Some(body) = whole(&self.buffer[..filled]) {
                return check_answer(&self.buffer[..filled], body);
            }
        }
    }
}

/// Refuses an answer that does not ring somebody.
fn check_answer(answer: &[u8], body: usize) -> Result<(), Broken> {
    check(answer.starts_with(b"HTTP/1.1 200 "), "every request is answered with 200")?;
    check(answer[body..].windows(RINGS.len()).any(|part| part == RINGS), "every answer rings somebody")
}

/// Where the body begins, once the answer is whole.
fn whole(answer: &[u8]) -> Option<usize> {
    let body = answer.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&answer[..body]).ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    (answer.len() >= body + length.parse::<usize>().ok()?).then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_renames_its_call_everywhere_and_nothing_else() {
        let mut template = Template::of(7);
        let text = String::from_utf8(template.named(1, 2).to_vec()).expect("text");
        assert_eq!(text.matches("00000000000000010000000000000002").count(), 2);
        assert!(!text.contains('#') && text.ends_with('}'));
    }

    #[test]
    fn an_answer_is_whole_when_its_announced_length_is_there() {
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na"), None);
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab"), Some(38));
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\ncontent-le"), None);
    }
}
