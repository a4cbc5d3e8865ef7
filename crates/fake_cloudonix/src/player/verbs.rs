//! The verbs of a page, one after the other.

use super::ask::Request;
use super::{Break, Player, Step};
use crate::call::End;
use crate::markup::Element;

/// A SIP code for each reason of `Reject`. Source: Cloudonix, "Verb/reject".
fn code_of(reason: &str) -> u16 {
    match reason {
        "congestion" => 500,
        "failed" => 603,
        // The caller is refused or the line is busy: one code for both.
        _ => 486,
    }
}

/// How long `Pause` is where it does not say, as TwiML has it.
const PAUSE_S: u32 = 1;
/// How long the original's `Voicemail`, of which no page tells anything, holds the line.
const VOICEMAIL_S: u32 = 10;

impl Player {
    /// Obeys verb after verb. An action ends the page, and what it asked for is the next one.
    pub(super) async fn obey(&mut self, page: &[Element]) -> Step<Option<Request>> {
        for verb in page {
            self.tell(verb.told());
            if matches!(verb.name, "Dial" | "Connect" | "Start") {
                verb.children.iter().for_each(|noun| self.tell(format!("  {} {}", noun.told(), noun.text)));
            }
            self.update("update", "verb").await;
            if let Some(next) = self.verb(verb).await? {
                return Ok(Some(next));
            }
        }
        Ok(None)
    }

    async fn verb(&mut self, verb: &Element) -> Step<Option<Request>> {
        match verb.name {
            "Say" | "Play" => self.speak(verb).await.map(|()| None),
            "Pause" => self.pass_s(verb.number("length", PAUSE_S)).await.map(|()| None),
            "Gather" => self.gather(verb).await,
            "Record" => self.record(verb).await,
            "Dial" => self.dial(verb).await,
            "Connect" => self.connect(verb).await.map(|()| None),
            "Redirect" => {
                let to = if verb.text.is_empty() { self.own_url() } else { verb.text.clone() };
                self.follow(&to, verb, Vec::new()).map(Some)
            }
            "Hangup" => Err(Break::Over(End::HungUp)),
            "Reject" if self.answered_ms.is_some() => Err(Break::Over(End::HungUp)),
            "Reject" => {
                let code = code_of(verb.attribute("reason").unwrap_or("rejected"));
                self.tell(format!("the call is refused with {code}"));
                Err(Break::Over(End::Rejected(code)))
            }
            "Voicemail" => {
                self.answer().await;
                self.pass_s(VOICEMAIL_S).await.map(|()| None)
            }
            "Converse" => {
                self.answer().await;
                self.pass_s(self.call.script.caller.stays_s).await.map(|()| None)
            }
            // Start, Stop and Coach work beside the call, which goes on at once.
            _ => Ok(None),
        }
    }

    /// Hands the caller to a media stream until somebody leaves. Nothing tells how that went.
    async fn connect(&mut self, verb: &Element) -> Step<()> {
        self.answer().await;
        if let Some(stream) = verb.children.first() {
            self.tell(format!("on stream {}", stream.attribute("url").unwrap_or("")));
        }
        self.pass_s(self.call.script.caller.stays_s).await
    }
}
