//! Sound files judged by what is in them: whether they are WAV or MP3, and how long they sound. Never by their names.
//!
//! Sources: Microsoft, "Multiple Channel Audio Data and WAVE Files" (RIFF); ISO/IEC 11172-3 and 13818-3 (frame headers of
//! MPEG audio); id3.org, "ID3 tag version 2.4.0", section 3.1.

/// Bytes that may stand before the first frame of an MP3 that is no tag: players skip them, too.
const LEAD_LEN_MAX: usize = 4_096;
/// Tags of ID3v2 one after the other.
const TAGS_MAX: usize = 8;
/// A file of speech or music has this many frames one after the other; chance has not.
const FRAMES_MIN: usize = 2;
/// Chunks of a WAV file that are looked at.
const CHUNKS_MAX: usize = 1_000;
const RATE_MAX: u32 = 384_000;
const CHANNELS_MAX: u16 = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Wav,
    Mp3,
}

impl Format {
    pub fn mimetype(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
        }
    }
}

/// A file that players can play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sound {
    pub format: Format,
    pub length_ms: u64,
}

/// Judges a whole file; none where it is neither WAV nor MP3, or holds no sound.
///
/// ```
/// use opbx_app::audio::{Format, judge};
///
/// // One second of silence: mono, 8,000 samples a second, one byte each.
/// let mut wav = b"RIFF\x64\x1f\0\0WAVEfmt \x10\0\0\0\x07\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x40\x1f\0\0".to_vec();
/// wav.extend([0xff; 8_000]);
/// let sound = judge(&wav).expect("it is a sound");
/// assert_eq!((sound.format, sound.length_ms), (Format::Wav, 1_000));
/// assert_eq!(judge(b"<html>"), None);
/// ```
pub fn judge(bytes: &[u8]) -> Option<Sound> {
    let (format, length_ms) = match wav(bytes) {
        Some(length_ms) => (Format::Wav, length_ms),
        None => (Format::Mp3, mp3(bytes)?),
    };
    (length_ms > 0).then_some(Sound { format, length_ms })
}

/// The length of a WAV file in milliseconds.
fn wav(bytes: &[u8]) -> Option<u64> {
    let mut rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WAVE")?;
    let mut bytes_per_s = None;
    for _ in 0..CHUNKS_MAX {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (len, after) = after.split_first_chunk::<4>()?;
        // A file that was streamed says more than there is, and then all that follows is meant.
        let len = usize::try_from(u32::from_le_bytes(*len)).unwrap_or(usize::MAX).min(after.len());
        let (chunk, next) = after.split_at(len);
        match name {
            b"fmt " => bytes_per_s = Some(wav_rate(chunk)?),
            b"data" => return Some(len as u64 * 1_000 / u64::from(bytes_per_s?)),
            _ => {}
        }
        // Chunks begin at even places.
        rest = next.get(len % 2..)?;
    }
    None
}

/// Bytes of a second, as the format chunk says.
fn wav_rate(chunk: &[u8]) -> Option<u32> {
    let word = |at: usize| Some(u16::from_le_bytes(*chunk.get(at..)?.first_chunk::<2>()?));
    let long = |at: usize| Some(u32::from_le_bytes(*chunk.get(at..)?.first_chunk::<4>()?));
    let (kind, channels, rate, bytes_per_s) = (word(0)?, word(2)?, long(4)?, long(8)?);
    let is_sane = kind != 0
        && (1..=CHANNELS_MAX).contains(&channels)
        && (1..=RATE_MAX).contains(&rate)
        && bytes_per_s > 0;
    is_sane.then_some(bytes_per_s)
}

/// One frame of MPEG audio, layer III.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frame {
    /// In bytes, its header included.
    len: usize,
    samples: u64,
    rate: u64,
}

/// The length of an MP3 file in milliseconds: the sum of its frames, so that it is right whatever their bit rates are.
fn mp3(bytes: &[u8]) -> Option<u64> {
    let untagged = without_tags(bytes);
    let lead = (0..LEAD_LEN_MAX.min(untagged.len())).find(|at| begins(&untagged[*at..]))?;
    let mut rest = &untagged[lead..];
    let (mut micros, mut frames) = (0_u64, 0_usize);
    // Ends with the file: each frame is longer than nothing.
    while let Some(frame) = frame(rest) {
        micros += frame.samples * 1_000_000 / frame.rate;
        frames += 1;
        let Some(next) = rest.get(frame.len..) else { break };
        rest = next;
    }
    (frames >= FRAMES_MIN).then_some(micros / 1_000)
}

fn without_tags(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    for _ in 0..TAGS_MAX {
        let Some(len) = tag_len(rest) else { break };
        let Some(next) = rest.get(len..) else { return &[] };
        rest = next;
    }
    rest
}

/// The length of the ID3v2 tag that bytes begin with.
fn tag_len(bytes: &[u8]) -> Option<usize> {
    let head = bytes.strip_prefix(b"ID3")?.first_chunk::<7>()?;
    let [_, _, flags, size @ ..] = head;
    // Seven bits of each byte.
    let size = size
        .iter()
        .try_fold(0_usize, |size, byte| (byte & 0x80 == 0).then(|| size << 7 | usize::from(*byte)))?;
    let footer = if flags & 0x10 == 0 { 0 } else { 10 };
    Some(10 + size + footer)
}

/// Whether two frames of one kind stand here, one after the other.
fn begins(bytes: &[u8]) -> bool {
    let Some(first) = frame(bytes) else { return false };
    let second = bytes.get(first.len..).and_then(frame);
    second.is_some_and(|second| (second.samples, second.rate) == (first.samples, first.rate))
}

