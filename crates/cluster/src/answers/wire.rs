//! How an answer, and the mark of who is making one, lie in Redis.

use bytes::Bytes;

use super::Answer;

/// The first byte of a kept answer; the scripts know it as 65.
const ANSWER: u8 = b'A';
/// The first byte of the mark of a node that is making the answer.
const MAKING: u8 = b'M';

pub(super) fn encode(answer: &Answer) -> Vec<u8> {
    let mut value = Vec::with_capacity(3 + answer.body.len());
    value.push(ANSWER);
    value.extend_from_slice(&answer.status.to_be_bytes());
    value.extend_from_slice(&answer.body);
    value
}

/// Nothing if the value is a mark, or not ours at all.
pub(super) fn decode(value: Vec<u8>) -> Option<Answer> {
    let &[ANSWER, high, low, ..] = value.as_slice() else { return None };
    Some(Answer { status: u16::from_be_bytes([high, low]), body: Bytes::from(value).slice(3..) })
}

pub(super) fn mark(token: &str) -> Vec<u8> {
    let mut value = Vec::with_capacity(1 + token.len());
    value.push(MAKING);
    value.extend_from_slice(token.as_bytes());
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_and_a_mark_is_no_answer() {
        let answer = Answer { status: 503, body: Bytes::from_static(b"A\0\xff") };
        assert_eq!(decode(encode(&answer)), Some(answer));
        let empty = Answer { status: 204, body: Bytes::new() };
        assert_eq!(decode(encode(&empty)), Some(empty));
        assert_eq!(decode(mark("ABC")), None);
        assert_eq!(decode(b"A1".to_vec()), None);
        assert_eq!(decode(Vec::new()), None);
    }
}
