//! Passwords for telephones: words that a person can read out, with digits and signs that a robot does not guess.

use crate::entropy;

/// At least 256 words of four to seven letters, so that one byte draws one.
const WORDS: &str = include_str!("words.txt");
/// Words that one byte can draw.
const WORDS_DRAWN: usize = 256;
/// Signs that every telephone can be given, and that mean nothing in an address, an URL or a shell's quotes.
const SIGNS: &[u8] = b"-_+=.!*@";

/// A new SIP password: three capitalised words, joined by two digits, a sign and a digit; 20 to 29 characters.
pub fn sip_password() -> String {
    drawn(&entropy::bytes::<9>())
}

/// The letters of a key for requests: what a bearer may hold, without what looks alike.
const KEY_LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-._~+";
/// 32 letters of 61 carry about 189 bits.
const KEY_LEN: usize = 32;

/// A new key by which the engine shows who it is.
pub(super) fn requests_key() -> String {
    let mut key = String::with_capacity(KEY_LEN);
    // Rejecting the rest of a byte's range keeps each letter equally likely.
    let limit = 256 / KEY_LETTERS.len() * KEY_LETTERS.len();
    while key.len() < KEY_LEN {
        let drawn = entropy::bytes::<64>();
        let fit = drawn.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < limit);
        key.extend(fit.take(KEY_LEN - key.len()).map(|at| char::from(KEY_LETTERS[at % KEY_LETTERS.len()])));
    }
    key
}

/// A new secret for the address of webhooks: 128 bits in hex.
pub(super) fn hook_secret() -> String {
    entropy::bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn drawn(bytes: &[u8; 9]) -> String {
    let words: Vec<&str> = WORDS.split_ascii_whitespace().take(WORDS_DRAWN).collect();
    let word = |byte: u8| capitalised(words[usize::from(byte) % words.len()]);
    let joint = |bytes: [u8; 3]| {
        let digits = u32::from(u16::from_le_bytes([bytes[0], bytes[1]])) % 1_000;
        let sign = char::from(SIGNS[usize::from(bytes[2]) % SIGNS.len()]);
        format!("{:02}{sign}{}", digits / 10, digits % 10)
    };
    let [a, b, c, d, e, f, g, h, i] = *bytes;
    [word(a), joint([b, c, d]), word(e), joint([f, g, h]), word(i)].concat()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_256_words_none_twice() {
        let words: HashSet<&str> = WORDS.split_ascii_whitespace().take(WORDS_DRAWN).collect();
        assert_eq!(words.len(), WORDS_DRAWN);
        assert!(words.iter().all(|word| (4..=7).contains(&word.len())), "their length bounds a password's");
    }

    #[test]
    fn a_password_is_three_capitalised_words_joined_by_digits_sign_and_digit() {
        for seed in 0..=255_u8 {
            let password =
                drawn(&std::array::from_fn(|at| seed.wrapping_mul(31).wrapping_add(at as u8 * 17)));
            assert!((16..=32).contains(&password.len()), "{password}");
            assert_eq!(password.chars().filter(char::is_ascii_uppercase).count(), 3, "{password}");
            assert_eq!(password.chars().filter(char::is_ascii_digit).count(), 6, "{password}");
            assert_eq!(password.bytes().filter(|byte| SIGNS.contains(byte)).count(), 2, "{password}");
        }
        let many: HashSet<String> = (0..100).map(|_| sip_password()).collect();
        assert_eq!(many.len(), 100);
    }

    #[test]
    fn keys_are_of_their_length_and_never_the_same() {
        assert_ne!(requests_key(), requests_key());
        assert_eq!((requests_key().len(), hook_secret().len()), (32, 32));
        assert!(hook_secret().bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