/// Reads a frame's header.
fn frame(bytes: &[u8]) -> Option<Frame> {
    const RATES: [u64; 3] = [44_100, 48_000, 32_000];
    /// In thousands of bits a second, of MPEG 1 and of 2 and 2.5.
    const BITS: [[usize; 14]; 2] = [
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let [0xff, second, third, _] = *bytes.first_chunk::<4>()? else { return None };
    if second & 0xe0 != 0xe0 || second >> 1 & 3 != 1 {
        return None;
    }
    let (is_first, divisor) = match second >> 3 & 3 {
        3 => (true, 1),
        2 => (false, 2),
        0 => (false, 4),
        _ => return None,
    };
    let bits = BITS[usize::from(!is_first)].get(usize::from(third >> 4).checked_sub(1)?)? * 1_000;
    let rate = RATES.get(usize::from(third >> 2 & 3))? / divisor;
    let padding = usize::from(third >> 1 & 1);
    let (samples, factor) = if is_first { (1_152, 144) } else { (576, 72) };
    let len = factor * bits / usize::try_from(rate).ok()? + padding;
    Some(Frame { len, samples, rate })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wav_of(kind: u16, channels: u16, rate: u32, bytes_per_s: u32, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        file.extend(kind.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend(bytes_per_s.to_le_bytes());
        file.extend([2, 0, 16, 0]);
        file.extend(b"data");
        file.extend(u32::try_from(data.len()).expect("short").to_le_bytes());
        file.extend(data);
        file
    }

    /// Frames of MPEG 1, layer III, 44,100 Hz, with these bit rates (1 to 14).
    fn mp3_of(rates: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        for rate in rates {
            let header = [0xff, 0xfb, rate << 4, 0x44];
            let len = frame(&header).expect("a frame").len;
            file.extend(header);
            file.extend(vec![0; len - 4]);
        }
        file
    }

    fn length(file: &[u8]) -> Option<(Format, u64)> {
        judge(file).map(|sound| (sound.format, sound.length_ms))
    }

    #[test]
    fn a_wav_file_sounds_as_long_as_its_data_at_its_own_rate() {
        let mono = wav_of(1, 1, 8_000, 16_000, &[0; 24_000]);
        assert_eq!(length(&mono), Some((Format::Wav, 1_500)));
        let stereo = wav_of(1, 2, 44_100, 176_400, &[0; 176_400]);
        assert_eq!(length(&stereo), Some((Format::Wav, 1_000)));
        let law = wav_of(7, 1, 8_000, 8_000, &[0; 4_000]);
        assert_eq!(length(&law), Some((Format::Wav, 500)));
        let mut streamed = wav_of(1, 1, 8_000, 16_000, &[0; 16_000]);
        let at = streamed.windows(4).position(|window| window == b"data").expect("a chunk") + 4;
        streamed[at..at + 4].copy_from_slice(&[0xff; 4]);
        assert_eq!(length(&streamed), Some((Format::Wav, 1_000)), "it says more than there is");
    }

    #[test]
    fn an_mp3_file_sounds_as_long_as_its_frames_whatever_their_rates_and_tags() {
        // 1,152 samples at 44,100 Hz are 26.122 ms.
        assert_eq!(length(&mp3_of(&[9; 100])), Some((Format::Mp3, 2_612)));
        let changing: Vec<u8> = (0..100).map(|at| 1 + at % 14).collect();
        assert_eq!(length(&mp3_of(&changing)), Some((Format::Mp3, 2_612)));
        let mut tagged = b"ID3\x04\0\0\0\0\x02\x00".to_vec();
        tagged.extend([0xff; 256]);
        tagged.extend(mp3_of(&[9; 100]));
        tagged.extend(b"TAG");
        assert_eq!(length(&tagged), Some((Format::Mp3, 2_612)));
        let mut led = vec![0; 100];
        led.extend(mp3_of(&[5; 10]));
        assert_eq!(length(&led), Some((Format::Mp3, 261)));
    }

    #[test]
    fn what_is_no_sound_is_told_whatever_it_pretends() {
        for other in [
            &b""[..],
            b"RIFF",
            b"RIFF\0\0\0\0WAVE",
            b"RIFF\0\0\0\0AVI fmt ",
            b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
            b"<html><script>alert(1)</script>",
            b"%PDF-1.7",
            b"OggS\0\x02",
            b"MZ\x90\0",
            &[0xff; 5_000],
            &mp3_of(&[9]),
        ] {
            assert_eq!(judge(other), None, "{:?}", &other[..other.len().min(12)]);
        }
        assert_eq!(judge(&wav_of(1, 1, 8_000, 16_000, &[])), None, "no data");
        assert_eq!(judge(&wav_of(1, 0, 8_000, 16_000, &[0; 99])), None, "no channel");
        assert_eq!(judge(&wav_of(1, 1, 8_000, 0, &[0; 99])), None, "no rate");
        assert_eq!(judge(&wav_of(0, 1, 8_000, 16_000, &[0; 99])), None, "no format");
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic_or_sound_longer_than_its_bytes_can(
            begin in prop_oneof![
                Just(Vec::new()), Just(b"RIFF\0\0\0\0WAVEfmt ".to_vec()), Just(b"ID3\x04\0\0".to_vec()), Just(mp3_of(&[9; 3])),
                Just(wav_of(1, 1, 8_000, 16_000, &[0; 40])),
            ],
            more in proptest::collection::vec(any::<u8>(), 0..600),
            at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let mut file = begin;
            file.extend(more);
            if !file.is_empty() {
                let at = at.index(file.len());
                file[at] = byte;
            }
            // The thinnest WAV has one byte a second, the thinnest MP3 frame 24 bytes for 72 ms.
            if let Some(sound) = judge(&file) {
                prop_assert!(sound.length_ms <= file.len() as u64 * 1_000);
            }
        }
    }
}
