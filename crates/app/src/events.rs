//! Events: what others hear of a tenant's calls and records, derived from the outbox. Browsers and webhooks hear the same.
//!
//! An entry about a call tells only that its row is another. Who reads one looks at the row as it is now and takes the
//! events that its state implies; each has a key, and a reader tells a key once. So entries that came twice, late or as
//! one lose nothing and double nothing.

mod calls;
mod json;

pub(crate) use calls::facts;
pub use calls::{CALLS_MAX, CallFacts, LegFacts, of_calls};

use opbx_kernel::{RecordId, Timestamp};
use opbx_platform::ModelName;
use opbx_store::{OutboxEntry, ReadError, Tx, topics};
use serde_json::Value as Json;
use std::collections::HashSet;
use std::sync::Arc;

/// The model whose entries are told as events of calls.
pub const CALL_MODEL: &str = "pbx.call";
/// What a recording's storage publishes once the sound can be fetched; its payload is that of the event.
pub const RECORDING_TOPIC: &str = "recording.ready";
/// What keeps callers waiting publishes when a queue's state is another; its payload is that of the event.
pub const QUEUE_TOPIC: &str = "queue.state";

/// Something others hear of.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Call(CallMoment, Arc<CallFacts>),
    VoicemailLeft(Arc<VoicemailFacts>),
    /// A recording can be fetched. `facts` is what its storage said of it.
    RecordingReady {
        id: i64,
        facts: Json,
    },
    Record(RecordChange),
    /// Too many records of a model changed at once to name each.
    Records {
        model: String,
        count: usize,
    },
    ExtensionState(ExtensionState),
    LiveCalls(LiveCalls),
    /// Call checks ran. `facts` is how many passed and failed.
    CallChecksRun {
        facts: Json,
    },
    /// `facts` is what the queue said of itself.
    QueueState {
        id: i64,
        facts: Json,
    },
}

/// What a call's state implies that it went through, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallMoment {
    Initiated,
    Ringing,
    Answered,
    Ended,
    /// Its row is another, and none of the above is new. For screens; no webhook tells of it.
    Updated,
}

/// A voicemail message that a caller left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoicemailFacts {
    pub id: RecordId,
    /// The call's record.
    pub call: RecordId,
    pub mailbox: Option<RecordId>,
    /// Whose box it is.
    pub user: Option<RecordId>,
    pub from_number: Option<String>,
    pub from_name: Option<String>,
    pub left_at: Timestamp,
    pub length_s: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Created,
    Updated,
    Deleted,
}

/// A record of an audited model was changed. Says nothing of what it holds: who may see it asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordChange {
    pub deed: Deed,
    pub model: String,
    pub id: RecordId,
    /// The version it came to; 0 where it was deleted.
    pub version: i64,
}

/// What an extension does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionState {
    pub id: RecordId,
    pub number: String,
    pub state: Presence,
    /// The calls that it is part of.
    pub calls: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presence {
    Idle,
    Ringing,
    Busy,
    DoNotDisturb,
}

/// How many calls there are now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LiveCalls {
    pub active: u32,
    pub ringing: u32,
    pub answered: u32,
    pub inbound: u32,
    pub outbound: u32,
    pub internal: u32,
}

