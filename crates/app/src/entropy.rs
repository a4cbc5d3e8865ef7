//! The one source of randomness. Whatever decides gets its bytes handed in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng as _;

/// Random bytes from the operating system's generator, fit for keys and nonces.
#[expect(clippy::disallowed_methods, reason = "the one place that draws")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// Random bytes as letters, digits, `-` and `_`.
pub fn text<const N: usize>(bytes: &[u8; N]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A random name of 12 hexadecimal digits, which proves nothing.
pub fn name() -> String {
    bytes::<6>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The letters of a password: without those that look alike on paper.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// 24 letters of 56 carry about 139 bits.
const PASSWORD_LEN: usize = 24;

/// A random password that a person can type.
pub fn password() -> String {
    let mut password = String::with_capacity(PASSWORD_LEN);
    while password.len() < PASSWORD_LEN {
        for byte in bytes::<64>() {
            // Rejecting the rest of the byte's range keeps each letter equally likely.
            let limit = 256 / LETTERS.len() * LETTERS.len();
            if usize::from(byte) < limit && password.len() < PASSWORD_LEN {
                password.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
            }
        }
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_typable_and_never_the_same() {
        let (one, other) = (password(), password());
        assert_ne!(one, other);
        assert_eq!(one.len(), PASSWORD_LEN);
        assert!(one.bytes().all(|byte| LETTERS.contains(&byte)));
    }
}
