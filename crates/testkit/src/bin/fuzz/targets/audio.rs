//! Sound files: judged without a panic, and never longer than their bytes can sound.

use crate::target::{Judged, Seen, Target};
use opbx_app::audio::judge as judged;

const WORDS: &[&str] = &[
    "RIFF",
    "WAVE",
    "fmt ",
    "data",
    "LIST",
    "fact",
    "ID3",
    "TAG",
    "Xing",
    "\0",
    "\0\0\0\0",
    "\u{1}\0",
    "\u{2}\0",
    "@\u{1f}\0\0",
    "\u{10}\0\0\0",
    "\u{7f}\u{7f}\u{7f}\u{7f}",
];

pub(crate) fn target() -> Target {
    let wav = b"RIFF\x34\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x10\0\0\0aaaaaaaaaaaaaaaa";
    // Frames of MPEG 2.5, layer III, 8 kbit/s at 8,000 Hz: 72 bytes each.
    let frame: Vec<u8> = [0xff, 0xe3, 0x18, 0xc4].into_iter().chain([0; 68]).collect();
    let tag = b"ID3\x04\0\0\0\0\0\x04tag!".to_vec();
    let examples = vec![wav.to_vec(), frame.repeat(4), [tag, frame.repeat(3)].concat()];
    Target { name: "audio", examples, words: WORDS, judge: Box::new(judge) }
}

fn judge(input: &[u8]) -> Judged {
    let Some(sound) = judged(input) else { return Seen::refused("neither WAV nor MP3") };
    if sound.length_ms == 0 || sound.length_ms > input.len() as u64 * 1_000 {
        return Err(format!("{} ms in {} bytes", sound.length_ms, input.len()));
    }
    Ok(Seen::taken((sound.format.extension(), sound.length_ms.ilog2())))
}
