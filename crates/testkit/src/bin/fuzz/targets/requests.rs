//! Voice requests: the query in the first line, the content type in the second, then the body.

use crate::target::{Judged, Seen, Target};
use opbx_cloudonix::VoiceRequest;
use opbx_cloudonix::wire::request::{CALL_ID_LEN_MAX, PARTY_LEN_MAX, RECORDING_URL_LEN_MAX};
use opbx_kernel::{Country, E164};

const EXAMPLES: &[&str] = &[
    "CallSid=c1&From=%2B442079460018&To=%2B12125550100&Direction=inbound\n\n",
    "\napplication/json\n{\"CallSid\": \"c1\", \"From\": \"+442079460018\", \"To\": \"1001\", \"Direction\": \"subscriber\"}",
    "token=x&menu_id=1\napplication/x-www-form-urlencoded\nCallSid=c1&Digits=12%23&From=&To=1",
    "\napplication/x-www-form-urlencoded\n  {\"CallSid\": \"c1\", \"CallStatus\": \"no-answer\", \"DialCallStatus\": null}",
    "\n\nCallSid=c1&RecordingUrl=https%3A%2F%2Fa.example%2F1.wav&RecordingDuration=3.5&RecordingStatus=completed",
    "\napplication/json\n{\"CallSid\": 17, \"recording_url\": \"http://a/b\", \"recording_duration\": 1e400, \"x\": {\"y\": []}}",
];
const WORDS: &[&str] = &[
    "CallSid",
    "From",
    "To",
    "Direction",
    "CallStatus",
    "DialCallStatus",
    "Digits",
    "RecordingUrl",
    "RecordingDuration",
    "RecordingStatus",
    "recording_url",
    "recording_duration",
    "CallerName",
    "Domain",
    "token",
    "menu_id",
    "callsid",
    "busy",
    "no-answer",
    "completed",
    "canceled",
    "absent",
    "failed",
    "subscriber",
    "outbound-api",
    "https://",
    "http://",
    "application/json",
    "application/x-www-form-urlencoded; charset=utf-8",
    "&",
    "=",
    "%2B",
    "%",
    "%zz",
    "%00",
    "%0d%0a",
    "+",
    "{",
    "}",
    "\"",
    ":",
    "null",
    "true",
    "[",
    "]",
    "\n",
    "#",
    "sip:alice@example.com",
    "<sip:1@x>;tag=1",
    "%ff%fe",
];

pub(crate) fn target() -> Target {
    let examples = EXAMPLES.iter().map(|example| example.as_bytes().to_vec()).collect();
    Target { name: "requests", examples, words: WORDS, judge: Box::new(judge) }
}

fn judge(input: &[u8]) -> Judged {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (query, kind) = (text(), text());
    let body = parts.next().unwrap_or_default();
    let request = match VoiceRequest::read(
        &query,
        Some(&kind).filter(|kind| !kind.is_empty()).map(String::as_str),
        body,
    ) {
        Ok(request) => request,
        Err(error) => return Seen::refused(&error.to_string()),
    };
    let mut said = String::new();
    for (read, len_max) in
        [(request.call_id(), CALL_ID_LEN_MAX), (request.from(), PARTY_LEN_MAX), (request.to(), PARTY_LEN_MAX)]
    {
        match read {
            Ok(text) if text.len() > len_max || text.chars().any(char::is_control) => {
                return Err(format!("lets through what is too long or no line: {text:?}"));
            }
            Ok(text) => {
                said.push(if text.is_empty() { '0' } else { '1' });
                // What was dialled and who calls is read as a number wherever it comes from.
                for number in
                    [E164::new(text), E164::normalise(text, Country::new("US"))].into_iter().flatten()
                {
                    if E164::new(number.as_str()).as_ref() != Some(&number) {
                        return Err(format!("is no number once it is one: {number:?}"));
                    }
                    let _ = (number.country(), number.national(), number.masked().to_string());
                }
            }
            Err(error) => {
                Seen::refused(&error.to_string())?;
                said.push_str(&error.to_string());
            }
        }
    }
    if request.caller_name().chars().any(char::is_control) {
        return Err(format!("a name holds control characters: {:?}", request.caller_name()));
    }
    let recording = request.recording();
    if let Some(url) = &recording.url
        && (url.len() > RECORDING_URL_LEN_MAX || url.chars().any(|c| c.is_control() || c.is_whitespace()))
    {
        return Err(format!("a recording lies at no address: {url:?}"));
    }
    let in_query = request.in_query("token").is_some();
    let found =
        (request.direction() as u8, request.dial_result().as_str(), recording.length_s.is_some(), in_query);
    Ok(Seen::taken((said, found, request.digits().len().min(3), request.domain().is_some())))
}
