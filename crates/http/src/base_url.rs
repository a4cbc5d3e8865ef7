//! The base of the URLs that engines are told to call back.

use crate::{HttpConfig, peer};
use axum::http::HeaderMap;
use std::net::SocketAddr;

/// A host name with a port is never longer.
const HOST_LEN_MAX: usize = 255;

/// Chooses the base: the tenant's own, the installation's, then what a believed peer says, then the listener itself.
pub(crate) fn of(
    config: &HttpConfig,
    tenants: Option<&str>,
    peer: SocketAddr,
    headers: &HeaderMap,
) -> String {
    if let Some(base) = tenants.or(config.public_url.as_deref()) {
        return base.trim_end_matches('/').to_owned();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let forwarded = config.trusted_proxies.iter().any(|proxy| proxy.contains(peer.ip()));
    if forwarded && let Some(host) = text("x-forwarded-host").filter(|host| is_host(host)) {
        let scheme = if text("x-forwarded-proto") == Some("http") { "http" } else { "https" };
        return format!("{scheme}://{host}");
    }
    if config.demo
        && peer::is_this_machine(peer)
        && let Some(host) = text("host").filter(|host| is_host(host))
    {
        return format!("http://{host}");
    }
    config.listen_url.clone()
}

/// Whether this can be a host name with a port, and nothing else.
pub(crate) fn is_host(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    (1..=HOST_LEN_MAX).contains(&text.len()) && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn base(
        config: &HttpConfig,
        tenants: Option<&str>,
        peer: &str,
        headers: &[(&'static str, &'static str)],
    ) -> String {
        let headers = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        of(config, tenants, peer.parse().expect("an address"), &headers.collect())
    }

    const FORGED: &[(&str, &str)] = &[("host", "evil.example"), ("x-forwarded-host", "evil.example")];

    #[test]
    fn headers_are_believed_from_those_who_are_trusted_only() {
        let config = HttpConfig { listen_url: "http://127.0.0.1:8080".into(), ..HttpConfig::default() };
        assert_eq!(base(&config, None, "203.0.113.9:1", FORGED), "http://127.0.0.1:8080");
        assert_eq!(base(&config, None, "127.0.0.1:1", FORGED), "http://127.0.0.1:8080");
        let proxied =
            HttpConfig { trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")], ..config.clone() };
        let told = &[("x-forwarded-host", "pbx.example.com"), ("x-forwarded-proto", "https")];
        assert_eq!(base(&proxied, None, "10.1.1.1:1", told), "https://pbx.example.com");
        assert_eq!(base(&proxied, None, "203.0.113.9:1", told), "http://127.0.0.1:8080");
        let demo = HttpConfig { demo: true, ..config };
        assert_eq!(base(&demo, None, "127.0.0.1:1", &[("host", "localhost:8080")]), "http://localhost:8080");
        assert_eq!(base(&demo, None, "203.0.113.9:1", FORGED), "http://127.0.0.1:8080");
        assert_eq!(base(&demo, None, "127.0.0.1:1", &[("host", "a/b?c")]), "http://127.0.0.1:8080");
    }

    #[test]
    fn what_is_configured_comes_before_any_header() {
        let config = HttpConfig {
            public_url: Some("https://pbx.example.com/".into()),
            demo: true,
            ..HttpConfig::default()
        };
        assert_eq!(base(&config, None, "127.0.0.1:1", FORGED), "https://pbx.example.com");
        assert_eq!(
            base(&config, Some("https://acme.example.com"), "127.0.0.1:1", FORGED),
            "https://acme.example.com"
        );
    }
}
