//! Sealing: authenticated encryption under a ring of keys that can be rotated.
//!
//! A sealed value is `key id (4 bytes) | nonce (24) | XChaCha20-Poly1305 ciphertext and tag`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key as CipherKey, XChaCha20Poly1305, XNonce};
use std::sync::{Arc, RwLock, RwLockReadGuard};
use zeroize::Zeroizing;

pub const KEY_LEN: usize = 32;
pub const NONCE_LEN: usize = 24;
const KEY_ID_LEN: usize = 4;
/// Stands before a key that only opens so far: every node learns it before the first one seals with it.
pub const NEXT_KEY: &str = "next ";

/// Why a sealed value cannot be opened. Never says more: the details would help only a forger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("the sealed value is damaged, forged, or was made for another place")]
    Forged,
    #[error("the key that sealed this value is no longer in the ring")]
    UnknownKey,
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is {KEY_LEN} bytes in unpadded URL-safe base64")]
pub struct InvalidKey;

/// The keys of an installation: the newest seals, all of them open.
///
/// All clones are one ring: what `replace` gives to one of them, all of them have.
#[derive(Clone)]
pub struct Keyring {
    keys: Arc<RwLock<Vec<RingKey>>>,
}

#[derive(Clone)]
struct RingKey {
    id: [u8; KEY_ID_LEN],
    cipher: XChaCha20Poly1305,
    /// What secrets of other purposes are derived from.
    root: Zeroizing<[u8; KEY_LEN]>,
}

impl Keyring {
    /// A ring whose first key seals; the following ones are previous keys that still open.
    pub fn new(newest: Zeroizing<[u8; KEY_LEN]>, previous: Vec<Zeroizing<[u8; KEY_LEN]>>) -> Self {
        let keys = std::iter::once(newest).chain(previous).map(|key| RingKey::new(&key)).collect();
        Self { keys: Arc::new(RwLock::new(keys)) }
    }

    /// Reads a ring from its text form: one key a line, newest first; `#` starts a comment line, and `next ` a
    /// key that opens but does not seal yet.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let (mut keys, mut next) = (Vec::new(), Vec::new());
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix(NEXT_KEY) {
                Some(key) => next.push(key_of(key.trim())?),
                None => keys.push(key_of(line)?),
            }
        }
        let mut keys = keys.into_iter();
        let newest = keys.next().ok_or(InvalidKey)?;
        Ok(Self::new(newest, keys.chain(next).collect()))
    }

    /// Takes over the keys of another ring, in this one and all its clones.
    pub fn replace(&self, other: &Self) {
        let keys = other.read().clone();
        *self.keys.write().expect("no thread panics while it holds the keys") = keys;
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<RingKey>> {
        self.keys.read().expect("no thread panics while it holds the keys")
    }

    /// Writes a key as a line of a ring's text form.
    pub fn key_to_text(key: &[u8; KEY_LEN]) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(key))
    }

    /// Seals `plain` so that it opens only with the same `context` (say, table, column and row).
    ///
    /// The nonce must be random and used once; 24 bytes make a repeat by chance impossible in practice.
    pub fn seal(&self, nonce: [u8; NONCE_LEN], context: &[u8], plain: &[u8]) -> Vec<u8> {
        let keys = self.read();
        let key = &keys[0];
        let sealed = key
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: context })
            .expect("XChaCha20-Poly1305 seals anything that fits in memory");
        [&key.id[..], &nonce[..], &sealed[..]].concat()
    }

    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (id, rest) = sealed.split_at_checked(KEY_ID_LEN).ok_or(OpenError::Forged)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(OpenError::Forged)?;
        let nonce = <[u8; NONCE_LEN]>::try_from(nonce).map_err(|_| OpenError::Forged)?;
        let keys = self.read();
        let key = keys.iter().find(|key| key.id == id).ok_or(OpenError::UnknownKey)?;
        key.cipher
            .decrypt(&XNonce::from(nonce), Payload { msg: text, aad: context })
            .map_err(|_| OpenError::Forged)
    }

    /// Secrets for a purpose, one of each key, the newest key's first: sign with the first, believe all.
    ///
    /// They tell nothing of the keys, nor of those of another purpose.
    pub fn derived(&self, purpose: &str) -> Vec<Zeroizing<[u8; KEY_LEN]>> {
        let of = |key: &RingKey| Zeroizing::new(digest(&[&*key.root, purpose.as_bytes()]));
        self.read().iter().map(of).collect()
    }

    /// Whether a sealed value names the key that seals now; says nothing of whether it opens.
    pub fn sealed_under_newest(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.read()[0].id)
    }
}

fn key_of(text: &str) -> Result<Zeroizing<[u8; KEY_LEN]>, InvalidKey> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidKey)?);
    Ok(Zeroizing::new(<[u8; KEY_LEN]>::try_from(bytes.as_slice()).map_err(|_| InvalidKey)?))
}

