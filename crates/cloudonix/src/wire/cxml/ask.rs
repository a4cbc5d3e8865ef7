//! What is played to callers and asked of them: prompts, keys, recordings.
//!
//! Source: Cloudonix, "Verb/gather", "Verb/record", "Verb/say".

use super::{Links, Page};
use opbx_routing::{Gather, Prompt, Record};

/// Quirk: Cloudonix takes a `maxLength` greater than 1 only.
const RECORD_LENGTH_MIN_S: u16 = 2;

pub(super) fn prompt(page: &mut Page, prompt: &Prompt, links: &Links<'_>) {
    match prompt {
        Prompt::Recording(id) => page.leaf("Play", &[], &(links.recording)(*id)),
        Prompt::Message(id) => page.leaf("Play", &[], &(links.message)(*id)),
        Prompt::Audio(url) => page.leaf("Play", &[], url),
        Prompt::Text { text, voice, language } => {
            let said = [("voice", voice), ("language", language)];
            let said: Vec<_> =
                said.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
            page.leaf("Say", &said, text);
        }
    }
}

/// Writes a question. `numDigits` is what Cloudonix reads; `minDigits` and `maxDigits` are the original's words.
pub(super) fn gather(page: &mut Page, gather: &Gather, links: &Links<'_>) {
    let Some(next) = links.next else {
        return gather.prompts.iter().for_each(|each| prompt(page, each, links));
    };
    let (digits, timeout) = (gather.digits_max.to_string(), gather.timeout_s.to_string());
    let timeout_max = gather.timeout_max_s.to_string();
    let attributes = [
        ("action", next),
        ("method", "POST"),
        ("input", "dtmf"),
        ("finishOnKey", "#"),
        ("numDigits", digits.as_str()),
        ("minDigits", "1"),
        ("maxDigits", digits.as_str()),
        ("timeout", timeout.as_str()),
        ("maxTimeout", timeout_max.as_str()),
        ("actionOnEmptyResult", "true"),
    ];
    page.open("Gather", &attributes);
    gather.prompts.iter().for_each(|each| prompt(page, each, links));
    page.close("Gather");
    redirect(page, next);
}

/// Writes a recording. Without `finishOnKey` any key would end it; an empty one goes on to the `Redirect`.
pub(super) fn record(page: &mut Page, record: &Record, links: &Links<'_>) {
    let Some(next) = links.next else { return };
    let length_max = record.length_max_s.max(RECORD_LENGTH_MIN_S).to_string();
    let beep = if record.beep { "true" } else { "false" };
    let attributes = [
        ("action", next),
        ("method", "POST"),
        ("maxLength", length_max.as_str()),
        ("playBeep", beep),
        ("finishOnKey", "#"),
    ];
    page.empty("Record", &attributes);
    redirect(page, next);
}

pub(super) fn redirect(page: &mut Page, to: &str) {
    page.leaf("Redirect", &[("method", "POST")], to);
}
