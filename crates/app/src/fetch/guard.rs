//! Which addresses may be reached: the open internet, and what the operator allows besides.

use super::FetchError;
use opbx_kernel::Network;
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Ports below this are those of other services than the web, but for the two of the web.
const PORT_MIN: u16 = 1_024;
const WEB_PORTS: [u16; 2] = [80, 443];

/// Judges where OPBX may connect to for somebody else. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allow: Arc<[Network]>,
}

/// Why a name is not connected to; travels through the client as the cause of its error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the name stands for addresses that are not allowed only")]
    Private,
    #[error("the name is not known")]
    Unknown,
}

impl Guard {
    /// The open internet, and these networks of the operator's own.
    pub fn new(allow: Vec<Network>) -> Self {
        Self { allow: allow.into() }
    }

    pub fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.allow.iter().any(|network| network.contains(address))
    }

    /// Judges all that an address says by itself; what a name in it stands for is judged when it is resolved.
    pub(super) fn judge(&self, url: &Url) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::BadUrl("it is neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::BadUrl("it holds a user or a password"));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if port < PORT_MIN && !WEB_PORTS.contains(&port) {
            return Err(FetchError::BadUrl("its port is that of another service than the web"));
        }
        let host = url.host_str().ok_or(FetchError::BadUrl("it names no host"))?;
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) if !self.admits(address) => Err(FetchError::Private),
            _ => Ok(()),
        }
    }
}

/// Whether an address is one of the open internet.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// All but the special ranges of IANA's registry (RFC 6890 and its successors).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match a {
        0 | 10 | 127 => true,
        100 => (64..128).contains(&b),
        169 => b == 254,
        172 => (16..32).contains(&b),
        192 => b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99),
        198 => b == 18 || b == 19 || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => a >= 224,
    };
    !is_special
}

/// Global unicast (2000::/3) without its special ranges; what embeds an IPv4 address is as good as that one.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded =
        |high: u16, low: u16| is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match (a, b) {
        // NAT64 (RFC 6052): how hosts without IPv4 reach it.
        (0x64, 0xff9b) => [c, d, e, f] == [0; 4] && embedded(g, h),
        // 6to4 (RFC 3056).
        (0x2002, _) => embedded(b, c),
        // Teredo, benchmarks, ORCHID and the rest of IETF's own (RFC 2928), and documentation.
        (0x2001, 0..0x200 | 0xdb8) => false,
        (0x3fff, 0..0x1000) => false,
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Networks that nobody outside is reached in.
    const INSIDE_V4: [&str; 15] = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ];
    const INSIDE_V6: [&str; 12] = [
        "::/96",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "64:ff9b:1::/48",
        "64:ff9b:0:1::/64",
    ];

    fn inside(networks: &[&str], address: IpAddr) -> bool {
        let network = |text: &&str| text.parse::<Network>().expect("a network");
        networks.iter().map(network).any(|network| network.contains(address))
    }

    /// Every way in which IPv6 carries an IPv4 address that a router or a stack may unpack.
    fn embeddings(address: Ipv4Addr) -> [Ipv6Addr; 3] {
        let bits = u128::from(address.to_bits());
        [
            address.to_ipv6_mapped(),
            Ipv6Addr::from_bits(0x64_ff9b << 96 | bits),
            Ipv6Addr::from_bits(0x2002 << 112 | bits << 80 | 1),
        ]
    }

    fn v4() -> impl Strategy<Value = Ipv4Addr> {
        let special = (0..INSIDE_V4.len(), any::<u32>()).prop_map(|(at, noise)| {
            let (base, len) = INSIDE_V4[at].split_once('/').expect("a network");
            let len: u32 = len.parse().expect("a length");
            let base: Ipv4Addr = base.parse().expect("an address");
            Ipv4Addr::from_bits(base.to_bits() | (noise & (u32::MAX >> len)))
        });
        prop_oneof![special, any::<u32>().prop_map(Ipv4Addr::from_bits)]
    }

    fn v6() -> impl Strategy<Value = Ipv6Addr> {
        let special = (0..INSIDE_V6.len(), any::<u128>()).prop_map(|(at, noise)| {
            let (base, len) = INSIDE_V6[at].split_once('/').expect("a network");
            let len: u32 = len.parse().expect("a length");
            let base: Ipv6Addr = base.parse().expect("an address");
            Ipv6Addr::from_bits(base.to_bits() | (noise & (u128::MAX >> len)))
        });
        prop_oneof![special, any::<u128>().prop_map(Ipv6Addr::from_bits)]
    }

    proptest! {
        #[test]
        fn an_ipv4_address_is_public_where_it_is_in_no_special_network(address in v4()) {
            prop_assert_eq!(is_public(address.into()), !inside(&INSIDE_V4, address.into()));
        }

        #[test]
        fn an_address_inside_another_is_as_public_as_by_itself(address in v4()) {
            for embedded in embeddings(address) {
                prop_assert_eq!(is_public(embedded.into()), is_public(address.into()), "{} in {}", address, embedded);
            }
            prop_assert!(!is_public(Ipv6Addr::from_bits(address.to_bits().into()).into()), "compatible");
        }

        #[test]
        fn an_ipv6_address_of_a_special_network_is_never_public(address in v6()) {
            let mapped = address.to_ipv4_mapped().is_some();
            prop_assert!(mapped || !inside(&INSIDE_V6, address.into()) || !is_public(address.into()));
        }

        #[test]
        fn the_operators_word_admits_what_it_names_and_nothing_else(address in v4(), other in v4()) {
            let network: Network = format!("{address}/32").parse().expect("a network");
            let guard = Guard::new(vec![network]);
            prop_assert!(guard.admits(address.into()));
            prop_assert!(guard.admits(address.to_ipv6_mapped().into()));
            prop_assert_eq!(guard.admits(other.into()), other == address || is_public(other.into()));
        }
    }

    #[test]
    fn addresses_of_the_open_internet_are_public() {
        for text in ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(text.parse().expect("an address")), "{text}");
        }
    }

    #[test]
    fn an_address_is_judged_by_scheme_user_port_and_whatever_way_its_host_is_written() {
        let judged = |text: &str| Guard::default().judge(&Url::parse(text).expect("a URL"));
        for fine in [
            "https://example.com/x",
            "http://example.com:8080",
            "https://8.8.8.8/",
            "https://[2606:4700::1]/",
        ] {
            assert_eq!(judged(fine), Ok(()), "{fine}");
        }
        for private in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://0/",
            "http://１２７.0.0.1/",
        ] {
            assert_eq!(judged(private), Err(FetchError::Private), "{private}");
        }
        for bad in [
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com/",
            "https://user@example.com/",
            "https://:password@example.com/",
            "http://example.com:25/",
            "http://example.com:22/",
        ] {
            assert!(matches!(judged(bad), Err(FetchError::BadUrl(_))), "{bad}");
        }
    }
}
