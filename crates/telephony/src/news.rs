//! News that an engine tells of a call beside the conversation: session updates, detail records, single words.
//!
//! What a ledger keeps of them is joined, piece by piece: the join does not mind order or repetition, and stays small
//! however much is told.

use jiff::{SignedDuration, Timestamp};
use opbx_routing::Direction;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What an engine tells while a session goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionUpdate {
    /// The engine's own number for the session.
    pub session: i64,
    /// The engine's name for the call, as the conversation has it; not every engine version tells it here.
    pub token: Option<String>,
    /// Names this update among those of its session.
    pub event: String,
    pub domain_id: Option<i64>,
    pub domain: Option<String>,
    pub subscriber: Option<i64>,
    pub outgoing_subscriber: Option<i64>,
    pub from: String,
    pub to: String,
    pub direction: SessionDirection,
    pub status: SessionStatus,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
    pub call_started_at: Option<Timestamp>,
    pub call_answered_at: Option<Timestamp>,
    pub time_limit_s: Option<i64>,
    pub vapp_server: Option<String>,
    pub action: Option<String>,
    pub reason: Option<String>,
    pub last_error: Option<String>,
    pub call_ids: Vec<String>,
    pub profile: Json,
}

/// The engine's last word on a session: times, result, costs.
#[derive(Debug, Clone, PartialEq)]
pub struct DetailRecord {
    /// When the record was made.
    pub at: Timestamp,
    pub token: Option<String>,
    pub session: Option<i64>,
    /// As the engine's signalling knows it, which is not the conversation's name for the call.
    pub call_id: String,
    pub from: String,
    pub to: String,
    /// As it was told: `ANSWERED`, `NO ANSWER`, `BUSY` and so on.
    pub disposition: String,
    pub duration_s: i64,
    pub billsec_s: i64,
    pub direction: Option<SessionDirection>,
    pub status: Option<String>,
    pub call_started_at: Option<Timestamp>,
    pub call_answered_at: Option<Timestamp>,
    pub call_ended_at: Option<Timestamp>,
    pub domain: Option<String>,
    pub subscriber: Option<String>,
    pub trunk: Option<i64>,
    pub application: Option<String>,
    pub route: Option<String>,
    /// In ten-thousandths of the currency's unit, as are the others.
    pub rated_cost: Option<i64>,
    pub approx_cost: Option<i64>,
    pub sell_cost: Option<i64>,
    pub vapp_server: Option<String>,
    pub recording_url: Option<String>,
    /// All that was told, without what opens anything.
    pub raw: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionDirection {
    Incoming,
    Outgoing,
    Internal,
    Application,
}

/// The states of a session that goes on; of others nothing is kept, because the detail record tells them better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    Processing,
    Ringing,
    Connected,
    Answer,
}

impl SessionDirection {
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "incoming" | "inbound" => Some(Self::Incoming),
            "outgoing" | "outbound" | "subscriber" => Some(Self::Outgoing),
            "internal" => Some(Self::Internal),
            "application" | "outbound-api" => Some(Self::Application),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
            Self::Internal => "internal",
            Self::Application => "application",
        }
    }

    /// The direction of a call of which only this is known.
    pub(crate) fn of_call(self) -> Direction {
        match self {
            Self::Incoming => Direction::Inbound,
            Self::Outgoing => Direction::Outbound,
            Self::Internal => Direction::Subscriber,
            Self::Application => Direction::OutboundApi,
        }
    }
}

impl SessionStatus {
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "processing" => Some(Self::Processing),
            "ringing" => Some(Self::Ringing),
            "connected" => Some(Self::Connected),
            "answer" => Some(Self::Answer),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Ringing => "ringing",
            Self::Connected => "connected",
            Self::Answer => "answer",
        }
    }

    pub fn is_answered(self) -> bool {
        matches!(self, Self::Connected | Self::Answer)
    }
}

/// How a detail record says that its call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    Answered,
    NoAnswer,
    Busy,
    Failed,
    Canceled,
}

