//! News of a call, between the wire and the core: a PIN becomes an event here, and repeats are told from news.

use crate::plans::LoadedPlan;
use opbx_routing::{Asking, Call, DialResult, Event, PinEntry, Stage};
use std::fmt;
use zeroize::Zeroizing;

/// The news of a call.
#[derive(Debug, Clone)]
pub enum News {
    Event(Event),
    /// Digits that were entered for the PIN of a room or a voicemail box. They become an event when they are compared, and are forgotten.
    Pin(Pin),
}

/// Digits that nobody may see.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    pub fn new(digits: &str) -> Self {
        Self(Zeroizing::new(digits.to_owned()))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

impl News {
    /// The event that the core is told of. A PIN for a call that was asked for none is no entry at all.
    pub(super) fn event(&self, call: &Call, loaded: &LoadedPlan) -> Event {
        match (self, &call.stage) {
            (Self::Event(event), _) => event.clone(),
            (Self::Pin(digits), Stage::Asking(Asking::Pin { room, .. })) => {
                Event::PinEntered(loaded.secrets.pin(*room, &digits.0))
            }
            (Self::Pin(digits), Stage::Asking(Asking::BoxPin { mailbox, .. })) => {
                Event::PinEntered(loaded.secrets.box_pin(*mailbox, &digits.0))
            }
            (Self::Pin(_), _) => Event::PinEntered(PinEntry::Nothing),
        }
    }

    /// What makes two of them repeats of each other.
    ///
    /// One question gets one answer. All results after which a hunt goes on count as one: an engine that says busy
    /// first and no-answer then must not have two phones rung for it. So do all keys that answer one question, the
    /// redirect that follows a question among them, and no digit of a PIN goes into a digest that is kept. Only a
    /// recording is told apart from none, because a message must not be lost to a redirect that came first.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Event(Event::Arrived) => "arrived",
            Self::Event(Event::CallerLeft) => "caller left",
            Self::Event(Event::DialEnded(DialResult::Busy | DialResult::Failed | DialResult::NoAnswer)) => {
                "unanswered"
            }
            Self::Event(Event::DialEnded(result)) => result.as_str(),
            Self::Event(Event::KeysPressed(_) | Event::PinEntered(_)) | Self::Pin(_) => "keys",
            Self::Event(Event::Recorded(recording)) if recording.url.is_some() => RECORDED,
            Self::Event(Event::Recorded(_)) => NOTHING_RECORDED,
        }
    }

    pub(super) fn arrived(&self) -> bool {
        matches!(self, Self::Event(Event::Arrived))
    }

    pub(super) fn ends_the_call(&self) -> bool {
        use DialResult::{Canceled, Completed, Unknown};
        matches!(self, Self::Event(Event::DialEnded(Completed | Canceled | Unknown)))
    }
}

pub(super) const RECORDED: &str = "recorded";
pub(super) const NOTHING_RECORDED: &str = "nothing recorded";

#[cfg(test)]
mod tests {
    use super::*;
    use opbx_routing::{Keys, Recording};

    fn recorded(url: Option<&str>) -> News {
        News::Event(Event::Recorded(Recording { url: url.map(Into::into), length_s: None }))
    }

    #[test]
    fn a_pin_is_shown_nowhere() {
        let news = News::Pin(Pin::new("4711"));
        assert_eq!(format!("{news:?}"), "Pin(Pin(…))");
        assert_eq!(
            news.word(),
            News::Pin(Pin::new("0815")).word(),
            "nor does its digest tell it from another"
        );
    }

    #[test]
    fn one_question_gets_one_answer_and_a_message_is_told_from_none() {
        let keys = |keys| News::Event(Event::KeysPressed(Keys::new(keys)));
        let dial = |result| News::Event(Event::DialEnded(result));
        assert_eq!(keys("1").word(), keys("").word());
        assert_eq!(dial(DialResult::Busy).word(), dial(DialResult::NoAnswer).word());
        assert_ne!(dial(DialResult::Busy).word(), dial(DialResult::Completed).word());
        assert_eq!(recorded(Some("https://a")).word(), recorded(Some("https://b")).word());
        assert_ne!(recorded(Some("https://a")).word(), recorded(None).word());
    }
}
