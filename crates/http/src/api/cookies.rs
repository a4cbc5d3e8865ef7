//! Sessions in cookies, for pages in a browser: one that scripts cannot read, and one that proves that a page of ours asks.

use axum::http::{HeaderMap, HeaderValue, header};
use opbx_app::sessions::LIFETIME;
use opbx_kernel::seal::digest;

/// Holds the session's token.
pub(crate) const SESSION: &str = "opbx_session";
/// Holds what a page sends back in a header; the name that axios and Angular know.
pub(crate) const CSRF: &str = "XSRF-TOKEN";
/// Headers in which it comes back.
const CSRF_HEADERS: [&str; 2] = ["x-csrf-token", "x-xsrf-token"];
/// Cookies of one request at most that are looked through.
const COOKIES_MAX: usize = 100;

/// What a page must send beside the session's cookie. It follows from the session's token, and tells nothing of it.
pub(crate) fn csrf_of(token: &str) -> String {
    digest(&[b"csrf", token.as_bytes()]).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The token in a request's session cookie.
pub(crate) fn session_of(headers: &HeaderMap) -> Option<&str> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).take(COOKIES_MAX);
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SESSION).map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// Whether a request with this session's cookie brings what only a page of ours can read.
pub(super) fn proves(headers: &HeaderMap, token: &str) -> bool {
    let expected = csrf_of(token);
    let given = CSRF_HEADERS.iter().filter_map(|name| headers.get(*name)?.to_str().ok());
    given.into_iter().any(|given| opbx_kernel::seal::same_secret(given.as_bytes(), expected.as_bytes()))
}

/// Cookies to be set with an answer.
#[derive(Debug, Default)]
pub(crate) struct Cookies(HeaderMap);

impl Cookies {
    /// A session that was just begun or rotated.
    pub(crate) fn of_session(token: &str, is_secure: bool) -> Self {
        let mut cookies = Self::default();
        let age = LIFETIME.as_secs();
        cookies.add(SESSION, token, age, true, is_secure);
        cookies.add(CSRF, &csrf_of(token), age, false, is_secure);
        cookies
    }

    /// No session any more.
    pub(crate) fn over(is_secure: bool) -> Self {
        let mut cookies = Self::default();
        cookies.add(SESSION, "", 0, true, is_secure);
        cookies.add(CSRF, "", 0, false, is_secure);
        cookies
    }

    /// What a page must send back.
    pub(crate) fn of_csrf(value: &str, is_secure: bool) -> Self {
        let mut cookies = Self::default();
        cookies.add(CSRF, value, LIFETIME.as_secs(), false, is_secure);
        cookies
    }

    fn add(&mut self, name: &str, value: &str, age_s: u64, is_hidden: bool, is_secure: bool) {
        let hidden = if is_hidden { "; HttpOnly" } else { "" };
        let secure = if is_secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; Max-Age={age_s}; SameSite=Lax{hidden}{secure}");
        if let Ok(value) = HeaderValue::from_str(&text) {
            self.0.append(header::SET_COOKIE, value);
        }
    }

    pub(crate) fn into_headers(self) -> HeaderMap {
        self.0
    }
}
