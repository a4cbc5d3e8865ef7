//! Recordings made of nothing: a tone as WAV, silence as MP3.

/// Samples in a second of WAV; 16 bits, one channel.
const RATE: u32 = 8_000;
const WAV_HEAD: usize = 44;
/// Half a period of the tone, in samples: 400 Hz.
const HALF: u32 = RATE / 800;
/// The longest recording that is served, in seconds; a longer one is cut.
pub(crate) const LENGTH_S_MAX: u32 = 600;
/// MPEG 1 layer III, 64 kbit/s, 48 kHz, one channel, no checksum: 192 bytes of 24 ms. All zeros after it are silence.
const MP3_HEAD: [u8; 4] = [0xff, 0xfb, 0x54, 0xc0];
const MP3_FRAME: usize = 192;
const MP3_FRAME_MS: u32 = 24;

pub(crate) fn wav(length_s: u32) -> Vec<u8> {
    let samples = RATE * length_s.min(LENGTH_S_MAX);
    let data = samples * 2;
    let mut bytes = Vec::with_capacity(WAV_HEAD + data as usize);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(data + 36).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    for half in [1_u16, 1] {
        bytes.extend_from_slice(&half.to_le_bytes());
    }
    bytes.extend_from_slice(&RATE.to_le_bytes());
    bytes.extend_from_slice(&(RATE * 2).to_le_bytes());
    for half in [2_u16, 16] {
        bytes.extend_from_slice(&half.to_le_bytes());
    }
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&data.to_le_bytes());
    for sample in 0..samples {
        let level: i16 = if (sample / HALF).is_multiple_of(2) { 3_000 } else { -3_000 };
        bytes.extend_from_slice(&level.to_le_bytes());
    }
    bytes
}

pub(crate) fn mp3(length_s: u32) -> Vec<u8> {
    let frames = (length_s.min(LENGTH_S_MAX) * 1_000).div_ceil(MP3_FRAME_MS) as usize;
    let mut bytes = Vec::with_capacity(frames * MP3_FRAME);
    for _ in 0..frames {
        bytes.extend_from_slice(&MP3_HEAD);
        bytes.resize(bytes.len() + MP3_FRAME - MP3_HEAD.len(), 0);
    }
    bytes
}

/// How long audio plays, in milliseconds, where its bytes say so plainly.
pub(crate) fn length_ms(bytes: &[u8]) -> Option<u64> {
    let head = bytes.get(..WAV_HEAD).filter(|head| head.starts_with(b"RIFF") && &head[8..12] == b"WAVE")?;
    let per_second = u32::from_le_bytes(head[28..32].try_into().ok()?);
    let data = (bytes.len() - WAV_HEAD) as u64;
    (per_second > 0).then(|| data * 1_000 / u64::from(per_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_as_long_as_it_was_spoken() {
        assert_eq!(length_ms(&wav(7)), Some(7_000));
        let silent = mp3(3);
        assert_eq!(silent.len(), 125 * MP3_FRAME);
        assert!(silent.chunks(MP3_FRAME).all(|frame| frame.starts_with(&MP3_HEAD)));
        assert_eq!(length_ms(&wav(LENGTH_S_MAX + 1)), Some(u64::from(LENGTH_S_MAX) * 1_000));
    }
}
