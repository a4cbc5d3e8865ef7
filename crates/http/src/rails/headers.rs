//! What every answer tells browsers to keep from doing.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use opbx_app::entropy;

/// A value of this answer alone, under which a page of ours may run a script that stands in it.
#[derive(Debug, Clone)]
pub struct CspNonce(String);

impl CspNonce {
    pub(super) fn draw() -> Self {
        Self(entropy::text(&entropy::bytes::<16>()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A year, as preload lists ask for.
pub(crate) const HSTS: &str = "max-age=31536000";
/// The microphone is for calls from the browser.
const PERMISSIONS: &str =
    "camera=(), display-capture=(), geolocation=(), microphone=(self), payment=(), usb=()";
/// What is no page loads nothing and stands in no frame.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    // The filter that it steered did more harm than good; scanners still ask for it.
    (header::X_XSS_PROTECTION, "0"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Adds what the handler did not say itself.
pub(super) fn secure(response: &mut Response, nonce: &CspNonce, public_url: Option<&str>) {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_page = kind.is_some_and(|kind| kind.starts_with("text/html"));
    let is_kept = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let policy = if is_page { of_page(nonce) } else { NO_PAGE.to_owned() };
    // What the asker has keeps the policy that it came with: no other nonce fits it.
    if !is_kept && let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    if public_url.is_some_and(|url| url.starts_with("https://")) {
        let hsts = HeaderValue::from_static(HSTS);
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(hsts);
    }
}

fn of_page(nonce: &CspNonce) -> String {
    let nonce = nonce.as_str();
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; media-src 'self' blob: https:; font-src 'self' data:; \
         connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
}
