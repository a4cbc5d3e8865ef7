//! Changed inputs: bytes, words, numbers and lines of one input, and pieces of others, changed by a seed.

/// The longest input that is made, in bytes.
const INPUT_LEN_MAX: usize = 64 << 10;
/// Changes made to one input at most.
const CHANGES_MAX: usize = 6;
/// How often one piece is repeated at most: for lists without end, and brackets without bottom.
const REPEATS_MAX: usize = 4_000;
/// Numbers at which types end, and texts that look like numbers.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "127",
    "128",
    "255",
    "256",
    "65535",
    "65536",
    "2147483647",
    "-2147483648",
    "4294967296",
    "9007199254740991",
    "9007199254740992",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "99999999999999999999999999999999",
    "1e999",
    "-0",
    "0.1",
    "1e-7",
    "79228162514264337593543950335",
    "NaN",
    "inf",
    "0x10",
    "1_000",
    "01",
];
/// Characters that parsers, terminals and databases trip over.
const ODD: &[&str] = &[
    "\0",
    "\u{7f}",
    "\u{1b}[31m",
    "\r",
    "\n",
    "\"",
    "'",
    "\\",
    "%",
    "_",
    "ß",
    "İ",
    "\u{301}",
    "\u{202e}",
    "\u{feff}",
    "\u{10ffff}",
    "💥",
    " ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "(",
    "`",
    "&",
    "=",
    "|",
    "%00",
    "+",
];

/// Numbers drawn from a seed (SplitMix64): the same on every machine, and in every version of every library.
#[derive(Debug, Clone)]
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words.get(self.below(words.len())).copied().unwrap_or("")
    }
}

/// Changes an input a few times; `other` lends pieces.
pub(crate) fn changed(draws: &mut Draws, input: &[u8], other: &[u8], words: &[&str]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=draws.below(CHANGES_MAX) {
        change(draws, &mut bytes, other, words);
        bytes.truncate(INPUT_LEN_MAX);
    }
    bytes
}

fn change(draws: &mut Draws, bytes: &mut Vec<u8>, other: &[u8], words: &[&str]) {
    let at = draws.below(bytes.len() + 1);
    match draws.below(13) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << draws.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = draws.below(256) as u8;
            }
        }
        2 => insert(bytes, at, draws.one_of(ODD).as_bytes()),
        3 | 4 => insert(bytes, at, draws.one_of(words).as_bytes()),
        5 => insert(bytes, at, draws.one_of(NUMBERS).as_bytes()),
        6 => number(draws, bytes, at),
        7 => {
            let piece = piece(draws, bytes, 64);
            bytes.drain(piece);
        }
        8 => {
            let piece = bytes[piece(draws, bytes, 64)].to_vec();
            insert(bytes, at, &piece);
        }
        9 => {
            let piece = bytes[piece(draws, bytes, 12)].to_vec();
            let most = INPUT_LEN_MAX / piece.len().max(1);
            insert(bytes, at, &piece.repeat(draws.below(REPEATS_MAX.min(most))));
        }
        10 => {
            let taken = piece(draws, other, 200);
            let replaced = piece(draws, bytes, 200);
            bytes.splice(replaced, other[taken].iter().copied());
        }
        11 => word(draws, bytes, at, words),
        _ => lines(draws, bytes),
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

/// A stretch of a text, no longer than `len_max`.
fn piece(draws: &mut Draws, bytes: &[u8], len_max: usize) -> std::ops::Range<usize> {
    let from = draws.below(bytes.len());
    from..(from + draws.below(len_max + 1)).min(bytes.len())
}

/// Puts an awkward number where the next number stands.
fn number(draws: &mut Draws, bytes: &mut Vec<u8>, at: usize) {
    let Some(from) = bytes[at..].iter().position(u8::is_ascii_digit).map(|found| at + found) else { return };
    let len = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.splice(from..from + len, draws.one_of(NUMBERS).bytes());
}

/// Puts a word of the format where the next word stands.
fn word(draws: &mut Draws, bytes: &mut Vec<u8>, at: usize, words: &[&str]) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let Some(from) = bytes[at..].iter().position(is_word).map(|found| at + found) else { return };
    let len = bytes[from..].iter().take_while(|byte| is_word(byte)).count();
    bytes.splice(from..from + len, draws.one_of(words).bytes());
}

/// Exchanges two lines, or drops one.
fn lines(draws: &mut Draws, bytes: &mut Vec<u8>) {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let (a, b) = (draws.below(lines.len()), draws.below(lines.len()));
    if a == b {
        lines.remove(a);
    } else {
        lines.swap(a, b);
    }
    *bytes = lines.join(&b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_makes_one_run_and_two_seeds_make_two() {
        let made = |seed| {
            let mut draws = Draws::from_seed(seed);
            (0..200)
                .map(|_| changed(&mut draws, b"name = 12\nsize = 3\n", b"other", &["word"]))
                .collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        assert!(made(1).iter().any(|input| input.len() > 500), "some pieces are repeated often");
        assert!(made(1).iter().all(|input| input.len() <= INPUT_LEN_MAX));
    }

    #[test]
    fn nothing_can_be_changed_as_well() {
        let mut draws = Draws::from_seed(9);
        let made: Vec<_> = (0..500).map(|_| changed(&mut draws, b"", b"", &[])).collect();
        assert!(made.iter().any(|input| !input.is_empty()));
    }
}
