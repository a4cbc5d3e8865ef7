//! Names of hosts, resolved under guard: a name stands for its allowed addresses, and for nothing where it has none.

use super::guard::{Guard, Refusal};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;

/// Addresses of one name that are looked at.
const ADDRESSES_MAX: usize = 32;

/// The client's only way from a name to addresses, so that what is checked is what is connected to.
pub(super) struct GuardedNames {
    guard: Guard,
}

impl GuardedNames {
    pub(super) fn new(guard: Guard) -> Self {
        Self { guard }
    }
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.guard.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| Refusal::Unknown)?;
            Ok(allowed(&guard, found)?)
        })
    }
}

fn allowed(guard: &Guard, found: impl Iterator<Item = SocketAddr>) -> Result<Addrs, Refusal> {
    let found: Vec<SocketAddr> = found.take(ADDRESSES_MAX).collect();
    if found.is_empty() {
        return Err(Refusal::Unknown);
    }
    let allowed: Vec<SocketAddr> = found.into_iter().filter(|address| guard.admits(address.ip())).collect();
    if allowed.is_empty() { Err(Refusal::Private) } else { Ok(Box::new(allowed.into_iter())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(addresses: &[&str]) -> Result<Vec<String>, Refusal> {
        let found = addresses.iter().map(|text| SocketAddr::new(text.parse().expect("an address"), 0));
        Ok(allowed(&Guard::default(), found)?.map(|address| address.ip().to_string()).collect())
    }

    #[test]
    fn a_name_stands_for_its_allowed_addresses_only() {
        assert_eq!(of(&["10.0.0.1", "8.8.8.8", "::1"]), Ok(vec!["8.8.8.8".to_owned()]));
        assert_eq!(of(&["10.0.0.1", "fd00::1"]), Err(Refusal::Private));
        assert_eq!(of(&[]), Err(Refusal::Unknown));
    }
}