impl Disposition {
    /// Reads the engine's word; one that nobody knows is a failure.
    pub fn read(word: &str) -> Self {
        let letters: String =
            word.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
        match letters.as_str() {
            "answered" | "answer" | "completed" | "connected" => Self::Answered,
            "noanswer" => Self::NoAnswer,
            "busy" => Self::Busy,
            "cancel" | "cancelled" | "canceled" => Self::Canceled,
            _ => Self::Failed,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

/// All that an engine told of a call beside the conversation, joined.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<Session>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<RecordFacts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) word: Option<Word>,
}

/// What the updates of a session come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// By the first update: when, its name, who called, whom.
    pub(crate) first: (Timestamp, String, String, String, SessionDirection),
    /// By the newest update: when, its name, the status.
    pub(crate) newest: (Timestamp, String, SessionStatus),
    pub(crate) started_at: Timestamp,
    pub(crate) answered_at: Option<Timestamp>,
    /// When an update first said that it is answered, for engines that do not say when it was.
    pub(crate) connected_at: Option<Timestamp>,
}

/// What a detail record says, in the order in which one of two is taken: the later, then the longer, then any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordFacts {
    pub ended_at: Timestamp,
    pub billsec_s: i64,
    pub duration_s: i64,
    pub at: Timestamp,
    pub disposition: Disposition,
    pub started_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub from: String,
    pub to: String,
    pub direction: SessionDirection,
    pub cost: Option<i64>,
}

/// What single words say: when it was answered, and when and how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Word {
    pub(crate) at: Timestamp,
    pub(crate) answered_at: Option<Timestamp>,
    pub(crate) ended: Option<(Timestamp, Disposition)>,
}

/// Extensions have so many digits at most; a number of more is outside.
const EXTENSION_LEN_MAX: usize = 5;

/// The direction of a call that nobody named, by who called whom.
pub fn guessed_direction(from: &str, to: &str) -> SessionDirection {
    match (extension_of(from).is_some(), extension_of(to).is_some()) {
        (true, true) => SessionDirection::Internal,
        (true, false) => SessionDirection::Outgoing,
        (false, _) => SessionDirection::Incoming,
    }
}

