//! What a call's row implies: read with its legs, the number it came to and the extensions in it.

use super::{CALL_MODEL, CallMoment, Event, VoicemailFacts};
use crate::models::{PbxCallLeg, PbxExtension, PbxNumber, PbxVoicemail, PbxVoicemailMessage};
use opbx_kernel::{RecordId, Timestamp};
use opbx_platform::record::{Cells, Record, Row, ShapeError};
use opbx_platform::{Domain, Value};
use opbx_store::{ReadError, StoreError, Tx};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Calls that are looked at together.
pub const CALLS_MAX: usize = 200;

/// A call as others hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFacts {
    pub id: RecordId,
    pub version: i64,
    /// The engine's name for the call.
    pub call_id: String,
    /// The engine's name for its session, where it is known.
    pub session_id: Option<String>,
    pub direction: String,
    pub from_number: Option<String>,
    pub from_name: Option<String>,
    pub to_number: Option<String>,
    /// The number of the company that was called, and its record.
    pub number: Option<String>,
    pub number_id: Option<RecordId>,
    pub status: String,
    pub end_reason: Option<String>,
    pub started_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// Who answered, and the extension that it is.
    pub answered_by: Option<String>,
    pub extension_id: Option<RecordId>,
    /// The extension that called.
    pub from_extension_id: Option<RecordId>,
    pub legs: Vec<LegFacts>,
}

/// Somebody who was rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegFacts {
    pub target: String,
    pub extension_id: Option<RecordId>,
    pub status: String,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

impl CallFacts {
    /// Everything that the call's state implies, in the order in which it happened.
    pub fn moments(&self) -> impl Iterator<Item = CallMoment> + use<> {
        let ringing = !self.legs.is_empty() || self.status == "ringing";
        let answered = self.answered_at.is_some() || self.answered_by.is_some();
        let moments = [
            Some(CallMoment::Initiated),
            ringing.then_some(CallMoment::Ringing),
            answered.then_some(CallMoment::Answered),
            self.ended_at.map(|_| CallMoment::Ended),
        ];
        moments.into_iter().flatten()
    }

    /// When a moment was, as far as the row tells.
    pub fn at(&self, moment: CallMoment) -> Option<Timestamp> {
        match moment {
            CallMoment::Initiated | CallMoment::Ringing => Some(self.started_at),
            CallMoment::Answered => self.answered_at.or(self.ended_at),
            CallMoment::Ended => self.ended_at,
            CallMoment::Updated => None,
        }
    }

    /// How long it lasted, in whole seconds, once it is over.
    pub fn duration_s(&self) -> Option<i64> {
        self.ended_at.map(|ended| ended.duration_since(self.started_at).as_secs().max(0))
    }

