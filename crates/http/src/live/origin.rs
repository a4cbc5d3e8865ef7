//! Which pages may open a socket: a browser sends along who somebody is, whatever page asks it to.

use crate::HttpConfig;
use axum::http::HeaderMap;
use std::net::SocketAddr;

/// Whether a page may: one of this host, of the installation's URL, or of a configured origin. Who is no browser sends
/// no origin, and may.
pub(super) fn is_allowed(config: &HttpConfig, peer: SocketAddr, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if !headers.contains_key("origin") {
        return true;
    }
    let Some(origin) = text("origin") else { return false };
    let Some(host) = host_of(origin) else { return false };
    let forwarded = config.trusted_proxies.iter().any(|proxy| proxy.contains(peer.ip()));
    let told = text("x-forwarded-host").filter(|_| forwarded).or(text("host"));
    let own = config.public_url.as_deref().and_then(host_of);
    told.is_some_and(|told| told.eq_ignore_ascii_case(host))
        || own.is_some_and(|own| own.eq_ignore_ascii_case(host))
        || config.origins.iter().any(|known| known.trim_end_matches('/').eq_ignore_ascii_case(origin))
}

/// The host, with its port, of an http or https URL.
fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or(url.strip_prefix("http://"))?;
    rest.split('/').next().filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn allowed(config: &HttpConfig, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_allowed(config, "203.0.113.9:1".parse().expect("an address"), &headers.collect())
    }

    #[test]
    fn pages_of_the_own_host_and_of_configured_origins_may_and_others_may_not() {
        let config = HttpConfig {
            public_url: Some("https://pbx.example.com/".into()),
            origins: vec!["https://desk.example.com".into()],
            ..HttpConfig::default()
        };
        assert!(allowed(&config, &[("host", "10.0.0.1:8080")]), "no browser");
        assert!(allowed(&config, &[("host", "10.0.0.1:8080"), ("origin", "http://10.0.0.1:8080")]));
        assert!(allowed(&config, &[("host", "inner"), ("origin", "https://pbx.example.com")]));
        assert!(allowed(&config, &[("host", "inner"), ("origin", "https://desk.example.com")]));
        for origin in [
            "https://evil.example",
            "http://desk.example.com",
            "https://pbx.example.com.evil.example",
            "null",
            "https://",
        ] {
            assert!(!allowed(&config, &[("host", "inner"), ("origin", origin)]), "{origin}");
        }
        let forged =
            [("host", "inner"), ("origin", "https://evil.example"), ("x-forwarded-host", "evil.example")];
        assert!(!allowed(&config, &forged), "only a trusted proxy is believed");
    }
}
