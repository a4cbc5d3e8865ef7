//! Outgoing HTTP under guard: whatever address a tenant names, only the open internet is reached, or what the operator allows.
//!
//! A name is resolved once, each of its addresses is judged, and the connection goes to one that was allowed: there is no
//! second question to which a name server could give another answer. Redirects are followed here, not by the client, and
//! each is judged like the first address.

mod guard;
mod names;

pub use guard::{Guard, is_public};

use crate::fetch::guard::Refusal;
use crate::fetch::names::GuardedNames;
use crate::traces::{self, Trace};
use bytes::Bytes;
use opbx_kernel::{Code, Kind};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Method, Response, StatusCode, Url};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long a connection may take to come about, TLS included.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Redirects that a fetch follows.
pub const REDIRECTS_MAX: usize = 5;
/// The longest address that is fetched, in bytes.
pub const URL_LEN_MAX: usize = 2_048;
const USER_AGENT: &str = concat!("OPBX/", env!("CARGO_PKG_VERSION"));

/// How much one fetch may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the first name looked up to the last byte of the body, redirects included.
    pub total: Duration,
    pub bytes_max: u64,
}

/// Why nothing was fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error("the address is refused: {0}")]
    BadUrl(&'static str),
    /// The address itself is not told: what lies in the operator's network is nobody's business.
    #[error("the address leads into a private network, which the operator does not allow")]
    Private,
    #[error("the host's name is not known")]
    NoSuchHost,
    #[error("more than {REDIRECTS_MAX} redirects")]
    TooManyRedirects,
    #[error("the answer is longer than {max} bytes")]
    TooLarge { max: u64 },
    #[error("no whole answer came in time")]
    TimedOut,
    #[error("the host could not be reached, or broke off: {0}")]
    Unreachable(String),
    #[error("this machine cannot make outgoing connections: {0}")]
    Unusable(String),
}

impl FetchError {
    pub fn code(&self) -> Code {
        match self {
            Self::BadUrl(_) => Code::new(Kind::Invalid, "address_refused"),
            Self::Private => Code::new(Kind::Invalid, "address_private"),
            Self::NoSuchHost => Code::new(Kind::Unavailable, "host_unknown"),
            Self::TooManyRedirects => Code::new(Kind::Unavailable, "too_many_redirects"),
            Self::TooLarge { .. } => Code::new(Kind::TooLarge, "answer_too_large"),
            Self::TimedOut => Code::new(Kind::Unavailable, "fetch_timed_out"),
            Self::Unreachable(_) => Code::new(Kind::Unavailable, "host_unreachable"),
            Self::Unusable(_) => Code::new(Kind::Internal, "fetch_unusable"),
        }
    }

    /// Whether the same fetch may go better later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NoSuchHost | Self::TimedOut | Self::Unreachable(_) | Self::Unusable(_))
    }
}

/// Fetches under guard. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    guard: Guard,
}

/// The head of an answer, and its body as it comes in.
#[derive(Debug)]
pub struct Answer {
    response: Response,
    deadline: Instant,
    bytes_max: u64,
    received: u64,
}