    /// The extensions in it, each once.
    pub fn extensions(&self) -> Vec<RecordId> {
        let legs = self.legs.iter().filter_map(|leg| leg.extension_id);
        let mut ids: Vec<RecordId> = legs.chain(self.extension_id).chain(self.from_extension_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// The events that the state of these calls implies, each call's together and in order. Calls that are gone imply
/// nothing. `CALLS_MAX` calls at once.
pub async fn of_calls(tx: &mut Tx, ids: &[RecordId]) -> Result<Vec<Event>, ReadError> {
    let mut messages: HashMap<RecordId, Vec<VoicemailFacts>> = HashMap::new();
    for message in voicemails(tx, ids).await? {
        messages.entry(message.call).or_default().push(message);
    }
    let mut events = Vec::new();
    for call in facts(tx, ids).await? {
        let call = Arc::new(call);
        events.extend(call.moments().map(|moment| Event::Call(moment, Arc::clone(&call))));
        let left = messages.remove(&call.id).unwrap_or_default();
        events.extend(left.into_iter().map(|message| Event::VoicemailLeft(Arc::new(message))));
    }
    Ok(events)
}

/// The calls as they are now, in the order of the ids.
pub(crate) async fn facts(tx: &mut Tx, ids: &[RecordId]) -> Result<Vec<CallFacts>, ReadError> {
    let rows = tx.read(CALL_MODEL, ids, CallRow::FIELDS).await?;
    let damaged = |_| ReadError::Store(StoreError::Damaged { column: CALL_MODEL.to_owned() });
    let calls = rows.into_iter().map(|row| CallRow::from_row(row).map_err(damaged));
    let calls = calls.collect::<Result<Vec<CallRow>, ReadError>>()?;
    let mut legs = legs(tx, ids).await?;
    let named = calls.iter().flat_map(|call| [&call.answered_by, &call.from_number]).flatten();
    let rung = legs.values().flatten().map(|leg| &leg.target);
    let extensions = extensions(tx, named.chain(rung).cloned().collect()).await?;
    let numbers = numbers(tx, calls.iter().filter_map(|call| call.number.clone()).collect()).await?;
    let facts = calls.into_iter().map(|call| {
        let mut legs = legs.remove(&call.id).unwrap_or_default();
        for leg in &mut legs {
            leg.extension_id = extensions.get(plain(&leg.target)).copied();
        }
        let extension = |number: &Option<String>| extensions.get(plain(number.as_ref()?)).copied();
        CallFacts {
            session_id: call.session_id.map(|session| session.to_string()),
            extension_id: extension(&call.answered_by),
            from_extension_id: extension(&call.from_number).filter(|_| call.direction != "inbound"),
            number_id: call.number.as_ref().and_then(|number| numbers.get(number)).copied(),
            legs,
            id: call.id,
            version: call.version,
            call_id: call.call_id,
            direction: call.direction,
            from_number: call.from_number,
            from_name: call.from_name,
            to_number: call.to_number,
            number: call.number,
            status: call.status,
            end_reason: call.end_reason,
            started_at: call.started_at,
            answered_at: call.answered_at,
            ended_at: call.ended_at,
            answered_by: call.answered_by,
        }
    });
    Ok(facts.collect())
}

/// An engine may write an extension as a number of the world.
fn plain(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

/// What is read of a call: all but its trace and inputs, which are many times as long.
struct CallRow {
    id: RecordId,
    version: i64,
    call_id: String,
    direction: String,
    from_number: Option<String>,
    from_name: Option<String>,
    to_number: Option<String>,
    number: Option<String>,
    status: String,
    end_reason: Option<String>,
    started_at: Timestamp,
    answered_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    answered_by: Option<String>,
    session_id: Option<i64>,
}

impl Record for CallRow {
    const MODEL: &'static str = CALL_MODEL;
    const FIELDS: &'static [&'static str] = &[
        "call_id",
        "direction",
        "from_number",
        "from_name",
        "to_number",
        "number",
        "status",
        "end_reason",
        "started_at",
        "answered_at",
        "ended_at",
        "answered_by",
        "session_id",
    ];

    fn from_row(row: Row) -> Result<Self, ShapeError> {
        let Row { id, version, values } = row;
        let mut cells = Cells::of::<Self>(values);
        Ok(Self {
            id,
            version,
            call_id: cells.take()?,
            direction: cells.take()?,
            from_number: cells.take()?,
            from_name: cells.take()?,
            to_number: cells.take()?,
            number: cells.take()?,
            status: cells.take()?,
            end_reason: cells.take()?,
            started_at: cells.take()?,
            answered_at: cells.take()?,
            ended_at: cells.take()?,
            answered_by: cells.take()?,
            session_id: cells.take()?,
        })
    }
}

async fn legs(tx: &mut Tx, ids: &[RecordId]) -> Result<HashMap<RecordId, Vec<LegFacts>>, ReadError> {
    let own = Domain::is_in("call", ids.iter().map(|id| Value::Record(*id)).collect::<Vec<_>>());
    let mut legs: HashMap<RecordId, Vec<LegFacts>> = HashMap::new();
    // In the model's order, which is that of ringing.
    for leg in tx.all::<PbxCallLeg>(&own).await? {
        let status = leg.status.as_str().to_owned();
        let (started_at, ended_at) = (leg.started_at, leg.ended_at);
        let facts = LegFacts { target: leg.target, extension_id: None, status, started_at, ended_at };
        legs.entry(leg.call).or_default().push(facts);
    }
    Ok(legs)
}

/// Which of these numbers are extensions, archived ones too.
async fn extensions(tx: &mut Tx, numbers: HashSet<String>) -> Result<HashMap<String, RecordId>, ReadError> {
    let numbers: Vec<Value> = numbers.iter().map(|number| Value::from(plain(number))).collect();
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let found = tx.all::<PbxExtension>(&Domain::is_in("number", numbers).and(either())).await?;
    Ok(found.into_iter().map(|extension| (extension.number, extension.id)).collect())
}

async fn numbers(tx: &mut Tx, numbers: HashSet<String>) -> Result<HashMap<String, RecordId>, ReadError> {
    let numbers: Vec<Value> = numbers.into_iter().map(Value::Text).collect();
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let found = tx.all::<PbxNumber>(&Domain::is_in("number", numbers).and(either())).await?;
    Ok(found.into_iter().map(|number| (number.number, number.id)).collect())
}

/// Archived or not: a domain that names `active` decides for itself.
fn either() -> Domain {
    Domain::is_in("active", [true, false])
}

async fn voicemails(tx: &mut Tx, ids: &[RecordId]) -> Result<Vec<VoicemailFacts>, ReadError> {
    let own = Domain::is_in("call", ids.iter().map(|id| Value::Record(*id)).collect::<Vec<_>>());
    let mut messages = tx.all::<PbxVoicemailMessage>(&own).await?;
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    messages.sort_by_key(|message| (message.call, message.sequence));
    let mailboxes = tx.all::<PbxVoicemail>(&either()).await?;
    let users: HashMap<RecordId, RecordId> =
        mailboxes.into_iter().filter_map(|mailbox| Some((mailbox.id, mailbox.user?))).collect();
    let facts = messages.into_iter().filter_map(|message| {
        Some(VoicemailFacts {
            id: message.id,
            call: message.call?,
            mailbox: message.mailbox,
            user: message.mailbox.and_then(|mailbox| users.get(&mailbox)).copied(),
            from_number: message.from_number,
            from_name: message.from_name,
            left_at: message.left_at,
            length_s: message.length_s,
        })
    });
    Ok(facts.collect())
}
