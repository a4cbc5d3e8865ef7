//! The signature of a delivery: who sent it, and when.

use hmac::{Hmac, KeyInit as _, Mac as _};
use opbx_kernel::Timestamp;
use sha2::Sha256;
use std::fmt::Write as _;

pub const HEADER: &str = "opbx-signature";

/// Signs a body as it is sent at an instant: `t=<seconds>,v1=<hex>`, with one `v1` for each secret, the newest first.
///
/// What is signed is `<seconds>.<body>`, so that a receiver can refuse what somebody kept and sends again.
pub fn sign(secrets: &[&[u8]], at: Timestamp, body: &[u8]) -> String {
    let seconds = at.as_second();
    let mut header = format!("t={seconds}");
    for secret in secrets {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(body);
        header.push_str(",v1=");
        for byte in mac.finalize().into_bytes() {
            // Writing into a String does not fail.
            let _ = write!(header, "{byte:02x}");
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_the_documentation_says() {
        let at = Timestamp::from_second(1_767_225_600).expect("an instant");
        // printf '1767225600.{"id":"x"}' | openssl dgst -sha256 -hmac whsec_test
        let expected = "f2a0e9cc79f6a8d5063bc6718561e872509983827740ea4ee5622da1c7e8d2b4";
        assert_eq!(sign(&[b"whsec_test"], at, br#"{"id":"x"}"#), format!("t=1767225600,v1={expected}"));
        let two = sign(&[b"whsec_test", b"whsec_old"], at, br#"{"id":"x"}"#);
        assert!(two.starts_with(&format!("t=1767225600,v1={expected},v1=")), "{two}");
        assert_eq!(two.matches(",v1=").count(), 2);
    }
}
