//! Webhooks: the query in the first line, the content type in the second, then the body.

use crate::target::{Judged, Seen, Target};
use opbx_cloudonix::HookRequest;
use opbx_telephony::ledger::Ledger;
use opbx_telephony::{DetailRecord, News, SessionUpdate};
use serde_json::Value as Json;

const EXAMPLES: &[&str] = &[
    "\napplication/json\n{\"id\": 7, \"token\": \"t\", \"eventId\": \"e\", \"domain\": \"acme.example.com\", \"callerId\": \"+1001\", \"destination\": \"+12125550100\", \"direction\": \"incoming\", \"status\": \"connected\", \"createdAt\": \"2026-03-01T12:00:00.000Z\", \"modifiedAt\": 1772366400000, \"callStartTime\": \"1772366400000\", \"callAnswerTime\": 0, \"timeLimit\": 3600, \"action\": \"update\", \"callIds\": [\"a\"], \"profile\": {\"x-api-key\": \"k\"}}",
    "\napplication/json\n{\"timestamp\": 1772366521, \"from\": \"1001\", \"to\": \"+44\", \"disposition\": \"NO ANSWER\", \"duration\": 12, \"billsec\": 0, \"call_id\": \"c\", \"session\": {\"token\": \"t\", \"id\": 7, \"callEndTime\": 1772366520000}, \"owner\": {\"domain\": {\"uuid\": \"u\"}}, \"rated_cost\": \"0.01\", \"recording_url\": \"https://a.example/1.wav\"}",
    "domain=acme\napplication/x-www-form-urlencoded\ntimestamp=1772366521&from=&to=1001&disposition=BUSY&duration=1&billsec=0&call_id=c&session[token]=t&session.id=7&callIds[]=a",
    "\n\ncall_id=c&status=no-answer",
];
const WORDS: &[&str] = &[
    "\"id\":",
    "\"token\":",
    "\"eventId\":",
    "\"domain\":",
    "\"status\":",
    "\"session\":",
    "\"timestamp\":",
    "\"duration\":",
    "\"billsec\":",
    "\"modifiedAt\":",
    "\"callAnswerTime\":",
    "\"rated_cost\":",
    "\"profile\":",
    "\"owner\":",
    "connected",
    "ringing",
    "processing",
    "answer",
    "completed",
    "incoming",
    "internal",
    "ANSWERED",
    "CANCELLED",
    "9007199254740992",
    "-1",
    "0",
    "1e400",
    "253402300800",
    "9223372036854775807",
    "-9223372036854775808",
    "2026-03-01 12:00:00",
    "9999-12-31T23:59:59Z",
    "\\u0000",
    "null",
    "true",
    "[",
    "]",
    "{",
    "}",
    "\"",
    ",",
    ":",
    "&",
    "=",
    "[]",
    "[a]",
    ".",
    "%5B",
    "%00",
    "+",
    "https://",
    "/api/webhooks/",
    "authorization",
    "call_id",
    "application/json",
];

pub(crate) fn target() -> Target {
    let examples = EXAMPLES.iter().map(|example| example.as_bytes().to_vec()).collect();
    Target { name: "hooks", examples, words: WORDS, judge: Box::new(judge) }
}

fn judge(input: &[u8]) -> Judged {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (query, kind) = (text(), text());
    let body = parts.next().unwrap_or_default();
    let request = match HookRequest::read(&query, Some(kind.as_str()).filter(|kind| !kind.is_empty()), body) {
        Ok(request) => request,
        Err(error) => return Seen::refused(&error.to_string()),
    };
    let mut said = (request.domains().len().min(3), request.told_at().is_some());
    let (mut ledger, mut shape) = (Ledger::default(), String::new());
    match request.session_update() {
        Ok(Some(update)) => {
            sound_update(&update)?;
            ledger.hear(News::of_update(&update));
            shape.push_str(update.status.as_str());
        }
        Ok(None) => shape.push_str("of no interest"),
        Err(faults) => {
            Seen::refused(&faults.to_string())?;
            shape.extend(faults.0.keys().map(|field| &field[..1]));
        }
    }
    match request.detail_record() {
        Ok(record) => {
            sound_record(&record)?;
            ledger.hear(News::of_record(&record));
            shape.push_str("record");
        }
        Err(faults) => {
            Seen::refused(&faults.to_string())?;
            shape.extend(faults.0.keys().map(|field| &field[..1]));
        }
    }
    match request.call_status() {
        Ok((call_id, word)) => {
            sound(&[&call_id, &word])?;
            ledger.hear(News::of_word(&word, jiff::Timestamp::UNIX_EPOCH));
            shape.push_str("word");
        }
        Err(faults) => drop(Seen::refused(&faults.to_string())?),
    }
    said.1 |= ledger.sheet().is_some();
    let written = serde_json::to_vec(&ledger).map_err(|error| error.to_string())?;
    let read: Ledger = serde_json::from_slice(&written).map_err(|error| error.to_string())?;
    if read.sheet() != ledger.sheet() {
        return Err("a ledger comes back otherwise".into());
    }
    Ok(Seen::taken((said, shape)))
}

fn sound(lines: &[&str]) -> Result<(), String> {
    match lines.iter().find(|line| line.chars().any(char::is_control)) {
        Some(line) => Err(format!("lets through what is no line: {line:?}")),
        None => Ok(()),
    }
}

fn sound_update(update: &SessionUpdate) -> Result<(), String> {
    sound(&[&update.from, &update.to, &update.event])?;
    if update.session < 0 || update.event.is_empty() || update.to.is_empty() {
        return Err(format!("an update that names nothing: {update:?}"));
    }
    if holds_nul(&update.profile) {
        return Err("a profile holds what no database takes".into());
    }
    Ok(())
}

fn sound_record(record: &DetailRecord) -> Result<(), String> {
    sound(&[&record.from, &record.to, &record.call_id, &record.disposition])?;
    if record.duration_s < 0 || record.billsec_s < 0 || record.call_id.is_empty() {
        return Err(format!("a record of no call: {record:?}"));
    }
    if holds_nul(&record.raw) {
        return Err("a record holds what no database takes".into());
    }
    Ok(())
}

fn holds_nul(value: &Json) -> bool {
    match value {
        Json::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Json::Array(list) => list.iter().any(holds_nul),
        Json::String(text) => text.contains('\0'),
        _ => false,
    }
}
