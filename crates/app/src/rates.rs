//! How often something may be done, counted over all nodes.

use crate::{App, metrics};
pub use opbx_cluster::Rate;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Bits of an IPv6 address that say whose it is: within its network, a host has as many as it likes.
const NETWORK_BITS: u32 = 64;

/// As whom somebody is counted who shows an address and nothing else.
pub fn sender(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - NETWORK_BITS)));
            format!("{network}/{NETWORK_BITS}")
        }
    }
}

/// Counts one deed under a key, if fewer than `limit` were counted within the window that ends now.
pub async fn take(app: &App, key: &str, limit: u32, window: Duration) -> Rate {
    let rate = app.cluster().rates().take(key, limit, window, app.clock().now().as_millisecond()).await;
    if matches!(rate, Rate::Wait(_)) {
        metrics::rate_limited(key);
    }
    rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_of_one_network_of_ipv6_are_one_sender() {
        let sender = |text: &str| sender(text.parse().expect("an address"));
        assert_eq!(sender("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_eq!(sender("2001:db8:1:2:ffff::9"), sender("2001:db8:1:2::1"));
        assert_ne!(sender("2001:db8:1:3::1"), sender("2001:db8:1:2::1"));
        assert_eq!(sender("::ffff:192.0.2.1"), "192.0.2.1");
        assert_ne!(sender("192.0.2.1"), sender("192.0.2.2"));
    }
}
