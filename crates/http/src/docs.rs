//! The page to read the contract on and to try it: one answer that brings all it needs, and asks nobody else.

use crate::rails::CspNonce;
use axum::Extension;
use axum::http::header;
use axum::response::IntoResponse;

const PAGE: &str = include_str!("docs/page.html");
const STYLE: &str = include_str!("docs/page.css");
/// In this order: each stands on those before it.
const SCRIPTS: [&str; 4] = [
    include_str!("docs/elements.js"),
    include_str!("docs/schemas.js"),
    include_str!("docs/trying.js"),
    include_str!("docs/page.js"),
];

/// Stricter than what other pages are held to: this one frames, posts and loads nothing.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

pub(crate) async fn page(Extension(nonce): Extension<CspNonce>) -> impl IntoResponse {
    let nonce = nonce.as_str();
    let page =
        PAGE.replace("{nonce}", nonce).replace("{style}", STYLE).replace("{script}", &SCRIPTS.concat());
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy(nonce)),
        // Its nonce is good for one answer.
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, page)
}