/// The extension that a party is, where it is one; engines write a `+` before it as before any number.
pub fn extension_of(party: &str) -> Option<&str> {
    let digits = party.strip_prefix('+').unwrap_or(party);
    let is_one =
        (3..=EXTENSION_LEN_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_one.then_some(digits)
}

impl News {
    pub fn of_update(update: &SessionUpdate) -> Self {
        let (at, event) = (update.modified_at, update.event.clone());
        let session = Session {
            first: (
                at,
                event.clone(),
                plain(&update.from).to_owned(),
                plain(&update.to).to_owned(),
                update.direction,
            ),
            newest: (at, event, update.status),
            started_at: update.call_started_at.unwrap_or(update.created_at),
            answered_at: update.call_answered_at,
            connected_at: update.status.is_answered().then_some(at),
        };
        Self { session: Some(session), ..Self::default() }
    }

    pub fn of_record(record: &DetailRecord) -> Self {
        let length = SignedDuration::from_secs(record.duration_s);
        let begun = record.call_started_at.and_then(|at| at.checked_add(length).ok());
        let facts = RecordFacts {
            ended_at: record.call_ended_at.or(begun).unwrap_or(record.at),
            billsec_s: record.billsec_s,
            duration_s: record.duration_s,
            at: record.at,
            disposition: Disposition::read(&record.disposition),
            started_at: record.call_started_at,
            answered_at: record.call_answered_at,
            from: plain(&record.from).to_owned(),
            to: plain(&record.to).to_owned(),
            direction: record.direction.unwrap_or_else(|| guessed_direction(&record.from, &record.to)),
            cost: record.sell_cost.or(record.rated_cost).or(record.approx_cost),
        };
        Self { record: Some(facts), ..Self::default() }
    }

    /// One word of a call's state, and when it was heard. Nothing where the word says nothing.
    pub fn of_word(word: &str, at: Timestamp) -> Self {
        let word: String = word.chars().filter(char::is_ascii_alphabetic).collect();
        let ended = match word.to_ascii_lowercase().as_str() {
            "answered" | "answer" | "connected" | "inprogress" => {
                let word = Word { at, answered_at: Some(at), ended: None };
                return Self { word: Some(word), ..Self::default() };
            }
            "queued" | "initiated" | "processing" | "ringing" => None,
            "completed" => Some(Disposition::Answered),
            "noanswer" => Some(Disposition::NoAnswer),
            "busy" => Some(Disposition::Busy),
            "canceled" | "cancelled" | "cancel" => Some(Disposition::Canceled),
            "failed" | "congestion" => Some(Disposition::Failed),
            _ => return Self::default(),
        };
        let word = Word { at, answered_at: None, ended: ended.map(|ended| (at, ended)) };
        Self { word: Some(word), ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes over what other news say. Tells whether anything is new.
    pub fn join(&mut self, other: Self) -> bool {
        let before = self.clone();
        self.session = joined(self.session.take(), other.session, Session::join);
        self.record = joined(self.record.take(), other.record, Ord::max);
        self.word = joined(self.word.take(), other.word, Word::join);
        *self != before
    }

    /// When it began, as far as these know.
    pub fn started_at(&self) -> Option<Timestamp> {
        let told = self.session.as_ref().map(|session| session.started_at);
        let recorded = self.record.as_ref().map(|record| {
            let length = SignedDuration::from_secs(record.duration_s);
            let before_end = record.ended_at.checked_sub(length).unwrap_or(record.ended_at);
            record.started_at.unwrap_or(before_end)
        });
        let earliest = [told, recorded].into_iter().flatten().min();
        earliest.or(self.word.map(|word| word.at))
    }

    /// When it was answered, as the engine tells it.
    pub(crate) fn answered_at(&self) -> Option<Timestamp> {
        if let Some(record) = &self.record {
            if record.disposition != Disposition::Answered {
                return None;
            }
            let talk = SignedDuration::from_secs(record.billsec_s);
            let told = || self.session.as_ref().and_then(|session| session.answered_at);
            let before_end = || record.ended_at.checked_sub(talk).ok();
            return record.answered_at.or_else(told).or_else(before_end);
        }
        let told = self.session.as_ref().and_then(|session| session.answered_at.or(session.connected_at));
        told.or(self.word.and_then(|word| word.answered_at))
    }

    /// Who called whom, and from where.
    pub(crate) fn parties(&self) -> Option<(&str, &str, SessionDirection)> {
        if let Some(Session { first: (_, _, from, to, direction), .. }) = &self.session {
            return Some((from, to, *direction));
        }
        self.record.as_ref().map(|record| (record.from.as_str(), record.to.as_str(), record.direction))
    }

    /// The engine's state of the call, and since when: the detail record's, else that of the newest update.
    pub(crate) fn engine_status(&self) -> Option<(&'static str, Timestamp)> {
        if let Some(record) = &self.record {
            return Some((record.disposition.as_str(), record.ended_at));
        }
        let (at, _, status) = &self.session.as_ref()?.newest;
        let word = if status.is_answered() { SessionStatus::Connected } else { *status };
        Some((word.as_str(), *at))
    }
}

fn joined<T>(one: Option<T>, other: Option<T>, join: impl Fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(join(one, other)),
        (one, other) => one.or(other),
    }
}

fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    joined(one, other, Ord::min)
}

impl Session {
    fn join(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            newest: self.newest.max(other.newest),
            started_at: self.started_at.min(other.started_at),
            answered_at: earlier(self.answered_at, other.answered_at),
            connected_at: earlier(self.connected_at, other.connected_at),
        }
    }
}

impl Word {
    fn join(self, other: Self) -> Self {
        Self {
            at: self.at.min(other.at),
            answered_at: earlier(self.answered_at, other.answered_at),
            ended: earlier(self.ended, other.ended),
        }
    }
}

/// An extension without the sign that makes it look like a number.
fn plain(party: &str) -> &str {
    extension_of(party).unwrap_or(party)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_told_from_a_number() {
        assert_eq!((extension_of("+1001"), extension_of("1001")), (Some("1001"), Some("1001")));
        assert_eq!(
            (extension_of("+12125550100"), extension_of("12"), extension_of("sip:1001")),
            (None, None, None)
        );
        assert_eq!(guessed_direction("+1001", "1002"), SessionDirection::Internal);
        assert_eq!(guessed_direction("1001", "+12125550100"), SessionDirection::Outgoing);
        assert_eq!(guessed_direction("+12125550100", "1001"), SessionDirection::Incoming);
    }

    #[test]
    fn the_words_of_a_detail_record_are_read_in_every_spelling() {
        for (words, read) in [
            (&["ANSWERED", "Answer"][..], Disposition::Answered),
            (&["NO ANSWER", "NOANSWER", "no-answer", "no_answer"], Disposition::NoAnswer),
            (&["CANCELLED", "CANCEL", "canceled"], Disposition::Canceled),
            (&["BUSY"], Disposition::Busy),
            (&["FAILED", "CONGESTION", "", "?"], Disposition::Failed),
        ] {
            for word in words {
                assert_eq!(Disposition::read(word), read, "{word}");
            }
        }
    }
}
