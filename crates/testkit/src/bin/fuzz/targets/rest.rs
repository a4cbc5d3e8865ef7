//! Answers of the carrier's REST API: the kind of answer in the first line, then the body.

use crate::target::{Judged, Seen, Target};
use opbx_cloudonix::wire::rest::{self, REASON_LEN_MAX, TEXT_LEN_MAX};

const EXAMPLES: &[&str] = &[
    "domain\n{\"id\": 7, \"uuid\": \"u\", \"domain\": \"a.example\", \"profile\": {\"call-timeout\": 60, \"recording-media-type\": \"mp3\"}, \"tenant\": {\"billingPlan\": {\"package\": {\"name\": \"Pro\"}}}}",
    "subscribers\n[{\"id\": 5, \"msisdn\": \"1001\", \"active\": true, \"sipPassword\": \"x\"}, {\"id\": \"6\"}]",
    "trunks\n{\"data\": [{\"id\": 1, \"name\": \"out\", \"direction\": \"public-outbound\", \"port\": \"5060\"}]}",
    "voices\n[{\"id\": \"v\", \"provider\": \"Google\", \"languages\": [\"en-GB\"], \"pricing\": \"premium\"}]",
    "numbers\n[{\"id\": 1, \"dnid\": \"+12125550100\", \"applicationId\": 7}]",
    "application\n{\"id\": 7, \"name\": \"a\", \"url\": \"https://a\"}",
    "session\n{\"session\": {\"token\": \"t\"}}",
    "reason\n{\"error\": {\"message\": \"no\"}}",
];
const WORDS: &[&str] = &[
    "domain\n",
    "subscribers\n",
    "trunks\n",
    "voices\n",
    "numbers\n",
    "application\n",
    "session\n",
    "reason\n",
    "\"id\"",
    "\"uuid\"",
    "\"msisdn\"",
    "\"name\"",
    "\"data\"",
    "\"token\"",
    "\"message\"",
    "\"active\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "false",
    "\"0\"",
    "1e400",
    "-1",
    "\\u0000",
    "\\n",
];

pub(crate) fn target() -> Target {
    let examples = EXAMPLES.iter().map(|example| example.as_bytes().to_vec()).collect();
    Target { name: "rest", examples, words: WORDS, judge: Box::new(judge) }
}

fn judge(input: &[u8]) -> Judged {
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let kind = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let body = parts.next().unwrap_or_default();
    let texts = match kind.as_str() {
        "domain" => rest::domain(body).map(|facts| {
            [Some(facts.name), facts.uuid, facts.recording_format, facts.package]
                .into_iter()
                .flatten()
                .collect()
        }),
        "subscribers" => rest::subscribers(body)
            .map(|all| all.into_iter().flat_map(|one| [one.id, one.number]).collect::<Vec<String>>()),
        "trunks" => {
            rest::trunks(body).map(|all| all.into_iter().flat_map(|one| [one.id, one.name]).collect())
        }
        "voices" => {
            rest::voices(body).map(|all| all.into_iter().flat_map(|one| [one.id, one.language]).collect())
        }
        "numbers" => {
            rest::numbers(body).map(|all| all.into_iter().flat_map(|one| [one.id, one.number]).collect())
        }
        "application" => rest::application(body).map(|one| vec![one.id, one.name, one.url]),
        "session" => rest::session(body).map(|token| vec![token]),
        _ => {
            let reason = rest::reason(body);
            let is_line = reason.chars().count() <= REASON_LEN_MAX && !reason.chars().any(char::is_control);
            if !is_line {
                return Err(format!("a reason is no short line: {reason:?}"));
            }
            return Ok(Seen::taken(("reason", reason.is_empty())));
        }
    };
    match texts {
        Ok(texts) => {
            let bad = texts
                .iter()
                .find(|text| text.chars().count() > TEXT_LEN_MAX || text.chars().any(char::is_control));
            match bad {
                Some(text) => Err(format!("lets through what is no short line: {text:?}")),
                None => Ok(Seen::taken((kind, texts.len().min(6)))),
            }
        }
        Err(error) => Seen::refused(&error.to_string()),
    }
}