impl Fetcher {
    /// Makes ready to fetch; fails on a machine that has no certificates to trust.
    pub fn new(guard: Guard) -> Result<Self, FetchError> {
        // An error means that there is a provider already, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            // A proxy of the environment would be asked to connect to what was never checked here.
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_MAX)
            .dns_resolver(GuardedNames::new(guard.clone()))
            .build()
            .map_err(|error| FetchError::Unusable(chain(&error)))?;
        Ok(Self { client, guard })
    }

    /// Judges an address without a look at what its name stands for: for a word at once to whoever saves it.
    pub fn check(&self, url: &str) -> Result<(), FetchError> {
        self.judged(url).map(drop)
    }

    /// Gets a file, redirects followed. Only the first host is sent `headers`, which may hold credentials.
    pub async fn get(
        &self,
        url: &str,
        headers: &[(HeaderName, HeaderValue)],
        limits: Limits,
    ) -> Result<Answer, FetchError> {
        let deadline = Instant::now() + limits.total;
        let first = self.judged(url)?;
        let mut next = first.clone();
        for _ in 0..=REDIRECTS_MAX {
            let own = if next.origin() == first.origin() { headers } else { &[] };
            let answer = self.send(Method::GET, next.clone(), own, None, deadline, limits).await?;
            let Some(target) = redirect(&answer) else { return answer.announced_short_enough() };
            let target = next.join(target).map_err(|_| FetchError::BadUrl("it redirects to no address"))?;
            if next.scheme() == "https" && target.scheme() != "https" {
                return Err(FetchError::BadUrl("it redirects from https to a connection in the clear"));
            }
            next = self.judged(target.as_str())?;
        }
        Err(FetchError::TooManyRedirects)
    }

    /// Posts a body. A redirect is not followed: it is the answer, however long it says its body is.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(HeaderName, HeaderValue)],
        body: Bytes,
        limits: Limits,
    ) -> Result<Answer, FetchError> {
        let deadline = Instant::now() + limits.total;
        let url = self.judged(url)?;
        self.send(Method::POST, url, headers, Some(body), deadline, limits).await
    }

    fn judged(&self, url: &str) -> Result<Url, FetchError> {
        if url.len() > URL_LEN_MAX {
            return Err(FetchError::BadUrl("it is longer than 2,048 bytes"));
        }
        let url = Url::parse(url).map_err(|_| FetchError::BadUrl("it is no web address"))?;
        self.guard.judge(&url)?;
        Ok(url)
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Option<Bytes>,
        deadline: Instant,
        limits: Limits,
    ) -> Result<Answer, FetchError> {
        let own: HeaderMap = headers.iter().cloned().collect();
        let mut request = self.client.request(method, url).headers(own);
        if let Some(body) = body {
            request = request.body(body);
        }
        let trace = Trace::of_question("outgoing");
        let sending = trace.within(async move {
            for (name, value) in traces::headers() {
                request = request.header(name, value);
            }
            timeout_at(deadline, request.send()).await
        });
        let sent = sending.await.map_err(|_| FetchError::TimedOut)?;
        let response = sent.map_err(|error| failure(&error))?;
        trace.answered(response.status().as_u16());
        Ok(Answer { response, deadline, bytes_max: limits.bytes_max, received: 0 })
    }
}

impl Answer {
    /// Itself, unless it says beforehand that its body is longer than the limit.
    fn announced_short_enough(self) -> Result<Self, FetchError> {
        match self.response.content_length() {
            Some(length) if length > self.bytes_max => Err(FetchError::TooLarge { max: self.bytes_max }),
            _ => Ok(self),
        }
    }

    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The media type that the host says, without its parameters, in lower case.
    pub fn mimetype(&self) -> Option<String> {
        let said = self.headers().get(reqwest::header::CONTENT_TYPE)?.to_str().ok()?;
        Some(said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// The next piece of the body; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        let Some(bytes) = self.raw().await? else { return Ok(None) };
        self.received += bytes.len() as u64;
        if self.received > self.bytes_max {
            return Err(FetchError::TooLarge { max: self.bytes_max });
        }
        Ok(Some(bytes))
    }

    async fn raw(&mut self) -> Result<Option<Bytes>, FetchError> {
        let read = timeout_at(self.deadline, self.response.chunk()).await;
        read.map_err(|_| FetchError::TimedOut)?.map_err(|error| failure(&error))
    }

    /// The whole body, within the limits of the fetch.
    pub async fn bytes(mut self) -> Result<Bytes, FetchError> {
        let mut all = Vec::new();
        while let Some(bytes) = self.chunk().await? {
            all.extend_from_slice(&bytes);
        }
        Ok(all.into())
    }

    /// The beginning of the body as text. What comes after it, or breaks off, is not looked at.
    pub async fn beginning(mut self, bytes_max: usize) -> String {
        let mut all = Vec::new();
        while all.len() < bytes_max
            && let Ok(Some(bytes)) = self.raw().await
        {
            all.extend_from_slice(&bytes);
        }
        all.truncate(bytes_max);
        String::from_utf8_lossy(&all).into_owned()
    }
}

fn redirect(answer: &Answer) -> Option<&str> {
    let redirects = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    if !redirects.contains(&answer.status()) {
        return None;
    }
    answer.headers().get(LOCATION)?.to_str().ok()
}

/// What a client's error comes to; it never repeats the address, which may hold a key.
fn failure(error: &reqwest::Error) -> FetchError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        match cause.downcast_ref::<Refusal>() {
            Some(Refusal::Private) => return FetchError::Private,
            Some(Refusal::Unknown) => return FetchError::NoSuchHost,
            None => source = cause.source(),
        }
    }
    if error.is_timeout() { FetchError::TimedOut } else { FetchError::Unreachable(chain(error)) }
}

/// The innermost cause, which says most and holds no address.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    if std::ptr::eq(last, error) { "it broke off".to_owned() } else { last.to_string() }
}

#[cfg(test)]
mod tests;
