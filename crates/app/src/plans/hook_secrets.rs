//! What a tenant's webhooks prove themselves by: read with its settings, compared in memory, shown nowhere.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use opbx_kernel::Timestamp;
use opbx_kernel::seal::digest;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// How long the path that was used before a rotation still opens.
pub const PREVIOUS_PATH_HOURS: i64 = 24;

#[derive(Clone, Default, PartialEq, Eq)]
pub struct HookSecrets {
    signing: Option<Zeroizing<Vec<u8>>>,
    path: Option<[u8; 32]>,
    /// The one before, and until when it opens.
    previous: Option<([u8; 32], Timestamp)>,
}

impl HookSecrets {
    /// Empty secrets are none. Bodies are signed with `signing`; `rotated_at` says when the path was changed.
    pub(super) fn new(
        signing: Option<Vec<u8>>,
        path: Option<&[u8]>,
        previous: Option<&[u8]>,
        rotated_at: Option<Timestamp>,
    ) -> Self {
        let digested =
            |secret: Option<&[u8]>| secret.filter(|secret| !secret.is_empty()).map(|s| digest(&[s]));
        let until =
            rotated_at.and_then(|at| at.checked_add(SignedDuration::from_hours(PREVIOUS_PATH_HOURS)).ok());
        Self {
            signing: signing.filter(|secret| !secret.is_empty()).map(Zeroizing::new),
            path: digested(path),
            previous: digested(previous).zip(until),
        }
    }

    /// The digests of the paths that may open, now or some time.
    pub(super) fn paths(&self) -> impl Iterator<Item = [u8; 32]> {
        self.path.into_iter().chain(self.previous.map(|(path, _)| path))
    }

    /// Whether a path, by its digest, opens at an instant.
    pub fn opens(&self, path: &[u8; 32], now: Timestamp) -> bool {
        self.path.as_ref() == Some(path)
            || self.previous.as_ref().is_some_and(|(previous, until)| previous == path && now < *until)
    }

    /// Whether this is the HMAC-SHA256 of a body, in hexadecimal, under the tenant's secret. Compared in constant time.
    pub fn signed(&self, body: &[u8], signature: &str) -> bool {
        let Some((secret, signature)) = self.signing.as_ref().zip(bytes_of(signature)) else { return false };
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
        mac.update(body);
        mac.verify_slice(&signature).is_ok()
    }
}

impl fmt::Debug for HookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookSecrets(…)")
    }
}

/// Reads 32 bytes in hexadecimal, perhaps behind the name of the algorithm.
fn bytes_of(signature: &str) -> Option<[u8; 32]> {
    let digits = signature.trim();
    let digits = digits.strip_prefix("sha256=").unwrap_or(digits).as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        let digit = |digit: u8| (digit as char).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    const SIGNATURE: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const BODY: &[u8] = b"what do ya want for nothing?";

    fn secrets() -> HookSecrets {
        let rotated = "2026-03-01T12:00:00Z".parse().ok();
        HookSecrets::new(Some(b"Jefe".to_vec()), Some(b"new"), Some(b"old"), rotated)
    }

    #[test]
    fn a_signature_is_of_its_body_and_secret_only() {
        assert!(secrets().signed(BODY, SIGNATURE));
        assert!(secrets().signed(BODY, &format!("sha256={}", SIGNATURE.to_uppercase())));
        assert!(!secrets().signed(b"what do ya want for nothing", SIGNATURE));
        assert!(!HookSecrets::new(Some(b"other".to_vec()), None, None, None).signed(BODY, SIGNATURE));
        assert!(!HookSecrets::new(Some(Vec::new()), None, None, None).signed(BODY, SIGNATURE));
        for odd in ["", "00", "zz", &SIGNATURE[1..], &"ü".repeat(32), &format!("{SIGNATURE}00")] {
            assert!(!secrets().signed(BODY, odd), "{odd}");
        }
    }

    #[test]
    fn the_path_of_before_opens_for_a_day() {
        let at = |text: &str| text.parse().expect("an instant");
        let opens = |path: &[u8], now| secrets().opens(&digest(&[path]), at(now));
        assert!(opens(b"new", "2027-01-01T00:00:00Z"));
        assert!(opens(b"old", "2026-03-02T11:59:59Z"));
        assert!(!opens(b"old", "2026-03-02T12:00:00Z"));
        assert!(!opens(b"", "2026-03-01T12:00:00Z"));
        let never_rotated = HookSecrets::new(None, None, Some(b"old"), None);
        assert!(!never_rotated.opens(&digest(&[b"old"]), at("2026-03-01T12:00:00Z")));
    }

    #[test]
    fn secrets_are_in_no_debug_text() {
        assert_eq!(format!("{:?}", secrets()), "HookSecrets(…)");
    }
}
