//! What the page may load, run and reach, and what its files may where they are opened or run by themselves.

use super::kinds::{DRAWING, SCRIPT};
use crate::base_url::is_host;
use axum::http::HeaderValue;

/// What the page may. `host` is what the browser asked for.
pub(super) fn of_page(nonce: &str, host: Option<&HeaderValue>) -> String {
    // Quirk: Safari before 15.4 takes 'self' for the scheme of the page, and so for no socket.
    let host = host.and_then(|host| host.to_str().ok()).filter(|host| is_host(host));
    let sockets = host.map(|host| format!(" ws://{host} wss://{host}")).unwrap_or_default();
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; \
         connect-src 'self'{sockets}; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; \
         worker-src 'self' blob:; object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}

/// What a file of this kind may by itself; none where it may nothing, as everything that is no page.
pub(super) fn of_file(kind: &str) -> Option<&'static str> {
    match kind {
        // A worker is held to the policy of its own script.
        SCRIPT => Some("default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"),
        // A drawing has its colours in itself.
        DRAWING => Some("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        _ => None,
    }
}
