//! Who is at the other end: the address of whoever asks, told by proxies that are believed, and where a page comes from.

use crate::{HttpConfig, base_url};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use std::net::{IpAddr, SocketAddr};

/// Proxies before each other at most.
const HOPS_MAX: usize = 10;

/// The address of whoever asks. What a believed proxy says of it is believed, and no more than that.
pub(crate) fn address(config: &HttpConfig, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    let believed = |ip: IpAddr| config.trusted_proxies.iter().any(|proxy| proxy.contains(ip));
    let mut address = peer.ip().to_canonical();
    let told: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let told = told.join(",");
    for text in told.rsplit(',').take(HOPS_MAX) {
        if !believed(address) {
            break;
        }
        let Ok(next) = text.trim().parse::<IpAddr>() else { break };
        address = next.to_canonical();
    }
    address
}

/// The address of the socket's other end; none in a test that gives none.
pub(crate) fn socket(parts: &Parts) -> Option<SocketAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0)
}

/// Whether the other end is this machine, by whichever of its addresses.
pub(crate) fn is_this_machine(peer: SocketAddr) -> bool {
    peer.ip().to_canonical().is_loopback()
}

/// Whether cookies go over TLS only. A developer's own machine is let off.
pub(crate) fn is_secure(config: &HttpConfig, peer: SocketAddr, headers: &HeaderMap) -> bool {
    base_url::of(config, None, peer, headers).starts_with("https://") || !is_this_machine(peer)
}

/// Whether a request with a cookie was sent by a page of ours, or of an origin that is let in.
pub(crate) fn is_own_page(config: &HttpConfig, peer: Option<SocketAddr>, headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = match (text(header::ORIGIN), text(header::REFERER)) {
        (Some(origin), _) => Some(origin.to_owned()),
        (None, Some(referer)) => origin_of(referer),
        (None, None) => None,
    };
    let Some(origin) = origin else { return false };
    let same = |url: &str| origin_of(url).is_some_and(|other| other.eq_ignore_ascii_case(&origin));
    if config.origins.iter().any(|allowed| same(allowed)) {
        return true;
    }
    if config.public_url.as_deref().is_some_and(same) {
        return true;
    }
    // A page of another site cannot make a browser send another Host than it connects to.
    let host = text(header::HOST).map(str::to_owned);
    let forwarded = peer
        .filter(|peer| config.trusted_proxies.iter().any(|proxy| proxy.contains(peer.ip())))
        .and_then(|_| headers.get("x-forwarded-host"))
        .and_then(|value| value.to_str().ok().map(str::to_owned));
    let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
    [host, forwarded].iter().flatten().any(|host| host.eq_ignore_ascii_case(authority))
}

/// Scheme and authority of an URL.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())?;
    Some(format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    fn seen(config: &HttpConfig, peer: &str, told: &'static str) -> String {
        let headers = headers(&[("x-forwarded-for", told)]);
        address(config, peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn an_address_is_told_by_believed_proxies_only() {
        let config = HttpConfig {
            trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
            ..HttpConfig::default()
        };
        assert_eq!(seen(&config, "203.0.113.9:1", "198.51.100.1"), "203.0.113.9");
        assert_eq!(seen(&config, "10.0.0.1:1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(seen(&config, "10.0.0.1:1", "192.0.2.66, 198.51.100.1, 10.0.0.2"), "198.51.100.1");
        assert_eq!(seen(&config, "10.0.0.1:1", "nonsense"), "10.0.0.1");
    }

    #[test]
    fn a_page_of_another_site_is_not_ours() {
        let config = HttpConfig {
            public_url: Some("https://pbx.example.com/".into()),
            origins: vec!["https://crm.example.com".into()],
            ..HttpConfig::default()
        };
        let table = [
            (headers(&[("origin", "https://pbx.example.com")]), true),
            (headers(&[("origin", "https://crm.example.com")]), true),
            (headers(&[("origin", "https://evil.example")]), false),
            (headers(&[("origin", "null")]), false),
            (headers(&[("origin", "http://localhost:8080"), ("host", "localhost:8080")]), true),
            (headers(&[("referer", "https://pbx.example.com/users?x=1")]), true),
            (headers(&[("origin", "https://a.example"), ("x-forwarded-host", "a.example")]), false),
            (headers(&[]), false),
        ];
        for (headers, expected) in table {
            assert_eq!(is_own_page(&config, None, &headers), expected, "{headers:?}");
        }
    }
}