impl RingKey {
    fn new(key: &[u8; KEY_LEN]) -> Self {
        let root = Zeroizing::new(digest(&[b"opbx derived secrets", key]));
        Self { id: key_id(key), cipher: XChaCha20Poly1305::new(&CipherKey::from(*key)), root }
    }
}

/// A key's public name: the head of its digest, so that a key file needs no second column.
fn key_id(key: &[u8; KEY_LEN]) -> [u8; KEY_ID_LEN] {
    let digest = digest(&[b"opbx key id", key]);
    [digest[0], digest[1], digest[2], digest[3]]
}

/// SHA-256 over parts, each preceded by its length, so that no two lists of parts collide.
pub fn digest(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Compares secrets in a time that does not depend on where they differ.
pub fn same_secret(a: &[u8], b: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    a.ct_eq(b).into()
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({} keys)", self.read().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(keys: &[u8]) -> Keyring {
        let mut keys = keys.iter().map(|byte| Zeroizing::new([*byte; KEY_LEN]));
        let newest = keys.next().expect("a test ring has a key");
        Keyring::new(newest, keys.collect())
    }

    #[test]
    fn what_is_sealed_opens_in_its_own_place_only() {
        let ring = ring(&[1]);
        let sealed = ring.seal([7; NONCE_LEN], b"here", b"secret");
        assert_eq!(ring.open(b"here", &sealed).as_deref(), Ok(&b"secret"[..]));
        assert_eq!(ring.open(b"there", &sealed), Err(OpenError::Forged));
    }

    #[test]
    fn derived_secrets_differ_by_key_and_purpose_and_the_newest_comes_first() {
        let both = ring(&[2, 1]).derived("live");
        assert_eq!(both.len(), 2);
        assert_eq!(both[0], ring(&[2]).derived("live")[0]);
        assert_eq!(both[1], ring(&[1]).derived("live")[0]);
        assert!(both[0] != both[1] && both[0] != ring(&[2]).derived("other")[0]);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let ring = ring(&[1]);
        let sealed = ring.seal([7; NONCE_LEN], b"", b"secret");
        for at in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[at] ^= 1;
            assert!(ring.open(b"", &forged).is_err(), "byte {at}");
            assert!(ring.open(b"", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_previous_key_opens_but_no_longer_seals() {
        let old = ring(&[1]).seal([7; NONCE_LEN], b"", b"secret");
        let rotated = ring(&[2, 1]);
        assert!(rotated.open(b"", &old).is_ok());
        let new = rotated.seal([7; NONCE_LEN], b"", b"secret");
        assert_eq!(ring(&[1]).open(b"", &new), Err(OpenError::UnknownKey));
    }

    #[test]
    fn a_ring_is_read_from_text_and_bad_text_refused() {
        let text =
            format!("# newest\n{}\n\n{}\n", *Keyring::key_to_text(&[2; 32]), *Keyring::key_to_text(&[1; 32]));
        let sealed = ring(&[1]).seal([7; NONCE_LEN], b"", b"x");
        assert!(Keyring::parse(&text).expect("two keys").open(b"", &sealed).is_ok());
        for bad in ["", "# only a comment", "short", "not base64 at all !!!"] {
            assert!(Keyring::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_next_key_opens_and_does_not_seal_until_it_is_the_first() {
        let (one, two) = (Keyring::key_to_text(&[1; 32]), Keyring::key_to_text(&[2; 32]));
        let before = Keyring::parse(&format!("next {}\n{}\n", *two, *one)).expect("two keys");
        let after = ring(&[2, 1]);
        assert_eq!(before.open(b"", &after.seal([7; NONCE_LEN], b"", b"x")).as_deref(), Ok(&b"x"[..]));
        let sealed = before.seal([7; NONCE_LEN], b"", b"x");
        assert!(before.sealed_under_newest(&sealed) && !after.sealed_under_newest(&sealed));
        assert!(Keyring::parse(&format!("next {}\n", *two)).is_err(), "no key seals");
    }

    #[test]
    fn replaced_keys_are_those_of_every_clone() {
        let mine = ring(&[1]);
        let clone = mine.clone();
        let sealed = ring(&[2]).seal([7; NONCE_LEN], b"", b"x");
        assert_eq!(clone.open(b"", &sealed), Err(OpenError::UnknownKey));
        mine.replace(&ring(&[2, 1]));
        assert_eq!(clone.open(b"", &sealed).as_deref(), Ok(&b"x"[..]));
        assert!(clone.sealed_under_newest(&sealed));
        mine.replace(&clone);
        assert!(mine.sealed_under_newest(&sealed), "its own clone leaves it as it is");
    }
}
