//! CXML: the markup that tells Cloudonix what to do. Written in the documented case, pretty enough for a person.
//!
//! Source: Cloudonix, "Verb/say", "Verb/hangup", "Verb/reject", "Verb/redirect"; the other verbs name theirs where they are written.

mod ask;
mod dial;
mod page;

use opbx_routing::{Action, AssistantId, MessageId, RecordingId, Rejection};
use page::Page;

pub use dial::left_out;

/// The content type of every answer to a voice request, errors included.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// What actions do not say and an engine must be told.
pub struct Links<'a> {
    /// Where what happens next is reported; none once the call waits for nothing.
    pub next: Option<&'a str>,
    /// Where the engine fetches a recording of the company's.
    pub recording: &'a dyn Fn(RecordingId) -> String,
    /// Where the engine fetches a voicemail message that is kept here.
    pub message: &'a dyn Fn(MessageId) -> String,
    /// The secret that opens an assistant's service.
    pub service_token: &'a dyn Fn(AssistantId) -> Option<&'a str>,
}

/// Renders actions, so that whatever the engine makes of them, the caller is led on or the call ends.
///
/// What asks for something is followed by a `Redirect` to the same sealed step, because an engine that got nothing
/// goes on to the next verb. Without a place to report to nothing is asked: prompts play, and the call ends.
pub fn render(actions: &[Action], links: &Links<'_>) -> String {
    let mut page = Page::begin();
    for action in actions {
        match action {
            Action::Say(text) => page.leaf("Say", &[], text),
            Action::Play(prompt) => ask::prompt(&mut page, prompt, links),
            Action::Gather(gather) => ask::gather(&mut page, gather, links),
            Action::Record(record) => ask::record(&mut page, record, links),
            Action::Dial(to) => dial::dial(&mut page, to, links),
            Action::Join(join) => dial::join(&mut page, join, links),
            // What a phone changed is nothing of the engine's.
            Action::Change(_) => {}
            Action::Reject(Rejection::Busy) => page.empty("Reject", &[("reason", "busy")]),
            Action::Reject(Rejection::Rejected) => page.empty("Reject", &[("reason", "rejected")]),
            Action::Hangup => page.empty("Hangup", &[]),
        }
    }
    if !leads_on(actions.last(), links) {
        page.empty("Hangup", &[]);
    }
    page.end()
}

/// Renders a sentence and the end: what a caller hears of an error.
pub fn render_error(sentence: &str) -> String {
    let mut page = Page::begin();
    page.leaf("Say", &[], sentence);
    page.empty("Hangup", &[]);
    page.end()
}

/// Whether something follows the last action, or it is the end.
fn leads_on(last: Option<&Action>, links: &Links<'_>) -> bool {
    match last {
        Some(Action::Hangup | Action::Reject(_)) => true,
        Some(Action::Gather(_) | Action::Record(_) | Action::Dial(_) | Action::Join(_)) => {
            links.next.is_some()
        }
        Some(Action::Say(_) | Action::Play(_) | Action::Change(_)) | None => false,
    }
}
