//! Until when a certificate holds: the one fact of X.509 that nothing else here needs to read.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use opbx_kernel::Timestamp;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// UTCTime knows years from 1950 to 2049 (RFC 5280, 4.1.2.5.1).
const CENTURY_BEGINS: i16 = 50;

/// The end of a certificate's validity (RFC 5280, 4.1); none where the bytes are no certificate.
pub(super) fn end(der: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = element(der, Some(SEQUENCE))?;
    let (mut rest, _) = element(certificate, Some(SEQUENCE))?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest, None)?.1;
    }
    // The serial number, the algorithm of the signature and the issuer come before.
    for _ in 0..3 {
        rest = element(rest, None)?.1;
    }
    let (validity, _) = element(rest, Some(SEQUENCE))?;
    let (_, not_after) = element(validity, None)?;
    let tag = *not_after.first()?;
    let (text, _) = element(not_after, None)?;
    instant(tag, std::str::from_utf8(text).ok()?)
}

/// The content of the first element, and what comes after it.
fn element(der: &[u8], tag: Option<u8>) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    if tag.is_some_and(|tag| tag != found) {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f).clamp(1, 4))?;
        (bytes.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    rest.split_at_checked(length)
}

fn instant(tag: u8, text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match tag {
        GENERALIZED_TIME => (digits.get(..4)?.parse().ok()?, digits.get(4..)?),
        UTC_TIME => {
            let year: i16 = digits.get(..2)?.parse().ok()?;
            (if year < CENTURY_BEGINS { 2000 + year } else { 1900 + year }, digits.get(2..)?)
        }
        _ => return None,
    };
    let pair = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let civil = DateTime::new(year, pair(0)?, pair(2)?, pair(4)?, pair(6)?, pair(8)?, 0).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    #[test]
    fn the_end_is_read_of_certificates_of_this_century_and_far_ones() {
        let key = KeyPair::generate().expect("a key");
        for (year, expected) in [(2027, "2027-02-03T00:00:00Z"), (2091, "2091-02-03T00:00:00Z")] {
            let mut params = CertificateParams::new(vec!["a.example.com".to_owned()]).expect("a name");
            params.not_after = date_time_ymd(year, 2, 3);
            let certificate = params.self_signed(&key).expect("a certificate");
            assert_eq!(end(certificate.der()).expect("an end").to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        for bytes in [&b""[..], b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x02\x30\x00", b"nonsense"] {
            assert_eq!(end(bytes), None, "{bytes:?}");
        }
        assert_eq!(
            instant(UTC_TIME, "991231235959Z").map(|at| at.to_string()),
            Some("1999-12-31T23:59:59Z".into())
        );
        for text in ["991331235959Z", "99", "9912312359ß9Z", "991231235959"] {
            assert_eq!(instant(UTC_TIME, text), None, "{text}");
        }
    }
}