impl Event {
    /// What it is called on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Call(moment, _) => moment.name(),
            Self::VoicemailLeft(_) => "voicemail.left",
            Self::RecordingReady { .. } => "recording.ready",
            Self::Record(change) => match change.deed {
                Deed::Created => "record.created",
                Deed::Updated => "record.updated",
                Deed::Deleted => "record.deleted",
            },
            Self::Records { .. } => "records.changed",
            Self::ExtensionState(_) => "extension.state",
            Self::LiveCalls(_) => "calls.live",
            Self::CallChecksRun { .. } => crate::call_checks::TOPIC,
            Self::QueueState { .. } => "queue.state",
        }
    }

    /// What a reader tells once, for ever; none for states, of which the newest counts.
    pub fn key(&self) -> Option<String> {
        let name = self.name();
        match self {
            Self::Call(CallMoment::Updated, call) => {
                Some(format!("call:{}:{name}:{}", call.id, call.version))
            }
            Self::Call(_, call) => Some(format!("call:{}:{name}", call.id)),
            Self::VoicemailLeft(message) => Some(format!("voicemail:{}:{name}", message.id)),
            Self::RecordingReady { id, .. } => Some(format!("recording:{id}:{name}")),
            Self::Record(change) => Some(format!("{}:{}:{name}:{}", change.model, change.id, change.version)),
            Self::Records { .. }
            | Self::ExtensionState(_)
            | Self::LiveCalls(_)
            | Self::CallChecksRun { .. }
            | Self::QueueState { .. } => None,
        }
    }

    /// When it happened, where it says so.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Call(moment, call) => call.at(*moment),
            Self::VoicemailLeft(message) => Some(message.left_at),
            _ => None,
        }
    }

    /// The model that whoever hears of it must be allowed to read.
    pub fn model(&self) -> &str {
        match self {
            // A recording is part of its call.
            Self::Call(..) | Self::LiveCalls(_) | Self::RecordingReady { .. } => CALL_MODEL,
            Self::VoicemailLeft(_) => "pbx.voicemail.message",
            Self::Record(change) => &change.model,
            Self::Records { model, .. } => model,
            Self::CallChecksRun { .. } => "pbx.call_check",
            Self::ExtensionState(_) | Self::QueueState { .. } => "pbx.extension",
        }
    }

    /// What it says, as others read it. The one place where an event becomes JSON.
    pub fn payload(&self) -> Json {
        json::payload(self)
    }
}

impl CallMoment {
    pub fn name(self) -> &'static str {
        match self {
            Self::Initiated => "call.initiated",
            Self::Ringing => "call.ringing",
            Self::Answered => "call.answered",
            Self::Ended => "call.ended",
            Self::Updated => "call.updated",
        }
    }
}

impl Presence {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Ringing => "ringing",
            Self::Busy => "busy",
            Self::DoNotDisturb => "do_not_disturb",
        }
    }
}

/// The events that entries of a tenant's outbox stand for: those of records in the order of the entries, then what the
/// calls among them imply, each call's in its order. The transaction acts as OPBX itself.
pub async fn of_entries(tx: &mut Tx, entries: &[OutboxEntry]) -> Result<Vec<Event>, ReadError> {
    let mut events: Vec<Event> = entries.iter().filter_map(of_entry).collect();
    for calls in calls_of(entries).chunks(CALLS_MAX) {
        events.extend(of_calls(tx, calls).await?);
    }
    Ok(events)
}

/// The calls that entries are about, each once, in the order in which they are first named.
pub fn calls_of(entries: &[OutboxEntry]) -> Vec<RecordId> {
    let mut seen = HashSet::new();
    let calls = entries.iter().filter(|entry| entry.model.as_deref() == Some(CALL_MODEL));
    calls.filter_map(|entry| entry.record).filter(|call| seen.insert(*call)).collect()
}

/// The event of an entry that needs no look at what it is about; none for calls, plans and what is for OPBX itself.
pub fn of_entry(entry: &OutboxEntry) -> Option<Event> {
    let id = || entry.payload["id"].as_i64();
    match (entry.topic.as_str(), &entry.model, entry.record) {
        (RECORDING_TOPIC, _, _) => Some(Event::RecordingReady { id: id()?, facts: entry.payload.clone() }),
        (crate::call_checks::TOPIC, _, _) => Some(Event::CallChecksRun { facts: entry.payload.clone() }),
        (QUEUE_TOPIC, _, _) => Some(Event::QueueState { id: id()?, facts: entry.payload.clone() }),
        (topic, Some(model), Some(id)) if model != CALL_MODEL => {
            let deed = match topic {
                topics::CREATED => Deed::Created,
                topics::UPDATED => Deed::Updated,
                topics::DELETED => Deed::Deleted,
                _ => return None,
            };
            // What is no model's name is nothing that anybody could ask for.
            ModelName::new(model)?;
            let version = entry.record_version.unwrap_or(0);
            Some(Event::Record(RecordChange { deed, model: model.clone(), id, version }))
        }
        _ => None,
    }
}
